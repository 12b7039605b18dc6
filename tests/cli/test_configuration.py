"""What the working folder's configuration says, installed packs, waivers of packs."""

import json
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from claimshapes.cli.configuration import option_defaults
from claimshapes.cli.program import program
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules import installed_packs

RULE = """
@prefix cs: <https://w3id.org/claimshapes/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rule: <https://w3id.org/claimshapes/rule/> .
@prefix schema: <https://schema.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
rule:VH-AUTH a cs:Rule ; schema:validFrom "2026-01-01"^^xsd:date ;
    cs:requiresAuthorization [ cs:services "97140" ] ; sh:severity sh:Violation ;
    dcterms:source [ a cs:Citation ; dcterms:title "Manual" ; cs:edition "2026" ;
        cs:strength cs:primary ] .
"""
CLAIM = """{"id": "C-1", "type": "professional", "payer": "commercial", "created": "2026-05-05",
 "patient": {"birthDate": "1980-05-04", "sex": "female"},
 "billingProvider": {"npi": "1234567893", "taxonomy": "225100000X"}, "placeOfService": "11",
 "diagnosis": [{"sequence": 1, "code": "M54.6"}],
 "item": [{"sequence": 1, "procedure": "97140", "quantity": 1, "charge": "45.00",
   "serviced": "2026-05-04", "diagnosisSequence": [1]}]}"""
WAIVER = """
[[waiver]]
rule = "VH-AUTH"
reason = "under review"
reviewer = "A. Reviewer"
until = 2999-12-31
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "VH-AUTH.ttl").write_text(RULE, "utf-8")
    (tmp_path / "claim.json").write_text(CLAIM, "utf-8")
    return tmp_path


def run(command: str) -> Result:
    return CliRunner().invoke(program, command)


def shown() -> bool:
    return run("rules show VH-AUTH").exit_code == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("claimshapes.toml", 'rules = "ours"'),
        ("claimshapes.toml", 'rules = ["ours"]'),
        ("pyproject.toml", '[tool.claimshapes]\nrules = ["ours"]'),
    ],
)
def test_configuration_names_the_folders(name: str, text: str, folder: Path) -> None:
    (folder / name).write_text(text, "utf-8")
    assert shown()


def test_own_file_counts_before_that_of_the_project(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.claimshapes]\nrules = "ours"', "utf-8")
    (folder / "claimshapes.toml").write_text("", "utf-8")
    assert not shown()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\nrules = 1", "claimshapes.toml, line 2: rules: expected text or an array, found a num"),
        ("rules = [1]", "claimshapes.toml, line 1: rules: expected text, found a number"),
        ("rules = ", "cannot be used"),
        ('# x\npayr = "medicare-b"', "line 2: unknown key 'payr'; did you mean 'payer'?"),
        ("zzz = 1", "line 1: unknown key 'zzz'; expected one of"),
        ("[serve]\nprot = 8000", "line 2: unknown key 'prot'; did you mean 'port'?"),
        ('fail-on = "error"', "fail-on: expected one of violation, warning, info, never"),
        ("jobs = 0", "jobs: expected a number of at least 1"),
        ("time-limit = 0", "time-limit: expected a number above 0"),
        ('strict = "yes"', "strict: expected true or false, found text"),
        ('rules = "theirs"', "neither a folder nor an installed pack"),
    ],
)
def test_configuration_that_cannot_be_used(text: str, problem: str, folder: Path) -> None:
    (folder / "claimshapes.toml").write_text(text, "utf-8")
    result = run("rules list")
    assert result.exit_code == 2
    assert problem in " ".join(result.output.split())
    for call in ("--help", "rules list -h", "check --help"):
        assert run(call).output.startswith("Usage:")


def test_installed_pack_goes_by_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "valley_rules").mkdir()
    (folder / "valley_rules" / "__init__.py").touch()
    (folder / "valley_rules" / "VH-AUTH.ttl").write_text(RULE, "utf-8")
    monkeypatch.syspath_prepend(folder)

    def installed(group: str, name: str) -> EntryPoints:
        entries = EntryPoints([EntryPoint("valley", "valley_rules", "claimshapes.packs")])
        return entries.select(group=group, name=name)

    monkeypatch.setattr(installed_packs, "entry_points", installed)
    assert run("rules show VH-AUTH --rules valley").exit_code == 0
    assert run("rules show VH-AUTH --rules other").exit_code == 2
    made = run("docs build --rules valley --output pages --pages-only")
    assert made.exit_code == 0, made.output
    assert (folder / "pages" / "docs" / "rules" / "VH-AUTH" / "index.md").is_file()
    refused = run("docs build --rules other")
    assert refused.exit_code == 2
    assert "neither a folder nor an installed pack" in " ".join(refused.output.split())


def test_waivers_of_the_pack_hold(folder: Path) -> None:
    command = "check claim.json --rules ours --select VH-AUTH"
    assert run(command).exit_code == 1
    (folder / "ours" / "waivers.toml").write_text(WAIVER, "utf-8")
    result = run(command)
    assert result.exit_code == 0, result.output
    assert "waived" in result.output


SCHEMA = json.loads(
    (resource_directory("ontology") / "configuration.schema.json").read_text("utf-8")
)
VALUES: dict[str, Any] = {
    "input-format": "x12",
    "columns": "columns.toml",
    "select": ["DX-*", "CLM-NPI"],
    "ignore": "DX-DATE",
    "payer": "medicare-b",
    "payers": "payers.csv",
    "mac": "09102",
    "no-documentation": True,
    "strict": True,
    "waivers": "waivers.toml",
    "baseline": "before.json",
    "engine": "set",
    "across-claims": True,
    "grouped": True,
    "time-limit": 2.5,
    "jobs": 2,
    "format": "json",
    "fail-on": "warning",
    "concise": True,
    "verbose": True,
    "group-by": "payer",
    "statistics": True,
    "top": 3,
    "suggest": True,
    "redact": True,
    "redact-key": "key",
    "progress": True,
    "serve.host": "0.0.0.0",
    "serve.port": 81,
    "serve.workers": 3,
    "serve.max-body": 4,
    "serve.body-timeout": 5.5,
    "serve.deadline": 6.5,
    "serve.queue": 0,
    "serve.connections": 7,
    "serve.quiet": True,
}
"""A value of each key that is none of the option's own defaults."""
FOUND_ELSEWHERE = {"rules", "knowledge"}
OF_ONE_CALL = {"as-of", "sent-on", "output", "resume", "to", "findings", "report-unread"}
"""Options whose value is another for each call."""
MEANS = {"concise": "short", "verbose": "full", "ignore": ["DX-DATE"]}


