"""How much longer tests of random inputs take than on a build; see ``tools/long_forms.py``."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("CLAIMSHAPES_TEST_TIMES", "1"))
"""By how much the number of inputs is multiplied."""
