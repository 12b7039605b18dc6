from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from claimshapes.cli.output import report_stream
from claimshapes.errors import InputError
from tests.cli.conftest import ONLY, a_claim, expired

Run = Callable[..., Result]
Write = Callable[..., Path]


def test_a_report_in_a_file(run: Run, claims: Write, tmp_path: Path) -> None:
    output = tmp_path / "report.json"
    result = run("check", "--format", "json", "--output", output, *ONLY, claims(expired()))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert json.loads(output.read_text("utf-8"))["claims"] == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["claims.json", "report.json"]


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    output = tmp_path / "report"
    with report_stream(str(output), []) as stream:
        stream.write("x")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(output.stat().st_mode) == 0o666 & ~mask


def test_an_old_file_keeps_its_mode(tmp_path: Path) -> None:
    output = tmp_path / "report"
    output.write_text("old")
    output.chmod(0o640)
    with report_stream(str(output), []) as stream:
        stream.write("new")
    assert output.read_text() == "new"
    assert stat.S_IMODE(output.stat().st_mode) == 0o640


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    output = tmp_path / "report"
    output.write_text("old")
    with pytest.raises(RuntimeError), report_stream(str(output), []) as stream:
        stream.write("half")
        raise RuntimeError
    assert output.read_text() == "old"
    assert list(tmp_path.iterdir()) == [output]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("old")
    link = tmp_path / "link"
    link.symlink_to("report")
    with report_stream(str(link), []) as stream:
        stream.write("new")
    assert link.is_symlink()
    assert (tmp_path / "report").read_text() == "new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with report_stream(str(pipe), []) as stream:
        stream.write("whole")
    reader.join(timeout=30)
    assert read == ["whole"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_an_input_is_no_output(run: Run, claims: Write) -> None:
    file = claims(a_claim())
    before = file.read_bytes()
    result = run("check", file, "--output", file)
    assert result.exit_code == 2
    assert "is one of the files to check" in result.stderr
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["no-such-folder/report", ".", "a\0b"])
def test_a_place_where_nothing_can_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError), report_stream(f"{tmp_path}/{name}", []):
        pass


def test_dash_is_standard_output(run: Run, claims: Write) -> None:
    assert "1 checked" in run("check", *ONLY, "--output", "-", claims(a_claim())).stdout
