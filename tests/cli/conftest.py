"""Runs the program, in this process or in one of its own."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import claimshapes
from claimshapes.cli import program

SOURCES = str(Path(claimshapes.__file__).resolve().parent.parent)

# Nothing is found on it by the rules of the families DX and CLM.
CLEAN_CLAIM: dict[str, Any] = {
    "id": "C-1",
    "payer": "medicare-b",
    "patient": {"id": "P-7", "birthDate": "1980-02-01", "sex": "female"},
    "billingProvider": {"npi": "1234567893"},
    "placeOfService": "11",
    "diagnosis": [{"sequence": 1, "code": "M54.6"}],
    "item": [
        {
            "sequence": 1,
            "procedure": "99213",
            "quantity": 1,
            "charge": "80.00",
            "serviced": "2026-05-04",
            "diagnosisSequence": [1],
        }
    ],
}
ONLY = ("--select", "DX-DATE,DX-FMT,DX-UNKNOWN")


def a_claim(code: str = "M54.6", **changed: Any) -> dict[str, Any]:
    claim = copy.deepcopy(CLEAN_CLAIM) | changed
    claim["diagnosis"] = [{"sequence": 1, "code": code}]
    return claim


def expired(**changed: Any) -> dict[str, Any]:
    """A claim with a code that ended before its date of service: a violation of DX-DATE."""
    return a_claim("M54.5", **changed)


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs the program in this process."""

    def invoke(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(
            program, [str(argument) for argument in arguments], input=stdin, prog_name="claimshapes"
        )

    return invoke


@pytest.fixture
def claims(tmp_path: Path) -> Callable[..., Path]:
    """Writes claims to a file."""

    def write(*contents: Any, name: str = "claims.json") -> Path:
        file = tmp_path / name
        file.write_text(json.dumps(list(contents)), encoding="utf-8")
        return file

    return write


def command(*arguments: str | Path) -> list[str]:
    """The command line that runs the program in a process of its own."""
    return [sys.executable, "-m", "claimshapes", *(str(argument) for argument in arguments)]


def environment(**changed: str) -> Mapping[str, str]:
    """An environment in which the program is found, and nothing else decides about colours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "LINES"}
    }
    paths = os.pathsep.join(filter(None, [SOURCES, os.environ.get("PYTHONPATH")]))
    return kept | {"PYTHONPATH": paths, "TERM": "xterm-256color"} | changed


def interruptible() -> None:
    """Run in a new process: signals end it although ours, in the background, may ignore them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def run_process(
    *arguments: str | Path, stdin: bytes | None = None, **changed: str
) -> subprocess.CompletedProcess[bytes]:
    """Runs the program in a process of its own."""
    return subprocess.run(
        command(*arguments),
        input=stdin if stdin is not None else b"",
        capture_output=True,
        env=environment(**changed),
        check=False,
        timeout=120,
    )
