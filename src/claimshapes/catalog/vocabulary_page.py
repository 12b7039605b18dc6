"""The vocabulary, term by term, where its namespace says that it is."""

from __future__ import annotations

import re
from html import escape

import pyoxigraph as ox

from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.links import VOCABULARY
from claimshapes.catalog.markdown import code, facts, fence, link, plain
from claimshapes.catalog.pages import GeneratedFiles, Page, rule_page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.rdf.vocabulary import CS_NS, RDF_NS, RDFS_NS, SH_NS, SKOS_NS

_NOT_SHOWN = frozenset({f"{RDF_NS}type", f"{RDFS_NS}label", f"{RDFS_NS}comment", f"{SH_NS}rule"})
_QUERIES = frozenset({f"{SH_NS}construct", f"{SH_NS}select"})
_TERM = re.compile(r"\bcs:(\w[\w-]*)")
_MOST_RULES = 12
_FEW_RULES = 10


def add_vocabulary(
    files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData
) -> None:
    """Adds the page of the namespace and the vocabulary as one Turtle file."""
    page = Page(
        VOCABULARY,
        "Vocabulary, term by term",
        description="Every class, property and derivation of the Claimshapes vocabulary, with its "
        "meaning, its range, and the rules that use it.",
    )
    graph = knowledge_data.ontology
    terms = sorted(
        {
            quad.subject.value
            for quad in graph.store
            if isinstance(quad.subject, ox.NamedNode)
            and quad.subject.value.startswith(CS_NS)
            and quad.subject.value != CS_NS
        }
    )
    used = _uses(rule_data)
    anchors = {iri.removeprefix(CS_NS) for iri in terms}
    groups: dict[str, list[str]] = {}
    for iri in terms:
        groups.setdefault(_group(knowledge_data, iri), []).append(iri)
    page.add(
        "# Vocabulary",
        f"Namespace {code(CS_NS)}, prefix {code('cs:')}; each term's IRI leads here. "
        '<a href="claimshapes.ttl">All of it as Turtle</a>; '
        f"{link('what the rules use most', page.to('reference/vocabulary.md'))}.",
    )
    for group in sorted(groups, key=lambda name: (name == "Other", name)):
        page.add(f"## {group} ({len(groups[group])})" + f" {{: #{group.lower()} }}")
        listed = "\n\n".join(
            _term(page, knowledge_data, iri, used, anchors) for iri in groups[group]
        )
        page.add(f'<div class="terms" markdown>\n\n{listed}\n\n</div>')
    files.add_page(page)
    files.add_file("ns/claimshapes.ttl", vocabulary_turtle(knowledge_data))


def vocabulary_turtle(knowledge_data: KnowledgeData) -> str:
    """The files of the vocabulary, one after the other."""
    folder = knowledge_data.folder
    names = ["claim.ttl", "code.ttl", "rule.ttl", "components.ttl", "report.ttl"]
    chosen = [folder / name for name in names]
    chosen += sorted((folder / "derivations").glob("*.ttl"))
    return "\n".join(file.read_text("utf-8") for file in chosen)


def _term(
    page: Page,
    knowledge_data: KnowledgeData,
    iri: str,
    used: dict[str, list[str]],
    anchors: set[str],
) -> str:
    """A term, folded; the IRI of the term leads to its name, which is never hidden."""
    graph = knowledge_data.ontology
    node = ox.NamedNode(iri)
    name = iri.removeprefix(CS_NS)
    label = graph.text(node, f"{RDFS_NS}label") or graph.text(node, f"{SKOS_NS}prefLabel")
    comment = graph.text(node, f"{RDFS_NS}comment")
    blocks = [f"{plain(comment).rstrip('.')}."] if comment else []
    rows = []
    for predicate, value in graph.facts(node):
        if predicate in _NOT_SHOWN or isinstance(value, ox.BlankNode):
            continue
        if predicate in _QUERIES:
            blocks.append(fence("sparql", _unindented(str(value.value))))
            continue
        rows.append((code(_short(predicate)), _value(page, value, anchors)))
    if rows:
        blocks.append(facts(rows))
    if rules := used.get(name):
        shown = rules if len(rules) <= _MOST_RULES else rules[:_FEW_RULES]
        linked = ", ".join(link(rule, page.to(rule_page(rule))) for rule in shown)
        more = f" and {len(rules) - len(shown)} more" if len(shown) < len(rules) else ""
        blocks.append(f"In rules: {linked}{more}")
    head = f'<summary id="{escape(name)}"><code>cs:{escape(name)}</code> {escape(label)}</summary>'
    body = "\n\n".join(blocks or ["An individual."])
    return f"<details markdown>{head}\n\n{body}\n\n</details>"


def _value(page: Page, value: ox.NamedNode | ox.BlankNode | ox.Literal, anchors: set[str]) -> str:
    text = str(value.value)
    if isinstance(value, ox.NamedNode):
        name = text.removeprefix(CS_NS)
        if text.startswith(CS_NS) and name in anchors:
            return link(code(f"cs:{name}"), f"#{name}")
        return code(_short(text))
    return plain(text)


def _uses(rule_data: RuleData) -> dict[str, list[str]]:
    """The rules whose file names a term, by the term."""
    used: dict[str, list[str]] = {}
    for rule in rule_data.book:
        for name in sorted(set(_TERM.findall(rule.file.read_text("utf-8")))):
            used.setdefault(name, []).append(rule.id)
    everywhere = len(rule_data.book.rules)
    return {name: rules for name, rules in used.items() if len(rules) < everywhere}


def _group(knowledge_data: KnowledgeData, iri: str) -> str:
    kinds = {_short(kind) for kind in knowledge_data.ontology.iris(iri, f"{RDF_NS}type")}
    if "owl:Class" in kinds:
        return "Classes"
    if kinds & {"owl:ObjectProperty", "owl:DatatypeProperty"}:
        return "Properties"
    if "owl:AnnotationProperty" in kinds:
        return "Annotations"
    if "sh:SPARQLRule" in kinds:
        return "Derivations"
    if "cs:Component" in kinds:
        return "Components"
    return "Other"


_PREFIXES = {
    CS_NS: "cs:",
    SH_NS: "sh:",
    RDF_NS: "rdf:",
    RDFS_NS: "rdfs:",
    SKOS_NS: "skos:",
    "http://www.w3.org/2002/07/owl#": "owl:",
    "http://www.w3.org/2001/XMLSchema#": "xsd:",
}


def _short(iri: str) -> str:
    for namespace, prefix in _PREFIXES.items():
        if iri.startswith(namespace):
            return prefix + iri.removeprefix(namespace)
    return iri


def _unindented(query: str) -> str:
    lines = [line for line in query.splitlines() if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line[margin:] for line in lines)
