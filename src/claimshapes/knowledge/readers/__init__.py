"""Readers of published files whose rows are not one to one with those of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from claimshapes.knowledge.readers.code_editor_lists import read_code_editor_lists
from claimshapes.knowledge.readers.coverage_database import read_coverage_database
from claimshapes.knowledge.readers.diagnosis_codes import read_diagnosis_codes
from claimshapes.knowledge.readers.diagnosis_conversions import read_diagnosis_conversions
from claimshapes.knowledge.readers.laboratory_ncd import read_laboratory_ncds
from claimshapes.knowledge.readers.table_rows import TableRows
from claimshapes.knowledge.recognition import Recognized

Reader = Callable[[Sequence[Recognized], date, Counter[str], dict[str, str]], dict[str, TableRows]]
"""Makes tables of the sheets of a release; counts what it leaves out, and adds details."""

READERS: dict[str, Reader] = {
    "code-editor-lists": read_code_editor_lists,
    "coverage-database": read_coverage_database,
    "diagnosis-codes": read_diagnosis_codes,
    "diagnosis-conversions": read_diagnosis_conversions,
    "laboratory-ncd": read_laboratory_ncds,
}

__all__ = ["READERS", "Reader", "TableRows"]
