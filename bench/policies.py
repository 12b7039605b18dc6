"""What a million rows of imported policies cost a check.

    python bench/policies.py [--pairs N] [--claims N] [--engine ENGINE] [--ignore RULE]...

Makes an export of coverage articles with a million diagnoses, sixteen articles for each service of
the claims, and imports it. Runs ``claimshapes check`` over the claims with these rows and without
them by turns, each time as a process of its own on one core, its start included, and prints the
seconds on the processor and the median of the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.generator.tables import all_codes, fee_schedule  # noqa: E402
from tests.knowledge.published_files import (  # noqa: E402
    coverage_export,
    csv_bytes,
    written,
    zip_bytes,
)

from bench.claims import SEED, claim_lines  # noqa: E402
from bench.growth import check  # noqa: E402
from claimshapes.knowledge.folder import KnowledgeFolder  # noqa: E402
from claimshapes.knowledge.importing import ImportOptions, import_files  # noqa: E402

_ARTICLES, _DIAGNOSES, _OF_A_SERVICE = 1_400, 740, 16
_OTHER_SERVICES = 12
_STATES = ("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "NY", "TX")
_DAY = date(2026, 11, 20)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=5, help="of runs (5)")
    parser.add_argument("--claims", type=int, help="number (20,000; 150 for the reference engine)")
    parser.add_argument("--engine", default="set", choices=("set", "reference"), help="(set)")
    parser.add_argument("--ignore", action="append", default=[], help="leave a rule out")
    options = parser.parse_args()
    size = options.claims or (20_000 if options.engine == "set" else 150)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    asked = ["--engine", options.engine, "--format", "ndjson"]
    for rule in options.ignore:
        asked += ["--ignore", rule]
    with tempfile.TemporaryDirectory(prefix="claimshapes-bench-") as name:
        folder = Path(name)
        file, knowledge = folder / "claims.ndjson", folder / "knowledge"
        export = written(folder, "current_article.zip", _export(_write_claims(size, file)))
        (report,) = import_files([export], KnowledgeFolder(knowledge), ImportOptions(period=_DAY))
        print(f"{_ARTICLES:,} articles with {report.rows:,} diagnoses", flush=True)
        ways: list[list[str]] = [[], ["--knowledge", str(knowledge)]]
        for way in ways:
            # The first run with a knowledge folder compiles it.
            check(file, folder / "report", [*asked, *way])
        print(f"{'without':>9}{'with':>9}{'ratio':>8}", flush=True)
        ratios = []
        for _ in range(options.pairs):
            before, after = (check(file, folder / "report", [*asked, *way])[0] for way in ways)
            ratios.append(after / before)
            print(f"{before:9.2f}{after:9.2f}{ratios[-1]:8.3f}", flush=True)
        print(f"median {statistics.median(ratios):.3f}")
    return 0


def _write_claims(size: int, file: Path) -> list[str]:
    """Writes claims whose providers are in one of the states, and returns their services."""
    services = set()
    rnd = random.Random(SEED)
    with file.open("w") as stream:
        for line, _ in claim_lines(size):
            claim = json.loads(line)
            claim["billingProvider"]["state"] = rnd.choice(_STATES)
            services |= {item["procedure"] for item in claim["item"] if "procedure" in item}
            stream.write(json.dumps(claim) + "\n")
    return sorted(services)


def _export(services: Sequence[str]) -> bytes:
    """An export of articles; each of their services is in so many of them."""
    tables = coverage_export()
    for name in tables.keys() - {"contractor_type_lookup"}:
        del tables[name][1:]
    contractors = [(str(number), "8", "1") for number in range(1, len(_STATES) + 1)]
    for number, (key, state) in enumerate(zip(contractors, _STATES, strict=True), start=1):
        tables["contractor"].append((*key, f"Contractor {number}", f"{number:02}102"))
        tables["contractor_jurisdiction"].append((*key, str(number), ""))
        tables["state_lookup"].append((str(number), state, state))
    rnd = random.Random(SEED)
    places = [service for service in services for _ in range(_OF_A_SERVICE)]
    rnd.shuffle(places)
    others, codes = sorted(fee_schedule()), sorted(all_codes())
    for number in range(_ARTICLES):
        by = (str(number), "1")
        tables["article"].append(
            (*by, "Title", "2024-01-01 00:00:00", "", "", "", f"A{50_000 + number}", "A", "")
        )
        own = {*places[number::_ARTICLES], *rnd.sample(others, _OTHER_SERVICES)}
        tables["article_x_hcpc_code"] += [(*by, code, "1", "N") for code in sorted(own)]
        first = rnd.randrange(len(codes) - _DIAGNOSES)
        tables["article_x_icd10_covered"] += [
            (*by, code, "1", "N") for code in codes[first : first + _DIAGNOSES]
        ]
        tables["article_x_contractor"].append((*by, *contractors[number % len(contractors)]))
    return zip_bytes({f"{name}.csv": csv_bytes(rows, "utf-8") for name, rows in tables.items()})


if __name__ == "__main__":
    raise SystemExit(main())
