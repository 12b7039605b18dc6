from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from click.testing import Result
from jsonschema import Draft202012Validator

from claimshapes.checking import checker
from claimshapes.cli import check_parts
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.report.formats import CONTINUABLE_FORMATS, REPORT_FORMATS
from tests.cli.conftest import ONLY, a_claim, expired

Run = Callable[..., Result]
Write = Callable[..., Path]


def document_of(result: Result) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_nothing_found(run: Run, claims: Write) -> None:
    result = run("check", *ONLY, claims(a_claim()))
    assert result.exit_code == 0
    assert "Claim C-1  payer medicare-b" in result.stdout
    assert "clean: no findings, 3 rules in force" in result.stdout
    assert result.stderr == ""


def test_several_jobs_write_the_same_report(
    run: Run, claims: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "BATCH", 5)
    made = [(expired if n % 3 else a_claim)(id=f"C-{n}") for n in range(12)]
    file = claims(*made, {"id": "bad"}, *made[:1])
    options = ("--engine", "set", "--format", "json", file)
    alone = run("check", *ONLY, *options)
    beside = run("check", *ONLY, "--jobs", "2", *options)
    assert (beside.exit_code, beside.stdout, beside.stderr) == (2, alone.stdout, alone.stderr)
    assert document_of(beside)["claims"] == 12
    assert run("check", "--jobs", "0", file).exit_code == 2


@pytest.mark.parametrize("output_format", CONTINUABLE_FORMATS)
def test_parts_that_jobs_write_make_the_same_report(
    run: Run, claims: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output_format: str
) -> None:
    monkeypatch.setattr(check_parts, "BATCH", 4)
    monkeypatch.setattr(check_parts, "_LEAST_BYTES", 1)
    parts: list[int] = []
    written = check_parts.Parts.written

    def counted(self: Any, contents: Any) -> Iterator[Any]:
        for part in written(self, contents):
            parts.append(part.readings)
            yield part

    monkeypatch.setattr(check_parts.Parts, "written", counted)
    made = [json.dumps((expired if n % 3 else a_claim)(id=f"C-{n}")) for n in range(10)]
    # A claim that is cut, its rest, a name twice, claims again in other parts.
    lines = [
        *made[:5],
        made[5][:200],
        made[5][200:],
        '{"id":"C-6","id":"C-7"}',
        *made[6:],
        *made[:2],
    ]
    report = '{"kind":"claim","verdict":"clean","rulesInForce":3}'
    files = [tmp_path / f"{name}.ndjson" for name in ("damaged", "report", "last")]
    files[0].write_text("\n".join(lines))
    files[1].write_text("\n".join([*made[:6], report, *made]))
    files[2].write_text("\n".join(made[:3]))
    whole = claims(a_claim(id="C-1"))
    options = (*ONLY, "--engine", "set", "--format", output_format, *files[:2], whole, files[2])
    alone = run("check", *options)
    assert not parts
    beside = run("check", "--jobs", "2", *options)
    assert (beside.exit_code, beside.stdout, beside.stderr) == (2, alone.stdout, alone.stderr)
    assert len(parts) > 4


def test_a_finding_says_everything(run: Run, claims: Write) -> None:
    result = run("check", *ONLY, "--verbose", claims(expired()))
    assert result.exit_code == 1
    text = " ".join(result.stdout.split())
    for part in (
        "violation DX-DATE M54.5 is not valid on 2026-05-04",
        "where diagnosis 1, code M54.5 (box 21A; 837 loop 2300 HI01-2)",
        "pointer /diagnosis/0/code",
        "why The code set named by HIPAA is the one in force on the date of service",
        "what to do Report a code that is valid on the date of service and that the record",
        "prevents CARC 146 (the diagnosis was not valid on the date of service)",
        "source Medicare Code Editor, ICD-10-CM code table",
        "claims 1 read = 1 checked + 0 rejected clean 0 (0.0%)",
        "1 violation, 0 warnings, 0 info",
    ):
        assert part in text


def test_the_layout_is_that_of_the_report_for_people(run: Run, claims: Write) -> None:
    file = claims(expired())
    assert ": C-1: violation DX-DATE" in run("check", *ONLY, "--concise", file).stdout
    assert "Findings by payer" in run("check", *ONLY, "--group-by", "payer", file).stdout
    assert run("check", *ONLY, "--statistics", "--format", "csv", file).exit_code == 2


