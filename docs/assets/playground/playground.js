/** Puts a playground into its place on a page. */

import { check, convert, prepare } from "./checking.js";
import { ClaimEditor } from "./claim_editor.js";
import { button, element, labelled } from "./elements.js";
import { isFhir } from "./fhir_document.js";
import { FindingsView } from "./findings_view.js";
import { keepClaim, keptClaim } from "./kept_claim.js";
import { linkTo, linkedText } from "./shared_claim.js";

const OWN = "own";

export class Playground {
  /**
   * `holder` says with `data-root` where the site is, with `data-examples` and `data-payers` what
   * is offered, and with `data-rule` which rule the page is about.
   */
  constructor(holder) {
    const { root, examples = "", payers = "", rule } = holder.dataset;
    const asked = new URLSearchParams(location.search);
    this.root = new URL(root, location.href);
    this.folder = new URL("playground/data/", this.root);
    this.rule = rule || (/^[A-Z0-9-]+$/.test(asked.get("rule") || "") ? asked.get("rule") : null);
    this.examples = examples.split(",").filter(Boolean);
    this.editor = new ClaimEditor(
      (text, name) => this.edited(text, name),
      (text, name) => this.given(text, name),
      (message) => this.tell(message, true),
    );
    this.view = new FindingsView(
      this.root,
      this.rule,
      (span) => this.editor.select(span),
      (edit, words) => this.correct(edit, words),
    );
    this.status = element("p", { class: "status", role: "status" });
    this.source = element("select");
    this.payer = element("input", { list: "playground-payers", autocomplete: "off", placeholder: "the claim's" });
    this.asOf = element("input", { type: "date" });
    this.sentOn = element("input", { type: "date" });
    this.record = element("input", { type: "checkbox", checked: true });
    this.only = this.rule ? element("input", { type: "checkbox", checked: Boolean(rule) }) : null;
    this.undo = button("", () => this.editor.undo());
    this.number = 0;
    this.offerUndo();
    this.offer();
    holder.replaceChildren(...this.parts(payers.split(",").filter(Boolean)));
    holder.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.check();
      }
    });
    this.begin(rule, asked.get("example"));
    prepare(this.folder);
  }

  /** The claim of the address, the reader's own, the rule's or an example. */
  async begin(rule, example) {
    const linked = rule ? null : await linkedText();
    const own = keptClaim();
    if (linked !== null) {
      this.editor.show(linked, "");
      await this.given(linked, "");
    } else if (own && (rule || (!this.rule && !example))) this.choose(OWN);
    else if (this.rule) this.choose(`rules/${this.rule}/fails.json`);
    else this.choose(`playground/examples/${this.examples.includes(example) ? example : this.examples[0]}`);
  }

  parts(payers) {
    const judge = element("button", { type: "button", class: "check", title: "Ctrl+Enter" }, "Check");
    judge.addEventListener("click", () => this.check());
    this.source.addEventListener("change", () => this.choose(this.source.value));
    const list = element("datalist", { id: "playground-payers" }, ...payers.map((id) => element("option", { value: id })));
    const settings = element("details", { class: "settings" },
      element("summary", {}, "Payer, dates, record"),
      element("div", { class: "playground-bar" },
        labelled("Payer instead of the claim's", this.payer), list,
        labelled("As of date", this.asOf),
        labelled("Sent on", this.sentOn),
        element("label", { class: "choice" }, this.record, "claims carry facts of the record")));
    for (const field of [this.payer, this.asOf, this.sentOn, this.record]) field.addEventListener("change", () => this.check());
    const only = this.only && element("label", { class: "choice" }, this.only, `show ${this.rule} only`);
    this.only?.addEventListener("change", () => this.narrow());
    const given = element("div", { class: "given" },
      element("div", { class: "playground-bar" },
        labelled("Claim", this.source), this.editor.file,
        button("Load a file", () => this.editor.file.click()),
        button("Copy a link", () => this.share()),
        button("Forget my claim", () => this.forget()),
        this.undo),
      this.editor.holder,
      element("div", { class: "playground-bar" }, judge, element("kbd", {}, "Ctrl+Enter"), only),
      settings);
    return [given, element("div", { class: "answer" }, element("h2", {}, "Findings"), this.status, this.view.holder)];
  }

  /** What the list of claims offers. */
  offer() {
    const groups = [];
    if (keptClaim()) groups.push(new Option("my claim", OWN));
    if (this.rule) {
      groups.push(new Option(`fails ${this.rule}`, `rules/${this.rule}/fails.json`));
      groups.push(new Option(`passes ${this.rule}`, `rules/${this.rule}/passes.json`));
    }
    if (this.examples.length) {
      const options = this.examples.map((name) => new Option(name, `playground/examples/${name}`));
      groups.push(element("optgroup", { label: "examples" }, ...options));
    }
    const chosen = this.source.value;
    this.source.replaceChildren(...groups);
    if (chosen) this.source.value = chosen;
  }

  /** Shows the reader's own claim or an offered one, and checks it. */
  async choose(path) {
    this.source.value = path;
    this.undo.hidden = true;
    if (path === OWN) {
      const { text, name } = keptClaim();
      this.editor.show(text, name);
    } else {
      this.number += 1;
      const mine = this.number;
      const answer = await fetch(new URL(path, this.root));
      const text = await answer.text();
      // What the reader typed, loaded or chose meanwhile stays.
      if (mine !== this.number) return;
      if (!answer.ok) {
        this.tell(`there is no claim ${path}`, true);
        return;
      }
      this.editor.show(text, "");
    }
    await this.check();
  }

  edited(text, name) {
    keepClaim(text, name);
    this.number += 1;
    this.offerUndo();
    this.view.clear();
    this.tell("");
    this.offer();
    if (keptClaim()) this.source.value = OWN;
  }

  /** Puts a correction into the claim; the claim as it was is a click away. */
  correct(edit, words) {
    this.editor.change(edit, words);
    this.undo.focus();
  }

  offerUndo() {
    this.undo.hidden = this.editor.last === null;
    this.undo.textContent = `Undo ${this.editor.last ?? ""}`;
  }

  /** A claim that came whole is checked at once, as an offered one is; one being typed is not. */
  given(text, name) {
    this.edited(text, name);
    return this.check();
  }

  /** A link that has the claim in it, in the part that browsers send to nobody. */
  async share() {
    const address = await linkTo(this.editor.text);
    if (!address) {
      this.tell("The claims are too long for a link; send the file.", true);
      return;
    }
    history.replaceState(history.state, "", address);
    const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
    this.tell(`${copied ? "The link is copied" : "The link is the address of this page"}; whoever has it has the claim.`);
  }

  forget() {
    keepClaim("", "");
    this.edited("", "");
    this.editor.show("", "");
    this.editor.field.focus();
  }

  async check() {
    this.number += 1;
    const mine = this.number;
    this.view.clear();
    this.tell("Checking…");
    if (isFhir(this.editor.text) && !(await this.readFhir(mine))) return;
    const text = this.editor.text;
    const settings = {
      payer: this.payer.value.trim() || null,
      asOf: this.asOf.value || null,
      sentOn: this.sentOn.value || null,
      documentation: this.record.checked,
    };
    const ended = await check(this.folder, text, this.editor.name, settings, (read) => {
      if (mine === this.number) this.view.add(read, text);
    });
    if (mine !== this.number) return;
    if (ended.done) this.tell(this.view.finish(ended.milliseconds));
    else this.tellFault(ended);
    this.editor.mark(this.view.spans);
    this.narrow();
    this.shown(mine);
  }

  /** Puts the claims of a FHIR text in its place; returns whether there are some. */
  async readFhir(mine) {
    const { name, text } = this.editor;
    const ended = await convert(this.folder, text, name);
    if (mine !== this.number) return false;
    if (!ended.converted) {
      this.tellFault(ended);
      this.shown(mine);
      return false;
    }
    const { claims, faults } = ended.converted;
    this.view.addUnread(faults);
    if (!claims) {
      this.tell("No claim could be read of the FHIR text.", true);
      this.shown(mine);
      return false;
    }
    this.editor.become(ended.converted.text, `${name.replace(/(\.fhir)?\.\w+$/, "") || "claims"}.fhir.json`, "reading of FHIR");
    keepClaim(this.editor.text, this.editor.name);
    this.offerUndo();
    return true;
  }

  tellFault({ failed, unusable, line, command }) {
    if (failed) {
      this.tell(`The check could not be run: ${failed}`, true);
      return;
    }
    this.tell(`${line ? `line ${line}: ` : ""}${unusable}${command ? ":" : ""}`, true);
    if (!command) return;
    const copy = button("Copy", () => navigator.clipboard?.writeText(command));
    this.status.append(" ", element("code", {}, command), " ", copy);
  }

  /** Says to whoever waits for it, a test say, that everything is shown. */
  shown(mine) {
    this.status.dataset.checked = String(mine);
  }

  narrow() {
    this.view.holder.classList.toggle("only-asked", Boolean(this.only?.checked));
  }

  tell(message, fault = false) {
    this.status.textContent = message;
    this.status.classList.toggle("fault", fault);
  }
}
