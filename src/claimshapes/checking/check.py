"""Checks claims by a checker that is made for them alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypedDict, Unpack

from claimshapes.checking.checker import Checker, Engine
from claimshapes.checking.given_claims import usable
from claimshapes.checking.results import Results
from claimshapes.claims.claim import ClaimJson
from claimshapes.errors import InputError
from claimshapes.rules.rule_book import RuleBook


class CheckerSettings(TypedDict, total=False):
    """Keyword arguments of ``Checker``, which says what each means."""

    rules: Sequence[str | os.PathLike[str]]
    select: Iterable[str] | None
    ignore: Iterable[str]
    payer: str | None
    payers: str | os.PathLike[str] | None
    as_of: date | None
    sent_on: date | None
    checked_on: date | None
    documentation: bool
    strict: bool
    book: RuleBook | None
    engine: Engine
    across_claims: bool
    grouped: bool
    threads: int | None
    jobs: int
    time_limit: float
    knowledge: str | os.PathLike[str] | None
    mac: str | None
    suggest: bool | None


def check(
    claims: str | os.PathLike[str] | ClaimJson | Iterable[ClaimJson],
    **settings: Unpack[CheckerSettings],
) -> Results:
    """Checks claims with a fresh ``Checker``.

    Args:
        claims: a file's name, a claim, or claims; in those, null means absent.
        settings: keyword arguments of ``Checker``.

    Returns:
        One result for each claim, in the same order.

    Raises:
        InputError: a claim cannot be read or does not have the claim format; ``index`` says which
            of several in memory it is.
        RuleError: a rule file cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
    """
    if not isinstance(claims, (str, os.PathLike, Iterable)):
        found = type(claims).__name__
        raise InputError(f"expected a file's name, a claim, or several claims; found {found}")
    checker = Checker(**settings)
    if isinstance(claims, (str, os.PathLike)):
        from claimshapes.claims.readers import read_claims

        return Results(checker.check(usable(read_claims(claims))))
    return Results(checker.check([claims] if isinstance(claims, Mapping) else claims))


def check_frame(
    frame: Any,
    *,
    columns: str | os.PathLike[str] | None = None,
    **settings: Unpack[CheckerSettings],
) -> Results:
    """Checks the claims of a data frame with a fresh ``Checker``; see ``Checker.check_frame``."""
    return Checker(**settings).check_frame(frame, columns=columns)
