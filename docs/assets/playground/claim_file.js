/** Takes the claims of a text apart: one object, an array, or one object a line. */

import { SyntaxFault, TooDeep, afterSpace, firstRefusal, readValue } from "./json_reader.js";

const OBJECT_A_LINE = /^\s*\{[^\n]*\}[ \t\r]*\n\s*\{/;
const LINES = /\.(ndjson|jsonl)$/i;
// What may be the beginning of the next claim: an object after a comma or at the start of a line.
const OBJECT = /(?:,[ \t\r\n]*|\n)\{/g;
const MOST_TRIED = 20_000;
const ONCE_A_CLAIM = [/"payer"\s*:/g, /"patient"\s*:/g, /"billingProvider"\s*:/g];
const TOO_DEEP = "is nested too deeply for a claim";
const END_EXPECTED = "expected the end of the line after the claim";

const NOT_X12 =
  "is an X12 file; a reader of its loops and envelopes would make this page much larger, so it has none. The command line reads it, and writes claims for this page";

/** The text as a whole cannot be used. */
export class InputFault extends Error {
  constructor(message, line = null, command = null) {
    super(message);
    this.line = line;
    this.command = command;
  }
}

/**
 * The values of a text in their order.
 *
 * Yields `{value, fault, line, pointer, start, spans}`: what should be a claim, or why there is
 * none; the line that it begins on; its JSON Pointer in the text; and the spans of its parts. Of
 * what is not JSON there is `text`, with the number of `claims` that were in it; after it reading
 * goes on at the next claim. A fault of the text that is no claim's own stands for 0 `claims`.
 *
 * `required` has the names of the fields that a claim must have. Throws `InputFault`.
 */
export function* readValues(text, required, name = "") {
  if (text.startsWith("\ufeff")) {
    throw new InputFault("begins with a byte order mark; save it as UTF-8 without one");
  }
  const first = text[afterSpace(text, 0)];
  if (first === undefined) throw new InputFault("the file is empty");
  if (/^ISA[^A-Za-z0-9\s]/.test(text.slice(afterSpace(text, 0)))) {
    throw new InputFault(NOT_X12, null, `claimshapes convert ${name || "FILE.837"} --to json`);
  }
  if (LINES.test(name) || OBJECT_A_LINE.test(text)) yield* readLines(text);
  else if ("{[".includes(first)) yield* readDocument(text, required);
  else throw new InputFault("expected a claim (an object) or an array of claims", lineAt(text, afterSpace(text, 0)));
}

/** The line of a position, from 1. */
export function lineAt(text, position) {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < position; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

function* readLines(text) {
  let start = 0;
  let line = 0;
  let broken = "";
  for (const content of text.split("\n")) {
    line += 1;
    const trimmed = content.replace(/^[ \t\r]+|[ \t\r]+$/g, "");
    const begin = start + content.indexOf(trimmed);
    start += content.length + 1;
    if (/^[ \t\r\v\f]*$/.test(content)) continue;
    const before = broken;
    broken = "";
    let at = 0;
    while (at < trimmed.length) {
      const place = { line, pointer: "", start: begin + at };
      const { value, end, spans, error } = attempt(trimmed, at);
      const next = error ? at : end + trimmed.slice(end).search(/\S|$/);
      if (error || (next < trimmed.length && trimmed[next] !== "{")) {
        const rest = trimmed.slice(at);
        const claims = before ? claimsIn(before + rest) - claimsIn(before) : claimsIn(rest);
        broken = before + rest;
        yield damaged(place, error ? reasonOf(error, trimmed) : END_EXPECTED, rest, claims);
        break;
      }
      yield { ...place, value, fault: firstRefusal(value), spans: shifted(spans, at) };
      at = next;
    }
  }
}

/** An array of claims, or claims one after another. */
function* readDocument(text, required) {
  let at = afterSpace(text, 0);
  const inArray = text[at] === "[";
  let index = 0;
  let ended = false;
  let lost = false;
  if (inArray) at += 1;
  for (at = afterSpace(text, at); at < text.length; at = afterSpace(text, at)) {
    if (inArray && text[at] === "]") {
      at = afterSpace(text, at + 1);
      ended = true;
      if (at < text.length) yield note(text, at, "expected the end of the file after the array");
      continue;
    }
    ended = false;
    if (inArray && text[at] === ",") {
      at = afterSpace(text, at + 1);
      if ("],".includes(text[at] ?? "?")) yield note(text, at, "expected a claim after the comma");
      continue;
    }
    const place = { line: lineAt(text, at), pointer: inArray ? `/${index}` : "", start: at };
    index += 1;
    const { value, end, spans, error } = attempt(text, at);
    const next = error ? at : afterSpace(text, end);
    if (error || (next < text.length && !",]{[".includes(text[next]))) {
      const stop = nextClaim(text, at, required);
      lost = stop === text.length;
      const rest = text.slice(at, stop);
      const line = error instanceof SyntaxFault ? lineAt(text, error.position) : place.line;
      const reason = error ? reasonOf(error, text) : "is not JSON: expected the end of the claim";
      yield damaged({ ...place, line }, reason, rest, claimsIn(rest));
      at = stop;
      continue;
    }
    const fault = firstRefusal(value);
    yield { ...place, value, fault, spans: shifted(spans, at) };
    at = next;
    if (inArray && at < text.length && !",]".includes(text[at])) {
      yield note(text, at, "expected a comma or the end of the array");
    } else if (!inArray && at < text.length && lineAt(text, at) === lineAt(text, end)) {
      yield note(text, at, "expected the end of the file, or the next claim on a new line");
    }
  }
  if (inArray && !ended && !lost) yield note(text, text.length, "is cut off: the array does not end");
}

/** A fault of the text that is no claim's own. */
function note(text, position, reason) {
  return damaged({ line: lineAt(text, position), pointer: "", start: position }, reason, "", 0);
}

function damaged(place, reason, text, claims) {
  return { ...place, value: null, fault: { pointer: "", reason }, spans: new Map(), text, claims };
}

/** How many claims there are in a text that is not JSON: two may have become one. */
function claimsIn(text) {
  const counts = ONCE_A_CLAIM.map((name) => [...text.matchAll(name)].length);
  // What begins no object may go on from the claim before.
  return text.startsWith("{") ? Math.max(1, ...counts) : Math.min(...counts);
}

/** The position of the next object that is a claim, and no part of one, or of the text's end. */
function nextClaim(text, start, required) {
  OBJECT.lastIndex = start + 1;
  for (let tried = 0; tried < MOST_TRIED && OBJECT.exec(text); tried += 1) {
    const place = OBJECT.lastIndex - 1;
    const { value } = attempt(text, place);
    const fields = value instanceof Map ? required.filter((name) => value.has(name)) : [];
    if (2 * fields.length > required.length) return place;
  }
  return text.length;
}

/** The spans of a claim's parts, counted from its beginning. */
function shifted(spans, start) {
  return new Map([...spans].map(([pointer, [from, to]]) => [pointer, [from - start, to - start]]));
}

/** What `readValue` gives, or the `error` that says why there is no value. */
function attempt(text, position) {
  try {
    return readValue(text, position);
  } catch (error) {
    if (error instanceof SyntaxFault || error instanceof TooDeep) return { error };
    throw error;
  }
}

function reasonOf(error, text) {
  return error instanceof TooDeep ? TOO_DEEP : error.words(text);
}
