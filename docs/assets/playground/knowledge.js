/** Looks codes up in small files, and gathers what a claim's codes reach. */

import { json } from "./data_files.js";
import { iri, literal, quoted, xsd } from "./triples.js";

const SHORTEST_CODE = 3;
const LONGEST_CODE = 7;
const MOST_AKIN = 5_000;
// As claimshapes.knowledge.compile numbers the kinds of terms.
const [IRI, PLAIN, ENGLISH, DATE, BOOLEAN, INTEGER] = [0, 1, 2, 3, 4, 5];
const DATATYPES = { [PLAIN]: null, [DATE]: xsd("date"), [BOOLEAN]: xsd("boolean"), [INTEGER]: xsd("integer") };

export class Knowledge {
  /** Opens the folder of the files. */
  static async open(folder, vocabulary) {
    return new Knowledge(folder, vocabulary, await json(new URL("index.z", folder)));
  }

  constructor(folder, vocabulary, index) {
    this.folder = folder;
    this.within = iri(`${vocabulary}within`);
    this.index = index;
    this.known = new Set(index.files);
    this.reach = new Set(index.reach);
    this.ancestry = new Set(index.ancestry);
    this.loading = new Map();
    this.loaded = new Map();
  }

  /** Loads the files that the codes of a claim need, and those that the rows they reach need. */
  async load(codes) {
    await this.loadFiles(codes);
    await this.loadFiles(this.further(codes));
  }

  async loadFiles(codes) {
    const names = new Set(codes.map((code) => this.fileOf(code)).filter((name) => this.known.has(name)));
    await Promise.all([...names].map((name) => this.loadFile(name)));
  }

  /** Looks a diagnosis code up, however it is written. */
  match(code) {
    const key = keyOf(code);
    const codes = this.fileFor(code).codes || {};
    for (let length = Math.min(key.length, LONGEST_CODE); length >= SHORTEST_CODE; length -= 1) {
      const found = codes[key.slice(0, length)];
      if (!found) continue;
      const concept = this.lengthened(found[0]);
      if (length === key.length) return { concept, notation: found[1], excess: "" };
      return { nearest: concept, notation: "", excess: key.slice(length) };
    }
    return { notation: "", excess: key };
  }

  /** Known codes that begin with some characters. */
  async beginning(begun, most) {
    const start = keyOf(begun);
    return (await this.codesFrom(start, most)).map(([, notation]) => notation);
  }

  /** Triples of the codes that begin as a code does but for its last character, with their periods. */
  async akin(code) {
    const key = keyOf(code);
    const start = key.slice(0, Math.max(SHORTEST_CODE, key.length - 1));
    const triples = new Set();
    for (const [concept] of await this.codesFrom(start, MOST_AKIN)) {
      const { facts } = this.fileFor(start);
      for (const [predicate, kind, value] of this.describe(concept, facts, triples)) {
        if (predicate === this.index.reportable && kind === IRI) this.describe(value, facts, triples);
      }
    }
    return [...triples];
  }

  /** The concepts and notations of the codes whose keys begin so, in their order. */
  async codesFrom(start, most) {
    await this.loadFiles([start]);
    const codes = Object.entries(this.fileFor(start).codes ?? {}).filter(([key]) => key.startsWith(start));
    return codes.sort(([one], [other]) => (one < other ? -1 : 1)).slice(0, most).map(([, code]) => code);
  }

  /** Adds the triples of a subject, and returns its facts. */
  describe(short, facts, triples) {
    const subject = iri(this.lengthened(short));
    const own = facts[short] || [];
    for (const [predicate, kind, value] of own) triples.add(this.line(subject, predicate, kind, value));
    return own;
  }

  line(subject, predicate, kind, value) {
    return `${subject} ${iri(this.index.predicates[predicate])} ${this.term(kind, value)} .`;
  }

