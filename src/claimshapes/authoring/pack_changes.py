"""What changed between two states of a pack or of the project: rules, terms, lists, the rest."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import rdflib
from rdflib import BNode, URIRef
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import Node

from claimshapes.authoring.effects import (
    LOOSER,
    OTHER,
    STRICTER,
    compared,
    condition,
    more,
    more_codes,
    more_of_term,
    opposite,
)
from claimshapes.authoring.rule_changes import NAMES, in_short
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS, SCHEMA
from claimshapes.rdf.shape_files import read_graph
from claimshapes.rdf.vocabulary import PAYER_NS
from claimshapes.rules.code_lists import LIST_NS, SET_NS, VALUE_SETS, written_lists
from claimshapes.rules.families import SHORT_FORMS, Family
from claimshapes.rules.rule_book import rule_files

RE_DATED, RE_WORDED, ADDED, ENDED = "re-dated", "re-worded", "added", "ended"

_KINDS = {
    "Rule": "rule",
    "Exemption": "exemption",
    "Adjustment": "adjustment",
    "Payer": "payer",
    "FictitiousPayer": "payer",
    "ValueSet": "value set",
    "Citation": "source",
    "Concept": "documentation element",
}
_DATES = {"validFrom", "validThrough", "inForceFrom", "inForceThrough"}
_WORDS = {
    "comment",
    "description",
    "document",
    "edition",
    "isReplacedBy",
    "issued",
    "label",
    "message",
    "modified",
    "notation",
    "prefLabel",
    "rationale",
    "remedy",
    "section",
    "seenAt",
    "source",
    "strength",
    "title",
}
_SEVERITIES = ("Info", "Warning", "Violation")
_MORE = {
    "yieldsTo": LOOSER,
    "overrides": LOOSER,
    "exemptFrom": LOOSER,
    "denialCode": RE_WORDED,
    "remarkCode": RE_WORDED,
    "groupCode": RE_WORDED,
}
"""What a further value of a property means."""
_SCOPES = {"payer", "appliesToPayer", "claimType", "appliesToClaimType"}
_OF_THINGS = {"rule": STRICTER, "exemption": LOOSER}
_TEXT_COLUMNS = {"source", "comment", "note"}
_DATE_COLUMNS = {"valid_from", "valid_through"}

Facts = dict[str, frozenset[str]]
_Thing = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """What changed in one respect.

    Attributes:
        name: of the property, parameter or column.
        means: ``stricter``, ``looser``, ``re-dated``, ``re-worded`` or ``changed``.
        before: the values that went.
        after: the values that came.
    """

    name: str
    means: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a thing.

    Attributes:
        kind: what it is: ``rule``, ``payer``, ``term``, ``list`` and so on.
        name: its name.
        became: ``added``, ``ended`` or ``changed``.
        means: what that makes of rules: ``stricter``, ``looser``, ``re-dated``, ``re-worded``,
            ``changed``; several of these where it changed in several respects.
        items: what changed in it; none where it was added or ended.
    """

    kind: str
    name: str
    became: str
    means: tuple[str, ...]
    items: tuple[Item, ...] = ()

    def object(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


@dataclass(slots=True)
class State:
    """What a folder says, thing by thing.

    Attributes:
        things: the facts of each by kind and name.
        rows: the rows of each table by its name: key, first and last day, source.
        forms: the family's form of each rule.
        uses: the parameters, with their families, that name a list or value set.
    """

    things: dict[_Thing, Facts] = field(default_factory=dict)
    rows: dict[_Thing, dict[str, list[dict[str, str]]]] = field(default_factory=dict)
    forms: dict[str, Family] = field(default_factory=dict)
    uses: dict[str, set[str]] = field(default_factory=dict)


def read_state(folder: Path, families: Mapping[str, Family]) -> State:
    """What a pack says, or a checkout of the project (with ``shapes`` and ``ontology``).

    Args:
        folder: a folder of any release: only Turtle and CSV have to be right.
        families: the families by the IRIs of their forms.

    Raises:
        RuleError: a file is not Turtle; names file and line.
    """
    state = State()
    for file in _turtle(folder):
        _read_things(state, read_graph([file]), families)
    for written in written_lists([folder]):
        _add_rows(state, "list", written.name, (row for _, row in written.rows()))
    for kind, file in _tables(folder):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            _add_rows(state, kind, file.stem, csv.DictReader(stream))
    return state


def _turtle(folder: Path) -> list[Path]:
    ontology = folder / "ontology"
    if not (ontology.is_dir() and (folder / "shapes").is_dir()):
        return rule_files([folder])
    files = [ontology / name for name in ("payers.ttl", "documentation.ttl")]
    files += sorted((ontology / "curated").glob("*.ttl"))
    return [*rule_files([folder / "shapes"]), *(file for file in files if file.is_file())]


def _tables(folder: Path) -> Iterator[tuple[str, Path]]:
    if (folder / VALUE_SETS).is_file():
        yield "value sets", folder / VALUE_SETS
    for file in sorted((folder / "ontology" / "tables").glob("*.csv")):
        yield "value sets" if file.name == VALUE_SETS else "table", file


def _read_things(state: State, graph: rdflib.Graph, families: Mapping[str, Family]) -> None:
    for node in sorted(set(graph.subjects()), key=str):
        if not isinstance(node, URIRef):
            continue
        types = {last_part(str(each)) for each in graph.objects(node, RDF.type)}
        kind = next((_KINDS[each] for each in sorted(types) if each in _KINDS), None)
        if str(node).startswith(PAYER_NS):
            kind = "payer"
            _read_terms(state, graph, node)
        if "Precondition" in types or kind is None:
            continue
        name = str(graph.value(node, DCTERMS.identifier) or last_part(str(node)))
        facts = state.things.setdefault((kind, name), {})
        for key, values in _facts(graph, node, families).items():
            facts[key] = facts.get(key, frozenset()) | values
        if kind == "rule":
            for precondition in graph.subjects(CS.preconditionOf, node):
                for key, values in _facts(graph, precondition, families).items():
                    facts[f"precondition, {key}"] = values
            _read_form(state, graph, node, name, families)


def _read_form(
    state: State, graph: rdflib.Graph, node: URIRef, name: str, families: Mapping[str, Family]
) -> None:
    for form in graph.predicates(node):
        family = families.get(str(form))
        if family is None:
            continue
        state.forms[name] = family
        for at in graph.objects(node, form):
            for parameter in family.parameters:
                for value in graph.objects(at, parameter.path):
                    if str(value).startswith((LIST_NS, SET_NS)):
                        effect = more_codes(family, parameter.name)
                        state.uses.setdefault(str(value), set()).add(effect)


def _read_terms(state: State, graph: rdflib.Graph, payer: URIRef) -> None:
    """Terms by payer, matter and order in time."""
    terms = sorted(
        graph.objects(payer, CS["term"]),
        key=lambda each: str(graph.value(each, SCHEMA.validFrom)),
    )
    seen: Counter[str] = Counter()
    for term in terms:
        matter = last_part(str(graph.value(term, CS.decides) or graph.value(term, RDF.type)))
        seen[matter] += 1
        number = f" ({seen[matter]})" if seen[matter] > 1 else ""
        name = f"{last_part(str(payer))}, {matter}{number}"
        state.things["term", name] = _facts(graph, term, {})


def _facts(graph: rdflib.Graph, node: Node, families: Mapping[str, Family]) -> Facts:
    found: dict[str, set[str]] = {}
    for predicate, value in graph.predicate_objects(node):
        if predicate == CS["term"]:
            continue
        if isinstance(predicate, URIRef):
            predicate = SHORT_FORMS.get(predicate, predicate)
        if str(predicate) in families and isinstance(value, BNode):
            for parameter, each in graph.predicate_objects(value):
                key = f"form/{last_part(str(parameter))}"
                found.setdefault(key, set()).add(in_short(graph, each))
            continue
        found.setdefault(last_part(str(predicate)), set()).add(in_short(graph, value))
    return {key: frozenset(values) for key, values in found.items()}


def _add_rows(state: State, kind: str, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    for row in rows:
        cells = {name: str(cell or "") for name, cell in row.items() if isinstance(name, str)}
        name, own = table, kind
        if kind == "value sets":
            name, own = cells.pop("value_set", table), "value set"
        key = ", ".join(
            cell
            for column, cell in cells.items()
            if cell and column not in _DATE_COLUMNS | _TEXT_COLUMNS
        )
        state.rows.setdefault((own, name), {}).setdefault(key, []).append(cells)


def changes(old: State, new: State) -> list[Change]:
    """What changed, by kind and name."""
    found = [*_thing_changes(old, new), *_row_changes(old, new)]
    order = [*dict.fromkeys(_KINDS.values()), "term", "list", "table"]
    return sorted(found, key=lambda each: (order.index(each.kind), each.name))


def _thing_changes(old: State, new: State) -> Iterator[Change]:
    for kind, name in sorted(old.things.keys() | new.things.keys()):
        before, after = old.things.get((kind, name)), new.things.get((kind, name))
        if before is None or after is None:
            became = ADDED if before is None else ENDED
            effect = _of_thing(kind, after if before is None else before or {})
            yield Change(kind, name, became, (effect if before is None else opposite(effect),))
            continue
        items = list(_items(kind, name, before, after, new.forms.get(name)))
        if items:
            means = tuple(dict.fromkeys(item.means for item in items))
            became = "changed"
            if any(item.name == "status" and "cs:deprecated" in item.after for item in items):
                became = ENDED if kind == "rule" else became
            yield Change(kind, name, became, means, tuple(items))


def _of_thing(kind: str, facts: Facts | None) -> str:
    switched_off = "cs:deprecated" in (facts or {}).get("status", ())
    if kind == "adjustment":
        return LOOSER if switched_off else OTHER
    return OTHER if switched_off else _OF_THINGS.get(kind, OTHER)


def _items(
    kind: str, name: str, before: Facts, after: Facts, family: Family | None
) -> Iterator[Item]:
    for key in sorted(before.keys() | after.keys()):
        one, two = before.get(key, frozenset()), after.get(key, frozenset())
        if one == two:
            continue
        went, came = tuple(sorted(one - two)), tuple(sorted(two - one))
        said = NAMES.get(key, key.removeprefix("form/"))
        if key.startswith("form/") and family is not None:
            yield from _of_parameter(family, key.removeprefix("form/"), one, two, said)
        else:
            yield Item(said, _means(kind, key, one, two), went, came)


def _of_parameter(
    family: Family, name: str, one: frozenset[str], two: frozenset[str], said: str
) -> Iterator[Item]:
    parameter = next((each for each in family.parameters if each.name == name), None)
    went, came = tuple(sorted(one - two)), tuple(sorted(two - one))
    if parameter is None:
        yield Item(said, OTHER, went, came)
        return
    default = None if parameter.default is None else str(parameter.default)
    if (not one or not two) and parameter.optional and default is None:
        effect = condition(family, name)
        yield Item(said, effect if two else opposite(effect), went, came)
    elif parameter.field is None:
        values = (min(one, default=default or ""), min(two, default=default or ""))
        yield Item(said, compared(*values, more(family, name)), went, came)
    else:
        effect = more_codes(family, name)
        if effect == OTHER:
            yield Item(said, OTHER, went, came)
            return
        if came:
            yield Item(said, effect, (), came)
        if went:
            yield Item(said, opposite(effect), went, ())


def _means(kind: str, key: str, one: frozenset[str], two: frozenset[str]) -> str:
    if key in _DATES:
        return RE_DATED
    if key in _WORDS:
        return RE_WORDED
    if key == "severity" and kind in ("rule", "adjustment"):
        ranks = [_rank(values) for values in (one, two)]
        if None in ranks or ranks[0] == ranks[1]:
            return OTHER
        return STRICTER if (ranks[1] or 0) > (ranks[0] or 0) else LOOSER
    if key in _SCOPES and kind in ("rule", "exemption"):
        wider = not two or (bool(one) and one < two)
        narrower = not one or (bool(two) and two < one)
        effect = STRICTER if wider else LOOSER if narrower else OTHER
        return effect if kind == "rule" else opposite(effect)
    if key == "status":
        return LOOSER if "cs:deprecated" in two else STRICTER
    effect = _MORE.get(key) or more_of_term(key)
    if effect in (RE_WORDED, OTHER):
        return effect
    if len(one) == len(two) == 1 and key not in _MORE:
        return compared(min(one), min(two), effect)
    return effect if one < two else opposite(effect) if two < one else OTHER


def _rank(values: frozenset[str]) -> int | None:
    said = min(values, default="")
    return _SEVERITIES.index(said) if said in _SEVERITIES else None


def _row_changes(old: State, new: State) -> Iterator[Change]:
    for kind, name in sorted(old.rows.keys() | new.rows.keys()):
        before, after = old.rows.get((kind, name), {}), new.rows.get((kind, name), {})
        if before == after:
            continue
        effect = _of_rows(kind, name, old, new)
        items = [
            item
            for key in sorted(before.keys() | after.keys())
            for item in _row_items(key, before.get(key, []), after.get(key, []), effect)
        ]
        became = ADDED if not before else ENDED if not after else "changed"
        yield Change(kind, name, became, tuple(dict.fromkeys(i.means for i in items)), tuple(items))


def _of_rows(kind: str, name: str, old: State, new: State) -> str:
    """What a further row means, where all rules that name the list agree."""
    namespace = {"list": LIST_NS, "value set": SET_NS}.get(kind)
    iri = f"{namespace}{name}"
    uses = old.uses.get(iri, set()) | new.uses.get(iri, set())
    return uses.pop() if len(uses) == 1 and namespace else OTHER


def _row_items(
    key: str, before: list[dict[str, str]], after: list[dict[str, str]], effect: str
) -> Iterator[Item]:
    if before == after:
        return
    if not before:
        yield Item(key, effect, (), tuple(map(_row, after)))
    elif not after:
        yield Item(key, opposite(effect), tuple(map(_row, before)), ())
    else:
        days = [
            sorted([[row.get(each, "") for each in sorted(_DATE_COLUMNS)] for row in rows])
            for rows in (before, after)
        ]
        means = RE_WORDED if days[0] == days[1] else RE_DATED
        yield Item(key, means, tuple(map(_row, before)), tuple(map(_row, after)))


def _row(cells: Mapping[str, str]) -> str:
    first, last = cells.get("valid_from", ""), cells.get("valid_through", "")
    span = f"{first} to {last}" if last else f"from {first}" if first else "any day"
    return ", ".join(part for part in (span, cells.get("source", "")) if part)


def counts(found: Iterable[Change]) -> dict[str, int]:
    """How many changes there are of each sort."""
    total: Counter[str] = Counter()
    for change in found:
        if change.became != "changed":
            total[change.became] += 1
        for means in change.means:
            total[means] += 1
    return dict(total)
