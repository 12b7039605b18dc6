from __future__ import annotations

import pytest

from claimshapes.rules.rule_book import RuleBook, load_rules


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """The shipped rules."""
    return load_rules()
