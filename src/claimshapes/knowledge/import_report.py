"""What an import did, or would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from claimshapes.knowledge.comparison import Changes
from claimshapes.knowledge.descriptions import DataSetImport
from claimshapes.knowledge.folder import UserRelease
from claimshapes.knowledge.loaded import LoadedTable


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do.

    Attributes:
        description: the data set.
        release: the release that was made.
        rows: rows of its table.
        left_out: rows of the files that are not in it, by the reason.
        repeated: rows that the files hold more than once.
        before: the release that it was compared with, if one is loaded.
        changes: what is other than in that.
        outcome: ``imported``, ``unchanged`` or ``would be imported``.
        passed_over: sheets of the files that are none of the data set's.
    """

    description: DataSetImport
    release: UserRelease
    rows: int
    left_out: dict[str, int]
    repeated: int
    before: LoadedTable | None
    changes: Changes | None
    outcome: str
    layouts: list[str]
    passed_over: list[str] = field(default_factory=list)

    def as_object(self) -> dict[str, Any]:
        """The report as JSON has it."""
        release = self.release
        changes = self.changes
        return {
            "dataSet": release.data_set,
            "title": self.description.title,
            "outcome": self.outcome,
            "edition": release.edition.isoformat(),
            "label": release.label,
            "validFrom": release.valid_from.isoformat(),
            "coveredThrough": release.covered_through.isoformat(),
            "layouts": self.layouts,
            "rows": self.rows,
            "leftOut": self.left_out,
            "repeated": self.repeated,
            "sources": [
                {"name": source.name, "sha256": source.sha256, "size": source.size}
                for source in release.sources
            ],
            "passedOver": self.passed_over,
            "comparedWith": None
            if self.before is None
            else {
                "edition": self.before.edition.isoformat(),
                "suppliedBy": self.before.supplied_by,
            },
            "changes": None
            if changes is None
            else {
                "asOf": None if changes.as_of is None else changes.as_of.isoformat(),
                **changes.counts,
                "share": round(changes.share, 4),
                "examples": changes.examples,
            },
            "notice": self.description.notice or None,
        }
