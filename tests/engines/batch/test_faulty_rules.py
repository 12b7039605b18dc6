"""A rule that SHACL does not allow is refused with one line, whichever engine is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimshapes.checking.checker import Checker, Engine
from claimshapes.errors import RuleError
from tests.engines.batch.named_texts import named_texts
from tests.engines.batch.test_rules_of_authors import claims, write_rules

FAULTY = named_texts("faulty-rules.txt")


@pytest.mark.parametrize("name", FAULTY)
def test_fault_is_named_in_one_line(name: str, tmp_path: Path) -> None:
    said = []
    engines: tuple[Engine, ...] = ("set", "reference")
    for engine in engines:
        with pytest.raises(RuleError) as raised:
            ids = write_rules(tmp_path, {"faulty": FAULTY[name]})
            list(Checker(rules=[tmp_path], select=ids, engine=engine).check(claims()[:1]))
        said.append(str(raised.value))
    assert all(len(text.splitlines()) == 1 for text in said)
