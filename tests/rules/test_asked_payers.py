"""Which payers' rows of tables say something of a claim: ``cs:asked-payers``."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimshapes.errors import RuleError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.asked_payers import asked_payers
from claimshapes.rules.derivations import declared_prefixes


def test_the_query_is_that_of_the_ontology() -> None:
    ontology = resource_directory("ontology")
    query = asked_payers(ontology, declared_prefixes(ontology / "rule.ttl"))
    assert "PREFIX skos:" in query
    assert "$this cs:payer/skos:broader* ?payer" in query


def test_an_ontology_without_the_query_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
    with pytest.raises(RuleError, match=r"policy\.ttl: has no query of .*asked-payers"):
        asked_payers(tmp_path, {})
