/** Judges claims: chooses the rules that apply and makes findings of what the engine returns. */

import { claimGraph, codesOf, pointerOf, valueAt } from "./claim_graph.js";
import { Suggester } from "./suggestions.js";

const NO_RULE_IN_FORCE = "no rule was in force";
const SEVERITIES = ["violation", "warning", "info"];

export class Checker {
  constructor(rules, engine, knowledge) {
    this.rules = rules;
    this.engine = engine;
    this.knowledge = knowledge;
    this.suggester = new Suggester(rules.candidates, knowledge);
  }

  /**
   * Judges a claim that has the claim format.
   *
   * `settings` has `payer`, `asOf` and `sentOn`, each null where the claim's own is meant, and
   * `documentation`, whether the record that came with the claim is read. Returns the findings,
   * what was not checked and what is not covered, in the order of the command line, the ids of the
   * rules in force, of those that read a record where none came, and of those that do not apply to
   * a void where the claim is one.
   */
  async check(claim, settings) {
    if (settings.payer) claim = new Map([...claim, ["payer", settings.payer]]);
    const { terms, vocabulary } = this.rules;
    await this.knowledge.load(codesOf(claim, terms));
    const own = claimGraph(claim, terms, vocabulary, (code) => this.knowledge.match(code), settings);
    const reached = this.knowledge.slice(own.diagnosisCodes, own.serviceCodes);
    const graph = this.engine.graph(own.node, [...own.triples, ...reached]);
    const payers = graph.values(own.node, `${vocabulary}ultimatePayer`);
    const [claimType] = graph.values(own.node, `${vocabulary}claimType`);
    const record = settings.documentation && this.hasRecord(claim.get("documentation"));
    const isVoid = graph.values(own.node, `${vocabulary}repeatsOriginal`).includes("true");
    const all = this.select(payers, claimType);
    const applicable = new Map([...all].filter(([, rule]) => !isVoid || rule.appliesToVoids));
    const selected = new Map([...applicable].filter(([, rule]) => record || !rule.readsDocumentation));
    const days = graph.values(own.node, `${vocabulary}serviceDate`);
    const results = this.engine.judge(graph, selected);
    const daysOf = new Map();
    for (const { focus } of results) {
      if (daysOf.has(focus)) continue;
      const found = graph.values(focus, `${vocabulary}serviceDate`);
      daysOf.set(focus, found.length ? found : days);
    }
    const leftToOriginal = [...all.keys()].filter(
      (id) => !applicable.has(id) && inForce(all.get(id), days),
    );
    const holding = [...applicable.keys()].filter((id) => inForce(applicable.get(id), days));
    const applying = holding.filter((id) => selected.has(id));
    const { left } = this.rules;
    const said = this.sorted(claim, results, selected, daysOf, applying.filter((id) => id in left));
    await this.suggester.add(graph, claim, said.findings);
    graph.leave();
    if (!applying.length) {
      said.notChecked.unshift({ claim: claim.get("id"), rule: null, focus: "", reason: NO_RULE_IN_FORCE });
    }
    return {
      ...said,
      inForce: applying.filter((id) => !(id in left)),
      withoutRecord: holding.filter((id) => !selected.has(id)),
      leftToOriginal,
    };
  }

  /** Whether there is a record: facts that the claim form itself carries alone are none. */
  hasRecord(facts) {
    if (!facts) return false;
    return !facts.length || facts.some((fact) => !this.rules.onClaimForm.includes(fact.get("type")));
  }

  /** The rules for a payer and a kind of claim, with the exemptions that may hold. */
  select(payers, claimType) {
    const selected = new Map();
    for (const rule of this.rules.rules) {
      if (!appliesTo(rule, payers, claimType)) continue;
      const exemptions = rule.exemptions.filter((each) => appliesTo(each, payers, claimType));
      if (exemptions.some((each) => covers(each, rule.from, rule.through))) continue;
      selected.set(rule.id, { ...rule, exemptions });
    }
    return selected;
  }

