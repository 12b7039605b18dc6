"""The report as one HTML file for a meeting, a screen or paper; it loads nothing.

Claims wait in spools until the summary above them is known. Long lists are cut, and what is
left out is said. The script only filters and sorts what is there without it.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.knowledge.denials import name_denial
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.html_claim import claim_section, quiet_row
from claimshapes.report.html_markup import Markup, element, together
from claimshapes.report.html_summary import summary_section
from claimshapes.report.summary import Summary
from claimshapes.report.written_later import Spool
from claimshapes.version import __version__

if TYPE_CHECKING:
    from claimshapes.rules.rule import Rule

MOST_CLAIMS = 500
"""The most claims with findings that are shown."""

MOST_QUIET_CLAIMS = 1000
"""The most claims without findings that are listed."""

_MOST_REJECTED = 200
_ELSEWHERE = "The reports as CSV and JSON have all of them."


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins an HTML report."""
    return _HtmlReport(stream, context)


class _List:
    """Pieces of the report up to a number of them; the others are counted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._spool = Spool()
        self.total = 0

    def wants_more(self) -> bool:
        """Counts one more piece and says whether it is to be made."""
        self.total += 1
        return self.total <= self._most

    def append(self, piece: Markup) -> None:
        self._spool.append(piece)

    def write(self, stream: TextIO) -> None:
        for line in self._spool:
            stream.write(line + "\n")
        self._spool.close()

    def left_out(self, what: str) -> Markup:
        """What is said of the pieces beyond the number, if there are any."""
        if self.total <= self._most:
            return Markup()
        words = f"The first {self._most:,} of {self.total:,} {what} are shown. {_ELSEWHERE}"
        return element("p", words, class_="left-out")


class _HtmlReport:
    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        self._stream = stream
        self._context = context
        self._found = _List(MOST_CLAIMS)
        self._quiet = _List(MOST_QUIET_CLAIMS)
        self._rejected = _List(_MOST_REJECTED)
        self._rules: set[str] = set()

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        self._rules.update(finding.rule for finding in result.findings)
        self._rules.update(waived.finding.rule for waived in result.waived)
        self._rules.update(item.rule for item in result.not_checked if item.rule is not None)
        if result.findings or result.waived:
            if self._found.wants_more():
                self._found.append(claim_section(record, result))
        elif self._quiet.wants_more():
            self._quiet.append(quiet_row(record, result))

    def reject(self, rejected: RejectedClaim) -> None:
        if self._rejected.wants_more():
            self._rejected.append(element("li", str(rejected)))

    def finish(self, summary: Summary) -> None:
        script = _asset("html_report.js")
        write = self._stream.write
        write(document_start("Claim check", script))
        self._rules.update(rule for gap in summary.coverage for rule in gap.rules)
        write(summary_section(summary, self._context.rules, self._context.denials) + "\n")
        self._write_rejected()
        self._write_claims()
        write(self._rules_section() + "\n</main>\n")
        write(f"<script>{script}</script>\n</body>\n</html>\n")
        self._stream.flush()

    def _write_rejected(self) -> None:
        if not self._rejected.total:
            return
        write = self._stream.write
        write('<section aria-labelledby="rejected-title">')
        write(element("h2", "Not read", id="rejected-title"))
        write(self._rejected.left_out("claims and files that could not be read"))
        write("<ul>\n")
        self._rejected.write(self._stream)
        write("</ul></section>\n")

    def _write_claims(self) -> None:
        write = self._stream.write
        write('<section aria-labelledby="claims-title">')
        write(element("h2", "Claims with findings", id="claims-title"))
        write(element("form", id="filter", hidden="", role="search"))
        write(element("p", id="shown", class_="meta", aria_live="polite"))
        write(self._found.left_out("claims with findings"))
        if not self._found.total:
            write(element("p", "No claim has a finding."))
        write('<div id="claims">\n')
        self._found.write(self._stream)
        write('</div></section>\n<section aria-labelledby="quiet-title">')
        write(element("h2", "Claims without findings", id="quiet-title"))
        write(self._quiet.left_out("claims without findings"))
        if self._quiet.total:
            heads = [
                element("th", head, scope="col", class_="number" if head == "Charges" else None)
                for head in ("Claim", "Payer", "State", "Charges", "File")
            ]
            write('<div class="scroll"><table id="quiet" class="sortable">')
            write(element("thead", element("tr", *heads)) + "<tbody>\n")
            self._quiet.write(self._stream)
            write("</tbody></table></div>")
        else:
            write(element("p", "Every claim has a finding, or none was checked."))
        write("</section>\n")

    def _rules_section(self) -> Markup:
        known = [rule for rule in self._context.rules.values() if rule.id in self._rules]
        if not known:
            return Markup()
        return element(
            "section",
            element("h2", "The rules that spoke", id="rules-title"),
            *(self._rule(rule) for rule in known),
            aria_labelledby="rules-title",
        )

    def _rule(self, rule: Rule) -> Markup:
        denials = dict(self._context.denials)
        rows = [("Checks", rule.description), ("Why", rule.rationale), ("What to do", rule.remedy)]
        if rule.denial_codes:
            named = "; ".join(name_denial(code, denials) for code in rule.denial_codes)
            rows.append(("Prevents", named))
        rows += [("Source", str(citation)) for citation in rule.citations]
        terms = [together(element("dt", name), element("dd", text)) for name, text in rows]
        terms.append(
            together(element("dt", "Page"), element("dd", element("a", rule.url, href=rule.url)))
        )
        return element(
            "article",
            element(
                "h3",
                f"{rule.id} ",
                element("span", rule.severity.value, class_=f"badge {rule.severity.value}"),
                f" {rule.label}",
            ),
            element("dl", *terms, class_="rule"),
            id=f"rule-{rule.id}",
            class_="rule",
        )


def document_start(title: str, script: str = "") -> str:
    """An HTML document up to its main part: it loads nothing, and runs no other script."""
    style = _asset("html_report.css")
    scripts = f"script-src '{_digest(script)}'; " if script else ""
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; {scripts}"
        "base-uri 'none'; form-action 'none'"
    )
    about = f"claimshapes {__version__}, {date.today().isoformat()}"
    header = element("header", element("h1", title), element("p", about, class_="meta"))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"{element('title', title)}\n<style>{style}</style>\n</head>\n<body>\n"
        f"{header}\n<main>\n"
    )


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text("ascii")


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
