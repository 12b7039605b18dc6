"""What makes an editor know the files of a pack: JSON Schemas, snippets, shapes of rule files.

All of it is made from the ontology and the schemas of the package, so that it is of the release
that writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rdflib
from rdflib import BNode, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, OWL, RDF, SH, XSD

from claimshapes.authoring.shipped_facts import PREFIXES
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.knowledge.tables import DESCRIPTION
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.vocabulary import BASE, CS_NS, SCHEMA_NS
from claimshapes.rules.families import (
    Family,
    Parameter,
    forms_of,
    read_family_graph,
    read_forms,
    sample_codes,
)

EDITOR = "editor"
"""The folder of a pack's repository for schemas and shapes."""

SHAPES = URIRef(f"{BASE}editor")
"""The ontology that a Turtle file imports to be validated while it is edited."""

SCHEMAS = {
    "configuration": "claimshapes.toml",
    "waivers": "waivers.toml",
    "table-columns": "columns.toml",
    "claim": "claims/*.json",
    "table-description": f"*{DESCRIPTION}",
}
"""The schemas by name, with the files that they are for."""

_TOML = ".toml"
_OF_ONTOLOGY = {"claim", "configuration", "waivers", "table-columns"}


def editor_files() -> dict[str, str]:
    """The files, by their places in a pack's repository.

    Raises:
        RuleError: the ontology cannot be read.
    """
    files = {f"{EDITOR}/{name}.schema.json": schema(name) for name in SCHEMAS}
    files[f"{EDITOR}/rule-forms.ttl"] = form_shapes()
    files[".vscode/claimshapes.code-snippets"] = json.dumps(snippets(), indent=2) + "\n"
    files[".vscode/settings.json"] = json.dumps(_settings(), indent=2) + "\n"
    files[".vscode/extensions.json"] = (
        json.dumps({"recommendations": ["tamasfe.even-better-toml"]}, indent=2) + "\n"
    )
    files[".taplo.toml"] = _taplo()
    return files


def schema(name: str) -> str:
    """A JSON Schema of the package."""
    if name in _OF_ONTOLOGY:
        folder = resource_directory("ontology")
    else:
        folder = Path(__file__).parent / EDITOR
    return (folder / f"{name}.schema.json").read_text("utf-8")


def snippets() -> dict[str, dict[str, Any]]:
    """VS Code snippets for Turtle: the prefixes, and a rule of each family's form."""
    heads = [f"@prefix {name}: <{iri}> ." for name, iri in sorted(PREFIXES.items())]
    found = {
        "Prefixes": {
            "scope": "turtle",
            "prefix": "cs-prefixes",
            "description": "The prefixes of claimshapes",
            "body": heads,
        }
    }
    graph = read_family_graph()
    for iri, family in sorted(forms_of(graph).items()):
        form = iri.removeprefix(CS_NS)
        found[f"{family.label}: {form}"] = {
            "scope": "turtle",
            "prefix": f"cs-{form}",
            "description": family.says,
            "body": list(_body(graph, form, family)),
        }
    return found


def _body(graph: rdflib.Graph, form: str, family: Family) -> Iterator[str]:
    stated = [each for each in family.parameters if _is_needed(form, each, family)]
    yield "rule:${1:VH-1} a cs:Rule ;"
    yield "    cs:payer payer:${2:commercial} ;"
    yield '    schema:validFrom "${3:2027-01-01}"^^xsd:date ;'
    yield f"    cs:{form} ["
    for number, parameter in enumerate(stated, 4):
        end = " ] ;" if number == len(stated) + 3 else " ;"
        yield f"        cs:{parameter.name} {_hole(graph, parameter, number)}{end}"
    if not stated:
        yield "    ] ;"
    yield f"    sh:severity sh:${{{len(stated) + 4}|Violation,Warning,Info|}} ;"
    yield f"    dcterms:source source:${{{len(stated) + 5}:manual}} ."


def _is_needed(form: str, parameter: Parameter, family: Family) -> bool:
    if parameter.name == "beside" and form.endswith("Beside"):
        return True
    if parameter.name not in family.own:
        return False
    periods = [each.name for each in family.parameters if each.days_each]
    if periods:
        return parameter.name == periods[0] or not parameter.optional
    return not parameter.optional or parameter.default is not None


