"""The HTML report, opened in Chromium (Debian package chromium) without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, BrowserContext, Page

from claimshapes.checking.findings import ClaimResult, NotChecked
from claimshapes.cli import program
from claimshapes.report import html_report
from tests.report.conftest import (
    CLEAN,
    COVERAGE,
    FOUND,
    HOSTILE,
    NO_RULES,
    REJECTED,
    SOURCED,
    UNJUDGED,
    WAIVED,
    a_finding,
    a_record,
    hostile_results,
    reported,
)

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))
EVERYTHING = [FOUND, CLEAN, UNJUDGED, WAIVED, REJECTED]

Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a report; whatever goes wrong in it, or leaves the machine, fails the test."""
    wrong: list[str] = []
    contexts: list[BrowserContext] = []

    def open_report(text: str, width: int = 1440, **options: Any) -> Page:
        file = tmp_path / f"report{len(contexts)}.html"
        file.write_text(text, encoding="ascii")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on(
            "request",
            lambda request: None if request.url == file.as_uri() else wrong.append(request.url),
        )
        page.goto(file.as_uri())
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def example_report() -> tuple[str, dict[str, Any]]:
    """The HTML report on the examples, and the JSON report on the same."""
    files = [str(file) for file in EXAMPLES]
    html, document = (
        CliRunner().invoke(program, ["check", "--format", name, *files]).stdout
        for name in ("html", "json")
    )
    return html, json.loads(document)


