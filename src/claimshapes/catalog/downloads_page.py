"""Ontology and shapes as files."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.markdown import link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.knowledge.tables import DESCRIPTION
from claimshapes.rules.written_rules import rule_files

INDEX = "downloads/index.md"
_SUFFIXES = frozenset({".ttl", ".json", ".jsonld", ".csv"})
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_BESIDE = ("curated", "derivations", "tables")


def add_downloads(
    files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData
) -> None:
    """Adds the files and the page that lists them."""
    page = Page(INDEX, "Downloads")
    shapes = rule_files([rule_data.shapes])
    turtle = "\n".join(file.read_text("utf-8") for file in shapes)
    files.add_file("downloads/shapes.ttl", turtle)
    files.add_file("downloads/shapes.zip", _zipped(rule_data.shapes))
    listed = [
        ("shapes.ttl", "every rule in one file", len(turtle.encode())),
        (
            "shapes.zip",
            "every rule with its tests, as the project keeps them",
            len(files.files["downloads/shapes.zip"]),
        ),
    ]
    for file in _ontology_files(knowledge_data.folder):
        name = file.relative_to(knowledge_data.folder).as_posix()
        files.add_file(f"downloads/ontology/{name}", file.read_bytes())
        if name.endswith(DESCRIPTION):
            continue
        listed.append((f"ontology/{name}", _what(file), file.stat().st_size))
    rows = [
        (f'<a href="{name}" download>{name}</a>', what, f"{max(size / 1024, 1):,.0f}&nbsp;kB")
        for name, what, size in listed
    ]
    page.add(
        "# Downloads",
        "The same files that the validator reads. The vocabulary has "
        f"{link('a page for its namespace', page.to('ns/index.md'))}; each rule's page has its "
        "own Turtle and JSON. Code systems are too large for a page: they come with the package.",
        table(("File", "What it is", "Size"), rows),
    )
    files.add_page(page)


def _ontology_files(folder: Path) -> list[Path]:
    found = list(folder.iterdir())
    for name in _BESIDE:
        found += (folder / name).rglob("*")
    return sorted(file for file in found if file.is_file() and file.suffix in _SUFFIXES)


def _what(file: Path) -> str:
    """What a file says of itself: a schema by its title, a table by its description."""
    description = file.with_suffix(DESCRIPTION)
    if file.suffix == ".csv" and description.is_file():
        told = json.loads(description.read_text("utf-8")).get("dc:description", "")
        beside = link("its columns and sources", f"ontology/tables/{description.name}")
        return f"{plain(told)} {beside}" if file.parent.name == "tables" else plain(told)
    if file.suffix == ".json":
        content = json.loads(file.read_text("utf-8"))
        return plain(str(content.get("title") or content.get("description") or ""))
    return _first_comment(file)


def _first_comment(file: Path) -> str:
    """The sentence that a Turtle file begins with."""
    lines = []
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("# "):
            lines.append(line.removeprefix("# "))
        elif lines:
            break
    text = " ".join(lines)
    return text.partition(". ")[0].rstrip(".").replace("|", "&#124;")


def _zipped(folder: Path) -> bytes:
    """The folder as a ZIP file; the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.ttl")):
            entry = zipfile.ZipInfo(file.relative_to(folder.parent).as_posix(), _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    return stream.getvalue()
