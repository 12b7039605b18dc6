/** The text of the claims: typed, pasted, loaded or dropped, with the places of findings marked. */

import { element } from "./elements.js";

const LONGEST = 2_000_000;

export class ClaimEditor {
  /**
   * `changed(text, name)` is called when the reader changes the text, `given(text, name)` when a
   * file or a drop replaced the whole of it, and `told(message)` on a bad file.
   */
  constructor(changed, given, told) {
    this.changed = changed;
    this.given = given;
    this.told = told;
    this.name = "";
    // The texts before what was put in, the last of them last.
    this.before = [];
    this.field = element("textarea", {
      "aria-label": "Claim in JSON or FHIR", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
      wrap: "off", rows: "16", placeholder: '{"id": "C-1", "payer": "medicare-b", ...',
    });
    this.marks = element("pre", { "aria-hidden": "true" });
    this.holder = element("div", { class: "claim-editor" }, this.marks, this.field);
    this.file = element("input", { type: "file", accept: ".json,.ndjson,.jsonl,.837,.edi,.x12,.txt,application/json,application/fhir+json", hidden: true, tabindex: "-1" });
    this.field.addEventListener("input", () => {
      this.before = [];
      this.mark([]);
      this.changed(this.text, this.name);
    });
    this.field.addEventListener("scroll", () => this.scrolled());
    this.file.addEventListener("change", () => this.load(this.file.files[0]));
    this.holder.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.holder.classList.add("dropping");
    });
    this.holder.addEventListener("dragleave", () => this.holder.classList.remove("dropping"));
    this.holder.addEventListener("drop", (event) => {
      event.preventDefault();
      this.holder.classList.remove("dropping");
      if (event.dataTransfer.files.length) this.load(event.dataTransfer.files[0]);
      else this.replace(event.dataTransfer.getData("text/plain"), "");
    });
  }

  get text() {
    return this.field.value;
  }

  /** Shows another text, which is not the reader's own. */
  show(text, name) {
    this.name = name;
    this.before = [];
    this.field.value = text;
    this.field.scrollTo(0, 0);
    this.mark([]);
  }

  /** Puts a correction in: `[from, to, written]` of the text. */
  change([from, to, written], words) {
    const { text, name } = this;
    const { scrollTop, scrollLeft } = this.field;
    this.become(text.slice(0, from) + written + text.slice(to), name, words);
    this.field.scrollTo(scrollLeft, scrollTop);
    this.given(this.text, name);
  }

  /** Shows what the text became; `words` say how, for who takes it back. */
  become(text, name, words) {
    const before = [...this.before, { text: this.text, name: this.name, words }];
    this.show(text, name);
    this.before = before;
  }

  /** What was last put in; null where nothing was. */
  get last() {
    return this.before.at(-1)?.words ?? null;
  }

  /** Takes back what was last put in. */
  undo() {
    const { text, name } = this.before.pop();
    const kept = this.before;
    this.show(text, name);
    this.before = kept;
    this.given(text, name);
  }

  /** Marks spans `[from, to, severity]` of the text; where they overlap the shortest shows. */
  mark(spans) {
    const text = this.text;
    const ends = [...new Set([0, text.length, ...spans.flatMap(([from, to]) => [from, to])])].sort((a, b) => a - b);
    const pieces = ends.slice(0, -1).map((from, index) => {
      const piece = text.slice(from, ends[index + 1]);
      const over = spans.filter((span) => span[0] <= from && ends[index + 1] <= span[1]);
      if (!over.length) return piece;
      const shortest = over.reduce((best, span) => (span[1] - span[0] < best[1] - best[0] ? span : best));
      return element("mark", { class: shortest[2] }, piece);
    });
    // A line at the end that is empty has a height in a text field and none elsewhere.
    this.marks.replaceChildren(...pieces, "\n ");
    this.scrolled();
  }

  /** Selects a span and brings it into view. */
  select([from, to]) {
    const line = this.text.slice(0, from).split("\n").length - 1;
    const height = parseFloat(getComputedStyle(this.field).lineHeight);
    this.field.focus();
    this.field.setSelectionRange(from, to);
    this.field.scrollTop = Math.max(0, (line - 3) * height);
    this.field.scrollIntoView({ block: "nearest" });
  }

  async load(file) {
    if (!file) return;
    this.file.value = "";
    if (file.size > LONGEST) {
      this.told(`${file.name}: is longer than ${LONGEST.toLocaleString("en")} bytes; \`claimshapes check\` takes files of any length`);
      return;
    }
    try {
      this.replace(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer()), file.name);
    } catch {
      this.told(`${file.name}: is not UTF-8 text`);
    }
  }

  replace(text, name) {
    this.show(text, name);
    this.given(text, name);
  }

  scrolled() {
    this.marks.scrollTop = this.field.scrollTop;
    this.marks.scrollLeft = this.field.scrollLeft;
  }
}
