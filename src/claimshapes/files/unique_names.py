"""JSON in which no object gives a name twice: the standard library's decoder keeps the last one."""

from __future__ import annotations

import json
from typing import Any


class RepeatedNameError(ValueError):
    """An object has two fields with one name."""


def loads(text: str) -> Any:
    """Reads JSON.

    Raises:
        RepeatedNameError: an object gives a name twice.
        json.JSONDecodeError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    return json.loads(text, object_pairs_hook=_object)


def has_unique_names(text: str | bytes, *, depth: int) -> bool:
    """Whether no object of the outer levels of a JSON document gives a name twice.

    Args:
        text: the document.
        depth: how many levels of objects and arrays are looked at.

    Raises:
        json.JSONDecodeError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    document = json.loads(text, object_pairs_hook=_Pairs, parse_int=str, parse_float=str)
    level = [document]
    for _ in range(depth):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, _Pairs):
                names = [name for name, _ in value]
                if len(set(names)) < len(names):
                    return False
                inner += [entry for _, entry in value]
            elif isinstance(value, list):
                inner += value
        level = inner
    return True


class _Pairs(list[tuple[str, Any]]):
    """An object as its names and values."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise RepeatedNameError
    return content
