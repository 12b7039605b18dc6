"""Importing published files: what is taken, what is refused, and what findings become of it."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claimshapes import Checker
from claimshapes.errors import InputError
from claimshapes.knowledge.folder import KnowledgeFolder
from claimshapes.knowledge.importing import ImportOptions, ImportReport, import_files
from tests.knowledge.published_files import (
    MUE_NAMES,
    csv_bytes,
    mue_rows,
    ptp_rows,
    ptp_text,
    written,
    xlsx_bytes,
    zip_bytes,
)

pytestmark = pytest.mark.usefixtures("small")

LIMITS = {"97110": 6, "97112": 4, "97140": 6, "99213": 2, "80061": 1, "J1100": 120}
PAIRS = [
    ("97530", "97140", "20200101", "*", "1"),
    ("97012", "97140", "19960101", "20261231", "1"),
    ("97140", "97110", "19960101", "19990401", "0"),
    ("97140", "97110", "20261001", "*", "0"),
    ("99213", "97110", "20200101", "20200101", "9"),
]
"""Column 1, column 2, first day, last day, indicator."""


def import_(folder: KnowledgeFolder, *files: Path, **options: Any) -> list[ImportReport]:
    options = {"accept_changes": True, **options}
    return import_files(files, folder, ImportOptions(**options))


def mue_file(
    place: Path,
    day: str = "10-01-2026",
    kind: str = "mue-practitioner",
    limits: Mapping[str, int] | None = None,
) -> Path:
    content = csv_bytes(mue_rows(kind, {**LIMITS, **(limits or {})}))
    return written(place, MUE_NAMES[kind].format(day), content)


@pytest.mark.parametrize("kind", MUE_NAMES)
def test_mue_as_published(folder: KnowledgeFolder, tmp_path: Path, kind: str) -> None:
    report = import_(folder, mue_file(tmp_path, kind=kind))[0]
    assert (report.outcome, report.rows) == ("imported", len(LIMITS))
    release = folder.releases()[0]
    assert (release.data_set, str(release.edition)) == (kind, "2026-10-01")
    assert str(release.covered_through) == "2026-12-31"
    assert [source.name for source in release.sources] == [MUE_NAMES[kind].format("10-01-2026")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Eff_10-01-2026.xlsx", lambda rows: xlsx_bytes(rows)),
        ("mue_Eff_10-01-2026.zip", lambda rows: zip_bytes({"a/mue.csv": csv_bytes(rows)})),
        ("Eff_10-01-2026.csv", lambda rows: csv_bytes(rows, "utf-8-sig")),
        ("Eff_10-01-2026.csv", lambda rows: csv_bytes(rows, "utf-16")),
        ("Eff_10-01-2026.txt", lambda rows: csv_bytes(rows).replace(b",", b"\t")),
    ],
    ids=["xlsx", "zip", "utf-8", "utf-16", "tabs"],
)
def test_forms_of_a_file_give_the_same_table(
    folder: KnowledgeFolder,
    tmp_path: Path,
    name: str,
    content: Callable[[list[list[str]]], bytes],
) -> None:
    rows = mue_rows("mue-practitioner", LIMITS)
    import_(folder, written(tmp_path, name, content(rows)))
    other = KnowledgeFolder(tmp_path / "other")
    import_(other, mue_file(tmp_path))
    made, expected = (each.releases()[0].tables[0].sha256 for each in (folder, other))
    assert made == expected


def test_importing_again_changes_nothing(folder: KnowledgeFolder, tmp_path: Path) -> None:
    file = mue_file(tmp_path)
    import_(folder, file)
    before = folder.index.read_bytes()
    assert import_(folder, file)[0].outcome == "unchanged"
    assert folder.index.read_bytes() == before


def test_a_file_of_what_is_shipped_is_no_change(
    folder: KnowledgeFolder, tmp_path: Path, small: Path
) -> None:
    report = import_(folder, mue_file(tmp_path, "04-01-2026"))[0]
    assert report.before is not None and report.before.supplied_by == "shipped"


def test_dry_run_writes_nothing(folder: KnowledgeFolder, tmp_path: Path) -> None:
    report = import_(folder, mue_file(tmp_path), dry_run=True)[0]
    assert report.outcome == "would be imported"
    assert not folder.path.exists()


def test_changes_are_told_with_examples(folder: KnowledgeFolder, tmp_path: Path) -> None:
    import_(folder, mue_file(tmp_path))
    later = mue_file(tmp_path, "01-01-2027", limits={"97110": 4, "20560": 1})
    report = import_(folder, later)[0]
    assert report.changes is not None
    assert {kind: n for kind, n in report.changes.counts.items() if n} == {"added": 1, "changed": 1}
    assert report.changes.examples["changed"] == [
        "97110: 6 3 Clinical: Data becomes 4 3 Clinical: Data"
    ]
    assert json.dumps(report.as_object())


REFUSED: dict[str, tuple[Callable[[Path], Path], str, dict[str, Any]]] = {
    "wrong header": (
        lambda place: written(
            place,
            "Eff_10-01-2026.csv",
            csv_bytes(mue_rows("mue-practitioner", LIMITS)).replace(b"MUE Rationale", b"Reason"),
        ),
        "none of the layouts",
        {},
    ),
    "swapped": (
        lambda place: mue_file(place, kind="mue-outpatient"),
        "is of mue-outpatient, not of mue-practitioner",
        {"data_set": "mue-practitioner"},
    ),
    "wrong quarter": (
        lambda place: mue_file(place),
        "different periods: 2026-10-01 by .*; 2027-01-01 by --quarter",
        {"period": date(2027, 1, 1)},
    ),
    "no quarter": (
        lambda place: mue_file(place).rename(place / "mue.csv"),
        "does not say for which period",
        {},
    ),
    "older": (lambda place: mue_file(place, "01-01-2026"), "older than the shipped one", {}),
    "cut within a row": (
        lambda place: written(
            place,
            "Eff_10-01-2026.csv",
            csv_bytes(mue_rows("mue-practitioner", LIMITS))[:-50],
        ),
        "row 8: the column",
        {},
    ),
    "code form": (
        lambda place: mue_file(place, limits={"9711": 2, "97x": 3, "9 7": 1, "toolong": 1}),
        "the column code holds",
        {},
    ),
    "contradiction": (
        lambda place: written(
            place,
            "Eff_10-01-2026.csv",
            csv_bytes([*mue_rows("mue-practitioner", LIMITS), ["97110", "9", "2 x", "y"]]),
        ),
        "two rows that differ for 97110",
        {},
    ),
    "formula": (
        lambda place: written(
            place,
            "Eff_10-01-2026.xlsx",
            xlsx_bytes([*mue_rows("mue-practitioner", LIMITS), ["97113", "=1+1", "3 x", "y"]]),
        ),
        "holds a formula",
        {},
    ),
    "not text": (
        lambda place: written(place, "Eff_10-01-2026.csv", b"\x00\x01" * 90),
        "neither text nor an Excel file",
        {},
    ),
    "old Excel": (
        lambda place: written(place, "mue.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 90),
        "Excel before 2007",
        {},
    ),
    "cut archive": (
        lambda place: written(
            place, "mue.zip", zip_bytes({"mue.csv": csv_bytes(mue_rows("mue-dme", LIMITS))})[:-40]
        ),
        "not a whole zip archive",
        {},
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(folder: KnowledgeFolder, tmp_path: Path, case: str) -> None:
    make, reason, options = REFUSED[case]
    with pytest.raises(InputError, match=reason):
        import_(folder, make(tmp_path), **options)
    assert not folder.path.exists()


def test_truncated(folder: KnowledgeFolder, tmp_path: Path) -> None:
    import_(folder, mue_file(tmp_path))
    rows = mue_rows("mue-practitioner", {"97110": 6, "97112": 4})
    cut = written(tmp_path, "Eff_01-01-2027.csv", csv_bytes(rows))
    with pytest.raises(InputError, match=r"2 rows after 6 .*truncated"):
        import_(folder, cut, accept_changes=False)


def test_too_many_changes(folder: KnowledgeFolder, tmp_path: Path) -> None:
    import_(folder, mue_file(tmp_path))
    other = mue_file(tmp_path, "01-01-2027", limits=dict.fromkeys(LIMITS, 77))
    with pytest.raises(InputError, match="100% of the rows are others"):
        import_(folder, other, accept_changes=False)


def test_an_older_release_on_purpose(folder: KnowledgeFolder, tmp_path: Path) -> None:
    assert import_(folder, mue_file(tmp_path, "01-01-2026"), older=True)[0].outcome == "imported"


def test_interrupted_import_leaves_the_old_state(
    folder: KnowledgeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_(folder, mue_file(tmp_path))
    before = folder.index.read_bytes()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("claimshapes.knowledge.folder.replace_file", interrupt)
        with pytest.raises(KeyboardInterrupt):
            import_(folder, mue_file(tmp_path, "01-01-2027"))
    assert folder.index.read_bytes() == before
    assert len(folder.releases()) == 1
    import_(folder, mue_file(tmp_path, "01-01-2027", limits={"97110": 5}))
    assert len(list((folder.path / "tables").iterdir())) == 2


def test_killed_at_any_point_it_leaves_the_old_state_or_the_new(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    """A process that is killed before each step that touches the folder, one step after another."""
    import_(folder, mue_file(tmp_path))
    old = folder.index.read_bytes()
    later = mue_file(tmp_path, "01-01-2027", limits={"97110": 5})
    names = []
    for step in range(1, 40):
        child = os.fork()
        if child == 0:
            _killed_at(step, folder, later)
        _, status = os.waitpid(child, 0)
        names = [release.name for release in folder.releases()]
        for release in folder.releases():
            for table in release.tables:
                folder.table_content(table)
        if not os.WIFSIGNALED(status):
            break
        assert names == ["mue-practitioner/2026-10-01"] or len(names) == 2
        folder.index.write_bytes(old)
    assert step > 5
    assert names == ["mue-practitioner/2026-10-01", "mue-practitioner/2027-01-01"]
    assert import_(folder, later)[0].outcome == "unchanged"


def _killed_at(step: int, folder: KnowledgeFolder, file: Path) -> None:
    """Imports in a process of its own, which is killed before a step that touches the folder."""
    count = 0
    events = {"open", "os.rename", "os.remove", "os.mkdir", "shutil.copyfile", "os.chmod"}

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event in events and any(str(folder.path) in str(each) for each in arguments):
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)
    try:
        import_(folder, file)
    finally:
        os._exit(0)


def test_full_disk_leaves_the_old_state(
    folder: KnowledgeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_(folder, mue_file(tmp_path))
    old = folder.index.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    later = mue_file(tmp_path, "01-01-2027", limits={"97110": 5})
    for place in (
        "claimshapes.knowledge.folder.shutil.copyfile",
        "claimshapes.knowledge.folder.replace_file",
        "claimshapes.knowledge.imported_tables.shutil.copyfileobj",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(place, full)
            with pytest.raises((InputError, OSError), match="No space left on device"):
                import_(folder, later)
        assert folder.index.read_bytes() == old
        assert [release.name for release in folder.releases()] == ["mue-practitioner/2026-10-01"]
    assert import_(folder, later)[0].outcome == "imported"


def test_one_refused_file_leaves_all_out(folder: KnowledgeFolder, tmp_path: Path) -> None:
    good = mue_file(tmp_path)
    with pytest.raises(InputError):
        import_(folder, good, written(tmp_path, "other.csv", b"a,b\n1,2\n"))
    assert not folder.path.exists()


def test_changed_table_is_refused(folder: KnowledgeFolder, tmp_path: Path) -> None:
    import_(folder, mue_file(tmp_path))
    folder.file(folder.releases()[0].tables[0]).write_bytes(b"")
    with pytest.raises(InputError, match="changed since it was imported"):
        Checker(knowledge=folder.path)


def claim(day: str, *lines: tuple[str, int]) -> dict[str, Any]:
    return {
        "id": f"C-{day}",
        "type": "professional",
        "patient": {"id": "P1", "birthDate": "1980-01-01", "sex": "female"},
        "payer": "medicare",
        "billingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": 1, "code": "M54.59"}],
        "item": [
            {
                "sequence": number,
                "procedure": code,
                "serviced": day,
                "quantity": units,
                "diagnosisSequence": [1],
            }
            for number, (code, units) in enumerate(lines, 1)
        ],
    }


def found(
    folder: KnowledgeFolder, rules: set[str], *claims: dict[str, Any]
) -> list[list[tuple[str, str]]]:
    """The findings of both engines, which agree."""
    numbered = [{**claim, "id": f"C{number}"} for number, claim in enumerate(claims)]
    said = []
    for engine in ("reference", "set"):
        checker = Checker(knowledge=folder.path, select=rules, engine=engine)
        said.append(
            [
                sorted((finding.rule, finding.message) for finding in result.findings)
                for result in checker.check(numbered)
            ]
        )
    assert said[0] == said[1]
    return said[0]


def test_the_newest_release_that_covers_a_date_wins(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    import_(folder, mue_file(tmp_path, limits={"97110": 5}))
    import_(folder, mue_file(tmp_path, "01-01-2027", limits={"97110": 4}))
    old, new, next_ = found(
        folder,
        {"PX-MUE", "PX-MUE-CLINICAL", "PX-MUE-LINE"},
        claim("2026-05-05", ("97110", 7)),
        claim("2026-11-02", ("97110", 6)),
        claim("2027-02-02", ("97110", 5)),
    )
    assert "practitioner table" in old[0][1] and "of 6" in old[0][1]
    assert "of 5" in new[0][1] and "2026 Q4" in new[0][1]
    assert "of 4" in next_[0][1] and "2027 Q1" in next_[0][1]


def ptp_file(place: Path, version: str = "v331r0", **also: str) -> Path:
    return written(place, f"ccipra-{version}-f1.txt", ptp_text(PAIRS))


def test_ptp_judges_any_date_by_the_newest_table(folder: KnowledgeFolder, tmp_path: Path) -> None:
    report = import_(folder, ptp_file(tmp_path))[0]
    assert report.rows == 4
    assert list(report.left_out.values()) == [1]
    release = folder.releases()[0]
    assert (str(release.edition), str(release.valid_from)) == ("2027-04-01", "1996-01-01")
    rules = {"PX-PTP0", "PX-PTP1", "PX-PTP0-WARNING", "PX-PTP1-WARNING"}
    results = found(
        folder,
        rules,
        claim("2016-03-03", ("97012", 1), ("97140", 1)),
        claim("2027-01-04", ("97012", 1), ("97140", 1)),
        claim("2026-09-30", ("97140", 1), ("97110", 1)),
        claim("2026-10-01", ("97140", 1), ("97110", 1)),
        claim("2019-12-31", ("97530", 1), ("97140", 1)),
        claim("2020-01-01", ("97530", 1), ("97140", 1)),
    )
    assert [[rule for rule, _ in each] for each in results] == [
        ["PX-PTP1"],
        [],
        [],
        ["PX-PTP0"],
        [],
        ["PX-PTP1"],
    ]
    assert "quarter of 2027-04-01" in results[0][0][1]


def test_nothing_is_not_checked_before_the_first_quarter(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    early = claim("2016-03-03", ("97012", 1), ("97140", 1))
    nothing = tmp_path / "nothing"
    shipped = next(iter(Checker(select={"PX-PTP1"}, knowledge=nothing).check([early])))
    assert [each.rule for each in shipped.not_checked] == ["PX-PTP1"]
    import_(folder, ptp_file(tmp_path))
    result = next(iter(Checker(select={"PX-PTP1"}, knowledge=folder.path).check([early])))
    assert not result.not_checked
    assert [each.rule for each in result.findings] == ["PX-PTP1"]


def test_parts_of_a_release_in_archives(folder: KnowledgeFolder, tmp_path: Path) -> None:
    first = zip_bytes({"ccipra-v331r0-f1.txt": ptp_text(PAIRS[:2])})
    second = zip_bytes({"ccipra-v331r0-f2.xlsx": xlsx_bytes(ptp_rows(PAIRS[2:]))})
    parts = [
        written(tmp_path, f"ccipra-v331r0-f{number}.zip", content)
        for number, content in ((1, first), (2, second))
    ]
    report = import_(folder, *parts)[0]
    assert report.rows == 4
    assert len(report.release.sources) == 2


def test_workbook_beside_its_text_is_not_read(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = csv_bytes(mue_rows("mue-practitioner", LIMITS))
    name = MUE_NAMES["mue-practitioner"].format("10-01-2026")
    workbook = name.replace(".csv", ".XLSX")
    both = written(tmp_path, "mue.zip", zip_bytes({name: rows, workbook: b"PK\x03\x04 cut"}))
    assert import_(folder, both)[0].outcome == "imported"
    alone = written(tmp_path, "mue.zip", zip_bytes({workbook: b"PK\x03\x04 cut"}))
    with pytest.raises(InputError, match="not a whole zip archive"):
        import_(folder, alone)


def test_overlapping_pair(folder: KnowledgeFolder, tmp_path: Path) -> None:
    pairs = [*PAIRS, ("97530", "97140", "20210101", "*", "0")]
    with pytest.raises(InputError, match="hold on the same day for 97530 97140"):
        import_(folder, written(tmp_path, "ccipra-v331r0-f1.txt", ptp_text(pairs)))


def test_hospital_file_by_a_wrong_name(
    folder: KnowledgeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of both kinds have the same header; what is in them tells them apart."""
    monkeypatch.setattr("claimshapes.knowledge.import_refusals._ENOUGH", 2)
    import_(folder, written(tmp_path, "ccipra-v331r0-f1.txt", ptp_text(PAIRS)))
    other = [
        (one, two, first, last, "0" if by == "1" else "1")
        for one, two, first, last, by in PAIRS[:4]
    ]
    import_(folder, written(tmp_path, "ccioph-v331r0-f1.txt", ptp_text(other)))
    later = written(tmp_path, "ccipra-v332r0-f1.txt", ptp_text(other))
    with pytest.raises(InputError, match="it is of ncci-ptp-hospital"):
        import_(folder, later)


