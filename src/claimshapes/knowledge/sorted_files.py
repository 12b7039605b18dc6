"""The files of an import by the data set that each is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from claimshapes.errors import InputError
from claimshapes.knowledge.descriptions import DataSetImport
from claimshapes.knowledge.folder import SourceFile
from claimshapes.knowledge.recognition import Recognized, recognize
from claimshapes.knowledge.sheet import Sheet


@dataclass(slots=True)
class FilesOfDataSet:
    """What the files of an import hold of a data set.

    Attributes:
        description: the data set.
        recognized: the sheets that are of it.
        sources: the files, by their hash.
        passed_over: the sheets of these files that are of none.
    """

    description: DataSetImport
    recognized: list[Recognized] = field(default_factory=list)
    sources: dict[str, SourceFile] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)


def add_file(
    found: dict[str, FilesOfDataSet],
    source: SourceFile,
    sheets: Sequence[Sheet],
    descriptions: dict[str, DataSetImport],
    asked: str | None,
) -> None:
    """Adds a file to the data sets that its sheets are of.

    Args:
        found: the data sets with what was found of them.
        source: the file.
        sheets: what is in it.
        descriptions: the data sets that can be imported.
        asked: the data set that the caller says the files are of.

    Raises:
        InputError: no sheet is of a data set, or not of the asked one; one may be of several; or
            the file is given twice.
    """
    passed_over: list[str] = []
    here: dict[str, list[Recognized]] = {}
    others: set[str] = set()
    for sheet in sheets:
        candidates = recognize(sheet, list(descriptions.values()))
        if asked is not None:
            own = [each for each in candidates if each.description.data_set == asked]
            if not own and candidates:
                others |= {each.description.data_set for each in candidates}
            if not own and not candidates:
                own = recognize(sheet, [_untitled(descriptions[asked])])
            candidates = own
        if len(candidates) > 1:
            names = " or ".join(each.description.data_set for each in candidates)
            raise InputError(f"may be of {names}; give --data-set", file=sheet.name)
        if candidates:
            here.setdefault(candidates[0].description.data_set, []).append(candidates[0])
        else:
            passed_over.append(sheet.name)
    if not here and others:
        raise InputError(f"is of {' and '.join(sorted(others))}, not of {asked}", file=source.name)
    if not here:
        raise InputError(
            "has none of the layouts that can be imported; if its header changed, see"
            " `claimshapes knowledge layouts`",
            file=source.name,
        )
    for name, recognized in here.items():
        entry = found.setdefault(name, FilesOfDataSet(descriptions[name]))
        entry.recognized += recognized
        entry.passed_over += passed_over
        if source.sha256 in entry.sources:
            raise InputError("is given twice", file=source.name)
        entry.sources[source.sha256] = source


def _untitled(description: DataSetImport) -> DataSetImport:
    """The description with layouts that do not ask for a title: the caller says what it is."""
    return msgspec.structs.replace(
        description,
        layouts=tuple(msgspec.structs.replace(layout, title="") for layout in description.layouts),
    )
