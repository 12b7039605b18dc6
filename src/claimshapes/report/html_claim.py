"""One claim in the HTML report: what was found on it, beside its diagnoses and lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from claimshapes.checking.findings import ClaimResult, Finding, NotChecked, Verdict, WaivedFinding
from claimshapes.claims.claim import ClaimRecord
from claimshapes.report.charges import charges_of, dollars
from claimshapes.report.html_markup import Markup, element, rule_link, together
from claimshapes.report.lines import counted
from claimshapes.rules.severity import Severity

_MOST_NOTES = 200
_MOST_QUIET_ENTRIES = 30
_Note = Finding | WaivedFinding | NotChecked


def claim_section(record: ClaimRecord, result: ClaimResult) -> Markup:
    """A claim with findings, waived or not.

    Args:
        record: the claim.
        result: what a check says of it.
    """
    claim = record.claim
    notes: list[_Note] = [*result.findings, *result.waived, *result.not_checked]
    by_entry: dict[str, list[_Note]] = defaultdict(list)
    for note in notes[:_MOST_NOTES]:
        by_entry[_entry(_focus(note))].append(note)
    severity = result.findings[0].severity.value if result.findings else "waived"
    rules = sorted({finding.rule for finding in result.findings})
    rules += sorted({waived.finding.rule for waived in result.waived} - set(rules))
    about = [element("p", _where(record, result), class_="meta")]
    if result.not_checked:
        about.append(element("p", "Not everything was checked.", class_="meta"))
    if len(notes) > _MOST_NOTES:
        words = f"{counted(len(notes) - _MOST_NOTES, 'more finding')} of this claim not shown."
        about.append(element("p", words, class_="left-out"))
    return element(
        "article",
        element("h3", f"Claim {result.claim} ", *_badges(result)),
        *about,
        _notes(by_entry[""]),
        _table(
            "Diagnoses",
            ("No.", "Code", "Findings"),
            list(_diagnoses(claim["diagnosis"])),
            by_entry,
        ),
        _table(
            "Lines",
            ("Line", "Service", "Findings"),
            list(_lines(claim)),
            by_entry,
        ),
        class_=f"claim {severity}",
        data_severity=severity,
        data_rules=" ".join(rules),
        data_payer=str(claim["payer"]),
    )


def quiet_row(record: ClaimRecord, result: ClaimResult) -> Markup:
    """A row for a claim on which nothing was found."""
    if result.verdict is Verdict.INCOMPLETE:
        state = together(
            element("span", "incomplete", class_="badge unchecked"),
            " no findings, but not everything checked",
            _notes(result.not_checked[:_MOST_NOTES]),
        )
    elif result.verdict is Verdict.KNOWN:
        state = together(
            element("span", "known", class_="badge waived"),
            " no findings but those of the baseline",
        )
    else:
        rules = counted(result.rules_in_force, "rule")
        state = together(
            element("span", "clean", class_="badge clean"), f" no findings, {rules} in force"
        )
    return element(
        "tr",
        element("th", result.claim, scope="row"),
        element("td", str(record.claim["payer"])),
        element("td", state),
        element("td", dollars(charges_of(record.claim, result).total), class_="number"),
        element("td", str(record.origin), class_="origin"),
        data_payer=str(record.claim["payer"]),
        data_severity="unchecked" if result.verdict is Verdict.INCOMPLETE else "clean",
    )


def _where(record: ClaimRecord, result: ClaimResult) -> str:
    charges = charges_of(record.claim, result)
    parts = [
        f"payer {record.claim['payer']}",
        str(record.origin),
        f"charges {dollars(charges.total)}, {dollars(charges.at_risk)} at risk",
        f"{counted(result.rules_in_force, 'rule')} in force",
    ]
    return " \u00b7 ".join(parts)


def _badges(result: ClaimResult) -> Iterator[Markup]:
    for severity in Severity:
        count = sum(finding.severity == severity for finding in result.findings)
        if count:
            words = counted(count, severity.value, None if severity != Severity.INFO else "info")
            yield together(element("span", words, class_=f"badge {severity.value}"), " ")
    if result.waived:
        yield element("span", f"{len(result.waived)} waived", class_="badge waived")


def _diagnoses(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, Markup]]:
    for index, entry in enumerate(entries):
        yield f"/diagnosis/{index}", str(entry["sequence"]), element("strong", entry["code"])


def _lines(claim: Mapping[str, Any]) -> Iterator[tuple[str, str, Markup]]:
    for index, item in enumerate(claim["item"]):
        code = " ".join([item["procedure"], *item.get("modifier", ())])
        details = []
        if "quantity" in item:
            quantity = item["quantity"]
            details.append(counted(quantity, "unit") if quantity == 1 else f"{quantity} units")
        details.append(str(item["serviced"]))
        if "charge" in item:
            details.append(dollars(Decimal(item["charge"])))
        pointers = item.get("diagnosisSequence", ())
        if pointers:
            details.append("diagnosis " + ", ".join(map(str, pointers)))
        described = element("span", " \u00b7 ".join(details), class_="details")
        yield (
            f"/item/{index}",
            str(item["sequence"]),
            together(element("strong", code), " ", described),
        )


def _table(
    caption: str,
    heads: tuple[str, str, str],
    entries: list[tuple[str, str, Markup]],
    by_entry: Mapping[str, Sequence[_Note]],
) -> Markup:
    rows = []
    quiet = left_out = 0
    for pointer, number, described in entries:
        notes = by_entry.get(pointer, ())
        if not notes:
            quiet += 1
            if quiet > _MOST_QUIET_ENTRIES:
                left_out += 1
                continue
        rows.append(
            element(
                "tr",
                element("th", number, scope="row"),
                element("td", described),
                element("td", _notes(notes) or element("span", "no findings", class_="details")),
            )
        )
    more = Markup()
    if left_out:
        words = f"{counted(left_out, 'more entry', 'more entries')} without findings not shown."
        more = element("p", words, class_="left-out")
    return together(
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *(element("th", head, scope="col") for head in heads))),
            element("tbody", *rows),
            class_="beside",
        ),
        more,
    )


def _notes(notes: Sequence[_Note]) -> Markup:
    if not notes:
        return Markup()
    return element("ul", *(element("li", _note(note)) for note in notes), class_="notes")


def _note(note: _Note) -> Markup:
    if isinstance(note, NotChecked):
        return together(
            element("span", "not checked", class_="badge unchecked"),
            *([] if note.rule is None else [" ", rule_link(note.rule)]),
            f" {note.reason}",
        )
    if isinstance(note, WaivedFinding):
        waiver = note.waiver
        return together(
            element("span", f"waived {note.finding.severity.value}", class_="badge waived"),
            " ",
            rule_link(note.finding.rule),
            f" {note.finding.message}",
            *_source(note.finding),
            element(
                "p",
                f"Waived by {waiver.reviewer} until {waiver.until}: {waiver.reason}",
                class_="remedy",
            ),
        )
    return together(
        element("span", note.severity.value, class_=f"badge {note.severity.value}"),
        " ",
        rule_link(note.rule),
        f" {note.message}",
        *_source(note),
        element("p", f"What to do: {note.remedy}", class_="remedy"),
    )


def _source(finding: Finding) -> list[Markup]:
    """Where the finding stands in the claim's file, where that is known."""
    if finding.source is None:
        return []
    return [element("p", f"In the file: {finding.source}", class_="source")]


def _focus(note: _Note) -> str:
    return note.finding.focus if isinstance(note, WaivedFinding) else note.focus


def _entry(focus: str) -> str:
    """The diagnosis or line that a focus is part of; empty for anything else."""
    match focus.split("/"):
        case ["", ("diagnosis" | "item") as name, index, *_]:
            return f"/{name}/{index}"
    return ""
