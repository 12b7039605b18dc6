/**
 * Ranks pages and codes by what a reader typed. Knows of no page and no network, so that a test can
 * ask it what it answers.
 */

const STOP = new Set(["a", "an", "the", "of", "for", "to", "in", "on", "is", "are", "and", "or", "what", "how", "do", "i", "with", "by"]);
const KIND = { rule: 1.5, page: 1, denial: 1, payer: 1, topic: 0.5, section: 0, "value set": 0, table: 0 };
const DENIAL = /^(?:(?:CARC|RARC|CO|PR|OA|PI)[ -]?)?((?:MA|N|M|B|P|W|Y|A|D)?\d{1,3})$/;
const NAMED_DENIAL = /^(?:CARC|RARC|CO|PR|OA|PI|MA\d|N\d|M\d)/;
const GROUPED_DENIAL = /^(?:CARC|RARC|CO|PR|OA|PI|MA\d)/;
const DENIALS = "denials/";
const RULE = /^[A-Z]{2,4}-[0-9A-Z-]+$/;
const DIAGNOSIS = /^[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?$/;
const PROCEDURE = /^(?:\d{4}[0-9A-Z]|[A-Z]\d{4})$/;
const ENOUGH = 400;
/** Letters from which on a word may have one slip, and two. */
const SHORT = 5;
const LONG = 9;

/** The words of a text in small letters, without the s of a plural. */
export function wordsOf(text) {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) || []).map(singular);
}

function singular(word) {
  return word.length > 3 && word.endsWith("s") && !word.endsWith("ss") && !word.endsWith("us") && !word.endsWith("is") ? word.slice(0, -1) : word;
}

/** `M549`, `m54.9` and `M54.9` are the same diagnosis code. */
export function notationOf(text) {
  const key = text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return key.length > 3 ? `${key.slice(0, 3)}.${key.slice(3)}` : key;
}

/** Codes that a text may be: its diagnosis notation, its procedure code, or none. */
export function codesOf(text) {
  const asked = text.trim().toUpperCase();
  return {
    diagnosis: DIAGNOSIS.test(asked) ? notationOf(asked) : null,
    procedure: PROCEDURE.test(asked) ? asked : null,
  };
}

/** Makes the pages of `find/pages.json` ready to be ranked. */
export function prepare({ pages, synonyms }) {
  return {
    pages: pages.map(([title, address, kind, words]) => ({
      title, address, kind, about: words, titled: wordsOf(title), words: new Set(wordsOf(words)),
    })),
    synonyms: synonyms.map(([written, meant]) => [wordsOf(written), wordsOf(meant)]),
  };
}

/** The page of a rule or a denial that a text names; that of all denials where it has none; or null. */
export function namedPage(index, text) {
  const asked = text.trim().toUpperCase();
  const denial = DENIAL.exec(asked);
  const kind = denial && (/^[MN]/.test(denial[1]) ? "rarc" : "carc");
  let address = null;
  if (denial && NAMED_DENIAL.test(asked)) address = `denials/${kind}-${denial[1].toLowerCase()}/`;
  else if (RULE.test(asked)) address = `rules/${asked}/`;
  const found = index.pages.find((page) => page.address === address);
  if (found || !denial || !GROUPED_DENIAL.test(asked)) return found || null;
  return { title: `Denial codes: no rule names ${kind.toUpperCase()} ${denial[1]}`, address: DENIALS, kind: "denial", about: "" };
}

const counting = (words) => words.filter((word) => !STOP.has(word));

/** The ways to read words: those that count, and with each synonym in the place of what means it. */
function readings(index, words) {
  const found = [counting(words)];
  for (const [written, meant] of index ? index.synonyms : []) {
    const at = words.findIndex((_, start) => written.every((word, place) => singular(words[start + place] || "") === word));
    if (at >= 0) found.push([...counting(words.slice(0, at)), ...meant, ...counting(words.slice(at + written.length))]);
  }
  return found;
}

