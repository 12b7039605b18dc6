/** Parts of a FHIR resource with their paths, and references between resources. */

import { Numeral, shownName } from "./json_reader.js";

const VERSION = /\/_history\/[^/]*$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const TYPE = /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+$/;
const ON_SERVER = /^(https?:\/\/.+\/)[A-Z][A-Za-z]+\/[^/]+$/;
const DAY = 10;

/** A part of a resource from which no field can be made. */
export class FhirFault extends Error {
  constructor(reason, path) {
    super(`${reason} (${path})`);
  }
}

/** A part of a resource, and its FHIRPath. */
export class Element {
  constructor(content, path) {
    this.content = content;
    this.path = path;
  }

  /** The element of this name, null where it is absent; of several the first. */
  get(name) {
    return this.each(name)[0] ?? null;
  }

  /** The elements under the first of these names that is there. */
  each(...names) {
    if (!(this.content instanceof Map)) throw new FhirFault(`expected an object, found ${kindOf(this.content)}`, this.path);
    for (const name of names) {
      const value = this.content.get(name) ?? null;
      if (Array.isArray(value)) {
        const parts = value.map((part, index) => new Element(part, `${this.path}.${name}[${index}]`));
        return parts.filter((part) => part.content !== null);
      }
      if (value !== null) return [new Element(value, `${this.path}.${name}`)];
    }
    return [];
  }

  /** The element at the end of a path of names, the first at each step. */
  at(...path) {
    return path.reduce((element, name) => element && element.get(name), this);
  }

  /** The text at the end of a path, empty where it is absent. */
  text(...path) {
    const element = this.at(...path);
    if (!element) return "";
    if (typeof element.content !== "string") throw new FhirFault(`expected text, found ${kindOf(element.content)}`, element.path);
    return element.content.trim();
  }

  /** The day of a date at the end of a path, empty where it is absent. */
  day(...path) {
    return this.text(...path).slice(0, DAY);
  }

  /** The number at the end of a path, null where it is absent. */
  number(...path) {
    const element = this.at(...path);
    if (!element) return null;
    if (!(element.content instanceof Numeral)) throw new FhirFault(`expected a number, found ${kindOf(element.content)}`, element.path);
    return element.content;
  }

  /** System and code of each coding of this CodeableConcept. */
  codings() {
    const pairs = this.each("coding").map((coding) => [coding.text("code") && coding.text("system"), coding.text("code")]);
    return pairs.filter(([, code]) => code);
  }

  /** The codes of its codings. */
  codes() {
    return this.codings().map(([, code]) => code);
  }
}

/** The resources that references of a document may mean, by the rules of a FHIR Bundle. */
export class References {
  constructor() {
    this.byUrl = new Map();
    this.byNumber = new Map();
    this.holders = new Map();
    this.used = new Set();
    this.missed = new Set();
  }

  /** Makes a resource known under its full URL, and its type and id. */
  add(resource, fullUrl = "") {
    const url = fullUrl.replace(VERSION, "");
    this.holders.set(resource.path, [resource, ON_SERVER.exec(url)?.[1] ?? ""]);
    const enter = (map, key) => map.set(key, [...(map.get(key) ?? []), resource]);
    if (url) enter(this.byUrl, url);
    const [kind, number] = [resource.content.get("resourceType"), resource.content.get("id")];
    if (typeof kind === "string" && typeof number === "string") enter(this.byNumber, `${kind}/${number}`);
  }

  /** The types of resources that no reference has meant so far. */
  unused() {
    const left = [...this.holders].filter(([path]) => !this.used.has(path));
    return new Set(left.map(([, [holder]]) => String(holder.content.get("resourceType"))));
  }

