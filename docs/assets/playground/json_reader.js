/**
 * Reads JSON as the command line does: numbers stay exact, names given twice are refused, and the
 * messages are the same. It also remembers where in the text each value is.
 */

const LONGEST_NUMBER = 30;
const DEEPEST = 900;
const CUT_TOKEN = /^(?:[A-Za-z-]{0,8}\s*|\\u?[0-9A-Fa-f]{0,4})$/;
const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const WHITE_SPACE = /[ \t\r\n]*/y;
const STRING_PART = /[^"\\\u0000-\u001f]*/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** A number of the text, exact; `written` has the zeros at its end too. */
export class Numeral {
  constructor(text, written = text) {
    this.text = text;
    this.written = written;
  }

  get whole() {
    return !this.text.includes(".");
  }

  toString() {
    return this.text;
  }
}

/** What JSON allows and a claim does not. */
export class Refused {
  constructor(reason) {
    this.reason = reason;
  }
}

/** The text is no JSON; `position` is where. */
export class SyntaxFault extends Error {
  constructor(message, position) {
    super(message);
    this.position = position;
  }

  /** The words of the command line. */
  words(text) {
    const cut = this.message.startsWith("Unterminated string") || CUT_TOKEN.test(text.slice(this.position));
    if (cut) return "is cut off: it ends in the middle of a claim";
    return `is not JSON: ${this.message[0].toLowerCase()}${this.message.slice(1)}`;
  }
}

/** The text is nested too deeply. */
export class TooDeep extends Error {}

/** An object of which a part has been read. */
class OpenObject {
  closing = "}";
  name = "";
  content = new Map();
  count = new Map();

  constructor(pointer, start) {
    this.pointer = pointer;
    this.start = start;
  }

  get step() {
    return escaped(this.name);
  }

  add(value) {
    this.content.set(this.name, value);
    this.count.set(this.name, (this.count.get(this.name) || 0) + 1);
  }

  get value() {
    const [name, most] = [...this.count].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ["", 0]);
    return most > 1 ? new Refused(`the field '${shownName(name)}' is given twice`) : this.content;
  }
}

/** An array of which a part has been read. */
class OpenArray {
  closing = "]";
  value = [];

  constructor(pointer, start) {
    this.pointer = pointer;
    this.start = start;
  }

  get step() {
    return this.value.length;
  }

  add(value) {
    this.value.push(value);
  }
}

const CONTAINERS = { "{": OpenObject, "[": OpenArray };

/**
 * Reads the value that begins at `start`.
 *
 * Objects become maps, numbers `Numeral`. What is nested is kept in a list, for a worker's stack
 * does not hold as many calls as the command line allows levels.
 *
 * Returns the value, where it ends, and the spans of it and its parts by their JSON Pointers.
 */
export function readValue(text, start) {
  const spans = new Map();
  const open = [];
  let at = start;
  let pointer = "";
  for (;;) {
    if (open.length > DEEPEST) throw new TooDeep();
    const first = at;
    let value;
    if (text[at] in CONTAINERS) {
      open.push(new CONTAINERS[text[at]](pointer, first));
      at += 1;
      skip();
      if (text[at] !== open.at(-1).closing) {
        pointer = place();
        continue;
      }
      value = closed();
    } else {
      value = readPlain();
      spans.set(pointer, [first, at]);
    }
    for (; open.length; value = closed()) {
      open.at(-1).add(value);
      skip();
      if (text[at] === ",") break;
      if (text[at] !== open.at(-1).closing) throw new SyntaxFault("Expecting ',' delimiter", at);
    }
    if (!open.length) return { value, end: at, spans };
    at += 1;
    skip();
    pointer = place();
  }

  /** The pointer of the next part; an object's part is preceded by its name. */
  function place() {
    const around = open.at(-1);
    if (around instanceof OpenObject) around.name = readName();
    return `${around.pointer}/${around.step}`;
  }

  /** The content of the innermost object or array, which ends here. */
  function closed() {
    const ended = open.pop();
    at += 1;
    spans.set(ended.pointer, [ended.start, at]);
    return ended.value;
  }

  function readPlain() {
    if (text[at] === '"') return readString();
    for (const [word, value] of [["null", null], ["true", true], ["false", false]]) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = at;
    const found = NUMBER.exec(text);
    if (found) {
      const value = numeral(found);
      at += found[0].length;
      return value;
    }
    for (const word of ["NaN", "Infinity", "-Infinity"]) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return new Refused("expected a number; NaN and Infinity are none");
      }
    }
    throw new SyntaxFault("Expecting value", at);
  }

  function readName() {
    if (text[at] !== '"') {
      throw new SyntaxFault("Expecting property name enclosed in double quotes", at);
    }
    const name = readString();
    skip();
    if (text[at] !== ":") throw new SyntaxFault("Expecting ':' delimiter", at);
    at += 1;
    skip();
    return name;
  }

  function readString() {
    const begin = at;
    let value = "";
    at += 1;
    for (;;) {
      STRING_PART.lastIndex = at;
      const part = STRING_PART.exec(text)[0];
      value += part;
      at += part.length;
      const character = text[at];
      if (character === undefined) throw new SyntaxFault("Unterminated string starting at", begin);
      if (character === '"') {
        at += 1;
        return value;
      }
      if (character !== "\\") throw new SyntaxFault("Invalid control character", at);
      const next = text[at + 1];
      if (next === undefined) throw new SyntaxFault("Unterminated string starting at", begin);
      if (next === "u") {
        const digits = text.slice(at + 2, at + 6);
        if (!/^[0-9A-Fa-f]{4}$/.test(digits)) throw new SyntaxFault("Invalid \\uXXXX escape", at + 1);
        value += String.fromCharCode(parseInt(digits, 16));
        at += 6;
      } else {
        if (!(next in ESCAPES)) throw new SyntaxFault("Invalid \\escape", at);
        value += ESCAPES[next];
        at += 2;
      }
    }
  }

  function skip() {
    at = afterSpace(text, at);
  }
}

/** The position of the next character that is not white space. */
export function afterSpace(text, position) {
  WHITE_SPACE.lastIndex = position;
  return position + WHITE_SPACE.exec(text)[0].length;
}

/** The first refused value, with its JSON Pointer. */
export function firstRefusal(value, pointer = "") {
  if (value instanceof Refused) return { pointer, reason: value.reason };
  const parts = value instanceof Map ? value : Array.isArray(value) ? value.entries() : [];
  for (const [name, part] of parts) {
    const found = firstRefusal(part, `${pointer}/${escaped(shownName(String(name)))}`);
    if (found) return found;
  }
  return null;
}

/** A name as a step of a JSON Pointer (RFC 6901). */
export function escaped(name) {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** A name from the input as a message may show it: short, without control characters. */
export function shownName(name, atMost = 40) {
  const characters = [...name].map((each) => (each !== " " && /[\p{C}\p{Z}]/u.test(each) ? "?" : each));
  return characters.length <= atMost ? characters.join("") : `${characters.slice(0, atMost).join("")}...`;
}

function numeral([token, whole, decimals, exponent]) {
  if (decimals === undefined && exponent === undefined) {
    if (whole.length > LONGEST_NUMBER) return new Refused("expected a number");
    return new Numeral(whole === "-0" ? "0" : whole);
  }
  if (token.length > LONGEST_NUMBER || exponent !== undefined) {
    return new Refused("expected a plain decimal number, without an exponent");
  }
  const text = token.replace(/0+$/, "").replace(/\.$/, "");
  return new Numeral(text === "-0" ? "0" : text, token);
}
