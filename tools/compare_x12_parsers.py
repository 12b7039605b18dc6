"""Reads the same 837 files with every X12 parser on PyPI that knows the 837, and with ours.

    python tools/compare_x12_parsers.py                 # prints a table in Markdown
    python tools/compare_x12_parsers.py --record FILE   # keeps what the others gave, for the tests

The packages exclude each other (one needs pydantic 1), so that each gets a virtual environment of
its own in a temporary folder, made with the ordinary package index.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "tests" / "data" / "x12"
REPEATS = 200
"""How often the largest sample is put into the file that speed is measured on."""

# Each adapter defines parse(path), which gives a list of claims as
# {"id": ..., "diagnosis": [codes], "procedure": [codes]}.
ADAPTERS: dict[str, tuple[list[str], str]] = {
    "pyx12": (
        ["pyx12==4.0.0"],
        """
from pyx12.x12file import X12Reader
def parse(path):
    claims = []
    with open(path) as stream:
        for segment in X12Reader(stream):
            name = segment.get_seg_id()
            if name == "CLM":
                claims.append({"id": segment.get_value("CLM01"), "diagnosis": [], "procedure": []})
            elif name == "HI":
                for n in range(1, len(segment) + 1):
                    if segment.get_value(f"HI{n:02}-1") in DIAGNOSES:
                        claims[-1]["diagnosis"].append(segment.get_value(f"HI{n:02}-2"))
            elif name in ("SV1", "SV2"):
                element = "SV101-2" if name == "SV1" else "SV202-2"
                claims[-1]["procedure"].append(segment.get_value(element))
    return claims
""",
    ),
    "linuxforhealth-x12": (
        ["linuxforhealth-x12==0.57.0", "pydantic<2"],
        """
from linuxforhealth.x12.io import X12ModelReader
def parse(path):
    claims = []
    def walk(part):
        for value in part.values() if isinstance(part, dict) else part:
            name = value.get("segment_name") if isinstance(value, dict) else None
            if name == "CLM":
                number = value["patient_control_number"]
                claims.append({"id": number, "diagnosis": [], "procedure": []})
            elif name == "HI":
                for key, code in value.items():
                    if key.startswith("health_care_code") and code and code[0] in DIAGNOSES:
                        claims[-1]["diagnosis"].append(code[1])
            elif name in ("SV1", "SV2"):
                service = value.get("product_service_id_qualifier")
                service = service or value.get("composite_medical_procedure_identifier")
                claims[-1]["procedure"].append(service.split(":")[1] if ":" in service else service)
            elif isinstance(value, (dict, list)):
                walk(value)
    with X12ModelReader(path) as reader:
        for model in reader.models():
            walk(model.dict())
    return claims
""",
    ),
    "openx12": (
        ["openx12==0.2.1"],
        """
from openx12 import x837i, x837p
def parse(path):
    content = open(path).read()
    parser = x837i if "005010X223" in content else x837p
    return [
        {
            "id": claim["claim_number"],
            "diagnosis": [dx["diagnosis_code"] for dx in claim.get("diagnoses", [])],
            "procedure": [
                line.get("hcpcs_code") or line.get("procedure_code")
                for line in claim.get("services", [])
            ],
        }
        for claim in parser.parse(content).claims
    ]
""",
    ),
    "badx12": (
        ["badx12==0.2.2"],
        """
import badx12
def parse(path):
    return badx12.Parser().parse_document(path)
""",
    ),
    "hccinfhir": (
        ["hccinfhir==0.4.0"],
        """
from itertools import groupby
from hccinfhir.extractor import extract_sld
def parse(path):
    lines = extract_sld(open(path).read(), format="837")
    claims = []
    for number, group in groupby(lines, key=lambda line: line.claim_id):
        group = list(group)
        claims.append({
            "id": number,
            "diagnosis": list(group[0].claim_diagnosis_codes),
            "procedure": [line.procedure_code for line in group],
        })
    return claims
""",
    ),
}

RUNNER = """
import json, resource, sys, time
DIAGNOSES = {"ABK", "ABF", "ABJ", "ABN", "APR", "BK", "BF", "BJ", "BN", "PR"}
%s
results = {}
for path in sys.argv[1:]:
    started = time.perf_counter()
    try:
        results[path] = {"claims": parse(path)}
    except BaseException as error:
        results[path] = {"error": f"{type(error).__name__}: {str(error).splitlines()[0][:100]}"}
    results[path]["seconds"] = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("RESULTS" + json.dumps({"files": results, "kilobytes": peak}))
"""

OURS = """
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
def parse(path):
    claims = []
    for reading in read_claims(path):
        if not isinstance(reading, ClaimRecord):
            raise ValueError(reading.reason)
        content = reading.claim
        claims.append({
            "id": content["id"],
            "diagnosis": [dx["code"] for dx in content["diagnosis"]],
            "procedure": [item.get("procedure") for item in content["item"]],
        })
    return claims
"""


def sample_files() -> list[Path]:
    return sorted(p for p in SAMPLES.rglob("*") if p.suffix in (".txt", ".837", ".837i"))


def run(python: str, adapter: str, files: list[str]) -> dict[str, Any]:
    """What an adapter gives for each file, or the reason why it cannot be run at all."""
    done = subprocess.run(
        [python, "-c", RUNNER % adapter, *files], capture_output=True, text=True, check=False
    )
    # Some packages print as they parse.
    _, found, results = done.stdout.rpartition("RESULTS")
    if not found:
        return {"broken": done.stderr.strip().splitlines()[-1]}
    answer: dict[str, Any] = json.loads(results)
    return answer


def environment(folder: Path, requirements: list[str]) -> str:
    """Makes a virtual environment with the packages, and gives its interpreter."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True)
    return python


def large_file(folder: Path) -> Path:
    """The longest sample again and again, each time in an interchange of its own."""
    longest = max(sample_files(), key=lambda path: path.stat().st_size)
    file = folder / "large.837"
    file.write_text((longest.read_text() + "\n") * REPEATS)
    return file


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--record", type=Path, help="keep the other parsers' answers here")
    record = arguments.parse_args().record
    files = [str(path) for path in sample_files()]
    answers: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large = str(large_file(folder))
        for package, (requirements, adapter) in ADAPTERS.items():
            python = environment(folder / package, requirements)
            answers[package] = run(python, adapter, files), run(python, adapter, [large])
        answers["claimshapes"] = (
            run(sys.executable, OURS, files),
            run(sys.executable, OURS, [large]),
        )
    print("| parser | files read | refused | claims | claims/s, large file | memory, MB |")
    print("|---|---|---|---|---|---|")
    for package, (small, big) in answers.items():
        if "broken" in small:
            print(f"| {package} | fails: {small['broken']} | | | | |")
            continue
        read = [entry["claims"] for entry in small["files"].values() if "claims" in entry]
        entry = big["files"][large]
        rate = f"{len(entry['claims']) / entry['seconds']:,.0f}" if "claims" in entry else "refused"
        claims = sum(map(len, read))
        refused = len(files) - len(read)
        memory = big["kilobytes"] / 1024
        print(f"| {package} | {len(read)} | {refused} | {claims} | {rate} | {memory:.0f} |")
    if record is not None:
        kept = {
            package: {
                str(Path(path).relative_to(SAMPLES)): entry.get("claims", entry.get("error"))
                for path, entry in answers[package][0]["files"].items()
            }
            for package in ("hccinfhir", "linuxforhealth-x12", "pyx12")
        }
        record.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"\n{time.perf_counter() - started:.0f} s", file=sys.stderr)
