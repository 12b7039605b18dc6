"""Serves the site and makes pages anew when rules or ontology change."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from claimshapes.catalogue.build import generate, generate_rules, mkdocs_command, open_material
from claimshapes.catalogue.code_facts import CodeBook
from claimshapes.errors import ClaimshapesError
from claimshapes.graph.knowledge import Knowledge

_PAUSE = 0.3


def serve_catalogue(root: Path, address: str) -> None:
    """Runs until it is interrupted or MkDocs ends.

    A saved rule shows first on the rules' pages; everything else that it touches follows.
    MkDocs renders only the pages that changed, so that a rule shows within seconds.

    Args:
        root: the checkout.
        address: host and port, as MkDocs takes them.

    Raises:
        InputError: the folder is no checkout, or MkDocs is not installed.
        RuleError: a rule cannot be used at the start; later ones are told and waited for.
    """
    # Rendering what changed alone is a warning, which strict mode would end at.
    command = mkdocs_command("serve", "--no-strict", "--dirty", "--dev-addr", address)
    open_material(root)
    codes = CodeBook(Knowledge.open())
    generate(root, codes)
    watched = [root / "shapes", root / "ontology", root / "examples"]
    server = subprocess.Popen(command, cwd=root)
    try:
        seen = _state(watched)
        while server.poll() is None:
            time.sleep(_PAUSE)
            now = _state(watched)
            if now != seen:
                seen = now
                _renew(root, codes)
    finally:
        server.terminate()
        server.wait()


def _renew(root: Path, codes: CodeBook) -> None:
    try:
        generate_rules(root)
        generate(root, codes)
    except ClaimshapesError as error:
        print(f"not made anew: {error}", file=sys.stderr)


def _state(folders: Iterable[Path]) -> dict[str, int]:
    """When each file was last changed, in nanoseconds; code systems are left out."""
    return {
        str(file): file.stat().st_mtime_ns
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and "codes" not in file.parts
    }
