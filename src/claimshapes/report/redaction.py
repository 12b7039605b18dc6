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


class Redaction:
    """Takes identifiers out of what a report is given.

    The claim's number, the patient's, providers' NPIs, authorization numbers and the numbers of
    other claims become tokens; of the date of birth the year stays.

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
        made = dict(claim)
        made["id"] = self.token(claim["id"])
        made["patient"] = patient = dict(claim["patient"])
        if "id" in patient:
            patient["id"] = self.token(patient["id"])
        if "birthDate" in patient:
            patient["birthDate"] = f"{patient['birthDate'][:_YEAR]}-01-01"
        made["billingProvider"] = self._with_tokens(claim["billingProvider"], "npi")
        if "priorAuthorization" in claim:
            made["priorAuthorization"] = [self.token(each) for each in claim["priorAuthorization"]]
        if "history" in claim:
            made["history"] = [self._with_tokens(each, "claim", "npi") for each in claim["history"]]
        return made

    def _with_tokens(self, part: Mapping[str, Any], *names: str) -> dict[str, Any]:
        return {name: self.token(value) if name in names else value for name, value in part.items()}

    def _words(self, claim: ClaimJson) -> Callable[[str], str]:
        """Takes the claim's identifiers out of a text."""
        known = {claim["id"], claim["patient"].get("id"), claim["billingProvider"]["npi"]}
        known.update(claim.get("priorAuthorization", ()))
        for each in claim.get("history", ()):
            known |= {each.get("claim"), each.get("npi")}
        tokens = {identifier: self.token(identifier) for identifier in known if identifier}
        born = claim["patient"].get("birthDate")
        if born:
            tokens[born] = f"{born[:_YEAR]}-01-01"
        longest_first = sorted(tokens, key=len, reverse=True)
        found = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")
        return lambda text: found.sub(lambda match: tokens[match[0]], text)
