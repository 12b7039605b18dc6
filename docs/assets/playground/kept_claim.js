/** The reader's claim, kept in this tab from page to page and nowhere else. */

const STORED = "claimshapes-claim";

/** `{text, name}`, or null where the reader has given none. */
export function keptClaim() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED));
  } catch {
    return null;
  }
}

/** Keeps a claim; an empty one is forgotten. Too long a text is not kept. */
export function keepClaim(text, name) {
  try {
    if (text.trim()) sessionStorage.setItem(STORED, JSON.stringify({ text, name }));
    else sessionStorage.removeItem(STORED);
  } catch {
    sessionStorage.removeItem(STORED);
  }
}
