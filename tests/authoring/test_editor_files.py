"""Schemas, snippets and shapes that editors use, and that they are of the present ontology."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pyshacl
import pytest
import rdflib
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from claimshapes.authoring.editor_files import SCHEMAS, editor_files, form_shapes, schema, snippets
from claimshapes.cli.program import program
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.families import read_forms
from tests.authoring.test_lint_mistakes import PREFIXES as HEAD
from tests.authoring.test_lint_mistakes import RULE, UNITS

ROOT = Path(__file__).parents[2]
HOLE = re.compile(r"\$\{\d+(?::([^}]*)|\|([^,}]*)[^}]*)\}")


def filled(body: list[str]) -> str:
    return HOLE.sub(lambda hole: hole[1] or hole[2], "\n".join(body))


def validator(name: str) -> Draft202012Validator:
    content = json.loads(schema(name))
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content)


def test_every_table_of_the_project_is_as_the_schema_says() -> None:
    check = validator("table-description")
    files = sorted((ROOT / "ontology").rglob("*.csv-metadata.json"))
    assert len(files) > 40
    for file in files:
        faults = [error.message for error in check.iter_errors(json.loads(file.read_text("utf-8")))]
        assert not faults, (file, faults)
    assert not check.is_valid({"url": "x.csv", "tableSchema": {"aboutUrl": "x", "columns": []}})


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ('rules = "rules"', True),
        ('rules = ["a", "b"]\nknowledge = "k"', True),
        ("rules = 3", False),
        ('rule = "rules"', False),
    ],
)
def test_configuration(text: str, valid: bool) -> None:
    assert validator("configuration").is_valid(tomllib.loads(text)) == valid


def test_each_family_has_a_snippet_that_is_turtle() -> None:
    forms = {iri.removeprefix(CS_NS) for iri in read_forms()}
    made = {each["prefix"]: filled(each["body"]) for each in snippets().values()}
    prefixes = made.pop("cs-prefixes")
    assert set(made) == {f"cs-{form}" for form in forms}
    for name, text in made.items():
        graph = rdflib.Graph().parse(data=f"{prefixes}\n{text}", format="turtle")
        [form] = graph.objects(None, rdflib.URIRef(CS_NS + name.removeprefix("cs-")))
        assert isinstance(form, rdflib.BNode)


def faults(text: str) -> list[str]:
    data = rdflib.Graph().parse(data=text, format="turtle")
    shapes = rdflib.Graph().parse(data=form_shapes(), format="turtle")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    assert isinstance(report, rdflib.Graph)
    path = rdflib.URIRef("http://www.w3.org/ns/shacl#resultPath")
    return sorted(
        str(each).replace("#", "/").rsplit("/", 1)[-1] for each in report.objects(None, path)
    )


def test_shapes_pass_snippets_and_good_rules() -> None:
    made = [filled(each["body"]) for each in snippets().values()]
    assert faults("\n".join(made)) == []
    assert faults(HEAD + RULE + UNITS) == []


@pytest.mark.parametrize(
    ("right", "wrong", "path"),
    [
        ("cs:anyModifier", "cs:anyModifers", ["anyModifers", "anyModifers", "anyModifier"]),
        ('        cs:anyModifier "59", "XS" ;\n', "", ["anyModifier"]),
        ('        cs:beside "97530" ;\n', "", ["beside"]),
        ("sh:Violation", "sh:Error", ["severity"]),
        ('"2026-01-01"^^xsd:date', '"2026-01-01"', ["validFrom"]),
        ("cs:fromAge 2", "cs:fromAge 2, 3", ["fromAge"]),
    ],
)
def test_shapes_find_what_an_author_mistypes(right: str, wrong: str, path: list[str]) -> None:
    text = HEAD + RULE + UNITS
    assert right in text
    assert faults(text.replace(right, wrong, 1)) == sorted(path)


def test_settings_name_files_that_are_written() -> None:
    files = editor_files()
    settings: dict[str, Any] = json.loads(files[".vscode/settings.json"])
    named = [each["url"] for each in settings["json.schemas"]]
    named += settings["evenBetterToml.schema.associations"].values()
    assert sorted(named) == sorted(f"./editor/{name}.schema.json" for name in SCHEMAS)
    assert {name.removeprefix("./") for name in named} <= files.keys()
    taplo = tomllib.loads(files[".taplo.toml"])
    assert {each["schema"]["path"] for each in taplo["rule"]} <= files.keys()
    assert {each["include"][0] for each in taplo["rule"]} == {
        "**/claimshapes.toml",
        "**/waivers.toml",
        "**/columns.toml",
    }


def test_new_pack_announces_its_schema_and_is_renewed(tmp_path: Path) -> None:
    folder = tmp_path / "valley"
    made = CliRunner().invoke(program, f"new-pack {folder} --payer valley-health")
    assert made.exit_code == 0, made.output
    line = (folder / "claimshapes.toml").read_text("utf-8").splitlines()[0]
    named = line.removeprefix("#:schema ")
    assert json.loads((folder / named).read_text("utf-8")) == json.loads(schema("configuration"))
    (folder / "editor" / "rule-forms.ttl").write_text("", "utf-8")
    again = CliRunner().invoke(program, f"editor {folder}")
    assert "1 file changed" in again.output
    assert (folder / "editor" / "rule-forms.ttl").read_text("utf-8") == form_shapes()
