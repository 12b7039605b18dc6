"""Runs the command line as ``python -m claimshapes``."""

from __future__ import annotations

from claimshapes.cli import main

if __name__ == "__main__":
    main()
