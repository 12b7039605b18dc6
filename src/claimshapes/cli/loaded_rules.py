"""The shipped rules with those of folders, for the commands of those who write rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from claimshapes.errors import InputError

if TYPE_CHECKING:
    from claimshapes.rules.rule import Rule
    from claimshapes.rules.rule_book import RuleBook


def loaded(folders: Sequence[Path]) -> tuple[list[Path], RuleBook]:
    """The folders with the shipped one, and their rules.

    Raises:
        RuleError: a rule cannot be used.
    """
    from claimshapes.knowledge.in_use import resource_directory
    from claimshapes.rules.rule_book import load_rules

    directories = [resource_directory("shapes"), *folders]
    return directories, load_rules(directories)


def rule_named(book: RuleBook, identifier: str) -> Rule:
    """The rule of an id, however it is capitalized.

    Raises:
        InputError: there is none.
    """
    rule = book.rules.get(identifier.upper())
    if rule is None:
        raise InputError(f"there is no rule {identifier}; `claimshapes rules list` names them")
    return rule
