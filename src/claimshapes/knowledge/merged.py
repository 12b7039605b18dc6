"""The ontology with what a user's knowledge folder adds: made once for each content, in a cache.

Everything that reads the ontology reads this one instead, so that both engines, Spark and the
site know the user's releases. Files that the user does not add to are links to the package's.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from claimshapes.errors import KnowledgeError
from claimshapes.files.private_files import waiting
from claimshapes.knowledge.compile import compile_knowledge
from claimshapes.knowledge.descriptions import DataSetImport, importable
from claimshapes.knowledge.folder import KnowledgeFolder, UserRelease
from claimshapes.knowledge.recorded import described
from claimshapes.knowledge.tables import DESCRIPTION, REACHED_BY, ROWS, SHA256, read_table
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import (
    CS_NS,
    DATASET_NS,
    DCTERMS_NS,
    PROV_NS,
    RDF_NS,
    RDFS_NS,
    RELEASE_NS,
    SCHEMA_NS,
    SKOS_NS,
    XSD_NS,
)
from claimshapes.resources import cache_folder, shipped_directory

_log = logging.getLogger("claimshapes")
_FORMAT = 2
_KEPT = 3
"""Merged ontologies that stay in the cache; older ones go when another is made."""

_PAYERS = "payers.ttl"
_DIAGNOSES = "icd10cm.ttl"
_WHOLE = ".whole"
_DATE = ox.NamedNode(f"{XSD_NS}date")
_known: dict[tuple[str, str], Path] = {}


def merged_ontology(folder: Path) -> Path:
    """The ontology folder of the package with the user's releases.

    Args:
        folder: the user's knowledge folder; an empty one, or none yet, adds nothing.

    Raises:
        InputError: the folder cannot be used.
        KnowledgeError: nothing can be written in the cache.
    """
    shipped = shipped_directory("ontology")
    user = KnowledgeFolder(folder)
    state = _state(user.index)
    known = _known.get((str(folder), state))
    if known is not None and known.is_dir():
        return known
    content = user.content()
    parts = [_FORMAT, hashlib.sha256(content).hexdigest(), *_states(shipped)]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    place = _cache(folder) / key
    ontology = place / "ontology"
    if not (place / _WHOLE).is_file():
        try:
            _make(place, shipped, user)
        except OSError as error:
            raise KnowledgeError(
                f"{place}: the knowledge folder cannot be merged ({error.strerror}); set"
                " XDG_CACHE_HOME to a folder with 400 MB of room"
            ) from error
    with suppress(OSError):
        os.utime(place)
    _known[str(folder), state] = ontology
    return ontology


def _cache(folder: Path) -> Path:
    cache = cache_folder()
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return folder / ".merged" if cache is None else cache / "knowledge" / name


def _state(file: Path) -> str:
    try:
        status = file.stat()
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ino}"


def _states(folder: Path) -> list[str]:
    return [
        f"{file.relative_to(folder)} {_state(file)}"
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    ]


def _make(place: Path, shipped: Path, user: KnowledgeFolder) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with waiting(place.parent / ".lock"):
        if (place / _WHOLE).is_file():
            return
        for left in place.parent.glob(".making-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            dir=place.parent, prefix=".making-", ignore_cleanup_errors=True
        ) as name:
            made = Path(name) / "merged"
            _merge(made / "ontology", shipped, user)
            _log.warning("compiling the knowledge folder, once: %s", user.path)
            compile_knowledge(made / "ontology", made / "compiled" / "knowledge.sqlite")
            (made / _WHOLE).touch()
            shutil.rmtree(place, ignore_errors=True)
            made.rename(place)
        others = [each for each in place.parent.iterdir() if (each / _WHOLE).is_file()]
        others.sort(key=lambda each: each.stat().st_mtime_ns, reverse=True)
        for old in others[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)


def _merge(made: Path, shipped: Path, user: KnowledgeFolder) -> None:
    releases: dict[str, list[UserRelease]] = {}
    for release in user.releases():
        releases.setdefault(release.data_set, []).append(release)
    descriptions = {
        name: description for name, description in importable().items() if name in releases
    }
    unknown = sorted(releases.keys() - descriptions.keys())
    if unknown:
        raise KnowledgeError(
            f"{user.index}: holds {unknown[0]}, which this version of the program does not know"
        )
    changed = {description.folder for description in descriptions.values()}
    made.mkdir(parents=True)
    for entry in shipped.iterdir():
        if entry.name != "codes":
            _link(entry, made / entry.name)
    (made / "codes").mkdir()
    for entry in (shipped / "codes").iterdir():
        if entry.name not in changed:
            _link(entry, made / "codes" / entry.name)
            continue
        (made / "codes" / entry.name).mkdir()
        for file in entry.iterdir():
            _link(file, made / "codes" / entry.name / file.name)
    for name, description in descriptions.items():
        folder = made / "codes" / description.folder
        folder.mkdir(exist_ok=True)
        own = sorted(releases[name], key=lambda release: release.edition)
        if description.reader == "diagnosis-codes":
            from claimshapes.knowledge.merged_diagnoses import merge_diagnoses

            through = _dated_through(folder)
            merge_diagnoses(made, folder, user, own, through)
            _extend_dates(folder, max(own[-1].covered_through, through))
        elif description.keeps == "newest":
            own = own[-1:]
            for table in own[0].tables:
                if table.file.endswith(".nt"):
                    # Payers, which are looked for in one place.
                    content = (shipped / _PAYERS).read_bytes() + b"\n"
                    _write(made / _PAYERS, content + user.table_content(table))
                else:
                    _newest_table(made, description, user, own[0], table.name)
        else:
            _table_of_releases(folder, description, user, own)
        _state_releases(folder, description, own)


def _link(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source, target_is_directory=source.is_dir())
    except OSError:
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)


def _newest_table(
    made: Path,
    description: DataSetImport,
    user: KnowledgeFolder,
    release: UserRelease,
    name: str,
) -> None:
    table = release.table(name)
    assert table is not None
    folder = made / "codes" / description.folder
    content = _metadata(folder, description, name)
    if REACHED_BY not in content:
        # Its rows are no code's: it is held in memory, with the others of the kind.
        folder = _copied(made / "tables")
    content["url"] = f"{name}.csv.gz"
    _write(folder / content["url"], user.table_content(table))
    _describe(folder, name, content, release.edition, table.rows)


def _copied(folder: Path) -> Path:
    """A folder of links in place of a link to a folder."""
    if folder.is_symlink():
        source = folder.resolve()
        folder.unlink()
        folder.mkdir()
        for file in source.iterdir():
            _link(file, folder / file.name)
    return folder


def _table_of_releases(
    folder: Path, description: DataSetImport, user: KnowledgeFolder, own: list[UserRelease]
) -> None:
    name = description.table
    shipped = folder / f"{name}{DESCRIPTION}"
    content = _metadata(folder, description, name)
    names = [entry["name"] for entry in content["tableSchema"]["columns"] if "name" in entry]
    rows: list[list[str]] = []
    if shipped.is_file():
        editions = {release.edition.isoformat() for release in own}
        for row in _rows(read_table(shipped).file.read_bytes()):
            if "release" not in row:
                row["release"] = _only_release(shipped)
            if row["release"] not in editions:
                rows.append([row.get(each, "") for each in names])
    for release in own:
        table = release.table(name)
        assert table is not None
        for row in _rows(user.table_content(table)):
            row["release"] = release.edition.isoformat()
            rows.append([row.get(each, "") for each in names])
    order = [names.index(each) for each in (*description.key, "release")]
    rows.sort(key=lambda row: [row[each] for each in order])
    content["url"] = f"{name}.csv.gz"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    _write(folder / content["url"], gzip.compress(text.getvalue().encode(), 6, mtime=0))
    _describe(folder, name, content, own[-1].edition, len(rows))


def _only_release(description: Path) -> str:
    """The release of all rows of a table that does not name it row by row."""
    for entry in json.loads(description.read_text("utf-8"))["tableSchema"]["columns"]:
        if entry.get("propertyUrl") == f"{CS_NS}inRelease" and "{" not in entry["valueUrl"]:
            return str(entry["valueUrl"]).rsplit("/", 1)[-1]
    raise KnowledgeError(f"{description}: its rows name no release")


def _metadata(folder: Path, description: DataSetImport, name: str) -> dict[str, Any]:
    """The description of a table: its own where the import has one, else the shipped one."""
    schema = (description.schema or {}).get(name)
    if schema is not None:
        return {"@context": ["http://www.w3.org/ns/csvw", {"cs": CS_NS}], "url": "", **schema}
    content: dict[str, Any] = json.loads((folder / f"{name}{DESCRIPTION}").read_text("utf-8"))
    return content


def _describe(folder: Path, name: str, content: dict[str, Any], edition: date, rows: int) -> None:
    text = json.dumps(content).replace("{edition}", edition.isoformat())
    file = folder / content["url"]
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    content = described(json.loads(text), sha256, rows)
    for key, value in ((SHA256, sha256), (ROWS, rows)):
        assert content[key] == value
    _write(folder / f"{name}{DESCRIPTION}", json.dumps(content, indent=2).encode())


def _rows(content: bytes) -> Iterator[dict[str, str]]:
    plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    yield from csv.DictReader(io.StringIO(plain.decode("utf-8"), newline=""))


def _write(file: Path, content: bytes) -> None:
    """Writes a file of the merged folder: in place of a link, never through it."""
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def _state_releases(folder: Path, description: DataSetImport, own: list[UserRelease]) -> None:
    """States the releases, the user's among the shipped ones, in the order of their days."""
    node = ox.NamedNode(DATASET_NS + description.data_set)
    store = ox.Store()
    place: Path | None = None
    for file in sorted(folder.glob("*.ttl")):
        triples = read_triples(file)
        if any(triple.subject == node for triple in triples):
            place = file
            for triple in triples:
                store.add(triple.quad())
    if place is None:
        place = folder / f"{description.data_set}.ttl"
        prefixes = "".join(
            f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in _PREFIXES.items()
        )
        store.load(
            (prefixes + f"<{node.value}> {description.describes} .").encode(),
            format=ox.RdfFormat.TURTLE,
        )
    editions = {_iri(release) for release in own}
    for quad in list(store.quads_for_pattern(node, _cs("release"), None)):
        release = quad.object
        assert isinstance(release, ox.NamedNode)
        if description.keeps == "newest" or release in editions:
            store.remove(quad)
            for said in list(store.quads_for_pattern(release, None, None)):
                store.remove(said)
    for each in own:
        for quad in _release_quads(node, each):
            store.add(quad)
    _chain(store, node)
    _write(place, ox.serialize(iter(store), format=ox.RdfFormat.N_TRIPLES) or b"")


