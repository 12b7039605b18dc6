
"use strict";
(() => {
  const claims = [...document.querySelectorAll("#claims > article")];
  const quiet = [...document.querySelectorAll("#quiet > tbody > tr")];
  const all = [...claims, ...quiet];
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");

  const distinct = (values) => [...new Set(values)].filter(Boolean).sort();

  const labelled = (name, control) => {
    const label = document.createElement("label");
    label.append(name, control);
    form.append(label);
    return control;
  };

  const choice = (name, values) => {
    const select = document.createElement("select");
    select.append(new Option("all", ""), ...values.map((value) => new Option(value, value)));
    select.addEventListener("change", filter);
    return labelled(name, select);
  };

  const words = document.createElement("input");
  words.type = "search";
  words.addEventListener("input", filter);
  labelled("Claim, code or words", words);
  const severity = choice("State", distinct(all.map((part) => part.dataset.severity)));
  const rule = choice("Rule", distinct(claims.flatMap((part) => part.dataset.rules.split(" "))));
  const payer = choice("Payer", distinct(all.map((part) => part.dataset.payer)));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = all.length === 0;

  function filter() {
    const wanted = words.value.trim().toLowerCase();
    let count = 0;
    for (const part of all) {
      const fits =
        (!severity.value || part.dataset.severity === severity.value) &&
        (!payer.value || part.dataset.payer === payer.value) &&
        (!rule.value || (part.dataset.rules || "").split(" ").includes(rule.value)) &&
        (!wanted || part.textContent.toLowerCase().includes(wanted));
      part.toggleAttribute("data-filtered", !fits);
      count += fits ? 1 : 0;
    }
    const filtered = wanted || severity.value || payer.value || rule.value;
    shown.textContent = filtered ? `${count} of ${all.length} claims in this report fit.` : "";
  }

  const number = (text) => Number(text.replace(/[$,%]/g, ""));

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, index) => {
      if (head.tagName !== "TH") return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        // Numbers begin with the highest, words with the first.
        const rising = head.hasAttribute("aria-sort")
          ? head.getAttribute("aria-sort") === "descending"
          : !head.classList.contains("number");
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const value = (row) => row.cells[index].textContent.trim();
        const rows = [...table.tBodies[0].rows].sort((one, other) =>
          head.classList.contains("number")
            ? number(value(one)) - number(value(other))
            : value(one).localeCompare(value(other), "en", { numeric: true }));
        table.tBodies[0].append(...(rising ? rows : rows.reverse()));
      });
    });
  }
})();
