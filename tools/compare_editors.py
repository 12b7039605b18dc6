"""Compares the rules with CMS's two claim editors and writes docs/reference/editor-agreement.md.

    pip install -r bench/requirements.txt
    python tools/compare_editors.py [--recorded]

The same generated facility claims go through pyoce (a port of the Integrated Outpatient Code
Editor), msdrg (its Medicare Code Editor) and the rules. The editors' verdicts are kept in
tests/data/editors; with --recorded they are read from there, and the packages are not needed.
Exit status 1 where the share of an editor is below 98% or a difference has no reason.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from claimshapes.checking.checker import Checker  # noqa: E402
from tools.editor_edits import EDITORS, Editor  # noqa: E402
from tools.facility_claims import Claim, inpatient_claims, outpatient_claims  # noqa: E402

RECORD = ROOT / "tests" / "data" / "editors"
PAGE = ROOT / "docs" / "reference" / "editor-agreement.md"
LEAST = 0.98
"""Share of the verdicts that both must have in common."""

_SEX = {"male": 1, "female": 2}
_WITHOUT_OPPS = ("73", "78", "83", "84", "85", "89")


@dataclass(slots=True)
class Verdicts:
    """What an editor and the rules say of each claim.

    Attributes:
        editor: whose edits they are.
        claims: the claims.
        theirs: the edits of the editor, a set for each claim.
        ours: the edits whose rules have a finding, a set for each claim.
    """

    editor: Editor
    claims: list[Claim]
    theirs: list[set[str]]
    ours: list[set[str]] = field(default_factory=list)

    def count(self) -> Mapping[str, Counter[str]]:
        """For each edit, how often it is theirs, ours and both."""
        counts: dict[str, Counter[str]] = {}
        for theirs, ours in zip(self.theirs, self.ours, strict=True):
            for edit in theirs | ours:
                count = counts.setdefault(edit, Counter())
                count["theirs"] += edit in theirs
                count["ours"] += edit in ours
                count["both"] += edit in theirs and edit in ours
        return counts

    def share(self) -> tuple[int, int]:
        """Verdicts in common, and all, of the edits that the rules have."""
        counts = [count for edit, count in self.count().items() if self.editor.rules.get(edit)]
        both = sum(count["both"] for count in counts)
        return both, sum(count["theirs"] + count["ours"] - count["both"] for count in counts)

    def differences(self) -> Iterator[tuple[str, str, str]]:
        """Each claim, edit and side on which the two differ."""
        for claim, theirs, ours in zip(self.claims, self.theirs, self.ours, strict=True):
            for edit in sorted(theirs - ours):
                yield claim["id"], edit, "theirs"
            for edit in sorted(ours - theirs):
                yield claim["id"], edit, "ours"

    def without_reason(self) -> list[str]:
        """Differences for which no reason is stated."""
        return [
            f"{claim}: edit {edit}, {side} only"
            for claim, edit, side in self.differences()
            if not self.editor.reason(edit, side)
        ]


def judge(claims: list[Claim], editor: Editor) -> list[set[str]]:
    """The editor's edits whose rules have a finding, for each claim."""
    edits: dict[str, list[str]] = {}
    for edit, rules in editor.rules.items():
        for rule in rules:
            edits.setdefault(rule, []).append(edit)
    checker = Checker(engine="set", select=sorted(edits), documentation=False)
    return [
        {edit for finding in result.findings for edit in edits[finding.rule]}
        for result in checker.check(claims)
    ]


def run_ioce(claims: Iterable[Claim]) -> list[set[str]]:
    """The edits that pyoce's port of the outpatient code editor gives each claim."""
    from bench.other_editors import pyoce

    component = pyoce().IoceComponent()
    return [_ioce_edits(component.process(_for_ioce(claim))) for claim in claims]


def run_mce(claims: Iterable[Claim]) -> list[set[str]]:
    """The edits that msdrg's Medicare Code Editor gives each claim."""
    import msdrg  # type: ignore[import-not-found]

    editor = msdrg.MceEditor()
    found = [{edit["name"] for edit in editor.edit(_for_mce(claim))["edits"]} for claim in claims]
    editor.close()
    return found


def _for_ioce(claim: Claim) -> dict[str, Any]:
    first, *others = [entry["code"].replace(".", "") for entry in claim["diagnosis"]]
    start = claim["billablePeriod"]["start"].replace("-", "")
    return {
        "claimId": claim["id"],
        "billType": claim["typeOfBill"].removeprefix("0"),
        "oppsFlag": "2" if claim["typeOfBill"][1:3] in _WITHOUT_OPPS else "1",
        "dateStarted": start,
        "dateEnded": claim["billablePeriod"]["end"].replace("-", ""),
        "receiptDate": start,
        "age": str(_age(claim)),
        "sex": str(_SEX[claim["patient"]["sex"]]),
        "principalDiagnosisCode": {"diagnosis": first},
        "secondaryDiagnosisCodeList": [{"diagnosis": code} for code in others],
        "conditionCodeInputList": claim.get("conditionCode", []),
        "lineItemList": [
            {
                "serviceDate": line["serviced"].replace("-", ""),
                "hcpcs": line.get("procedure", ""),
                "revenueCode": line["revenue"],
                "unitsInput": str(line["quantity"]),
                "charge": line["charge"].replace(".", ""),
                "hcpcsModifierInputList": [
                    {"hcpcsModifier": name} for name in line.get("modifier", [])
                ],
            }
            for line in claim["item"]
        ],
    }


def _ioce_edits(answer: Mapping[str, Any]) -> set[str]:
    return {
        str(int(edit))
        for name, edits in answer.items()
        if name.endswith("EditList")
        for edit in edits
    }


