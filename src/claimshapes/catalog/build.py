"""Makes the generated pages from the graph, and has MkDocs render them with the others."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from claimshapes.catalog.change_page import add_changes
from claimshapes.catalog.claim_format_page import add_claim_format
from claimshapes.catalog.code_look_up import add_look_up
from claimshapes.catalog.code_pages import add_code_pages
from claimshapes.catalog.code_relations import CodeRelations
from claimshapes.catalog.coded_pages import CodedPages, coded_pages
from claimshapes.catalog.coverage_page import add_coverage
from claimshapes.catalog.denial_pages import add_denials
from claimshapes.catalog.downloads_page import add_downloads
from claimshapes.catalog.example_data import ExampleData
from claimshapes.catalog.example_pages import add_examples
from claimshapes.catalog.home_counts import add_counts
from claimshapes.catalog.kept_between_builds import Memory
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.page_heads import complete_heads
from claimshapes.catalog.pages import GeneratedFiles, rule_page
from claimshapes.catalog.payer_pages import add_payers
from claimshapes.catalog.playground_page import add_playground
from claimshapes.catalog.relation_pages import add_topics
from claimshapes.catalog.rule_data import RuleData
from claimshapes.catalog.rule_index import add_rule_index
from claimshapes.catalog.rule_pages import add_rule
from claimshapes.catalog.search_index import add_search
from claimshapes.catalog.source_page import add_sources
from claimshapes.catalog.table_pages import add_tables
from claimshapes.catalog.value_set_pages import add_value_sets
from claimshapes.catalog.versions import list_version, version_folder
from claimshapes.catalog.vocabulary_page import add_vocabulary
from claimshapes.errors import InputError
from claimshapes.explain.rule_history import read_history
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.pack import TEST_SUFFIX
from claimshapes.rules.rule import Rule

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

CONFIGURATION = "mkdocs.yml"
DOCS = "docs"
_ADDRESS = "CLAIMSHAPES_SITE_URL"
_VERSIONS = "CLAIMSHAPES_SITE_VERSIONS"


def generate(root: Path, memory: Memory | None = None) -> int:
    """Writes the generated pages below ``docs/``.

    Args:
        root: the checkout.
        memory: what was worked out before; what is worked out now goes into it.

    Returns:
        How many files changed.

    Raises:
        InputError: the folder is no checkout.
        RuleError: a rule or the ontology cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
    """
    memory = memory or Memory()
    rules, knowledge, examples, paged = _read(root, memory)
    files = GeneratedFiles()
    _add_rules(files, root, rules.book, rules, knowledge, examples, paged)
    add_rule_index(files, rules, knowledge)
    add_payers(files, rules, knowledge)
    add_denials(files, rules, knowledge)
    add_value_sets(files, rules, knowledge, paged)
    add_sources(files, rules, knowledge)
    add_coverage(files, rules, knowledge)
    add_tables(files, knowledge, paged)
    add_examples(files, examples)
    add_vocabulary(files, rules, knowledge)
    add_claim_format(files, rules, knowledge)
    add_downloads(files, rules, knowledge)
    add_changes(files, rules, root)
    add_playground(files, rules, knowledge, examples, root)
    add_counts(files, rules, knowledge)
    relations = CodeRelations(rules, knowledge, examples, paged)
    add_code_pages(files, relations)
    add_look_up(files, relations, memory)
    add_topics(files, root, relations)
    add_search(files, root / DOCS, knowledge.codes)
    return files.write(root / DOCS)


def generate_rules(root: Path, memory: Memory, changed: Collection[Path]) -> int:
    """Writes only the pages of the rules whose file, or whose file of tests, changed.

    The example claims, which every rule judges, are as they were judged before.

    Args:
        root: the checkout.
        memory: what was worked out before.
        changed: rule files and their tests.

    Returns:
        How many files changed.

    Raises:
        RuleError: a rule cannot be used.
    """
    rules, knowledge, examples, paged = _read(root, memory, old_examples=True)
    again = [
        rule
        for rule in rules.book
        if rule.file in changed or rule.file.with_suffix(TEST_SUFFIX) in changed
    ]
    files = GeneratedFiles()
    _add_rules(files, root, again, rules, knowledge, examples, paged)
    folders = [str(Path(rule_page(rule.id)).parent) for rule in again]
    return files.write(root / DOCS, folders)


def _add_rules(
    files: GeneratedFiles,
    root: Path,
    chosen: Iterable[Rule],
    rules: RuleData,
    knowledge: KnowledgeData,
    examples: ExampleData,
    paged: CodedPages,
) -> None:
    history = read_history(root, "shapes")
    repository = _repository(root / CONFIGURATION)
    for rule in chosen:
        add_rule(files, rules, knowledge, examples, paged, repository, rule, history)


def _read(
    root: Path, memory: Memory, *, old_examples: bool = False
) -> tuple[RuleData, KnowledgeData, ExampleData, CodedPages]:
    """What the pages are made of.

    Args:
        root: the checkout.
        memory: what was worked out before.
        old_examples: whether the example claims may be as they were judged before.

    Raises:
        InputError: the folder is no checkout.
    """
    if not (root / CONFIGURATION).is_file() or not (root / DOCS).is_dir():
        raise InputError(
            f"the catalog is made in a checkout of the project, where {CONFIGURATION} and "
            f"{DOCS}/ are",
            file=str(root),
        )
    ontology = resource_directory("ontology")
    knowledge = KnowledgeData(ontology, memory)
    rules = RuleData(resource_directory("shapes"), ontology)
    examples = ExampleData(root / "examples", rules, knowledge.state, memory, old=old_examples)
    topics = sorted((root / DOCS / "topics").glob("*.md"))
    return rules, knowledge, examples, coded_pages(rules, knowledge, examples, topics)


def render(
    root: Path, site: Path | None = None, address: str | None = None, version: str | None = None
) -> None:
    """Runs ``mkdocs build --strict``.

    Args:
        root: the checkout.
        site: where the site, or with a version the folder of all versions, is to be; as
            mkdocs.yml says by default.
        address: where it will be published, if not where mkdocs.yml says.
        version: the version that it is, if versions are published side by side.

    Raises:
        InputError: MkDocs is not installed, a page is not as it should be, or the folder holds
            something else than versions; says which.
    """
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    folder = site
    if version is not None:
        if site is None:
            raise InputError("a version needs a folder for all versions: --output DIR")
        folder = version_folder(site, version)
        environment[_VERSIONS] = "mike"
        address = f"{(address or str(_settings(root).site_url)).rstrip('/')}/{version}/"
    if address is not None:
        environment[_ADDRESS] = address
    # Not --quiet: it would keep warnings from being counted, and --strict from seeing them.
    arguments = ["build", "--strict"]
    if folder is not None:
        arguments += ["--site-dir", str(folder.resolve())]
    command = mkdocs_command(*arguments)
    ended = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        said = [line.strip() for line in ended.stderr.splitlines()]
        wrong = [line for line in said if line.startswith(("WARNING", "ERROR"))]
        raise InputError("MkDocs did not build the site: " + "; ".join(wrong or said[-3:]))
    settings = _settings(root)
    complete_heads(
        folder or Path(settings.site_dir),
        address or str(settings.site_url or ""),
        str(settings.site_description or ""),
    )
    if version is not None and site is not None:
        list_version(site, version)


def _settings(root: Path) -> MkDocsConfig:
    from mkdocs.config import load_config

    return load_config(config_file=str(root / CONFIGURATION))


def mkdocs_command(*arguments: str) -> list[str]:
    """The command line of MkDocs.

    Raises:
        InputError: MkDocs, its theme or a plugin is not installed.
    """
    for module in ("mkdocs", "material", "mkdocstrings"):
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
