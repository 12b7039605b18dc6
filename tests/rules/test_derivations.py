from pathlib import Path

import pytest

from claimshapes.errors import RuleError
from claimshapes.graph.derive import load_derivations

DERIVATION = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:derivation> a sh:SPARQLRule ;
    sh:order 1 ;
    sh:construct "CONSTRUCT { $this <urn:p> <urn:%s> } WHERE {}" .
"""


def test_name_of_two_derivations_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text(DERIVATION % "one", "utf-8")
    assert [each.iri for each in load_derivations(tmp_path, {})] == ["urn:derivation"]
    (tmp_path / "b.ttl").write_text(DERIVATION % "two", "utf-8")
    with pytest.raises(RuleError, match="urn:derivation is defined twice"):
        load_derivations(tmp_path, {})
