"""Namespaces of the vocabulary, to write its terms for rdflib."""

from __future__ import annotations

import rdflib

from claimshapes.rdf.vocabulary import CS_NS, SCHEMA_NS

CS = rdflib.Namespace(CS_NS)
SCHEMA = rdflib.Namespace(SCHEMA_NS)
ADMS = rdflib.Namespace("http://www.w3.org/ns/adms#")
