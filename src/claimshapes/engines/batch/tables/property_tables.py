"""Which tables hold the triples of which property.

A property has one table for each combination of scope, kind of subject and kind of object.
A table of a claim has the columns ``c`` (the claim's number in the batch), ``s`` and ``o``;
one of the knowledge has ``s`` and ``o``. ``rdf:type`` has a table for each class instead, with
no ``o``: the class is the table's ``value``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from claimshapes.engines.batch.sparql.parsed_queries import Queries
from claimshapes.engines.batch.tables.terms import Kind, Uncompilable
from claimshapes.rdf.vocabulary import RDF_NS

TYPE = f"{RDF_NS}type"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of triples.

    Attributes:
        name: the table, quoted as SQL wants it.
        predicate: IRI of the property.
        scoped: whether its triples are of claims, each with its claim's number.
        subject: kind of the subjects.
        object: kind of the objects.
        value: the class that all its subjects have, for ``rdf:type``.
    """

    name: str
    predicate: str
    scoped: bool
    subject: Kind
    object: Kind
    value: str | None = None

    @property
    def is_knowledge(self) -> bool:
        """Whether it stands in the file of the knowledge, the same for every batch."""
        return self.name.startswith("knowledge.")


@dataclass(slots=True)
class Catalog:
    """The tables by property.

    Attributes:
        unknowable: properties that a derivation makes which cannot be compiled.
        queries: reads what is compiled over the tables.
    """

    tables: dict[str, list[Table]] = field(default_factory=dict)
    unknowable: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    queries: Queries = field(default_factory=lambda: Queries([]))

    def add(self, table: Table) -> Table:
        """Adds a table, or returns the one that is there for the same triples."""
        for known in self.tables.setdefault(table.predicate, []):
            if (known.scoped, known.subject, known.object, known.value) == (
                table.scoped,
                table.subject,
                table.object,
                table.value,
            ):
                return known
        self.tables[table.predicate].append(table)
        self.names.add(table.name)
        return table

    def claim_table(
        self, predicate: str, subject: Kind, object_: Kind, value: str | None = None
    ) -> Table:
        """The table for triples of claims, made if there is none yet."""
        name = table_name("claim", predicate, subject, object_, value, self.names)
        return self.add(Table(f'"{name}"', predicate, True, subject, object_, value))

    def of(self, predicate: str) -> list[Table]:
        """The tables of a property.

        Raises:
            Uncompilable: a derivation that makes the property was not compiled.
        """
        if predicate in self.unknowable:
            raise Uncompilable(f"{predicate} is made by a derivation that is not compiled")
        return self.tables.get(predicate, [])


def table_name(
    scope: str, predicate: str, subject: Kind, object_: Kind, value: str | None, taken: set[str]
) -> str:
    """A name that says what a table holds, and that no other has."""
    local = (value or predicate).replace("#", "/").rstrip("/").rsplit("/", 1)[-1]
    wanted = f"{scope} {local} {subject}" + ("" if value else f" {object_}")
    name, number = wanted, 1
    while f'"{name}"' in taken or f'knowledge."{name}"' in taken:
        number += 1
        name = f"{wanted} {number}"
    return name
