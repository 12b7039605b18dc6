/** A claim as triples, through the terms of its JSON-LD context. */

import { Numeral } from "./json_reader.js";
import { RDF_TYPE, iri, literal, quoted, xsd } from "./triples.js";

const CLAIM_BASE = "urn:claimshapes:claim:";

/**
 * The claim's own triples.
 *
 * Each part is named by the claim's number and a JSON Pointer, so that a result's focus node says
 * where in the claim it is.
 *
 * `match` looks a diagnosis code up; `settings.asOf` is a date to judge by, `settings.sentOn` one on
 * which every claim is taken as sent, and `settings.checkedOn` the day of the check, where it is not
 * the reader's own day. Returns `{node, triples, diagnosisCodes, serviceCodes}`.
 */
export function claimGraph(claim, terms, vocabulary, match, settings) {
  const base = claimIri(claim);
  const triples = [];
  const diagnosisCodes = [];
  const serviceCodes = [];
  const term = (name) => iri(vocabulary + name);
  const add = (subject, predicate, object) => triples.push(`${subject} ${predicate} ${object} .`);

  add(iri(base), RDF_TYPE, term("Claim"));
  describe(iri(base), claim, terms, "");
  if (!claim.has("type")) add(iri(base), term("claimType"), term("professional"));
  const days = { asOf: settings.asOf, sentOn: settings.sentOn, checkedOn: settings.checkedOn ?? today() };
  for (const [name, day] of Object.entries(days)) if (day) add(iri(base), term(name), literal(day, xsd("date")));
  return { node: base, triples, diagnosisCodes, serviceCodes };

  function describe(subject, content, fields, pointer) {
    for (const [name, value] of content) {
      const field = fields[name];
      const place = `${pointer}/${name}`;
      if (value instanceof Map) part(subject, field, value, fields, place);
      else if (Array.isArray(value)) {
        value.forEach((element, index) => {
          if (element instanceof Map) part(subject, field, element, fields, `${place}/${index}`);
          else {
            state(subject, field, element);
            if (field.ordered) enter(subject, field, element, `${base}#${place}`, index);
          }
        });
      } else {
        state(subject, field, value);
        if (field.predicate === `${vocabulary}code`) lookUp(subject, value);
      }
    }
  }

  function part(subject, field, content, fields, pointer) {
    const node = iri(`${base}#${quoted(pointer)}`);
    add(subject, iri(field.predicate), node);
    if (field.class) add(node, RDF_TYPE, iri(field.class));
    // As in JSON-LD, a part knows the terms around it beside its own.
    describe(node, content, { ...fields, ...field.fields }, pointer);
  }

  function state(subject, field, value) {
    if (field.namespace !== null) {
      add(subject, iri(field.predicate), iri(field.namespace + quoted(String(value))));
      return;
    }
    add(subject, iri(field.predicate), literalOf(value, field.datatype));
    if (field.concept) {
      const [predicate, namespace, width] = field.concept;
      const code = conceptCode(value, width);
      add(subject, iri(predicate), iri(namespace + quoted(code)));
      serviceCodes.push(code);
    }
  }

  /** A list's entry on a node of its own: equal triples would be one. */
  function enter(subject, field, value, place, index) {
    const entry = iri(`${place}/${index}`);
    add(subject, term("entry"), entry);
    add(entry, term("position"), literal(String(index + 1), xsd("integer")));
    state(entry, field, value);
  }

  function lookUp(subject, code) {
    diagnosisCodes.push(code);
    const found = match(code);
    add(subject, term("notation"), literal(found.concept ? found.notation : code));
    if (found.concept) add(subject, term("concept"), iri(found.concept));
    else if (found.nearest) {
      add(subject, term("nearestConcept"), iri(found.nearest));
      add(subject, term("excess"), literal(found.excess));
    }
  }
}

/** The codes that a claim looks up, of diagnoses and of all that has a concept, in capitals. */
export function codesOf(claim, terms) {
  const codes = (claim.get("diagnosis") || []).map((part) => part.get("code").trim().toUpperCase());
  collect(claim, terms);
  return codes;

  function collect(content, fields) {
    for (const [name, value] of content) {
      const field = fields[name];
      for (const each of [value].flat()) {
        if (each instanceof Map) collect(each, { ...fields, ...field.fields });
        else if (field.concept) codes.push(conceptCode(each, field.concept[2]));
      }
    }
  }
}

/** A code as its concept has it: in capitals, with its leading zeros. */
function conceptCode(code, width) {
  return String(code).trim().toUpperCase().padStart(width, "0");
}

/** The reader's own day, as dates are written. */
function today() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** The IRI of a claim's node. */
export function claimIri(claim) {
  return CLAIM_BASE + quoted(claim.get("id"), "");
}

/** The JSON Pointer that a node's IRI carries, empty for the claim itself. */
export function pointerOf(node) {
  const at = node.indexOf("#");
  return at === -1 ? "" : decodeURIComponent(node.slice(at + 1));
}

/** The part of a claim at a JSON Pointer, undefined where there is none. */
export function partAt(claim, pointer) {
  let part = claim;
  for (const step of pointer.split("/").slice(1)) {
    part = part instanceof Map ? part.get(step) : part?.[Number(step)];
  }
  return part;
}

/** The field `name` of the claim part at `pointer` as text, if it is there and one value. */
export function valueAt(claim, pointer, name) {
  const part = partAt(claim, pointer);
  const value = part instanceof Map ? part.get(name) : undefined;
  return typeof value === "string" || value instanceof Numeral ? String(value) : null;
}

function literalOf(value, datatype) {
  if (typeof value === "boolean") return literal(String(value), xsd("boolean"));
  if (value instanceof Numeral) {
    return literal(value.text, datatype || xsd(value.whole ? "integer" : "decimal"));
  }
  return literal(String(value), datatype);
}
