"""What can be imported: the descriptions of data sets and of the layouts they are published in.

Each is a file of ``ontology/imports``. A layout is data: which words its header has, which column
becomes which, how a code or a date is written.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from claimshapes.errors import RuleError
from claimshapes.resources import shipped_directory


class _Strict(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    pass


class Cell(_Strict, frozen=True):
    """How a value is made of a cell.

    Attributes:
        of: name of the layout's column; empty for a constant.
        constant: the value of each row, where there is no column.
        when: what the cell has to match for the constant to be the value; else there is none.
        upper: whether letters become capitals.
        without: characters that are left out.
        pad: a shorter value begins with zeros.
        take: regular expression whose first group is the value.
        pattern: what the whole value has to match.
        values: the value by what the cell says.
        dates: the forms of a date, as ``strptime`` has them.
        none: texts that mean that there is no value.
        dot: characters before the dot of a code that is published without it.
        required: whether a row without a value is refused.
        otherwise: the value of an empty cell.
        ranges: whether a text such as A4206 - A4209 means a row for each code from one to another.
    """

    of: str = ""
    constant: str = ""
    when: str = ""
    upper: bool = False
    without: str = ""
    pad: int = 0
    take: str = ""
    pattern: str = ""
    values: dict[str, str] = {}
    dates: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    dot: int = 0
    required: bool = True
    otherwise: str = ""
    ranges: bool = False


class LeftOut(_Strict, frozen=True):
    """Rows that are not imported.

    Attributes:
        of: name of the layout's column that tells.
        pattern: what its whole text matches.
        because: why they are left out, for the report.
    """

    of: str
    pattern: str
    because: str


class Layout(_Strict, frozen=True):
    """A form in which a data set is published.

    Attributes:
        name: what readers know it by.
        checked_against: ``file`` where a published file was read, ``description`` where only what
            others say of one.
        header: for each column, a regular expression that finds its heading, in small letters.
        may_have: the same for columns that may be missing.
        fixed: for each column of a text of fixed width, its first and last character from 1.
        record: regular expression that tells such a text, by its first lines.
        root: name of the outermost element of an XML file.
        title: regular expression that has to match what stands above the header, or the name.
        cells: how the columns of the table are made.
        left_out: rows that are not imported.
        members: regular expression for the names of files in an archive; others are passed over.
    """

    name: str
    checked_against: Literal["file", "description"]
    cells: dict[str, Cell]
    header: dict[str, str] = {}
    may_have: dict[str, str] = {}
    fixed: dict[str, tuple[int, int]] = {}
    record: str = ""
    root: str = ""
    title: str = ""
    left_out: tuple[LeftOut, ...] = ()
    members: str = ""


class Told(_Strict, frozen=True):
    """How a file says for which period it is.

    Attributes:
        where: whether its name says it, or what stands above the header.
        pattern: regular expression with some of the groups year, month, day, quarter, fiscal_year,
            major and minor.
        major_year: year of the version 0, where versions count years.
        minor_months: months between versions.
        months_ahead: months by which a fiscal year begins before the calendar year of its number.
    """

    where: Literal["name", "text"]
    pattern: str
    major_year: int = 0
    minor_months: int = 3
    months_ahead: int = 0


class DataSetImport(_Strict, frozen=True):
    """A data set that can be imported.

    Attributes:
        data_set: its id.
        title: what it is.
        publisher: who publishes it.
        folder: its folder below ``ontology/codes``.
        table: its table.
        keeps: ``releases`` where each release is a list of its own, ``newest`` where rows carry
            their own dates and the newest file says all.
        period: months for which a file is published.
        aligned: whether periods begin with those of the calendar year, else on the day told.
        label: name of a release; ``{quarter}`` and ``{edition}`` are filled in.
        key: columns that tell what a row is about.
        dates: columns with the first and the last day of a row.
        shipped_dates: those of the shipped table, where they are others.
        rows: fewest and most rows that are believed.
        most_changed: share of the rows that may change in a period.
        told: how a file says its period.
        layouts: the forms in which it is published.
        reader: name of the reader, where rows are not one to one with those of a table.
        covers_from: first day that every file speaks for, where rows carry dates.
        schema: what a row of the table means, where the shipped table has other columns.
        describes: what is said of the data set where the package ships none, as Turtle.
        sort: columns by which a table is ordered, where not by the key.
        unlike: the column by which files that look alike are told apart, and the data sets that
            they may be of.
        facts: what a reader states of each row beside what the file says, by name.
        notice: what a user has to know of the rights in it.
    """

    data_set: str
    title: str
    publisher: str
    folder: str
    table: str
    keeps: Literal["releases", "newest"]
    period: int
    label: str
    key: tuple[str, ...]
    layouts: tuple[Layout, ...]
    rows: tuple[int, int]
    dates: tuple[str, str] | None = None
    shipped_dates: tuple[str, str] | None = None
    most_changed: float = 0.3
    aligned: bool = True
    told: tuple[Told, ...] = ()
    reader: str = ""
    covers_from: str = ""
    schema: dict[str, Any] | None = None
    describes: str = ""
    sort: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    facts: dict[str, str] = {}
    notice: str = ""


def importable() -> dict[str, DataSetImport]:
    """The data sets that can be imported, by id.

    Raises:
        RuleError: a description cannot be used; names the file.
    """
    found = {}
    for file in sorted((shipped_directory("ontology") / "imports").glob("*.json")):
        try:
            description = msgspec.json.decode(file.read_bytes(), type=DataSetImport)
        except (OSError, msgspec.MsgspecError) as error:
            raise RuleError(f"{file}: not a description of an import: {error}") from error
        found[description.data_set] = description
    return found
