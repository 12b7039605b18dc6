/** The search of every page, in the header and on the home page: pages, codes and words in one box. */

import { codesOf, merged, namedPage, prepare, rankCodes, rankPages, readCodes } from "./engine.js";

const ROOT = new URL("../../", import.meta.url);
const MOST = 12;
const WORD = /\p{L}{3}/u;
const files = new Map();

/** What a file of the site says, which is asked for once; null where there is none. */
export function fetched(path, read = (answer) => answer.json()) {
  if (!files.has(path)) {
    const loading = fetch(new URL(path, ROOT)).then((answer) => (answer.ok ? read(answer) : null));
    loading.catch(() => files.delete(path));
    files.set(path, loading);
  }
  return files.get(path);
}

/** The pages of the site, ready to be ranked. */
export function loadPages() {
  return fetched("find/pages.json", async (answer) => prepare(await answer.json()));
}

/** The titles of all diagnosis codes, ready to be looked through. */
export function loadCodes() {
  return fetched("find/codes.txt", async (answer) => readCodes(await answer.text()));
}

/** What is on file of the codes that a text may be. */
async function namedCodes(text) {
  const { diagnosis, procedure } = codesOf(text);
  if (!diagnosis && !procedure) return [];
  const about = await fetched("codes/data/about.json");
  const begin = (diagnosis || procedure).slice(0, 2);
  const part = (listed, path) => (listed.includes(begin) ? fetched(`codes/data/${path}.json`) : {});
  const [places, services] = await Promise.all([
    diagnosis ? part(about.diagnoses, begin) : {},
    procedure ? part(about.procedures, `procedures/${begin}`) : {},
  ]);
  const found = [];
  if (places[diagnosis]) found.push({ kind: "code", code: diagnosis, title: `${diagnosis} ${places[diagnosis].title}`, page: places[diagnosis].page });
  if (services[procedure]) found.push({ kind: "code", code: procedure, title: `${procedure} CPT or HCPCS code`, page: services[procedure].page });
  return found;
}

function addressOf(found) {
  if (found.address !== undefined) return new URL(found.address, ROOT).href;
  return new URL(found.page ? `codes/${found.code}/` : `codes/?code=${encodeURIComponent(found.code)}`, ROOT).href;
}

/**
 * What a text leads to, best first; `more` is called again once the codes are loaded.
 *
 * What names a page or a code comes before what has its words.
 */
export async function answers(text, more) {
  const index = await loadPages();
  const [codes, named] = [await namedCodes(text), namedPage(index, text)];
  const direct = [...(named ? [named] : []), ...codes];
  const pages = rankPages(index, text);
  const told = (titles) => {
    const rest = merged(pages, titles).filter((each) => !(named && each.address === named.address) && !codes.some((code) => code.code === each.code));
    return [...direct, ...rest].slice(0, MOST);
  };
  if (!direct.length && WORD.test(text)) {
    if (more) loadCodes().then((list) => list && more(told(rankCodes(list, index, text, MOST).codes)));
    else return told(rankCodes(await loadCodes(), index, text, MOST).codes);
  }
  return told([]);
}

/** An element; a link's address is from this page. */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  // Absolute, since the theme changes the document's address before it puts another page in.
  if (attributes.href) made.setAttribute("href", new URL(attributes.href, location.href));
  made.append(...children);
  return made;
}

/** A field and the list of what it leads to. */
class SearchBox {
  constructor(holder, label) {
    this.input = holder.querySelector("input");
    this.input.setAttribute("aria-label", label);
    this.list = element("ol", { class: "search-found" });
    this.told = element("p", { class: "search-told", role: "status" });
    holder.append(this.told, this.list);
    this.number = 0;
    this.input.addEventListener("focus", loadPages, { once: true });
    this.input.addEventListener("input", () => this.look());
    holder.addEventListener("keydown", (event) => this.key(event));
    holder.addEventListener("submit", (event) => {
      event.preventDefault();
      this.go();
    });
  }

  async look() {
    this.number += 1;
    const mine = this.number;
    const text = this.input.value.trim();
    if (!text) {
      this.show([], "");
      return;
    }
    const show = (found) => {
      if (mine === this.number) this.show(found, text);
    };
    show(await answers(text, show));
  }

  show(found, text) {
    // Codes come a moment after pages; what the reader has gone to already stays.
    if (this.list.contains(document.activeElement)) return;
    this.list.replaceChildren(...found.map((each) => this.item(each)));
    this.told.textContent = text && !found.length ? `Nothing has all of: ${text}` : "";
    this.list.dataset.text = text;
  }

  item(found) {
    const state = found.state === "-" ? " (expired)" : found.state === "." ? " (not billable)" : "";
    return element("li", {},
      element("a", { href: addressOf(found) },
        element("span", { class: "search-kind" }, found.kind),
        element("span", { class: "search-title" }, `${found.title}${state}`),
        ...(found.about ? [element("span", { class: "search-about" }, found.about)] : [])));
  }

  /** The first answer, once all answers are there. */
  async go() {
    const text = this.input.value.trim();
    if (!text) return;
    const [first] = await answers(text);
    if (first) location.assign(addressOf(first));
    else this.look();
  }

  key(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [this.input, ...this.list.querySelectorAll("a")];
    const next = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    if (!stops[next]) return;
    event.preventDefault();
    stops[next].focus();
  }
}

const LABEL = "Find a code, a rule, a denial or words";
let dialog = null;

function open() {
  if (!dialog) {
    const field = element("input", { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "M54.50, 97110, CO-50, timely filing" });
    const close = element("button", { type: "button" }, "Close");
    const form = element("form", { role: "search" }, element("div", {}, field, close));
    dialog = element("dialog", { class: "search-dialog", "aria-label": "Search" }, form);
    document.body.append(dialog);
    dialog.box = new SearchBox(form, LABEL);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("a")) dialog.close();
    });
  }
  dialog.showModal();
  dialog.box.input.select();
}

function start() {
  const header = document.querySelector(".md-header__inner");
  if (header && !header.querySelector(".search-open")) {
    const button = element("button", { type: "button", class: "search-open", title: "Search (/)" }, element("span", {}, "Search"));
    button.addEventListener("click", open);
    header.append(button);
  }
  const home = document.getElementById("find");
  if (home && !home.dataset.ready) {
    home.dataset.ready = "true";
    new SearchBox(home, LABEL);
  }
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const asked = (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) || (event.key === "k" && (event.ctrlKey || event.metaKey));
  if (!asked) return;
  event.preventDefault();
  if (!dialog?.open) open();
});

if (window.document$) window.document$.subscribe(start);
else start();
