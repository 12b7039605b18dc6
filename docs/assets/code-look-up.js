/** Looks any code up, by code or by words, in small files next to the page. */

import { element, fetched, loadCodes, loadPages } from "./search/box.js";
import { codesOf, notationOf, rankCodes } from "./search/engine.js";

const MOST = 60;
const WORDS = 30;
const FEW = 6;
const KINDS = ["Code first", "Use additional code", "Code also", "Excludes1", "Excludes2"];
const CODE = /\b[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?\b/g;
const HEADING = /^(?:(CHAPTER)-(\d+)|([A-Z]\d[0-9A-Z]-[A-Z]\d[0-9A-Z]))$/;
const WORD = /^\P{L}*\p{L}{3}(?!\S*\d)|\s\p{L}/u;

async function load(name) {
  return (await fetched(`codes/data/${name}.json`)) || {};
}

function start() {
  const holder = document.getElementById("code-look-up");
  if (!holder || holder.querySelector("input")) return;
  const input = element("input", {
    type: "search", autocomplete: "off", spellcheck: "false", placeholder: "M54.50, 97110, low back pain",
  });
  const answer = element("div", { class: "answer", "aria-live": "polite" });
  holder.replaceChildren(element("label", {}, "Code, or words of its title", input), answer);
  let latest = 0;

  async function show() {
    latest += 1;
    const mine = latest;
    const text = input.value.trim();
    const parts = text.length < 2 ? [] : await answerTo(text);
    if (mine !== latest) return;
    const address = new URL(location.href);
    if (text.length < 2) address.searchParams.delete("code");
    else address.searchParams.set("code", codesOf(text).diagnosis && !parts.service ? notationOf(text) : text);
    history.replaceState(history.state, "", address);
    answer.replaceChildren(...parts);
    // Where to begin, while nothing is asked for.
    const chapters = document.getElementById("code-chapters");
    if (chapters) chapters.hidden = text.length >= 2;
    document.dispatchEvent(new Event("claimshapes:rendered"));
  }

  async function answerTo(text) {
    const heading = HEADING.exec(text.toUpperCase());
    if (heading) {
      const headings = await load("headings");
      const key = heading[1] ? `chapter ${heading[2]}` : `block ${heading[3]}`;
      if (headings[key]) return group(headings, key);
    }
    if (WORD.test(text)) return byWords(text);
    const notation = notationOf(text);
    const undotted = notation.replace(".", "");
    const about = await load("about");
    const begin = notation.slice(0, 2);
    const part = (listed, name) => (listed.includes(begin) ? load(name) : {});
    const [shard, procedures, rules] = await Promise.all([
      part(about.diagnoses, begin),
      part(about.procedures, `procedures/${begin}`),
      part([...about.diagnoses, ...about.procedures], `rules/${begin}`),
    ]);
    const found = [];
    if (shard[notation]) found.push(...entry(about, shard, rules, notation, shard[notation]));
    if (procedures[undotted]) found.push(...service(about, rules, undotted, procedures[undotted]));
    found.service = !shard[notation] && Boolean(procedures[undotted]);
    return found.length ? found : near(shard, procedures, notation, text.toUpperCase());
  }

  async function byWords(text) {
    const [list, index] = await Promise.all([loadCodes(), loadPages()]);
    const { count, codes } = rankCodes(list, index, text, WORDS);
    if (!count) return [element("p", {}, `No title and no inclusion term has all of: ${text}`)];
    const rows = codes.map(({ code, title, terms, state }) => {
      const named = terms.filter((term) => text.toLowerCase().split(/\s+/).some((word) => term.toLowerCase().includes(word)));
      const also = named.length && state ? element("small", { class: "also" }, named.slice(0, 2).join("; ")) : "";
      return [open(code), element("span", {}, title, also), badge(...stateOf(state))];
    });
    const more = count > codes.length ? `, the first ${codes.length}` : "";
    return [element("h2", {}, `${count} ${count === 1 ? "code" : "codes"} with “${text}”${more}`), table(["Code", "Title", "Now"], rows)];
  }

  function near(shard, procedures, notation, typed) {
    const codes = (start) => Object.keys(shard).filter((key) => !key.includes(" ") && key.startsWith(start));
    const undotted = notation.replace(".", "");
    const begun = codes(notation);
    const services = Object.keys(procedures).filter((key) => key.startsWith(undotted));
    const parts = begun.length ? list(shard, begun, `${begun.length} codes begin with ${notation}`) : [];
    if (services.length) {
      parts.push(element("h3", {}, `${services.length} CPT and HCPCS codes begin with ${undotted}`));
      const shown = element("p", { class: "code-list" });
      for (const code of services.slice(0, MOST)) shown.append(open(code), " ");
      if (services.length > MOST) shown.append(`and ${services.length - MOST} more`);
      parts.push(shown);
    }
    if (parts.length) return parts;
    const told = element("p", {}, `No release of ICD-10-CM lists ${typed}, and no table of services does.`);
    const close = codes(notation.slice(0, 3));
    return [told, ...(close.length ? list(shard, close, `Under ${notation.slice(0, 3)}`) : [])];
  }

  /** What tables say of a procedure code; descriptors of CPT codes are not ours to show. */
  function service(about, rules, code, facts) {
    const parts = [element("h2", {}, `${code} CPT or HCPCS code`)];
    if (facts.days) parts.push(element("p", {}, valid(facts.days)), strip(facts.days));
    if (facts.page) parts.push(element("p", {}, element("a", { href: `${code}/` }, `The page of ${code}`)));
    const told = (facts.says || []).map(([name, said]) => [name, lines(said)]);
    if (facts.days) told.unshift(["Valid", spans(facts)]);
    if (told.length) parts.push(answers(told));
    parts.push(element("p", {}, "Descriptors of CPT codes belong to the American Medical Association and are not shown."));
    const byTable = new Map();
    for (const [number, ...values] of facts.rows) byTable.set(number, [...(byTable.get(number) || []), values]);
    for (const [number, rows] of byTable) {
      const { says, titles } = about.tables[number];
      const used = titles.map((_, at) => at).filter((at) => rows.some((row) => row[at]));
      if (used.length) parts.push(folded(says, table(used.map((at) => titles[at]), rows.map((row) => used.map((at) => row[at] || "")))));
      else parts.push(element("p", {}, `In ${says}`));
    }
    parts.push(...touching(about, rules, code), ...valueSets(facts.sets || []));
    return parts;
  }

  /** The rules that touch a code, and how each comes to it. */
  function touching(about, rules, code) {
    const number = rules.codes && rules.codes[code];
    if (number === undefined) return [];
    const rows = rules.lists[number].map(([rule, how]) => {
      const [label, severity] = about.rules[rule];
      return [element("a", { href: `../rules/${rule}/` }, rule), label, badge(severity, severity), how];
    });
    return [element("h3", {}, `Rules that apply (${rows.length})`), table(["Rule", "What it finds", "Severity", "How it comes to the code"], rows)];
  }

  function valueSets(names) {
    return names.map((name) => element("p", {}, "In the value set ", element("a", { href: `../value-sets/${name}/` }, name)));
  }

  function list(shard, keys, title) {
    const shown = keys.slice(0, MOST);
    const rows = shown.map((key) => [open(key), shard[key].title || "", spans(shard[key])]);
    const parts = [element("h3", {}, title), table(["Code", "Title", "Valid"], rows)];
    if (keys.length > shown.length) parts.push(element("p", {}, `and ${keys.length - shown.length} more`));
    return parts;
  }

  /** A link that looks another code up. */
  function open(notation, words = element("code", {}, notation)) {
    const link = element("a", { href: `?code=${notation}` }, words);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      // The theme would take it for the way to another page.
      event.stopPropagation();
      input.value = notation;
      show();
      holder.scrollIntoView({ block: "start" });
    });
    return link;
  }

  /** A block or chapter: its notes, and what is right below it. */
  function group(headings, key) {
    const place = headings[key];
    const above = ancestors(headings, key);
    const rows = place.below.map(([below, title]) => [placed(below, title), below.includes(" ") ? "" : title]);
    return [
      crumbs(headings, above),
      element("h2", {}, `${key.slice(0, 1).toUpperCase()}${key.slice(1)} ${place.title}`),
      ...notes(headings, 0, key, above),
      table(["Block or category", "Title"], rows),
    ];
  }

  function crumbs(shard, above) {
    const places = [...above].reverse().map((key) => placed(key, (shard[key] || {}).title || ""));
    return element("p", { class: "crumbs" }, ...places.flatMap((place, number) => (number ? [" / ", place] : [place])));
  }

  function placed(key, title = "") {
    if (!key.includes(" ")) return open(key);
    const [kind, name] = key.split(" ");
    const words = `${kind === "chapter" ? key : name} ${title.replace(` (${name})`, "")}`.trim();
    return open(kind === "chapter" ? `chapter-${name}` : name, words);
  }

  function entry(about, shard, rules, notation, place) {
    const above = ancestors(shard, notation);
    const codes = Object.keys(shard).filter((key) => !key.includes(" ")).sort();
    const at = codes.indexOf(notation);
    const way = element("p", {});
    if (at > 0) way.append("← ", open(codes[at - 1]), " · ");
    if (at < codes.length - 1) way.append(open(codes[at + 1]), " →");
    const parts = [
      crumbs(shard, above),
      element("h2", {}, `${notation} ${place.title || "(no title on file)"}`),
      element("p", {}, ...state(place)),
      way,
    ];
    if (place.page) parts.push(element("p", {}, element("a", { href: `${notation}/` }, `The page of ${notation}`)));
    if (place.days) parts.push(strip(place.days));
    const facts = [];
    if (place.days) facts.push(["Valid", spans(place)]);
    const below = codes.filter((key) => (shard[key].up || []).includes(notation));
    const last = place.days && place.days.at(-1)[1];
    const later = last ? below.filter((key) => (shard[key].days || []).some(([from]) => from > last)) : [];
    if (later.length) facts.push(["Replaced by", lines(later.map((key) => element("span", {}, open(key), ` ${shard[key].title}`)))]);
    if (notation.includes(".")) facts.push(["On electronic claims", element("code", {}, notation.replace(".", ""))]);
    if (place.terms) facts.push(["Also for", lines(place.terms)]);
    const defined = [notation, ...above].find((key) => shard[key].seventh);
    if (defined) facts.push(["Seventh character", lines([...shard[defined].seventh.split(/; (?=[A-Z0-9] )/), `(defined at ${defined})`])]);
    if (place.flags) facts.push(["In code editors", lines(place.flags.map(([flag, from, through]) => element("span", {}, `${flag}: `, days(from, through))))]);
    parts.push(answers(facts));
    parts.push(...notes(shard, about.tabularLists, notation, above));
    if (below.length) parts.push(...list(shard, below, `Codes below it (${below.length})`));
    const siblings = codes.filter((key) => key !== notation && (shard[key].up || []).some((up) => !up.includes(" ") && (place.up || []).includes(up)));
    const specific = place.unspecified ? siblings.filter((key) => !shard[key].unspecified) : [];
    if (specific.length) parts.push(...list(shard, specific, "More specific choices"));
    const others = siblings.filter((key) => !specific.includes(key));
    if (others.length) parts.push(folded(`Other codes of ${place.up[0]} (${others.length})`, ...list(shard, others, "").slice(1)));
    parts.push(...touching(about, rules, notation));
    const sets = new Set([notation, ...above].flatMap((key) => shard[key].sets || []));
    parts.push(...valueSets(Array.from(sets)));
    return parts;
  }

  /** The notes of each kind by where they come from. */
  function notes(shard, all, notation, above) {
    const found = new Map(KINDS.map((kind) => [kind, new Map()]));
    const add = (kind, source, line) => {
      if (!found.has(kind)) found.set(kind, new Map());
      const groups = found.get(kind);
      groups.set(source, [...(groups.get(source) || []), line]);
    };
    const own = [notation, ...above];
    for (const key of own) {
      const kind = key.includes(" ") ? key : key.length === 3 ? `category ${key}` : `code ${key}`;
      for (const [name, text, named] of shard[key].notes || []) {
        add(name, key === notation ? "Its own" : `From ${kind}`, element("span", {}, ...linked(text), some(all, named)));
      }
    }
    for (const key of own) {
      for (const [holder, kind, text, named] of shard[key].named || []) {
        if (!kind.startsWith("Excludes") || own.includes(holder)) continue;
        add(kind, "At other codes, naming it", element("span", {}, placed(holder), ": ", ...linked(text), some(all, named)));
      }
    }
    const parts = [];
    for (const [kind, groups] of found) {
      if (!groups.size) continue;
      parts.push(element("h3", {}, kind));
      for (const [source, entries] of groups) {
        const listed = element("ul", {}, ...entries.map((line) => element("li", {}, line)));
        if (entries.length > FEW) parts.push(folded(`${source} (${entries.length})`, listed));
        else parts.push(element("p", {}, element("strong", {}, source)), listed);
      }
    }
    return parts;
  }

  /** The codes that a note names, each a link to its look-up. */
  function linked(text) {
    const parts = [];
    let from = 0;
    for (const match of text.matchAll(CODE)) {
      parts.push(text.slice(from, match.index), open(match[0], match[0]));
      from = match.index + match[0].length;
    }
    return [...parts, text.slice(from)];
  }

  /** The releases that have a note, where not all do. */
  function some(all, named) {
    return named.length < all ? ` (${named.map((name) => name.slice(0, 4)).join(", ")} only)` : "";
  }

  function ancestors(shard, notation) {
    const found = [];
    const pending = [notation];
    while (pending.length) {
      for (const up of (shard[pending.shift()] || {}).up || []) {
        if (!found.includes(up)) {
          found.push(up);
          pending.push(up);
        }
      }
    }
    return found;
  }

  input.addEventListener("input", show);
  const asked = new URLSearchParams(location.search).get("code");
  if (asked) {
    input.value = asked;
    show();
  }
}

