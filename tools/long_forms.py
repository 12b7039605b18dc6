"""Runs the tests of docs/explanation/threats.md in their long forms, and looks for new inputs.

    python tools/long_forms.py [--times N] [--seconds N] [--only TEXT]

Each test that the tables name runs, with N times as many random inputs as on a build where it
makes such (ten times by default), and prints its figures; then ``tools/fuzz.py`` runs for so many
seconds (an hour by default; it needs atheris), with none not at all. Exit status 1 where something
failed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "explanation" / "threats.md"
_TEST = re.compile(r"`(tests/[\w/.]+)`")


def named_tests(text: str) -> list[str]:
    """The files and folders of tests that the tables name, each once, in their order."""
    return list(dict.fromkeys(_TEST.findall(text)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--only", default="", help="only the tests whose path has this in it")
    arguments = parser.parse_args()
    failed = []
    for test in named_tests(PAGE.read_text("utf-8")):
        if arguments.only in test:
            print(f"== {test}", flush=True)
            environment = os.environ | {"CLAIMSHAPES_TEST_TIMES": str(arguments.times)}
            run = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
                cwd=ROOT,
                env=environment,
                check=False,
            )
            failed += [test] if run.returncode else []
    if arguments.seconds:
        fuzz = [sys.executable, "tools/fuzz.py", "--seconds", str(arguments.seconds)]
        failed += (
            ["tools/fuzz.py"] if subprocess.run(fuzz, cwd=ROOT, check=False).returncode else []
        )
    print("failed: " + ", ".join(failed) if failed else "nothing failed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
