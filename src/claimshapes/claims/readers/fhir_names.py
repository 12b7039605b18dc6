"""Names of elements that were misspelt or damaged, whose values would be passed over in silence.

A name that FHIR does not have is passed over, since servers add some of their own; one that is a
single character away from a name that the reader looks for is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_element import Element, FhirFault
from claimshapes.claims.schema import shown_name


def refuse_damaged_names(resource: Element, *, deep: bool = True) -> None:
    """Refuses a resource that has an element whose name was misspelt or damaged.

    Args:
        resource: the resource, with those that it contains, or another part of a document.
        deep: whether the names within its elements count too.

    Raises:
        FhirFault: it has one.
    """
    stack: list[tuple[str, Any]] = [(resource.path, resource.content)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, Mapping):
            for name, inner in value.items():
                if reason := _name_fault(name):
                    raise FhirFault(reason, path)
                if deep and isinstance(inner, (dict, list)):
                    stack.append((f"{path}.{name}", inner))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                if isinstance(inner, (dict, list)):
                    stack.append((f"{path}[{index}]", inner))


def is_resource_type(name: str) -> bool:
    """Whether a text can name a type of resource, and is no damaged name of one that is read."""
    types = fhir_codes()["types"]
    is_name = name.isascii() and name.isalpha() and name[:1].isupper()
    return name in types or (is_name and not any(is_near(name, known) for known in types))


def shown_type(name: str) -> str:
    """A type of resource as an error may show it: what was damaged may hold another's value."""
    return shown_name(name) if is_resource_type(name) else "resource of no type of FHIR"


@lru_cache(maxsize=10_000)
def _name_fault(name: str) -> str:
    """Why a name is none of an element, ``""`` where it may be one."""
    if not name.isprintable():
        # As where a backslash made an escape of a letter, which takes two signs of the name.
        return f"unknown element '{shown_name(name)}': a name has no control characters"
    meant = _meant(name)
    return f"unknown element '{shown_name(name)}'; did you mean '{meant}'?" if meant else ""


def _meant(name: str) -> str:
    """The name that a damaged one was, ``""`` where it is none."""
    codes = fhir_codes()
    # Next to a simple value stands what is said of it, with a line before the name.
    plain = name.removeprefix("_")
    if plain in codes["elements"] or plain in codes["resembling"]:
        return ""
    return next((known for known in codes["elements"] if is_near(name, known)), "")


def is_near(name: str, known: str) -> bool:
    """Whether one character was put in, taken out or changed, or two have changed places."""
    if name == known or abs(len(name) - len(known)) > 1:
        return False
    start = 0
    while start < min(len(name), len(known)) and name[start] == known[start]:
        start += 1
    if len(name) == len(known):
        swapped = known[:start] + known[start : start + 2][::-1] + known[start + 2 :]
        return name[start + 1 :] == known[start + 1 :] or name == swapped
    short, long = sorted((name, known), key=len)
    return short[start:] == long[start + 1 :]
