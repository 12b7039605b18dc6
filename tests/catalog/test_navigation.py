"""Goes from page to page by clicks: the theme then puts the next page into the same document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from claimshapes.catalog.build import render
from claimshapes.catalog.versions import list_version, version_folder
from claimshapes.errors import InputError

from .conftest import ROOT, Site, served, watched_page

LOOK_UP = "Code, or words of its title"
AS_OF = "As of date of service"


def test_everything_works_after_instant_navigation(page: Page, site: Site) -> None:
    page.goto(site.url(""))
    page.wait_for_load_state("networkidle")
    page.evaluate("window.sameDocument = true")
    navigation = page.locator(".md-nav--primary")
    navigation.get_by_role("link", name="Rules", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Rules")
    expect(page.locator(".filters")).to_have_count(1)
    page.get_by_label("Filter").fill("therapy service without its discipline")
    rows = page.locator(".filterable tbody tr:visible")
    expect(rows).to_have_count(1)
    page.get_by_label("Filter").fill("")
    page.get_by_role("button", name="Rule", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    page.get_by_label("Filter").fill("therapy service without its discipline")
    rows.first.get_by_role("link", name="TH-GP", exact=True).click()
    expect(page.locator("h1")).to_contain_text("TH-GP")
    page.get_by_label(AS_OF).fill("2017-12-31")
    told = page.locator(".as-of output")
    expect(told).to_have_text("On 2017-12-31 the rule is not in force.")
    navigation.get_by_role("link", name="Codes", exact=True).click()
    page.get_by_label(LOOK_UP).fill("s72001a")
    answer = page.locator("#code-look-up .answer")
    expect(answer.locator("h2")).to_contain_text("S72.001A")
    answer.get_by_role("link", name="S72.00", exact=True).first.click()
    expect(answer.locator("h2")).to_contain_text("S72.00 ")
    page.get_by_label(LOOK_UP).fill("M54.5")
    answer.get_by_role("link", name="The page of M54.5").click()
    expect(page.locator("h1")).to_contain_text("M54.5")
    # The day goes along, and no switch of a page that was left sets it back.
    expect(page.get_by_label(AS_OF)).to_have_value("2017-12-31")
    page.get_by_label(AS_OF).fill("2022-01-01")
    navigation.get_by_role("link", name="Codes", exact=True).click()
    page.get_by_label(LOOK_UP).fill("M54.6")
    expect(answer.locator("h2")).to_contain_text("M54.6")
    page.go_back()
    expect(page.locator("h1")).to_contain_text("M54.5")
    expect(page.get_by_label(AS_OF)).to_have_value("2022-01-01")
    expect(page.locator(".as-of")).to_have_count(1)
    assert page.evaluate("window.sameDocument")


@pytest.fixture(scope="module")
def versions(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two versions, rendered from the pages that the site was made of."""
    top = tmp_path_factory.mktemp("versions")
    folder = top / "claimshapes"
    with served(top) as address:
        for number in ("0.9.0", "0.10.0"):
            render(ROOT, folder, f"{address}/claimshapes/", number)
        yield Site(folder, f"{address}/claimshapes")


def test_versions_side_by_side(browser: Browser, versions: Site) -> None:
    listed = json.loads((versions.folder / "versions.json").read_text("utf-8"))
    assert [entry["version"] for entry in listed] == ["0.10.0", "0.9.0"]
    assert listed[0]["aliases"] == ["latest"]
    with watched_page(browser, versions) as page:
        # What a finding links to has no version, and leads to the newest.
        page.goto(versions.url("rules/TH-GP/?on=2017-12-31#history"))
        page.wait_for_url("**/0.10.0/rules/TH-GP/?on=2017-12-31#history")
        expect(page.get_by_label(AS_OF)).to_have_value("2017-12-31")
        expect(page.locator(".old-version")).to_have_count(0)
        page.locator(".md-version__current").focus()
        page.locator(".md-version__link", has_text="0.9.0").click()
        page.wait_for_url("**/0.9.0/rules/TH-GP/**")
        note = page.locator(".old-version")
        expect(note).to_contain_text("This page is of version 0.9.0")
        page.locator(".md-nav--primary").get_by_role("link", name="Codes", exact=True).click()
        expect(page.locator("h1")).to_contain_text("Codes")
        expect(note).to_have_count(1)
        note.get_by_role("link").click()
        page.wait_for_url("**/0.10.0/codes/")
        twin = page.request.get(versions.url("rules/TH-GP/TH-GP.ttl")).text()
        assert twin == next(ROOT.glob("shapes/*/TH-GP.ttl")).read_text("utf-8")


def test_a_page_that_went_stays_at_its_address(tmp_path: Path) -> None:
    for version, rules in (("1.0", ("KEPT", "GONE")), ("2.0", ("KEPT",))):
        own = version_folder(tmp_path, version)
        for rule in rules:
            folder = own / "rules" / rule
            folder.mkdir(parents=True)
            (folder / "index.html").write_text(version)
            (folder / f"{rule}.ttl").write_text(version)
        list_version(tmp_path, version)
    assert "../../1.0/rules/GONE/" in (tmp_path / "rules/GONE/index.html").read_text()
    assert "../../2.0/rules/KEPT/" in (tmp_path / "rules/KEPT/index.html").read_text()
    assert (tmp_path / "rules/GONE/GONE.ttl").read_text() == "1.0"
    assert (tmp_path / "rules/KEPT/KEPT.ttl").read_text() == "2.0"
    with pytest.raises(InputError, match="a version is a number"):
        version_folder(tmp_path, "../elsewhere")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(InputError, match="neither empty nor one of versions"):
        version_folder(tmp_path, "1.0")
