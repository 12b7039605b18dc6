"""Looks for inputs that a reader or the compiler of shapes cannot bear, guided by coverage.

    python tools/fuzz.py [TARGET ...] [--seconds N]

Targets are the input formats and ``compiler`` (random shapes on random graphs, both engines); all
of them by default, each for its share of the time (60 seconds by default). Needs atheris
(``pip install atheris``), which is not among the development tools, since it has no wheel for every
Python. Prints executions and crashes; what crashed a target is kept in ``build/fuzz``. Exit status
1 where something did.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

KEPT = ROOT / "build" / "fuzz"


def run_target(name: str, options: list[str]) -> None:
    """Runs one target until libFuzzer's options end it; does not come back."""
    import atheris

    with atheris.instrument_imports(include=["claimshapes"]):
        from tests.fuzz.targets import TARGETS

    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


def watch_target(name: str, seconds: int) -> tuple[int, int]:
    """Runs one target in a process of its own.

    Returns:
        How many inputs it was given, and how many crashed it.
    """
    found = KEPT / name
    (found / "corpus").mkdir(parents=True, exist_ok=True)
    before = set(found.glob("crash-*")) | set(found.glob("timeout-*"))
    corpus = ROOT / "tests" / "fuzz" / "corpus" / name
    options = [str(found / "corpus"), *([str(corpus)] if corpus.is_dir() else [])]
    options += [f"-max_total_time={seconds}", f"-artifact_prefix={found}/", "-timeout=30"]
    options += ["-max_len=20000", "-print_final_stats=1", "-rss_limit_mb=4096"]
    run = subprocess.run(
        [sys.executable, __file__, "--run", name, *options],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    executed = re.findall(r"stat::number_of_executed_units: +([0-9]+)", run.stderr)
    after = set(found.glob("crash-*")) | set(found.glob("timeout-*"))
    if not executed or after - before:
        (found / "last.log").write_text(run.stderr)
    crashed = len(after - before) or int(not executed)
    return int(executed[-1]) if executed else 0, crashed


def main() -> int:
    if sys.argv[1:2] == ["--run"]:
        run_target(sys.argv[2], sys.argv[3:])
    from tests.fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []])
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    chosen = arguments.target or list(TARGETS)
    crashes = 0
    for name in chosen:
        executed, crashed = watch_target(name, max(1, arguments.seconds // len(chosen)))
        crashes += crashed
        print(f"{name:10} {executed:9,} executions, {crashed} crashes", flush=True)
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
