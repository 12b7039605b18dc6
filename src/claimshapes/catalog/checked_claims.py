"""Claims with what the validator says of them: the rules' own tests, and the examples."""

from __future__ import annotations

import difflib
import io
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claimshapes.authoring.rule_tests import RuleTest
from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord, Origin
from claimshapes.claims.readers import read_claim_objects, read_claims
from claimshapes.claims.schema import usual_type
from claimshapes.knowledge.denials import denial_texts
from claimshapes.report.formats import ReportContext, TextLayout, open_report
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

CLAIM_FILE = "claim.json"
_IDENTIFYING = frozenset({"code", "procedure", "revenue", "type"})


@dataclass(frozen=True, slots=True)
class Run:
    """A claim, the call that checks it, and what comes back.

    Attributes:
        label: what the claim shows, in words.
        claim: the claim in the JSON claim format.
        command: the command line.
        output: the report for people, as the command prints it for the claim.
        result: the same as data.
    """

    label: str
    claim: Mapping[str, Any]
    command: str
    output: str
    result: ClaimResult


def example_runs(book: RuleBook, folder: Path) -> dict[str, list[Run]]:
    """Checks the claims of every file in a folder by all rules.

    Args:
        book: the rules.
        folder: files of claims, of any format.

    Returns:
        The runs of each file's claims by the file's name.
    """
    checker = Checker(book=book)
    runs: dict[str, list[Run]] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        records = [reading for reading in read_claims(file) if isinstance(reading, ClaimRecord)]
        if records:
            command = f"claimshapes check examples/{name}"
            origin = Origin(f"examples/{name}")
            runs[name] = [
                _run(checker, ClaimRecord(record.claim, origin), str(record.claim["id"]), command)
                for record in records
            ]
    return runs


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim that a rule objects to beside a like one that it passes."""

    failing: Run | None
    passing: Run | None


def judging(book: RuleBook, rule: Rule) -> list[str]:
    """Ids of the rules that judge a rule's own tests: it and those that it yields to."""
    return [rule.id, *sorted(book.by_node[iri].id for iri in rule.yields_to if iri in book.by_node)]


def example_pair(book: RuleBook, rule: Rule, tests: Sequence[RuleTest]) -> Pair:
    """Checks two claims of a rule's own tests: the plainest that fails, the nearest that passes.

    Args:
        book: the rules.
        rule: the rule.
        tests: its tests.
    """
    found = [test for test in tests if any(e.severity != "not checked" for e in test.expected)]
    clean = [test for test in tests if not test.expected]
    failing = min(found, key=_size, default=None)
    passing = min(clean, key=_size, default=None)
    if found and clean:
        recorded = rule.reads_documentation
        failing, passing = min(
            itertools.product(found, clean), key=lambda pair: _contrast(pair, recorded=recorded)
        )
    chosen = judging(book, rule)
    checker = Checker(book=book, select=chosen)
    command = f"claimshapes check {CLAIM_FILE} --select {','.join(chosen)}"
    return Pair(_test_run(checker, failing, command), _test_run(checker, passing, command))


def claim_lines(claim: Mapping[str, Any]) -> list[str]:
    """A claim as JSON, a part on each line."""
    lines = ["{"]
    fields = list(claim.items())
    for position, (name, value) in enumerate(fields):
        comma = "," if position < len(fields) - 1 else ""
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f'  "{name}": [')
            parts = [f"    {_json(part)}" for part in value]
            lines += [f"{part}," for part in parts[:-1]] + parts[-1:]
            lines.append(f"  ]{comma}")
        else:
            lines.append(f"  {_json(name)}: {_json(value)}{comma}")
    return [*lines, "}"]


def changed_lines(before: Sequence[str], after: Sequence[str]) -> list[int]:
    """Numbers, from 1, of the lines of ``after`` that ``before`` has not at their place."""
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    return [
        number + 1
        for kind, _, _, start, end in matcher.get_opcodes()
        if kind in {"replace", "insert"}
        for number in range(start, end)
        if after[number].strip(" {}[],")
    ]


