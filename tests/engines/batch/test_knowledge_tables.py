"""What of the knowledge a batch takes: the rows of large tables whose codes one claim has."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from claimshapes.claims.run_days import RunDays
from claimshapes.engines.batch.tables.batch_tables import BatchTables
from claimshapes.engines.batch.tables.claim_tables import ClaimTables
from claimshapes.engines.batch.tables.knowledge_file import attach_knowledge
from claimshapes.engines.batch.tables.knowledge_tables import KnowledgeTables
from claimshapes.engines.batch.tables.property_tables import Catalog, Table
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.rdf.vocabulary import CS_NS, ICD_NS

CAROTID, NEEDLING = "93880", "20560"
STENOSIS, NECK = "I65.21", "M54.2"


class Reached:
    """The objects of a property that batches reach."""

    def __init__(self, name: str) -> None:
        knowledge = Knowledge.open()
        self._tables = BatchTables(duckdb.connect())
        attach_knowledge(self._tables.connection, knowledge.sources)
        catalog = Catalog()
        self._claims = ClaimTables(catalog, knowledge)
        self._knowledge = KnowledgeTables(catalog, self._tables.connection)
        self._table: Table = next(table for table in catalog.of(CS_NS + name) if not table.scoped)
        self._needed = {self._table, *self._knowledge.reached_by}
        self._claims.create(self._tables, self._needed)
        self._tables.declare([self._table])

    def by(self, *claims: tuple[str, str]) -> set[str]:
        """The objects for a batch of claims, each of one diagnosis and one service."""
        self._tables.begin()
        batch = (
            (
                f"urn:{number}",
                {
                    "id": f"C-{number}",
                    "diagnosis": [{"sequence": 1, "code": diagnosis}],
                    "item": [{"sequence": 1, "procedure": service}],
                },
            )
            for number, (diagnosis, service) in enumerate(claims)
        )
        self._claims.fill(self._tables, batch, self._needed, RunDays(date(2026, 1, 1)))
        self._knowledge.fill(self._tables, self._needed)
        rows = self._tables.connection.execute(f"SELECT o FROM {self._table.name}").fetchall()
        named = self._tables.connection.execute("SELECT n, text FROM term").fetchall()
        texts: dict[object, str] = dict(named)
        return {texts.get(value, value) for (value,) in rows}


@pytest.fixture(scope="module")
def listed() -> Reached:
    """The diagnoses of the lists of policies."""
    return Reached("listedDiagnosis")


def test_headings_of_a_claims_diagnosis_reach_the_lists_of_its_service(listed: Reached) -> None:
    assert listed.by((STENOSIS, CAROTID)) == {f"{ICD_NS}I65"}


def test_codes_of_two_claims_reach_no_row_together(listed: Reached) -> None:
    assert listed.by((NECK, CAROTID), (STENOSIS, NEEDLING)) == set()
    assert listed.by((NECK, CAROTID), (STENOSIS, NEEDLING), (NECK, NEEDLING)) == {f"{ICD_NS}M54"}