def test_unlikely_edits_under_the_heading_of_others(
    folder: KnowledgeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimshapes.knowledge.import_refusals._ENOUGH", 5)
    import_(folder, mue_file(tmp_path))
    others = {code: units + 1 for code, units in LIMITS.items()}
    import_(folder, mue_file(tmp_path, kind="mue-outpatient", limits=others))
    swapped = mue_file(tmp_path, "01-01-2027", "mue-outpatient", LIMITS)
    with pytest.raises(InputError, match="it is of mue-practitioner"):
        import_(folder, swapped)
    assert len(folder.releases()) == 2


def test_archive_that_names_a_file_outside(folder: KnowledgeFolder, tmp_path: Path) -> None:
    for name in ("../evil.csv", "/etc/evil.csv", "..\\evil.csv"):
        with pytest.raises(InputError, match="outside of the archive"):
            import_(folder, written(tmp_path, "a.zip", zip_bytes({name: b"x"})))


def test_zip_bomb(folder: KnowledgeFolder, tmp_path: Path) -> None:
    file = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("mue.csv", "w") as member,
    ):
        for _ in range(64):
            member.write(b"0" * (1 << 20))
    with pytest.raises(InputError, match="times its size"):
        import_(folder, file)


def test_too_many_rows(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = mue_rows("mue-practitioner", {f"{n:05}": 1 for n in range(40_100)})
    with pytest.raises(InputError, match="more than 40,000 rows"):
        import_(folder, written(tmp_path, "Eff_10-01-2026.csv", csv_bytes(rows)))


def test_too_many_columns(folder: KnowledgeFolder, tmp_path: Path) -> None:
    file = written(tmp_path, "Eff_10-01-2026.csv", b",".join([b"a"] * 100_000) + b"\n")
    with pytest.raises(InputError, match="more than 400 columns"):
        import_(folder, file)


def test_workbook_with_entities(folder: KnowledgeFolder, tmp_path: Path) -> None:
    file = written(tmp_path, "a.xlsx", xlsx_bytes([["a"]]))
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/workbook.xml"] = members["xl/workbook.xml"].replace(
        b"<workbook", b'<!DOCTYPE a [<!ENTITY a "b">]><workbook', 1
    )
    with pytest.raises(InputError, match="declares entities"):
        import_(folder, written(tmp_path, "b.xlsx", zip_bytes(members)))