@pytest.mark.parametrize("output_format", REPORT_FORMATS)
def test_nothing_about_the_patient_is_printed(run: Run, claims: Write, output_format: str) -> None:
    file = claims(expired(), a_claim(id="C-2"), a_claim(id=""))
    result = run("check", *ONLY, "--format", output_format, file)
    assert result.exit_code == 2
    assert "DX-DATE" in result.stdout
    assert "P-7" not in result.output
    assert "1980-02-01" not in result.output


def test_json_has_the_form_that_the_schema_describes(run: Run, claims: Write) -> None:
    schema = json.loads(
        (resource_directory("ontology") / "findings.schema.json").read_text("utf-8")
    )
    file = claims(expired(), a_claim(id="C-2"), a_claim(id=""), a_claim(id="C-3"))
    result = run("check", "--format", "json", file)
    document = document_of(result)
    Draft202012Validator(schema).validate(document)
    assert document["claims"] == 3
    assert {finding["claim"] for finding in document["findings"]} >= {"C-1"}
    assert len(document["rejected"]) == 1


def test_json_is_the_same_each_time(run: Run, claims: Write) -> None:
    file = claims(expired(), a_claim("M54", id="C-2"))
    assert (
        run("check", "--format", "json", file).stdout
        == run("check", "--format", "json", file).stdout
    )


def test_turtle_is_a_validation_report(run: Run, claims: Write) -> None:
    result = run("check", "--format", "turtle", *ONLY, claims(expired()))
    assert result.exit_code == 1
    graph = rdflib.Graph().parse(data=result.stdout, format="turtle")
    rows = graph.query(
        "SELECT ?focus WHERE { ?report a sh:ValidationReport ; sh:conforms false ; sh:result "
        "[ sh:focusNode ?focus ; sh:sourceShape <https://w3id.org/claimshapes/rule/DX-DATE> ] }",
        initNs={"sh": rdflib.SH},
    )
    assert [str(row[0]) for row in rows] == ["urn:claimshapes:claim:C-1#/diagnosis/0"]  # type: ignore[index]


def test_standard_input(run: Run) -> None:
    result = run("check", *ONLY, "-", stdin=json.dumps(expired()))
    assert result.exit_code == 1
    assert "(-, line 1)" in result.stdout


def test_input_format(run: Run) -> None:
    lines = "\n".join(json.dumps(claim) for claim in (a_claim(), a_claim(id="C-2")))
    result = run("check", *ONLY, "--input-format", "ndjson", "-", stdin=lines)
    assert result.exit_code == 0
    assert "2 checked" in result.stdout


def test_several_files_may_have_the_same_claim_numbers(run: Run, claims: Write) -> None:
    files = [claims(expired(), name=name) for name in ("a.json", "b.json")]
    result = run("check", "--format", "json", *ONLY, *files)
    document = document_of(result)
    assert [finding["file"] for finding in document["findings"]] == [str(file) for file in files]


@pytest.mark.parametrize(
    ("fail_on", "status"), [("violation", 0), ("warning", 0), ("info", 1), ("never", 0)]
)
def test_fail_on(run: Run, claims: Write, fail_on: str, status: int) -> None:
    file = claims(a_claim(documentation=[{"type": "misspelt", "value": "1"}]))
    result = run("check", "--select", "CLM-DOC-TYPE", "--fail-on", fail_on, file)
    assert "info  CLM-DOC-TYPE" in result.stdout
    assert result.exit_code == status


def test_fail_on_never_lets_violations_pass(run: Run, claims: Write) -> None:
    assert run("check", *ONLY, "--fail-on", "never", claims(expired())).exit_code == 0


def test_select_and_ignore(run: Run, claims: Write) -> None:
    file = claims(expired())
    assert "DX-DATE" in run("check", "--select", "dx-date", file).stdout
    assert "DX-DATE" not in run("check", "--ignore", "DX-DATE,DX-FMT", file).stdout
    assert "DX-DATE" not in run("check", "--ignore", "DX-FMT", "--ignore", "DX-DATE", file).stdout


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_no_such_rule(run: Run, claims: Write, option: str) -> None:
    result = run("check", option, "DX-NONE", claims(a_claim()))
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: there is no rule DX-NONE; `claimshapes rules list` names them\n"
    )


