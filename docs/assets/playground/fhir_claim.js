/**
 * The claim that a FHIR R4 Claim or ExplanationOfBenefit is.
 *
 * What codes of FHIR mean for a claim is data of the site (`codes`, from ontology/fhir.json).
 */

import { FhirFault, isNear } from "./fhir_element.js";
import { Numeral } from "./json_reader.js";

const STATE = /^[A-Z]{2}$/;
const SEXES = ["male", "female"];
const NPI = /^\d{10}$/;
const NDC = /^\d{11}$/;

export class FhirClaim {
  /** `terms` is the part of rules.z that is about FHIR; `references` the resources around. */
  constructor(resource, references, terms) {
    this.resource = resource;
    this.references = references;
    this.terms = terms;
    this.codes = terms.codes;
  }

  /** The claim, not yet validated. Throws `FhirFault`. */
  claim() {
    const { resource, codes } = this;
    const refused = codes.refusedStatus[resource.text("status")];
    if (refused) throw new FhirFault(refused, `${resource.path}.status`);
    let [kind, payer] = this.type();
    const items = this.items();
    // No professional claim has revenue codes; some servers call outpatient ones so.
    if (items.some((item) => item.has("revenue"))) kind = "institutional";
    if (new Set(items.map((item) => String(item.get("sequence")))).size < items.length) {
      items.forEach((item, index) => item.set("sequence", whole(index + 1)));
    }
    const institutional = kind === "institutional";
    const place = commonPlace(items);
    const claim = {
      id: resource.text("identifier", "value") || resource.text("id"),
      type: kind,
      use: this.use(),
      typeOfBill: institutional ? this.typeOfBill() : "",
      payer: this.payer(payer) || "unknown",
      patient: this.patient(),
      billingProvider: this.provider(),
      placeOfService: place,
      priorAuthorization: this.authorizations(),
      created: resource.day("created"),
      total: this.total(),
      billablePeriod: institutional ? this.period() : null,
    };
    const sequences = this.diagnoses(claim);
    for (const item of items) {
      const pointers = item.get("diagnosisSequence");
      if (sequences && pointers) item.set("diagnosisSequence", pointers.map((each) => sequences.get(String(each)) ?? each));
    }
    this.careTeam(claim, items);
    claim.serviceFacility = this.namedProvider(resource.get("facility"));
    claim.originalClaimNumber = this.original();
    claim.accident = this.accident();
    this.stay(claim, institutional);
    claim.item = items;
    claim.documentation = this.documentation(items);
    const extensions = this.extensions(resource, this.terms.fields);
    this.coverages(claim, items, extensions);
    if (!claim.typeOfBill && !extensions.has("frequencyCode")) claim.frequencyCode = this.frequency();
    return new Map([...extensions, ...filled(claim)]);
  }

  type() {
    const concept = this.resource.get("type");
    if (!concept) return ["professional", ""];
    const found = concept.codings();
    for (const { system: known, codes } of this.codes.type) {
      for (const [system, code] of found) {
        if (system !== known || !(code in codes)) continue;
        const { refused, type, payer = "" } = codes[code];
        if (refused) throw new FhirFault(`${refused} is not read`, concept.path);
        return [type, payer];
      }
    }
    if (found.length) throw new FhirFault("expected a claim type of HL7, with its system", concept.path);
    return ["professional", ""];
  }

  use() {
    const code = this.resource.text("use");
    return code && (this.codes.use[code] ?? code);
  }

  /** The frequency code of a claim that names the one that it takes the place of. */
  frequency() {
    for (const related of this.resource.each("related")) {
      const [relationship, original] = [related.get("relationship"), related.get("claim")];
      if (!relationship || !original) continue;
      if (!original.text("reference") && !original.text("identifier", "value")) continue;
      for (const [system, code] of relationship.codings()) {
        const frequency = this.codes.relationship[system]?.[code];
        if (frequency) return frequency;
      }
    }
    return "";
  }

