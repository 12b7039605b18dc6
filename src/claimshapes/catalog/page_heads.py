"""What links to a page show of it: its title, a description of its own and the site's picture.

The theme writes the title, the description of pages that state one and the address. The rest is
added to the rendered pages, so that no template of the theme has to be replaced.
"""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path
from urllib.parse import urlsplit

CARD = "assets/card.png"
MISSING = "404.html"
_HEAD_END = "</head>"
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)">')
_ADDRESS = re.compile(r'<link rel="canonical" href="([^"]*)">')
_ARTICLE = re.compile(r"<article\b.*?</article>", re.DOTALL)
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_MISSING_TITLE = re.compile(r"<h1>404[^<]*</h1>")
_INDEXES = (
    ("rules", "Rules"),
    ("codes", "Codes"),
    ("denials", "Denial codes"),
    ("payers", "Payers"),
)
_SITE = " - Claimshapes"
_SENTENCE = re.compile(r".+?(?:[.?!](?: |$)|$)")
_ENOUGH = 40
"""Characters from which on a paragraph is taken to say something."""
_SHORTEST, _LONGEST = 50, 160
"""Characters of a description: search engines show no more, and make up one for less."""


def complete_heads(site: Path, address: str, description: str) -> None:
    """Gives every page of a rendered site its own description, and what links to it show.

    Args:
        site: the folder of the site.
        address: where it is published, with a slash at the end; empty if that is not known.
        description: what the theme says of pages that state no description.
    """
    # The site of a pack has no picture.
    pictured = address if (site / CARD).is_file() else ""
    for file in site.rglob("*.html"):
        text = file.read_text("utf-8")
        completed = text
        if file.name == MISSING:
            completed = _with_way_on(text, urlsplit(address).path or "/")
        completed = with_head(completed, pictured, description)
        if completed != text:
            file.write_text(completed, "utf-8")


def with_head(text: str, address: str, description: str) -> str:
    """A page with a description of its own and what links to it show.

    Args:
        text: the page.
        address: where the site is published, if it has the picture.
        description: what the theme says of pages that state no description.
    """
    title, stated = _TITLE.search(text), _DESCRIPTION.search(text)
    if title is None or _HEAD_END not in text:
        return text
    told = unescape(stated[1]) if stated else ""
    if not told or told == description:
        told = _first_words(text) or description
    says = _fitted(told, unescape(title[1]).partition(_SITE)[0].strip(), description)
    meta = f'<meta name="description" content="{escape(says)}">'
    if stated:
        text = text.replace(stated[0], meta, 1)
    else:
        text = text.replace(title[0], f"{title[0]}{meta}", 1)
    shown = {
        "og:type": "website",
        "og:title": unescape(title[1]).strip(),
        "og:description": says,
        "og:image": f"{address}{CARD}" if address else "",
        "og:url": found[1] if (found := _ADDRESS.search(text)) else "",
    }
    tags = [
        f'<meta property="{name}" content="{escape(value)}">'
        for name, value in shown.items()
        if value
    ]
    tags.append('<meta name="twitter:card" content="summary_large_image">')
    return text.replace(_HEAD_END, "".join(tags) + _HEAD_END, 1)


def _with_way_on(text: str, root: str) -> str:
    """The page for what is not there, with a search and the indexes instead of a title alone."""
    listed = "".join(
        f'<li><a href="{escape(root)}{folder}/">{name}</a></li>' for folder, name in _INDEXES
    )
    body = (
        "<h1>There is no such page</h1>"
        "<p>The address may be of a code without a page, or of a page that has moved.</p>"
        '<form id="find" class="find" role="search"><label for="asked">'
        "Find a code, a rule, a denial or words</label><div>"
        '<input id="asked" name="asked" type="search" autocomplete="off" spellcheck="false">'
        '<button type="submit">Find</button></div></form>'
        f"<ul>{listed}</ul>"
    )
    return _MISSING_TITLE.sub(lambda _: body, text, count=1)


def _first_words(text: str) -> str:
    """The first paragraph of a page that says something."""
    article = _ARTICLE.search(text)
    for paragraph in _PARAGRAPH.findall(article[0]) if article else ():
        words = " ".join(unescape(_TAG.sub("", paragraph)).split())
        if len(words) >= _ENOUGH:
            return words
    return ""


def _fitted(told: str, title: str, description: str) -> str:
    """A description as long as what shows it has room for: whole sentences where they fit."""
    if len(told) < _SHORTEST and title.partition(" ")[0] not in told:
        told = f"{title}: {told}"
    if len(told) < _SHORTEST:
        told = f"{told.rstrip('.')}. {description}."
    if len(told) <= _LONGEST:
        return told
    says = ""
    for sentence in _SENTENCE.findall(told):
        if len(says + sentence.rstrip()) > _LONGEST:
            break
        says += sentence
    if len(says.rstrip()) >= _SHORTEST:
        return says.rstrip()
    return told[: _LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
