"""Compiles knowledge and rules while the package is built, so that little is read at start-up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileKnowledge(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheels and editable installs alike; passes over what is current."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes knowledge.sqlite and patterns.json in src/claimshapes/_compiled."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        from claimshapes.engines.precompile import precompile

        precompile(anew=False, for_batches=False)
