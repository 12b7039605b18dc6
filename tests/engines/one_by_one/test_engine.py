"""What the reference engine does not give to pySHACL would have had no results."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from claimshapes.authoring.rule_tests import load_rule_tests, rule_test_files
from claimshapes.checking.checker import Checker
from claimshapes.engines.one_by_one import engine as reference_engine
from claimshapes.engines.one_by_one.needed_triples import Needs
from claimshapes.errors import RuleError
from tests.conftest import QUERY_RULE

ROOT = Path(__file__).parents[3]


def claims() -> Iterator[dict[str, Any]]:
    """The examples, and for each rule a claim that it fails."""
    for file in sorted((ROOT / "examples").glob("*.json")):
        yield json.loads(file.read_text("utf-8"))
    failing = (
        test for test in load_rule_tests(rule_test_files([ROOT / "shapes"])) if test.expected
    )
    yield from {test.rule: test.claim for test in failing}.values()


def test_nothing_of_a_claim_stays_in_the_store() -> None:
    checker = Checker(engine="reference")
    stores: list[tuple[ox.Store, frozenset[ox.Quad]]] = []
    uses = 0
    for claim in claims():
        with checker.whole_graph(claim) as graph:
            own = frozenset(graph.store)
        uses += 1
        left = frozenset(graph.store)
        assert 1000 < len(left) < len(own)
        if stores and graph.store is stores[-1][0]:
            # It was used before, and is as it was then.
            assert left == stores[-1][1]
        else:
            stores.append((graph.store, left))
    assert len({left for _, left in stores}) == 1
    assert len(stores) < uses / 5


def test_a_store_in_which_something_failed_is_not_used_again() -> None:
    checker = Checker(engine="reference")
    with pytest.raises(KeyError), checker.whole_graph({"id": "one"}) as failed:
        raise KeyError
    with checker.whole_graph({"id": "two"}) as graph:
        assert graph.store is not failed.store
        assert not list(graph.store.quads_for_pattern(failed.claim, None, None))


def test_what_a_rule_of_ones_own_requires_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text = QUERY_RULE.read_text("utf-8")
    text = text.replace("DX-MANIF-FIRST", "OWN-1").replace("WHERE {", "WHERE { # of one's own\n")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "OWN-1.ttl").write_text(text, "utf-8")
    kept = tmp_path / "cache" / "claimshapes" / "patterns.json"
    claim = next(claims())
    Checker(select=["DX-MANIF-FIRST", "DX-DATE"]).check_one(claim)
    # The package ships what its own rules, and the queries of their candidates, require.
    assert not kept.exists()
    Checker(rules=[tmp_path / "rules"], select=["OWN-1"]).check_one(claim)
    assert len(json.loads(kept.read_text("utf-8"))["entries"]) == 1


def test_pyshacl_itself_finds_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    checker = Checker(engine="reference")
    found = [checker.check_one(claim) for claim in claims()]
    assert sum(len(result.findings) for result in found) > 100
    asked: list[object] = []

    def answered(query: object, *_: object) -> bool:
        asked.append(query)
        return True

    monkeypatch.setattr(Needs, "met", lambda *_: True)
    monkeypatch.setattr(reference_engine, "_answered", answered)
    monkeypatch.setattr(reference_engine._Target, "reached", lambda *_: True)
    assert [checker.check_one(claim) for claim in claims()] == found
    assert len(set(map(id, asked))) > 100


def test_what_pyshacl_refuses_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = QUERY_RULE.read_text("utf-8").replace("DX-MANIF-FIRST", "OWN-1")
    before, query, rest = text.partition("sh:sparql [")
    (tmp_path / "OWN-1.ttl").write_text(f'{before}sh:minLength "one" ;\n    {query}{rest}', "utf-8")
    checker = Checker(rules=[tmp_path], select=["OWN-1"], engine="reference")
    with pytest.raises(RuleError, match=r"OWN-1 cannot be evaluated"):
        for claim in claims():
            checker.check_one(claim)
    assert not caplog.records
