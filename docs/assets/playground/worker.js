/** Checks texts of claims away from the page, so that it stays quick. */

import { Admission } from "./admission.js";
import { Checker } from "./checker.js";
import { InputFault, readValues } from "./claim_file.js";
import { json, unpacked } from "./data_files.js";
import { Engine } from "./engine.js";
import { claimsOfFhir } from "./fhir_document.js";
import { Knowledge } from "./knowledge.js";

// A claim that was FHIR may lack what the resources that it refers to have.
const OF_FHIR = /\.fhir\.json$/;

let starting = null;

self.addEventListener("message", async ({ data }) => {
  try {
    starting ??= start(data.folder);
    const checker = await starting;
    if (data.fhir !== undefined) convert(checker, data);
    else if (data.text === undefined) self.postMessage({ number: data.number, ready: true });
    else await check(checker, data);
  } catch (error) {
    if (error instanceof InputFault) {
      const { message, line, command } = error;
      self.postMessage({ number: data.number, unusable: message, line, command });
      return;
    }
    starting = null;
    self.postMessage({ number: data.number, failed: String(error.message || error) });
  }
});

/** Sends the claims of a FHIR text in the claim format. */
function convert(checker, { number, fhir, name }) {
  self.postMessage({ number, converted: claimsOfFhir(fhir, checker.rules.fhir, name) });
}

async function start(folder) {
  const [oxigraph, wasm, rules] = await Promise.all([
    import(new URL("oxigraph.js", folder)),
    unpacked(new URL("oxigraph.wasm.z", folder), "application/wasm"),
    json(new URL("rules.z", folder)),
  ]);
  const [, knowledge] = await Promise.all([
    oxigraph.default({ module_or_path: wasm }),
    Knowledge.open(new URL("knowledge/", folder), rules.vocabulary),
  ]);
  return new Checker(rules, new Engine(oxigraph, rules), knowledge);
}

/**
 * Sends the result of each claim of its share as it comes, and an end.
 *
 * Of `shares` workers with the same text the one with the place `share` checks every so many-th claim; each
 * reads all, since a claim is refused whose number an earlier one has.
 */
async function check(checker, { number, text, name, settings, share, shares }) {
  const begun = performance.now();
  const admission = new Admission(checker.rules.schema, OF_FHIR.test(name));
  let index = -1;
  for (const read of readValues(text, checker.rules.schema.required, name)) {
    const admitted = admission.admit(read);
    index += 1;
    if (index % shares !== share) continue;
    const place = { number, index, line: read.line, pointer: read.pointer, start: read.start, spans: read.spans };
    if (!admitted.claim) {
      self.postMessage({ ...place, rejected: admitted });
      continue;
    }
    const result = await checker.check(admitted.claim, settings);
    const lines = admitted.claim.get("item").length;
    self.postMessage({ ...place, claim: admitted.claim.get("id"), lines, result });
  }
  self.postMessage({ number, done: true, milliseconds: performance.now() - begun });
}
