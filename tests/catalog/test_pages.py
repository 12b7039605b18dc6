"""What pages are written from, without a browser."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import claimshapes
from claimshapes.catalog.checked_claims import changed_lines, claim_lines
from claimshapes.catalog.markdown import code, days, fence, plain
from claimshapes.catalog.note_path import note_path
from claimshapes.catalog.page_heads import complete_heads
from claimshapes.catalog.pages import GeneratedFiles, Page
from claimshapes.catalog.procedure_answers import procedure_periods
from claimshapes.catalog.relation_picture import Line, Node, picture
from claimshapes.catalog.timeline import Span, timeline
from claimshapes.explain.procedure_facts import ProcedureFacts, ProcedureTable
from claimshapes.knowledge.tables import Column
from claimshapes.rdf.vocabulary import CS_NS, SCHEMA_NS

from .conftest import ROOT


def test_text_does_not_act_as_markup() -> None:
    assert plain("a|b *c* <d> [e](f)") == r"a\|b \*c\* &lt;d&gt; \[e\](f)"
    assert code("a|<b>") == "<code>a&#124;&lt;b&gt;</code>"


def test_days_carry_their_ends() -> None:
    shown = days(date(2015, 10, 1), date(2021, 9, 30))
    assert 'data-from="2015-10-01" data-through="2021-09-30"' in shown
    assert "data-through" not in days(date(2015, 10, 1), None)


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert fence("text", "```\nx\n```").startswith("````text\n")


def test_links_are_relative() -> None:
    page = Page("rules/TH-GP/index.md", "TH-GP")
    assert page.to("denials/carc-4/index.md") == "../../denials/carc-4/index.md"
    assert page.to("ns/index.md#Rule") == "../../ns/index.md#Rule"


def test_stale_files_go_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "rules" / "GONE").mkdir(parents=True)
    (tmp_path / "rules" / "GONE" / "index.md").write_text("old")
    (tmp_path / "how-to").mkdir()
    (tmp_path / "how-to" / "page.md").write_text("by hand")
    files = GeneratedFiles()
    files.add_file("rules/TH-GP/index.md", "new")
    assert files.write(tmp_path) == 2
    assert not (tmp_path / "rules" / "GONE").exists()
    assert (tmp_path / "how-to" / "page.md").read_text() == "by hand"
    assert files.write(tmp_path) == 0


def test_nothing_is_generated_elsewhere() -> None:
    with pytest.raises(ValueError, match="no generated folder"):
        GeneratedFiles().add_file("how-to/page.md", "")


def test_the_lines_that_differ() -> None:
    before = claim_lines({"id": "1", "item": [{"modifier": ["GP"]}, {"modifier": []}]})
    after = claim_lines({"id": "1", "item": [{"modifier": ["GP"]}, {"modifier": ["59"]}]})
    (line,) = changed_lines(before, after)
    assert after[line - 1] == '    {"modifier": ["59"]}'


def test_a_timeline_has_a_bar_for_each_span() -> None:
    spans = [
        Span(date(2015, 10, 1), date(2019, 9, 30), "once"),
        Span(date(2021, 10, 1), None, "again"),
    ]
    drawn = timeline("days", [("", spans)], date(2026, 1, 1))
    assert drawn.count("<rect") == 2
    assert "<title>again</title>" in drawn


@pytest.mark.parametrize(
    ("rows", "joined"),
    [
        ([("2019-07-01", ""), ("2023-01-01", "2024-12-31")], [("2019-07-01", "")]),
        (
            [("2019-07-01", "2024-12-31"), ("2020-01-01", "2020-12-31")],
            [("2019-07-01", "2024-12-31")],
        ),
        (
            [("2019-07-01", "2019-12-31"), ("2020-01-01", "2020-12-31")],
            [("2019-07-01", "2020-12-31")],
        ),
        (
            [("2019-07-01", "2019-12-31"), ("2021-01-01", "")],
            [("2019-07-01", "2019-12-31"), ("2021-01-01", "")],
        ),
    ],
)
def test_days_of_a_code_are_joined(
    rows: list[tuple[str, str]], joined: list[tuple[str, str]]
) -> None:
    terms = (f"{CS_NS}statusIndicator", f"{SCHEMA_NS}validFrom", f"{SCHEMA_NS}validThrough")
    columns = tuple(Column(term, term, None, "string", False, False, None) for term in terms)
    table = ProcedureTable("codes", "Codes of a table.", terms, None, columns)
    facts = ProcedureFacts([(table, ("A", *days)) for days in rows])
    spans = procedure_periods(facts)
    assert [(str(span.first), str(span.last or "")) for span in spans] == joined


def test_a_bar_holds_the_words_that_have_room() -> None:
    days = (date(2016, 1, 1), date(2017, 12, 31))
    span = Span(*days, "two years", within="a year after the date of service")
    shown = timeline("Filing", [("when", [span])], date(2025, 12, 31))
    assert 'class="within"' in shown
    assert "a year after" in shown
    assert "date of service<" not in shown
    assert 'class="within"' not in timeline("Filing", [("when", [Span(*days, "x")])], days[1])


def test_a_missing_page_has_a_search_and_ways_on(tmp_path: Path) -> None:
    missing = "<html><head><title>Claimshapes</title></head><h1>404 - Not found</h1></html>"
    (tmp_path / "404.html").write_text(missing)
    complete_heads(tmp_path, "https://example.org/claimshapes/", "Claims")
    shown = (tmp_path / "404.html").read_text()
    assert 'id="find"' in shown
    assert 'href="/claimshapes/rules/"' in shown


def test_the_steps_by_which_notes_reach_a_code() -> None:
    chapter, own = Counter({"Excludes2": 11}), Counter({"Excludes1": 2})
    steps = [("chapter 13", chapter), ("M54", Counter()), ("M54.6", own)]
    drawn = note_path("M54.6", steps, Counter({"Code first": 1}))
    assert re.findall(r"<span>(.*?)</span>", drawn) == ["chapter 13", "M54.6", "at other codes"]
    assert '<a href="#code-first">Code first 1</a>' in drawn
    assert not note_path("M54.6", [("M54", Counter()), ("M54.6", own)], Counter())


def test_the_whole_public_api_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "api.md").read_text("utf-8")
    shown = re.findall(r"^::: claimshapes\.(\w+)$", page, re.MULTILINE)
    assert sorted(shown) == sorted(claimshapes.__all__)
    silent = []
    for name in claimshapes.__all__:
        thing = getattr(claimshapes, name)
        parts = {name: thing}
        if inspect.isclass(thing):
            parts |= {
                f"{name}.{member}": value
                for member, value in vars(thing).items()
                if not member.startswith("_") and callable(value)
            }
        silent += [
            part
            for part, value in parts.items()
            if (inspect.isroutine(value) or inspect.isclass(value)) and not inspect.getdoc(value)
        ]
    assert not silent


def test_a_picture_of_relations_is_links_with_few_crossings() -> None:
    left = [Node(name, name, f"about {name}", "code", f"../{name}/") for name in "abc"]
    right = [Node(name, name, "a denial", "denial") for name in "xyz"]
    lines = [Line("a", "z"), Line("b", "y"), Line("c", "x"), Line("c", "not shown")]
    drawn = picture("title", "words", [("codes", left), ("denials", right), ("none", [])], lines)
    assert drawn.count("<path") == 3
    assert 'href="../a/" aria-label="a: about a"' in drawn
    height = {
        key: float(y) for key, y in re.findall(r'data-key="(\w)".*?<rect x="\S+" y="(\S+)"', drawn)
    }
    assert all(height[line.left] == height[line.right] for line in lines[:3])
