"""Small graphs and shapes at random, the same for the same seed."""

from __future__ import annotations

from random import Random

PREFIXES = """@prefix : <https://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

_NODES = (":a", ":b", ":c", ":d", "_:x", "_:y")
_PROPERTIES = (":p", ":q", ":r")
_LITERALS = (
    *("1", "2", "01", "1.0", "2.5", "true", '"1.0E0"^^xsd:double', '"7"^^xsd:byte'),
    *('"x"', '"y"', '"xyz"', '"x"@en', '"y"@en', '"x"@de', '"q"^^:letter'),
    *('"2020-01-01"^^xsd:date', '"2020-01-02"^^xsd:date'),
    *('"2020-01-01T00:00:00Z"^^xsd:dateTime', '"2020-01-01T01:00:00+01:00"^^xsd:dateTime'),
)
_TARGETS = (
    "sh:targetClass :C",
    "sh:targetNode :a, :b, 1, :nowhere",
    "sh:targetSubjectsOf :p",
    "sh:targetObjectsOf :q",
)
_DEEPEST = 3


def random_data(random: Random) -> str:
    """A graph of six nodes, some without a name, with values of many kinds."""
    lines = [PREFIXES]
    for node in _NODES:
        for _ in range(random.randint(0, 5)):
            value = random.choice(_NODES if random.random() < 0.4 else _LITERALS)
            lines.append(f"{node} {random.choice(_PROPERTIES)} {value} .")
        if random.random() < 0.6:
            lines.append(f"{node} a {random.choice((':C', ':D', ':E'))} .")
    if random.random() < 0.5:
        lines.append(":D rdfs:subClassOf :C .")
    if random.random() < 0.3:
        lines.append(":E rdfs:subClassOf :D .")
    return "\n".join(lines)


def random_shape(random: Random) -> str:
    """A node shape with a target and two constraints, which may have shapes in them."""
    parts = [random.choice(_TARGETS), *(_constraint(random, 0, False) for _ in range(2))]
    return f"{PREFIXES}:S a sh:NodeShape ; {' ; '.join(parts)} ."


def _path(random: Random, depth: int = 0) -> str:
    kind = random.random()
    if depth > 1 or kind < 0.5:
        return random.choice(_PROPERTIES)
    inner = _path(random, depth + 1)
    if kind < 0.6:
        return f"[ sh:inversePath {inner} ]"
    if kind < 0.7:
        return f"( {inner} {_path(random, depth + 1)} )"
    if kind < 0.8:
        return f"[ sh:alternativePath ( {inner} {_path(random, depth + 1)} ) ]"
    return f"[ sh:{random.choice(('zeroOrMorePath', 'oneOrMorePath', 'zeroOrOnePath'))} {inner} ]"


def _shape(random: Random, depth: int) -> str:
    of_property = random.random() < 0.4
    parts = [f"sh:path {_path(random)}"] if of_property else []
    parts += [_constraint(random, depth + 1, of_property) for _ in range(random.randint(1, 2))]
    return f"[ {' ; '.join(parts)} ]"


def _constraint(random: Random, depth: int, of_property: bool) -> str:
    kinds = [*_SIMPLE]
    kinds += ["minCount", "maxCount", "uniqueLang", "lessThan", "qualified"] if of_property else []
    kinds += [] if of_property else ["closed"]
    kinds += ["not", "and", "or", "xone", "node", "property"] if depth < _DEEPEST else []
    kind = random.choice(kinds)
    if kind in _SIMPLE:
        values = _SIMPLE[kind]
        return f"sh:{kind} {random.choice(values)}"
    if kind in ("minCount", "maxCount"):
        return f"sh:{kind} {random.randint(0, 3)}"
    if kind == "uniqueLang":
        return "sh:uniqueLang true"
    if kind == "lessThan":
        return f"sh:{random.choice(('lessThan', 'lessThanOrEquals'))} {random.choice(_PROPERTIES)}"
    if kind == "closed":
        return f"sh:closed true ; sh:ignoredProperties ( {random.choice(_PROPERTIES)} rdf:type )"
    if kind == "qualified":
        end = random.choice(("Min", "Max"))
        count = random.randint(0, 2)
        return f"sh:qualifiedValueShape {_shape(random, depth)} ; sh:qualified{end}Count {count}"
    if kind == "not":
        return f"sh:not {_shape(random, depth)}"
    if kind == "node":
        return f"sh:node [ {_constraint(random, depth + 1, False)} ]"
    if kind == "property":
        return f"sh:property [ sh:path {_path(random)} ; {_constraint(random, depth + 1, True)} ]"
    return f"sh:{kind} ( {_shape(random, depth)} {_shape(random, depth)} )"


_ENDS = (
    *("1", "2.0", "1.0e0", '"x"'),
    *('"2020-01-01"^^xsd:date', '"2020-01-01T00:00:00Z"^^xsd:dateTime'),
)
_SIMPLE: dict[str, tuple[str, ...]] = {
    "class": (":C", ":D"),
    "datatype": (
        *("xsd:integer", "xsd:string", "xsd:decimal", "xsd:dateTime", "xsd:byte"),
        *("rdf:langString", ":letter"),
    ),
    "nodeKind": (
        *("sh:IRI", "sh:BlankNode", "sh:Literal"),
        *("sh:BlankNodeOrIRI", "sh:IRIOrLiteral", "sh:BlankNodeOrLiteral"),
    ),
    "minInclusive": _ENDS,
    "maxInclusive": _ENDS,
    "minExclusive": _ENDS,
    "maxExclusive": _ENDS,
    "minLength": ("1", "2", "3"),
    "maxLength": ("1", "2", "3"),
    "pattern": ('"^x"', '"y$"', '"[0-9]"', '"^https"'),
    "in": ('( :a :b 1 "x" )', '( 01 1.0 "x"@en true )', '( "xyz" 2.5 "q"^^:letter )'),
    "hasValue": (":a", ":b", *_LITERALS),
    "equals": _PROPERTIES,
    "disjoint": _PROPERTIES,
    "languageIn": ('( "en" )',),
}
"""Constraints whose parameter is no shape, with values for it."""
