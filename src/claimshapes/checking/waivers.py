"""Waivers: which findings a person has decided not to count, and until when."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimshapes.checking.findings import ClaimResult, Finding, WaivedFinding, Waiver
from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.readers.json_values import json_fault
from claimshapes.errors import InputError
from claimshapes.files import bounded_toml, unique_names
from claimshapes.knowledge.in_use import resource_directory

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_TOML_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


class Waivers:
    """Waivers, and how many findings each has matched so far.

    Args:
        waivers: the waivers in the order of their file.
        today: the day that decides which have ended; by default the day it is.
    """

    def __init__(self, waivers: Iterable[Waiver] = (), *, today: date | None = None) -> None:
        self._waivers = tuple(waivers)
        self._by_rule: dict[str, list[Waiver]] = defaultdict(list)
        for waiver in self._waivers:
            self._by_rule[waiver.rule].append(waiver)
        self._today = today or date.today()
        self._matched: Counter[Waiver] = Counter()

    def anew(self) -> Waivers:
        """The same waivers, by today's date, none of them matched."""
        return Waivers(self._waivers)

    def for_part(self) -> Waivers:
        """The same waivers, by the same day, none of them matched."""
        return Waivers(self._waivers, today=self._today)

    def apply(self, claim: ClaimJson, result: ClaimResult) -> ClaimResult:
        """The result with what is waived apart from the findings that count.

        Args:
            claim: the claim in the claim format, with the payer that it was checked for.
            result: what rules say of it.
        """
        if not self._waivers:
            return result
        kept: list[Finding] = []
        waived: list[WaivedFinding] = []
        for finding in result.findings:
            of_rule = self._by_rule.get(finding.rule, ())
            matching = [waiver for waiver in of_rule if _matches(waiver, claim, finding)]
            holding = [waiver for waiver in matching if waiver.until >= self._today]
            self._matched.update(holding[:1] or matching[:1])
            if holding:
                waived.append(WaivedFinding(finding, holding[0]))
            else:
                kept.append(finding)
        if not waived:
            return result
        return replace(result, findings=tuple(kept), waived=tuple(waived))

    def matched(self) -> dict[int, int]:
        """How many findings each waiver has matched so far, by the waiver's number."""
        return {waiver.number: count for waiver, count in self._matched.items()}

    def count_on(self, matched: Mapping[int, int]) -> None:
        """Takes over what ``matched`` of these waivers said in an earlier run."""
        for waiver in self._waivers:
            self._matched[waiver] += matched.get(waiver.number, 0)

    def expired(self) -> list[tuple[Waiver, int]]:
        """The waivers that have ended, each with the number of findings that count again."""
        return [
            (waiver, self._matched[waiver])
            for waiver in self._waivers
            if waiver.until < self._today
        ]

    def unmatched(self) -> list[Waiver]:
        """The waivers that hold and have matched no finding."""
        return [
            waiver
            for waiver in self._waivers
            if waiver.until >= self._today and not self._matched[waiver]
        ]

    def notices(self) -> list[str]:
        """What a reader must know of waivers that have ended or match nothing, a line each."""
        lines = []
        for waiver, count in self.expired():
            effect = f"; {count:,} of the findings would be waived" if count else ""
            lines.append(f"{waiver} ended on {waiver.until}{effect}")
        lines += [f"{waiver} matches no finding" for waiver in self.unmatched()]
        return lines


def read_waivers(file: str, rules: Collection[str], *, today: date | None = None) -> Waivers:
    """Reads a waiver file: JSON where its name ends in .json, and otherwise TOML.

    Args:
        file: the file's name.
        rules: ids of the rules that there are.
        today: see ``Waivers``.

    Raises:
        InputError: the file cannot be read, does not have the form that
            ontology/waivers.schema.json describes, or names a rule that there is not; names the
            line or the JSON Pointer.
    """
    # Imported here: it takes longer than the check of a claim, and most checks have no waivers.
    from claimshapes.claims.format_faults import faults_of

    document = _document(file)
    for fault in faults_of(_validator().iter_errors(document)):
        raise InputError(fault.reason, file=file, pointer=fault.pointer)
    waivers = []
    for index, entry in enumerate(document["waiver"]):
        if entry["rule"] not in rules:
            raise InputError(
                f"there is no rule {entry['rule']}; `claimshapes rules list` names them",
                file=file,
                pointer=f"/waiver/{index}/rule",
            )
        until = date.fromisoformat(entry["until"])
        waivers.append(Waiver(**{**entry, "number": index + 1, "until": until}))
    return Waivers(waivers, today=today)


def _document(file: str) -> Any:
    try:
        text = Path(file).read_text("utf-8")
    except FileNotFoundError as error:
        raise InputError("there is no such file", file=file) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", file=file) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is no file name"
        raise InputError(f"cannot be read ({reason})", file=file) from error
    try:
        if Path(file).suffix.lower() == ".json":
            return unique_names.loads(text)
        return _dates_as_text(bounded_toml.loads(text))
    except json.JSONDecodeError as error:
        raise InputError(
            f"is not JSON: {json_fault(error)}", file=file, line=error.lineno
        ) from error
    except tomllib.TOMLDecodeError as error:
        place = _TOML_LINE.search(str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        reason = _TOML_LINE.sub("", str(error))
        raise InputError(f"is not TOML: {reason}", file=file, line=line) from error
    except unique_names.RepeatedNameError as error:
        raise InputError("gives a name twice", file=file) from error
    except ValueError as error:
        raise InputError("has a number of too many digits", file=file) from error
    except RecursionError as error:
        raise InputError("is nested too deeply for waivers", file=file) from error


def _dates_as_text(value: Any) -> Any:
    """TOML with its dates as JSON has them, since one schema describes both."""
    if isinstance(value, dict):
        return {name: _dates_as_text(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator, FormatChecker

    text = (resource_directory("ontology") / "waivers.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text), format_checker=FormatChecker(["date"]))


def _matches(waiver: Waiver, claim: ClaimJson, finding: Finding) -> bool:
    """Whether all fits that a waiver of the finding's rule states."""
    return (
        waiver.claim in (None, finding.claim)
        and waiver.payer in (None, claim["payer"])
        and (waiver.pointer is None or f"{finding.place}/".startswith(f"{waiver.pointer}/"))
        and (waiver.code is None or _plain_code(waiver.code) in _codes(claim, finding))
    )


def _codes(claim: ClaimJson, finding: Finding) -> set[str]:
    """The codes that a finding is about: its value, and the code at its focus."""
    codes = {finding.value or ""}
    match finding.focus.split("/"):
        case ["", ("diagnosis" | "item") as name, index, *_] if index.isdecimal():
            entry = claim[name][int(index)]
            codes.add(str(entry["code"] if name == "diagnosis" else entry["procedure"]))
    return {_plain_code(code) for code in codes}


def _plain_code(code: str) -> str:
    return code.replace(".", "").upper()
