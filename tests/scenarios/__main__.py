"""Prints what the rules say of the scenarios: ``python -m tests.scenarios [CLAIMS] [--faults]``.

With ``--settings`` it prints a line for each of the twenty settings.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict

from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult
from claimshapes.rules.severity import Severity
from tests.scenarios.scenarios import SETTINGS, Scenario, claims, faulty, scenarios

SEED = 20261127


def main() -> None:
    """Counts clean claims, then what was said of the others, most frequent first."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    checker = Checker(engine="set")
    if "--faults" in sys.argv:
        _faults(checker)
        return
    made = list(claims(SEED, numbers[0] if numbers else 2_000))
    results = list(checker.check(claim for _, claim in made))
    if "--settings" in sys.argv:
        _settings(list(zip([scenario for scenario, _ in made], results, strict=True)))
        return
    said: Counter[tuple[str, str]] = Counter()
    example: dict[tuple[str, str], str] = {}
    where: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (scenario, _), result in zip(made, results, strict=True):
        for finding in result.findings:
            key = (finding.severity.value, finding.rule)
            said[key] += 1
            where[key].add(scenario.name)
            example[key] = finding.message
        for note in result.not_checked:
            key = ("not checked", note.rule or "no rule")
            said[key] += 1
            where[key].add(scenario.name)
            example[key] = note.reason
    clean = sum(result.clean for result in results)
    print(f"{clean} of {len(results)} clean ({clean / len(results):.1%})")
    for key, count in said.most_common():
        names = sorted(where[key])
        print(f"{count:6} {key[0]:11} {key[1]:26} {len(names)} scenarios: {', '.join(names[:4])}")
        print(f"{'':19}{example[key]}")


def _settings(results: list[tuple[Scenario, ClaimResult]]) -> None:
    print("scenarios  faults  claims  clean  violations  setting")
    for setting, files in SETTINGS.items():
        own = [each for each in scenarios() if each.setting in files]
        checked = [result for scenario, result in results if scenario.setting in files]
        faults = sum(len(each.faults) for each in own)
        clean = sum(result.clean for result in checked) / len(checked)
        violations = sum(
            any(finding.severity is Severity.VIOLATION for finding in result.findings)
            for result in checked
        )
        print(f"{len(own):9} {faults:7} {len(checked):7} {clean:6.1%} {violations:11}  {setting}")


def _faults(checker: Checker) -> None:
    for scenario in scenarios():
        for fault in scenario.faults:
            right, wrong = faulty(scenario, fault, SEED)
            before, after = checker.check([right, {**wrong, "id": f"{wrong['id']}-wrong"}])
            old = {(f.rule, f.message) for f in before.findings}
            new = [f for f in after.findings if (f.rule, f.message) not in old]
            found = any(f.rule.startswith(fault["rule"]) for f in new)
            print(
                "found " if found else "MISSED",
                scenario.name,
                "|",
                fault["name"],
                "|",
                fault["rule"],
            )
            for finding in new:
                print(f"         {finding.severity.value:9} {finding.rule}: {finding.message}")


if __name__ == "__main__":
    main()
