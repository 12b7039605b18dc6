"""A baseline: the findings of an earlier report, which are known and not shown again."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from claimshapes.checking.findings import ClaimResult, Finding
from claimshapes.claims.readers.compressed import opened
from claimshapes.errors import InputError

_FORM = "is no report of `claimshapes check --format json` or `--format ndjson`"
_DIGEST = 16


class Baseline:
    """The findings that are known, by what identifies them.

    A finding is known by its claim's number, its rule, its place in the claim and the value there.
    Where a place has several findings of a rule, as many are known as there were, those with the
    same message first.

    Args:
        findings: the findings as the JSON report has them, each with the number of its claim.

    Raises:
        KeyError: a finding lacks a field.
        TypeError: a finding is none.
    """

    def __init__(self, findings: Iterable[dict[str, Any]]) -> None:
        self._messages: dict[bytes, tuple[bytes, ...]] = defaultdict(tuple)
        for finding in findings:
            path = f"/{finding['path']}" if finding["path"] else ""
            place = f"{finding['focus']}{path}"
            known = _digest(finding["claim"], finding["rule"], place, finding["value"])
            self._messages[known] += (_digest(finding["message"]),)

    def apply(self, result: ClaimResult) -> ClaimResult:
        """The result with its known findings apart from those that are new."""
        by_identity: dict[bytes, list[Finding]] = defaultdict(list)
        for finding in result.findings:
            identity = _digest(finding.claim, finding.rule, finding.place, finding.value)
            if identity in self._messages:
                by_identity[identity].append(finding)
        known: set[int] = set()
        for identity, findings in by_identity.items():
            left = Counter(self._messages[identity])
            for finding in findings:
                message = _digest(finding.message)
                if left[message]:
                    left[message] -= 1
                    known.add(id(finding))
            others = [finding for finding in findings if id(finding) not in known]
            known.update(map(id, others[: left.total()]))
        if not known:
            return result
        return replace(
            result,
            findings=tuple(each for each in result.findings if id(each) not in known),
            known=tuple(each for each in result.findings if id(each) in known),
        )


def read_baseline(file: str) -> Baseline:
    """Reads a report in JSON or NDJSON, also compressed.

    Args:
        file: the file's name.

    Raises:
        InputError: it cannot be read, is no such report, or lacks what was known when it was
            written, since it had a baseline itself.
    """
    try:
        with opened(file) as stream:
            return Baseline(_findings(stream, file))
    except FileNotFoundError as error:
        raise InputError("there is no such file", file=file) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or 'I/O error'})", file=file) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(_FORM, file=file) from error


def _findings(stream: Iterable[bytes], file: str) -> Iterator[dict[str, Any]]:
    lines = iter(stream)
    first = next(lines, b"")
    if not first.rstrip().endswith(b"}"):
        document = json.loads(b"".join([first, *lines]))
        _refuse_partial(document["summary"], file)
        yield from document["findings"]
        return
    for line in chain([first], lines):
        entry = json.loads(line)
        match entry["kind"]:
            case "claim":
                for finding in entry["findings"]:
                    yield finding | {"claim": entry["claim"]}
            case "summary":
                _refuse_partial(entry, file)


def _refuse_partial(summary: dict[str, Any], file: str) -> None:
    if summary.get("known"):
        raise InputError(
            "was written with --baseline itself and lacks what was known; use a report of"
            " everything",
            file=file,
        )


def _digest(*parts: str | None) -> bytes:
    text = json.dumps(parts).encode("ascii")
    return hashlib.blake2b(text, digest_size=_DIGEST).digest()
