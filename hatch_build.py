"""Compiles the knowledge while the package is built, so that nothing is parsed at start-up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileKnowledge(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheels and editable installs alike; passes over what is current."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes src/claimshapes/_compiled/knowledge.sqlite."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        from claimshapes.graph.compile import compile_knowledge, is_current

        output = root / "src" / "claimshapes" / "_compiled" / "knowledge.sqlite"
        if not is_current(root / "ontology", output):
            compile_knowledge(root / "ontology", output)
