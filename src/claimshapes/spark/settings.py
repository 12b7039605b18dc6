"""What every worker has to know to judge as the driver wants it, small enough to be sent along."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from claimshapes.checking.checker import Checker
from claimshapes.errors import InputError
from claimshapes.rules.written_rules import rule_files


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule of the user's own, by its text: a worker need not see the driver's disk.

    Attributes:
        name: path below the rules' folder, which error messages name.
        text: the Turtle in it.
    """

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Keyword arguments of ``Checker``, in a form that can be sent to workers and compared.

    The file of ``payers`` is there by its text, the folder of ``knowledge`` by its path: every
    worker has to see it there.
    """

    rules: tuple[RuleFile, ...] = ()
    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()
    payer: str | None = None
    payers: str | None = None
    as_of: date | None = None
    sent_on: date | None = None
    documentation: bool = True
    strict: bool = False
    knowledge: str | None = None
    mac: str | None = None


def read_rules(folders: Sequence[str | os.PathLike[str]]) -> tuple[RuleFile, ...]:
    """The rule files below the folders.

    Raises:
        InputError: a folder is not there.
    """
    for folder in folders:
        if not Path(folder).is_dir():
            raise InputError("there is no such folder", file=str(folder))
    return tuple(
        RuleFile(f"{number}/{file.relative_to(folder).as_posix()}", file.read_text("utf-8"))
        for number, folder in enumerate(map(Path, folders))
        for file in sorted(rule_files([folder]))
    )


@lru_cache(maxsize=2)
def checker_for(settings: Settings) -> Checker:
    """The one ``Checker`` of this process for these settings; a worker outlives its tasks.

    Raises:
        RuleError: a rule file cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
        InputError: ``select`` or ``ignore`` names no rule.
    """
    with tempfile.TemporaryDirectory(prefix="claimshapes-rules-") as folder:
        return Checker(
            rules=_written(settings.rules, Path(folder)),
            select=settings.select,
            ignore=settings.ignore,
            payer=settings.payer,
            payers=_written_payers(settings.payers, Path(folder)),
            as_of=settings.as_of,
            sent_on=settings.sent_on,
            documentation=settings.documentation,
            strict=settings.strict,
            knowledge=settings.knowledge,
            mac=settings.mac,
            engine="set",
            # A task has one core, and a machine as many tasks as cores.
            threads=1,
        )


def _written_payers(text: str | None, folder: Path) -> Path | None:
    if text is None:
        return None
    file = folder / "payers.csv"
    file.write_text(text, "utf-8")
    return file


def _written(rules: Iterable[RuleFile], folder: Path) -> list[Path]:
    """Writes the rules down and says in which folders they are."""
    folders: dict[Path, None] = {}
    for rule in rules:
        file = folder / rule.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(rule.text, "utf-8")
        folders[folder / rule.name.partition("/")[0]] = None
    return list(folders)
