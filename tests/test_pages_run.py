"""Every command of every page, run in this process in one folder, and every output compared."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from claimshapes.claims.readers import BytesRead
from claimshapes.cli import program
from claimshapes.cli.progress import progress
from tests.test_commands_of_pages import ROOT, SHOWN, words_of

if sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

DOCS = ROOT / "docs"
FENCED = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)

ELSEWHERE = {
    "run-in-ci.md": "tests/test_tutorial.py and tests/test_integrations.py",
    "ten-jobs.md": "tests/authoring/test_ten_jobs.py",
    "first-claim.md": "tests/test_tutorial.py",
    "first-day-of-a-quarter.md": "tests/knowledge/test_guides.py",
    "mac-lcds.md": "tests/knowledge/test_guides.py",
}
"""Pages that another test walks, since they need files or steps of their own."""

NOT_RUN = (
    (r"docs (build|serve)", "the site: .ci/run builds and walks it"),
    (r"(rules )?watch|serve", "does not end: tests/cli/test_watch.py, tests/serve"),
    (r"new-pack", "the folder is made by it"),
    (r"knowledge (build|generate icd10cm|record)", "changes the checkout: .ci/run builds it"),
    (r"knowledge (import|diff|remove)", "needs published files: tests/knowledge/test_guides.py"),
    (r"rules diff|rules impact .*--against", "needs two revisions: tests/authoring"),
    (r"rules (lint|test( --mutate)?)$", "all rules: .ci/run lints, tests and breaks them"),
    (r"rules (lint|test) --rules our-rules$", "as with other options here, and in ten-jobs.md"),
    (
        r"rules (new|test) .*state/rules",
        "one after another: tests/authoring/test_state_modifiers.py",
    ),
    (r"rules new requires-modifier-beside .*VH-59$", "asks for the rest: tests/authoring"),
)
"""Commands that are not run here, and where they are."""


PLACEHOLDER = re.compile(r"\[.*|FILE(\.\.\.)?|\w+\|.*")
"""A word of a form, in place of which something is written."""


def runnable() -> Iterator[str]:
    for page, line in SHOWN:
        words = words_of(line)
        if page in ELSEWHERE or not words or any(PLACEHOLDER.fullmatch(word) for word in words):
            continue
        standard_input = line.partition(" < ")[2]
        given = shlex.join(words) + (f" < {standard_input}" if standard_input else "")
        if not any(re.match(pattern, given) for pattern, _ in NOT_RUN):
            yield given


LINES = sorted(set(runnable()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files that the pages name."""
    place = tmp_path_factory.mktemp("pages")
    examples = sorted((ROOT / "examples").glob("*.json"))
    claims = [json.loads(file.read_text("utf-8")) for file in examples]
    shutil.copytree(ROOT / "examples", place / "examples")
    shutil.copytree(ROOT / "examples", place / "claims")
    (place / "claim.json").write_text(json.dumps(claims[8]), "utf-8")
    for name in ("claims.json", "last-month.json", "may.json"):
        (place / name).write_text(json.dumps(claims, indent=2), "utf-8")
    lines = "".join(json.dumps(claim) + "\n" for claim in claims).encode()
    (place / "claims.ndjson").write_bytes(lines)
    for name in ("claims.ndjson.zst", "claims.zst"):
        (place / name).write_bytes(zstd.compress(lines))
    x12 = ROOT / "tests" / "data" / "x12"
    batches = ("claims.837", "batch-1.837", "batch-2.837", "last-month.837", "claims/one.837")
    for number, name in enumerate(batches):
        shutil.copy(x12 / f"sample_837_{number % 2}.txt", place / name)
    shutil.copy(DOCS / "how-to" / "python" / "bundle.json", place)
    tables = (DOCS / "reference" / "claim-tables.md").read_text("utf-8")
    blocks = [(kind.strip(), body) for _, kind, body in FENCED.findall(tables)]
    (place / "columns.toml").write_text(next(b for k, b in blocks if k == "toml"), "utf-8")
    (place / "lines.csv").write_text(
        "Claim No,patient.birthDate,patient.sex,billingProvider.npi,DX1,DX2,item.procedure,"
        "item.modifier,item.quantity,DOS\n"
        "C-1,02/01/1980,female,1234567893,M54.6,M51.24,97110,GP 59,2,05/04/2026\n",
        "utf-8",
    )
    payers = (DOCS / "how-to" / "add-a-payer.md").read_text("utf-8")
    (table,) = [body for _, kind, body in FENCED.findall(payers) if kind.strip() == "csv"]
    (place / "payers.csv").write_text(table, "utf-8")
    reports = (DOCS / "reference" / "reports.md").read_text("utf-8")
    (waivers,) = [body for _, kind, body in FENCED.findall(reports) if kind.strip() == "toml"]
    (place / "waivers.toml").write_text(waivers, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert run("new-pack pack --payer valley-health").exit_code == 0
        made = run(
            "rules new limits-age --rules pack/rules --id VH-AGE --services 90460 --through-age 18"
            " --payer valley-health --from 2027-01-01 --denial 6 --source manual"
        )
        assert made.exit_code == 0, made.output
        shutil.copytree(place / "pack" / "rules", place / "our-rules")
        shutil.copytree(place / "pack", place / "valley")
        for name in ("before.json", "last-week.json"):
            assert run(f"check claims --format json --output {name}").exit_code == 1
        yield place


def run(line: str) -> Result:
    _, _, given = line.partition(" < ")
    text = Path(given).read_text("utf-8") if given else None
    return CliRunner().invoke(program, words_of(line), input=text, prog_name="claimshapes")


def test_few_commands_are_left_out() -> None:
    assert len(LINES) > 60
    assert {page for page, _ in SHOWN} >= ELSEWHERE.keys()


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_a_page_runs(line: str, folder: Path) -> None:
    result = run(line)
    assert result.exception is None or isinstance(result.exception, SystemExit), line
    assert result.exit_code in {0, 1}, f"{line}\n{result.output}"
    words = words_of(line)
    for option, name in itertools.pairwise(words):
        if option == "--output":
            assert (folder / name).stat().st_size, line


# -- what pages show as printed -----------------------------------------------------------------

COMMANDS = re.compile(
    r"(\$ )?(\.venv/bin/|packed/bin/)?(claimshapes|python3?|pip|uv|pytest|podman|export"
    r"|spark-submit|RUN|curl|ruff|mypy|oxigraph|pyshacl|xz)\b"
)
COMPARED = {
    ("README.md", "Claim C-1009"): "tests/test_tutorial.py",
    ("README.md", "Summary"): "tests/test_tutorial.py",
    ("first-claim.md", "Claim C-1 "): "tests/test_tutorial.py",
    ("index.md", "Claim C-1009"): "here",
    ("reports.md", "examples/09-disc-and-pain.json:"): "here",
    ("check-millions-of-claims.md", "1,250,000 claims"): "here",
    ("use-from-python.md", "claims[2], at"): "tests/test_python_guide.py",
    ("mac-lcds.md", "None of the linked"): "tests/knowledge/test_guides.py",
}
"""Outputs that pages show, by how they begin, and the test that compares them."""

NO_OUTPUT = {
    ("architecture.md", "claims/readers/"): "a picture in words",
    ("architecture.md", "rdf/  files/"): "folders and their lines on a day",
    ("performance.md", "stage "): "figures of a machine, which another run does not repeat",
    ("import-codes.md", "code,valid_from"): "a table to write",
    ("import-codes.md", "procedure,release"): "a table to write",
    ("claim-tables.md", "id,payer,"): "a table to check",
    ("query-with-sparql.md", "PREFIX"): "beginning of queries",
}


def outputs() -> Iterator[tuple[str, str]]:
    """Blocks of the pages that are neither commands nor in a language."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
    for page in pages:
        if page.name == "every-option.md":  # The program's own help, compared as a whole.
            continue
        for _, kind, body in FENCED.findall(page.read_text("utf-8")):
            if kind.strip() in {"", "text", "console"} and not COMMANDS.match(body.strip()):
                yield page.name, textwrap.dedent(body)


def test_every_output_that_a_page_shows_is_compared() -> None:
    known = COMPARED | NO_OUTPUT
    shown = list(outputs())
    for page, body in shown:
        assert [1 for name, start in known if name == page and body.startswith(start)], (page, body)
    for name, start in known:
        assert [1 for page, body in shown if page == name and body.startswith(start)], (name, start)


def block(page: Path, start: str) -> str:
    (found,) = (body for name, body in outputs() if name == page.name and body.startswith(start))
    return found


def test_the_home_page_shows_what_the_program_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    printed = run("check examples/09-disc-and-pain.json").output
    assert printed.startswith(block(DOCS / "index.md", "Claim"))


def test_the_concise_report_is_as_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    printed = run("check examples/09-disc-and-pain.json --concise").output
    assert printed.startswith(block(DOCS / "reference" / "reports.md", "examples/"))


def test_the_line_of_progress_is_as_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = block(DOCS / "how-to" / "check-millions-of-claims.md", "1,250,000")
    times = iter([0.0, 0.0, 0.0, *[1_250_000 / 3_600] * 3])
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    read = BytesRead()
    with progress(True) as told:
        told.reading(read, 1_000)
        told.begin(0)
        read.done = 410
        told.count(1_250_000, 172_900)
    assert capsys.readouterr().err == shown