function fit(page, word) {
  let best = 0;
  for (const own of page.titled) {
    if (own === word) return 10;
    if (own.startsWith(word)) best = Math.max(best, 6 + (2 * word.length) / own.length);
    else if (word.length > 3 && own.includes(word)) best = Math.max(best, 3);
  }
  if (best) return best;
  if (page.words.has(word)) return 4;
  if (word.length > 2) for (const own of page.words) if (own.startsWith(word)) return 2;
  return 0;
}

/** How well a page fits; 0 where it lacks more of the words than it may. */
function score(page, wanted, lacking) {
  let sum = 0;
  let titled = 0;
  let lacks = 0;
  for (const word of wanted) {
    const found = fit(page, word);
    if (!found) lacks += 1;
    if (lacks > lacking) return 0;
    if (found > 5) titled += 1;
    sum += found;
  }
  return sum / wanted.length + (5 * titled) / Math.max(page.titled.length, 1) + KIND[page.kind];
}

/**
 * The pages that have every word of a text, in one of its readings, best first; where none has, those
 * that have them once slips of spelling are mended, and then those that have most of them.
 */
export function rankPages(index, text, most = 8) {
  const words = wordsOf(text);
  if (!words.length) return [];
  const wanted = readings(index, words);
  if (!wanted[0].length) wanted[0] = words;
  const attempts = [
    () => ranked(index, text, wanted, () => 0),
    () => ranked(index, text, readings(index, spelled(index, words)), () => 0),
    () => ranked(index, text, wanted, (asked) => Math.floor(asked.length / 2)),
  ];
  for (const attempt of attempts) {
    const found = attempt();
    if (found.length) return found.slice(0, most);
  }
  return [];
}

/** The words, those that no page has in the spelling of the most frequent one that is a slip or two away. */
function spelled(index, words) {
  index.counts ||= counted(index.pages, index.synonyms);
  const known = (word) => index.counts.has(word) || index.pages.some((page) => fit(page, word));
  return words.map((word) => {
    const slips = word.length < SHORT ? 0 : word.length < LONG ? 1 : 2;
    if (!slips || /\d/.test(word) || known(word)) return word;
    let best = word;
    let fewest = slips + 1;
    for (const [other, count] of index.counts) {
      if (Math.abs(other.length - word.length) > slips) continue;
      const needed = distance(word, other);
      if (needed < fewest || (needed === fewest && best !== word && count > index.counts.get(best))) {
        best = other;
        fewest = needed;
      }
    }
    return best;
  });
}

function counted(pages, synonyms) {
  const counts = new Map();
  const count = (word) => counts.set(word, (counts.get(word) || 0) + 1);
  for (const page of pages) [...page.titled, ...page.words].forEach(count);
  for (const [written] of synonyms) written.forEach(count);
  return counts;
}

/** How many letters are missing, added, changed or swapped with the next between two words. */
function distance(one, other) {
  let [before, last] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= one.length; row += 1) {
    const now = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      now[column] = Math.min(last[column] + 1, now[column - 1] + 1, last[column - 1] + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) now[column] = Math.min(now[column], before[column - 2] + 1);
    }
    [before, last] = [last, now];
  }
  return last[other.length];
}

function ranked(index, text, wanted, lacking) {
  const named = namedPage(index, text);
  const found = [];
  for (const page of index.pages) {
    let best = 0;
    wanted.forEach((words, number) => {
      best = Math.max(best, score(page, words, lacking(words)) * (number ? 0.95 : 1));
    });
    if (page === named) best = 100;
    if (best) found.push({ page, score: best });
  }
  return found.sort((a, b) => b.score - a.score || a.page.title.length - b.page.title.length);
}

