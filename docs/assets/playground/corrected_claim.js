/** A claim with a finding's candidate taken: how a part of it reads then, and what of the text changes. */

import { partAt } from "./claim_graph.js";
import { Numeral, readValue } from "./json_reader.js";

/**
 * The part of the claim that a suggestion changes, line by line: `[as it is, with the candidate]`,
 * null where there is no such line.
 *
 * `start` is where the claim begins in the text, `focus` what the finding is about.
 */
export function besideEachOther(text, start, focus, { patch }) {
  const { path } = patch.at(-1);
  // What is to be done about a line may be done to a diagnosis of it.
  const at = path.startsWith(`${focus}/`) ? focus : fieldOf(path)[0];
  const claim = readValue(text, start).value;
  const before = lines(partAt(claim, at));
  take(claim, patch.at(-1));
  const after = lines(partAt(claim, at));
  return [...after.keys(), ...[...before.keys()].filter((name) => !after.has(name))].map((name) => [
    before.get(name) ?? null,
    after.get(name) ?? null,
  ]);
}

/**
 * What of the text changes: `[from, to, written]`.
 *
 * `spans` are those of the claim's parts, counted from `start`.
 */
export function changeOf(text, start, spans, { patch }) {
  const { path, value } = patch.at(-1);
  const [holder, name] = fieldOf(path);
  const place = (pointer) => spans.get(pointer)?.map((position) => position + start);
  const field = path.endsWith("/-") ? null : place(path);
  if (field) return [...field, written(value)];
  const added = name === "-" ? written(value) : `${JSON.stringify(name)}: ${written(value)}`;
  const [from] = place(holder);
  const parts = [...spans.keys()].filter((pointer) => pointer.startsWith(`${holder}/`)).map(place);
  const last = Math.max(...parts.map(([, end]) => end));
  // As the parts before it are put apart.
  const space = /^\s*/.exec(text.slice(from + 1))[0];
  return [last, last, `,${space.includes("\n") ? space : " "}${added}`];
}

/** A value of a claim as JSON. */
export function written(value) {
  if (value instanceof Map) {
    return `{${[...value].map(([name, part]) => `${JSON.stringify(name)}: ${written(part)}`).join(", ")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  return value instanceof Numeral ? value.text : JSON.stringify(value);
}

/** The pointer of the part that a field is of, and its name. */
function fieldOf(path) {
  const cut = path.lastIndexOf("/");
  return [path.slice(0, cut), path.slice(cut + 1)];
}

function take(claim, { path, value }) {
  const [holder, name] = fieldOf(path);
  const part = partAt(claim, holder);
  if (name === "-") part.push(value);
  else part.set(name, value);
}

/** A field a line, by its name. */
function lines(part) {
  const fields = part instanceof Map ? part : new Map([["", part]]);
  return new Map([...fields].map(([name, value]) => [name, name ? `${name}: ${written(value)}` : written(value)]));
}
