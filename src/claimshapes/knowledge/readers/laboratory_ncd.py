"""The spreadsheet of the clinical laboratory NCDs: three lists side by side on one sheet.

Procedures, diagnoses and their dates stand in columns that have nothing to do with each other:
a row names a determination and, of each list, the next entry, if there is one.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from string import ascii_uppercase

from claimshapes.errors import InputError
from claimshapes.knowledge.readers.table_rows import TableRows
from claimshapes.knowledge.recognition import Recognized, last_day, named_rows
from claimshapes.knowledge.rows import converted
from claimshapes.knowledge.sheet import Row
from claimshapes.resources import shipped_directory

_ANY = "every other diagnosis"
_DIAGNOSES = ["group", "diagnosis", "resolution", "valid_from", "valid_through"]
_PROCEDURES = ["policy", "procedure", "group", "valid_from", "valid_through"]
_POLICIES = [
    *("policy", "kind", "number", "title", "jurisdiction", "payers", "not_listed"),
    *("lists_through", "valid_from", "valid_through", "source"),
]


def read_laboratory_ncds(
    recognized: Sequence[Recognized], edition: date, left_out: Counter[str], details: dict[str, str]
) -> dict[str, TableRows]:
    """The tables of the determinations, of their procedures and of their diagnoses.

    Raises:
        InputError: a value is not of its form, or determinations are missing.
    """
    details["coveredThrough"] = last_day(edition, recognized[0].description.period).isoformat()
    diagnoses: set[tuple[str, ...]] = set()
    procedures: set[tuple[str, ...]] = set()
    titles: dict[str, str] = {}
    general: dict[str, str] = {}
    for each in recognized:
        cells = each.layout.cells
        for number, row in named_rows(each):
            # The accessible edition marks what changed with an asterisk in place of a color.
            values = {name: cell.lstrip("*") for name, cell in row.items()}
            try:
                group = f"NCD-{converted(cells['ncd'], _two_decimals(values['ncd']))}"
                policy = group.rstrip(ascii_uppercase)
                if values["title"]:
                    titles.setdefault(policy, values["title"])
                if values["procedure"]:
                    procedures.add(
                        (
                            policy,
                            converted(cells["procedure"], values["procedure"]),
                            group,
                            converted(cells["procedure_from"], values["procedure from"]),
                            converted(cells["procedure_through"], values["procedure through"]),
                        )
                    )
                if not values["diagnosis"]:
                    continue
                resolution = converted(cells["resolution"], values["resolution"])
                if re.fullmatch("@+", values["diagnosis"]):
                    general[policy] = resolution
                    left_out[_ANY] += 1
                    continue
                diagnoses.add(
                    (
                        group,
                        converted(cells["diagnosis"], values["diagnosis"]),
                        resolution,
                        converted(cells["valid_from"], values["first day"]),
                        converted(cells["valid_through"], values["last day"]),
                    )
                )
            except ValueError as error:
                raise InputError(f"row {number}: {error}", file=each.sheet.name) from None
    groups = {group for _, _, group, *_ in procedures}
    if groups != {group for group, *_ in diagnoses}:
        raise InputError("names determinations without procedures or without diagnoses")
    last, first = details["coveredThrough"], recognized[0].description.covers_from
    source = (
        "CMS, Medicare National Coverage Determinations, ICD-10-CM spreadsheet of the clinical"
        f" laboratory NCDs, {edition:%B %Y}"
    )
    known = _shipped_titles()
    facts = recognized[0].description.facts
    policies: list[Row] = []
    for policy in sorted({policy for policy, *_ in procedures}):
        ncd = policy.removeprefix("NCD-")
        title = known.get(policy) or titles.get(policy, ncd)
        policies.append(
            [
                *(policy, facts["kind"], ncd, title, facts["jurisdiction"], facts["payer"]),
                *(general.get(policy, "open"), last, first, "", source),
            ]
        )
    return {
        "ncd-policies": TableRows(_POLICIES, policies),
        "ncd-procedures": TableRows(
            _PROCEDURES, [list(row) for row in procedures], ("policy", "group")
        ),
        "ncd-diagnoses": TableRows(_DIAGNOSES, [list(row) for row in diagnoses]),
    }


def _two_decimals(number: str) -> str:
    """The number of a determination, of which a spreadsheet drops the last zero."""
    return f"{number}0" if re.fullmatch(r"\d{3}\.\d", number) else number


def _shipped_titles() -> dict[str, str]:
    """Few words of ours for the determinations that the package knows."""
    file = shipped_directory("ontology") / "codes" / "ncd" / "ncd-policies.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["policy"]: row["title"] for row in csv.DictReader(stream)}
