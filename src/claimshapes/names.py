"""What ids and patterns of ids name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from claimshapes.errors import InputError

_MOST_NEAR = 3
_NEAR = 0.8
_MARKS = frozenset("*?[")


def named(names: Iterable[str], known: Collection[str], kind: str, told_by: str) -> frozenset[str]:
    """The ids that are named.

    Args:
        names: ids, or patterns such as ``DX-*``.
        known: all ids.
        kind: what has such an id, as the message says it.
        told_by: the command that lists them.

    Raises:
        InputError: one names nothing; says which ids are near.
    """
    if isinstance(names, str):
        raise InputError(f"expected a list of {kind} ids, such as ['{names}']; found text")
    found: set[str] = set()
    for name in sorted(set(names)):
        matching = {each for each in known if fnmatchcase(each, name)}
        if not matching:
            near = get_close_matches(name, known, _MOST_NEAR, _NEAR)
            hint = f" (did you mean {' or '.join(near)}?)" if near else ""
            fits = (
                f"there is no {kind} whose id fits" if _MARKS & set(name) else f"there is no {kind}"
            )
            raise InputError(f"{fits} {name}{hint}; `{told_by}` names them")
        found |= matching
    return frozenset(found)