  /** The triples that a claim's codes reach. */
  slice(diagnosisCodes, serviceCodes) {
    const triples = [];
    const codes = new Set(serviceCodes);
    for (const code of diagnosisCodes) {
      const { concept, nearest, notation } = this.match(code);
      for (let length = this.index.category; length <= notation.length; length += 1) {
        codes.add(notation.slice(0, length));
      }
      if (concept || nearest) triples.push(...this.reached(concept || nearest, this.fileFor(code).facts));
    }
    for (const code of this.further([...codes])) codes.add(code);
    for (const first of [...codes].sort()) {
      for (const [name, table] of Object.entries(this.index.tables)) {
        for (const row of this.rows(name, first)) {
          if (table.reachedBy.slice(1).every((column) => codes.has(row[column]))) {
            triples.push(...rowTriples(table, row));
          }
        }
      }
    }
    return triples;
  }

  /** The codes that rows which these codes reach add to them. */
  further(codes) {
    const found = [];
    for (const [name, table] of Object.entries(this.index.tables)) {
      for (const code of table.reaches.length ? codes : []) {
        for (const row of this.rows(name, code)) found.push(...table.reaches.map((column) => row[column]));
      }
    }
    return found;
  }

  /** The rows of a table that have this code first, of the files that are loaded. */
  rows(name, first) {
    const page = ((this.fileFor(first).pages || {})[first] || {})[name];
    return page === undefined ? [] : page.split("\n").map((line) => line.split("\t"));
  }

  reached(concept, facts) {
    const triples = [];
    const ancestors = new Set();
    const pending = [this.shortened(concept)];
    const seen = new Set(pending);
    const upwards = new Set(pending);
    while (pending.length) {
      const at = pending.pop();
      const subject = iri(this.lengthened(at));
      if (upwards.has(at)) ancestors.add(subject);
      for (const [predicate, kind, value] of facts[at] || []) {
        triples.push(this.line(subject, predicate, kind, value));
        if (!this.reach.has(predicate) || kind !== IRI) continue;
        if (upwards.has(at) && this.ancestry.has(predicate)) upwards.add(value);
        if (!seen.has(value)) {
          seen.add(value);
          pending.push(value);
        }
      }
    }
    for (const above of ancestors) triples.push(`${iri(concept)} ${this.within} ${above} .`);
    return triples;
  }

  term(kind, value) {
    if (kind === IRI) return iri(this.lengthened(value));
    return kind === ENGLISH ? `${literal(value)}@en` : literal(value, DATATYPES[kind]);
  }

  lengthened(short) {
    const at = short.indexOf(":");
    return this.index.namespaces[Number(short.slice(0, at))] + short.slice(at + 1);
  }

  shortened(address) {
    const cut = Math.max(address.lastIndexOf("/"), address.lastIndexOf("#")) + 1;
    return `${this.index.namespaces.indexOf(address.slice(0, cut))}:${address.slice(cut)}`;
  }

  fileOf(code) {
    return keyOf(code).slice(0, this.index.beginning);
  }

  fileFor(code) {
    return this.loaded.get(this.fileOf(code)) || {};
  }

  async loadFile(name) {
    if (!this.loading.has(name)) {
      const address = new URL(`${name}.z`, this.folder);
      this.loading.set(name, json(address).then((content) => this.loaded.set(name, content)));
    }
    try {
      await this.loading.get(name);
    } catch (error) {
      this.loading.delete(name);
      throw error;
    }
  }
}

/** A code as it is looked up: capitals and digits only. */
function keyOf(code) {
  return code.toUpperCase().replace(/[^0-9A-Z]/g, "");
}

/** The triples that a row of a table means, by the words of CSV on the Web. */
function* rowTriples(table, row) {
  const values = {};
  const written = table.columns.filter((column) => !column.virtual);
  written.forEach((column, index) => {
    values[column.name] = row[index];
  });
  const subject = iri(filled(table.aboutUrl, values));
  for (const column of table.columns) {
    if (column.propertyUrl === null) continue;
    const text = values[column.name] || "";
    if (!text && !column.virtual) continue;
    const predicate = iri(filled(column.propertyUrl, values));
    for (const value of column.separator ? text.split(column.separator) : [text]) {
      const object = column.valueUrl
        ? iri(filled(column.valueUrl, { ...values, [column.name]: value }))
        : literal(value, column.datatype === "string" ? null : xsd(column.datatype));
      yield `${subject} ${predicate} ${object} .`;
    }
  }
}

function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => quoted(values[name], ""));
}
