"""A constraint's validation results as a query, before they are read."""

from __future__ import annotations

from dataclasses import dataclass

from claimshapes.engines.batch.shacl.shapes import Shape
from claimshapes.engines.batch.sparql.algebra import QueryCompiler
from claimshapes.engines.batch.sparql.relations import Relation


@dataclass(frozen=True, slots=True)
class Results:
    """The results of one constraint for a set of focus nodes.

    Attributes:
        shape: the source shape.
        component: IRI of the source constraint component.
        compiler: has the common tables that ``relation`` needs.
        relation: the results: ``this``, and ``value`` and ``path`` where they have such.
        messages: the texts.
        variables: further variables, which the texts may name.
        formatted: whether variables are filled in there.
    """

    shape: Shape
    component: str
    compiler: QueryCompiler
    relation: Relation
    messages: tuple[str, ...]
    variables: tuple[str, ...] = ()
    formatted: bool = False
