"""Calls that cannot be used: one sentence that names the file or option, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import ONLY, a_claim

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--as-of", "2026-02-31"), "'--as-of': 2026-02-31 is not a day; write it as 2026-05-04"),
        (("--sent-on", "soon"), "'--sent-on': soon is not a day"),
        (("--jobs", "many"), "'--jobs': many is not a whole number of 1 or more"),
        (("--top", "0"), "'--top': 0 is not a whole number of 1 or more"),
        (("--knowledge", "nowhere"), "nowhere: there is no such folder"),
        (("--rules", "nowhere"), "nowhere is neither a folder nor an installed pack"),
        (("--select", "QQ-*"), "there is no rule whose id fits QQ-*;"),
        (("--select", "DX-DAET"), "there is no rule DX-DAET (did you mean DX-DATE"),
    ],
)
def test_options(
    run: Run, claims: Callable[..., Path], options: tuple[str, ...], says: str
) -> None:
    result = run("check", *options, claims(a_claim()))
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())
    assert not result.stdout


def test_a_port_is_within_bounds(run: Run) -> None:
    result = run("serve", "--port", "99999")
    assert result.exit_code == 2
    assert "99999 is not a whole number of 0 to 65535" in result.stderr


def test_a_knowledge_folder_is_not_made_by_a_check(
    run: Run, claims: Callable[..., Path], tmp_path: Path
) -> None:
    assert run("check", "--knowledge", tmp_path / "k", claims(a_claim())).exit_code == 2
    assert not (tmp_path / "k").exists()


def test_a_folder_without_rules_is_named(
    run: Run, claims: Callable[..., Path], tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run("check", *ONLY, "--rules", empty, claims(a_claim()))
    assert result.exit_code == 0
    assert f"{empty}: holds no rules" in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", b'{"id": "a\x01b"}', "a.json, line 1: is not JSON: invalid control character"),
        ("c.csv", b"id,payer\nA,\xff\n", "c.csv, line 2: is not UTF-8 text"),
        ("d.csv", b"id,payer\nA,b\nA,\xff\n", "d.csv, line 2: is not UTF-8 text (line 3)"),
    ],
)
def test_a_fault_of_a_file_ends_with_its_words(
    run: Run, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    result = run("check", *ONLY, file)
    assert result.exit_code == 2
    assert result.stderr.rstrip().endswith(says)


def test_releases_of_two_data_sets(run: Run) -> None:
    result = run("knowledge", "diff", "a/1", "b/1")
    assert result.exit_code == 2
    assert "a/1 and b/1 are of different data sets" in result.stderr