def test_payer(run: Run, claims: Write) -> None:
    result = run("check", "--payer", "commercial", *ONLY, claims(a_claim()))
    assert "payer commercial" in result.stdout


def test_unknown_payers_are_one_line_of_the_summary(run: Run, claims: Write) -> None:
    payers = ["medicare-b", "acme", "acme", "other"]
    file = claims(*(a_claim(id=f"C-{n}", payer=payer) for n, payer in enumerate(payers)))
    result = run("check", *ONLY, file)
    words = " ".join(result.stdout.split())
    assert (
        "payers unknown: acme (2), other (1); 3 claims checked by the rules for every payer only"
        in words
    )
    document = document_of(run("check", *ONLY, "--format", "json", file))
    assert document["summary"]["unknownPayers"] == [
        {"payer": "acme", "claims": 2},
        {"payer": "other", "claims": 1},
    ]


def test_payers(run: Run, claims: Write, tmp_path: Path) -> None:
    payers = tmp_path / "payers.csv"
    payers.write_text("id,name,payer\n60054,,commercial\n,Health  Co,medicaid\n")
    file = claims(a_claim(payer="60054"), a_claim(id="C-2", payer="HEALTH co"))
    result = run("check", "--payers", str(payers), *ONLY, file)
    assert "payer commercial" in result.stdout
    assert "payer medicaid" in result.stdout


def test_payers_that_cannot_be_used(run: Run, claims: Write, tmp_path: Path) -> None:
    payers = tmp_path / "payers.csv"
    payers.write_text("id,payer\n60054,comercial\n")
    result = run("check", "--payers", str(payers), claims(a_claim()))
    assert result.exit_code == 2
    assert f"{payers}, line 2: unknown payer 'comercial'" in result.stderr


def test_as_of(run: Run, claims: Write) -> None:
    file = claims(expired())
    assert run("check", *ONLY, "--as-of", "2021-09-30", file).exit_code == 0
    assert run("check", *ONLY, "--as-of", "2021-10-01", file).exit_code == 1


def test_sent_on(run: Run, claims: Write) -> None:
    file = claims(a_claim(created="2026-05-05"))
    only = ("--select", "CLM-FILING")
    assert run("check", *only, "--sent-on", "2027-05-04", file).exit_code == 0
    assert run("check", *only, "--sent-on", "2027-05-05", file).exit_code == 1


@pytest.mark.parametrize("option", ["--as-of", "--sent-on"])
@pytest.mark.parametrize("day", ["2026-02-31", "soon", "04/05/2026"])
def test_a_day_is_a_date(run: Run, claims: Write, option: str, day: str) -> None:
    assert run("check", option, day, claims(a_claim())).exit_code == 2


def test_no_documentation(run: Run, claims: Write) -> None:
    file = claims(a_claim("M54.9", documentation=[]))
    assert "BP-DOC" in run("check", file).stdout
    assert "BP-DOC" not in run("check", "--no-documentation", file).stdout


def test_rules_of_ones_own(run: Run, claims: Write, tmp_path: Path) -> None:
    shipped = (resource_directory("shapes") / "diagnosis" / "DX-DATE.ttl").read_text("utf-8")
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "OWN-DATE.ttl").write_text(shipped.replace("DX-DATE", "OWN-DATE"), encoding="utf-8")
    result = run("check", "--rules", folder, "--select", "OWN-DATE", claims(expired()))
    assert result.exit_code == 1
    assert "violation  OWN-DATE" in result.stdout


def test_unusable_rules(run: Run, claims: Write, tmp_path: Path) -> None:
    (tmp_path / "BAD.ttl").write_text("\n\nnot turtle", encoding="utf-8")
    result = run("check", "--rules", tmp_path, claims(a_claim()))
    assert result.exit_code == 2
    assert "BAD.ttl, line 3" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_one_bad_claim_fails_alone(run: Run, claims: Write) -> None:
    bad = a_claim(id="C-2") | {"quantity": 2}
    result = run("check", *ONLY, claims(a_claim(), bad, expired(id="C-3")))
    assert result.exit_code == 2
    assert "Claim C-1" in result.stdout
    assert "violation  DX-DATE" in result.stdout
    assert "3 read = 2 checked + 1 rejected" in result.stdout
    (line,) = result.stderr.splitlines()
    assert "/1/quantity" in line


