"""Adds to one claim's graph what follows from it."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox

from claimshapes.engines.one_by_one.needed_triples import Contents, Needs
from claimshapes.errors import RuleError
from claimshapes.rules.derivations import Derivation


def derive(
    store: ox.Store,
    claim: ox.NamedNode,
    derivations: tuple[Derivation, ...],
    needs: Needs,
    contents: Contents,
    look: Callable[[], None] = lambda: None,
) -> list[ox.Quad]:
    """Adds to the store what the derivations make of the claim, each seeing what earlier ones made.

    Args:
        store: the claim's graph with the knowledge that it reaches; changed in place.
        claim: the claim's node, which takes the place of ``$this``; pyoxigraph substitutes
            only variables that a query selects.
        derivations: as ``load_derivations`` returns them.
        needs: says which of them can make something.
        contents: what the store holds; changed in place.
        look: called before each of them; raises when the time for the claim is over.

    Returns:
        What was made; some of it may have been there.

    Raises:
        RuleError: a derivation is not a CONSTRUCT query.
    """
    found: list[ox.Quad] = []
    for derivation in derivations:
        if not needs.met(derivation.construct, contents):
            continue
        look()
        made = store.query(derivation.construct.replace("$this", str(claim)))
        if not isinstance(made, ox.QueryTriples):
            raise RuleError(f"{derivation.iri}: sh:construct has to be a CONSTRUCT query")
        quads = [ox.Quad(triple.subject, triple.predicate, triple.object) for triple in made]
        store.extend(quads)
        contents.add(quads)
        found += quads
    return found
