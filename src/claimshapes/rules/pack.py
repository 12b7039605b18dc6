"""A pack: a folder with rules of one's own, and what they need to be known.

It holds payers and their terms, rules, lists, value sets, documentation elements, sources, waivers
and tests. What is known of payers, sets and documentation elements joins the ontology, so that both
engines, the reports and the site know it as they know the shipped facts.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from claimshapes.errors import KnowledgeError, RuleError
from claimshapes.files.made_folders import link, made_folder, states
from claimshapes.knowledge.in_use import joined_with, unjoined_compiled, unjoined_ontology
from claimshapes.knowledge.tables import DESCRIPTION, read_table, row_triples, table_rows
from claimshapes.rdf.turtle_files import Statement, read_triples
from claimshapes.rdf.vocabulary import CS_NS, DOC_NS, PAYER_NS, RDF_NS, SH_NS, SKOS_NS
from claimshapes.resources import cache_folder
from claimshapes.rules.code_lists import LIST_FOLDER, OPEN_IN_EXCEL, VALUE_SETS

WAIVERS = "waivers.toml"
TEST_SUFFIX = ".test.ttl"
_A_LIST = f"{LIST_FOLDER}/NAME.csv"
_A_WORKBOOK = f"{LIST_FOLDER}/ANY-NAME.xlsx"
_FORMAT = 3
"""Of the folders in the cache."""

_TYPE = f"{RDF_NS}type"
_KNOWLEDGE = {f"{CS_NS}{name}" for name in ("Payer", "FictitiousPayer", "ValueSet")} | {
    f"{SKOS_NS}{name}" for name in ("Concept", "Collection")
}
_RULES = {
    f"{CS_NS}{name}"
    for name in ("Rule", "Precondition", "Exemption", "Adjustment", "Citation", "Component")
} | {
    f"{SH_NS}{name}"
    for name in ("NodeShape", "PropertyShape", "ConstraintComponent", "SPARQLSelectValidator")
}
_HEADER = "http://www.w3.org/2002/07/owl#Ontology"
"""What a file says of itself, such as which shapes an editor validates it by."""

_OTHER_RDF = {
    ".rdf", ".owl", ".nt", ".nq", ".trig", ".n3", ".jsonld", ".rq", ".sparql", ".shacl", ".turtle",
}  # fmt: skip
_OTHER_TABLES = {".xlsm", ".xlsb", ".xls", ".ods", ".tsv", ".tab"}
_CONFIGURATIONS = {WAIVERS, "claimshapes.toml", "pyproject.toml"}
_CLAIMS = {"examples", "claims", "tests"}
"""Folders for claims to try the rules on."""


class _Packs:
    """Packs in use, with the ontology that they are joined with, made when it is asked for."""

    def __init__(self, folders: Iterable[str | os.PathLike[str]]) -> None:
        self._folders = tuple(Path(folder).absolute() for folder in folders)

    @cached_property
    def ontology(self) -> Path | None:
        """The ontology folder; none where the packs add nothing."""
        if not self._folders:
            return None
        return packed_ontology(unjoined_ontology(), unjoined_compiled(), self._folders)


@contextmanager
def using_packs(folders: Iterable[str | os.PathLike[str]]) -> Iterator[None]:
    """Uses what these packs say of payers, sets and documentation while the block lasts."""
    with joined_with(_Packs(folders)):
        yield


def refuse_what_packs_cannot_hold(folder: Path) -> None:
    """Refuses a folder with files or statements that would be passed over.

    Raises:
        RuleError: there is one; names it, and what a pack holds instead.
    """
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if file.is_dir() or any(part.startswith((".", "_")) for part in inside.parts):
            continue
        if file.name.endswith(TEST_SUFFIX) or inside.parts[0] in _CLAIMS:
            continue
        if file.name.startswith(OPEN_IN_EXCEL):
            continue
        if file.suffix == ".ttl":
            _refuse_statements(file)
        elif file.suffix.lower() == ".csv":
            if file.name != VALUE_SETS and file.parent.name != LIST_FOLDER:
                raise RuleError(
                    f"{file}: a pack holds tables as {_A_LIST}, or {VALUE_SETS}; move it"
                )
            _refuse_capitals(file)
        elif file.suffix.lower() == ".xlsx":
            if file.parent.name != LIST_FOLDER:
                raise RuleError(
                    f"{file}: a pack holds workbooks as {_A_WORKBOOK}, whose sheets are lists;"
                    " move it"
                )
            _refuse_capitals(file)
        elif file.suffix.lower() in _OTHER_TABLES:
            raise RuleError(
                f"{file}: a pack holds tables as {_A_LIST} or {_A_WORKBOOK}; save it so"
            )
        elif file.suffix == ".toml" and file.name not in _CONFIGURATIONS:
            raise RuleError(f"{file}: a pack reads no other TOML than {WAIVERS}")
        elif file.suffix.lower() in _OTHER_RDF:
            raise RuleError(f"{file}: a pack holds Turtle, in files named .ttl")
        elif file.name.endswith(DESCRIPTION):
            raise RuleError(
                f"{file}: a pack holds no tables of its own; {_A_LIST} needs no description"
            )
        elif file.parent.name == LIST_FOLDER and file.suffix.lower() != ".md":
            raise RuleError(
                f"{file}: lists are CSV, or sheets of a workbook; name it {file.stem}.csv, or"
                f" {file.stem}.xlsx"
            )


def _refuse_capitals(file: Path) -> None:
    if file.suffix != file.suffix.lower():
        raise RuleError(f"{file}: name it {file.stem}{file.suffix.lower()}")


def _refuse_statements(file: Path) -> None:
    types: dict[str, set[str]] = {}
    for statement in read_triples(file):
        if isinstance(statement.subject, ox.NamedNode):
            known = types.setdefault(statement.subject.value, set())
            if statement.predicate.value == _TYPE:
                known.add(statement.object.value)
    for subject, found in types.items():
        if found & (_KNOWLEDGE | _RULES | {_HEADER}) or subject.startswith(PAYER_NS):
            continue
        what = ", ".join(sorted(found)) or "no class"
        raise RuleError(
            f"{file}: <{subject}> is of {what}; a pack holds rules, preconditions, exemptions,"
            " adjustments, citations, payers, value sets and documentation elements"
        )


def pack_statements(folder: Path, ontology: Path) -> Iterator[tuple[Path, list[ox.Quad]]]:
    """What a pack says of payers, value sets and documentation elements, file by file.

    Args:
        folder: the pack.
        ontology: the ontology folder, which says what a row of a value set means.

    Raises:
        RuleError: a file cannot be read.
    """
    for file in sorted(folder.rglob("*.ttl")):
        if file.name.endswith(TEST_SUFFIX):
            continue
        statements = read_triples(file)
        wanted = {
            statement.subject
            for statement in statements
            if (
                statement.predicate.value == _TYPE
                and isinstance(statement.object, ox.NamedNode)
                and statement.object.value in _KNOWLEDGE
            )
            or (
                isinstance(statement.subject, ox.NamedNode)
                and statement.subject.value.startswith(PAYER_NS)
            )
        }
        if wanted:
            yield file, list(_closure(statements, wanted))
    sets = folder / VALUE_SETS
    if sets.is_file():
        shipped = read_table(ontology / "tables" / f"{VALUE_SETS}-metadata.json")
        table = replace(shipped, file=sets, sha256="", rows=None)
        triples = (triple for row in table_rows(table) for triple in row_triples(table, row))
        yield sets, [ox.Quad(each.subject, each.predicate, each.object) for each in triples]


def _closure(statements: Sequence[Statement], wanted: Iterable[object]) -> Iterator[ox.Quad]:
    """The statements of some subjects, and of the blank nodes in them."""
    pending = list(wanted)
    seen = set(pending)
    by_subject: dict[object, list[Statement]] = {}
    for statement in statements:
        by_subject.setdefault(statement.subject, []).append(statement)
    while pending:
        for statement in by_subject.get(pending.pop(), ()):
            yield statement.quad()
            if isinstance(statement.object, ox.BlankNode) and statement.object not in seen:
                seen.add(statement.object)
                pending.append(statement.object)


def packed_ontology(base: Path, compiled: Path, folders: Iterable[Path]) -> Path | None:
    """An ontology folder with what packs add: made once for each content, in the cache.

    Args:
        base: the ontology folder without them.
        compiled: the folder of what was compiled from that.
        folders: the packs.

    Returns:
        The folder, or none where the packs add nothing. Beside it is ``compiled``.

    Raises:
        RuleError: a file of a pack cannot be read.
        KnowledgeError: nothing can be written in the cache.
    """
    said = [each for folder in folders for each in pack_statements(folder, base)]
    if not said:
        return None
    quads = [quad for _, found in said for quad in found]
    parts = [str(_FORMAT), *(hashlib.sha256(file.read_bytes()).hexdigest() for file, _ in said)]
    parts += [str(base), *states(base), *states(compiled, "knowledge.sqlite")]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    cache = cache_folder()
    if cache is None:
        raise KnowledgeError("the payers of a pack need a cache; set XDG_CACHE_HOME to a folder")
    place = cache / "packs" / key
    try:
        return made_folder(place, lambda made: _join(made, base, compiled, quads)) / "ontology"
    except OSError as error:
        raise KnowledgeError(
            f"{place}: the pack cannot be joined with the ontology ({error.strerror})"
        ) from error


def _join(made: Path, base: Path, compiled: Path, quads: Sequence[ox.Quad]) -> None:
    (made / "ontology" / "curated").mkdir(parents=True)
    (made / "compiled").mkdir()
    own = _by_file(quads)
    for entry in [*base.iterdir(), *(base / "curated").iterdir()]:
        inside = entry.relative_to(base)
        if str(inside) in own:
            content = entry.read_bytes() + b"\n" + own.pop(str(inside))
            (made / "ontology" / inside).write_bytes(content)
        elif entry != base / "curated":
            link(entry, made / "ontology" / inside)
    for name, content in own.items():
        (made / "ontology" / name).write_bytes(content)
    for entry in compiled.iterdir():
        if not entry.name.startswith((".", "knowledge.duckdb")):
            link(entry, made / "compiled" / entry.name)


def _by_file(quads: Iterable[ox.Quad]) -> dict[str, bytes]:
    """The statements as N-Triples, by the file of the ontology that they join."""
    files: dict[str, list[ox.Quad]] = {}
    for quad in quads:
        subject = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
        # Statements about blank nodes may stand in any file with those about their owner.
        name = "curated/packs.ttl"
        if subject.startswith(PAYER_NS) or not subject:
            name = "payers.ttl"
        elif subject.startswith(DOC_NS):
            name = "documentation.ttl"
        files.setdefault(name, []).append(quad)
    return {
        name: ox.serialize(found, format=ox.RdfFormat.N_TRIPLES) or b""
        for name, found in files.items()
    }
