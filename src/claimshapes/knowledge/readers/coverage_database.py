"""Articles of the Medicare Coverage Database, as exported: a zip of a zip of CSV files.

What an article says of diagnoses is in groups; the paragraph of a group may name the services that
it is for. A group that names none of its article's services is for all of them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyoxigraph as ox

from claimshapes.errors import InputError
from claimshapes.knowledge.readers.table_rows import TableRows
from claimshapes.knowledge.recognition import Recognized, last_day, named_rows
from claimshapes.knowledge.rows import converted
from claimshapes.knowledge.sheet import Row
from claimshapes.rdf.vocabulary import CS_NS, PAYER_NS, RDF_NS, SCHEMA_NS, SKOS_NS, XSD_NS

CONTRACTORS = "contractors"
SERVED_NS = "https://w3id.org/claimshapes/served-state/"
_POLICIES = [
    *("policy", "kind", "number", "title", "jurisdiction", "payers", "not_listed"),
    *("lists_through", "valid_from", "valid_through", "source"),
]
_PROCEDURES = ["policy", "procedure", "group", "valid_from", "valid_through"]
_DIAGNOSES = ["group", "diagnosis", "resolution", "valid_from", "valid_through"]
_APPROVED = "A"
_NEEDED = {
    *("article", "procedures", "covered", "issuers"),
    *("contractors", "contractor types", "states", "state names"),
}
_SERVICE = re.compile(
    r"\b([0-9A-Z]\d{3}[0-9A-Z])(?:\s*(?:-|to|through)\s*([0-9A-Z]\d{3}[0-9A-Z]))?\b"
)

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Served:
    state: str
    since: str
    until: str


@dataclass(slots=True)
class _Article:
    number: str
    title: str
    start: str
    end: str
    procedures: set[str] = field(default_factory=set)
    covered: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    refused: set[str] = field(default_factory=set)
    paragraphs: dict[str, str] = field(default_factory=dict)
    determinations: set[str] = field(default_factory=set)
    contractors: set[tuple[str, ...]] = field(default_factory=set)


def read_coverage_database(
    recognized: Sequence[Recognized], edition: date, left_out: Counter[str], details: dict[str, str]
) -> dict[str, TableRows]:
    """The tables of policies, of their services and of their diagnoses; and the contractors.

    Raises:
        InputError: a table of the export is missing, or a value is not of its form.
    """
    sheets: dict[str, list[Recognized]] = defaultdict(list)
    for each in recognized:
        sheets[each.layout.name].append(each)
    missing = sorted(_NEEDED - sheets.keys())
    if missing:
        raise InputError(f"the export lacks the table of {missing[0]}")
    details["coveredThrough"] = last_day(edition, 1).isoformat()
    facts = recognized[0].description.facts
    articles = _articles(sheets, left_out)
    contractors = {_contractor(row): row for row in _rows(sheets["contractors"])}
    kinds = _kinds(sheets, contractors)
    states = _states(sheets)
    policies: list[Row] = []
    procedures: list[Row] = []
    diagnoses: list[Row] = []
    for article in articles.values():
        numbers = {
            contractors[key]["number"]: contractors[key]
            for key in article.contractors
            if key in contractors and contractors[key]["number"]
        }
        groups = {group: codes for group, codes in article.covered.items() if codes}
        if not article.procedures or not numbers or not (groups or article.refused):
            left_out["articles without services, diagnoses or contractors"] += 1
            continue
        policy = article.number
        listed = {
            code: [
                group
                for group in groups
                if code in _scope(article.paragraphs.get(group, ""), article.procedures)
            ]
            for code in article.procedures
        }
        governed = {code: found for code, found in listed.items() if found or not groups}
        served = sorted(
            {each.state for key in article.contractors for each in states[key] if not each.until}
        )
        parents = ", ".join(f"L{each}" for each in sorted(article.determinations))
        policies.append(
            [
                policy,
                facts["kind"],
                f"{parents}, article {policy}" if parents else f"of article {policy}",
                article.title,
                " ".join(served),
                " ".join(f"{facts['payer']}{number}" for number in sorted(numbers)),
                "unsupported" if groups else "covered",
                details["coveredThrough"],
                article.start,
                article.end,
                f"Medicare Coverage Database, article {policy}, export of {edition}",
            ]
        )
        for code, found in governed.items():
            for group in found or [""]:
                procedures.append([policy, code, _group(policy, group), "", article.end])
        for group in groups or {"": set()}:
            for code in groups.get(group, ()):
                if code not in article.refused:
                    diagnoses.append([_group(policy, group), code, "covered", article.start, ""])
            for code in article.refused:
                diagnoses.append([_group(policy, group), code, "unsupported", article.start, ""])
    return {
        "lcd-policies": TableRows(_POLICIES, policies),
        "lcd-procedures": TableRows(_PROCEDURES, procedures),
        "lcd-diagnoses": TableRows(_DIAGNOSES, diagnoses),
        CONTRACTORS: TableRows(
            [], content=_payers(contractors, kinds, states, facts), suffix=".nt"
        ),
    }


def _articles(sheets: dict[str, list[Recognized]], left_out: Counter[str]) -> dict[_Key, _Article]:
    articles: dict[_Key, _Article] = {}
    for row in _rows(sheets["article"]):
        if (row.get("status") or _APPROVED) != _APPROVED:
            left_out["articles that are proposed or retired"] += 1
            continue
        start = row.get("revised") or row["first day"]
        ends = [day for day in (row.get("last day"), row.get("retired")) if day]
        number = row.get("display") or row["article"]
        articles[row["article"], row["version"]] = _Article(
            number if number.startswith("A") else f"A{number}",
            " ".join(row["title"].split()),
            start,
            min(ends, default=""),
        )
    for name in ("procedures", "covered", "refused", "paragraphs", "determinations", "issuers"):
        for row in _rows(sheets.get(name, [])):
            article = articles.get((row["article"], row["version"]))
            if article is None:
                left_out["rows of other articles, or of other versions of one"] += 1
            elif name == "procedures":
                article.procedures.add(row["procedure"])
            elif name == "covered":
                article.covered[row.get("group") or ""].add(row["diagnosis"])
            elif name == "refused":
                article.refused.add(row["diagnosis"])
            elif name == "paragraphs":
                article.paragraphs[row["group"]] = row["paragraph"]
            elif name == "determinations" and row["determination"] not in {"", "0"}:
                article.determinations.add(row["determination"])
            elif name == "issuers":
                article.contractors.add(_contractor(row))
    return articles


def _rows(sheets: Sequence[Recognized]) -> Iterator[dict[str, str]]:
    """The rows of tables, each value by its column, in its form where the layout has one."""
    for each in sheets:
        forms = {cell.of: cell for cell in each.layout.cells.values()}
        for number, values in named_rows(each):
            try:
                for name, cell in forms.items():
                    if name in values:
                        values[name] = converted(cell, values[name])
            except ValueError as error:
                raise InputError(f"row {number}: {error}", file=each.sheet.name) from None
            yield values


def _contractor(row: dict[str, str]) -> tuple[str, ...]:
    return row["contractor"], row["contractor type"], row["contractor version"]


def _group(policy: str, group: str) -> str:
    return f"{policy}-{group}" if group else policy


def _scope(paragraph: str, procedures: set[str]) -> set[str]:
    """The services that a group's paragraph names; all of the article's where it names none."""
    named = set()
    for first, last in _SERVICE.findall(paragraph.upper()):
        named |= {code for code in procedures if first <= code <= (last or first)}
    return named or procedures


def _kinds(
    sheets: dict[str, list[Recognized]], contractors: dict[tuple[str, ...], dict[str, str]]
) -> dict[tuple[str, ...], str]:
    """What kind of contract each contractor has, in the words of the database."""
    types = {row["contractor type"]: row["kind"] for row in _rows(sheets["contractor types"])}
    subtypes = {row["subtype"]: row["kind"] for row in _rows(sheets.get("contractor subtypes", []))}
    return {
        key: " ".join(
            (types.get(row["contractor type"], ""), subtypes.get(row.get("subtype", ""), ""))
        ).strip()
        for key, row in contractors.items()
    }


def _states(sheets: dict[str, list[Recognized]]) -> dict[tuple[str, ...], set[_Served]]:
    """The states that each contractor serves; a part of a state counts as the state."""
    names = {row["state"]: row["abbreviation"][:2] for row in _rows(sheets["state names"])}
    states: dict[tuple[str, ...], set[_Served]] = defaultdict(set)
    for row in _rows(sheets["states"]):
        if names.get(row["state"]):
            served = _Served(names[row["state"]], row.get("first day", ""), row.get("last day", ""))
            states[_contractor(row)].add(served)
    return states


def _payers(
    contractors: dict[tuple[str, ...], dict[str, str]],
    kinds: dict[tuple[str, ...], str],
    states: dict[tuple[str, ...], set[_Served]],
    facts: dict[str, str],
) -> bytes:
    """The contractors as payers: what claims name, what is broader, and the states they serve."""
    quads: set[ox.Quad] = set()
    for key, contractor in contractors.items():
        number = contractor["number"]
        if not number:
            continue
        kind = kinds[key]
        institutional, professional, other = (
            re.search(facts[f"{name} contractors"], kind, re.IGNORECASE) is not None
            for name in ("institutional", "professional", "other")
        )
        payer = ox.NamedNode(f"{PAYER_NS}{facts['payer']}{number}")
        broader = facts["institutional payer" if institutional else "professional payer"]
        label = f"{contractor['name']}, contract {number}"
        quads |= _said(
            payer,
            (f"{RDF_NS}type", ox.NamedNode(f"{CS_NS}Payer")),
            (f"{SKOS_NS}prefLabel", ox.Literal(label, language="en")),
            (f"{CS_NS}contractNumber", ox.Literal(number)),
            (f"{SKOS_NS}broader", ox.NamedNode(f"{PAYER_NS}{broader}")),
        )
        if other:
            continue
        # Of a contract for both parts it is not known which claims are its own: all of them.
        claims = [
            facts[f"{name} claims"]
            for name, own in (("institutional", institutional), ("professional", professional))
            if own or not (institutional or professional)
        ]
        for served in states[key]:
            since = served.since or facts["served since"]
            node = ox.NamedNode(f"{SERVED_NS}{number}/{served.state}/{since}")
            quads |= _said(
                node,
                (f"{RDF_NS}type", ox.NamedNode(f"{CS_NS}ServedState")),
                (f"{CS_NS}servedBy", payer),
                (f"{CS_NS}stateServed", ox.Literal(served.state)),
                (f"{SCHEMA_NS}validFrom", _day(since)),
                *((f"{CS_NS}servedClaims", ox.NamedNode(CS_NS + each)) for each in claims),
                *((f"{SCHEMA_NS}validThrough", _day(day)) for day in [served.until] if day),
            )
    ordered = sorted(quads, key=str)
    return ox.serialize(ordered, format=ox.RdfFormat.N_TRIPLES) or b""


def _said(subject: ox.NamedNode, *said: tuple[str, ox.NamedNode | ox.Literal]) -> set[ox.Quad]:
    return {ox.Quad(subject, ox.NamedNode(predicate), value) for predicate, value in said}


def _day(day: str) -> ox.Literal:
    return ox.Literal(day, datatype=ox.NamedNode(f"{XSD_NS}date"))