  typeOfBill() {
    const concept = this.resource.get("subType");
    const code = concept && codeOf(concept, this.codes.typeOfBill);
    if (code) return code;
    for (const info of this.information()) {
      const [category, told] = [info.get("category"), info.get("code")];
      if (category && told && category.codes().some((each) => this.codes.typeOfBillCategory.includes(each))) {
        return told.codes()[0] ?? "";
      }
    }
    return "";
  }

  information() {
    return this.resource.each("supportingInfo", "information");
  }

  /** The insurances, the one that the claim is for first. */
  insurances() {
    const isFocal = (insurance) => insurance.get("focal")?.content === true;
    return [...this.resource.each("insurance")].sort((one, other) => isFocal(other) - isFocal(one));
  }

  coverageOf(insurance) {
    return this.references.resolve(insurance.get("coverage"));
  }

  payer(ofType) {
    const names = [];
    const payers = [
      ...this.resource.each("insurer"),
      ...this.insurances().flatMap((insurance) => this.coverageOf(insurance)?.each("payor") ?? []),
    ];
    for (const reference of payers) {
      for (const holder of [this.references.resolve(reference), reference]) {
        if (!holder) continue;
        names.push(...holder.each("identifier").map((each) => each.text("value")), holder.text("name"), holder.text("display"));
      }
      names.push(lastOf(reference.text("reference")));
    }
    const own = names.filter(Boolean);
    const known = own.filter((name) => this.terms.payers.includes(name));
    return [...known, ...this.coverageTypes(), ...own][0] ?? ofType;
  }

  /** The payers that the types of the claim's coverages mean. */
  coverageTypes() {
    const found = [];
    for (const insurance of this.resource.each("insurance")) {
      const concept = this.coverageOf(insurance)?.get("type");
      for (const [system, code] of concept ? concept.codings() : []) {
        const { exact, groups } = this.terms.coverages[system] ?? { exact: {}, groups: {} };
        let payer = exact[code];
        for (let length = code.length; !payer && length; length -= 1) payer = groups[code.slice(0, length)];
        if (payer) found.push(payer);
      }
    }
    return found;
  }

  /** The subscriber, and the payers of the other coverages with what one of them paid. */
  coverages(claim, items, extensions) {
    const insurances = this.insurances();
    let subscriber = new Map();
    let others = [];
    insurances.forEach((insurance, index) => {
      const coverage = this.coverageOf(insurance);
      const member = coverage ? this.member(coverage) : {};
      if (insurances.length > 1) member.payerResponsibility = this.codes.payerOrder[String(insurance.number("sequence"))] ?? "";
      if (index === 0) subscriber = new Map(Object.entries(member));
      else {
        const { id, relationship, ...more } = member;
        others.push({ identifier: this.payerNumber(coverage ? coverage.each("payor") : []), ...more, memberNumber: id ?? "" });
      }
    });
    others = others.map(filled).filter((other) => other.size);
    if (others.length === 1) {
      const paid = this.categoryTotal("priorPayerPaid");
      if (paid) others[0].set("paid", paid);
      this.resource.each("item").forEach((item, index) => {
        const part = this.amount(item, null, "priorPayerPaid");
        if (!part || !others[0].has("identifier") || !items[index]) return;
        const line = items[index];
        const told = new Map([["identifier", others[0].get("identifier")], ["paid", part]]);
        line.set("adjudication", [...(line.get("adjudication") ?? []), told]);
      });
    }
    claim.subscriber = filled(Object.fromEntries([...(extensions.get("subscriber") ?? []), ...subscriber]));
    if (!extensions.has("otherPayer")) claim.otherPayer = others;
  }

  member(coverage) {
    let number = coverage.text("subscriberId");
    for (const identifier of coverage.each("identifier")) {
      const kinds = identifier.get("type")?.codes() ?? [];
      if (!number && kinds.some((kind) => this.codes.memberNumberType.includes(kind))) number = identifier.text("value");
    }
    const known = this.codes.subscriberRelationship;
    const code = (coverage.get("relationship")?.codes() ?? []).find((each) => each in known);
    return { ...(number && { id: number }), ...(code && known[code] && { relationship: known[code] }) };
  }

