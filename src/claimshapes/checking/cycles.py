"""Keeps Python's search for cycles of objects away from claims, which have none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No search meanwhile: the objects of a batch would be searched again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def out_of_sight() -> Iterator[None]:
    """No search among the objects that there are now."""
    # Whoever has put objects out of sight, as servers do, wants them to stay there.
    is_own = not gc.get_freeze_count()
    if is_own:
        gc.freeze()
    try:
        yield
    finally:
        if is_own:
            gc.unfreeze()
