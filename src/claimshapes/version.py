"""The version that is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("claimshapes")
    """The version that is installed."""
except PackageNotFoundError:
    __version__ = "unknown (not installed)"
