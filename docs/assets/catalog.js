/* Tables that filter and sort, and the as-of switch. No other host is asked for anything. */
(function () {
  "use strict";

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // ---- Tables ----------------------------------------------------------------

  const MOST_ROWS = 300;

  function filterable(holder) {
    const table = holder.querySelector("table");
    if (!table || holder.querySelector(".filters")) return;
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const headings = Array.from(table.tHead.rows[0].cells);
    const named = holder.dataset.rows;
    let all = rows.length <= MOST_ROWS;
    const text = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    const count = element("output", { "aria-live": "polite" });
    const bar = element("div", { class: "filters" }, element("label", {}, "Filter", text));
    const choices = [];
    for (const heading of (holder.dataset.choices || "").split(",").filter(Boolean)) {
      const column = headings.findIndex((cell) => cell.textContent.trim() === heading);
      if (column < 0) continue;
      const values = new Set();
      for (const row of rows) for (const value of parts(row, column)) values.add(value);
      const list = element("select", {}, new Option("all", ""));
      for (const value of Array.from(values).sort()) list.add(new Option(value, value));
      list.addEventListener("change", apply);
      choices.push([list, (row) => parts(row, column)]);
      bar.append(element("label", {}, heading, list));
    }
    const offers = Object.entries(JSON.parse(holder.dataset.offers || "{}"));
    const has = new Map(rows.map((row) => [row, offeredOf(row)]));
    const kept = [["words", text]];
    const grouping = element("select", { "aria-label": "Group by" }, new Option("nothing", ""));
    for (const [name, values] of offers) {
      const list = element("select", { "aria-label": name }, new Option("all", ""));
      for (const value of values) list.add(new Option(value, value));
      list.addEventListener("change", apply);
      choices.push([list, (row) => has.get(row)[name] || []]);
      kept.push([name.toLowerCase(), list]);
      bar.append(element("label", {}, name, list));
    }
    if (offers.length) {
      for (const [name] of offers) grouping.add(new Option(name.toLowerCase(), name));
      grouping.addEventListener("change", apply);
      kept.push(["group", grouping]);
      bar.append(element("label", {}, "Group by", grouping));
      const asked = new URLSearchParams(location.search);
      for (const [name, field] of kept) {
        field.value = asked.get(name) || "";
        if (field.selectedIndex < 0) field.value = "";
      }
    }
    bar.append(count);
    const every = element("button", { type: "button", class: "every", hidden: "" });
    every.addEventListener("click", () => { all = true; apply(); });
    bar.append(every);
    holder.prepend(bar);
    text.addEventListener("input", apply);
    headings.forEach((heading, column) => {
      if (!heading.textContent.trim()) return;
      const button = element("button", { type: "button" });
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(heading, column));
    });
    apply();

    function parts(row, column) {
      return row.cells[column].textContent.split(",").map((part) => part.trim()).filter(Boolean);
    }

    function offeredOf(row) {
      const mark = row.querySelector("[data-offered]");
      return mark ? JSON.parse(mark.dataset.offered) : {};
    }

    /** The address keeps what is chosen, so that it can be sent and come back to. */
    function keep() {
      const address = new URL(location.href);
      for (const [name, field] of kept) {
        if (field.value) address.searchParams.set(name, field.value);
        else address.searchParams.delete(name);
      }
      if (address.href !== location.href) history.replaceState(history.state, "", address);
    }

    function apply() {
      if (offers.length) keep();
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const shown = rows.filter((row) => {
        const content = row.textContent.toLowerCase();
        const matches =
          words.every((word) => content.includes(word)) &&
          choices.every(([list, valuesOf]) => !list.value || valuesOf(row).includes(list.value));
        row.hidden = !matches;
        return matches;
      });
      count.textContent = `${shown.length} of ${rows.length} ${named}`;
      // A page of a thousand rows is scrolled by nobody: the rest shows when it is asked for.
      every.hidden = all || shown.length <= MOST_ROWS;
      every.textContent = `show all ${shown.length}`;
      if (!every.hidden) {
        for (const row of shown.splice(MOST_ROWS)) row.hidden = true;
        count.textContent = `the first ${MOST_ROWS} of ${count.textContent}`;
      }
      arrange(shown);
    }

    /** The rows in the table's body, or in one for each value of what they are grouped by. */
    function arrange(shown) {
      for (const other of Array.from(table.tBodies)) if (other !== body) other.remove();
      body.append(...rows);
      if (!grouping.value) return;
      body.replaceChildren();
      const values = JSON.parse(holder.dataset.offers)[grouping.value];
      const of = (row) => has.get(row)[grouping.value] || [];
      const groups = values.map((value) => [value, shown.filter((row) => of(row).includes(value))]);
      groups.push(["none", shown.filter((row) => !of(row).length)]);
      for (const [value, members] of groups) {
        if (!members.length) continue;
        const heading = element(
          "th", { scope: "rowgroup", colspan: headings.length }, `${value} (${members.length})`);
        // A row of several groups is in each of them.
        const copies = members.map((row) => (row.isConnected ? row.cloneNode(true) : row));
        table.append(element("tbody", { class: "group" }, element("tr", {}, heading), ...copies));
      }
    }

    function sort(heading, column) {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const compare = new Intl.Collator("en", { numeric: true }).compare;
      const key = (row) => row.cells[column].textContent.trim();
      rows.sort((a, b) => compare(key(a), key(b)) * (descending ? -1 : 1));
      apply();
    }
  }

  // ---- Terms of the vocabulary -------------------------------------------------

  function terms() {
    const groups = Array.from(document.querySelectorAll(".terms"));
    if (!groups.length || document.querySelector(".filters")) return;
    const folds = groups.flatMap((group) => Array.from(group.querySelectorAll("details")));
    const text = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    const count = element("output", { "aria-live": "polite" });
    const apply = () => {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const fold of folds) {
        const content = fold.textContent.toLowerCase();
        fold.hidden = !words.every((word) => content.includes(word));
      }
      for (const group of groups) {
        const empty = !group.querySelector("details:not([hidden])");
        group.hidden = empty;
        group.previousElementSibling.hidden = empty;
      }
      count.textContent = `${folds.filter((fold) => !fold.hidden).length} of ${folds.length} terms`;
    };
    text.addEventListener("input", apply);
    groups[0].previousElementSibling.before(element("div", { class: "filters" }, element("label", {}, "Filter", text), count));
    apply();
  }

  // ---- As of -----------------------------------------------------------------

  const STORED = "claimshapes-as-of";

  function asOf(article) {
    const marked = Array.from(article.querySelectorAll("[data-from], [data-through]"));
    if (!marked.length || article.querySelector(".as-of")) return;
    const day = element("input", { type: "date" });
    const clear = element("button", { type: "button" }, "any day");
    const told = element("output", { "aria-live": "polite" });
    const form = element("form", { class: "as-of" });
    form.append(element("label", {}, "As of date of service", day), clear, told);
    form.addEventListener("submit", (event) => event.preventDefault());
    const title = article.querySelector("h1");
    (title || article.firstElementChild).after(form);
    day.value = new URLSearchParams(location.search).get("on") || sessionStorage.getItem(STORED) || "";
    day.addEventListener("change", apply);
    clear.addEventListener("click", () => {
      day.value = "";
      apply();
    });
    document.addEventListener("claimshapes:rendered", again);
    apply();

    /** The theme puts other pages into this document; what is gone must not act any more. */
    function again() {
      if (article.isConnected) apply();
      else document.removeEventListener("claimshapes:rendered", again);
    }

    function apply() {
      if (day.value) sessionStorage.setItem(STORED, day.value);
      else sessionStorage.removeItem(STORED);
      const rows = new Map();
      for (const mark of article.querySelectorAll("[data-from], [data-through]")) {
        const { from, through } = mark.dataset;
        const out = day.value && ((from && day.value < from) || (through && through < day.value));
        mark.classList.toggle("not-in-force", Boolean(out));
        const row = mark.closest("tbody tr");
        if (!row) continue;
        // A row with several spans counts while any of them does; lone marks must all hold.
        const whole = mark.classList.contains("days");
        const known = rows.get(row) || { any: false, all: true, whole };
        known.any = known.any || !out;
        known.all = known.all && !out;
        rows.set(row, known);
      }
      let gone = 0;
      for (const [row, known] of rows) {
        const out = known.whole ? !known.any : !known.all;
        row.classList.toggle("not-in-force", out);
        if (out) gone += 1;
      }
      const head = article.querySelector(".badge-days .days");
      const parts = [];
      if (day.value && head) {
        const out = head.classList.contains("not-in-force");
        parts.push(`On ${day.value} the rule is ${out ? "not " : ""}in force.`);
      }
      if (day.value && !head) parts.push(`${gone} rows do not hold on ${day.value}; they are struck out.`);
      told.textContent = parts.join(" ");
      clear.hidden = !day.value;
    }
  }

  // ---- Pictures of relations ---------------------------------------------------

  /** The lines of what is pointed at, or has the focus, stand out. */
  function relations(figure) {
    const lines = Array.from(figure.querySelectorAll("[data-ends]"));
    const light = (node) => {
      const key = node && node.dataset.key;
      figure.classList.toggle("lit", Boolean(key));
      for (const line of lines) line.classList.toggle("lit", line.dataset.ends.split(" ").includes(key));
    };
    for (const node of figure.querySelectorAll("[data-key]")) {
      for (const event of ["pointerenter", "focus"]) node.addEventListener(event, () => light(node));
      for (const event of ["pointerleave", "blur"]) node.addEventListener(event, () => light(null));
    }
  }

  /** What scrolls sideways can be scrolled with the keyboard. */
  function reachable(region) {
    if (region.scrollWidth > region.clientWidth) region.setAttribute("tabindex", "0");
  }

  // The theme wraps tables some time after it has told that the page is there, and a window can
  // get narrower: each region is looked at when it comes and when it changes its size.
  const regions = new ResizeObserver((changes) => changes.forEach((change) => reachable(change.target)));
  const seen = new WeakSet();

  /** The theme makes landmarks that have no name, or the same one. */
  function landmarks() {
    const named = new Map();
    for (const nav of document.querySelectorAll("nav.md-code__nav, nav[aria-label]")) {
      // More of them may come before it later.
      nav.dataset.named ??= (nav.getAttribute("aria-label") || "Code").trim();
      const name = nav.dataset.named;
      const count = (named.get(name) || 0) + 1;
      named.set(name, count);
      const told = count > 1 ? `${name} ${count}` : name;
      if (nav.getAttribute("aria-label") !== told) nav.setAttribute("aria-label", told);
    }
  }

  function scrollable() {
    landmarks();
    for (const region of document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code")) {
      if (seen.has(region)) continue;
      seen.add(region);
      reachable(region);
      regions.observe(region);
    }
  }

  /** What the address points into is opened. */
  function unfold() {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = name && document.getElementById(name);
    for (let at = target; at; at = at.parentElement) if (at.localName === "details") at.open = true;
    if (target) target.scrollIntoView();
  }

  function start() {
    unfold();
    // The theme's search is a dialog without a name.
    document.querySelectorAll(".md-search[role=dialog]").forEach((search) => search.setAttribute("aria-label", "Search"));
    document.querySelectorAll(".filterable").forEach(filterable);
    terms();
    document.querySelectorAll("article").forEach(asOf);
    document.querySelectorAll("figure.relations").forEach(relations);
    scrollable();
  }

  window.addEventListener("hashchange", unfold);

  // On paper everything is open, but for what needs a reader.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("article details:not([open], .try-rule, .settings)"));
    for (const each of opened) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });

  new MutationObserver(scrollable).observe(document.documentElement, { childList: true, subtree: true });

  // The theme says when a page is there; without it the document does.
  if (window.document$) window.document$.subscribe(start);
  else document.addEventListener("DOMContentLoaded", start);
})();
