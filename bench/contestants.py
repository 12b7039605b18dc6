"""Who is measured, in the order of the table.

A contestant is started by a function that gives a judge; what starting takes is told apart. The
judge reads a file of claims, one as JSON on a line, to its end. A contestant whose package is not
there raises ``ImportError`` when it is started.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from bench.judged import Judge, Judged

_RULES = "all rules"
_ON_GRAPHS = "all rules, on graphs made beforehand"


@dataclass(frozen=True, slots=True)
class Contestant:
    """One row of the table.

    Attributes:
        name: what the table calls it.
        place: module and function that start it; imported by its own process only.
        checks: what it checks, in a few words.
        all_cores: whether it may use every core; the others have one.
    """

    name: str
    place: str
    checks: str
    all_cores: bool = False

    def start(self) -> Judge:
        """Makes it ready.

        Raises:
            ImportError: a package is missing.
        """
        module, _, function = self.place.partition(":")
        start: Callable[[], Judge] = getattr(import_module(module), function)
        return start()


def start_floor() -> Judge:
    """Parses each line and does nothing."""

    def judge(file: Path) -> Judged:
        with file.open("rb") as lines:
            claims = sum(bool(json.loads(line)) for line in lines)
        return Judged(f"{claims:,} objects")

    return judge


CONTESTANTS = (
    Contestant("floor: parse the JSON", "bench.contestants:start_floor", "nothing"),
    Contestant("set engine, one core", "bench.own_engines:start_set_engine", _RULES),
    Contestant(
        "set engine, all cores", "bench.own_engines:start_set_engine_on_all_cores", _RULES, True
    ),
    Contestant("reference engine", "bench.own_engines:start_reference_engine", _RULES),
    Contestant(
        "plain pySHACL, whole ontology", "bench.shacl_engines:start_plain_pyshacl", _ON_GRAPHS
    ),
    Contestant("shacl", "bench.shacl_engines:start_shacl", _ON_GRAPHS),
    Contestant("shacl-rust", "bench.shacl_engines:start_shacl_rust", _ON_GRAPHS),
    Contestant("pyshacl-turbo", "bench.shacl_engines:start_pyshacl_turbo", _ON_GRAPHS),
    Contestant(
        "msdrg, MCE editor",
        "bench.other_editors:start_msdrg",
        "diagnoses by date, age and sex; every claim as a stay",
    ),
    Contestant(
        "pyoce",
        "bench.other_editors:start_pyoce",
        "outpatient edits of the IOCE; every claim as type of bill 131",
    ),
)