def options(command: str) -> dict[str, str]:
    return {
        option.removeprefix("--"): parameter.name or ""
        for parameter in program.commands[command].params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }


def keys() -> set[str]:
    top = set(SCHEMA["properties"]) - {"serve"} - FOUND_ELSEWHERE
    return top | {f"serve.{key}" for key in SCHEMA["properties"]["serve"]["properties"]}


def test_every_option_that_is_not_of_one_call_is_a_key() -> None:
    assert keys() == set(VALUES)
    for command in ("check", "watch", "convert", "graph"):
        left = options(command).keys() - keys() - FOUND_ELSEWHERE
        assert left <= OF_ONE_CALL, command
    left = options("serve").keys() - {key.removeprefix("serve.") for key in keys()}
    assert left - FOUND_ELSEWHERE <= OF_ONE_CALL


def in_toml(value: Any) -> str:
    return json.dumps(value)


@pytest.mark.parametrize("key", sorted(VALUES))
def test_each_key_is_the_default_of_its_option(key: str, folder: Path) -> None:
    table, _, name = key.rpartition(".")
    head = f"[{table}]\n" if table else ""
    text = f"{head}{name} = {in_toml(VALUES[key])}\n"
    (folder / "claimshapes.toml").write_text(text, "utf-8")
    defaults = option_defaults(program)
    wanted = MEANS.get(name, VALUES[key])
    having = [table] if table else [c for c in defaults if name in options(c)]
    assert having
    for command in having:
        if command == "serve" and name in {"input-format", "columns", "across-claims", "grouped"}:
            assert options(command)[name] not in defaults[command]
            continue
        parameter = options(command)[name]
        assert defaults[command][parameter] == wanted
        context = program.commands[command].make_context(
            command,
            ["claim.json", "--to", "json"]
            if command == "convert"
            else ["claim.json"] * (command != "serve"),
            default_map=defaults[command],
            **program.context_settings,
        )
        assert context.params[parameter] == wanted
        context.close()


def test_an_option_on_the_command_line_counts_before_the_key(folder: Path) -> None:
    (folder / "claimshapes.toml").write_text('select = "DX-*"\nconcise = true\n', "utf-8")
    assert "DX-DATE" not in run("check claim.json").output
    assert "Summary" not in run("check claim.json").output
    assert "Summary" in run("check --verbose claim.json").output
    assert json.loads(run("check --format json claim.json").output)["claims"] == 1
    refused = run("check --format json --concise claim.json")
    assert "are about text" in refused.output
    (folder / "pyproject.toml").write_text("[tool.claimshapes.serve]\nprot = 1\n", "utf-8")
    (folder / "claimshapes.toml").unlink()
    assert "pyproject.toml, line 2: unknown key 'prot'" in run("check claim.json").output
