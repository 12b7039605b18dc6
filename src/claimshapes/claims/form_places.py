"""Where a part of a claim is on the forms that billers read: words, box, 837 element, FHIR path.

Which field is which box and element, ontology/claim.ttl says (``cs:cms1500``, ``cs:ub04``,
``cs:x12``, ``cs:fhirPath``, ``cs:shortLabel``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import pyoxigraph as ox

from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.field_terms import claim_term
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, RDFS_NS
from claimshapes.resources import shipped_directory

_RESOURCE = "Claim"
_INSTITUTIONAL = "institutional"
_KEPT = 4096
_TOLD = re.compile(r" ?\([^)]*\)")
_EITHER = re.compile(r",? or ")
_RANGE = " to "
_COUNTED = re.compile(r"[0-9]+|[A-Z]$")
_LOOP = re.compile(r"(?=[0-9]{4}[A-Z]{0,2} )")
_SEGMENTS = {False: "SV1", True: "SV2"}


@dataclass(frozen=True, slots=True)
class FormPlace:
    """A part of a claim as its reader knows it.

    Attributes:
        words: such as ``line 2, diagnosis pointer``; lines and diagnoses count from 1.
        box: such as ``box 24E`` of form CMS-1500 or ``FL 46`` of form UB-04; empty where it is in
            none.
        x12: loop and element of the 837, such as ``2400 SV107``; empty where it is in none.
        fhir: element of a FHIR R4 Claim, such as ``Claim.item[1].diagnosisSequence``.
    """

    words: str
    box: str
    x12: str
    fhir: str

    @property
    def on_forms(self) -> str:
        """Box and element in one phrase, such as ``box 24E; 837 loop 2400 SV107``."""
        loop = "loop " if self.x12[:1].isdecimal() else ""
        return "; ".join(filter(None, (self.box, self.x12 and f"837 {loop}{self.x12}")))

    def __str__(self) -> str:
        return f"{self.words} ({self.on_forms})" if self.on_forms else self.words


def form_place(claim: ClaimJson, pointer: str) -> FormPlace:
    """Where a part of a claim is.

    Args:
        claim: the claim.
        pointer: JSON Pointer into it.
    """
    return _place(shipped_directory("ontology"), claim.get("type") == _INSTITUTIONAL, pointer)


def fhir_expression(pointer: str) -> str:
    """The element of a FHIR R4 Claim that a place in a claim is, as FHIRPath.

    Args:
        pointer: JSON Pointer into the claim.

    Returns:
        The nearest element: what FHIR keeps in another resource, such as the patient's birth
        date, is told by the element that refers to it.
    """
    said = _descriptions(shipped_directory("ontology"))
    term = claim_term()
    reached = expression = _RESOURCE
    for step in pointer.split("/")[1:]:
        if step.isdecimal():
            expression += f"[{step}]"
            continue
        if step not in term.fields:
            break
        term = term.fields[step]
        options = said.get((term.predicate, "fhirPath"), "").split(", ")
        path = next((option for option in options if option.startswith(f"{reached}.")), None)
        if path is None:
            break
        expression += path.removeprefix(reached)
        reached = path
    return expression


@lru_cache(_KEPT)
def _place(ontology: Path, institutional: bool, pointer: str) -> FormPlace:
    said = _descriptions(ontology)
    term = claim_term()
    form, prefix = ("ub04", "FL") if institutional else ("cms1500", "box")
    words: list[str] = []
    steps = pointer.split("/")[1:]
    index: int | None = None
    on_line = False
    box = element = ""
    for at, step in enumerate(steps):
        if step.isdecimal():
            continue
        if step not in term.fields:
            break
        term = term.fields[step]
        own = _index(steps, at)
        # A field of an entry is numbered as the entry is; an array's entries by themselves.
        index = own if term.many or own is not None else index
        label = said.get((term.predicate, "label"), term.name)
        name = said.get((term.predicate, "shortLabel")) or _short(label)
        words.append(name if own is None else f"{name} {own + 1}")
        on_line = on_line or step == "item"
        holder, x12 = element, said.get((term.predicate, "x12"), "")
        if " " in holder and x12 and holder[:4] not in x12:
            # The field of another provider, say, than the one whose loop is described.
            continue
        element = _element(x12, institutional, on_line, index)
        box = _nth(said.get((term.predicate, form), ""), index)
    return FormPlace(
        ", ".join(words) or "the claim",
        f"{prefix} {box}" if box[:1].isdecimal() else box,
        element,
        fhir_expression(pointer),
    )


def _index(steps: Sequence[str], at: int) -> int | None:
    following = steps[at + 1 : at + 2]
    return int(following[0]) if following and following[0].isdecimal() else None


def _short(label: str) -> str:
    return re.split("[,:]", label)[0].removesuffix(" of the line")


def _element(x12: str, institutional: bool, on_line: bool, index: int | None) -> str:
    """The one of several elements that a claim of this kind has at this level."""
    options = _EITHER.split(_TOLD.sub("", x12))
    if any(_SEGMENTS[not institutional] in option for option in options):
        kept = [option for option in options if _SEGMENTS[not institutional] not in option]
        loop = options[0].partition(" ")[0]
        options = [each if _LOOP.match(each) else f"{loop} {each}" for each in kept or options]
    elif len(options) > 1 and all(map(_LOOP.match, options)):
        level = "24" if on_line else "2"
        options = [each for each in options if each.startswith(level)][:1] or options
    return _nth(" or ".join(options), index)


def _nth(text: str, index: int | None) -> str:
    """Of a range such as ``2300 HI01-2 to HI12-2``, the element with this index."""
    first, between, last = text.partition(_RANGE)
    if not between or index is None:
        return text
    start, end = (_COUNTED.findall(part.rpartition(" ")[2]) for part in (first, last))
    changed = [at for at, (one, other) in enumerate(zip(start, end, strict=False)) if one != other]
    if len(changed) != 1 or len(start) != len(end):
        return text
    (at,) = changed
    number = _counted_on(start[at], index)
    if (len(number), number) > (len(end[at]), end[at]):
        return text
    before, own = first[: len(first) - len(first.rpartition(" ")[2])], first.rpartition(" ")[2]
    matches = list(_COUNTED.finditer(own))
    return before + own[: matches[at].start()] + number + own[matches[at].end() :]


def _counted_on(start: str, index: int) -> str:
    if start.isdecimal():
        return str(int(start) + index).zfill(len(start))
    return chr(ord(start) + index)


@cache
def _descriptions(ontology: Path) -> dict[tuple[str, str], str]:
    """What ontology/claim.ttl says of each property and class, by IRI and local name."""
    return {
        (
            triple.subject.value,
            triple.predicate.value.removeprefix(CS_NS).removeprefix(RDFS_NS),
        ): triple.object.value
        for triple in read_triples(ontology / "claim.ttl")
        if isinstance(triple.subject, ox.NamedNode)
        and isinstance(triple.object, (ox.NamedNode, ox.Literal))
    }