  payerNumber(payors) {
    for (const payor of payors) {
      for (const holder of [this.references.resolve(payor), payor]) {
        const text = holder && (holder.text("identifier", "value") || holder.text("name") || holder.text("display"));
        if (text) return text;
      }
    }
    return "";
  }

  patient() {
    const [reference, ...others] = this.resource.each("patient");
    if (!reference) return filled({ sex: "unknown" });
    if (others.length) throw new FhirFault("expected one patient", reference.path);
    const person = this.references.resolve(reference);
    if (person && person.text("resourceType") !== "Patient") throw new FhirFault("expected a reference to a Patient", reference.path);
    const number = lastOf(reference.text("reference"));
    if (!person) return filled({ id: reference.text("identifier", "value") || number, sex: "unknown" });
    const sex = person.text("gender");
    return filled({
      id: person.text("identifier", "value") || person.text("id") || number,
      birthDate: person.day("birthDate"),
      sex: SEXES.includes(sex) ? sex : "unknown",
    });
  }

  provider() {
    const found = {};
    for (const reference of [...this.resource.each("provider"), ...this.resource.each("organization")]) {
      for (const holder of this.providerParts(reference)) {
        found.npi ||= this.npi(holder);
        found.taxonomy ||= this.taxonomy(holder);
        for (const address of holder.each("address")) if (STATE.test(address.text("state"))) found.state ||= address.text("state");
      }
    }
    return filled(found);
  }

  namedProvider(reference) {
    const found = {};
    for (const holder of reference ? this.providerParts(reference) : []) {
      const npi = this.npi(holder);
      if (NPI.test(npi)) found.npi ||= npi;
      found.taxonomy ||= this.taxonomy(holder);
    }
    return filled(found);
  }

  /** The reference, its resource, and what a PractitionerRole refers to. */
  providerParts(reference) {
    const resource = this.references.resolve(reference);
    if (!resource) return [reference];
    const parts = [reference, resource];
    for (const name of ["organization", "practitioner"]) {
      const part = resource.get(name);
      if (!(part?.content instanceof Map)) continue;
      const further = this.references.resolve(part);
      parts.push(part, ...(further ? [further] : []));
    }
    return parts;
  }

  npi(holder) {
    for (const identifier of holder.each("identifier")) {
      const types = identifier.get("type")?.codes() ?? [];
      const system = identifier.text("system");
      if (this.codes.npi.some((known) => isNear(system, known))) {
        throw new FhirFault("the system differs from that of NPIs in one sign", identifier.path);
      }
      if (this.codes.npi.includes(system) || types.some((code) => this.codes.npiType.includes(code))) {
        const value = identifier.text("value");
        if (value) return value;
      }
    }
    return "";
  }

  taxonomy(holder) {
    const concepts = [...holder.each("specialty"), ...holder.each("qualification").flatMap((each) => each.each("code"))];
    return concepts.map((concept) => codeOf(concept, this.codes.taxonomy)).find(Boolean) ?? "";
  }

  /** The providers by role: of lines where lines name them, else of the claim. */
  careTeam(claim, items) {
    const lines = this.linesBy("careTeamSequence");
    for (const member of this.resource.each("careTeam")) {
      const name = (member.get("role")?.codes() ?? []).map((code) => this.codes.careTeam[code]).find(Boolean);
      const provider = this.namedProvider(member.get("provider"));
      if (!name || !provider.size) continue;
      const own = lines.get(String(member.number("sequence"))) ?? [];
      if ((own.length && own.length < items.length) || name === "orderingProvider") {
        for (const index of own) if (!items[index].has(name)) items[index].set(name, provider);
      } else claim[name] ??= provider;
    }
  }

  /** The payer's number of the claim that this one replaces or voids. */
  original() {
    const related = this.resource.each("related").find((each) => (each.get("relationship")?.codes() ?? []).includes("prior"));
    return related ? related.text("claim", "identifier", "value") : "";
  }

  accident() {
    const accident = this.resource.get("accident");
    if (!accident) return null;
    const causes = (accident.get("type")?.codes() ?? []).map((code) => this.codes.accidentCause[code]).filter(Boolean);
    return filled({
      date: accident.day("date"),
      state: accident.text("locationAddress", "state"),
      cause: [...new Set(causes)],
    });
  }

