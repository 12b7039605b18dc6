"""What a lint finds: where, what is wrong, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path

from claimshapes.report.github import command_data, command_property


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake of an author.

    Attributes:
        file: the file.
        line: the line, counted from 1; 0 where it is about the whole file.
        column: the column, counted from 1; 0 likewise.
        lint: id of the lint.
        message: what is wrong.
        advice: what to do.
    """

    file: str
    line: int
    column: int
    lint: str
    message: str
    advice: str

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.file}{place}: {self.lint}: {self.message}{advice}"


def meant(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """What a word that is not known may have been meant for, as advice."""
    close = get_close_matches(word, sorted(set(known)), 1, 0.6)
    return f"did you mean {close[0]}?" if close else otherwise


def as_json(problems: Iterable[Problem]) -> str:
    """The problems as a JSON array."""
    return json.dumps([asdict(problem) for problem in problems], indent=2)


def as_github(problems: Iterable[Problem]) -> str:
    """The problems as workflow commands of GitHub Actions."""
    return "".join(
        f"::error file={command_property(problem.file)},line={problem.line or 1},"
        f"col={problem.column or 1},title={command_property(problem.lint)}::"
        f"{command_data(f'{problem.message}. {problem.advice}')}\n"
        for problem in problems
    )


def as_sarif(problems: Iterable[Problem], version: str) -> str:
    """The problems as SARIF 2.1.0."""
    found = list(problems)
    driver = {
        "name": "claimshapes rules lint",
        "version": version,
        "rules": [{"id": lint} for lint in sorted({problem.lint for problem in found})],
    }
    results = [
        {
            "ruleId": problem.lint,
            "level": "error",
            "message": {"text": f"{problem.message}. {problem.advice}".strip()},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": Path(problem.file).as_posix()},
                        "region": {
                            "startLine": problem.line or 1,
                            "startColumn": problem.column or 1,
                        },
                    }
                }
            ],
        }
        for problem in found
    ]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(log, indent=2)
