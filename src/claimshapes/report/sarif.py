"""The report as SARIF 2.1.0, for code scanning and editors: the rules are its rules.

A finding is a result of the kind ``fail``, a waived one carries a suppression, and what could
not be checked is of the kind ``open``. What was rejected, and waivers that ended or match
nothing, are notifications of the one invocation. The summary, with the coverage, is in the run's
properties.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from claimshapes.checking.findings import ClaimResult, Finding, NotChecked, WaivedFinding
from claimshapes.claims.claim import ClaimRecord, Origin, RejectedClaim
from claimshapes.knowledge.denials import name_denial
from claimshapes.rdf.vocabulary import BASE
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.json_report import place_object, summary_object, waiver_object
from claimshapes.report.lines import plain
from claimshapes.report.summary import Summary
from claimshapes.report.written_later import Spool
from claimshapes.rules.severity import Severity
from claimshapes.version import __version__

if TYPE_CHECKING:
    from claimshapes.rules.rule import Rule

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_STANDARD_INPUT = "-"
_LINK = re.compile(r"\[([^\[\]]*)\](?=\()")


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a SARIF report."""
    return _SarifReport(stream, context)


class _SarifReport:
    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        self._stream = stream
        self._indexes = {identifier: index for index, identifier in enumerate(context.rules)}
        self._notifications = Spool()
        self._results = 0
        driver: dict[str, Any] = {
            "name": "claimshapes",
            "version": __version__,
            "informationUri": BASE,
            "rules": [_descriptor(rule, context) for rule in context.rules.values()],
        }
        stream.write(f'{{\n"$schema": {_json(_SCHEMA)},\n"version": "2.1.0",\n"runs": [{{\n')
        stream.write(f'"tool": {_json({"driver": driver})},\n"results": [')

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        for finding in result.findings:
            self._result(self._finding(record, finding))
        for waived in result.waived:
            self._result(self._waived(record, waived))
        for item in result.not_checked:
            self._result(self._not_checked(record, item))

    def reject(self, rejected: RejectedClaim) -> None:
        location = _location(rejected.origin, rejected.origin.pointer or "", rejected.claim_id)
        self._notify("error", rejected.reason, [location])

    def finish(self, summary: Summary) -> None:
        for notice in summary.waivers.notices() if summary.complete else ():
            self._notify("warning", notice, [])
        write = self._stream.write
        write("\n],\n" if self._results else "],\n")
        write(f'"invocations": [{{"executionSuccessful": {_json(summary.complete)},\n')
        write('"toolExecutionNotifications": [')
        separator = "\n"
        for line in self._notifications:
            write(separator + line)
            separator = ",\n"
        write(f']}}],\n"properties": {_json({"summary": summary_object(summary)})}\n}}]\n}}\n')
        self._stream.flush()
        self._notifications.close()

    def _result(self, result: dict[str, Any]) -> None:
        self._stream.write((",\n" if self._results else "\n") + _json(result))
        self._results += 1

    def _notify(self, level: str, text: str, locations: list[dict[str, Any]]) -> None:
        notification = {"level": level, "message": {"text": _message(text)}}
        self._notifications.append(
            _json(notification | ({"locations": locations} if locations else {}))
        )

    def _finding(self, record: ClaimRecord, finding: Finding) -> dict[str, Any]:
        place = place_object(finding, record.claim)
        properties: dict[str, Any] = {
            "claim": finding.claim,
            "pointer": finding.place,
            "place": place,
            "payer": record.claim["payer"],
            "remedy": finding.remedy,
            "denialCodes": list(finding.denial_codes),
        }
        if finding.value is not None:
            properties["value"] = finding.value
        if finding.source is not None:
            properties["source"] = finding.source
        origin = record.origin
        if finding.source_line is not None:
            origin = replace(origin, line=finding.source_line)
        return self._rule(finding.rule) | {
            "level": _LEVELS[finding.severity],
            "message": {
                "text": _message(
                    f"Claim {finding.claim}, {place['words']}: {finding.message}. {finding.remedy}"
                )
            },
            "locations": [_location(origin, finding.place, finding.claim, finding.source_column)],
            "partialFingerprints": {
                "claimshapes/v1": _fingerprint(
                    record.origin.file,
                    finding.claim,
                    finding.rule,
                    finding.place,
                    finding.value or "",
                    finding.message,
                )
            },
            "properties": properties,
        }

    def _waived(self, record: ClaimRecord, waived: WaivedFinding) -> dict[str, Any]:
        waiver = waived.waiver
        suppression = {
            "kind": "external",
            "status": "accepted",
            "justification": f"{waiver.reason} ({waiver.reviewer}, until {waiver.until})",
            "properties": waiver_object(waiver),
        }
        return self._finding(record, waived.finding) | {"suppressions": [suppression]}

    def _not_checked(self, record: ClaimRecord, item: NotChecked) -> dict[str, Any]:
        return self._rule(item.rule) | {
            "kind": "open",
            "level": "none",
            "message": {"text": _message(f"Claim {item.claim}: not checked: {item.reason}")},
            "locations": [_location(record.origin, item.focus, item.claim)],
            "partialFingerprints": {
                "claimshapes/v1": _fingerprint(
                    record.origin.file, item.claim, item.rule or "", item.focus, item.reason
                )
            },
            "properties": {"claim": item.claim, "pointer": item.focus},
        }

    def _rule(self, identifier: str | None) -> dict[str, Any]:
        if identifier is None:
            return {}
        index = self._indexes.get(identifier)
        return {"ruleId": identifier} | ({} if index is None else {"ruleIndex": index})


