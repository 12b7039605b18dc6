/** Runs derivations and constraints on one claim's graph, in Oxigraph. */

import { RDF_TYPE } from "./triples.js";

const THIS = "$this";
const FORMAT = { format: "application/n-triples" };

export class Engine {
  /** `oxigraph` is its module, started; `rules` the content of rules.z. */
  constructor(oxigraph, rules) {
    this.oxigraph = oxigraph;
    this.rules = rules;
  }

  /** The claim's graph: its facts, the knowledge that they reach, and what follows. */
  graph(node, triples) {
    const store = new this.oxigraph.Store();
    store.load(this.rules.resident, FORMAT);
    store.load(triples.join("\n"), FORMAT);
    for (const update of this.rules.insertions) store.update(update.replaceAll(THIS, node));
    return new ClaimGraph(this.oxigraph, store);
  }

  /** Every result of the constraints of these rules, as `{check, focus, path, value, message}`. */
  judge(graph, rules) {
    const results = [];
    for (const check of this.rules.checks) {
      if (!rules.has(check.rule)) continue;
      const nodes = new Set(check.targets.flatMap(([kind, target]) => graph.targets(kind, target)));
      for (const focus of nodes) {
        for (const solution of graph.store.query(check.query.replaceAll(THIS, focus))) {
          results.push(result(check, focus, solution));
        }
      }
    }
    return results;
  }
}

class ClaimGraph {
  constructor(oxigraph, store) {
    this.oxigraph = oxigraph;
    this.store = store;
    this.nodes = new Map();
  }

  /** The values of a node's property, as text. */
  values(node, predicate) {
    const { namedNode } = this.oxigraph;
    return this.store.match(namedNode(node), namedNode(predicate), null).map((quad) => quad.object.value);
  }

  /** The focus nodes of a target. */
  targets(kind, target) {
    const key = `${kind} ${target}`;
    if (!this.nodes.has(key)) {
      const { namedNode } = this.oxigraph;
      const quads =
        kind === "class"
          ? this.store.match(null, namedNode(RDF_TYPE.slice(1, -1)), namedNode(target))
          : this.store.match(null, namedNode(target), null);
      const ends = quads.map((quad) => (kind === "objectsOf" ? quad.object : quad.subject));
      this.nodes.set(key, ends.filter((end) => end.termType === "NamedNode").map((end) => end.value));
    }
    return this.nodes.get(key);
  }
}

function result(check, focus, solution) {
  const values = new Map();
  for (const [name, term] of solution) values.set(name, term.value);
  const path = values.get("path") ?? check.path;
  const value = values.get("value") ?? focus;
  let { messages } = check;
  if (check.formatted) {
    for (const [name, text] of [...values, ["this", focus], ["value", value]]) {
      messages = messages.map((message) => filled(message, name, text));
    }
  }
  const [message = ""] = [...messages].sort();
  return { check, focus, path, value: value === focus ? null : value, message };
}

function filled(message, name, text) {
  return message.replaceAll(`{?${name}}`, () => text).replaceAll(`{$${name}}`, () => text);
}
