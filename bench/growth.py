"""How time and memory of ``claimshapes check`` grow with the number of claims.

    python bench/growth.py [--sizes 10000,100000,...] [--format FORMAT]

Each number of claims is one run of the command with the set engine on one core, its start
included; a line is printed as soon as it is known. A million claims take half an hour and a GB of
disk.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SIZES = "10000,100000,1000000"
_CHECKED = (0, 1)
"""Exit statuses of a check that came to its end: nothing found, something found."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default=_SIZES, help=f"numbers of claims ({_SIZES})")
    parser.add_argument("--format", default="ndjson", help="of the report (ndjson)")
    options = parser.parse_args()
    # DuckDB takes as many threads as there are cores to be had.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(
        f"{'claims':>11}{'CPU s':>11}{'µs a claim':>12}{'peak MB':>10}{'report MB':>11}", flush=True
    )
    with tempfile.TemporaryDirectory(prefix="claimshapes-bench-") as folder:
        for size in map(int, options.sizes.split(",")):
            file, report = Path(folder) / "claims.ndjson", Path(folder) / "report"
            write_claims(size, file)
            seconds, peak = check(file, report, ["--engine", "set", "--format", options.format])
            print(
                f"{size:>11,}{seconds:>11,.1f}{seconds / size * 1e6:>12,.0f}{peak:>10,.0f}"
                f"{report.stat().st_size / 1e6:>11,.1f}",
                flush=True,
            )
    return 0


def write_claims(size: int, file: Path) -> None:
    # In a process of its own: the memory of one that starts another counts as the other's.
    with file.open("wb") as stream:
        command = [sys.executable, str(ROOT / "bench" / "claims.py"), str(size)]
        subprocess.run(command, stdout=stream, stderr=subprocess.DEVNULL, check=True)


def check(file: Path, report: Path, options: Sequence[str]) -> tuple[float, float]:
    """Checks a file.

    Args:
        file: the claims.
        report: file for the report.
        options: of ``claimshapes check``.

    Returns:
        Seconds on the processor, and megabytes of memory at most.

    Raises:
        RuntimeError: the check did not come to its end.
    """
    command = [sys.executable, "-m", "claimshapes", "check", os.fspath(file), *options]
    command += ["--output", os.fspath(report)]
    search = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": search})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in _CHECKED:
        raise RuntimeError(f"claimshapes check ended with status {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
