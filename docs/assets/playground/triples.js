/** Terms and triples as N-Triples writes them. */

export const RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>";
const XSD = "http://www.w3.org/2001/XMLSchema#";
const TRIPLE = /^(\S+) <([^>]*)> (.*) \.$/;
const ESCAPE = /\\(?:u([0-9A-F]{4})|U([0-9A-F]{8})|(.))/g;
const MEANT = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };
const ESCAPED = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t" };

export function iri(address) {
  return `<${address}>`;
}

/** A literal; `datatype` is an IRI, a text where there is none. */
export function literal(value, datatype = null) {
  const text = `"${value.replace(/[\\"\n\r\t]/g, (character) => ESCAPED[character])}"`;
  return datatype ? `${text}^^<${datatype}>` : text;
}

/** Subject, IRI of the property, and object of a line. */
export function parted(line) {
  return TRIPLE.exec(line).slice(1);
}

/** The text of a term: an IRI, or what a literal says. */
export function textOf(term) {
  if (term.startsWith("<")) return term.slice(1, -1);
  if (!term.startsWith('"')) return term;
  const text = term.slice(1, term.lastIndexOf('"'));
  return text.includes("\\") ? text.replace(ESCAPE, meant) : text;
}

function meant(_, short, long, letter) {
  if (letter !== undefined) return MEANT[letter] ?? letter;
  return String.fromCodePoint(parseInt(short ?? long, 16));
}

/** The IRI of a datatype of XML Schema. */
export function xsd(name) {
  return XSD + name;
}

/** Text as part of an IRI, as Python's urllib.parse.quote has it; `safe` characters stay. */
export function quoted(text, safe = "/") {
  const made = encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return safe.includes("/") ? made.replaceAll("%2F", "/") : made;
}