def _dated_through(folder: Path) -> date:
    """Last day for which the table of codes' dates speaks."""
    return max(
        date.fromisoformat(str(quad.object.value))
        for quad in _statements_on_dates(folder)
        if quad.predicate == _cs("coveredThrough") and isinstance(quad.object, ox.Literal)
    )


def _extend_dates(folder: Path, last: date) -> None:
    """The table of codes' dates speaks for the days of the newest release, too."""
    file = folder / _DIAGNOSES
    own = set(_statements_on_dates(folder))
    made = [
        ox.Quad(quad.subject, quad.predicate, _day(last))
        if quad in own and quad.predicate == _cs("coveredThrough")
        else quad
        for quad in (statement.quad() for statement in read_triples(file))
    ]
    _write(file, ox.serialize(made, format=ox.RdfFormat.N_TRIPLES) or b"")


def _statements_on_dates(folder: Path) -> list[ox.Quad]:
    """What is said of the releases of the table of codes' dates."""
    node = ox.NamedNode(f"{DATASET_NS}icd-10-cm-dates")
    quads = [statement.quad() for statement in read_triples(folder / _DIAGNOSES)]
    releases = {
        quad.object for quad in quads if quad.subject == node and quad.predicate == _cs("release")
    }
    return [quad for quad in quads if quad.subject in releases]


