"""Check healthcare claims against rules kept as data.

>>> import claimshapes
>>> for result in claimshapes.check("claims.json"):  # doctest: +SKIP
...     for finding in result.findings:
...         print(finding.claim, finding.rule, finding.message)

Names are imported on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claimshapes.checking.check import CheckerSettings, check, check_frame
    from claimshapes.checking.checker import Checker
    from claimshapes.checking.findings import (
        ClaimResult,
        Finding,
        NotChecked,
        NotCovered,
        WaivedFinding,
        Waiver,
    )
    from claimshapes.checking.results import ClaimVerdict, Rejection, Results, Rows
    from claimshapes.checking.waivers import Waivers, read_waivers
    from claimshapes.claims.claim import ClaimJson, ClaimReading, ClaimRecord, Origin, RejectedClaim
    from claimshapes.claims.readers import read_claims
    from claimshapes.engines.limits import LimitError
    from claimshapes.errors import ClaimshapesError, InputError, KnowledgeError, RuleError
    from claimshapes.rules.severity import Severity
    from claimshapes.version import __version__

_MODULES = {
    "Checker": "claimshapes.checking.checker",
    "CheckerSettings": "claimshapes.checking.check",
    "ClaimJson": "claimshapes.claims.claim",
    "ClaimReading": "claimshapes.claims.claim",
    "ClaimRecord": "claimshapes.claims.claim",
    "ClaimResult": "claimshapes.checking.findings",
    "ClaimVerdict": "claimshapes.checking.results",
    "ClaimshapesError": "claimshapes.errors",
    "Finding": "claimshapes.checking.findings",
    "InputError": "claimshapes.errors",
    "KnowledgeError": "claimshapes.errors",
    "LimitError": "claimshapes.engines.limits",
    "NotChecked": "claimshapes.checking.findings",
    "NotCovered": "claimshapes.checking.findings",
    "Origin": "claimshapes.claims.claim",
    "RejectedClaim": "claimshapes.claims.claim",
    "Rejection": "claimshapes.checking.results",
    "Results": "claimshapes.checking.results",
    "Rows": "claimshapes.checking.results",
    "RuleError": "claimshapes.errors",
    "Severity": "claimshapes.rules.severity",
    "WaivedFinding": "claimshapes.checking.findings",
    "Waiver": "claimshapes.checking.findings",
    "Waivers": "claimshapes.checking.waivers",
    "__version__": "claimshapes.version",
    "check": "claimshapes.checking.check",
    "check_frame": "claimshapes.checking.check",
    "read_claims": "claimshapes.claims.readers",
    "read_waivers": "claimshapes.checking.waivers",
}

__all__ = [
    "Checker",
    "CheckerSettings",
    "ClaimJson",
    "ClaimReading",
    "ClaimRecord",
    "ClaimResult",
    "ClaimVerdict",
    "ClaimshapesError",
    "Finding",
    "InputError",
    "KnowledgeError",
    "LimitError",
    "NotChecked",
    "NotCovered",
    "Origin",
    "RejectedClaim",
    "Rejection",
    "Results",
    "Rows",
    "RuleError",
    "Severity",
    "WaivedFinding",
    "Waiver",
    "Waivers",
    "__version__",
    "check",
    "check_frame",
    "read_claims",
    "read_waivers",
]


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