def _descriptor(rule: Rule, context: ReportContext) -> dict[str, Any]:
    denials = [name_denial(code, dict(context.denials)) for code in rule.denial_codes]
    help_lines = [rule.rationale, f"What to do: {rule.remedy}"]
    help_lines += [f"Prevents: {'; '.join(denials)}"] if denials else []
    help_lines += [f"Source: {citation}" for citation in rule.citations]
    return {
        "id": rule.id,
        "name": rule.label,
        "shortDescription": {"text": _message(rule.label)},
        "fullDescription": {"text": _message(rule.description)},
        "help": {"text": _message("\n".join(help_lines))},
        "helpUri": rule.url,
        "defaultConfiguration": {
            "enabled": rule.status == "active",
            "level": _LEVELS[rule.severity],
        },
        "properties": {
            "tags": [rule.file.parent.name, *(f"CARC {code}" for code in rule.denial_codes)],
            "validFrom": rule.valid_from.isoformat(),
            "validThrough": rule.valid_through.isoformat() if rule.valid_through else None,
        },
    }


def _location(
    origin: Origin, pointer: str, claim: str | None, column: int | None = None
) -> dict[str, Any]:
    """Where something is: the file, its line and column, and the JSON Pointer into the claim."""
    logical = {
        "name": pointer.rpartition("/")[2] or claim or origin.file,
        "fullyQualifiedName": pointer,
        "kind": "property" if pointer else "object",
    }
    location: dict[str, Any] = {"logicalLocations": [logical]}
    if origin.file != _STANDARD_INPUT:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(origin.file)}}
        if origin.line is not None:
            region = {"startLine": origin.line}
            if column is not None:
                region["startColumn"] = column
            physical["region"] = region
        location["physicalLocation"] = physical
    return location


def _uri(file: str) -> str:
    path = PurePath(file)
    if path.is_absolute():
        return path.as_uri()
    return quote(path.as_posix().encode("utf-8", "replace"))


def _message(text: str) -> str:
    """Text as a SARIF message writes it: no placeholder, no link (sections 3.11.5, 3.11.6)."""
    text = text.replace("{", "{{").replace("}", "}}")
    return _LINK.sub(r"\\[\1\\]", "\n".join(map(plain, text.split("\n"))))


def _fingerprint(*parts: str) -> str:
    content = json.dumps(parts).encode("ascii")
    return hashlib.sha256(content).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