  /** Days of onset, admission and discharge, and what supporting information says of a stay. */
  stay(claim, institutional) {
    for (const info of this.information()) {
      for (const kind of info.get("category")?.codes() ?? []) {
        const stated = {
          date: info.day("timingDate"),
          start: info.day("timingPeriod", "start"),
          end: info.day("timingPeriod", "end"),
        };
        for (const [name, field] of Object.entries(this.codes.supportingDates[kind] ?? {})) {
          if (stated[name] && !(institutional && field === "dischargeDate")) claim[field] ||= stated[name];
        }
        const field = this.codes.supportingCodes[kind];
        if (field) claim[field] ||= info.get("code")?.codes()[0] ?? "";
      }
    }
  }

  authorizations() {
    const insurances = this.resource.each("insurance").flatMap((insurance) => insurance.each("preAuthRef"));
    const numbers = [...this.resource.each("preAuthRef"), ...insurances].map((reference) => reference.text());
    return [...new Set(numbers.filter(Boolean))];
  }

  period() {
    const period = this.resource.get("billablePeriod");
    if (!period) return null;
    const [start, end] = [period.day("start"), period.day("end")];
    return start || end ? filled({ start: start || end, end: end || start }) : null;
  }

  /** Adds the diagnoses by their types; returns sequences that changed, null where none did. */
  diagnoses(claim) {
    const diagnoses = [];
    const principal = [];
    claim.reasonForVisit = [];
    this.resource.each("diagnosis").forEach((entry, index) => {
      const condition = entry.get("diagnosisCodeableConcept") ? null : this.references.resolve(entry.get("diagnosisReference"));
      const concept = entry.get("diagnosisCodeableConcept") ?? condition?.get("code");
      if (!concept) throw new FhirFault("expected a diagnosis's code", entry.path);
      const code = this.coded(concept, "diagnosis", "refusedDiagnosis", "ICD-10-CM");
      const types = entry.each("type").flatMap((each) => each.codes());
      const all = (known) => types.length > 0 && types.every((type) => this.codes[known].includes(type));
      if (all("admitting")) claim.admittingDiagnosis = code;
      else if (all("reasonForVisit")) claim.reasonForVisit.push(code);
      else {
        if (types.some((type) => this.codes.principal.includes(type))) principal.push(diagnoses.length);
        diagnoses.push(new Map([["sequence", entry.number("sequence") ?? whole(index + 1)], ["code", code]]));
      }
    });
    claim.diagnosis = diagnoses;
    // Blue Button marks several so; then the sequence alone decides.
    return principal.length === 1 ? putFirst(diagnoses, diagnoses[principal[0]]) : null;
  }

  coded(concept, known, refused, name) {
    const code = codeOf(concept, this.codes[known]);
    if (code) return code;
    for (const [system] of concept.codings()) {
      if (system in this.codes[refused]) throw new FhirFault(this.codes[refused][system], concept.path);
    }
    throw new FhirFault(`expected a code of ${name}, with its system`, concept.path);
  }

  /** The lines, and behind them the services of their details, which have no number there. */
  items() {
    const elements = this.resource.each("item");
    const items = elements.map((item, index) => this.item(item, index));
    [...items].forEach((line, index) => {
      const element = elements[index];
      const drug = this.drug(element);
      if (drug) line.set("drug", drug);
      const details = this.details(element);
      const [all, ...parts] = [element, ...details].map((each) => this.amount(each, "net", "submittedAmount"));
      if (all && parts.some(Boolean)) line.set("charge", difference(all, parts.filter(Boolean)));
      for (const detail of details) {
        const fields = this.item(detail, items.length);
        fields.set("sequence", whole(1 + Math.max(...items.map((item) => Number(item.get("sequence"))))));
        fields.set("detailOf", line.get("sequence"));
        for (const name of ["serviced", "servicedEnd", "diagnosisSequence", "placeOfService"]) {
          if (line.has(name) && !fields.has(name)) fields.set(name, line.get(name));
        }
        items.push(fields);
      }
    });
    return items;
  }

