"""The set engine for rules that are not being used: what it has no SQL for, and a first reading."""

from __future__ import annotations

from claimshapes.engines.batch.engine import SetEngine
from claimshapes.engines.batch.plan import Plan
from claimshapes.engines.batch.sparql.parsed_queries import Queries, shipped_file
from claimshapes.files.kept_files import KeptFiles, shipped_folder
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.derivations import declared_prefixes, load_derivations
from claimshapes.rules.rule_book import RuleBook, load_rules


def left_to_reference(book: RuleBook) -> list[str]:
    """A line for each rule and derivation that is left to the reference engine, with why.

    Raises:
        KnowledgeError: the compiled knowledge is missing or stale.
    """
    plan = _plan(book, None)
    found = {**plan.left, **plan.problems}
    return [
        f"{name}: left to the reference engine: {reason}" for name, reason in sorted(found.items())
    ]


def keep_shipped_plan() -> None:
    """Compiles the shipped rules; keeps their queries and plan beside the compiled knowledge.

    Raises:
        RuleError: a rule file cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
    """
    book = load_rules([resource_directory("shapes")])
    active = frozenset(rule.id for rule in book if rule.status == "active")
    plans = KeptFiles("plan", [shipped_folder()])
    _plan(book, Queries([shipped_file()]), active, plans)


def _plan(
    book: RuleBook,
    queries: Queries | None,
    rules: frozenset[str] | None = None,
    plans: KeptFiles | None = None,
) -> Plan:
    ontology = resource_directory("ontology")
    prefixes = declared_prefixes(ontology / "rule.ttl")
    derivations = load_derivations(ontology / "derivations", prefixes)
    engine = SetEngine(book, derivations, prefixes, Knowledge.open(), queries, rules, plans=plans)
    return engine.plan
