"""The numbers of rules that README.md tells are those of the rule book."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.rule_book import load_rules

README = Path(__file__).resolve().parents[2] / "README.md"


def test_readme_tells_how_many_rules_there_are() -> None:
    text = " ".join(README.read_text("utf-8").split())
    said = re.search(r"(\d+) rules, each with its source and its tests, on (.*?)`", text)
    assert said is not None
    ids = [rule.id for rule in load_rules([resource_directory("shapes")])]
    assert int(said[1]) == len(ids)
    sentence = text[said.start() : text.index("and others: `claimshapes rules list`", said.start())]
    told = {prefix: int(count) for count, prefix in re.findall(r"\((\d+) `(\w+)-`\)", sentence)}
    counted = Counter(each.split("-")[0] for each in ids)
    assert told == {prefix: counted[prefix] for prefix in told}
    # What is left over are rules of example payers.
    assert counted.keys() - told.keys() == {"EX"}