def _for_mce(claim: Claim) -> dict[str, Any]:
    first, *others = [entry["code"].replace(".", "") for entry in claim["diagnosis"]]
    return {
        "discharge_date": int(claim["billablePeriod"]["end"].replace("-", "")),
        "age": _age(claim),
        "sex": _SEX[claim["patient"]["sex"]] - 1,
        "discharge_status": 1,
        "pdx": {"code": first},
        "sdx": [{"code": code} for code in others],
        "procedures": [],
    }


def _age(claim: Claim) -> int:
    born = date.fromisoformat(claim["patient"]["birthDate"])
    day = date.fromisoformat(claim["billablePeriod"]["start"])
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def record_file(editor: Editor) -> Path:
    """Where an editor's verdicts are kept."""
    return RECORD / f"{editor.name}.json.gz"


def recorded(editor: Editor) -> Verdicts:
    """The verdicts that are kept, with the claims."""
    with gzip.open(record_file(editor), "rt", encoding="utf-8") as stream:
        entries = json.load(stream)
    return Verdicts(
        editor,
        [entry["claim"] for entry in entries],
        [{editor.same.get(edit, edit) for edit in entry["edits"]} for entry in entries],
    )


def _record(editor: Editor, claims: list[Claim], theirs: list[set[str]]) -> None:
    entries = [
        {"claim": claim, "edits": sorted(edits)}
        for claim, edits in zip(claims, theirs, strict=True)
    ]
    text = (
        "[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries) + "\n]\n"
    )
    with (
        record_file(editor).open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as stream,
    ):
        stream.write(text.encode())


def page(results: Iterable[Verdicts]) -> str:
    """The page of the agreement, as Markdown."""
    parts = [
        "# Agreement with CMS's editors\n",
        "`python tools/compare_editors.py` writes this page. Generated claims, the same ones each"
        " time, go through the two editors and the rules. A verdict is an edit that the editor or a"
        " rule gives a claim; it is shared if both do.\n",
    ]
    for verdicts in results:
        editor = verdicts.editor
        both, everything = verdicts.share()
        alike = sum(
            theirs & editor.compared == ours
            for theirs, ours in zip(verdicts.theirs, verdicts.ours, strict=True)
        )
        parts.append(f"## {editor.title}\n")
        parts.append(
            f"{editor.source} Of {len(verdicts.claims):,} claims, {alike:,} have the same verdicts;"
            f" of {everything:,} verdicts of edits that rules have, {both:,} are shared"
            f" ({both / everything:.1%}).{_edits_without_rules(verdicts)}\n"
        )
        parts += _table(verdicts)
        parts += _reasons(verdicts)
    return "\n".join(parts)


def _edits_without_rules(verdicts: Verdicts) -> str:
    without = [
        (edit, count["theirs"])
        for edit, count in verdicts.count().items()
        if not verdicts.editor.rules.get(edit)
    ]
    if not without:
        return ""
    return (
        f" {len(without)} edits without a rule give {sum(given for _, given in without)} verdicts"
        " more; the last table says why no rule has them."
    )


def _table(verdicts: Verdicts) -> Iterator[str]:
    yield "| edit | what | rules | theirs | ours | both | share |"
    yield "|---|---|---|---|---|---|---|"
    counts = verdicts.count()
    for edit, what in verdicts.editor.edits.items():
        count = counts.get(edit)
        if count is None:
            continue
        union = count["theirs"] + count["ours"] - count["both"]
        rules = ", ".join(f"`{rule}`" for rule in verdicts.editor.rules.get(edit, ()))
        share = f"{count['both'] / union:.0%}" if rules else ""
        yield (
            f"| {edit} | {what} | {rules} | {count['theirs']} | {count['ours']} | {count['both']}"
            f" | {share} |"
        )
    yield ""


def _reasons(verdicts: Verdicts) -> Iterator[str]:
    sides = Counter((edit, side) for _, edit, side in verdicts.differences())
    if not sides:
        return
    yield "Why they differ:\n"
    yield "| edit | only | claims | reason |"
    yield "|---|---|---|---|"
    for edit in verdicts.editor.edits:
        for side, name in (("theirs", "the editor"), ("ours", "the rules")):
            if (edit, side) in sides:
                reason = verdicts.editor.reason(edit, side)
                yield f"| {edit} | {name} | {sides[edit, side]} | {reason} |"
    yield ""


def problems(verdicts: Verdicts) -> list[str]:
    """What is not as it should be: a share below the least, differences without a reason."""
    both, everything = verdicts.share()
    found = verdicts.without_reason()
    unknown = sorted({*verdicts.count()} - {*verdicts.editor.edits})
    found += [f"edit {edit} is not described" for edit in unknown]
    if both < LEAST * everything:
        found.append(f"{verdicts.editor.title}: {both} of {everything} verdicts are shared")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--recorded", action="store_true", help="take the recorded verdicts")
    options = parser.parse_args()
    results = []
    makers = {"ioce": (outpatient_claims, run_ioce), "mce": (inpatient_claims, run_mce)}
    for editor in EDITORS:
        if not options.recorded:
            make, run = makers[editor.name]
            claims = [claim for _, claim in make()]
            _record(editor, claims, run(claims))
        verdicts = recorded(editor)
        verdicts.ours = judge(verdicts.claims, editor)
        results.append(verdicts)
    PAGE.write_text(page(results), encoding="utf-8")
    found = [problem for verdicts in results for problem in problems(verdicts)]
    for problem in found:
        print(problem, file=sys.stderr)
    for verdicts in results:
        both, everything = verdicts.share()
        print(f"{verdicts.editor.title}: {both} of {everything} verdicts shared")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
