"""Official lists of which a part is loaded, as ontology/lists-in-part.ttl names them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyoxigraph as ox

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, RDF_NS, SKOS_NS


@dataclass(frozen=True, slots=True)
class ListInPart:
    """A list that is known in part: that a code is not in it is no evidence.

    Attributes:
        label: the whole list.
        loaded: what of it is loaded.
        value_set: IRI of the value set that holds this part, if one does.
        table: name of the table that does, if one does.
        whole_with: the data set whose import makes it whole, if there is one.
        rules: ids of the rules that know only this part.
    """

    label: str
    loaded: str
    value_set: str
    table: str
    whole_with: str
    rules: tuple[str, ...]


def lists_in_part(loaded: Collection[str] = ()) -> list[ListInPart]:
    """The lists that are known in part, by label.

    Args:
        loaded: ids of the data sets that are there; the lists that they make whole are left out.

    Raises:
        RuleError: the file is not Turtle.
    """
    said: dict[str, dict[str, list[str]]] = {}
    for triple in read_triples(resource_directory("ontology") / "lists-in-part.ttl"):
        values = said.setdefault(str(triple.subject), {})
        values.setdefault(triple.predicate.value, []).append(_text(triple.object))
    lists = [
        ListInPart(
            label=_first(values, f"{SKOS_NS}prefLabel"),
            loaded=_first(values, f"{CS_NS}loadedPart"),
            value_set=_first(values, f"{CS_NS}loadedAs"),
            table=_first(values, f"{CS_NS}loadedFrom"),
            whole_with=_first(values, f"{CS_NS}wholeWith"),
            rules=tuple(sorted(last_part(iri) for iri in values.get(f"{CS_NS}readByRule", ()))),
        )
        for values in said.values()
        if f"{CS_NS}ListInPart" in values.get(f"{RDF_NS}type", ())
    ]
    return sorted(
        (each for each in lists if each.whole_with not in loaded), key=lambda each: each.label
    )


def _first(values: dict[str, list[str]], predicate: str) -> str:
    return next(iter(values.get(predicate, ())), "")


def _text(term: object) -> str:
    assert isinstance(term, ox.NamedNode | ox.BlankNode | ox.Literal)
    return term.value
