/** Runs derivations and constraints on one claim's graph, in Oxigraph. */

import { Contents } from "./contents.js";
import { RDF_TYPE } from "./triples.js";

const THIS = "$this";
const FORMAT = { format: "application/n-triples" };
const AS_TRIPLES = { results_format: "application/n-triples" };
// A store in memory keeps what was removed, and slows down.
const USES = 20;

export class Engine {
  /** `oxigraph` is its module, started; `rules` the content of rules.z. */
  constructor(oxigraph, rules) {
    this.oxigraph = oxigraph;
    this.rules = rules;
    this.resident = Contents.ofResident(rules);
    this.known = new Set(rules.resident.split("\n"));
    this.idle = null;
  }

  /** The claim's graph: its facts, the knowledge that they reach, and what follows. */
  graph(node, triples) {
    const { store, uses, size } = this.idle ?? this.fresh();
    this.idle = null;
    const graph = new ClaimGraph(this, store, uses, size);
    graph.add(triples);
    for (const { query, needs } of this.rules.derivations) {
      if (!graph.contents.meet(needs)) continue;
      const made = graph.ask(query, node, AS_TRIPLES);
      if (made) graph.add(made.split("\n"));
    }
    return graph;
  }

  /** Every result of the constraints of these rules, as `{check, focus, path, value, message}`. */
  judge(graph, rules) {
    const results = [];
    for (const check of this.rules.checks) {
      if (!rules.has(check.rule) || !graph.contents.meet(check.needs)) continue;
      const nodes = new Set(check.targets.flatMap(([kind, target]) => graph.targets(kind, target)));
      for (const focus of nodes) {
        for (const solution of graph.ask(check.query, focus)) {
          results.push(result(check, focus, solution));
        }
      }
    }
    return results;
  }

  fresh() {
    const store = new this.oxigraph.Store();
    store.load(this.rules.resident, FORMAT);
    return { store, uses: 0, size: store.size };
  }
}

class ClaimGraph {
  constructor(engine, store, uses, size) {
    this.engine = engine;
    this.store = store;
    this.uses = uses;
    this.size = size;
    this.own = new Set();
    this.contents = engine.resident.around();
    this.nodes = new Map();
  }

  /** Adds triples, each a line. */
  add(lines) {
    const added = lines.filter((line) => line && !this.engine.known.has(line) && !this.own.has(line));
    for (const line of added) {
      this.own.add(line);
      this.contents.add(line);
    }
    if (added.length) this.store.load(added.join("\n"), FORMAT);
  }

  /** Leaves the store to the next claim, without what is of this one. */
  leave() {
    const lines = [...this.own];
    // No update names a blank node.
    if (this.uses + 1 < USES && !lines.some((line) => /^_:| _:\S+ \.$/.test(line))) {
      this.store.update(`DELETE DATA {\n${lines.join("\n")}\n}`);
      // What was written in two ways is one triple, which may be one that every claim has.
      if (this.store.size === this.size) {
        this.engine.idle = { store: this.store, uses: this.uses + 1, size: this.size };
        return;
      }
    }
    this.store.free();
  }

  /** What a query finds of a node. */
  ask(query, node, options) {
    return this.store.query(query.replaceAll(THIS, node), options);
  }

  /** The values of a node's property, as text. */
  values(node, predicate) {
    const { namedNode } = this.engine.oxigraph;
    return this.store.match(namedNode(node), namedNode(predicate), null).map((quad) => quad.object.value);
  }

  /** The focus nodes of a target. */
  targets(kind, target) {
    const key = `${kind} ${target}`;
    if (!this.nodes.has(key)) {
      const { namedNode } = this.engine.oxigraph;
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
