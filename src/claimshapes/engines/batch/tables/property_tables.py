"""Which tables hold the triples of which property.

A class of the claim's parts is one table (``part_...``): a row for each part, with its number
``n``, the part ``parent`` that it is in, its claim ``c`` and a column for each property that it can
have once. What it can have several times, and what derivations make, has a table for each
combination of scope, kind of subject and kind of object: of a claim with the columns ``c``, ``s``
and ``o``, of the knowledge with ``s`` and ``o``. ``rdf:type`` has a table for each class instead,
with no ``o``: the class is the table's ``value``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from claimshapes.engines.batch.sparql.parsed_queries import Queries
from claimshapes.engines.batch.tables.terms import NODE, Kind, Uncompilable, iri_number
from claimshapes.engines.text_ranges import Ranges, in_ranges
from claimshapes.rdf.vocabulary import RDF_NS

TYPE = f"{RDF_NS}type"


@dataclass(frozen=True, slots=True)
class Table:
    """Triples of one property: a table, or a column of one.

    Attributes:
        name: the table, quoted as SQL wants it.
        predicate: IRI of the property.
        scoped: whether its triples are of claims, each with its claim's number.
        subject: kind of the subjects.
        object: kind of the objects.
        value: the class that all its subjects have, for ``rdf:type``.
        start: the column of the subjects.
        end: the column of the objects.
        part: whether it is a column of a table of parts.
        within: for a property that leads from a part to those in it, the table of the former.
    """

    name: str
    predicate: str
    scoped: bool
    subject: Kind
    object: Kind
    value: str | None = None
    start: str = "s"
    end: str = "o"
    part: bool = False
    within: str = ""

    @property
    def key(self) -> str:
        """What it is counted under: the table, or its column where it is one of several."""
        return self.end if self.end.startswith('"') else self.name

    def present(self) -> list[str]:
        """The tests that a row has such a triple."""
        return [f"{self.end} IS NOT NULL"] if self.end.startswith('"') else []

    @property
    def is_knowledge(self) -> bool:
        """Whether it stands in the file of the knowledge, the same for every batch."""
        return self.name.startswith("knowledge.")


@dataclass(frozen=True, slots=True)
class Need:
    """Rows of a batch without which a statement finds nothing.

    Attributes:
        key: what the rows are counted under, see ``Table.key``.
        table: the table, as SQL names it.
        column: the column that has to have certain values in one of them, if one has to.
        values: those values.
        ranges: the first and last text of ranges that may have them too; none: without an end.
        iris: whether the column has IRIs, which are numbers there.
    """

    key: str
    table: str
    column: str = ""
    values: frozenset[str | bool | int] = frozenset()
    ranges: Ranges = ()
    iris: bool = False

    def with_texts(self, values: frozenset[str], ranges: Ranges = ()) -> Need:
        """The need of some texts in the column, or texts in some ranges."""
        if not self.iris:
            return replace(self, values=frozenset(values), ranges=ranges)
        if ranges:
            # Numbers are not in the order of the texts.
            return Need(self.key, self.table)
        return replace(self, values=frozenset(map(iri_number, values)))

    def met_by(self, values: frozenset[object]) -> bool:
        """Whether one of the values that the column has is one of those."""
        return not self.values.isdisjoint(values) or in_ranges(self.ranges, values)


Needs = frozenset[frozenset[Need]]
"""Sets of rows of which each set has to have some."""


@dataclass(slots=True)
class Catalog:
    """The tables by property.

    Attributes:
        unknowable: properties that a derivation makes which cannot be compiled.
        queries: reads what is compiled over the tables.
        parts: for each table and each of its ends the tables of parts that it leads to, where
            these are known.
    """

    tables: dict[str, list[Table]] = field(default_factory=dict)
    unknowable: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    queries: Queries = field(default_factory=lambda: Queries([]))
    parts: dict[tuple[str, str], frozenset[str] | None] = field(default_factory=dict)

    def add(self, table: Table) -> Table:
        """Adds a table, or returns the one that is there for the same triples."""
        for known in self.tables.setdefault(table.predicate, []):
            if known.part == table.part and (
                (known.scoped, known.subject, known.object, known.value)
                == (table.scoped, table.subject, table.object, table.value)
                and (not known.part or known.name == table.name)
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

    def part_column(self, name: str, predicate: str, kind: Kind, value: str | None = None) -> Table:
        """The column of a table of parts for a property that each has once at most."""
        local = predicate.replace("#", "/").rsplit("/", 1)[-1]
        end = "n" if value else f'"{name.removeprefix("part_")}.{local} {kind}"'
        return self.add(Table(name, predicate, True, NODE, kind, value, "n", end, True))

    def part_link(self, name: str, predicate: str, within: str) -> Table:
        """The column of a table of parts for the property that leads to them."""
        return self.add(Table(name, predicate, True, NODE, NODE, None, "parent", "n", True, within))

    def leads_to(self, table: Table, end: str) -> frozenset[str] | None:
        """The tables of parts that an end of a table can lead to, ``s`` or ``o``; none: any."""
        if not table.part:
            return self.parts.get((table.name, end))
        if end == "s":
            return frozenset({table.within or table.name})
        return frozenset({table.name}) if table.within else None

    def leading_to(self, table: Table, end: str, name: str | None) -> None:
        """Notes that rows are added to a table whose end leads to a table of parts, or to any."""
        known = self.parts.get((table.name, end), frozenset())
        self.parts[table.name, end] = None if name is None or known is None else known | {name}

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
