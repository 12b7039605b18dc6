"""Plans kept between runs: to compile rules takes as long as to judge some hundred claims."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import msgspec
import rdflib

from claimshapes.engines.batch.plan import Plan
from claimshapes.engines.batch.tables.property_tables import Table
from claimshapes.files.kept_files import key_of
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.derivations import Derivation
from claimshapes.rules.rule_book import RuleBook


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan with what the engine knows of it.

    Attributes:
        plan: the plan.
        derived: the properties that derivations make.
        needed: the tables that some query reads.
        payers: the table of claims' payers, with the broader ones.
        types: the column of their kinds.
        voids: the table of those that take an original back.
        dates: the table of dates of service.
        iris: the IRIs that the plan names, by their numbers.
    """

    plan: Plan
    derived: set[str]
    needed: set[Table]
    payers: Table
    types: Table
    voids: Table
    dates: Table
    iris: dict[int, str]

    def written(self) -> bytes:
        """The plan as data."""
        return msgspec.json.encode(self)


def read_plan(content: bytes | None, book: RuleBook) -> KeptPlan | None:
    """A plan from what was written; none where it is no plan, or not for the shapes of a book."""
    if content is None:
        return None
    try:
        known = msgspec.json.decode(content, type=KeptPlan)
    except msgspec.MsgspecError:
        return None
    shapes = book.by_node.keys() | book.preconditions.keys()
    return known if all(check.shape in shapes for check in known.plan.checks) else None


def plan_key(
    book: RuleBook,
    derivations: Sequence[Derivation],
    prefixes: Mapping[str, str],
    rules: Collection[str] | None,
    knowledge: str,
) -> str:
    """Says all that a plan is made of; empty where that is not known.

    Args:
        book: the rules.
        derivations: what follows from a claim, in order.
        prefixes: prefixes of the rules' queries.
        rules: ids of the only rules to compile; all when absent.
        knowledge: what the tables of the knowledge were made of.
    """
    if not book.key:
        return ""
    ontology = resource_directory("ontology")
    stated = {
        "derivations": [[each.iri, each.construct] for each in derivations],
        "prefixes": dict(prefixes),
        "rules": None if rules is None else sorted(rules),
    }
    return key_of(
        book.key,
        knowledge,
        f"duckdb {duckdb.__version__}, rdflib {rdflib.__version__}",
        json.dumps(stated, sort_keys=True),
        (ontology / "claim.schema.json").read_bytes(),
        (ontology / "claim.context.jsonld").read_bytes(),
    )
