/** Lets a claim in when it has the claim format; it remembers the claims' numbers. */

import { claimFaults } from "./claim_schema.js";
import { shownName } from "./json_reader.js";

const CONTEXT = "@context";
const FORGIVEN = ["/patient/birthDate", "/billingProvider", "/billingProvider/npi"];
const MOST_TOLD = 50;
const NUMBER = /^\s*\{\s*"id"\s*:\s*"([^"\\]{1,80})"/;

export class Admission {
  /** `forgiving` is whether a claim may lack what an explanation of benefits may lack. */
  constructor(schema, forgiving = false) {
    this.schema = schema;
    this.forgiving = forgiving;
    this.seen = new Map();
  }

  /**
   * The claim, or why it is rejected: `{claim}` or `{reason, pointer, number, faultPointer, claims}`.
   *
   * `claims` is how many claims the rejection stands for.
   */
  admit({ value, fault, line, pointer, text = "", claims = 1 }) {
    if (fault) {
      const given = NUMBER.exec(text);
      const number = given ? given[1] : numberOf(value);
      return rejected([fault], pointer, number, claims);
    }
    const faults = claimFaults(value, this.schema).filter((each) => !this.forgives(each));
    const number = numberOf(value);
    if (faults.length) return rejected(faults, pointer, number);
    if (this.seen.has(number)) {
      const reason = `the claim ${this.seen.get(number)} has the same number`;
      return rejected([{ pointer: "/id", reason }], pointer, number);
    }
    this.seen.set(number, pointer ? `at ${pointer}` : `on line ${line}`);
    return { claim: new Map([...value].filter(([name]) => name !== CONTEXT)) };
  }

  forgives({ pointer, reason }) {
    return this.forgiving && FORGIVEN.includes(pointer) && reason.includes("missing");
  }
}

function numberOf(value) {
  const number = value instanceof Map ? value.get("id") : null;
  return typeof number === "string" && number ? number : null;
}

/** All faults of a claim in one sentence, the first of them where there are many. */
function rejected(faults, origin, number, claims = 1) {
  const [first] = faults;
  const placed = (fault) => (fault === first || !fault.pointer ? fault.reason : `${fault.reason} (${fault.pointer})`);
  const more = faults.length - MOST_TOLD;
  return {
    reason:
      faults.slice(0, MOST_TOLD).map(placed).join("; ") +
      (more > 0 ? ` (and ${more.toLocaleString("en")} more in this claim)` : ""),
    pointer: origin + first.pointer || null,
    faultPointer: first.pointer,
    number: number === null ? null : shownName(number),
    claims,
  };
}
