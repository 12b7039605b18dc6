"""Namespaces of the terms that the package reads and writes."""

from __future__ import annotations

BASE = "https://w3id.org/claimshapes/"

CS_NS = f"{BASE}ns#"
RULE_NS = f"{BASE}rule/"
DOC_NS = f"{BASE}documentation/"
PAYER_NS = f"{BASE}payer/"
ICD_NS = f"{BASE}icd-10-cm/"
HCPCS_NS = f"{BASE}hcpcs/"
CARC_NS = f"{BASE}carc/"
RARC_NS = f"{BASE}rarc/"
GROUP_NS = f"{BASE}group-code/"
DATASET_NS = f"{BASE}dataset/"
RELEASE_NS = f"{BASE}release/"
PERIOD_NS = f"{BASE}period/"

DCTERMS_NS = "http://purl.org/dc/terms/"
PROV_NS = "http://www.w3.org/ns/prov#"
RDF_NS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS_NS = "http://www.w3.org/2000/01/rdf-schema#"
SCHEMA_NS = "https://schema.org/"
SH_NS = "http://www.w3.org/ns/shacl#"
SKOS_NS = "http://www.w3.org/2004/02/skos/core#"
XSD_NS = "http://www.w3.org/2001/XMLSchema#"
