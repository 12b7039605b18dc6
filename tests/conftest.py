"""What tests of several folders share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from claimshapes.claims import run_days

DAY = date(2026, 11, 27)
"""The day of the run in this process: no test depends on the day on which it is run."""

QUERY_RULE = Path(__file__).parent / "data" / "rules" / "DX-MANIF-FIRST.ttl"
"""A shipped rule with a query in place of its family, for rules of authors."""

SUMMARY = "summary"
"""Property of a test whose value is printed at the end."""

# How long an example takes depends on the machine.
settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("any machine")

_SHARING = {"tests/catalog", "tests/spark"}
"""Folders whose tests share a built site, or a Spark session."""


class _TogetherWhatShares(LoadScopeScheduling):  # type: ignore[misc]
    """Gives the tests of a file to one process, and so those that share what takes long to make."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        return folder if folder in _SHARING else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Where there are several processes, says which test each of them gets."""
    return _TogetherWhatShares(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests counted, whichever process they ran in."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in report.user_properties:
                if name == SUMMARY:
                    terminalreporter.write_line(str(text))


@pytest.fixture(scope="session", autouse=True)
def _one_day() -> Iterator[None]:
    """One day for all checks in this process; what is a process of its own has the machine's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_days, "today", lambda: DAY)
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; only where CI promises it does its absence fail the tests.

    It ends with the module: as long as Playwright runs, no test in its process can run a loop.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()