function stateOf(mark) {
  if (mark === "+") return ["clean", "billable"];
  return mark === "-" ? ["violation", "expired"] : ["quiet", "not billable"];
}

function state(place) {
  if (!place.days) return [badge("violation", "not billable: code to a more specific code")];
  const last = place.days.at(-1)[1];
  return [last ? badge("violation", `expired ${last}`) : badge("clean", "billable")];
}

function valid(periods) {
  const last = periods.at(-1)[1];
  return last ? badge("violation", `expired ${last}`) : badge("clean", "valid");
}

function badge(kind, words) {
  return element("span", { class: `badge badge-${kind}` }, words);
}

function lines(parts) {
  return element("span", {}, ...parts.flatMap((part) => [part, element("br", {})]));
}

function answers(facts) {
  const rows = facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  return element("dl", { class: "answers" }, ...rows);
}

function folded(summary, ...parts) {
  return element("details", {}, element("summary", {}, summary), ...parts);
}

function days(from, through) {
  const words = through ? `${from} to ${through}` : `from ${from}`;
  const made = element("span", { class: "days", "data-from": from }, words);
  if (through) made.dataset.through = through;
  return made;
}

function spans(place) {
  const made = element("span", {});
  (place.days || []).forEach(([from, through], number) => {
    if (number) made.append(", ");
    made.append(days(from, through));
  });
  if (!place.days) made.append("not billable");
  return made;
}

