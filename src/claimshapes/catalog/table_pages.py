"""The tables that policy authors edit, as pages."""

from __future__ import annotations

import json
from collections.abc import Mapping

from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.links import term_link
from claimshapes.catalog.markdown import code, filterable, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, table_page
from claimshapes.knowledge.tables import DESCRIPTION, Column, filled, read_table, table_rows
from claimshapes.rdf.vocabulary import SCHEMA_NS

INDEX = "tables/index.md"
_MOST_ROWS = 1_500
_MARKS = {f"{SCHEMA_NS}validFrom": "from", f"{SCHEMA_NS}validThrough": "through"}


def add_tables(
    files: GeneratedFiles, knowledge_data: KnowledgeData, coded_pages: CodedPages
) -> None:
    """Adds a page and the CSV file of each table, and their index."""
    index = Page(INDEX, "Tables")
    listed = []
    for description in sorted((knowledge_data.folder / "tables").glob(f"*{DESCRIPTION}")):
        content = json.loads(description.read_text("utf-8"))
        name = description.name.removesuffix(DESCRIPTION)
        described = read_table(description)
        rows = list(table_rows(described))
        page = Page(table_page(name), f"Table {name}", searched=False)
        titles = {
            column["name"]: str(column.get("titles", column["name"]))
            for column in content["tableSchema"]["columns"]
            if "name" in column
        }
        columns = [column for column in described.columns if not column.virtual]
        shown = rows[:_MOST_ROWS]
        page.add(
            link("Tables", page.to(INDEX)),
            f"# {code(name)}",
            plain(content.get("dc:description", "")),
            f'<a href="{described.file.name}" download>{described.file.name}</a>, '
            f"{len(rows):,} rows; in the project: "
            f"{code(described.file.relative_to(knowledge_data.folder.parent).as_posix())}.",
            ""
            if len(shown) == len(rows)
            else f"The first {len(shown):,} rows are here; the file has them all.",
            filterable(
                "rows",
                table(
                    [plain(titles.get(column.name, column.name)) for column in columns],
                    [
                        [
                            _cell(page, knowledge_data, coded_pages, column, row)
                            for column in columns
                        ]
                        for row in shown
                    ],
                ),
            ),
        )
        files.add_page(page)
        files.add_file(f"tables/{name}/{described.file.name}", described.file.read_bytes())
        listed.append(
            (
                link(code(name), index.to(page.path)),
                plain(content.get("dc:description", "")),
                f"{len(rows):,}",
            )
        )
    index.add(
        "# Tables",
        "What many rows say is no query but a table, which opens in a spreadsheet.",
        table(("Table", "What a row says", "Rows"), listed),
    )
    files.add_page(index)


def _cell(
    page: Page,
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    column: Column,
    row: Mapping[str, str],
) -> str:
    value = row[column.name]
    if not value:
        return ""
    mark = _MARKS.get(column.property_url or "")
    if mark is not None:
        return f'<span data-{mark}="{value}">{value}</span>'
    values = value.split(column.separator) if column.separator else [value]
    if column.value_url is None:
        return ", ".join(map(plain, values))
    iris = [filled(column.value_url, {**row, column.name: one}) for one in values]
    return ", ".join(term_link(page, knowledge_data, coded_pages, iri) for iri in iris)
