"""Whether a variable of a query is one of some codes, as a SPARQL expression."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rdflib import Literal, URIRef
from rdflib.term import Node

from claimshapes.rules.code_lists import CodeLists, ListRow

_CATEGORY = 3
"""Characters of a diagnosis category, which stands for all codes of it."""
_END = "~"
"""Comes after every character of a code."""
DOCUMENTATION = "documentationType"
"""The claim field whose values are names and no codes: they make no ranges."""


@dataclass(frozen=True, slots=True)
class CodeKind:
    """How the codes of a claim field are compared.

    Attributes:
        field: the claim field.
        namespace: beginning of the IRIs that stand for codes; none where text is compared.
        width: a shorter code begins with zeros.
    """

    field: str
    namespace: str | None
    width: int = 0

    @property
    def of_diagnoses(self) -> bool:
        """Whether these are diagnosis codes."""
        return self.field == "code"

    def parts(self, code: str) -> tuple[str, str, str]:
        """First code, hyphen and last code of a range; names of documents have none."""
        if self.field == DOCUMENTATION:
            return self.written(code), "", ""
        first, dash, last = code.partition("-")
        return self.written(first), dash, self.written(last)

    def written(self, code: str) -> str:
        """A code as claims' graphs have it."""
        text = code.strip() if self.field in ("sex", DOCUMENTATION) else code.strip().upper()
        return text.rjust(self.width, "0") if self.width and text else text


def code_test(variable: str, kind: CodeKind, values: Sequence[Node], lists: CodeLists) -> str:
    """A SPARQL expression that is true of the codes.

    Args:
        variable: name of the variable with the code; ``?date`` has the date that counts.
        kind: what the codes are of.
        values: codes and ranges (``97110-97546``, ``M54.*``, ``*F``) as text, and value sets and
            lists as IRIs.
        lists: what those hold.

    Raises:
        ValueError: a value is none of these, or names no set or list.
    """
    rows: list[ListRow] = []
    terms: list[str] = []
    for value in values:
        if isinstance(value, URIRef) and kind.namespace and value.startswith(kind.namespace):
            terms.append(value.n3())
        elif isinstance(value, URIRef):
            rows += _named(value, lists)
        elif isinstance(value, Literal):
            rows.append(ListRow(str(value), None, None))
        else:
            raise ValueError("a code is text in quotation marks, or a set: or list:")
    periods: dict[tuple[str | None, str | None], list[str]] = {}
    for row in rows:
        periods.setdefault((row.valid_from, row.valid_through), []).append(row.code)
    alternatives = [f"?{variable} IN ({', '.join(terms)})"] if terms else []
    alternatives += [
        _during(first, last, _any_of(f"?{variable}", kind, codes))
        for (first, last), codes in periods.items()
    ]
    return f"({' || '.join(alternatives)})" if alternatives else "(false)"


def early_tests(
    variable: str, kind: CodeKind, values: Sequence[Node], lists: CodeLists
) -> list[tuple[str, str]]:
    """Expressions that are true of codes before the day from which a set or list first has them.

    Args:
        variable: name of the variable with the code; ``?date`` has the date that counts.
        kind: what the codes are of.
        values: as for `code_test`.
        lists: what sets and lists hold.

    Returns:
        Each such day with the expression for the codes that are listed from it on.

    Raises:
        ValueError: a value names no set or list.
    """
    first: dict[str, str] = {}
    for value in values:
        for row in _named(value, lists) if isinstance(value, URIRef) else ():
            first[row.code] = min(first.get(row.code, _END), row.valid_from or "")
    days = sorted({day for day in first.values() if day})
    found = []
    for day in days:
        test = _any_of(
            f"?{variable}", kind, [code for code, since in first.items() if since == day]
        )
        found.append((day, f'(?date < "{day}"^^xsd:date && {test})'))
    return found


def stated_codes(kind: CodeKind, values: Sequence[Node], lists: CodeLists, day: str) -> list[str]:
    """The codes, ranges and beginnings of codes that values stand for on a day, as they are stated.

    Raises:
        ValueError: a value names no set or list.
    """
    codes: list[str] = []
    for value in values:
        if isinstance(value, URIRef) and kind.namespace and value.startswith(kind.namespace):
            codes.append(value.removeprefix(kind.namespace))
        elif isinstance(value, URIRef):
            codes += [
                row.code
                for row in _named(value, lists)
                if (row.valid_from or day) <= day <= (row.valid_through or day)
            ]
        else:
            codes.append(str(value))
    return codes


def is_stated(kind: CodeKind, stated: Iterable[str], code: str) -> bool:
    """Whether a code is one of those that are stated."""
    text = kind.written(code)
    for each in stated:
        first, dash, last = kind.parts(each)
        whole = kind.of_diagnoses and not dash and len(first) == _CATEGORY
        if each.startswith("*"):
            found = text.endswith(each[1:].upper())
        elif each.endswith("*") or whole:
            found = text.startswith(first.rstrip("*"))
        elif dash:
            found = first <= text <= last + (_END if kind.of_diagnoses else "")
        else:
            found = first == text
        if found:
            return True
    return False


def _named(value: URIRef, lists: CodeLists) -> Iterable[ListRow]:
    rows = lists.rows(str(value))
    if rows is None:
        raise ValueError(f"there is no value set or list {value}")
    return rows


def _during(first: str | None, last: str | None, test: str) -> str:
    tests = [f'?date >= "{first}"^^xsd:date'] if first else []
    tests += [f'?date <= "{last}"^^xsd:date'] if last else []
    return f"({' && '.join([*tests, test])})" if tests else test


def _any_of(variable: str, kind: CodeKind, codes: Iterable[str]) -> str:
    exact: list[str] = []
    tests: list[str] = []
    for code in codes:
        first, dash, last = kind.parts(code)
        if code.startswith("*"):
            _quoted(code[1:])
            tests.append(f'STRENDS(STR({variable}), "{code[1:].upper()}")')
        elif code.endswith("*") or (kind.of_diagnoses and not dash and len(first) == _CATEGORY):
            tests.append(_between(variable, kind, first.rstrip("*"), first.rstrip("*") + _END))
        elif dash:
            tests.append(
                _between(variable, kind, first, last + (_END if kind.of_diagnoses else ""))
            )
        else:
            exact.append(first)
    if exact:
        terms = ", ".join(_term(kind, code) for code in dict.fromkeys(exact))
        tests.insert(0, f"{variable} IN ({terms})")
    return f"({' || '.join(tests)})" if len(tests) > 1 else tests[0]


def _between(variable: str, kind: CodeKind, first: str, last: str) -> str:
    text = f"STR({variable})" if kind.namespace else variable
    space = kind.namespace or ""
    return f"({text} >= {_quoted(space + first)} && {text} <= {_quoted(space + last)})"


def _term(kind: CodeKind, code: str) -> str:
    if kind.namespace is None:
        return _quoted(code)
    if not re.fullmatch(r"[\w.~-]+", code):
        raise ValueError(f"{code!r} is no code")
    return f"<{kind.namespace}{code}>"


def _quoted(text: str) -> str:
    if not re.fullmatch(r"[\w.:/~-]+", text):
        raise ValueError(f"{text!r} is no code")
    return f'"{text}"'
