/** Lets a claim in when it has the claim format; it remembers the claims' numbers. */

import { claimFaults } from "./claim_schema.js";
import { shownName } from "./json_reader.js";

const CONTEXT = "@context";

export class Admission {
  constructor(schema) {
    this.schema = schema;
    this.seen = new Map();
  }

  /** The claim, or why it is rejected: `{claim}` or `{reason, pointer, number, faultPointer}`. */
  admit({ value, fault, line, pointer }) {
    if (fault) return rejected([fault], pointer, null);
    const faults = claimFaults(value, this.schema);
    if (faults.length) return rejected(faults, pointer, value);
    const number = value.get("id");
    if (this.seen.has(number)) {
      const reason = `the claim ${this.seen.get(number)} has the same number`;
      return rejected([{ pointer: "/id", reason }], pointer, value);
    }
    this.seen.set(number, `on line ${line}`);
    return { claim: new Map([...value].filter(([name]) => name !== CONTEXT)) };
  }
}

function rejected([first, ...others], origin, value) {
  const more = others.length ? ` (and ${others.length} more in this claim)` : "";
  const number = value instanceof Map ? value.get("id") : null;
  return {
    reason: first.reason + more,
    pointer: origin + first.pointer || null,
    faultPointer: first.pointer,
    number: typeof number === "string" && number ? shownName(number) : null,
  };
}
