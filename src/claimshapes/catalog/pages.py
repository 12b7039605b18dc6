"""Generated pages and files, and their places below ``docs/``."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

FOLDERS = (
    "changes",
    "codes",
    "coverage",
    "denials",
    "downloads",
    "examples",
    "find",
    "ns",
    "payers",
    "playground",
    "reference/generated",
    "rules",
    "sources",
    "tables",
    "topics/generated",
    "value-sets",
)
"""The folders of ``docs/`` that hold generated files only."""


@dataclass(slots=True)
class Page:
    """A page in Markdown.

    Attributes:
        path: its file below ``docs/``.
        title: its title.
        blocks: its text, block by block.
        searched: whether the site's search knows it.
        wide: whether its table takes the room of the table of contents.
        description: what search engines and links to the page say of it.
        words: more words that the site's search finds it by; the description by default.
    """

    path: str
    title: str
    blocks: list[str] = field(default_factory=list)
    searched: bool = True
    wide: bool = False
    description: str = ""
    words: str = ""

    def add(self, *blocks: str) -> None:
        """Adds blocks; empty ones are left out."""
        self.blocks += [block for block in blocks if block]

    def to(self, target: str) -> str:
        """The address of another file below ``docs/`` from this page, as Markdown links it."""
        path, mark, anchor = target.partition("#")
        return posixpath.relpath(path, posixpath.dirname(self.path)) + mark + anchor

    def markdown(self) -> str:
        """The page as its file has it."""
        head = [f"title: {json.dumps(self.title)}"]
        if self.description:
            head.append(f"description: {json.dumps(' '.join(self.description.split()))}")
        if not self.searched:
            head += ["search:", "  exclude: true"]
        if self.wide:
            head += ["hide:", "  - toc"]
        return "\n".join(["---", *head, "---", ""]) + "\n" + "\n\n".join(self.blocks) + "\n"


@dataclass(slots=True)
class GeneratedFiles:
    """Everything that is generated, by its place below ``docs/``, and its pages."""

    files: dict[str, bytes] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)

    def add_page(self, page: Page) -> None:
        """Adds a page."""
        self.pages.append(page)
        self.add_file(page.path, page.markdown())

    def add_file(self, path: str, content: str | bytes) -> None:
        """Adds a file.

        Raises:
            ValueError: there is one already, or it stands outside the generated folders.
        """
        if path in self.files:
            raise ValueError(f"{path} is generated twice")
        if not is_generated(path):
            raise ValueError(f"{path} is in no generated folder")
        self.files[path] = content.encode() if isinstance(content, str) else content

    def write(self, docs: Path, folders: Iterable[str] = FOLDERS) -> int:
        """Makes the folders hold these files and no others.

        A file whose content is the same is left alone, so that a server that watches the
        folder renders only what changed.

        Args:
            docs: the folder of the site's sources.
            folders: the generated folders to bring up to date.

        Returns:
            How many files were written or removed.
        """
        changed = 0
        kept = set()
        for folder in folders:
            for path, content in self.files.items():
                if not path.startswith(f"{folder}/"):
                    continue
                file = docs / path
                kept.add(file)
                if not file.is_file() or file.read_bytes() != content:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                    changed += 1
            for file in sorted((docs / folder).rglob("*"), reverse=True):
                if file.is_dir():
                    if not any(file.iterdir()):
                        file.rmdir()
                elif file not in kept:
                    file.unlink()
                    changed += 1
        return changed


def is_generated(path: str) -> bool:
    """Whether a file, by its place below ``docs/``, is in a folder of generated files."""
    return any(path.startswith(f"{folder}/") for folder in FOLDERS)


def rule_page(identifier: str) -> str:
    """Where a rule's page is."""
    return f"rules/{identifier}/index.md"


def payer_page(identifier: str) -> str:
    """Where a payer's page is."""
    return f"payers/{identifier}/index.md"


def denial_page(kind: str, number: str) -> str:
    """Where the page of a denial code is; ``kind`` is ``carc`` or ``rarc``."""
    return f"denials/{kind}-{number.lower()}/index.md"


def value_set_page(identifier: str) -> str:
    """Where a value set's page is."""
    return f"value-sets/{identifier}/index.md"


def code_page(notation: str) -> str:
    """Where the page of a diagnosis or procedure code is, if it has one."""
    return f"codes/{notation}/index.md"


def topic_page(name: str) -> str:
    """Where the picture of a topic's codes and rules is."""
    return f"topics/generated/{name}/index.md"


def table_page(name: str) -> str:
    """Where a table's page is."""
    return f"tables/{name}/index.md"


def example_page(name: str) -> str:
    """Where an example claim's page is."""
    return f"examples/{name}/index.md"
