"""Every term of the vocabulary says what it means, in which language, and of what it is said."""

from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from claimshapes.rdf.vocabulary import CS_NS

ONTOLOGY = Path(__file__).parents[2] / "ontology"
CLASSES = (OWL.Class, RDFS.Class)
PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, RDF.Property)
TEXTS = (RDFS.label, RDFS.comment, SKOS.prefLabel, SKOS.definition, SKOS.scopeNote)
OTHER_NAMESPACES = (str(OWL), str(RDF), str(RDFS), str(SKOS), "http://www.w3.org/")


@pytest.fixture(scope="module")
def vocabulary() -> rdflib.Graph:
    graph = rdflib.Graph()
    for file in sorted(ONTOLOGY.glob("*.ttl")):
        graph.parse(file)
    return graph


def _terms(graph: rdflib.Graph, kinds: tuple[rdflib.URIRef, ...]) -> set[rdflib.URIRef]:
    return {
        term
        for kind in kinds
        for term in graph.subjects(RDF.type, kind)
        if isinstance(term, rdflib.URIRef) and term.startswith(CS_NS)
    }


def _in_english(graph: rdflib.Graph, term: rdflib.URIRef, says: rdflib.URIRef) -> bool:
    return any(
        isinstance(text, rdflib.Literal) and text.language == "en"
        for text in graph.objects(term, says)
    )


@pytest.mark.parametrize("says", [RDFS.label, RDFS.comment], ids=["label", "comment"])
def test_terms_are_explained(vocabulary: rdflib.Graph, says: rdflib.URIRef) -> None:
    terms = _terms(vocabulary, CLASSES + PROPERTIES)
    assert len(terms) > 400
    assert [term for term in sorted(terms) if not _in_english(vocabulary, term, says)] == []


def test_texts_have_a_language(vocabulary: rdflib.Graph) -> None:
    bare = [
        f"{subject} {text}"
        for says in TEXTS
        for subject, text in vocabulary.subject_objects(says)
        if isinstance(text, rdflib.Literal) and not text.language
    ]
    assert bare == []


def test_properties_have_a_range(vocabulary: rdflib.Graph) -> None:
    properties = _terms(vocabulary, PROPERTIES)
    assert [each for each in sorted(properties) if (each, RDFS.range, None) not in vocabulary] == []


def test_domains_and_ranges_are_classes(vocabulary: rdflib.Graph) -> None:
    classes = _terms(vocabulary, CLASSES)
    for says in (RDFS.domain, RDFS.range):
        for property_, class_ in vocabulary.subject_objects(says):
            known = class_ in classes or str(class_).startswith(OTHER_NAMESPACES)
            assert known, f"{property_} has the {says.fragment} {class_}"


def test_data_and_object_properties_have_ranges_of_their_kind(vocabulary: rdflib.Graph) -> None:
    data = (str(rdflib.XSD), str(RDF.langString), str(RDFS.Literal))
    for kind, literal in ((OWL.DatatypeProperty, True), (OWL.ObjectProperty, False)):
        for property_ in _terms(vocabulary, (kind,)):
            for class_ in vocabulary.objects(property_, RDFS.range):
                assert str(class_).startswith(data) is literal, property_


def test_concepts_say_what_they_mean(vocabulary: rdflib.Graph) -> None:
    for concept in vocabulary.subjects(RDF.type, SKOS.Concept):
        # A denial or group code is one text, which its label paraphrases.
        paraphrased = any(part in str(concept) for part in ("/carc/", "/rarc/", "/group-code/"))
        said = (SKOS.prefLabel,) if paraphrased else TEXTS[3:]
        assert any((concept, says, None) in vocabulary for says in said), concept
