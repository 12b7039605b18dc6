/** Finds the candidates of findings: what a claim could say so that they would be settled. */

import { claimIri, partAt, pointerOf } from "./claim_graph.js";
import { Numeral } from "./json_reader.js";
import { quoted } from "./triples.js";

const MOST = 50;
const MOST_LISTED = 1_000;
const CODE = "code";
// Characters of an ICD-10-CM category.
const CATEGORY = 3;

export class Suggester {
  /** `candidates` says by rule where they come from. */
  constructor(candidates, knowledge) {
    this.candidates = candidates;
    this.knowledge = knowledge;
  }

  /** Adds to the findings that have candidates their `suggestions`; codes are added to the graph. */
  async add(graph, claim, findings) {
    const concerned = findings.filter((found) => found.rule in this.candidates);
    if (!concerned.length) return;
    const diagnoses = new Set();
    for (const { focus } of concerned) {
      const [, list, index] = focus.split("/");
      if (list === "diagnosis") diagnoses.add(claim.get(list)[Number(index)].get(CODE));
    }
    for (const code of [...diagnoses].sort()) graph.add(await this.knowledge.akin(code));
    graph.add(await this.listed(claim, concerned));
    for (const found of concerned) {
      const suggestions = this.of(graph, claim, found);
      if (suggestions.length) found.suggestions = suggestions;
    }
  }

  /** What tables say of the codes of a line's categories, where a finding is on the line. */
  async listed(claim, findings) {
    const services = new Set();
    const categories = new Set();
    for (const { rule, focus } of findings) {
      const [, list, index] = focus.split("/");
      if (this.candidates[rule].field !== CODE || list !== "item") continue;
      const item = claim.get("item")[Number(index)];
      services.add(String(item.get("procedure") ?? ""));
      const pointers = item.get("diagnosisSequence")?.map(String);
      for (const diagnosis of claim.get("diagnosis")) {
        if (!pointers || pointers.includes(String(diagnosis.get("sequence")))) {
          categories.add(diagnosis.get(CODE).slice(0, CATEGORY));
        }
      }
    }
    if (!services.size) return [];
    const codes = [];
    for (const category of [...categories].sort()) {
      codes.push(...(await this.knowledge.beginning(category, MOST_LISTED)));
    }
    await this.knowledge.load([...codes, ...services]);
    return this.knowledge.slice(codes, [...services]);
  }

  of(graph, claim, found) {
    const source = this.candidates[found.rule];
    const focus = claimIri(claim) + (found.focus ? `#${quoted(found.focus)}` : "");
    const suggestions = [];
    for (const solution of graph.ask(source.query, focus)) {
      if (suggestions.length === MOST) break;
      const said = (name) => solution.get(name)?.value;
      // Of a finding on a line, a candidate may be for a part that the line points at.
      const at = said("part") === undefined ? found.focus : pointerOf(said("part"));
      suggestions.push({
        value: said("candidate"),
        title: said("title"),
        condition: said("condition") ?? source.condition,
        patch: patch(claim, at, source, said("candidate")),
      });
    }
    return suggestions;
  }
}

/** The steps of a JSON Patch (RFC 6902) that take a candidate. */
function patch(claim, focus, { field, adds }, value) {
  const path = `${focus}/${field}`;
  const given = partAt(claim, focus).get(field);
  const test = (there) => ({ op: "test", path, value: there });
  if (adds) {
    if (!given?.length) return [{ op: "add", path, value: [value] }];
    return [test(given.map(String)), { op: "add", path: `${path}/-`, value }];
  }
  const taken = typeof given === "string" ? value : Math.trunc(Number(value));
  const replaced = { op: "replace", path, value: taken };
  if (typeof given === "string") return [test(given), replaced];
  return given instanceof Numeral && given.whole ? [test(Number(given.text)), replaced] : [replaced];
}
