"""How often payers use a denial code is told with all that a reader needs to judge it."""

from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib.namespace import DCTERMS, RDF, SKOS

from claimshapes.rdf.namespaces import CS

ONTOLOGY = Path(__file__).parents[2] / "ontology"
FIGURES = (CS.denialRank, CS.denialCount, CS.denialShare)


@pytest.fixture
def figures() -> rdflib.Graph:
    graph = rdflib.Graph()
    for name in ("denials.ttl", "denial-figures.ttl", "sources.ttl"):
        graph.parse(ONTOLOGY / name)
    return graph


def _problems(graph: rdflib.Graph) -> str:
    shapes = rdflib.Graph().parse(ONTOLOGY / "rule-shapes.ttl")
    wanted = rdflib.URIRef(f"{CS}DenialFigureShape")
    return str(pyshacl.validate(graph, shacl_graph=shapes, use_shapes=[wanted])[2])


def test_the_figures_are_complete(figures: rdflib.Graph) -> None:
    assert len(set(figures.subjects(RDF.type, CS.DenialFigure))) > 5
    assert "Conforms: True" in _problems(figures)


@pytest.mark.parametrize(
    ("without", "told"),
    [
        ((CS.ofDenial,), "cs:ofDenial"),
        ((CS.deniedBy,), "cs:deniedBy"),
        ((CS.countedIn,), "cs:countedIn"),
        ((DCTERMS.source,), "dcterms:source"),
        (FIGURES, "a rank, a number or a share"),
    ],
)
def test_what_a_figure_lacks_is_told(
    figures: rdflib.Graph, without: tuple[rdflib.URIRef, ...], told: str
) -> None:
    figure = next(figures.subjects(RDF.type, CS.DenialFigure))
    for each in without:
        figures.remove((figure, each, None))
    assert told in _problems(figures)


def test_each_code_is_paraphrased_once(figures: rdflib.Graph) -> None:
    codes = set(figures.subjects(SKOS.inScheme, None))
    assert len(codes) > 90
    assert [code for code in codes if len(set(figures.objects(code, SKOS.prefLabel))) != 1] == []
