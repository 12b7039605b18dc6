"""Checks over HTTP."""

from __future__ import annotations

from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
THERAPY = EXAMPLES / "13-therapy-without-modifier-or-time.json"
CLEAN = EXAMPLES / "01-clean-therapy.json"
