"""``claimshapes graph``, and the questions that the guide answers with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from claimshapes.cli.program import program

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "how-to" / "query-with-sparql.md").read_text("utf-8")
PREFIXES = "".join(re.findall(r"^PREFIX .*\n", GUIDE, re.MULTILINE))
QUESTIONS = re.findall(r"```sparql\n(.*?)```", GUIDE, re.DOTALL)
CLAIMS = ("02-clean-visit", "05-expired-low-back-pain", "13-therapy-without-modifier-or-time")
FORMATS = {"turtle": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD}

Run = Callable[..., Result]


def _claims(folder: Path) -> Path:
    found = []
    for name in CLAIMS:
        content = json.loads((ROOT / "examples" / f"{name}.json").read_text("utf-8"))
        found += content if isinstance(content, list) else [content]
    file = folder / "claims.json"
    file.write_text(json.dumps(found))
    return file


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    folder = tmp_path_factory.mktemp("graph")
    output = folder / "claims.nq"
    options = ["--findings", "--to", "nquads", "--sent-on", "2026-11-24", "--output", str(output)]
    result = CliRunner().invoke(program, ["graph", str(_claims(folder)), *options])
    assert result.exit_code == 0, result.output
    store = ox.Store()
    store.bulk_load(path=str(output), format=ox.RdfFormat.N_QUADS)
    return store


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_questions_of_the_guide_have_answers(store: ox.Store, question: str) -> None:
    answers = store.query(PREFIXES + question, use_default_graph_as_union=True)
    assert isinstance(answers, ox.QuerySolutions)
    expected = 0 if "NotChecked ;" in question else 1
    assert len(list(answers)) >= expected


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) == 10


def test_findings_are_on_parts_of_claims(store: ox.Store) -> None:
    focus = {
        ox.NamedNode(quad.object.value)
        for quad in store.quads_for_pattern(
            None, ox.NamedNode("http://www.w3.org/ns/shacl#focusNode"), None
        )
        if isinstance(quad.object, ox.NamedNode)
    }
    assert focus
    assert all(any(store.quads_for_pattern(node, None, None)) for node in focus)


@pytest.mark.parametrize("form", FORMATS)
def test_the_forms_say_the_same(run: Run, form: str, tmp_path: Path, store: ox.Store) -> None:
    output = tmp_path / "out"
    options = ("--to", form, "--sent-on", "2026-11-24", "--output", output)
    assert run("graph", _claims(tmp_path), *options).exit_code == 0
    triples = {
        quad.triple
        for quad in ox.parse(path=str(output), format=FORMATS[form])
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
    }
    named = {
        quad.triple
        for quad in store
        if isinstance(quad.graph_name, ox.NamedNode)
        and isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.NamedNode)
    }
    assert triples == named