def cells(page: Page, table: str) -> list[list[str]]:
    rows = page.locator(f"{table} > tbody > tr").all()
    return [[cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in rows]


def test_figures_are_those_of_the_json_report(
    opened: Open, example_report: tuple[str, dict[str, Any]]
) -> None:
    html, document = example_report
    summary = document["summary"]
    page = opened(html)
    assert page.locator("#figure-claims").inner_text() == str(len(EXAMPLES))
    assert page.locator("#figure-clean-rate").inner_text() == f"{summary['cleanRate']:.1%}"
    assert page.locator("#figure-findings").inner_text() == str(summary["findings"])
    at_risk = page.locator("#figure-at-risk").inner_text()
    assert at_risk.replace("$", "").replace(",", "") == summary["charges"]["atRisk"]
    by_rule = {row[0].split()[0]: int(row[2]) for row in cells(page, "#rules-found")}
    assert by_rule == summary["byRule"]
    by_severity = {row[0]: int(row[2]) for row in cells(page, "#severities")}
    assert by_severity == summary["bySeverity"]
    by_denial = {row[0].split()[1]: int(row[2]) for row in cells(page, "#denials")}
    assert by_denial == summary["byDenialCode"]
    by_payer = {row[0]: (int(row[3]), int(row[4])) for row in cells(page, "#payers")}
    assert by_payer == {
        payer: (counts["claims"], counts["findings"])
        for payer, counts in summary["byPayer"].items()
    }
    outcomes = [int(row[1]) for row in cells(page, "#outcomes")]
    assert outcomes == [
        summary[name] for name in ("clean", "incomplete", "onlyWaived", "withFindings")
    ]


def test_plots_are_drawn_in_proportion(
    opened: Open, example_report: tuple[str, dict[str, Any]]
) -> None:
    html, document = example_report
    page = opened(html)
    widths = [float(str(rect.get_attribute("width"))) for rect in page.locator(".stack rect").all()]
    summary = document["summary"]
    assert widths[0] == pytest.approx(1000 * summary["clean"] / len(EXAMPLES), abs=0.01)
    assert sum(widths) == pytest.approx(1000, abs=0.05)
    said = page.get_by_role("img", name="Claims by outcome").text_content()
    assert f"Clean: {summary['clean']}" in str(said)
    counts = [int(row[2]) for row in cells(page, "#denials")]
    bars = [float(str(bar.get_attribute("width"))) for bar in page.locator("#denials rect").all()]
    assert bars == [pytest.approx(100 * count / max(counts), abs=0.01) for count in counts]


def test_each_finding_stands_beside_its_line(
    opened: Open, example_report: tuple[str, dict[str, Any]]
) -> None:
    html, document = example_report
    page = opened(html)
    claims = {finding["claim"] for finding in document["findings"]}
    assert page.locator("#claims > article").count() == len(claims)
    for finding in document["findings"]:
        _, name, index = finding["focus"].split("/")
        article = page.locator("article.claim").filter(has_text=f"Claim {finding['claim']} ")
        table = article.locator("table").nth(0 if name == "diagnosis" else 1)
        row = table.locator("tbody > tr").nth(int(index))
        assert finding["rule"] in row.inner_text()
        assert finding["message"] in row.inner_text()


def test_where_a_finding_stands_in_the_file(opened: Open) -> None:
    page = opened(reported("html", [SOURCED, FOUND]))
    row = page.locator("article.claim").first.locator("table").first.locator("tbody > tr").first
    assert "In the file: 2300 HI01, segment 26, line 27" in row.inner_text()
    assert page.inner_text("main").count("In the file:") == 1


def test_a_clean_claim_says_so(opened: Open) -> None:
    page = opened(reported("html", EVERYTHING))
    quiet = cells(page, "#quiet")
    assert [row[0] for row in quiet] == ["C-2", "C-3"]
    assert quiet[0][2] == "clean no findings, 41 rules in force"
    assert quiet[1][2].startswith("incomplete no findings, but not everything checked")
    assert "no table" in quiet[1][2]


def test_waived_rejected_and_unjudged_are_shown(opened: Open) -> None:
    page = opened(reported("html", EVERYTHING))
    waived = page.locator("article.claim.waived")
    assert "Waived by A. Reviewer until 2027-03-31: on paper" in waived.inner_text()
    assert page.locator("#figure-rejected").inner_text() == "1"
    assert "claims.json, line 9, at /item/0/quantity: expected a number" in page.inner_text("main")
    assert cells(page, "#not-checked")[0] == ["PX-PTP0", "no table", "1"]


def test_coverage_is_a_table_and_no_rule_is_incomplete(opened: Open) -> None:
    page = opened(reported("html", [COVERAGE, NO_RULES]))
    assert cells(page, "#coverage") == [
        ["DOC-ORDER TH-TIME", "no record came with the claim", "1", "1"],
        ["TH-UNITS", "no minutes on the claim", "1", "2"],
    ]
    quiet = cells(page, "#quiet")
    assert quiet[0][2] == "clean no findings, 38 rules in force"
    assert quiet[1][2].startswith("incomplete")
    assert "no rule was in force" in quiet[1][2]


def test_nothing_checked(opened: Open) -> None:
    page = opened(reported("html", [], complete=False))
    assert page.locator("#figure-clean-rate").inner_text() == "none checked"
    assert "stopped before its end" in page.inner_text("main")
    assert page.locator("#filter").is_hidden()


def test_filter(opened: Open) -> None:
    page = opened(reported("html", EVERYTHING))
    visible = page.locator("article.claim:visible, #quiet tbody tr:visible")
    assert visible.count() == 4
    page.get_by_label("Claim, code or words").fill("97110")
    assert visible.count() == 2
    assert page.locator("#shown").inner_text() == "2 of 4 claims in this report fit."
    page.get_by_label("Claim, code or words").fill("")
    page.get_by_label("State").select_option("clean")
    assert visible.all_inner_texts()[0].startswith("C-2")
    page.get_by_label("State").select_option("")
    page.get_by_role("combobox", name="Rule").select_option("CLM-DOC-TYPE")
    assert visible.count() == 1
    page.get_by_role("combobox", name="Rule").select_option("")
    assert visible.count() == 4


def test_sort(opened: Open) -> None:
    results = [
        ClaimResult("C", tuple(a_finding(rule=rule, value=str(number)) for number in range(count)))
        for rule, count in (("A-1", 2), ("B-1", 10), ("C-1", 1))
    ]
    page = opened(reported("html", results))
    assert [row[2] for row in cells(page, "#rules-found")] == ["10", "2", "1"]
    head = page.locator("#rules-found").get_by_role("button", name="Findings")
    head.click()
    head.click()
    assert [row[2] for row in cells(page, "#rules-found")] == ["1", "2", "10"]
    page.locator("#rules-found").get_by_role("button", name="Rule").click()
    assert [row[0] for row in cells(page, "#rules-found")] == ["A-1", "B-1", "C-1"]


def test_readable_without_script(opened: Open) -> None:
    page = opened(reported("html", EVERYTHING), java_script_enabled=False)
    assert page.locator("#filter").is_hidden()
    assert "may not be reported on" in page.inner_text("#claims")
    assert page.locator("article.claim:visible").count() == 2


def test_paper_has_no_controls(opened: Open) -> None:
    page = opened(reported("html", EVERYTHING), color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator("#filter").is_hidden()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_fits_and_is_accessible(
    opened: Open, example_report: tuple[str, dict[str, Any]], width: int, scheme: str
) -> None:
    long = "x" * 300
    record = a_record(long, file=long, payer=long)
    claims = [(record, ClaimResult(long, (a_finding(value=long, message=long),)))]
    claims.append((record, ClaimResult(long, (), (NotChecked(long, "R", "", long),))))
    for text in (reported("html", [*claims, *EVERYTHING]), example_report[0]):
        page = opened(text, width, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(page).response["violations"]
        assert [
            (problem["id"], node["html"]) for problem in found for node in problem["nodes"]
        ] == []


def test_hostile_texts_stay_text(opened: Open) -> None:
    page = opened(reported("html", hostile_results()))
    names = page.locator("article.claim h3").all_inner_texts()
    assert names[0].startswith(f"Claim {HOSTILE[0]} ")
    assert len(names) == len(HOSTILE)
    assert page.locator("script").count() == 1
    assert page.locator("img, iframe, object, embed, link, base").count() == 0
    assert page.locator("[onerror], [onload], [style]").count() == 0
    assert page.locator("a:not([href^='#']):not([href^='https://w3id.org/'])").count() == 0
    text = page.inner_text("body")
    assert "\x1b" not in text
    assert "\u202e" not in text
    page.get_by_label("Payer").select_option(HOSTILE[1])
    assert page.locator("article.claim:visible").count() == 1


def test_what_is_inserted_does_not_run(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    whole = reported("html", [FOUND])
    inserted = whole.replace("</main>", "<script>document.title = 'ran'</script></main>")
    assert inserted != whole
    file.write_text(inserted, encoding="ascii")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.title() == "Claim check"
    page.close()


def test_long_lists_are_cut_and_say_so(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_report, "MOST_CLAIMS", 3)
    monkeypatch.setattr(html_report, "MOST_QUIET_CLAIMS", 2)
    page = opened(reported("html", [FOUND] * 5 + [CLEAN] * 4))
    assert page.locator("article.claim").count() == 3
    assert len(cells(page, "#quiet")) == 2
    assert page.locator("#figure-claims").inner_text() == "9"
    text = page.inner_text("main")
    assert "The first 3 of 5 claims with findings are shown." in text
    assert "The first 2 of 4 claims without findings are shown." in text


def test_a_long_claim_is_cut_and_says_so(opened: Open) -> None:
    items = [
        {"sequence": number, "procedure": "97110", "quantity": 1, "serviced": "2026-05-04"}
        for number in range(1, 501)
    ]
    found = tuple(
        a_finding(focus=f"/item/{number}", value=str(number)) for number in range(100, 400)
    )
    page = opened(reported("html", [(a_record(item=items), ClaimResult("C-1", found))]))
    assert page.locator("article.claim table").nth(1).locator("tbody tr").count() == 230
    text = page.inner_text("article.claim")
    assert "100 more findings of this claim not shown." in text
    assert "270 more entries without findings not shown." in text


def test_does_not_depend_on_the_encoding_of_the_stream() -> None:
    assert reported("html", hostile_results()).isascii()
