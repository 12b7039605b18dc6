"""The triple patterns that every solution of a query matches, and the properties it has to do with.

Reading a query with rdflib takes some milliseconds, so what was read is kept: by what the query
says, so that it cannot be stale. The package ships what its own rules and derivations require.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimshapes.engines.possible_values import conjuncts, possible_values
from claimshapes.engines.query_algebra import query_algebra
from claimshapes.engines.text_ranges import Ranges
from claimshapes.files.cache import KeptEntries, cache_files
from claimshapes.resources import shipped_compiled

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue

Pattern = tuple[str, str, str]
"""Subject, property and object as SPARQL writes them; a blank node is a variable."""

_Entry = tuple[list[Pattern], list[str] | None, list[str] | None, dict[str, Ranges]]
"""Required patterns, properties read, properties made, texts of variables."""

_FORM = "5"
_THROUGH = {
    "SelectQuery",
    "ConstructQuery",
    "Project",
    "Distinct",
    "Reduced",
    "OrderBy",
    "Slice",
    "Extend",
    "ToMultiSet",
    "AggregateJoin",
    "Group",
    "LeftJoin",
    "Minus",
}
"""Parts of the algebra that have no solution without one of their first pattern."""


class RequiredPatterns:
    """Reads what queries require, or takes it as it was read before.

    Args:
        files: files of what is kept; the last of them takes what is new.
    """

    def __init__(self, files: Iterable[Path] = ()) -> None:
        self._entries = KeptEntries(files, _FORM)

    def of(self, query: str) -> list[Pattern]:
        """The patterns of a query, none where it has solutions without.

        Args:
            query: a SPARQL query with its prefixes. One that rdflib cannot read requires nothing.
        """
        return [
            (subject, predicate, object_) for subject, predicate, object_ in self._entry(query)[0]
        ]

    def texts(self, query: str) -> dict[str, Ranges]:
        """The texts that a query asks variables of its patterns to be, for some of them."""
        return {
            name: tuple((low, high) for low, high in ranges)
            for name, ranges in self._entry(query)[3].items()
        }

    def reads(self, query: str) -> frozenset[str] | None:
        """The properties that a query reads; none where it may read any."""
        return _set(self._entry(query)[1])

    def makes(self, query: str) -> frozenset[str] | None:
        """The properties that a CONSTRUCT query makes; none where it may make any."""
        return _set(self._entry(query)[2])

    def _entry(self, query: str) -> _Entry:
        key = hashlib.sha256(query.encode()).hexdigest()
        entry: _Entry | None = self._entries.get(key)
        if entry is None:
            entry = _read(query)
            self._entries.add(key, entry)
        return entry

    def keep(self) -> None:
        """Writes down what was read anew; that it cannot be written does no harm."""
        self._entries.keep()


def shipped_patterns() -> Path:
    """Where those of the shipped rules and derivations are kept: with the package."""
    return shipped_compiled() / "patterns.json"


def kept_patterns() -> RequiredPatterns:
    """Those kept with the package and those kept for this user, which take what is new."""
    return RequiredPatterns([shipped_patterns(), *cache_files("patterns.json")])


def _set(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _read(query: str) -> _Entry:
    from claimshapes.engines.one_by_one.properties import properties_made, properties_read

    try:
        algebra = query_algebra(query)
    # rdflib raises what its parser's library happens to raise.
    except Exception:
        return [], None, None, {}
    texts: dict[str, Ranges] = {}
    patterns = _patterns(algebra, {}, count(), texts)
    return patterns, properties_read(algebra), properties_made(algebra), texts


def _patterns(
    node: CompValue, names: Mapping[str, str], numbers: count[int], texts: dict[str, Ranges]
) -> list[Pattern]:
    """The patterns of a part of the algebra.

    Args:
        node: the part.
        names: what the variables are called that are not called what they were.
        numbers: numbers that no variable has yet.
        texts: takes what its filters ask of variables.
    """
    if node.name == "BGP":
        return [
            pattern
            for subject, predicate, object_ in node.triples
            for pattern in _steps(_term(subject, names), predicate, _term(object_, names), numbers)
        ]
    if node.name == "Join":
        first = _patterns(node.p1, names, numbers, texts)
        return first + _patterns(node.p2, names, numbers, texts)
    if node.name == "Group" and not node.expr:
        # Without a key there is a group even of no solutions.
        return []
    if node.name == "Project":
        # What a subselect does not hand on is another variable, however it is called.
        if "_vars" not in node:
            return []
        hidden = set(node["_vars"]) - set(node.PV)
        number = next(numbers)
        names = {**names, **{str(variable): f"?{variable}_{number}" for variable in hidden}}
    if node.name == "Filter":
        for variable, ranges in possible_values([node.expr]).items():
            texts[names.get(variable, f"?{variable}")] = ranges
        inner = _patterns(node.p, names, numbers, texts)
        return inner + _of_exists(node.expr, _variables(inner), names, numbers, texts)
    if node.name in _THROUGH:
        return _patterns(node.p1 if "p1" in node else node.p, names, numbers, texts)
    return []


def _of_exists(
    expression: Any,
    around: set[str],
    names: Mapping[str, str],
    numbers: count[int],
    texts: dict[str, Ranges],
) -> list[Pattern]:
    """What each EXISTS of a filter requires; variables that are not around it are its own."""
    found: list[Pattern] = []
    for test in conjuncts(expression):
        if getattr(test, "name", "") != "Builtin_EXISTS":
            continue
        asked: dict[str, Ranges] = {}
        patterns = _patterns(test.graph, names, numbers, asked)
        end = f"_{next(numbers)}"
        own = {term: term + end for term in _variables(patterns) - around}
        found += [
            (own.get(start, start), own.get(predicate, predicate), own.get(to, to))
            for start, predicate, to in patterns
        ]
        texts |= {own.get(name, name): ranges for name, ranges in asked.items()}
    return found


def _variables(patterns: Iterable[Pattern]) -> set[str]:
    return {term for pattern in patterns for term in pattern if term.startswith("?")}


def _steps(subject: str, predicate: Any, object_: str, numbers: count[int]) -> list[Pattern]:
    """What a pattern with a path requires, step for step."""
    from rdflib import URIRef, Variable
    from rdflib.paths import InvPath, MulPath, OneOrMore, SequencePath

    if isinstance(predicate, URIRef):
        return [(subject, f"<{predicate}>", object_)]
    if isinstance(predicate, Variable):
        return [(subject, f"?{predicate}", object_)]
    if isinstance(predicate, InvPath):
        return _steps(object_, predicate.arg, subject, numbers)
    if isinstance(predicate, MulPath) and predicate.mod == OneOrMore:
        # The last of the steps, wherever it begins.
        return _steps(_fresh(numbers), predicate.path, object_, numbers)
    if isinstance(predicate, SequencePath):
        nodes = [subject, *(_fresh(numbers) for _ in predicate.args[1:]), object_]
        return [
            pattern
            for step, start, end in zip(predicate.args, nodes, nodes[1:], strict=False)
            for pattern in _steps(start, step, end, numbers)
        ]
    return []


def _fresh(numbers: count[int]) -> str:
    return f"?step_{next(numbers)}"


def _term(term: Any, names: Mapping[str, str]) -> str:
    from rdflib import BNode, Variable

    if isinstance(term, Variable):
        return names.get(str(term), f"?{term}")
    if isinstance(term, BNode):
        return f"?node_{term}"
    return str(term.n3())
