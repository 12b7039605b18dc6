"""What the site's search knows: its pages, the words that mean others, and the titles of codes.

`docs/assets/search/` reads it in the browser and ranks what it finds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

from claimshapes.catalog.pages import GeneratedFiles, Page, is_generated
from claimshapes.explain.code_facts import CodeBook, CodeFacts
from claimshapes.knowledge.synonyms import read_synonyms

PAGES = "find/pages.json"
CODES = "find/codes.txt"
_KINDS = {
    "rules": "rule",
    "denials": "denial",
    "payers": "payer",
    "value-sets": "value set",
    "tables": "table",
    "topics": "topic",
}
_CODES = "codes/"
_LONGEST = 400
_HEADING = re.compile(r"^(#{1,3}) +(.+?)(?: *\{[^}]*\})?$")
_MARKUP = re.compile(r"<[^>]*>|\]\([^)]*\)|[\[`*|\\]|(?<![^\s|])[-=:]{3,}(?![^\s|])|\{[^}]*\}")

Entry = tuple[str, str, str, str]
"""Title, address from the site's root, kind, and more words."""


def add_search(files: GeneratedFiles, docs: Path, book: CodeBook) -> None:
    """Adds what the search reads.

    Args:
        files: everything else that is generated.
        docs: the folder of the site's sources.
        book: the diagnosis codes.
    """
    entries = [*_generated(files.pages), *_written(docs)]
    content = {"pages": entries, "synonyms": read_synonyms()}
    files.add_file(PAGES, json.dumps(content, ensure_ascii=False, separators=(",", ":")))
    files.add_file(CODES, code_titles(book))


def _generated(pages: Iterable[Page]) -> Iterator[Entry]:
    for page in pages:
        index = page.path.count("/") == 1
        if not page.searched or (page.path.startswith(_CODES) and not index):
            continue
        kind = "page" if index else _KINDS.get(page.path.partition("/")[0], "page")
        words = page.words or page.description
        yield page.title, _address(page.path), kind, _short(words)


def _written(docs: Path) -> Iterator[Entry]:
    """The pages that people write, and their sections."""
    for file in sorted(docs.rglob("*.md")):
        path = file.relative_to(docs).as_posix()
        if not is_generated(path):
            yield from _sections(path, file.read_text("utf-8"))


def _sections(path: str, text: str) -> Iterator[Entry]:
    from markdown.extensions.toc import slugify  # type: ignore[import-untyped]

    sections: list[tuple[str, list[str]]] = []
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and (found := _HEADING.match(line)):
            sections.append((_plain(found[2]), []))
        elif not fenced and sections:
            sections[-1][1].append(line)
    title = sections[0][0] if sections else ""
    for heading, lines in sections:
        words = _short(" ".join(lines))
        if heading == title:
            yield title, _address(path), "page", words
        else:
            address = f"{_address(path)}#{slugify(heading, '-')}"
            yield f"{heading} ({title})", address, "section", words


def _plain(text: str) -> str:
    return " ".join(unescape(_MARKUP.sub(" ", text)).split())


def _short(text: str) -> str:
    return _plain(text)[:_LONGEST]


def _address(path: str) -> str:
    return path.removesuffix("index.md") if path.endswith("index.md") else f"{path[:-3]}/"


def code_titles(book: CodeBook) -> str:
    """The titles and inclusion terms of all diagnosis codes, a code on each line.

    Codes are in their order, and of a code and a title only what differs from those before is
    written, after the count of characters that are the same. A line begins with ``+`` where
    it is billable by the newest release, ``-`` where it was, and ``.`` where it never was.
    """
    lines = []
    code, title = "", ""
    for facts in sorted(book.codes.values(), key=lambda facts: facts.notation):
        same, shared = _same(code, facts.notation), _same(title, facts.title)
        code, title = facts.notation, facts.title
        parts = (f"{_mark(facts)}{same}{code[same:]}", str(shared), title[shared:], *facts.terms)
        lines.append("\t".join(parts))
    return "\n".join(lines) + "\n"


def _same(before: str, after: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))


def _mark(facts: CodeFacts) -> str:
    if not facts.periods:
        return "."
    return "+" if any(period.last is None for period in facts.periods) else "-"