  /** The drug of a line: a detail that is named by its National Drug Code. */
  drug(item) {
    for (const detail of item.each("detail")) {
      const [service] = detail.each("productOrService", "service");
      const digits = service ? codeOf(service, this.codes.ndc).replaceAll("-", "") : "";
      if (NDC.test(digits)) return filled({ ndc: digits, quantity: detail.number("quantity", "value") });
    }
    return null;
  }

  /** The details of a line and theirs, without drugs that are named by their NDC only. */
  details(item) {
    return ["detail", "subDetail"].flatMap((name) =>
      item.each(name).flatMap((detail) => {
        const [service] = detail.each("productOrService", "service");
        const isDrug =
          service && !codeOf(service, this.codes.procedure) && service.codings().some(([system]) => system in this.codes.refusedProcedure);
        return [...(isDrug ? [] : [detail]), ...this.details(detail)];
      }));
  }

  item(item, index) {
    const [service] = item.each("productOrService", "service");
    const location = item.get("locationCodeableConcept");
    const fields = {
      sequence: item.number("sequence") ?? whole(index + 1),
      quantity: item.number("quantity", "value"),
      charge: this.amount(item, "net", "submittedAmount"),
      allowed: this.amount(item, null, "allowedAmount"),
      serviced: this.serviced(item),
      servicedEnd: this.servicedEnd(item),
      modifier: item.each("modifier").flatMap((concept) => concept.codes().slice(0, 1)),
      diagnosisSequence: item.each("diagnosisSequence", "diagnosisLinkId").map((pointer) => pointer.number()),
      revenue: item.get("revenue")?.codes()[0] ?? "",
    };
    if (service) {
      fields.procedure = fields.revenue
        ? codeOf(service, this.codes.procedure)
        : this.coded(service, "procedure", "refusedProcedure", "CPT or HCPCS");
    }
    if (location) {
      fields.placeOfService = codeOf(location, this.codes.placeOfService);
      if (!fields.placeOfService && location.codings().length) {
        throw new FhirFault("expected a place of service of CMS, with its system", location.path);
      }
    }
    return new Map([...this.extensions(item, this.terms.fields.item.fields), ...filled(fields)]);
  }

  serviced(item) {
    const day = item.day("servicedDate") || item.day("servicedPeriod", "start");
    if (day) return day;
    const period = this.period();
    return period && period.get("start") === period.get("end") ? period.get("start") : "";
  }

  servicedEnd(item) {
    const [start, end] = [item.day("servicedPeriod", "start"), item.day("servicedPeriod", "end")];
    return end && start !== end ? end : "";
  }

  /** A Claim's total, or the total of an ExplanationOfBenefit that was submitted. */
  total() {
    for (const total of this.resource.each("total")) {
      const amount = total.get("category") ? null : total.number("value");
      if (amount) return money(amount, total.path);
    }
    return this.categoryTotal("submittedAmount");
  }

  categoryTotal(categories) {
    for (const total of this.resource.each("total")) {
      const amount = this.isOf(total, categories) ? total.number("amount", "value") : null;
      if (amount) return money(amount, total.path);
    }
    return "";
  }

  amount(item, name, categories) {
    let amount = name && item.number(name, "value");
    if (!amount) amount = item.each("adjudication").find((each) => this.isOf(each, categories))?.number("amount", "value");
    return amount ? money(amount, item.path) : "";
  }

  isOf(entry, categories) {
    return (entry.get("category")?.codes() ?? []).some((code) => this.codes[categories].includes(code));
  }

  /** Supporting information whose category is a documentation type, or means one. */
  documentation(items) {
    const lines = this.linesBy("informationSequence");
    const facts = [];
    for (const info of this.information()) {
      const kinds = (info.get("category")?.codings() ?? []).map(([system, code]) =>
        system === this.terms.documentation ? code : this.codes.documentation[code]);
      const type = kinds.find(Boolean);
      const value = valueOf(info);
      if (!type || !value) continue;
      const own = this.extensions(info, this.terms.fields.documentation.fields);
      for (const index of lines.get(String(info.number("sequence"))) ?? [null]) {
        const item = index === null ? null : items[index].get("sequence");
        facts.push(new Map([...own, ...filled({ type, value, item })]));
      }
    }
    return facts;
  }

