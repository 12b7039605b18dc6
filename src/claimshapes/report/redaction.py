"""Identifiers of patients, providers and claims as tokens, for reports that leave the house.

The same identifier with the same key gives the same token, so that reports can be compared; without
the key nobody can find out which identifier it was, not even by trying all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimJson, ClaimRecord, RejectedClaim

_DIGITS = 12
_YEAR = 4
_BORN = "birthDate"
_WORDS = "value"
# The fields, wherever in a claim they are, whose values are numbers of people and of their papers.
_IDENTIFIERS = frozenset(
    {
        "id",
        "npi",
        "claim",
        "priorAuthorization",
        "originalClaimNumber",
        "referralNumber",
        "cliaNumber",
        "memberNumber",
        "controlNumber",
        "provider",
    }
)
# What a record states without words of its own: a coded value, a date or a number, a diagnosis.
_CODED = re.compile(
    r"[a-z]+(-[a-z]+)*|[0-9][0-9.:/-]{0,11}|[A-Za-z][0-9][0-9A-Za-z]([0-9A-Za-z.]{0,5})"
)


class Redaction:
    """Takes identifiers out of what a report is given.

    The numbers of claims, lines, patients, subscribers, providers, laboratories, authorizations and
    referrals become tokens, and so do notes of the record; of the date of birth the year stays.

    Args:
        key: what the tokens depend on; whoever has it can find them again.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, identifier: str) -> str:
        """The token of an identifier."""
        made = hmac.new(self._key, identifier.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"X{made.hexdigest()[:_DIGITS].upper()}"

    def record(self, record: ClaimRecord) -> ClaimRecord:
        """A claim without its identifiers."""
        return replace(record, claim=self._claim(record.claim))

    def result(self, claim: ClaimJson, result: ClaimResult) -> ClaimResult:
        """What was said of a claim, its identifiers taken out of every text.

        Args:
            claim: the claim as it was.
            result: what was said of it.
        """
        words = self._words(claim)
        number = self.token(result.claim)
        return replace(
            result,
            claim=number,
            findings=tuple(
                replace(
                    each,
                    claim=number,
                    message=words(each.message),
                    value=None if each.value is None else words(each.value),
                )
                for each in result.findings
            ),
            waived=tuple(
                replace(
                    each,
                    finding=replace(
                        each.finding,
                        claim=number,
                        message=words(each.finding.message),
                        value=None if each.finding.value is None else words(each.finding.value),
                    ),
                )
                for each in result.waived
            ),
            not_checked=tuple(
                replace(each, claim=number, reason=words(each.reason))
                for each in result.not_checked
            ),
            not_covered=tuple(
                replace(each, claim=number, reason=words(each.reason))
                for each in result.not_covered
            ),
        )

    def rejected(self, rejected: RejectedClaim) -> RejectedClaim:
        """A claim that was rejected, without its number."""
        if rejected.claim_id is None:
            return rejected
        return replace(rejected, claim_id=self.token(rejected.claim_id))

    def _claim(self, claim: ClaimJson) -> ClaimJson:
        def without(name: str, value: Any) -> Any:
            if isinstance(value, Mapping):
                return {inner: without(inner, part) for inner, part in value.items()}
            if isinstance(value, list):
                return [without(name, part) for part in value]
            return self._instead(name, value) if _is_identifier(name, value) else value

        made: ClaimJson = without("", claim)
        return made

    def _tokens(self, claim: ClaimJson) -> dict[str, str]:
        """The identifiers of a claim with what takes their place."""
        tokens: dict[str, str] = {}
        stack: list[tuple[str, Any]] = [("", claim)]
        while stack:
            name, value = stack.pop()
            if isinstance(value, Mapping):
                stack += value.items()
            elif isinstance(value, list):
                stack += [(name, part) for part in value]
            elif _is_identifier(name, value):
                tokens[value] = self._instead(name, value)
        return tokens

    def _instead(self, name: str, value: str) -> str:
        """What takes the place of an identifier: of a date of birth, the year stays."""
        return f"{value[:_YEAR]}-01-01" if name == _BORN else self.token(value)

    def _words(self, claim: ClaimJson) -> Callable[[str], str]:
        """Takes the claim's identifiers out of a text."""
        tokens = self._tokens(claim)
        longest_first = sorted(tokens, key=len, reverse=True)
        found = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")
        return lambda text: found.sub(lambda match: tokens[match[0]], text)


def _is_identifier(name: str, value: Any) -> bool:
    """Whether a value says whose claim it is: a number of somebody, or words of a record."""
    if not isinstance(value, str) or not value:
        return False
    if name == _WORDS:
        return _CODED.fullmatch(value) is None
    return name in _IDENTIFIERS or name == _BORN
