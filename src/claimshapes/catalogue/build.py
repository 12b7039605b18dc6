"""Makes the generated pages from the graph, and has MkDocs render them with the others."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from claimshapes.catalogue.change_page import add_changes
from claimshapes.catalogue.claim_format_page import add_claim_format
from claimshapes.catalogue.code_facts import CodeBook
from claimshapes.catalogue.code_look_up import add_look_up
from claimshapes.catalogue.code_pages import add_code_pages
from claimshapes.catalogue.code_relations import CodeRelations
from claimshapes.catalogue.coverage_page import add_coverage
from claimshapes.catalogue.denial_pages import add_denials
from claimshapes.catalogue.downloads_page import add_downloads
from claimshapes.catalogue.example_pages import add_examples
from claimshapes.catalogue.material import Material
from claimshapes.catalogue.pages import GeneratedFiles
from claimshapes.catalogue.payer_pages import add_payers
from claimshapes.catalogue.playground_page import add_playground
from claimshapes.catalogue.rule_history import read_history
from claimshapes.catalogue.rule_pages import add_rule, add_rule_index
from claimshapes.catalogue.source_page import add_sources
from claimshapes.catalogue.table_pages import add_tables
from claimshapes.catalogue.value_set_pages import add_value_sets
from claimshapes.catalogue.vocabulary_page import add_vocabulary
from claimshapes.errors import InputError

CONFIGURATION = "mkdocs.yml"
DOCS = "docs"

Part = Callable[[GeneratedFiles, Material], None]
_PARTS: tuple[Part, ...] = (
    add_rule_index,
    add_payers,
    add_denials,
    add_value_sets,
    add_sources,
    add_coverage,
    add_tables,
    add_examples,
    add_vocabulary,
    add_claim_format,
    add_downloads,
    add_changes,
    add_playground,
)


def generate(root: Path, codes: CodeBook | None = None) -> int:
    """Writes the generated pages below ``docs/``.

    Args:
        root: the checkout.
        codes: the diagnosis codes, where they are read already.

    Returns:
        How many files changed.

    Raises:
        InputError: the folder is no checkout.
        RuleError: a rule or the ontology cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
    """
    material = open_material(root)
    files = GeneratedFiles()
    history = read_history(root, "shapes")
    for rule in material.book:
        add_rule(files, material, rule, history)
    for part in _PARTS:
        part(files, material)
    relations = CodeRelations(material, codes or CodeBook(material.knowledge))
    add_code_pages(files, material, relations)
    add_look_up(files, material, relations)
    return files.write(root / DOCS)


def generate_rules(root: Path) -> int:
    """Writes the pages of the rules and their index only, which is what a changed rule needs first.

    Returns:
        How many files changed.

    Raises:
        RuleError: a rule cannot be used.
    """
    material = open_material(root)
    files = GeneratedFiles()
    history = read_history(root, "shapes")
    for rule in material.book:
        add_rule(files, material, rule, history)
    add_rule_index(files, material)
    return files.write(root / DOCS, ["rules"])


def open_material(root: Path) -> Material:
    """What the pages are made of.

    Raises:
        InputError: the folder is no checkout.
    """
    configuration = root / CONFIGURATION
    if not configuration.is_file() or not (root / DOCS).is_dir():
        raise InputError(
            f"the catalogue is made in a checkout of the project, where {CONFIGURATION} and "
            f"{DOCS}/ are",
            file=str(root),
        )
    return Material(root, repository=_repository(configuration))


def render(root: Path, site: Path | None = None) -> None:
    """Runs ``mkdocs build --strict``.

    Args:
        root: the checkout.
        site: where the site is to be; as mkdocs.yml says by default.

    Raises:
        InputError: MkDocs is not installed, or a page is not as it should be; says which.
    """
    # Not --quiet: it would keep warnings from being counted, and --strict from seeing them.
    arguments = ["build", "--strict"]
    if site is not None:
        arguments += ["--site-dir", str(site.resolve())]
    command = mkdocs_command(*arguments)
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    ended = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        said = [line.strip() for line in ended.stderr.splitlines()]
        wrong = [line for line in said if line.startswith(("WARNING", "ERROR"))]
        raise InputError("MkDocs did not build the site: " + "; ".join(wrong or said[-3:]))


def mkdocs_command(*arguments: str) -> list[str]:
    """The command line of MkDocs.

    Raises:
        InputError: MkDocs or its theme is not installed.
    """
    for module in ("mkdocs", "material"):
        if importlib.util.find_spec(module) is None:
            raise InputError("the site's tools are missing: pip install 'claimshapes[docs]'")
    return [sys.executable, "-m", "mkdocs", *arguments]


def _repository(configuration: Path) -> str | None:
    """Where files can be edited, from ``repo_url`` of mkdocs.yml."""
    for line in configuration.read_text("utf-8").splitlines():
        if line.startswith("repo_url:"):
            address = line.partition(":")[2].strip().strip("\"'").rstrip("/")
            return f"{address}/edit/main" if address else None
    return None
