"""What differs between two loaded releases of a data set."""

from __future__ import annotations

from datetime import date

from claimshapes.errors import InputError
from claimshapes.files.private_files import private_folder
from claimshapes.knowledge.comparison import Changes, compare, database, read_loaded
from claimshapes.knowledge.descriptions import importable
from claimshapes.knowledge.folder import KnowledgeFolder
from claimshapes.knowledge.loaded import LoadedTable, loaded_tables


def differences(first: str, second: str, folder: KnowledgeFolder | None) -> Changes:
    """Compares two releases, each named by data set and edition.

    Raises:
        InputError: one of them is not loaded, or they are of different data sets.
    """
    data_set = first.partition("/")[0]
    if second.partition("/")[0] != data_set:
        raise InputError(
            f"{first} and {second} are of different data sets; give two releases of one, such as"
            " mue-practitioner/2026-04-01"
        )
    description = importable().get(data_set)
    if description is None or not description.key:
        raise InputError(f"releases of {data_set} cannot be compared")
    tables = loaded_tables(description, folder)
    before, after = (_named(each, tables, data_set) for each in (first, second))
    with private_folder() as temporary, database(temporary) as connection:
        read_loaded(connection, "old", before)
        read_loaded(connection, "new", after)
        return compare(connection, description, before, after.names)


def _named(name: str, tables: list[LoadedTable], data_set: str) -> LoadedTable:
    try:
        edition = date.fromisoformat(name.partition("/")[2])
    except ValueError:
        edition = None
    for table in tables:
        if table.edition == edition:
            return table
    there = ", ".join(f"{data_set}/{table.edition}" for table in tables) or "none"
    raise InputError(f"the release {name} is not loaded; there are {there}")