def difference(failing: Mapping[str, Any], passing: Mapping[str, Any]) -> list[str]:
    """The parts in which two claims differ, as lines of a diff, each with what identifies it.

    Args:
        failing: the claim whose lines begin with a minus.
        passing: the claim whose lines begin with a plus.
    """
    lines = []
    for name in dict.fromkeys((*failing, *passing)):
        if name == "id" or failing.get(name) == passing.get(name):
            continue
        before, after = (_parts(claim, name) for claim in (failing, passing))
        for key in dict.fromkeys((*before, *after)):
            old, new = before.get(key), after.get(key)
            if old != new:
                lines += [
                    f"{mark} {name}{key}: {_json(_named_part(part, other))}"
                    for mark, part, other in (("-", old, new), ("+", new, old))
                    if part is not None
                ]
    return lines


def _parts(claim: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a field holds by its place: the whole of it, or each of its parts."""
    value = claim.get(name)
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return {f" {part.get('sequence', number)}": part for number, part in enumerate(value, 1)}
    return {} if value is None else {"": value}


def _named_part(part: Any, other: Any) -> Any:
    """The fields of a part that the other lacks, after those that say what it is."""
    if not isinstance(part, Mapping) or not isinstance(other, Mapping):
        return part
    return {
        name: value
        for name, value in part.items()
        if name in _IDENTIFYING or value != other.get(name)
    }


def _test_run(checker: Checker, test: RuleTest | None, command: str) -> Run | None:
    if test is None:
        return None
    (reading,) = read_claim_objects([test.claim])
    if not isinstance(reading, ClaimRecord):
        raise ValueError(f"{test.file}: test {test.name}: {reading.reason}")
    return _run(checker, ClaimRecord(reading.claim, Origin(CLAIM_FILE)), test.label, command)


def _run(checker: Checker, record: ClaimRecord, label: str, command: str) -> Run:
    result = checker.check_one(record)
    stream = io.StringIO()
    layout = TextLayout(group_by="claim")
    context = ReportContext(rules=checker.book.rules, denials=denial_texts(), layout=layout)
    open_report("text", stream, context).add(record, result)
    return Run(label, record.claim, command, stream.getvalue().rstrip(), result)


def _size(test: RuleTest) -> int:
    return len(_json(test.claim))


def _contrast(
    pair: tuple[RuleTest, RuleTest], *, recorded: bool
) -> tuple[int, bool, int, int, int]:
    """How well two claims show what a rule is about; the least shows it best.

    Another payer, kind of claim or date tells when a rule holds, and not what it finds; another
    code tells less than the same one that is billed otherwise. What the record says tells little
    of a rule about the claim.

    Args:
        pair: a test that fails and one that passes.
        recorded: whether the rule reads the record.
    """
    failing, passing = (test.claim for test in pair)
    scope = sum(_scope(failing)[n] != _scope(passing)[n] for n in range(3))
    codes = len(_codes(failing) ^ _codes(passing))
    lines = difference(failing, passing)
    aside = not recorded and failing.get("documentation") != passing.get("documentation")
    told = len(failing.get("documentation", ()))
    return scope, aside, codes + len(lines) + told, sum(map(len, lines)), _size(pair[0])


def _codes(claim: Mapping[str, Any]) -> set[Any]:
    """The codes of diagnoses and lines, each with its place."""
    return {
        (name, place, part.get(field))
        for name in claim
        for place, part in _parts(claim, name).items()
        if isinstance(part, Mapping)
        for field in _IDENTIFYING
    }


def _scope(claim: Mapping[str, Any]) -> tuple[Any, Any, set[Any]]:
    return (
        claim.get("payer"),
        claim.get("type", usual_type()),
        {item.get("serviced") for item in claim.get("item", ())},
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=float)


def rules_found(runs: Iterable[Run]) -> set[str]:
    """The ids of the rules that found something."""
    return {finding.rule for run in runs for finding in run.result.findings}
