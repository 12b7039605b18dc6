"""Writes a pack to start from: a repository that tests itself in CI."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from claimshapes.authoring.editor_files import EDITOR, write_editor_files
from claimshapes.errors import InputError
from claimshapes.rdf.vocabulary import BASE, CS_NS, DCTERMS_NS, SCHEMA_NS, SKOS_NS, XSD_NS
from claimshapes.version import __version__

RULES = "rules"

_PAYERS = f"""\
@prefix cs: <{CS_NS}> .
@prefix dcterms: <{DCTERMS_NS}> .
@prefix payer: <{BASE}payer/> .
@prefix schema: <{SCHEMA_NS}> .
@prefix skos: <{SKOS_NS}> .
@prefix source: <{BASE}source/> .
@prefix xsd: <{XSD_NS}> .

# A payer's terms hold for its narrower payers too, until one has its own on the same matter.

payer:NAME a cs:Payer ;
    skos:prefLabel "LABEL"@en ;
    skos:broader payer:PARENT .

# payer:NAME cs:term [ a cs:FilingLimit ;
#     cs:decides cs:time-of-filing ;
#     cs:limitDays "P90D"^^xsd:dayTimeDuration ;
#     schema:validFrom "YEAR-01-01"^^xsd:date ;
#     dcterms:source source:manual ] .
"""
_SOURCES = f"""\
@prefix cs: <{CS_NS}> .
@prefix dcterms: <{DCTERMS_NS}> .
@prefix source: <{BASE}source/> .

source:manual a cs:Citation ;
    dcterms:title "LABEL provider manual" ;
    cs:edition "YEAR" ;
    cs:strength cs:primary .
"""
_README = """\
# Rules of LABEL

    pip install claimshapes
    claimshapes rules new --help
    claimshapes rules lint --rules rules
    claimshapes rules test --rules rules
    claimshapes check claims.json --rules rules
    claimshapes docs build --rules rules --output site

`rules/payers.ttl` has the payer and its terms, `rules/sources.ttl` the documents that rules name,
`rules/lists/NAME.csv` lists of codes (`list:NAME` in a rule); a sheet NAME of a workbook in
`rules/lists` is one, too (`pip install 'claimshapes[excel]'`). `claimshapes editor .` renews what
editors use, in `editor` and `.vscode`, after an upgrade.
"""
_CI = """\
name: rules
on: [push, pull_request]
jobs:
  rules:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: { python-version: "3.12" }
      - run: pip install "claimshapes[docs,excel]>=VERSION"
      - run: claimshapes rules lint --rules rules
      - run: claimshapes rules test --rules rules
      - run: claimshapes docs build --rules rules --output site
      - uses: actions/upload-artifact@v4
        with: { name: catalog, path: site }
"""
_CONFIGURATION = f"""\
#:schema ./{EDITOR}/configuration.schema.json
rules = "{RULES}"
"""
_LIST = "code,valid_from,valid_through,source\n"


def write_pack(folder: Path, payer: str, label: str, parent: str, today: date) -> list[Path]:
    """Writes a pack.

    Args:
        folder: a new or empty folder.
        payer: id of its payer.
        label: name of the payer.
        parent: id of the payer that it is a narrower one of.
        today: names the year of the manual.

    Returns:
        The files.

    Raises:
        InputError: the folder is not empty, or the id is none.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError("is not empty", file=str(folder))
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", payer):
        raise InputError(f"{payer} is no id of a payer; one is like valley-health")
    files = {
        "README.md": _README,
        ".github/workflows/rules.yml": _CI,
        f"{RULES}/payers.ttl": _PAYERS,
        f"{RULES}/sources.ttl": _SOURCES,
        f"{RULES}/lists/example.csv": _LIST,
        "claimshapes.toml": _CONFIGURATION,
        ".gitignore": "/.ontoenv/\n/site/\n",
    }
    marks = {
        "NAME": payer,
        "LABEL": label.replace('"', "'"),
        "PARENT": parent,
        "YEAR": str(today.year),
        "VERSION": __version__,
    }
    written = []
    for name, text in files.items():
        for mark, value in marks.items() if name.endswith((".ttl", ".md", ".yml")) else ():
            text = re.sub(rf"\b{mark}\b(?!\.csv|`)", value.replace("\\", ""), text)
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        written.append(file)
    return written + write_editor_files(folder)