  /** Indexes of the lines, by the number that they point at with this element. */
  linesBy(name) {
    const lines = new Map();
    this.resource.each("item").forEach((item, index) => {
      for (const pointer of item.each(name)) {
        const key = String(pointer.number());
        lines.set(key, [...(lines.get(key) ?? []), index]);
      }
    });
    return lines;
  }

  /** Fields that FHIR has no element for, as extensions named by their property. */
  extensions(holder, fields) {
    const found = new Map();
    for (const extension of holder.each("extension")) {
      const url = extension.text("url");
      const entry = Object.entries(fields).find(([, field]) => field.predicate === url);
      if (!entry) continue;
      const [name, field] = entry;
      let value;
      if (field.fields) value = this.extensions(extension, field.fields);
      else if (field.isNumber) value = extension.number("valueDecimal") ?? extension.number("valueInteger") ?? "";
      else value = extension.text("valueString") || extension.text("valueDate");
      found.set(name, field.many ? [...(found.get(name) ?? []), value] : value);
    }
    return filled(Object.fromEntries(found));
  }
}

function whole(number) {
  return new Numeral(String(number));
}

/** Gives the principal diagnosis the first number; returns the numbers that changed. */
function putFirst(diagnoses, first) {
  const number = (entry) => Number(entry.get("sequence"));
  const others = diagnoses.filter((entry) => entry !== first).sort((one, other) => number(one) - number(other));
  if (others.every((entry) => number(first) < number(entry))) return null;
  const sequences = new Map([first, ...others].map((entry, index) => [String(entry.get("sequence")), whole(index + 1)]));
  // The claim format says that two have one number.
  if (sequences.size < diagnoses.length) return null;
  for (const entry of diagnoses) entry.set("sequence", sequences.get(String(entry.get("sequence"))));
  return sequences;
}

function codeOf(concept, systems) {
  const found = concept.codings();
  for (const known of systems) {
    const coding = found.find(([system]) => system === known);
    if (coding) return coding[1];
  }
  return "";
}

/** The value of a supporting information, as text. */
function valueOf(info) {
  for (const name of ["valueString", "timingDate"]) if (info.get(name)) return info.text(name);
  const flag = info.get("valueBoolean");
  if (flag && typeof flag.content === "boolean") return String(flag.content);
  const number = info.number("valueQuantity", "value");
  if (number) return number.written;
  const concept = info.get("code");
  if (concept) return concept.codes()[0] || concept.text("text");
  return info.at("valueReference") || info.at("valueAttachment") ? "attached" : "";
}

function money(amount, path) {
  if (amount.text.startsWith("-")) throw new FhirFault("a negative amount", path);
  return amount.written;
}

/** An amount without others, as decimals subtract; nothing where they are more. */
function difference(amount, others) {
  const decimals = Math.max(...[amount, ...others].map((each) => (each.split(".")[1] ?? "").length));
  const scaled = (text) => {
    const [integer, fraction = ""] = text.split(".");
    return BigInt(integer + fraction.padEnd(decimals, "0"));
  };
  const left = others.reduce((rest, each) => rest - scaled(each), scaled(amount));
  if (left < 0n) return "0";
  const digits = String(left).padStart(decimals + 1, "0");
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
}

/** The place of service of all lines, which is then the claim's and no longer theirs. */
function commonPlace(items) {
  const places = new Set(items.map((item) => item.get("placeOfService") ?? ""));
  if (places.size !== 1) return "";
  for (const item of items) item.delete("placeOfService");
  return [...places][0];
}

function lastOf(reference) {
  return reference.split("/").at(-1).replace(/^#+/, "");
}

/** The fields that say something. */
function filled(fields) {
  const empty = (value) => value === "" || value === null || value === undefined || value.length === 0 || value.size === 0;
  return new Map(Object.entries(fields).filter(([, value]) => !empty(value)));
}