def test_one_bad_file_fails_alone(run: Run, claims: Write, tmp_path: Path) -> None:
    result = run("check", *ONLY, tmp_path / "missing.json", claims(a_claim()))
    assert result.exit_code == 2
    assert "1 checked" in result.stdout
    assert result.stderr == f"Error: {tmp_path / 'missing.json'}: there is no such file\n"


def test_few_bad_claims_are_named_and_the_rest_counted(
    run: Run, claims: Write, tmp_path: Path
) -> None:
    bad = [a_claim(id=f"C-{number}") | {"quantity": 2} for number in range(30)]
    whole = tmp_path / "report.ndjson"
    for options in ([], ["--format", "ndjson", "--output", whole]):
        result = run("check", *ONLY, *options, claims(a_claim(id="C-99"), *bad))
        assert result.exit_code == 2
        *named, counted = result.stderr.splitlines()
        assert len(named) == 10
        assert counted.startswith("Error: 20 more could not be read; ")
    assert whole.read_text("utf-8").count('"kind": "rejected"') == 30


BAD_FILES = {
    "truncated.json": b'{"id": "C-1", "pay',
    "encoding.json": b'{"id": "\xe9"}',
    "misspelt.json": json.dumps(a_claim() | {"payor": "x"}).encode(),
    "number.json": json.dumps(a_claim()).replace('"quantity": 1', '"quantity": "1"').encode(),
    "line7.ttl": b"@prefix cs: <https://w3id.org/claimshapes/ns#> .\n\n\n\n\n\ncs:a cs:b ; .\n",
    "empty.json": b"",
    "deep.json": b"[" * 100_000,
    "long.json": b'{"id": "' + b"x" * 200_000_000 + b'"}',
}


@pytest.mark.parametrize("output_format", ["text", "json", "turtle"])
@pytest.mark.parametrize("name", [*BAD_FILES, "missing.json", "folder"])
def test_a_bad_file_gets_one_line(run: Run, tmp_path: Path, name: str, output_format: str) -> None:
    file = tmp_path / name
    if name in BAD_FILES:
        file.write_bytes(BAD_FILES[name])
    elif name == "folder":
        file.mkdir()
    result = run("check", "--format", output_format, file)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {file}")
    assert len(line) < 400
    assert "Traceback" not in result.output
    if output_format == "text":
        assert result.stdout == ""
    elif output_format == "json":
        assert len(document_of(result)["rejected"]) == 1


def test_no_file(run: Run) -> None:
    assert run("check").exit_code == 2


@pytest.mark.parametrize("name", ["xml", "yaml"])
def test_no_such_format(run: Run, claims: Write, name: str) -> None:
    assert run("check", "--format", name, claims(a_claim())).exit_code == 2


