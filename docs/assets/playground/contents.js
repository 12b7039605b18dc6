/**
 * Which properties and objects are in a claim's graph, to tell the queries that find nothing there.
 *
 * Most rules are about services or diagnoses that a claim does not have. What each query needs was
 * written down when the site was built.
 */

import { parted, textOf } from "./triples.js";

export class Contents {
  /** Those that every graph has. */
  static ofResident(rules) {
    const { needed, changing, resident } = rules;
    const lists = needed.objects.map((objects) => new Set(objects));
    const contents = new Contents({ properties: needed.properties, lists, changing: new Set(changing) }, null);
    for (const line of resident.split("\n")) if (line) contents.add(line);
    return contents;
  }

  constructor(needed, resident) {
    this.needed = needed;
    this.resident = resident;
    this.objects = new Map();
    // Whether there is a property that was thought to be in no claim's graph.
    this.anything = false;
  }

  /** Those of a graph that has nothing of its own yet. */
  around() {
    return new Contents(this.needed, this);
  }

  /** Enters a triple, as a line of N-Triples. */
  add(line) {
    const [, predicate, object] = parted(line);
    if (!this.objects.has(predicate)) {
      this.objects.set(predicate, new Set());
      this.anything ||= this.resident !== null && !this.needed.changing.has(predicate);
    }
    this.objects.get(predicate).add(textOf(object));
  }

  /** Whether all is there that a query needs to find something. */
  meet(needs) {
    return this.anything || needs.every((need) => this.has(need) || this.resident.has(need));
  }

  has([property, list, ranges = []]) {
    const objects = this.objects.get(this.needed.properties[property]);
    if (!objects || list === -1) return Boolean(objects);
    const wanted = this.needed.lists[list];
    const [few, many] = wanted.size < objects.size ? [wanted, objects] : [objects, wanted];
    for (const text of few) if (many.has(text)) return true;
    return ranges.some(([low, high]) => [...objects].some((text) => low <= text && (high === null || text <= high)));
  }
}
