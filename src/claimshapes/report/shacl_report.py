"""The report as a SHACL validation report in Turtle (SHACL section 3.6).

``sh:conforms`` is true when no rule objects to any claim and every claim could be read: a result
that says that a rule was not checked, or that is waived, leaves it true; a claim that could not
be read, or a check that was stopped, makes it false. The counts and the coverage of the check are
properties of the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO
from urllib.parse import quote

import pyoxigraph as ox

from claimshapes.checking.findings import ClaimResult, Finding, NotChecked, WaivedFinding
from claimshapes.claims.claim import ClaimRecord, Origin, RejectedClaim
from claimshapes.claims.field_terms import property_of
from claimshapes.claims.part_iris import part_iri
from claimshapes.rdf.vocabulary import CS_NS, RDFS_NS, RULE_NS, SH_NS
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.summary import Summary
from claimshapes.rules.severity import Severity

INPUT_BASE = "urn:claimshapes:input:"

_SEVERITIES = {
    Severity.VIOLATION: "sh:Violation",
    Severity.WARNING: "sh:Warning",
    Severity.INFO: "sh:Info",
}
_PREFIXES = f"""\
@prefix cs: <{CS_NS}> .
@prefix rdfs: <{RDFS_NS}> .
@prefix sh: <{SH_NS}> .

_:report a sh:ValidationReport ;
    sh:conformanceDisallows sh:Violation, sh:Warning, sh:Info .
"""


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a SHACL validation report."""
    return _TurtleReport(stream, context)


class _TurtleReport:
    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        self._stream = stream
        self._several_files = context.several_files
        stream.write(_PREFIXES)

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        file = record.origin.file if self._several_files else None
        for finding in result.findings:
            self._result(_finding_properties(finding, file))
        for waived in result.waived:
            self._result(_waived_properties(waived, file))
        for item in result.not_checked:
            self._result(_not_checked_properties(item, file))

    def reject(self, rejected: RejectedClaim) -> None:
        self._result(_rejected_properties(rejected))

    def finish(self, summary: Summary) -> None:
        self._stream.write("\n_:report " + " ;\n    ".join(_counts(summary)) + " .\n")
        conforms = summary.complete and not (summary.findings or summary.rejected or summary.faults)
        self._stream.write(f"\n_:report sh:conforms {'true' if conforms else 'false'} .\n")
        if not summary.complete:
            self._stream.write('_:report rdfs:comment "stopped before the end" .\n')
        self._stream.flush()

    def _result(self, properties: list[tuple[str, str]]) -> None:
        lines = " ;\n".join(f"    {name} {value}" for name, value in properties)
        self._stream.write(f"\n_:report sh:result [ a sh:ValidationResult ;\n{lines} ] .\n")


def _counts(summary: Summary) -> Iterator[str]:
    for name, count in (
        ("claimsRead", summary.read),
        ("claimsChecked", summary.claims),
        ("claimsRejected", summary.rejected),
        ("claimsClean", summary.clean),
        ("claimsIncomplete", summary.incomplete),
        ("claimsWithFindings", summary.with_findings),
        ("claimsOnlyWaived", summary.only_waived),
        ("claimsOnlyKnown", summary.only_known),
        ("fewestRulesInForce", summary.fewest_rules or 0),
        ("mostRulesInForce", summary.most_rules),
    ):
        yield f"cs:{name} {count}"
    for gap in summary.coverage:
        rules = ", ".join(_iri(RULE_NS + quote(rule)) for rule in gap.rules)
        yield (
            f"cs:coverage [ sh:resultSeverity cs:NotCovered ; sh:sourceShape {rules} ;"
            f" sh:resultMessage {_literal(gap.reason)} ;"
            f" cs:claimCount {gap.claims} ; cs:placeCount {gap.places} ]"
        )


def _finding_properties(finding: Finding, file: str | None) -> list[tuple[str, str]]:
    properties = [
        ("sh:focusNode", _iri(part_iri(finding.claim, finding.focus, file))),
        ("sh:resultSeverity", _SEVERITIES[finding.severity]),
        ("sh:sourceShape", _iri(RULE_NS + quote(finding.rule))),
        # Every rule is judged by a query: components are filled into one when rules are loaded.
        ("sh:sourceConstraintComponent", "sh:SPARQLConstraintComponent"),
        ("sh:resultMessage", _literal(finding.message)),
    ]
    if finding.path is not None:
        about = property_of(finding.focus, finding.path)
        properties.append(("sh:resultPath", _iri(CS_NS + quote(about))))
    if finding.value is not None:
        properties.append(("sh:value", _literal(finding.value)))
    return properties


def _waived_properties(waived: WaivedFinding, file: str | None) -> list[tuple[str, str]]:
    properties = dict(_finding_properties(waived.finding, file))
    words = f"waived by {waived.waiver.reviewer} until {waived.waiver.until}: "
    properties["rdfs:comment"] = _literal(words + waived.waiver.reason)
    properties["cs:waivedSeverity"] = properties["sh:resultSeverity"]
    properties["sh:resultSeverity"] = "cs:Waived"
    return list(properties.items())


def _not_checked_properties(item: NotChecked, file: str | None) -> list[tuple[str, str]]:
    return [
        ("sh:focusNode", _iri(part_iri(item.claim, item.focus, file))),
        ("sh:resultSeverity", "cs:NotChecked"),
        *(() if item.rule is None else [("sh:sourceShape", _iri(RULE_NS + quote(item.rule)))]),
        ("sh:sourceConstraintComponent", "sh:SPARQLConstraintComponent"),
        ("sh:resultMessage", _literal(item.reason)),
    ]


def _rejected_properties(rejected: RejectedClaim) -> list[tuple[str, str]]:
    return [
        ("sh:focusNode", _iri(_input_node(rejected.origin))),
        ("sh:resultSeverity", "sh:Violation"),
        ("sh:sourceConstraintComponent", "cs:ClaimFormatComponent"),
        ("sh:resultMessage", _literal(rejected.reason)),
    ]


def _input_node(origin: Origin) -> str:
    line = f"?=line={origin.line}" if origin.line is not None else ""
    part = f"#{quote(origin.pointer, safe='/')}" if origin.pointer else ""
    return f"{INPUT_BASE}{quote(origin.file, safe='')}{line}{part}"


def _iri(iri: str) -> str:
    return str(ox.NamedNode(iri))


def _literal(text: str) -> str:
    # A lone surrogate, which JSON can carry, is no character of RDF.
    return str(ox.Literal(text.encode("utf-8", "replace").decode()))
