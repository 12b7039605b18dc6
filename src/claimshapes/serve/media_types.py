"""Which claim format a content type is, and which report format a client accepts."""

from __future__ import annotations

from claimshapes.report.formats import REPORT_FORMATS

_ENDINGS = {
    "application/json": ".json",
    "application/fhir+json": ".json",
    "application/json+fhir": ".json",
    "application/x-ndjson": ".ndjson",
    "application/ndjson": ".ndjson",
    "application/jsonl": ".ndjson",
    "application/fhir+ndjson": ".ndjson",
    "application/ld+json": ".jsonld",
    "text/turtle": ".ttl",
    "application/n-triples": ".nt",
    "application/n-quads": ".nq",
    "application/edi-x12": ".x12",
    "application/x12": ".x12",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/vnd.apache.parquet": ".parquet",
    "application/octet-stream": "",
    "application/x-www-form-urlencoded": "",
    "text/plain": "",
    "": "",
}
"""Endings of file names; with the empty one, the content tells the format."""

REPORT_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "html": "text/html; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "turtle": "text/turtle; charset=utf-8",
    "sarif": "application/sarif+json",
    "junit": "application/xml",
    "outcome": "application/fhir+json",
    "github": "text/x-github-annotations; charset=utf-8",
}
"""Content types of the reports, the default first."""

_ALSO = {
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/xml": "junit",
}

assert REPORT_TYPES.keys() == set(REPORT_FORMATS)


def claim_content_types() -> list[str]:
    """The content types of claims."""
    return [name for name in _ENDINGS if name]


def document_name(content_type: str) -> str | None:
    """A name for a request's body, whose ending tells its format; none for no claim format."""
    ending = _ENDINGS.get(content_type.partition(";")[0].strip().lower())
    return None if ending is None else f"request{ending}"


def report_format(accept: str) -> str | None:
    """The report format that a client likes best; none where it accepts none of them.

    Args:
        accept: the header ``Accept``; empty where there is none.
    """
    known = {kind.partition(";")[0]: name for name, kind in REPORT_TYPES.items()} | _ALSO
    liked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.split(",")):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            liked.append((-float(weight), place, kind))
        except ValueError:
            liked.append((0.0, place, kind))
    for order, _, kind in sorted(liked):
        if order == 0 and kind:
            continue
        if kind in ("", "*/*", "application/*"):
            return "json"
        if kind == "text/*":
            return "text"
        if kind in known:
            return known[kind]
    return None
