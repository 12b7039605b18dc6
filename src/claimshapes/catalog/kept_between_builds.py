"""What stays the same from one making of the pages to the next, so that a change shows soon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, cast

from claimshapes.files.file_states import States, file_states

Kept = TypeVar("Kept")
_ID = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)+")
_CODES = "codes"


@dataclass(slots=True)
class Memory:
    """Results with what each was made from; one for each name."""

    _kept: dict[str, tuple[object, object]] = field(default_factory=dict)

    def recall(self, name: str, made_from: object, make: Callable[[], Kept]) -> Kept:
        """A result that was made from the same before, or a new one.

        Args:
            name: what it is.
            made_from: everything that it depends on.
            make: makes it.
        """
        known = self._kept.get(name)
        if known is None or known[0] != made_from:
            known = made_from, make()
            self._kept[name] = known
        return cast(Kept, known[1])

    def last(self, name: str) -> object | None:
        """The result of a name, whatever it was made from."""
        known = self._kept.get(name)
        return None if known is None else known[1]


class RuleFileDigests:
    """Tells whether anything changed that may bear on how a rule judges a claim.

    Args:
        files: every rule file, tests left out.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._naming: dict[str, list[str]] = {}
        everything = sha256()
        for file in files:
            content = file.read_bytes()
            digest = sha256(content).hexdigest()
            everything.update(content)
            for name in {file.stem, *_ID.findall(content.decode("utf-8", "replace"))}:
                self._naming.setdefault(name, []).append(digest)
        self.of_all = everything.hexdigest()

    def of(self, rules: Iterable[str]) -> tuple[str, ...]:
        """The files that name any of these rules: their own, preconditions, exemptions."""
        return tuple(digest for rule in rules for digest in self._naming.get(rule, ()))


def state_of(folders: Iterable[Path]) -> States:
    """What tells that a file below the folders has changed; code systems are left out."""
    return file_states(
        file
        for folder in folders
        for file in folder.rglob("*")
        if _CODES not in file.relative_to(folder).parts and file.is_file()
    )


def changed_files(before: States, now: States) -> set[Path]:
    """The files that are new, gone or changed."""
    return {file for file in before.keys() | now.keys() if before.get(file) != now.get(file)}
