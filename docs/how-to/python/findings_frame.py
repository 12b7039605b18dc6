"""Findings on the claims of a file as Polars frames.

Usage: python findings_frame.py FILE
"""

from __future__ import annotations

import sys
from dataclasses import asdict

import polars as pl

import claimshapes

FINDING = pl.Schema(
    {
        "claim": pl.String,
        "rule": pl.String,
        "severity": pl.Enum(claimshapes.Severity),
        "focus": pl.String,
        "path": pl.String,
        "value": pl.String,
        "message": pl.String,
        "remedy": pl.String,
        "denial_codes": pl.List(pl.String),
        "url": pl.String,
        "source": pl.String,
    }
)
NOT_CHECKED = pl.Schema(
    {"claim": pl.String, "rule": pl.String, "focus": pl.String, "reason": pl.String}
)


def check(file: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Checks the claims of a file: FHIR, X12 837, CSV, Parquet, JSON or RDF.

    Args:
        file: its name.

    Returns:
        What was found, a row a finding; and the rules that could not be judged, with why. What
        cannot be read as a claim is named on standard error.

    Raises:
        InputError: the file as a whole cannot be used.
    """
    found, unjudged = [], []
    checker = claimshapes.Checker()
    for reading, result in checker.check_readings(claimshapes.read_claims(file)):
        if result is None:
            print(f"not read: {reading}", file=sys.stderr)
            continue
        found += [asdict(finding) for finding in result.findings]
        unjudged += [asdict(item) for item in result.not_checked]
    return pl.DataFrame(found, schema=FINDING), pl.DataFrame(unjudged, schema=NOT_CHECKED)


if __name__ == "__main__":
    findings, not_checked = check(sys.argv[1])
    print(findings.select("claim", "rule", "severity", "source"))
    print(not_checked)
