"""The ontology with what a user's knowledge folder adds: made once for each content, in a cache.

Everything that reads the ontology reads this one instead, so that both engines, Spark and the
site know the user's releases. Files that the user does not add to are links to the package's.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

from claimshapes.errors import KnowledgeError
from claimshapes.files.file_states import State, file_state
from claimshapes.files.made_folders import link, made_folder, states, write_over
from claimshapes.knowledge.compile import compile_knowledge
from claimshapes.knowledge.descriptions import importable
from claimshapes.knowledge.folder import KnowledgeFolder, UserRelease
from claimshapes.knowledge.merged_releases import dated_through, extend_dates, state_releases
from claimshapes.knowledge.merged_tables import newest_table, table_of_releases
from claimshapes.resources import cache_folder, shipped_directory

_log = logging.getLogger("claimshapes")
_FORMAT = 3
_PAYERS = "payers.ttl"
_known: dict[tuple[str, State], Path] = {}


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
    known_by = (str(folder), file_state(user.index))
    known = _known.get(known_by)
    if known is not None and known.is_dir():
        return known
    content = user.content()
    parts = [_FORMAT, hashlib.sha256(content).hexdigest(), *states(shipped)]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    place = _cache(folder) / key

    def make(made: Path) -> None:
        _merge(made / "ontology", shipped, user)
        _log.warning("compiling the knowledge folder, once: %s", user.path)
        compile_knowledge(made / "ontology", made / "compiled" / "knowledge.sqlite")

    try:
        ontology = made_folder(place, make) / "ontology"
    except OSError as error:
        raise KnowledgeError(
            f"{place}: the knowledge folder cannot be merged ({error.strerror}); set"
            " XDG_CACHE_HOME to a folder with 400 MB of room"
        ) from error
    _known[known_by] = ontology
    return ontology


def _cache(folder: Path) -> Path:
    cache = cache_folder()
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return folder / ".merged" if cache is None else cache / "knowledge" / name


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
            link(entry, made / entry.name)
    (made / "codes").mkdir()
    for entry in (shipped / "codes").iterdir():
        if entry.name not in changed:
            link(entry, made / "codes" / entry.name)
            continue
        (made / "codes" / entry.name).mkdir()
        for file in entry.iterdir():
            link(file, made / "codes" / entry.name / file.name)
    for name, description in descriptions.items():
        folder = made / "codes" / description.folder
        folder.mkdir(exist_ok=True)
        own = sorted(releases[name], key=lambda release: release.edition)
        if description.reader == "diagnosis-codes":
            from claimshapes.knowledge.merged_diagnoses import merge_diagnoses

            through = dated_through(folder)
            merge_diagnoses(made, folder, user, own, through)
            extend_dates(folder, max(own[-1].covered_through, through))
        elif description.keeps == "newest":
            own = own[-1:]
            for table in own[0].tables:
                if table.file.endswith(".nt"):
                    # Payers, which are looked for in one place.
                    content = (shipped / _PAYERS).read_bytes() + b"\n"
                    write_over(made / _PAYERS, content + user.table_content(table))
                else:
                    newest_table(made, description, user, own[0], table.name)
        else:
            table_of_releases(folder, description, user, own)
        state_releases(folder, description, own)
