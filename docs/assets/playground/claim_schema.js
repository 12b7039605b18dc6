/**
 * Says where a claim departs from the claim format, in the words of the command line.
 *
 * It knows the keywords that claim.schema.json uses and no others: numbers have to stay exact and
 * the words have to be ours, which a general validator gives neither of.
 */

import { Numeral, escaped, shownName } from "./json_reader.js";

const KINDS = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  object: "an object",
  array: "an array",
};
const IS = {
  string: (value) => typeof value === "string",
  number: (value) => value instanceof Numeral,
  integer: (value) => value instanceof Numeral && value.whole,
  object: (value) => value instanceof Map,
  array: (value) => Array.isArray(value),
};
const MOST_NAMED = 12;
const MOST_EXAMPLES = 6;
const NO_CONSTRAINTS = new Set([
  "$schema", "$id", "$defs", "$ref", "title", "description", "default", "examples", "x-expected",
  "then", "else",
]);

/** The faults of a claim in the order of their place, as `{pointer, reason}`. */
export function claimFaults(claim, schema) {
  const found = [...faults(claim, schema, [], schema)];
  const places = found.map((fault) => fault.path);
  const order = found.map((_, index) => index);
  order.sort((a, b) => comparePaths(places[a], places[b]) || a - b);
  const told = order.map((index) => found[index]);
  const sorted = [...told.filter((fault) => !fault.missing), ...told.filter((fault) => fault.missing)];
  const plain = sorted.map(({ pointer, reason }) => ({ pointer, reason }));
  return [...plain, ...(claim instanceof Map ? repeatedSequences(claim) : [])];
}

/** What a JSON value is, in words that do not say the value. */
export function foundKind(value) {
  if (value === null) return "null";
  if (typeof value === "boolean") return "true or false";
  if (typeof value === "string") return "text";
  if (value instanceof Numeral) return "a number";
  return Array.isArray(value) ? "an array" : "an object";
}

function* faults(value, schema, path, root) {
  if (schema.$ref) yield* faults(value, root.$defs[schema.$ref.split("/").at(-1)], path, root);
  for (const [keyword, expected] of Object.entries(schema)) {
    if (!NO_CONSTRAINTS.has(keyword)) yield* check[keyword](value, expected, schema, path, root);
  }
}

const check = {
  * type(value, expected, schema, path) {
    if (IS[expected](value)) return;
    if (expected === "integer" && value instanceof Numeral) {
      yield fault(path, "expected a whole number, found a number with decimals");
    } else {
      yield fault(path, `expected ${KINDS[expected]}, found ${foundKind(value)}`);
    }
  },

  * properties(value, expected, schema, path, root) {
    if (!(value instanceof Map)) return;
    for (const [name, part] of Object.entries(expected)) {
      if (value.has(name)) yield* faults(value.get(name), part, [...path, name], root);
    }
  },

  * additionalProperties(value, expected, schema, path) {
    if (!(value instanceof Map) || expected !== false) return;
    const known = Object.keys(schema.properties);
    const strange = [...value.keys()].filter((name) => !known.includes(name)).sort();
    for (const [number, name] of strange.entries()) {
      yield { ...fault([...path, name], unknownField(name, known, number > 0)), path };
    }
  },

  * required(value, expected, schema, path) {
    if (!(value instanceof Map)) return;
    for (const name of expected) {
      if (!value.has(name)) {
        yield { ...fault([...path, name], `the field '${name}' is missing`), path, missing: true };
      }
    }
  },

  * items(value, expected, schema, path, root) {
    if (!Array.isArray(value)) return;
    for (const [index, part] of value.entries()) yield* faults(part, expected, [...path, index], root);
  },

  * if(value, expected, schema, path, root) {
    const holds = faults(value, expected, path, root).next().done;
    const then = holds ? schema.then : schema.else;
    if (then) yield* faults(value, then, path, root);
  },

  * not(value, expected, schema, path, root) {
    if (faults(value, expected, path, root).next().done) yield fault(path, "does not have the claim format");
  },

  * enum(value, expected, schema, path) {
    if (!expected.includes(value)) yield fault(path, `expected one of ${expected.join(", ")}`);
  },

  * const(value, expected, schema, path) {
    if (value !== expected) yield fault(path, `expected ${expected}`);
  },

  * format(value, expected, schema, path) {
    if (typeof value === "string" && !isDate(value)) {
      yield fault(path, "expected a date of the calendar such as 2026-05-04");
    }
  },

  * pattern(value, expected, schema, path) {
    if (typeof value === "string" && !new RegExp(expected, "u").test(value)) {
      yield fault(path, `expected ${schema["x-expected"] ?? `text that matches ${expected}`}`);
    }
  },

  * minLength(value, expected, schema, path) {
    if (typeof value === "string" && [...value].length < expected) yield fault(path, "expected text, found none");
  },

  * maxLength(value, expected, schema, path) {
    if (typeof value !== "string") return;
    const length = [...value].length;
    if (length > expected) yield fault(path, `expected at most ${expected} characters, found ${length}`);
  },

  * minItems(value, expected, schema, path) {
    if (Array.isArray(value) && value.length < expected) yield fault(path, `expected at least ${expected}, found none`);
  },

  * maxItems(value, expected, schema, path) {
    if (Array.isArray(value) && value.length > expected) {
      yield fault(path, `expected at most ${expected} entries, found ${value.length}`);
    }
  },

  * minimum(value, expected, schema, path) {
    if (value instanceof Numeral && Number(value.text) < expected) {
      yield fault(path, `expected a number of at least ${expected}`);
    }
  },

  * maximum(value, expected, schema, path) {
    if (value instanceof Numeral && Number(value.text) > expected) {
      yield fault(path, `expected a number of at most ${expected}`);
    }
  },

  * multipleOf(value, expected, schema, path) {
    if (!(value instanceof Numeral)) return;
    // Multiples of a power of ten, which is all that the format has, are told by the decimals.
    const decimals = (value.text.split(".")[1] ?? "").length;
    if (decimals > -Math.round(Math.log10(expected))) yield fault(path, `expected a multiple of ${expected}`);
  },
};

