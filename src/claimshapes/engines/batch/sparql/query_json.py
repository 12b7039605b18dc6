"""rdflib's algebra of a query as JSON and back: data only, so that reading it runs nothing.

A term, an operator or a path is an object with one member, named by its kind; a list is an array,
and texts, numbers and truth values are themselves.
"""

from __future__ import annotations

from typing import Any

from rdflib import BNode, Literal, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, Path, SequencePath
from rdflib.plugins.sparql.parserutils import CompValue

_EVALUATION = {"name", "ctx", "_evalfn"}
"""What rdflib keeps of how it would evaluate an expression; SQL does. The pattern of an EXISTS is
an attribute; among the parts it is as it was before its filters were taken out."""

_NAMES = {"uri": URIRef, "variable": Variable, "blank": BNode}
_COLLECTIONS = {"tuple": tuple, "set": set, "frozenset": frozenset}


def written(value: Any) -> Any:
    """A part of the algebra as JSON has it.

    Raises:
        TypeError: it has a part of an unknown kind.
    """
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, CompValue):
        attributes = {k: written(v) for k, v in vars(value).items() if k not in _EVALUATION}
        parts = {str(key): written(part) for key, part in value.items()}
        return {"operator": [value.name, parts, attributes]}
    for kind, made in _NAMES.items():
        if type(value) is made:
            return {kind: str(value)}
    if type(value) is Literal:
        datatype = None if value.datatype is None else str(value.datatype)
        return {"literal": [str(value), value.language, datatype]}
    if type(value) is list:
        return [written(part) for part in value]
    for kind, made_of in _COLLECTIONS.items():
        if type(value) is made_of:
            parts_of = [written(part) for part in value]
            return {kind: parts_of if kind == "tuple" else sorted(parts_of, key=repr)}
    if type(value) is dict:
        return {"mapping": [[written(key), written(part)] for key, part in value.items()]}
    if isinstance(value, Path):
        return {"path": [type(value).__name__, *_parts_of_path(value)]}
    raise TypeError(f"{type(value).__name__} is no part of a query")


def read(value: Any) -> Any:
    """A part of the algebra from JSON.

    Raises:
        ValueError: it is no such part.
        TypeError: likewise.
        KeyError: likewise.
    """
    if isinstance(value, list):
        return [read(part) for part in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "operator":
        name, parts, attributes = content
        made = CompValue(name)
        for key, part in parts.items():
            made[key] = read(part)
        vars(made).update({key: read(part) for key, part in attributes.items()})
        return made
    if kind in _NAMES:
        return _NAMES[kind](content)
    if kind == "literal":
        text, language, datatype = content
        return Literal(text, lang=language, datatype=None if datatype is None else URIRef(datatype))
    if kind in _COLLECTIONS:
        return _COLLECTIONS[kind](read(part) for part in content)
    if kind == "mapping":
        return {read(key): read(part) for key, part in content}
    if kind == "path":
        return _path(content[0], [read(part) for part in content[1:]])
    raise ValueError(f"{kind} is no part of a query")


def _parts_of_path(path: Path) -> list[Any]:
    if isinstance(path, (SequencePath, AlternativePath, NegatedPath)):
        return [written(part) for part in path.args]
    if isinstance(path, InvPath):
        return [written(path.arg)]
    if isinstance(path, MulPath):
        return [written(path.path), path.mod]
    raise TypeError(f"{type(path).__name__} is no part of a query")


def _path(kind: str, parts: list[Any]) -> Path:
    if kind == "SequencePath":
        return SequencePath(*parts)
    if kind == "AlternativePath":
        return AlternativePath(*parts)
    if kind == "NegatedPath":
        return NegatedPath(AlternativePath(*parts))
    if kind == "InvPath":
        return InvPath(*parts)
    if kind == "MulPath":
        return MulPath(*parts)
    raise ValueError(f"{kind} is no path")
