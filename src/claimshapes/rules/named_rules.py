"""The rules that ids and patterns of ids name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from claimshapes.errors import InputError

_MOST_NEAR = 3
_NEAR = 0.8


def named_rules(names: Iterable[str], known: Collection[str]) -> frozenset[str]:
    """The ids that are named.

    Args:
        names: ids, or patterns such as ``DX-*``.
        known: the ids of all rules.

    Raises:
        InputError: one names no rule; says which ids are near.
    """
    found: set[str] = set()
    for name in sorted(set(names)):
        matching = {rule for rule in known if fnmatchcase(rule, name)}
        if not matching:
            near = get_close_matches(name, known, _MOST_NEAR, _NEAR)
            hint = f" (did you mean {' or '.join(near)}?)" if near else ""
            raise InputError(f"there is no rule {name}{hint}; `claimshapes rules list` names them")
        found |= matching
    return frozenset(found)
