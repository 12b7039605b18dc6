"""The claim format field by field, from the JSON Schema, and the documentation elements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.links import CLAIM_FIELDS, VOCABULARY
from claimshapes.catalog.markdown import code, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, rule_page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import CS_NS, DOC_NS, RDF_NS, SKOS_NS
from claimshapes.rules.code_lists import SET_NS

_PLACES = (
    ("x12", "837"),
    ("cms1500", "CMS-1500"),
    ("ub04", "UB-04"),
    ("fhirPath", "FHIR R4"),
)


def add_claim_format(
    files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData
) -> None:
    """Adds the page on the claim format."""
    page = Page(CLAIM_FIELDS, "Claim fields", wide=True)
    schema = json.loads((knowledge_data.folder / "claim.schema.json").read_text("utf-8"))
    context = json.loads((knowledge_data.folder / "claim.context.jsonld").read_text("utf-8"))
    placed: set[str] = set()
    rows = [
        (
            code(path),
            plain(str(field.get("description") or field.get("title", ""))),
            _expected(field, schema),
            "yes" if required else "",
            *_elsewhere(page, knowledge_data, path, context["@context"], placed),
        )
        for path, field, required in _fields(schema, schema, "")
    ]
    headings = ("Field", "Meaning", "Values", "Required", "Term", *(name for _, name in _PLACES))
    page.add(
        "# Claim fields",
        plain(str(schema.get("description", ""))),
        f"How files look: {link('the claim format', page.to('reference/claim-format.md'))}. "
        f"The schema and the context as files: "
        f"{link('downloads', page.to('downloads/index.md'))}.",
        table(headings, rows),
        "## Documentation elements",
        "What `documentation[].type` can be. An element that is absent means *not shown*.",
    )
    graph = knowledge_data.ontology
    for collection in graph.having(f"{RDF_NS}type", f"{SKOS_NS}Collection"):
        members = graph.iris(collection, f"{SKOS_NS}member")
        page.add(
            f"### {plain(graph.label(collection))}",
            table(
                ("Type", "Meaning", "Value", "Asked for by"),
                [
                    (
                        f'<span id="{last_part(iri)}">{code(last_part(iri))}</span>',
                        plain(graph.label(iri)),
                        plain(graph.text(ox.NamedNode(iri), f"{SKOS_NS}scopeNote")),
                        ", ".join(
                            link(rule, page.to(rule_page(rule)))
                            for rule in _asking(rule_data, knowledge_data, iri)
                        ),
                    )
                    for iri in members
                    if iri.startswith(DOC_NS)
                ],
            ),
        )
    files.add_page(page)


def _fields(
    node: Mapping[str, Any], schema: Mapping[str, Any], path: str
) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    required = set(node.get("required", ()))
    for name, field in node.get("properties", {}).items():
        whole = {**_referred(field, schema), **field}
        place = f"{path}.{name}" if path else name
        yield place, whole, name in required
        if whole.get("type") == "object":
            yield from _fields(whole, schema, place)
        items = whole.get("items", {})
        if items.get("properties"):
            yield from _fields(items, schema, f"{place}[]")


def _referred(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = str(field.get("$ref", ""))
    if not reference.startswith("#/"):
        return {}
    node: Any = schema
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return dict(node)


def _expected(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "const" in field:
        return code(str(field["const"]))
    if "enum" in field:
        return ", ".join(code(str(value)) for value in field["enum"])
    if field.get("type") == "array":
        inner = {**_referred(field["items"], schema), **field["items"]}
        words = "list" if inner.get("properties") else f"list of: {_expected(inner, schema)}"
    elif "x-expected" in field:
        words = plain(str(field["x-expected"]))
    elif "format" in field:
        words = plain(str(field["format"]))
    else:
        words = plain(str(field.get("type", "")))
    examples = field.get("examples") or ()
    return words + (f", such as {code(str(examples[0]))}" if examples else "")


def _elsewhere(
    page: Page,
    knowledge_data: KnowledgeData,
    path: str,
    context: Mapping[str, Any],
    placed: set[str],
) -> tuple[str, ...]:
    """The term that a field is, and where the same stands in other forms of a claim.

    A term says where its first field stands, and not where others do that share it: a claim's
    number is no patient's.
    """
    iri = _term(path, context)
    if iri is None:
        return ("",) * (len(_PLACES) + 1)
    name = iri.removeprefix(CS_NS)
    places = [
        knowledge_data.ontology.text(ox.NamedNode(iri), CS_NS + place) for place, _ in _PLACES
    ]
    if iri in placed:
        places = [""] * len(_PLACES)
    placed.add(iri)
    known = knowledge_data.ontology.facts(ox.NamedNode(iri))
    term = code(f"cs:{name}")
    return (link(term, page.to(f"{VOCABULARY}#{name}")) if known else term, *map(plain, places))


def _term(path: str, context: Mapping[str, Any]) -> str | None:
    scope: dict[str, Any] = dict(context)
    identifier = ""
    for step in path.replace("[]", "").split("."):
        definition = scope.get(step)
        entry: Mapping[str, Any] = (
            definition if isinstance(definition, Mapping) else {"@id": definition}
        )
        identifier = str(entry.get("@id") or "")
        scope |= entry.get("@context") or {}
    return CS_NS + identifier.removeprefix("cs:") if identifier.startswith("cs:") else None


def _asking(rule_data: RuleData, knowledge_data: KnowledgeData, iri: str) -> list[str]:
    sets = {
        SET_NS + name
        for name, members in knowledge_data.memberships.items()
        if any(member.member == iri for member in members)
    }
    return [rule.id for rule in rule_data.book if rule_data.mentioned[rule.id] & (sets | {iri})]
