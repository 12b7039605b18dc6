/* Looks any code up in small files beside the page. */
(function () {
  "use strict";

  const MOST = 60;
  const KINDS = ["Excludes1", "Excludes2", "Code first", "Use additional code", "Code also"];
  const files = new Map();

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    // Absolute, since the theme changes the document's address before it puts another page in.
    if (attributes && attributes.href) made.setAttribute("href", new URL(attributes.href, location.href));
    made.append(...children);
    return made;
  }

  function load(name) {
    const address = new URL(name, location.href).href;
    if (!files.has(address)) {
      const loading = fetch(address).then((answer) => (answer.ok ? answer.json() : {}));
      files.set(address, loading);
    }
    return files.get(address);
  }

  /** M549, m54.9 and M54.9 are the same code. */
  function notationOf(text) {
    const key = text.toUpperCase().replace(/[^0-9A-Z]/g, "");
    return key.length > 3 ? `${key.slice(0, 3)}.${key.slice(3)}` : key;
  }

  function start() {
    const holder = document.getElementById("code-look-up");
    if (!holder || holder.querySelector("input")) return;
    const input = element("input", {
      type: "search", autocomplete: "off", spellcheck: "false", placeholder: "M54.9", maxlength: "10",
    });
    const answer = element("div", { class: "answer", "aria-live": "polite" });
    holder.replaceChildren(element("label", {}, "Code, or how it begins", input), answer);
    let latest = 0;

    async function show() {
      latest += 1;
      const mine = latest;
      const notation = notationOf(input.value);
      if (notation.length < 2) {
        answer.replaceChildren();
        return;
      }
      const folder = holder.dataset.folder;
      const about = await load(`${folder}about.json`);
      const begin = notation.slice(0, 2);
      const part = (listed, name) => (listed.includes(begin) ? load(`${folder}${name}.json`) : {});
      const [shard, procedures] = await Promise.all([
        part(about.diagnoses, begin),
        part(about.procedures, `procedures/${begin}`),
      ]);
      if (mine !== latest) return;
      const { releases } = about;
      const place = shard[notation];
      const procedure = notation.replace(".", "");
      const address = new URL(location.href);
      address.searchParams.set("code", notation);
      history.replaceState(null, "", address);
      const found = place ? entry(shard, releases, notation, place) : [];
      if (procedures[procedure]) found.push(...service(about.tables, procedure, procedures[procedure]));
      answer.replaceChildren(...(found.length ? found : near(shard, procedures, notation)));
      document.dispatchEvent(new Event("claimshapes:rendered"));
    }

    function near(shard, procedures, notation) {
      const codes = (start) => Object.keys(shard).filter((key) => !key.includes(" ") && key.startsWith(start));
      const undotted = notation.replace(".", "");
      const begun = codes(notation);
      const services = Object.keys(procedures).filter((key) => key.startsWith(undotted));
      const parts = begun.length ? list(shard, begun, `${begun.length} codes begin with ${notation}`) : [];
      if (services.length) {
        parts.push(element("h3", {}, `${services.length} CPT and HCPCS codes begin with ${undotted}`));
        const shown = element("p", { class: "code-list" });
        for (const code of services.slice(0, MOST)) shown.append(open(code), " ");
        if (services.length > MOST) shown.append(`and ${services.length - MOST} more`);
        parts.push(shown);
      }
      if (parts.length) return parts;
      const told = element("p", {}, `No release of ICD-10-CM lists ${notation}, and no table of services ${undotted}.`);
      const close = codes(notation.slice(0, 3));
      return [told, ...(close.length ? list(shard, close, `Under ${notation.slice(0, 3)}`) : [])];
    }

    /** What tables say of a procedure code; descriptors of CPT codes are not ours to show. */
    function service(tables, code, facts) {
      const parts = [element("h2", {}, `${code} CPT or HCPCS code`)];
      if (facts.page) parts.push(element("p", {}, element("a", { href: `${code}/` }, `The page of ${code}`)));
      const lines = new Map();
      for (const [number, ...values] of facts.rows) {
        const { says, titles } = tables[number];
        const words = titles.map((title, at) => (values[at] ? `${title}: ${values[at]}` : "")).filter(Boolean);
        lines.set(says, [...(lines.get(says) || []), words.join("; ")]);
      }
      for (const [number, first, second] of facts.pairs) {
        lines.set(tables[number].says, [`paid rather than ${first} other codes; denied beside ${second}`]);
      }
      const rows = Array.from(lines, ([says, words]) => [says, element("span", {}, ...words.flatMap((line) => [line, element("br")]))]);
      parts.push(table(["Table", "What it says"], rows), ...valueSets(facts.sets || []));
      return parts;
    }

    function valueSets(names) {
      return names.map((name) => element("p", {}, "In the value set ", element("a", { href: `../value-sets/${name}/` }, name)));
    }

    function list(shard, keys, title) {
      const shown = keys.slice(0, MOST);
      const rows = shown.map((key) => [open(key), shard[key].title || "", spans(shard[key])]);
      const parts = [element("h3", {}, title), table(["Code", "Title", "Valid"], rows)];
      if (keys.length > shown.length) parts.push(element("p", {}, `and ${keys.length - shown.length} more`));
      return parts;
    }

    /** A button that looks another code up. */
    function open(notation) {
      const link = element("a", { href: `?code=${notation}` }, element("code", {}, notation));
      link.addEventListener("click", (event) => {
        event.preventDefault();
        // The theme would take it for the way to another page.
        event.stopPropagation();
        input.value = notation;
        show();
      });
      return link;
    }

    function entry(shard, releases, notation, place) {
      const above = ancestors(shard, notation);
      const parts = [element("h2", {}, `${notation} ${place.title || "(no title on file)"}`)];
      if (place.page) {
        parts.push(element("p", {}, element("a", { href: `${notation}/` }, `The page of ${notation}`)));
      }
      parts.push(
        place.days
          ? element("p", {}, "Valid ", spans(place), ".")
          : element("p", {}, "Not billable: code to a more specific code below it."),
      );
      if (place.days) parts.push(strip(place.days));
      if (place.terms) parts.push(element("p", {}, `Also for: ${place.terms.join("; ")}.`));
      if (above.length) {
        parts.push(element("h3", {}, "Hierarchy"));
        parts.push(table(["Level", "Title"], above.map((key) => [placed(key), shard[key].title || ""])));
      }
      const below = Object.keys(shard).filter((key) => (shard[key].up || []).includes(notation));
      if (below.length) parts.push(...list(shard, below, "Codes below it"));
      parts.push(...notes(shard, releases, notation, above));
      for (const key of [notation, ...above]) {
        if (!shard[key].seventh) continue;
        parts.push(element("h3", {}, "Seventh character"));
        parts.push(element("p", {}, `Defined at ${key}: ${shard[key].seventh}`));
        break;
      }
      for (const [flag, from, through] of place.flags || []) {
        parts.push(element("p", {}, `Code editors: ${flag}, `, days(from, through)));
      }
      const sets = new Set([notation, ...above].flatMap((key) => shard[key].sets || []));
      parts.push(...valueSets(Array.from(sets)));
      return parts;
    }

    function notes(shard, releases, notation, above) {
      const found = new Map(KINDS.map((kind) => [kind, []]));
      const line = (kind, text, place, how, named) => {
        if (!found.has(kind)) found.set(kind, []);
        const labels = named.map((name) => (releases[name] ? name.slice(0, 7) : name)).join(", ");
        found.get(kind).push([text, placed(place), how, labels]);
      };
      const own = [notation, ...above];
      for (const key of own) {
        const how = key === notation ? "its own" : "inherited";
        for (const [kind, text, named] of shard[key].notes || []) line(kind, text, key, how, named);
      }
      for (const key of own) {
        for (const [holder, kind, text, named] of shard[key].named || []) {
          if (kind.startsWith("Excludes") && !own.includes(holder)) {
            line(kind, text, holder, "names this code", named);
          }
        }
      }
      const parts = [];
      for (const [kind, rows] of found) {
        if (!rows.length) continue;
        parts.push(element("h3", {}, kind));
        parts.push(table(["Note", "Stands at", "How", "Tabular list of"], rows));
      }
      return parts;
    }

    function placed(key) {
      return key.includes(" ") ? key : open(key);
    }

    function ancestors(shard, notation) {
      const found = [];
      const pending = [notation];
      while (pending.length) {
        for (const up of shard[pending.shift()].up || []) {
          if (!found.includes(up)) {
            found.push(up);
            pending.push(up);
          }
        }
      }
      return found;
    }

    input.addEventListener("input", show);
    const asked = new URLSearchParams(location.search).get("code");
    if (asked) {
      input.value = asked;
      show();
    }
  }

  function days(from, through) {
    const words = through ? `${from} to ${through}` : `from ${from}`;
    const made = element("span", { class: "days", "data-from": from }, words);
    if (through) made.dataset.through = through;
    return made;
  }

  function spans(place) {
    const made = element("span", {});
    (place.days || []).forEach(([from, through], number) => {
      if (number) made.append(", ");
      made.append(days(from, through));
    });
    if (!place.days) made.append("heading");
    return made;
  }

  /** The days as a strip, like that of a code's page. */
  function strip(periods) {
    const space = "http://www.w3.org/2000/svg";
    const at = (day) => Date.parse(day) / 86400000;
    const begin = at("2015-07-03");
    const end = at(new Date().toISOString().slice(0, 10)) + 365;
    const x = (day) => Math.round(8 + ((day - begin) / (end - begin)) * 704);
    const draw = (name, attributes) => {
      const made = document.createElementNS(space, name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      return made;
    };
    const svg = draw("svg", { class: "timeline", viewBox: "0 0 720 46", role: "img", "aria-label": "Days on which it is valid" });
    for (let year = 2016; at(`${year}-01-01`) < end; year += 1) {
      const left = x(at(`${year}-01-01`));
      svg.append(draw("line", { class: "tick", x1: left, x2: left, y1: 16, y2: 44 }));
      const label = draw("text", { class: "year", x: left + 3, y: 12 });
      label.textContent = year;
      svg.append(label);
    }
    for (const [from, through] of periods) {
      const left = x(at(from));
      const right = through ? x(at(through) + 1) : 712;
      svg.append(draw("rect", { class: "bar", x: left, y: 22, width: Math.max(2, right - left), height: 18, rx: 3 }));
    }
    return element("figure", { class: "strip" }, svg);
  }

  function table(headings, rows) {
    const head = element("tr", {}, ...headings.map((text) => element("th", { scope: "col" }, text)));
    const body = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))));
    const made = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
    return element("div", { class: "md-typeset__scrollwrap" }, element("div", { class: "md-typeset__table" }, made));
  }

  if (window.document$) window.document$.subscribe(start);
  else document.addEventListener("DOMContentLoaded", start);
})();
