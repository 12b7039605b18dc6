"""Walks the built site as a reader does."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from claimshapes.rdf.vocabulary import PAYER_NS
from claimshapes.rules.rule_book import load_rules

from .accessibility import accessibility_faults
from .conftest import ROOT, Site

KINDS = (
    "",
    "rules/",
    "rules/PX-PTP1/",
    "codes/?code=S72.001A",
    "codes/?code=27447",
    "codes/M54.5/",
    "codes/97140/",
    "denials/carc-50/",
    "payers/medicare-b/",
    "tables/unrelated-diagnoses/",
    "examples/09-disc-and-pain.json/",
    "coverage/",
    "downloads/",
    "reference/generated/claim-fields/",
    "reference/api/",
    "topics/back-pain/",
    "topics/generated/back-pain/",
)


def test_rules_filter_and_sort(page: Page, site: Site) -> None:
    book = load_rules()
    page.goto(site.url("rules/"))
    rows = page.locator(".filterable tbody tr:visible")
    expect(rows).to_have_count(len(book.rules))
    page.get_by_label("Severity", exact=True).select_option("info")
    infos = [rule.id for rule in book if rule.severity.value == "info"]
    expect(rows).to_have_count(len(infos))
    page.get_by_label("Severity", exact=True).select_option("")
    page.get_by_label("Filter").fill("therapy service without its discipline")
    expect(rows).to_have_count(1)
    page.get_by_label("Filter").fill("")
    page.get_by_role("button", name="Rule", exact=True).click()
    page.get_by_role("button", name="Rule", exact=True).click()
    first = rows.first.locator("td").first.inner_text()
    assert first == max(book.rules, key=lambda name: [name])


def test_rules_filter_by_payer_with_what_it_inherits(page: Page, site: Site) -> None:
    book = load_rules()
    medicare = {PAYER_NS + name for name in ("medicare", "medicare-b")}
    page.goto(site.url("rules/"))
    rows = page.locator(".filterable tbody tr:visible")
    page.get_by_label("Payer", exact=True).select_option("Medicare Part B")
    expect(rows).to_have_count(
        sum(not rule.payers or bool(rule.payers & medicare) for rule in book)
    )
    page.get_by_label("Severity", exact=True).select_option("warning")
    chosen = rows.count()
    page.reload()
    expect(page.get_by_label("Payer", exact=True)).to_have_value("Medicare Part B")
    expect(rows).to_have_count(chosen)
    assert "severity=warning" in page.url
    order = page.get_by_label("Severity", exact=True).locator("option").all_inner_texts()
    assert order == ["all", "violation", "warning", "info"]


def test_rules_are_grouped_and_the_address_keeps_it(page: Page, site: Site) -> None:
    book = load_rules()
    areas = Counter(rule.file.parent.name for rule in book)
    page.goto(site.url("rules/"))
    page.get_by_label("Group by", exact=True).select_option("Area")
    headings = page.locator(".filterable th[scope=rowgroup]")
    assert headings.all_inner_texts() == [f"{name} ({areas[name]})" for name in sorted(areas)]
    assert "group=Area" in page.url
    page.get_by_label("Severity", exact=True).select_option("info")
    infos = sum(rule.severity.value == "info" for rule in book)
    expect(page.locator(".filterable tbody.group td:first-child")).to_have_count(infos)
    page.goto(site.url("rules/?group=Denial"))
    expect(headings.first).to_be_visible()
    expect(page.locator(".filters output")).to_have_text(
        f"{len(book.rules)} of {len(book.rules)} rules"
    )
    page.get_by_label("Group by", exact=True).select_option("")
    expect(page.locator(".filterable tbody tr:visible")).to_have_count(len(book.rules))


def test_a_code_shows_how_notes_reach_it(page: Page, site: Site) -> None:
    page.goto(site.url("codes/M54.6/"))
    steps = page.locator(".note-path li")
    expect(steps.first).to_contain_text("chapter 13")
    expect(page.locator(".note-path .chosen")).to_contain_text("M54.6")
    for kind in page.locator(".note-path a").all():
        target = str(kind.get_attribute("href")).rpartition("#")[2]
        expect(page.locator(f"h2[id='{target}']")).to_have_count(1)


@pytest.mark.parametrize("width", [390, 1440])
def test_rules_fit_their_width(page: Page, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site.url("rules/"))
    expect(page.locator(".filters")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(
        "[...document.querySelectorAll('.filterable tr:not([hidden]) td')]"
        f".every((cell) => cell.getBoundingClientRect().right <= {width})"
    )


def test_as_of_day_follows_the_reader(page: Page, site: Site) -> None:
    page.goto(site.url("rules/TH-GP/"))
    page.get_by_label("As of date of service").fill("2017-12-31")
    expect(page.locator(".as-of output")).to_have_text("On 2017-12-31 the rule is not in force.")
    page.get_by_label("As of date of service").fill("2018-01-01")
    expect(page.locator(".as-of output")).to_have_text("On 2018-01-01 the rule is in force.")
    page.goto(site.url("codes/M54.9/?on=2021-09-30"))
    ended = page.locator("tr", has=page.get_by_role("link", name="M54.5", exact=True))
    expect(ended.first).not_to_have_class(re.compile("not-in-force"))
    page.goto(site.url("codes/M54.9/?on=2021-10-01"))
    ended = page.locator("tr", has=page.get_by_role("link", name="M54.5", exact=True))
    expect(ended.first).to_have_class(re.compile("not-in-force"))


def test_look_up_of_a_code_without_a_page(page: Page, site: Site) -> None:
    assert not (site.folder / "codes" / "S72.001A").exists()
    page.goto(site.url("codes/"))
    page.get_by_label("Code, or words of its title").fill("s72001a")
    answer = page.locator("#code-look-up .answer")
    expect(answer.locator("h2")).to_contain_text("S72.001A Fracture of unspecified part of neck")
    expect(answer).to_contain_text("from 2015-10-01")
    expect(answer).to_contain_text("A initial encounter for closed fracture")
    assert "code=S72.001A" in page.url
    page.get_by_label("Code, or words of its title").fill("M54.5")
    expect(answer).to_contain_text("2015-10-01 to 2021-09-30")
    expect(answer).to_contain_text("psychogenic dorsalgia (F45.41)")
    answer.get_by_role("link", name="The page of M54.5").click()
    expect(page.locator("h1")).to_contain_text("M54.5")
    page.goto(site.url("codes/?code=M54.7"))
    expect(page.locator("#code-look-up .answer")).to_contain_text("No release of ICD-10-CM lists")


def test_look_up_by_words_and_parts_of_words(page: Page, site: Site) -> None:
    page.goto(site.url("codes/"))
    field = page.get_by_label("Code, or words of its title")
    answer = page.locator("#code-look-up .answer")
    field.fill("neck femur right initial closed")
    expect(answer.locator("tbody tr").first).to_contain_text("S72.0")
    field.fill("lumbag")
    expect(answer.locator("tbody tr").first).to_contain_text("M54.4")
    field.fill("heart attack")
    expect(answer.locator("tbody")).to_contain_text("Acute myocardial infarction")


def test_a_service_is_not_shown_as_a_diagnosis(page: Page, site: Site) -> None:
    page.goto(site.url("codes/?code=J3301"))
    answer = page.locator("#code-look-up .answer")
    expect(answer.locator("h2")).to_have_text("J3301 CPT or HCPCS code")
    assert "J33.01" not in page.content()
    assert page.url.endswith("?code=J3301")


def test_blocks_and_chapters_are_looked_up(page: Page, site: Site) -> None:
    page.goto(site.url("codes/?code=S72.001A"))
    answer = page.locator("#code-look-up .answer")
    answer.get_by_role("link", name="S70-S79 Injuries to the hip and thigh").click()
    expect(answer.locator("h2")).to_contain_text("Block S70-S79")
    expect(answer.locator("tbody tr")).to_have_count(10)
    answer.get_by_role("link", name="chapter 19").click()
    expect(answer.locator("h2")).to_contain_text("Chapter 19")


def test_all_rules_that_apply_are_on_a_codes_page_and_in_the_look_up(
    page: Page, site: Site
) -> None:
    wanted = {"TH-UNITS", "TH-GP", "PX-PTP1", "PX-PTP0", "PX-MUE-CLINICAL", "TH-POC"}
    page.goto(site.url("codes/97110/"))
    assert wanted <= set(page.locator("article td:first-child > a").all_inner_texts())
    page.goto(site.url("codes/?code=97110"))
    page.locator("#code-look-up .answer h2").wait_for()
    assert wanted <= set(page.locator(".answer td:first-child > a").all_inner_texts())
    page.goto(site.url("codes/M54.50/"))
    rules = set(page.locator("article td:first-child > a").all_inner_texts())
    assert {"DX-EXCL1", "DX-UNSPEC-WITH-SPECIFIC"} <= rules


def test_an_expired_code_names_what_replaced_it(page: Page, site: Site) -> None:
    for address in ("codes/M54.5/", "codes/?code=M54.5"):
        page.goto(site.url(address))
        told = page.locator("dl.answers > div", has_text="Replaced by")
        expect(told).to_contain_text("M54.50 Low back pain, unspecified")
        expect(page.locator("article").get_by_text("expired 2021-09-30")).to_be_visible()


def test_look_up_of_a_procedure_code(page: Page, site: Site) -> None:
    assert not (site.folder / "codes" / "27447").exists()
    page.goto(site.url("codes/?code=27447"))
    answer = page.locator("#code-look-up .answer")
    expect(answer.locator("h2")).to_have_text("27447 CPT or HCPCS code")
    expect(answer).to_contain_text("Medically unlikely edits for practitioners, 2024 Q3")
    expect(answer.locator("table", has_text="global days").first).to_contain_text("090")
    expect(answer).to_contain_text("codes bundle into it")
    page.get_by_label("Code, or words of its title").fill("9714")
    answer.get_by_role("link", name="97140").click()
    answer.get_by_role("link", name="The page of 97140").click()
    expect(page.locator("h1")).to_contain_text("97140")
    expect(page.locator("article table", has_text="most units").first).to_contain_text("6")


def test_a_denial_has_its_frequency_with_period_and_source(page: Page, site: Site) -> None:
    page.goto(site.url("denials/carc-18/"))
    row = page.locator("tr", has_text="Kentucky")
    expect(row).to_contain_text("most frequent reason; 44,493 denials")
    expect(row).to_contain_text("January 2018")
    expect(row).to_contain_text("Claim Denial Data, CGS Administrators")
    page.goto(site.url("denials/carc-50/"))
    expect(page.get_by_role("heading", name="Rules that prevent it")).to_be_visible()
    expect(page.get_by_role("heading", name="How often payers use it")).to_have_count(0)


def test_the_iri_of_a_term_opens_it_and_words_find_it(page: Page, site: Site) -> None:
    page.goto(site.url("ns/#denialShare"))
    term = page.locator("details", has=page.locator("#denialShare"))
    expect(term).to_have_attribute("open", "")
    expect(page.locator("#denialShare")).to_be_in_viewport()
    page.get_by_label("Filter", exact=True).fill("percent of all denials")
    expect(page.locator(".filters output")).to_contain_text(re.compile(r"^1 of \d+ terms"))
    expect(term).to_be_visible()
    expect(page.locator("#denialCode")).not_to_be_visible()


def test_a_page_of_a_rule_shows_what_the_command_says(page: Page, site: Site) -> None:
    page.goto(site.url("rules/DX-DATE/"))
    first = page.locator("article").inner_text()
    assert "{?" not in first
    assert "violation M54.50 is not valid on 2021-09-30" in " ".join(first.split())
    page.locator("summary", has_text="The whole claims and their reports").click()
    shown = page.locator("article").inner_text()
    assert "violation  DX-DATE" in shown
    assert "$ claimshapes check claim.json --select DX-DATE" in shown
    assert "clean: no findings, 1 rule in force" in shown
    twin = page.request.get(site.url("rules/DX-DATE/DX-DATE.ttl")).text()
    assert twin == (ROOT / "shapes" / "diagnosis" / "DX-DATE.ttl").read_text("utf-8")
    said = page.request.get(site.url("rules/DX-DATE/DX-DATE.json")).json()
    assert said["id"] == "DX-DATE"
    assert said["denialCodes"] == ["146", "16"]


def test_whatever_a_finding_names_has_a_page(site: Site) -> None:
    book = load_rules()
    for rule in book:
        path = rule.url.removeprefix("https://w3id.org/claimshapes/")
        assert (site.folder / path / "index.html").is_file(), rule.url
        for number in rule.denial_codes:
            denial = site.folder / "denials" / f"carc-{number.lower()}"
            assert (denial / "index.html").is_file(), number
        for payer in rule.payers:
            assert (site.folder / "payers" / payer.rsplit("/", 1)[-1] / "index.html").is_file()


def test_every_code_is_in_the_look_up(site: Site) -> None:
    from claimshapes.knowledge.compiled_knowledge import Knowledge

    folder = site.folder / "codes" / "data"
    known: set[str] = set()
    about = json.loads((folder / "about.json").read_text("utf-8"))
    assert about["diagnoses"] == sorted(file.stem for file in folder.glob("??.json"))
    for file in folder.glob("??.json"):
        places: dict[str, Any] = json.loads(file.read_text("utf-8"))
        assert all(up in places for place in places.values() for up in place.get("up", ()))
        known |= places.keys()
    assert {notation for notation, _ in Knowledge.open().concepts()} <= known


def test_every_procedure_code_of_the_tables_is_in_the_look_up(site: Site) -> None:
    folder = site.folder / "codes" / "data"
    about = json.loads((folder / "about.json").read_text("utf-8"))
    files = sorted((folder / "procedures").glob("*.json"))
    assert about["procedures"] == [file.stem for file in files]
    known = {code for file in files for code in json.loads(file.read_text("utf-8"))}
    read = 0
    for table in (ROOT / "ontology" / "codes").glob("*/*.csv.gz"):
        with gzip.open(table, "rt", encoding="utf-8") as stream:
            rows = csv.reader(stream)
            if next(rows)[0] not in {"procedure", "add_on", "column1"}:
                continue
            codes = {row[0] for row in rows}
            assert codes <= known, table.name
            read += len(codes)
    assert read > 30_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_no_fault_for_readers_with_disabilities(
    browser: Browser, site: Site, scheme: Any, width: int
) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce"
    )
    tab = context.new_page()
    faults: list[str] = []
    for path in KINDS:
        tab.goto(site.url(path))
        expect(tab.locator("h1")).to_be_visible()
        if "?" in path:
            tab.locator("#code-look-up .answer h2").wait_for()
        faults += accessibility_faults(tab, path, width)
    context.close()
    assert not faults


def test_what_scrolls_sideways_is_reached_by_keyboard_whenever_it_comes(
    browser: Browser, site: Site
) -> None:
    tab = browser.new_page(viewport={"width": 1440, "height": 844})
    tab.goto(site.url("coverage/"))
    expect(tab.locator("h1")).to_be_visible()
    tab.wait_for_load_state("networkidle")
    tab.evaluate("""() => {
      const region = document.createElement("div");
      region.className = "md-typeset__scrollwrap late";
      region.style.overflowX = "auto";
      region.innerHTML = '<div style="width: 600px">wide</div>';
      document.querySelector("article").append(region);
    }""")
    late = tab.locator(".late")
    assert late.get_attribute("tabindex") is None
    tab.set_viewport_size({"width": 390, "height": 844})
    expect(late).to_have_attribute("tabindex", "0")
    tab.close()


def test_no_link_is_dead(site: Site) -> None:
    anchors: dict[Path, set[str]] = {}
    pages = sorted(site.folder.rglob("*.html"))
    texts = {file: file.read_text("utf-8") for file in pages}
    for file, text in texts.items():
        anchors[file] = set(re.findall(r'\bid="([^"]+)"', text))
    dead = []
    for file, text in texts.items():
        if file.name == "404.html":
            continue
        for target in set(re.findall(r'(?:href|src)="([^"]*)"', text)):
            address, _, anchor = target.partition("#")
            address = address.partition("?")[0]
            if re.match(r"[a-z]+:", address) or address.startswith("//"):
                continue
            there = (file.parent / address).resolve() if address else file
            there = there / "index.html" if there.is_dir() else there
            if not there.is_file():
                dead.append(f"{file.relative_to(site.folder)}: {target}")
            elif anchor and there in anchors and anchor not in anchors[there]:
                dead.append(f"{file.relative_to(site.folder)}: {target} (anchor)")
    assert len(pages) > 100
    assert not dead