def _release_quads(node: ox.NamedNode, release: UserRelease) -> Iterator[ox.Quad]:
    iri = _iri(release)
    yield ox.Quad(node, _cs("release"), iri)
    for predicate, value in (
        (ox.NamedNode(f"{RDF_NS}type"), _cs("Release")),
        (ox.NamedNode(f"{RDFS_NS}label"), ox.Literal(release.label)),
        (ox.NamedNode(f"{SCHEMA_NS}validFrom"), _day(release.valid_from)),
        (_cs("coveredThrough"), _day(release.covered_through)),
        (_cs("fileOf"), _day(release.edition)),
        (
            ox.NamedNode(f"{DCTERMS_NS}extent"),
            ox.Literal(str(sum(table.rows for table in release.tables))),
        ),
        (_cs("importedByUser"), ox.Literal(True)),
    ):
        yield ox.Quad(iri, predicate, value)
    for source in release.sources:
        entity = ox.BlankNode()
        yield ox.Quad(iri, ox.NamedNode(f"{PROV_NS}wasDerivedFrom"), entity)
        for name, text in (
            (f"{SCHEMA_NS}name", source.name),
            (f"{DCTERMS_NS}title", f"{release.layout}, imported by the user"),
            (f"{DCTERMS_NS}license", "as its publisher states"),
            (f"{CS_NS}sha256", source.sha256),
        ):
            yield ox.Quad(entity, ox.NamedNode(name), ox.Literal(text))
        yield ox.Quad(entity, ox.NamedNode(f"{RDF_NS}type"), ox.NamedNode(f"{PROV_NS}Entity"))


