/* The box of the home page: a code, a rule, a denial or words lead to their page. */
(function () {
  "use strict";

  const DENIAL = /^(?:(?:CARC|RARC|CO|PR|OA|PI)[ -]?)([A-Z]{0,2}\d{1,3})$/;
  const DIAGNOSIS = /^[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?$/;
  const PROCEDURE = /^(?:\d{4}[0-9A-Z]|[A-Z]\d{4})$/;
  const RULE = /^[A-Z]{2,4}-[0-9A-Z-]+$/;

  async function exists(address) {
    const answer = await fetch(address, { method: "HEAD" });
    return answer.ok;
  }

  /** The page that a text is meant for, or nothing for words. */
  function pageOf(text) {
    const denial = DENIAL.exec(text);
    if (denial) {
      const kind = /^[MN]/.test(denial[1]) ? "rarc" : "carc";
      return `denials/${kind}-${denial[1].toLowerCase()}/`;
    }
    if (RULE.test(text)) return `rules/${text}/`;
    if (PROCEDURE.test(text) || DIAGNOSIS.test(text)) return `codes/?code=${encodeURIComponent(text)}`;
    return null;
  }

  async function find(text) {
    const asked = text.trim();
    if (!asked) return;
    const page = pageOf(asked.toUpperCase());
    const address = page && new URL(page, location.href);
    if (address && (await exists(address))) {
      location.assign(address);
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