  /** The resource that a reference means, null where the document does not have it. */
  resolve(reference) {
    if (!reference) return null;
    const written = reference.text("reference");
    const target = written.replace(VERSION, "");
    const [holder, base] = this.holder(reference.path);
    const absolute = ABSOLUTE.test(target);
    let found;
    if (target.startsWith("#")) {
      const contained = holder ? holder.each("contained") : [];
      found = contained.filter((each) => each.text("id") === target.slice(1));
    } else if (base && !absolute) found = this.byUrl.get(base + target) ?? [];
    else found = (absolute ? this.byUrl : this.byNumber).get(target) ?? [];
    const version = written.slice(target.length).split("/").at(-1);
    if (version) found = found.filter((each) => ["", version].includes(each.text("meta", "versionId")));
    if (found.some((each) => contentOf(each) !== contentOf(found[0]))) {
      throw new FhirFault("two different resources have this name", reference.path);
    }
    if (found.length) {
      this.used.add(found[0].path);
      return found[0];
    }
    if (target.startsWith("#")) throw new FhirFault("refers to a contained resource that is not there", reference.path);
    if (target.startsWith("urn:") && reference.path.startsWith("Bundle")) {
      throw new FhirFault("refers to an entry that the Bundle does not have", reference.path);
    }
    if (target) this.missed.add(TYPE.exec(target)?.[1] ?? "");
    return null;
  }

  /** The resource that a part is in, and the server that it came from, if known. */
  holder(path) {
    for (let at = path; at; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
      if (this.holders.has(at)) return this.holders.get(at);
    }
    return [null, ""];
  }
}

/** Refuses a resource that has an element whose name was misspelt or damaged. */
export function refuseDamagedNames(resource, codes) {
  const pending = [resource];
  while (pending.length) {
    const { content, path } = pending.pop();
    const parts = content instanceof Map ? content : Array.isArray(content) ? content.entries() : [];
    for (const [name, part] of parts) {
      const at = typeof name === "number" ? `${path}[${name}]` : `${path}.${name}`;
      if (typeof name === "string") {
        const meant = meantBy(name, codes);
        if (/\p{C}/u.test(name)) throw new FhirFault(`unknown element '${shownName(name)}': a name has no control characters`, path);
        if (meant) throw new FhirFault(`unknown element '${shownName(name)}'; did you mean '${meant}'?`, path);
      }
      pending.push(new Element(part, at));
    }
  }
}

/** Whether one character was put in, taken out or changed, or two have changed places. */
export function isNear(name, known) {
  if (name === known || Math.abs(name.length - known.length) > 1) return false;
  let start = 0;
  while (start < Math.min(name.length, known.length) && name[start] === known[start]) start += 1;
  if (name.length === known.length) {
    const swapped = known.slice(0, start) + [...known.slice(start, start + 2)].reverse().join("") + known.slice(start + 2);
    return name.slice(start + 1) === known.slice(start + 1) || name === swapped;
  }
  const [short, long] = name.length < known.length ? [name, known] : [known, name];
  return short.slice(start) === long.slice(start + 1);
}

/** Whether a text can name a type of resource, and is no damaged name of one that is read. */
export function isResourceType(name, { types }) {
  return types.includes(name) || (/^[A-Z][A-Za-z]*$/.test(name) && !types.some((known) => isNear(name, known)));
}

const MEANT = new Map();

function meantBy(name, { elements, resembling }) {
  if (!MEANT.has(name)) {
    // A simple value has what is said of it under its name with a line before.
    const plain = name.replace(/^_/, "");
    const known = elements.includes(plain) || resembling.includes(plain);
    MEANT.set(name, known ? null : elements.find((each) => isNear(name, each)) ?? null);
  }
  return MEANT.get(name);
}

function contentOf({ content }) {
  return JSON.stringify(content, (_, value) => (value instanceof Map ? [...value] : value));
}

function kindOf(value) {
  if (value instanceof Map) return "an object";
  if (Array.isArray(value)) return "an array";
  if (value instanceof Numeral) return "a number";
  return value === null ? "null" : typeof value === "string" ? "text" : "true or false";
}