def _chain(store: ox.Store, node: ox.NamedNode) -> None:
    """Says of each release until when it is the newest, and which one follows."""
    starts: list[tuple[str, ox.NamedNode]] = []
    for quad in store.quads_for_pattern(node, _cs("release"), None):
        assert isinstance(quad.object, ox.NamedNode)
        found = store.quads_for_pattern(quad.object, ox.NamedNode(f"{SCHEMA_NS}validFrom"), None)
        starts += [
            (said.object.value, quad.object)
            for said in found
            if isinstance(said.object, ox.Literal)
        ]
    starts.sort(key=lambda start: start[0])
    for number, (_, release) in enumerate(starts):
        for name in ("newestThrough", "nextRelease"):
            for quad in list(store.quads_for_pattern(release, _cs(name), None)):
                store.remove(quad)
        if number + 1 < len(starts):
            begin, following = starts[number + 1]
            last = date.fromisoformat(begin) - timedelta(days=1)
            store.add(ox.Quad(release, _cs("newestThrough"), _day(last)))
            store.add(ox.Quad(release, _cs("nextRelease"), following))


def _iri(release: UserRelease) -> ox.NamedNode:
    return ox.NamedNode(f"{RELEASE_NS}{release.data_set}/{release.edition.isoformat()}")


def _cs(name: str) -> ox.NamedNode:
    return ox.NamedNode(CS_NS + name)


def _day(day: date) -> ox.Literal:
    return ox.Literal(day.isoformat(), datatype=_DATE)


_PREFIXES = {
    "cs": CS_NS,
    "dcterms": DCTERMS_NS,
    "prov": PROV_NS,
    "rdfs": RDFS_NS,
    "schema": SCHEMA_NS,
    "skos": SKOS_NS,
    "xsd": XSD_NS,
}
