/** Shows what the check says of each claim. */

import { besideEachOther, changeOf } from "./corrected_claim.js";
import { button, counted, element } from "./elements.js";

const WITHOUT_RECORD = "no record came with the claim";
const VOID = "a void repeats its original; it was checked only as a claim";
const SEVERITIES = ["violation", "warning", "info"];

export class FindingsView {
  /**
   * `root` is the address of the site, `rule` an id or null; `select(span)` shows a place, and
   * `change(edit, words)` puts a correction into the claim.
   */
  constructor(root, rule, select, change) {
    this.root = root;
    this.rule = rule;
    this.select = select;
    this.change = change;
    this.verdict = element("div", { class: "verdict" });
    this.claims = element("div");
    this.holder = element("section", { class: "findings", "aria-label": "Findings" }, this.verdict, this.claims);
    this.clear();
  }

  clear() {
    this.read = [];
    this.unread = 0;
    this.spans = [];
    this.verdict.replaceChildren();
    this.claims.replaceChildren();
  }

  /** Adds a claim's result, or why it was rejected. */
  add(read, text) {
    this.read.push(read);
    const line = (position) => text.slice(0, position).split("\n").length;
    const place = (pointer) => this.place(read, pointer, line);
    if (read.rejected) {
      const { reason, pointer, faultPointer } = read.rejected;
      const where = place(faultPointer);
      if (where) this.spans.push([...where.span, "violation"]);
      this.claims.append(
        element("article", { class: "finding violation rejected" },
          element("h3", {}, badge("violation", "not read"), ` line ${read.line}${pointer ? `, at ${pointer}` : ""}: ${reason}`),
          where && element("p", {}, where.button)),
      );
      return;
    }
    const { findings, notChecked, inForce } = read.result;
    const parts = [element("h3", { class: "claim" }, `Claim ${read.claim}`, element("small", {}, ` ${counted(read.lines, "line")}, ${counted(inForce.length, "rule")} in force`))];
    const first = (found) => Number(found.rule !== this.rule);
    for (const found of [...findings].sort((a, b) => first(a) - first(b))) {
      const where = place(placeOf(found));
      if (where) this.spans.push([...where.span, found.severity]);
      parts.push(this.finding(found, where, found.suggestions ? this.corrections(read, found, text) : null));
    }
    if (!findings.length) {
      const words = notChecked.length ? "no findings, but not everything checked" : "no findings";
      parts.push(element("p", { class: "outcome" }, badge(notChecked.length ? "unjudged" : "clean", notChecked.length ? "incomplete" : "clean"), ` ${words}`));
    }
    for (const item of notChecked) parts.push(this.unjudged(item, place(item.focus)));
    for (const [reason, rules] of gaps(read.result)) {
      const links = [...rules].flatMap((rule) => [" ", this.link(rule)]);
      const asked = rules.has(this.rule) ? "unjudged asked" : "unjudged";
      parts.push(element("p", { class: asked }, badge("unjudged", "not covered"), ` ${reason}:`, ...links));
    }
    this.claims.append(element("div", { class: "claim-result" }, ...parts));
  }

  /** Says what of a text in another format could not be read. */
  addUnread(faults) {
    for (const { line, reason } of faults) {
      this.claims.append(
        element("article", { class: "finding violation rejected" },
          element("h3", {}, badge("violation", "not read"), ` line ${line}: ${reason}`)));
    }
    this.unread = faults.length;
  }

  /** Says in a sentence what was checked and found, and what the rule asked about says. */
  finish(milliseconds) {
    const checked = this.read.filter((read) => read.result);
    const rejected = this.read.reduce((sum, read) => sum + (read.rejected ? read.rejected.claims : 0), this.unread);
    const findings = checked.flatMap((read) => read.result.findings);
    const lines = checked.reduce((sum, read) => sum + read.lines, 0);
    const counts = SEVERITIES.map((severity) => {
      const number = findings.filter((found) => found.severity === severity).length;
      return severity === "info" ? `${number} info` : counted(number, severity);
    });
    const unjudged = new Set(checked.flatMap((read) => read.result.notChecked.map((item) => item.rule)));
    const uncovered = new Set(checked.flatMap((read) => [...gaps(read.result)].flatMap(([, rules]) => [...rules])));
    if (this.rule) this.verdict.replaceChildren(...this.verdicts(checked));
    const sentences = [
      `${counted(checked.length, "claim")} with ${counted(lines, "line")} checked: ${counts.join(", ")}`,
      rejected ? `${counted(rejected, "claim")} not read` : "",
      unjudged.size ? `${counted(unjudged.size, "rule")} not checked` : "",
      uncovered.size ? `${counted(uncovered.size, "rule")} not covered` : "",
    ];
    return `${sentences.filter(Boolean).join("; ")} (${Math.round(milliseconds)} ms).`;
  }