  /** `left` are the ids of rules that apply and that a browser cannot evaluate. */
  sorted(claim, results, selected, daysOf, left) {
    const number = claim.get("id");
    const findings = new Map();
    const notes = { "not-checked": new Map(), "not-covered": new Map() };
    for (const rule of left) {
      const reason = "this page cannot evaluate it; `claimshapes check` does";
      notes["not-checked"].set(rule, { claim: number, rule, focus: "", reason });
    }
    for (const result of results) {
      const rule = selected.get(result.check.rule);
      if (!inForce(rule, daysOf.get(result.focus))) continue;
      const focus = pointerOf(result.focus);
      if (result.check.note) {
        const item = { claim: number, rule: rule.id, focus, reason: result.message };
        notes[result.check.note].set(JSON.stringify(item), item);
      } else {
        const found = this.finding(claim, rule, focus, result);
        findings.set(JSON.stringify(found), found);
      }
    }
    const spoken = new Set([...findings.values()].map((found) => `${found.rule} ${found.focus}`));
    const kept = [...findings.values()].filter(
      (found) => !selected.get(found.rule).yieldsTo.some((stricter) => spoken.has(`${stricter} ${found.focus}`)),
    );
    return {
      findings: kept.sort(FINDINGS),
      notChecked: [...notes["not-checked"].values()].sort(NOTES),
      notCovered: [...notes["not-covered"].values()].sort(NOTES),
    };
  }

  finding(claim, rule, focus, { path, value, message }) {
    const { terms, vocabulary } = this.rules;
    const about = path ? path.replace(vocabulary, "") : rule.field;
    const field = about ? fieldOf(terms, focus, vocabulary + about) ?? about : null;
    const shown = value === null && field !== null ? valueAt(claim, focus, field) : value;
    return {
      claim: claim.get("id"),
      rule: rule.id,
      severity: rule.severity,
      focus,
      path: field,
      value: shown,
      message,
      remedy: rule.remedy,
      denialCodes: rule.denialCodes,
      url: rule.url,
    };
  }
}

/** The name in JSON of a property of a part of a claim, if it is one of its fields. */
function fieldOf(terms, pointer, property) {
  let fields = terms;
  for (const step of pointer.split("/").slice(1)) fields = fields[step]?.fields ?? fields;
  return Object.keys(fields).find((name) => fields[name].predicate === property);
}

function appliesTo(scope, payers, claimType) {
  return (
    (!scope.payers.length || scope.payers.some((payer) => payers.includes(payer))) &&
    (!scope.claimTypes.length || scope.claimTypes.includes(claimType))
  );
}

/** Whether an exemption holds from the first day to the last; dates compare as they are written. */
function covers(exemption, first, last) {
  return exemption.from <= first && (!exemption.through || (last !== null && last <= exemption.through));
}

function inForce(rule, days) {
  return days.some(
    (day) =>
      rule.from <= day &&
      (!rule.through || day <= rule.through) &&
      !rule.exemptions.some((exemption) => covers(exemption, day, day)),
  );
}

/** Compares by the first of several comparisons that tells two apart. */
function ordered(...comparisons) {
  return (one, other) => {
    for (const comparison of comparisons) {
      const told = comparison(one, other);
      if (told) return told;
    }
    return 0;
  };
}

function on(key, comparison = compare) {
  return (one, other) => comparison(key(one), key(other));
}

function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}

/** Numbers come after names and as numbers. */
function comparePointers(one, other) {
  const [a, b] = [one, other].map((pointer) => pointer.split("/"));
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const [x, y] = [a[index], b[index]].map((part) => (/^\d+$/.test(part) ? Number(part) : -1));
    const compared = compare(x, y) || (x === -1 ? compare(a[index], b[index]) : 0);
    if (compared) return compared;
  }
  return a.length - b.length;
}

const FINDINGS = ordered(
  on((found) => SEVERITIES.indexOf(found.severity)),
  on((found) => found.focus, comparePointers),
  on((found) => found.rule),
  on((found) => found.value || ""),
  on((found) => found.message),
);
const NOTES = ordered(
  on((item) => item.rule),
  on((item) => item.focus, comparePointers),
  on((item) => item.reason),
);
