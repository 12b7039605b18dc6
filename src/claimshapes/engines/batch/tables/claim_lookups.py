"""What Python makes of the values that claims have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from claimshapes.engines.batch.tables.batch_tables import BatchTables
from claimshapes.engines.batch.tables.terms import IRI, Kind


@dataclass(slots=True)
class Lookup:
    """What Python makes of each value that claims have, asked once for each value."""

    name: str
    columns: Mapping[str, Kind]
    find: Callable[[str], tuple[str | None, ...]]
    sources: list[tuple[str, str, bool]] = field(default_factory=list)

    def learn(self, tables: BatchTables) -> list[str]:
        """Adds the values of the batch that are not known yet, and returns their IRIs."""
        values = " UNION ".join(
            f"SELECT {f'unnest({value})' if many else value} AS v FROM {part}"
            for part, value, many in self.sources
            if tables.rows(part)
        )
        if not values:
            return []
        rows = tables.connection.execute(
            f"SELECT DISTINCT v FROM ({values}) u WHERE v IS NOT NULL"
            f" AND v NOT IN (SELECT v FROM {self.name})"
        ).fetchall()
        if not rows:
            return []
        found = [(value, *self.find(value)) for (value,) in rows]
        columns = list(map(list, zip(*found, strict=True)))
        kept = ", ".join(
            f"iri_number({name})" if kind == IRI else name for name, kind in self.columns.items()
        )
        unnested = ", ".join(f"unnest(?::VARCHAR[]) AS {name}" for name in ("v", *self.columns))
        tables.connection.execute(
            f"INSERT INTO {self.name} SELECT v, {kept} FROM (SELECT {unnested}) u", columns
        )
        return [
            text
            for kind, texts in zip(self.columns.values(), columns[1:], strict=True)
            if kind == IRI
            for text in texts
            if text is not None
        ]
