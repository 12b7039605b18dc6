"""Medicare contractors: which claims are the ones of the contractor that a run is for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from claimshapes.errors import InputError
from claimshapes.rdf.vocabulary import CS_NS, PAYER_NS, SKOS_NS


@dataclass(frozen=True, slots=True)
class Contractor:
    """A contractor as a payer.

    Attributes:
        payer: id of the payer.
        broader: ids of the payers that it is narrower than; their claims are its own.
    """

    payer: str
    broader: frozenset[str]


def contractor_of(number: str, quads: Iterable[ox.Quad]) -> Contractor:
    """The contractor of a contract.

    Args:
        number: the contract's number.
        quads: what is known of payers.

    Raises:
        InputError: no payer has this contract; names those that there are.
    """
    above: dict[str, list[str]] = {}
    contracts: dict[str, str] = {}
    for quad in quads:
        if quad.predicate.value == f"{SKOS_NS}broader":
            above.setdefault(_id(quad.subject), []).append(_id(quad.object))
        elif quad.predicate.value == f"{CS_NS}contractNumber":
            assert isinstance(quad.object, ox.Literal)
            contracts[quad.object.value] = _id(quad.subject)
    if number not in contracts:
        known = ", ".join(sorted(contracts)) or "none"
        raise InputError(
            f"no contractor of the loaded articles has the contract {number}; there are {known};"
            " `claimshapes knowledge import` loads articles"
        )
    found: set[str] = set()
    pending = [contracts[number]]
    while pending:
        for payer in above.get(pending.pop(), ()):
            if payer not in found:
                found.add(payer)
                pending.append(payer)
    return Contractor(contracts[number], frozenset(found))


def _id(node: object) -> str:
    return node.value.removeprefix(PAYER_NS) if isinstance(node, ox.NamedNode) else ""