def _hole(graph: rdflib.Graph, parameter: Parameter, number: int) -> str:
    """Where a value is filled in, with one to begin with."""
    if parameter.field is not None:
        if parameter.field == "documentationType":
            return f"doc:${{{number}:order}}"
        return f'"${{{number}:{sample_codes(graph, parameter.field)[0]}}}"'
    if parameter.terms:
        return f"${{{number}:cs:term}}"
    return f"${{{number}:{parameter.default or 1}}}"


def form_shapes() -> str:
    """SHACL shapes of what authors state in rule files, for a language server.

    They know each form's fields, which of them are needed, and numbers and dates. Codes and names
    are for ``rules lint``.
    """
    graph = rdflib.Graph()
    for name in ("cs", "dcterms", "owl", "rdf", "schema", "sh", "xsd"):
        graph.bind(name, PREFIXES[name])
    graph.add((SHAPES, RDF.type, OWL.Ontology))
    rule = URIRef(f"{SHAPES}#Rule")
    graph.add((rule, RDF.type, SH.NodeShape))
    graph.add((rule, SH.targetClass, CS.Rule))
    severities = BNode()
    Collection(graph, severities, [SH.Violation, SH.Warning, SH.Info])
    for path, facts in (
        (SH.severity, [(SH.minCount, Literal(1)), (SH["in"], severities)]),
        (DCTERMS.source, [(SH.minCount, Literal(1))]),
        (URIRef(f"{SCHEMA_NS}validFrom"), [(SH.minCount, Literal(1)), (SH.datatype, XSD.date)]),
        (URIRef(f"{SCHEMA_NS}validThrough"), [(SH.datatype, XSD.date)]),
    ):
        _property(graph, rule, path, facts)
    for iri, family in sorted(read_forms().items()):
        form = iri.removeprefix(CS_NS)
        node = URIRef(f"{SHAPES}#{form}")
        graph.add((node, RDF.type, SH.NodeShape))
        graph.add((node, SH.targetObjectsOf, URIRef(iri)))
        graph.add((node, SH.closed, Literal(True)))
        for parameter in family.parameters:
            limits: list[tuple[URIRef, Any]] = []
            periods = any(each.days_each for each in family.parameters)
            if not parameter.optional and parameter.default is None and not periods:
                limits.append((SH.minCount, Literal(1)))
            if parameter.name == "beside" and form.endswith("Beside"):
                limits.append((SH.minCount, Literal(1)))
            if parameter.field is None and not parameter.terms:
                limits.append((SH.maxCount, Literal(1)))
            _property(graph, node, parameter.path, limits)
    text = graph.serialize(format="turtle")
    return re.sub(r"\n\n+", "\n\n", text).strip() + "\n"


def _property(
    graph: rdflib.Graph,
    shape: URIRef,
    path: URIRef,
    facts: list[tuple[URIRef, Any]],
) -> None:
    # Named, since blank nodes would be written in another order each time.
    node = URIRef(f"{shape}-{last_part(path)}")
    graph.add((shape, SH.property, node))
    graph.add((node, SH.path, path))
    for predicate, value in facts:
        graph.add((node, predicate, value))


def _settings() -> dict[str, Any]:
    of_json = [
        {"fileMatch": [pattern], "url": f"./{EDITOR}/{name}.schema.json"}
        for name, pattern in SCHEMAS.items()
        if not pattern.endswith(_TOML)
    ]
    toml = {
        f"^.*{re.escape(file)}$": f"./{EDITOR}/{name}.schema.json"
        for name, file in SCHEMAS.items()
        if file.endswith(_TOML)
    }
    return {
        "files.associations": {"*.ttl": "turtle"},
        "json.schemas": of_json,
        "evenBetterToml.schema.associations": toml,
    }


def _taplo() -> str:
    rules = [
        f'[[rule]]\ninclude = ["**/{file}"]\n[rule.schema]\npath = "{EDITOR}/{name}.schema.json"\n'
        for name, file in SCHEMAS.items()
        if file.endswith(_TOML)
    ]
    return "\n".join(rules)


def write_editor_files(folder: Path) -> list[Path]:
    """Writes the files into a pack's repository, in place of those of another release.

    Returns:
        The files that are new or changed.

    Raises:
        RuleError: the ontology cannot be read.
    """
    changed = []
    for name, text in editor_files().items():
        file = folder / name
        if not file.is_file() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            changed.append(file)
    return changed
