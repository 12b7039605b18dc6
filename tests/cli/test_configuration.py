"""Folders of rules that the working folder's configuration names, installed packs, waivers."""

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from claimshapes.cli.program import program
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
        ("rules = 1", "rules names folders"),
        ("rules = [1]", "rules names folders"),
        ("rules = ", "cannot be used"),
        ('rules = "theirs"', "neither a folder nor an installed pack"),
    ],
)
def test_configuration_that_cannot_be_used(text: str, problem: str, folder: Path) -> None:
    (folder / "claimshapes.toml").write_text(text, "utf-8")
    result = run("rules list")
    assert result.exit_code == 2
    assert problem in " ".join(result.output.split())


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


def test_waivers_of_the_pack_hold(folder: Path) -> None:
    command = "check claim.json --rules ours --select VH-AUTH"
    assert run(command).exit_code == 1
    (folder / "ours" / "waivers.toml").write_text(WAIVER, "utf-8")
    result = run(command)
    assert result.exit_code == 0, result.output
    assert "waived" in result.output
