"""What changed between two states of a pack or of the project, and what that makes of rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

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
from claimshapes.authoring.pack_state import DATE_COLUMNS, KINDS, Facts, State
from claimshapes.rules.code_lists import LIST_NS, SET_NS
from claimshapes.rules.families import Family

RE_DATED, RE_WORDED, ADDED, ENDED = "re-dated", "re-worded", "added", "ended"
_NAMES = {
    "prefLabel": "label",
    "appliesToPayer": "payers",
    "appliesToClaimType": "kinds of claim",
    "appliesToVoids": "applies to voids",
    "source": "sources",
    "sparql": "query",
    "property": "property shapes",
    "validFrom": "first date of service",
    "validThrough": "last date of service",
}
"""What properties are called, where that is not the name of their term."""

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


def changes(old: State, new: State) -> list[Change]:
    """What changed, by kind and name."""
    found = [*_thing_changes(old, new), *_row_changes(old, new)]
    order = [*dict.fromkeys(KINDS.values()), "term", "list", "table"]
    return sorted(found, key=lambda each: (order.index(each.kind), each.name))


def _thing_changes(old: State, new: State) -> Iterator[Change]:
    for kind, name in sorted(old.things.keys() | new.things.keys()):
        before, after = old.things.get((kind, name)), new.things.get((kind, name))
        if before is None or after is None:
            became = ADDED if before is None else ENDED
            effect = _of_thing(kind, after if before is None else before or {})
            yield Change(kind, name, became, (effect if before is None else opposite(effect),))
            continue
        items = list(_items(kind, before, after, new.forms.get(name)))
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


def _items(kind: str, before: Facts, after: Facts, family: Family | None) -> Iterator[Item]:
    for key in sorted(before.keys() | after.keys()):
        one, two = before.get(key, frozenset()), after.get(key, frozenset())
        if one == two:
            continue
        went, came = tuple(sorted(one - two)), tuple(sorted(two - one))
        said = _NAMES.get(key, key.removeprefix("form/"))
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
            sorted([[row.get(each, "") for each in sorted(DATE_COLUMNS)] for row in rows])
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