/** Reads `find/codes.txt`. */
export function readCodes(text) {
  const codes = [];
  let code = "";
  let title = "";
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
    const [head, shared, rest, ...terms] = text.slice(start, end).split("\t");
    start = end + 1;
    code = code.slice(0, Number(head[1])) + head.slice(2);
    title = title.slice(0, Number(shared)) + rest;
    codes.push({ code, title, terms, state: head[0] });
  }
  // One text to look through, each code's part of it lower-case; where each begins.
  const parts = codes.map(({ code: own, title: named, terms }) => `${own}\t${named}${terms.map((term) => `\v${term}`).join("")}`.toLowerCase());
  const begins = new Uint32Array(codes.length + 1);
  parts.forEach((part, at) => {
    begins[at + 1] = begins[at] + part.length + 1;
  });
  return { codes, text: `${parts.join("\n")}\n`, begins };
}

/** The codes whose title or one of whose inclusion terms has all words or parts of words, best first. */
export function rankCodes(list, index, text, most = 20) {
  const plain = text.toLowerCase().match(/[\p{L}\p{N}.]+/gu) || [];
  const wanted = readings(index, counting(plain)).filter((words) => words.some((word) => word.length > 1));
  const found = new Map();
  wanted.forEach((words, number) => {
    for (const { at, value } of scan(list, words)) {
      const scored = value - (number ? 1 : 0);
      if (scored > (found.get(at) ?? -Infinity)) found.set(at, scored);
    }
  });
  const count = found.size;
  const best = Array.from(found, ([at, value]) => ({ ...list.codes[at], score: value }));
  best.sort((a, b) => b.score - a.score || a.title.length - b.title.length || (a.code < b.code ? -1 : 1));
  return { count, codes: best.slice(0, most) };
}

/** Goes through the text for the longest word, and looks for the others in the lines that have it. */
function* scan({ codes, text, begins }, words) {
  const [longest, ...others] = [...words].sort((a, b) => b.length - a.length);
  let at = text.indexOf(longest);
  let row = 0;
  while (at >= 0) {
    row = rowOf(begins, at, row);
    const line = text.slice(begins[row], begins[row + 1] - 1);
    if (others.every((word) => line.includes(word))) yield { at: row, value: valueOf(codes[row], line, words) };
    at = text.indexOf(longest, begins[row + 1]);
  }
}

function rowOf(begins, position, from) {
  let low = from;
  let high = begins.length - 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (begins[middle] <= position) low = middle;
    else high = middle;
  }
  return low;
}

/** How well a code fits: whole words over beginnings over parts, the title over inclusion terms. */
function valueOf({ state, title }, line, words) {
  const [named, ...terms] = line.slice(line.indexOf("\t") + 1).split("\v");
  const inTitle = whole(named, words);
  const best = Math.max(inTitle, ...terms.map((term) => whole(term, words) - 0.5));
  const length = Math.min(title.length, ENOUGH) / 100;
  return best - length + (state === "-" ? -2 : 0);
}

function whole(text, words) {
  let sum = 0;
  for (const word of words) {
    let fits = 0;
    for (let at = text.indexOf(word); at >= 0 && fits < 3; at = text.indexOf(word, at + 1)) {
      const begins = at === 0 || !/[a-z0-9]/.test(text[at - 1]);
      const ends = at + word.length === text.length || !/[a-z0-9]/.test(text[at + word.length]);
      fits = Math.max(fits, begins && ends ? 3 : begins ? 2 : 1);
    }
    if (!fits) return -10;
    sum += fits;
  }
  return sum / words.length + (text === words.join(" ") ? 3 : 0);
}

/** One list of pages and codes: a code comes before pages that have the words in their text only. */
export function merged(pages, codes) {
  const scored = [
    ...pages.map(({ page, score: value }) => ({ ...page, score: value })),
    ...codes.map((code, at) => ({ kind: "code", title: `${code.code} ${code.title}`, code: code.code, state: code.state, score: (code.score > 1 ? 8.5 : 4) - at / 100 })),
  ];
  return scored.sort((a, b) => b.score - a.score);
}
