"""The command line; each family of commands is a module."""

from __future__ import annotations

from claimshapes.cli.program import main, program

__all__ = ["main", "program"]
