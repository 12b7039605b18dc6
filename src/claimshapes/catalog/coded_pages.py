"""Which codes have a page of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from claimshapes.catalog.example_data import ExampleData
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.rule_data import RuleData
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import HCPCS_NS, ICD_NS

CodedPages = Mapping[str, str]
"""The codes that have a page of their own: IRI of each by its notation."""

PROCEDURE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")

_FEW = 60
"""Members of larger value sets have no page of their own; the look-up tells of them."""
_LINK = re.compile(r"/codes/([\w.]+)/index\.md")


def coded_pages(
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    example_data: ExampleData,
    topics: Iterable[Path],
) -> CodedPages:
    """The codes that rules, small value sets, example claims or topics name.

    Args:
        rule_data: the rules.
        knowledge_data: the value sets and codes.
        example_data: the example claims.
        topics: pages that people wrote, which link to pages of codes.
    """
    knowledge = knowledge_data.knowledge
    iris = sorted({iri for named in rule_data.mentioned.values() for iri in named})
    for members in knowledge_data.memberships.values():
        if len(members) <= _FEW:
            iris += [member.member for member in members]
    for runs in example_data.runs.values():
        for run in runs:
            iris += [ICD_NS + str(each["code"]) for each in run.claim.get("diagnosis", ())]
            lines = run.claim.get("item", ())
            iris += [HCPCS_NS + str(line["procedure"]).strip().upper() for line in lines]
    for file in topics:
        for linked in _LINK.findall(file.read_text("utf-8")):
            below = (ICD_NS + each for each, _ in knowledge.children(linked))
            iris += [HCPCS_NS + linked, ICD_NS + linked, *below]
    return dict(sorted(paged for iri in iris for paged in _paged(knowledge, iri)))


def _paged(knowledge: Knowledge, iri: str) -> Iterator[tuple[str, str]]:
    code = last_part(iri)
    if iri.startswith(ICD_NS):
        match = knowledge.match(code)
        if match.concept is not None:
            yield match.notation, match.concept
    elif iri.startswith(HCPCS_NS) and PROCEDURE.fullmatch(code):
        yield code, iri
