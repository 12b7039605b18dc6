"""The report as JUnit XML: a test suite a file, a test case a claim.

A claim fails with a finding at or above ``--fail-on``, is in error when it could not be read,
is skipped when it is incomplete (no findings, but not everything checked), and passes otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TextIO
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from claimshapes.checking.findings import ClaimResult, Finding, Verdict
from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.lines import counted, plain
from claimshapes.report.summary import Summary
from claimshapes.report.summary_words import summary_lines
from claimshapes.report.written_later import Spool


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a JUnit report."""
    return _JunitReport(stream, context)


@dataclass(slots=True)
class _Suite:
    """The claims of one file, which wait until they are counted."""

    file: str
    cases: Spool = field(default_factory=Spool)
    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0


class _JunitReport:
    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        self._stream = stream
        self._fail_on = context.fail_on
        self._suite: _Suite | None = None
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="claimshapes">\n')

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        suite = self._suite_of(record.origin.file)
        case = _case(str(record.claim["payer"]), result.claim)
        failing = [finding for finding in result.findings if self._fails(finding)]
        said = [_lines(finding) for finding in result.findings if not self._fails(finding)]
        said += [
            f"waived by {waived.waiver.reviewer} until {waived.waiver.until}: "
            f"{waived.waiver.reason}\n{_lines(waived.finding)}"
            for waived in result.waived
        ]
        said += [
            f"not checked  {f'{item.rule}  ' if item.rule else ''}{item.reason}{_at(item.focus)}"
            for item in result.not_checked
        ]
        if failing:
            suite.failures += 1
            _outcome(
                case,
                "failure",
                failing[0].rule,
                counted(len(failing), "finding"),
                "\n".join(map(_lines, failing)),
            )
        elif result.verdict is Verdict.INCOMPLETE:
            suite.skipped += 1
            _outcome(case, "skipped", None, "no findings, but not everything checked", "")
        if said:
            ElementTree.SubElement(case, "system-out").text = _text("\n".join(said))
        self._case(suite, case)

    def reject(self, rejected: RejectedClaim) -> None:
        suite = self._suite_of(rejected.origin.file)
        suite.errors += 1
        case = _case("not read", rejected.claim_id or str(rejected.origin))
        _outcome(case, "error", "not read", rejected.reason, str(rejected))
        self._case(suite, case)

    def finish(self, summary: Summary) -> None:
        self._end_suite()
        said = summary_lines(summary)
        said += summary.waivers.notices() if summary.complete else []
        suite = ElementTree.Element(
            "testsuite", name="summary", tests="0", failures="0", errors="0", skipped="0"
        )
        ElementTree.SubElement(suite, "system-out").text = _text("\n".join(said))
        self._stream.write(f"{_xml(suite)}\n</testsuites>\n")
        self._stream.flush()

    def _fails(self, finding: Finding) -> bool:
        return self._fail_on is not None and finding.severity.rank <= self._fail_on.rank

    def _suite_of(self, file: str) -> _Suite:
        if self._suite is None or self._suite.file != file:
            self._end_suite()
            self._suite = _Suite(file)
        return self._suite

    def _case(self, suite: _Suite, case: ElementTree.Element) -> None:
        suite.tests += 1
        for line in _xml(case).split("\n"):
            suite.cases.append(line)

    def _end_suite(self) -> None:
        suite, self._suite = self._suite, None
        if suite is None:
            return
        self._stream.write(
            f"<testsuite name={quoteattr(_ascii(suite.file))} tests='{suite.tests}'"
            f" failures='{suite.failures}' errors='{suite.errors}' skipped='{suite.skipped}'>\n"
        )
        for line in suite.cases:
            self._stream.write(line + "\n")
        suite.cases.close()
        self._stream.write("</testsuite>\n")
        self._stream.flush()


def _case(group: str, name: str) -> ElementTree.Element:
    return ElementTree.Element("testcase", classname=plain(group), name=plain(name))


def _outcome(
    case: ElementTree.Element, kind: str, about: str | None, message: str, text: str
) -> None:
    attributes = {} if about is None else {"type": about}
    element = ElementTree.SubElement(case, kind, attributes | {"message": plain(message)})
    element.text = _text(text) or None


def _lines(finding: Finding) -> str:
    first = f"{finding.severity.value}  {finding.rule}  {finding.message}{_at(finding.place)}"
    source = "" if finding.source is None else f"\n  in file: {finding.source}"
    return f"{first}{source}\n  what to do: {finding.remedy}\n  {finding.url}"


def _at(pointer: str) -> str:
    return f"  (at {pointer})" if pointer else ""


def _text(text: str) -> str:
    """Text of several lines without the control characters that XML 1.0 cannot hold."""
    return "\n".join(map(plain, text.split("\n")))


def _ascii(text: str) -> str:
    return plain(text).encode("ascii", "backslashreplace").decode()


def _xml(element: ElementTree.Element) -> str:
    # Character references, so that the document is valid whatever encoding the stream has.
    text: bytes = ElementTree.tostring(element, encoding="us-ascii")
    return text.decode("ascii")
