"""Which rules check which claim, chosen once for all claims of a kind."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from claimshapes.checking.basis import Basis
from claimshapes.claims.claim import ClaimJson
from claimshapes.knowledge.format_terms import format_terms
from claimshapes.names import named
from claimshapes.rules.selection import Selection

_RULES = ("rule", "claimshapes rules list")


class Selections:
    """The rules for claims, by their payers, their kind and what came with them.

    Args:
        basis: the rules.
        select: ids of the only rules to check by, or patterns; all of them when absent.
        ignore: ids of rules to leave out, or patterns.
        documentation: whether the record that came with a claim is read.

    Raises:
        InputError: ``select`` or ``ignore`` names no rule.

    Attributes:
        chosen: ids of all rules that check some claim.
    """

    def __init__(
        self,
        basis: Basis,
        select: Iterable[str] | None,
        ignore: Iterable[str],
        *,
        documentation: bool,
    ) -> None:
        book = basis.book
        self._basis = basis
        self.select = None if select is None else named(select, book.rules, *_RULES)
        self.ignore = named(ignore, book.rules, *_RULES)
        self._documentation = documentation
        self.chosen = frozenset(
            rule.id
            for rule in book
            if rule.status == "active"
            and (self.select is None or rule.id in self.select)
            and rule.id not in self.ignore
        )
        self._named_payers = book.named_payers()
        self._known: dict[tuple[frozenset[str], str, bool, bool], Selection] = {}

    def of(
        self, claim: ClaimJson, payers: frozenset[str], claim_type: str, *, void: bool
    ) -> Selection:
        """The rules for a claim.

        Args:
            claim: the claim.
            payers: IRIs of its payer and its broader payers.
            claim_type: IRI of its kind.
            void: whether it takes an original back and repeats it.
        """
        record = self._has_record(claim)
        # Others are alike to every rule, and there may be any number of them.
        key = (payers & self._named_payers, claim_type, record, void)
        selection = self._known.get(key)
        if selection is None:
            rules = self._basis.book.select(
                payers, claim_type, only=self.select, ignore=self.ignore
            )
            selection = self._known[key] = Selection(rules, record=record, void=void)
        return selection

    def _has_record(self, claim: ClaimJson) -> bool:
        if not self._documentation or "documentation" not in claim:
            return False
        facts = claim["documentation"]
        for fact in facts:
            if fact["type"] not in self._on_claim_form:
                return True
        return not facts

    @cached_property
    def _on_claim_form(self) -> frozenset[str]:
        with self._basis.in_use():
            return format_terms().on_claim_form