/** The days as a strip, like that of a code's page. */
function strip(periods) {
  const space = "http://www.w3.org/2000/svg";
  const at = (day) => Date.parse(day) / 86400000;
  const begin = at("2015-07-03");
  const end = at(new Date().toISOString().slice(0, 10)) + 365;
  const x = (day) => Math.round(8 + ((day - begin) / (end - begin)) * 704);
  const draw = (name, attributes) => {
    const made = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const svg = draw("svg", { class: "timeline", viewBox: "0 0 720 46", role: "img", "aria-label": "Days on which it is valid" });
  for (let year = 2016; at(`${year}-01-01`) < end; year += 1) {
    const left = x(at(`${year}-01-01`));
    svg.append(draw("line", { class: "tick", x1: left, x2: left, y1: 16, y2: 44 }));
    const label = draw("text", { class: "year", x: left + 3, y: 12 });
    label.textContent = year;
    svg.append(label);
  }
  for (const [from, through] of periods) {
    const left = x(at(from));
    const right = through ? x(at(through) + 1) : 712;
    svg.append(draw("rect", { class: "bar", x: left, y: 22, width: Math.max(2, right - left), height: 18, rx: 3 }));
  }
  return element("figure", { class: "strip" }, svg);
}

function table(headings, rows) {
  const head = element("tr", {}, ...headings.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))));
  const made = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { class: "md-typeset__scrollwrap" }, element("div", { class: "md-typeset__table" }, made));
}

if (window.document$) window.document$.subscribe(start);
else start();