def test_internal_error_is_one_line(
    run: Run, claims: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from claimshapes.checking.checker import Checker

    def break_down(*_: object) -> None:
        raise RuntimeError("patient P-7")

    monkeypatch.setattr(Checker, "check_one", break_down)
    result = run("check", "--format", "json", claims(a_claim()))
    assert result.exit_code == 3
    assert result.stderr == (
        "Error: internal error (RuntimeError); run again with --traceback to see where\n"
    )
    assert document_of(result)["summary"]["complete"] is False
    traced = run("check", claims(a_claim()), "--traceback")
    assert traced.exit_code == 3
    assert "in break_down" in traced.stderr


WAIVERS = """\
[[waiver]]
rule = "DX-DATE"
code = "M54.5"
reason = "The payer agreed"
reviewer = "A. Reviewer"
until = {until}
"""


@pytest.fixture
def waivers(tmp_path: Path) -> Callable[[str], Path]:
    def write(until: str) -> Path:
        file = tmp_path / "waivers.toml"
        file.write_text(WAIVERS.format(until=until), encoding="utf-8")
        return file

    return write


def test_waived_findings_do_not_count(
    run: Run, claims: Write, waivers: Callable[[str], Path]
) -> None:
    result = run("check", *ONLY, "--waivers", waivers("9999-12-31"), claims(expired()))
    assert result.exit_code == 0
    assert "waived violation  DX-DATE" in result.stdout
    assert "A. Reviewer until 9999-12-31" in result.stdout
    assert result.stderr == ""


def test_a_waiver_that_ended_is_named_and_counts_no_more(
    run: Run, claims: Write, waivers: Callable[[str], Path]
) -> None:
    result = run("check", *ONLY, "--waivers", waivers("2026-01-01"), claims(expired()))
    assert result.exit_code == 1
    assert result.stderr == (
        "Warning: waiver 1 (rule DX-DATE, code M54.5) ended on 2026-01-01; "
        "1 of the findings would be waived\n"
    )


def test_a_waiver_that_matches_nothing_is_told(
    run: Run, claims: Write, waivers: Callable[[str], Path]
) -> None:
    result = run("check", *ONLY, "--waivers", waivers("9999-12-31"), claims(a_claim()))
    assert result.exit_code == 0
    assert "matches no finding" in result.stderr


def test_a_waiver_for_the_payer_of_the_call(run: Run, claims: Write, tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    text = WAIVERS.format(until="9999-12-31") + 'payer = "commercial"\n'
    file.write_text(text, encoding="utf-8")
    arguments = ("check", *ONLY, "--waivers", file, claims(expired()))
    assert run(*arguments).exit_code == 1
    assert run(*arguments, "--payer", "commercial").exit_code == 0


def test_unusable_waivers(run: Run, claims: Write, waivers: Callable[[str], Path]) -> None:
    result = run("check", "--waivers", waivers("soon"), claims(expired()))
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert "waivers.toml, line 6: is not TOML" in line


def test_the_report_does_not_overwrite_the_waivers(
    run: Run, claims: Write, waivers: Callable[[str], Path]
) -> None:
    file = waivers("9999-12-31")
    result = run("check", "--waivers", file, "--output", file, claims(expired()))
    assert result.exit_code == 2
    assert "DX-DATE" in file.read_text("utf-8")


@pytest.mark.parametrize("engine", ["auto", "reference", "set"])
def test_a_check_out_of_time_is_never_clean(run: Run, tmp_path: Path, engine: str) -> None:
    file = tmp_path / "claims.ndjson"
    file.write_text("".join(json.dumps(a_claim(id=f"C-{number}")) + "\n" for number in range(3)))
    options = ["--engine", engine, "--time-limit", "0.0001", "--format", "json"]
    result = run("check", *ONLY, *options, file)
    assert result.exit_code == 2
    summary = json.loads(result.stdout)["summary"]
    assert (summary["read"], summary["rejected"]) == (3, 3)
    assert (summary["checked"], summary["clean"]) == (0, 0)
    assert result.stderr.count("not checked: it took longer than 0.0001 s") == 3


@pytest.mark.parametrize("output_format", REPORT_FORMATS)
def test_every_report_says_what_became_of_the_claims(
    run: Run, tmp_path: Path, output_format: str
) -> None:
    """Eleven claims in, of which four are rejected."""
    lines = [json.dumps((expired if n % 2 else a_claim)(id=f"C-{n}")) for n in range(7)]
    bad = ["{", json.dumps({"id": "B"}), lines[0], json.dumps(a_claim(id="C-9", created="x"))]
    file = tmp_path / "claims.ndjson"
    file.write_text("\n".join([*lines[:3], *bad, *lines[3:]]))
    result = run("check", *ONLY, "--format", output_format, file)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 4
    said = result.stdout
    words = {
        "turtle": ["cs:claimsRead 11", "cs:claimsChecked 7", "cs:claimsRejected 4"],
        "html": ['id="figure-claims">11<', "7 checked, 4 rejected"],
        "csv": [f"summary,{',' * 10}{n},{',' * 7}{c}" for n, c in [("read", 11), ("rejected", 4)]],
    }
    in_json = ['"read": 11', '"checked": 7', '"rejected": 4']
    words |= dict.fromkeys(["json", "ndjson", "sarif"], in_json)
    for part in words.get(output_format, ["11 read = 7 checked + 4 rejected"]):
        assert part in said


def test_rules_are_chosen_by_a_pattern_and_near_ones_are_named(run: Run, claims: Write) -> None:
    file = claims(expired())
    assert "violation  DX-DATE" in run("check", "--select", "dx-d*", file).stdout
    assert "clean: no findings" in run("check", *ONLY, "--ignore", "DX-DA*", file).stdout
    refused = run("check", "--select", "DX-DTAE", file)
    assert refused.exit_code == 2
    assert "did you mean DX-DATE" in refused.stderr
    assert run("check", "--select", "QQ-*", file).exit_code == 2