  verdicts(checked) {
    return checked.map(({ claim, result }) => {
      const found = result.findings.filter((each) => each.rule === this.rule);
      const items = result.notChecked.filter((each) => each.rule === this.rule);
      const several = checked.length > 1 ? ` (claim ${claim})` : "";
      let words;
      let kind = "clean";
      if (found.length) {
        kind = found[0].severity;
        words = `finds something: ${counted(found.length, "finding")}.`;
      } else if (items.length) {
        kind = "unjudged";
        words = `was not checked: ${items[0].reason}.`;
      } else if (gapOf(result, this.rule)) {
        kind = "unjudged";
        words = `was not evaluated: ${gapOf(result, this.rule)}.`;
      } else if (!result.inForce.includes(this.rule)) {
        kind = "unjudged";
        words = "does not apply to this claim: it is for other payers, kinds of claim or dates of service, or another rule takes its place.";
      } else words = "finds nothing in this claim.";
      return element("p", {}, badge(kind, this.rule), ` ${words}${several}`);
    });
  }

  finding(found, where, corrections) {
    const asked = found.rule === this.rule;
    const value = found.value !== null && found.path ? element("code", {}, found.value) : null;
    const denials = found.denialCodes.flatMap((number, index) => [
      index ? ", " : "",
      element("a", { href: this.address(`denials/carc-${number.toLowerCase()}/`) }, `CARC ${number}`),
    ]);
    return element("article", { class: `finding ${found.severity}${asked ? " asked" : ""}` },
      element("h4", {}, badge(found.severity, found.severity), " ", this.link(found.rule), ` ${found.message}`),
      element("dl", {},
        ...pair("where", where ? where.button : "the claim", value ? " = " : null, value),
        ...pair("what to do", found.remedy),
        ...(denials.length ? pair("prevents", ...denials) : [])),
      corrections,
    );
  }

  /** The claim as it would be with a candidate, put together when it is first looked at. */
  corrections(read, found, text) {
    const { suggestions } = found;
    const shown = element("div");
    const show = (suggestion) => {
      const rows = besideEachOther(text, read.start, found.focus, suggestion).map(([before, after]) =>
        before === after
          ? element("tr", {}, element("td", {}, before), element("td", {}, after))
          : element("tr", { class: "changed" },
              element("td", {}, before === null ? "" : element("del", {}, before)),
              element("td", {}, after === null ? "" : element("ins", {}, after))));
      const edit = () => changeOf(text, read.start, read.spans, suggestion);
      shown.replaceChildren(
        element("table", {},
          element("thead", {}, element("tr", {}, element("th", {}, "as it is"), element("th", {}, `with ${suggestion.value}`))),
          element("tbody", {}, ...rows)),
        element("p", {}, button(`Apply ${suggestion.value}`, () => this.change(edit(), suggestion.value)), ` ${suggestion.condition}`));
    };
    const choice = element("select", { "aria-label": `Candidate for ${found.rule}` },
      ...suggestions.map(({ value, title }, index) => new Option(title ? `${value} ${title}` : value, String(index))));
    choice.addEventListener("change", () => show(suggestions[Number(choice.value)]));
    const folded = element("details", { class: "correction" },
      element("summary", {}, `Corrected claim: ${suggestions.length === 1 ? `with ${suggestions[0].value}` : counted(suggestions.length, "candidate")}`),
      suggestions.length > 1 ? choice : null,
      shown);
    folded.addEventListener("toggle", () => shown.childElementCount || show(suggestions[0]));
    return folded;
  }

  unjudged(item, where) {
    return element("p", { class: item.rule === this.rule ? "unjudged asked" : "unjudged" },
      badge("unjudged", "not checked"), " ", item.rule && this.link(item.rule), ` ${item.reason} `, where && where.button);
  }

  /** A button that shows the place in the claim, and the place; null for the claim as a whole. */
  place(read, pointer, line) {
    let at = pointer;
    while (at && !read.spans.has(at)) at = at.slice(0, at.lastIndexOf("/"));
    if (!at) return null;
    const span = read.spans.get(at).map((position) => position + read.start);
    const button = element("button", { type: "button", class: "place" }, element("code", {}, pointer), ` line ${line(span[0])}`);
    button.addEventListener("click", () => this.select(span));
    return { button, span };
  }

  link(rule) {
    return element("a", { href: this.address(`rules/${rule}/`) }, rule);
  }

  address(path) {
    return new URL(path, this.root).href;
  }
}

/** The rules that each reason kept from being evaluated which is specific to no claim. */
function gaps(result) {
  const found = new Map();
  const gap = (reason, rule) => found.set(reason, (found.get(reason) || new Set()).add(rule));
  for (const { reason, rule } of result.notCovered) gap(reason, rule);
  for (const rule of result.withoutRecord) gap(WITHOUT_RECORD, rule);
  for (const rule of result.leftToOriginal) gap(VOID, rule);
  return found;
}

/** Why a rule was not evaluated for a reason that is specific to no claim; null where it was. */
function gapOf(result, rule) {
  const found = [...gaps(result)].find(([, rules]) => rules.has(rule));
  return found ? found[0] : null;
}

/** The JSON Pointer of the field that is wrong. */
function placeOf(found) {
  return found.path ? `${found.focus}/${found.path}` : found.focus;
}

function badge(kind, text) {
  return element("span", { class: `badge badge-${kind}` }, text);
}

function pair(name, ...content) {
  return [element("dt", {}, name), element("dd", {}, ...content)];
}
