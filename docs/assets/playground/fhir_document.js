/** The claims of a FHIR text, as a text in the claim format: resources, Bundles, one or more a line. */

import { written } from "./corrected_claim.js";
import { readValues } from "./claim_file.js";
import { FhirClaim } from "./fhir_claim.js";
import { Element, FhirFault, References, isResourceType, refuseDamagedNames } from "./fhir_element.js";
import { shownName } from "./json_reader.js";

const CLAIMS = ["Claim", "ExplanationOfBenefit"];
const BUNDLE = "Bundle";
const BY_COMMAND = "this page does not read it; `claimshapes check FILE` does";

/** Whether a text is FHIR. */
export function isFhir(text) {
  return /^\s*[[{]/.test(text) && /"resourceType"\s*:\s*"/.test(text);
}

/**
 * The claims of a text, and what could not be read of it: `{text, claims, faults}`.
 *
 * `terms` is the part of rules.z that is about FHIR. A fault has a `line` and a `reason`.
 */
export function claimsOfFhir(text, terms, name) {
  const claims = [];
  const faults = [];
  for (const { value, fault, line } of readValues(text, [], name)) {
    const say = (reason) => faults.push({ line, reason });
    if (fault) say(fault.pointer ? `${fault.reason} (${fault.pointer})` : fault.reason);
    else readResource(value, terms, claims, say);
  }
  return { text: asText(claims), claims: claims.length, faults };
}

function readResource(value, terms, claims, say) {
  const kind = value instanceof Map ? value.get("resourceType") : null;
  if (CLAIMS.includes(kind)) {
    const resource = new Element(value, kind);
    const references = new References();
    references.add(resource);
    readClaim(resource, references, terms, claims, say);
  } else if (kind === BUNDLE) readBundle(new Element(value, BUNDLE), terms, claims, say);
  else {
    const named = typeof kind === "string" ? `a ${shownType(kind, terms)}` : "no resource";
    say(`is ${named}; a Claim, an ExplanationOfBenefit or a Bundle of them is read`);
  }
}

function readBundle(bundle, terms, claims, say) {
  const references = new References();
  const found = [];
  let entries = [];
  try {
    entries = bundle.each("entry");
    for (const entry of entries) {
      const resource = entry.get("resource");
      if (!resource) continue;
      const kind = resource.text("resourceType");
      if (!CLAIMS.includes(kind)) refuseDamagedNames(resource, terms.codes);
      if (kind === BUNDLE) throw new FhirFault(`a Bundle within another: ${BY_COMMAND}`, resource.path);
      if (!isResourceType(kind, terms.codes)) throw new FhirFault("has no resourceType of FHIR", resource.path);
      references.add(resource, entry.text("fullUrl"));
      if (CLAIMS.includes(kind)) found.push(resource);
    }
  } catch (error) {
    if (!(error instanceof FhirFault)) throw error;
    // What was not read may be what a claim refers to.
    say(error.message);
    return;
  }
  if (!found.length) say("the Bundle holds no Claim and no ExplanationOfBenefit");
  const read = found.map((resource) => {
    references.missed = new Set();
    const made = [];
    readClaim(resource, references, terms, made, say);
    return { made, missed: references.missed };
  });
  const unused = references.unused();
  for (const kind of [...CLAIMS, BUNDLE]) unused.delete(kind);
  for (const { made, missed } of read) {
    const lost = [...missed].some((kind) => unused.has(kind) || !isResourceType(kind, terms.codes));
    // Its reference or the name of the entry that it means was damaged.
    if (made.length && unused.size && lost) say("refers to no entry of the Bundle, which has one that nothing refers to");
    else claims.push(...made);
  }
}

function readClaim(resource, references, terms, claims, say) {
  try {
    refuseDamagedNames(resource, terms.codes);
    claims.push(new FhirClaim(resource, references, terms).claim());
  } catch (error) {
    if (!(error instanceof FhirFault)) throw error;
    say(error.message);
  }
}

function shownType(kind, terms) {
  return isResourceType(kind, terms.codes) ? shownName(kind) : "resource of no type of FHIR";
}

/** A claim, or an array of them, a field and a part a line. */
function asText(claims) {
  const texts = claims.map((claim) => `{\n${[...claim].map(([name, value]) => `  ${JSON.stringify(name)}: ${part(value)}`).join(",\n")}\n}`);
  return texts.length === 1 ? `${texts[0]}\n` : `[\n${texts.join(",\n")}\n]\n`;
}

function part(value) {
  const parted = Array.isArray(value) && value[0] instanceof Map;
  return parted ? `[\n${value.map((each) => `    ${written(each)}`).join(",\n")}\n  ]` : written(value);
}
