"""Bounds on what the readers take up, each with an environment variable that changes it."""

from __future__ import annotations

import os

from claimshapes.errors import InputError

_PREFIX = "CLAIMSHAPES_"


def limit(name: str, default: int) -> int:
    """A bound: that of the environment variable ``CLAIMSHAPES_<name>``, else the default.

    Args:
        name: the bound's name, such as ``CLAIM_BYTES``.
        default: what holds without the variable.

    Raises:
        InputError: the variable is no whole number from 1.
    """
    text = os.environ.get(_PREFIX + name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text)):
        raise InputError(f"the environment variable {_PREFIX}{name} must be a whole number from 1")
    return int(text)
