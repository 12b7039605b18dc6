"""Queries that are kept between runs."""

from __future__ import annotations

import json
import os
import pickle
import re
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from claimshapes.engines.batch.engine import SetEngine
from claimshapes.engines.batch.sparql import parsed_queries as module
from claimshapes.engines.batch.sparql.parsed_queries import Queries
from claimshapes.files.cache import KeptEntries
from claimshapes.files.kept_files import KeptFiles
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.resources import cache_folder
from claimshapes.rules.derivations import declared_prefixes, load_derivations
from claimshapes.rules.rule_book import load_rules

SELECT = "SELECT ?s WHERE { ?s <https://example.org/p>+ ?o FILTER (?o > 3.0 && ?o != 'x'@en) }"


def test_a_kept_query_is_what_was_read(tmp_path: Path) -> None:
    file = tmp_path / "queries"
    first = Queries([file])
    read = first.algebra(SELECT)
    first.keep()
    kept = Queries([file]).algebra(SELECT, lambda _: pytest.fail("it is read anew"))
    assert sorted(re.findall(r"[\w.:/#']+", repr(kept))) == sorted(
        re.findall(r"[\w.:/#']+", repr(read))
    )


def test_plans_are_the_same_from_kept_queries(tmp_path: Path) -> None:
    ontology = resource_directory("ontology")
    prefixes = declared_prefixes(ontology / "rule.ttl")
    derivations = load_derivations(ontology / "derivations", prefixes)
    book = load_rules([resource_directory("shapes")])
    knowledge = Knowledge.open()
    plans = [
        SetEngine(
            book,
            derivations,
            prefixes,
            knowledge,
            Queries([tmp_path / "kept"]),
            plans=KeptFiles("plan", []),
        ).plan
        for _ in range(2)
    ]
    first, second = (
        sorted(
            _words(sql) for sql in [*(s.body for s in plan.steps), *(c.sql for c in plan.checks)]
        )
        for plan in plans
    )
    assert len(first) > 100
    same = first == second
    assert same


def test_what_is_refused_is_refused_again(tmp_path: Path) -> None:
    def refuse(_: object) -> None:
        raise ValueError("no")

    queries = Queries([tmp_path / "kept"])
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            queries.algebra(SELECT, refuse)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"{}", b"[]", b"3", b"[" * 100_000, b"\0" * 1000, pickle.dumps(["1"])],
)
def test_a_file_that_cannot_be_used_is_made_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "kept"
    file.write_bytes(content)
    queries = Queries([file])
    queries.algebra(SELECT)
    queries.keep()
    Queries([file]).algebra(SELECT, lambda _: pytest.fail("it is read anew"))


def kept_file(tmp_path: Path) -> Path:
    file = tmp_path / "kept"
    queries = Queries([file])
    queries.algebra(SELECT)
    queries.keep()
    return file


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    """One byte of a number in the query is another; it is still a query."""
    file = kept_file(tmp_path)
    content = file.read_bytes()
    assert b'"3.0"' in content
    file.write_bytes(content.replace(b'"3.0"', b'"4.0"'))
    read: list[object] = []
    algebra = Queries([file]).algebra(SELECT, read.append)
    assert read
    assert "3.0" in repr(algebra)


@pytest.mark.parametrize(
    "query", [None, 3, [], {}, {"operator": ["x"]}, {"path": ["os.mkdir"]}, {"uri": "a", "b": 1}]
)
def test_what_is_no_query_is_read_anew(tmp_path: Path, query: object) -> None:
    file = kept_file(tmp_path)
    (key,) = json.loads(file.read_bytes())["entries"]
    entries = KeptEntries([file], module._FORM)
    entries.add(key, query)
    entries.keep()
    read: list[object] = []
    Queries([file]).algebra(SELECT, read.append)
    assert read


def test_a_file_is_as_readable_as_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        assert stat.S_IMODE(kept_file(tmp_path).stat().st_mode) == 0o644
    finally:
        os.umask(before)


def read_and_keep(file: Path, number: int) -> None:
    queries = Queries([file])
    queries.algebra(f"SELECT ?s WHERE {{ ?s <https://example.org/{number}> ?o }}")
    queries.keep()


def test_two_processes_on_one_file(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(read_and_keep, [file] * 24, range(24)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]
    assert KeptEntries([file], module._FORM).get("x") is None
    assert json.loads(file.read_bytes())["entries"]


def test_a_relative_cache_folder_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    for relative in ("cache", "./cache", "../cache", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", relative)
        assert cache_folder() == Path("/home/someone/.cache/claimshapes")
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path))
    assert cache_folder() == tmp_path / "claimshapes"


def test_a_file_of_another_release_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept"
    with monkeypatch.context() as other:
        other.setattr(module, "_FORM", "another")
        queries = Queries([file])
        queries.algebra(SELECT)
        queries.keep()
    read: list[object] = []
    Queries([file]).algebra(SELECT, read.append)
    assert read


class _Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("made",)


def test_a_file_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").write_bytes(pickle.dumps((module._FORM, {"x": _Harmful()})))
    Queries([tmp_path / "kept"])
    assert not (tmp_path / "made").exists()


def test_nothing_unpickles() -> None:
    package = Path(module.__file__).parents[3]
    for file in package.rglob("*.py"):
        assert not re.search(
            r"^\s*(import|from) (pickle|marshal|shelve)\b", file.read_text("utf-8"), re.M
        )


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    queries = Queries([tmp_path / "file" / "kept"])
    queries.algebra(SELECT)
    queries.keep()


def _words(text: str) -> list[str]:
    """The words of a statement; numbered names are counted on, and sets have no order."""
    plain = re.sub(r"_path\d+|(?<=row)\d+|(?<=mark)\d+|\b[qwt]\d+\b", "", text)
    return sorted(re.findall(r"[^\s(),]+", plain))
