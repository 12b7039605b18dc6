"""Turtle files of rules and ontology, read with errors that name the line."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from claimshapes.errors import RuleError


class Statement(NamedTuple):
    """A triple without quoted triples in it."""

    subject: ox.NamedNode | ox.BlankNode
    predicate: ox.NamedNode
    object: ox.NamedNode | ox.BlankNode | ox.Literal

    def quad(self) -> ox.Quad:
        """The statement in the default graph."""
        return ox.Quad(self.subject, self.predicate, self.object)


def read_triples(file: Path) -> list[Statement]:
    """The triples of a Turtle file.

    Raises:
        RuleError: the file cannot be read or is not Turtle; names file and line.
    """
    statements = []
    try:
        for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.Triple) or isinstance(quad.object, ox.Triple):
                raise RuleError(f"{file}: a quoted triple is not understood here")
            statements.append(Statement(quad.subject, quad.predicate, quad.object))
    except SyntaxError as error:
        raise RuleError(f"{file}, line {error.lineno}: {error.msg}") from error
    except (OSError, ValueError) as error:
        raise RuleError(f"{file}: {error}") from error
    return statements