/** The keywords that are understood; the site's tests hold the schema against them. */
export const KEYWORDS = [...NO_CONSTRAINTS, ...Object.keys(check)];

function fault(path, reason) {
  const pointer = path.map((step) => `/${escaped(shownName(String(step)))}`).join("");
  return { path, pointer, reason, missing: false };
}

/** Steps that are numbers come after names, as numbers. */
function comparePaths(one, other) {
  for (let index = 0; index < Math.min(one.length, other.length); index += 1) {
    const [a, b] = [one[index], other[index]];
    const [x, y] = [a, b].map((step) => (typeof step === "number" ? step : -1));
    if (x !== y) return x - y;
    if (x === -1 && a !== b) return a < b ? -1 : 1;
  }
  return one.length - other.length;
}

function isDate(text) {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!found || found[1] === "0000") return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** What there is to choose from is told once, so not where the words are to be brief. */
function unknownField(name, known, brief) {
  const names = known.filter((candidate) => !candidate.startsWith("@"));
  const shown = shownName(name);
  const near = closest([...name].slice(0, 80).join("").toLowerCase(), names);
  if (near) return `unknown field '${shown}'; did you mean '${near}'?`;
  if (brief) return `unknown field '${shown}'`;
  if (names.length > MOST_NAMED) {
    const some = names.slice(0, MOST_EXAMPLES).join(", ");
    return `unknown field '${shown}'; expected one of ${names.length} fields, such as ${some}`;
  }
  return `unknown field '${shown}'; expected one of ${names.join(", ")}`;
}

/** The name that was perhaps meant, as Python's difflib.get_close_matches would find it. */
function closest(word, names) {
  let best = null;
  for (const name of names) {
    const lower = name.toLowerCase();
    const ratio = (2 * matching(lower, word)) / (lower.length + word.length);
    const better = best === null || ratio > best.ratio || (ratio === best.ratio && lower > best.lower);
    if (ratio >= 0.6 && better) best = { ratio, lower, name };
  }
  return best && best.name;
}

/** How many characters two words share by Ratcliff and Obershelp. */
function matching(one, other) {
  let length = 0;
  let [start, beside] = [0, 0];
  for (let i = 0; i < one.length; i += 1) {
    for (let j = 0; j < other.length; j += 1) {
      let size = 0;
      while (i + size < one.length && one[i + size] === other[j + size]) size += 1;
      if (size > length) [length, start, beside] = [size, i, j];
    }
  }
  if (!length) return 0;
  return (
    length +
    matching(one.slice(0, start), other.slice(0, beside)) +
    matching(one.slice(start + length), other.slice(beside + length))
  );
}

function* repeatedSequences(claim) {
  for (const [name, entries] of claim) {
    if (!Array.isArray(entries)) continue;
    const seen = new Map();
    for (const [index, entry] of entries.entries()) {
      const sequence = entry instanceof Map ? entry.get("sequence") : null;
      if (!(sequence instanceof Numeral && sequence.whole)) continue;
      if (seen.has(sequence.text)) {
        const pointer = `/${escaped(name)}/${index}/sequence`;
        yield { pointer, reason: `the same sequence is at /${escaped(name)}/${seen.get(sequence.text)}` };
      } else {
        seen.set(sequence.text, index);
      }
    }
  }
}
