/* The box of the home page: a code, a rule, a denial or words lead to their page. */
(function () {
  "use strict";

  const DENIAL = /^(?:(?:CARC|RARC|CO|PR|OA|PI)[ -]?)([A-Z]{0,2}\d{1,3})$/;
  const DIAGNOSIS = /^[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?$/;
  const PROCEDURE = /^(?:\d{4}[0-9A-Z]|[A-Z]\d{4})$/;
  const RULE = /^[A-Z]{2,4}-[0-9A-Z-]+$/;

  async function exists(address) {
    const answer = await fetch(address, { method: "HEAD" });
    return answer.ok;
  }

  /** The pages that a text may be meant for, the likeliest first. */
  function candidates(text) {
    const asked = text.trim().toUpperCase();
    const found = [];
    if (RULE.test(asked)) found.push(`rules/${asked}/`);
    const denial = DENIAL.exec(asked);
    if (denial) {
      const kind = /^[MN]/.test(denial[1]) ? "rarc" : "carc";
      found.push(`denials/${kind}-${denial[1].toLowerCase()}/`);
    }
    if (PROCEDURE.test(asked)) found.push(`codes/${asked}/`);
    if (DIAGNOSIS.test(asked)) {
      const key = asked.replace(".", "");
      found.push(`codes/${key.length > 3 ? `${key.slice(0, 3)}.${key.slice(3)}` : key}/`);
    }
    return found;
  }

  async function find(text) {
    const asked = text.trim();
    if (!asked) return;
    for (const page of candidates(asked)) {
      const address = new URL(page, location.href);
      if (await exists(address)) {
        location.assign(address);
        return;
      }
    }
    const upper = asked.toUpperCase();
    if (PROCEDURE.test(upper) || DIAGNOSIS.test(upper)) {
      location.assign(new URL(`codes/?code=${encodeURIComponent(upper)}`, location.href));
      return;
    }
    const search = document.querySelector(".md-search__input");
    if (!search) return;
    search.focus();
    search.click();
    search.value = asked;
    search.dispatchEvent(new Event("input", { bubbles: true }));
    search.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
  }

  function start() {
    const form = document.getElementById("find");
    if (!form || form.dataset.ready) return;
    form.dataset.ready = "true";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      find(form.elements.asked.value);
    });
  }

  if (window.document$) window.document$.subscribe(start);
  else document.addEventListener("DOMContentLoaded", start);
})();
