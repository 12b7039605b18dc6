"""Derivations are read in an order that nothing leaves open."""

from pathlib import Path

import pytest

from claimshapes.errors import RuleError
from claimshapes.rules.derivations import load_derivations

ONE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:{name}> sh:order {order} ; sh:construct "CONSTRUCT {{ ?a ?b ?c }} WHERE {{ ?a ?b ?c }}" .
"""


def write(folder: Path, file: str, name: str, order: int | str) -> None:
    (folder / file).write_text(ONE.format(name=name, order=order), encoding="utf-8")


def test_in_their_order_whatever_file_they_stand_in(tmp_path: Path) -> None:
    write(tmp_path, "a.ttl", "later", 2)
    write(tmp_path, "b.ttl", "earlier", 1)
    names = [derivation.iri for derivation in load_derivations(tmp_path, {})]
    assert names == ["urn:earlier", "urn:later"]


def test_a_name_that_stands_twice(tmp_path: Path) -> None:
    write(tmp_path, "a.ttl", "one", 1)
    (tmp_path / "b.ttl").write_text(
        ONE.format(name="one", order=1).replace("?c", "?d"), encoding="utf-8"
    )
    with pytest.raises(RuleError, match="urn:one is there twice"):
        load_derivations(tmp_path, {})


def test_an_order_that_stands_twice(tmp_path: Path) -> None:
    write(tmp_path, "a.ttl", "one", 1)
    write(tmp_path, "b.ttl", "two", 1)
    with pytest.raises(RuleError, match="have the same sh:order"):
        load_derivations(tmp_path, {})
