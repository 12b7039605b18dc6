"""What a reader's first page costs, and what links to a page show of it."""

from __future__ import annotations

import gzip
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response

from claimshapes.catalog.page_heads import with_head

from .conftest import Site

MOST_BYTES = 200_000
MOST_REQUESTS = 16
PAGES = ("", "rules/TH-GP/", "codes/97110/", "codes/", "denials/carc-50/", "payers/medicare-b/")


@pytest.mark.parametrize("path", PAGES)
def test_first_load_is_within_its_budget(page: Page, site: Site, path: str) -> None:
    loaded: dict[str, int] = {}

    def count(response: Response) -> None:
        file = site.folder / urlsplit(response.url).path.removeprefix("/claimshapes/")
        file = file / "index.html" if file.is_dir() else file
        # As every host sends text: packed.
        loaded[response.url] = len(gzip.compress(file.read_bytes())) if file.is_file() else 0

    page.on("response", count)
    page.goto(site.url(path), wait_until="networkidle")
    assert sum(loaded.values()) < MOST_BYTES, loaded
    assert len(loaded) <= MOST_REQUESTS, sorted(loaded)


def test_every_page_has_a_title_and_a_description_of_its_own(site: Site) -> None:
    titles: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    for file in site.folder.rglob("index.html"):
        text = file.read_text("utf-8")
        path = file.relative_to(site.folder).as_posix()
        (title,) = re.findall(r'<meta property="og:title" content="([^"]+)">', text)
        (says,) = re.findall(r'<meta name="description" content="([^"]+)">', text)
        (told,) = re.findall(r'<meta property="og:description" content="([^"]+)">', text)
        assert unescape(says) == unescape(told)
        assert '<meta property="og:image" content="http' in text
        assert title not in titles, f"{path} and {titles[title]}"
        titles[title] = path
        # Shorter, search engines make one up; longer, they cut it.
        assert 50 <= len(unescape(says)) <= 160, path
        assert says not in descriptions, f"{path} and {descriptions[says]}"
        descriptions[says] = path


def test_a_page_without_a_description_is_told_by_its_first_paragraph() -> None:
    words = "Enough words of a first paragraph that says what the page is about."
    page = (
        '<head><title>A &amp; B</title><meta name="description" content="The site"></head>'
        f"<article><p>Short</p><p>{words} <b>More</b></p></article>"
    )
    made = with_head(page, "https://example.org/", "The site")
    assert f'<meta name="description" content="{words} More">' in made
    assert '<meta property="og:title" content="A &amp;amp; B">' not in made
    assert '<meta property="og:title" content="A &amp; B">' in made
    assert 'content="https://example.org/assets/card.png"' in made


@pytest.mark.parametrize(
    ("stated", "made"),
    [
        (
            "Every line has its charge.",
            "A rule: Every line has its charge. Claims checked by rules.",
        ),
        (f"{'Six words that say a thing. ' * 7}", ("Six words that say a thing. " * 5).rstrip()),
        ("word, " * 60, ("word, " * 26).rstrip(", ") + "…"),
    ],
)
def test_a_description_fits(stated: str, made: str) -> None:
    meta = '<meta name="description" content="{}">'
    page = f"<head><title>A rule - Claimshapes</title>{meta.format(stated)}</head>"
    assert meta.format(made) in with_head(page, "", "Claims checked by rules")
