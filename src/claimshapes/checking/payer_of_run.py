"""The payer that claims are checked for, where a run says another than the claims do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from claimshapes.checking.contractors import Contractor
from claimshapes.claims.claim import ClaimReading, ClaimRecord
from claimshapes.claims.readers.payer_map import PayerMap


class PayerOfRun:
    """Puts payers in the place of those that claims state.

    Args:
        payer: id of the payer of every claim.
        payers: says which payers of the ontology the ids and names of the claims' payers mean.
        contractor: has the claims of the payers that it is narrower than.
    """

    def __init__(
        self, payer: str | None, payers: PayerMap | None, contractor: Contractor | None
    ) -> None:
        self._payer = payer
        self._payers = payers
        self._contractor = contractor

    def through(self, readings: Iterable[ClaimReading]) -> Iterable[ClaimReading]:
        """What a reader gives, claims with the payer of the run, if it has one."""
        changed = self._payer or self._payers or self._contractor
        return map(self.of, readings) if changed else readings

    def of(self, reading: ClaimReading) -> ClaimReading:
        """What a reader gave; a claim with the payer of the run, if it has one."""
        return self.of_record(reading) if isinstance(reading, ClaimRecord) else reading

    def of_record(self, record: ClaimRecord) -> ClaimRecord:
        """The claim with the payer of the run, if it has one."""
        own = str(record.claim["payer"])
        payer = self._payer
        if payer is None and self._payers is not None:
            payer = self._payers.payer((*record.payer_names, own))
        if self._contractor is not None and (payer or own) in self._contractor.broader:
            payer = self._contractor.payer
        if payer is None or payer == own:
            return record
        return replace(record, claim={**record.claim, "payer": payer})
