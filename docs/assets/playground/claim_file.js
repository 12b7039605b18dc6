/** Takes the claims of a text apart: one object, an array, or one object a line. */

import { SyntaxFault, TooDeep, afterSpace, firstRefusal, readValue } from "./json_reader.js";

const OBJECT_A_LINE = /^\s*\{[^\n]*\}[ \t\r]*\n\s*\{/;
const LINES = /\.(ndjson|jsonl)$/i;
const TOO_DEEP = "is nested too deeply for a claim";

/** The text as a whole cannot be used. */
export class InputFault extends Error {
  constructor(message, line = null) {
    super(message);
    this.line = line;
  }
}

/**
 * The values of a text in their order.
 *
 * Yields `{value, fault, line, pointer, start, spans}`: what should be a claim, or why there is
 * none; the line that it begins on; its JSON Pointer in the text; and the spans of its parts.
 * Throws `InputFault`.
 */
export function* readClaims(text, name = "") {
  if (text.startsWith("\ufeff")) {
    throw new InputFault("begins with a byte order mark; save it as UTF-8 without one");
  }
  const first = text[afterSpace(text, 0)];
  if (first === undefined) throw new InputFault("the file is empty");
  if (/"resourceType"\s*:\s*"/.test(text) && "{[".includes(first)) {
    throw new InputFault("is FHIR, which `claimshapes check` reads; this page takes the claim format");
  }
  if (LINES.test(name) || OBJECT_A_LINE.test(text)) yield* readLines(text);
  else if (first === "[") yield* readArray(text);
  else if (first === "{") yield* readObjects(text);
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
  for (const content of text.split("\n")) {
    line += 1;
    const begin = start + (content.length - content.trimStart().length);
    start += content.length + 1;
    if (!content.trim()) continue;
    const trimmed = content.trim();
    const place = { line, pointer: "", start: begin };
    try {
      const { value, end, spans } = readValue(trimmed, 0);
      if (end < trimmed.length) {
        const fault = { pointer: "", reason: "expected the end of the line after the claim" };
        yield { ...place, value: null, fault, spans: new Map() };
      } else {
        yield { ...place, value, fault: firstRefusal(value), spans };
      }
    } catch (error) {
      yield { ...place, value: null, fault: { pointer: "", reason: reasonOf(error, trimmed) }, spans: new Map() };
    }
  }
}

function* readObjects(text) {
  let at = afterSpace(text, 0);
  while (at < text.length) {
    const line = lineAt(text, at);
    const { value, end, spans } = valueAt(text, at);
    const begin = at;
    at = afterSpace(text, end);
    if (at < text.length && lineAt(text, at) === lineAt(text, end)) {
      throw new InputFault("expected the end of the file, or the next claim on a new line", lineAt(text, at));
    }
    yield reading(value, spans, { line, pointer: "", start: begin });
  }
}

function* readArray(text) {
  let at = afterSpace(text, text.indexOf("[") + 1);
  for (let index = 0; text[at] !== "]"; index += 1) {
    if (index) {
      if (text[at] !== ",") {
        throw new InputFault("expected a comma or the end of the array", lineAt(text, at));
      }
      at = afterSpace(text, at + 1);
    }
    const { value, end, spans } = valueAt(text, at);
    yield reading(value, spans, { line: lineAt(text, at), pointer: `/${index}`, start: at });
    at = afterSpace(text, end);
  }
  at = afterSpace(text, at + 1);
  if (at < text.length) {
    throw new InputFault("expected the end of the file after the array", lineAt(text, at));
  }
}

function reading(value, spans, place) {
  return { ...place, value, fault: firstRefusal(value), spans: shifted(spans, place.start) };
}

/** Spans from the beginning of the claim. */
function shifted(spans, start) {
  return new Map([...spans].map(([pointer, [from, to]]) => [pointer, [from - start, to - start]]));
}

function valueAt(text, position) {
  try {
    return readValue(text, position);
  } catch (error) {
    throw new InputFault(reasonOf(error, text), error instanceof SyntaxFault ? lineAt(text, error.position) : lineAt(text, position));
  }
}

function reasonOf(error, text) {
  if (error instanceof SyntaxFault) return error.words(text);
  if (error instanceof TooDeep) return TOO_DEEP;
  throw error;
}
