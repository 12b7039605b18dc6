from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import click
import pytest
from click.testing import Result

from claimshapes.cli import program
from tests.cli.conftest import environment, run_process

Run = Callable[..., Result]


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))


@pytest.mark.parametrize("path", list(commands(program)), ids=" ".join)
def test_every_command_has_help_with_an_example(run: Run, path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert "Example:\n" in result.stdout
    assert " ".join(("claimshapes", *path)) in result.stdout.partition("Example:")[2]


@pytest.mark.parametrize("path", list(commands(program)), ids=" ".join)
def test_help_fits_a_terminal_and_tells_each_option(path: tuple[str, ...]) -> None:
    command: click.Command = program
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    context = click.Context(command, info_name="x", terminal_width=80, **program.context_settings)
    assert [line for line in command.get_help(context).splitlines() if len(line) > 80] == []
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help and not each.hidden] == []


def test_version(run: Run) -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("claimshapes ")


def test_no_such_command(run: Run) -> None:
    assert run("chek").exit_code == 2


@pytest.mark.parametrize(
    "statement",
    [
        "import claimshapes",
        "import claimshapes.cli",
        "from claimshapes import Severity, InputError, Finding, ClaimResult, NotChecked",
    ],
)
def test_imports_are_put_off(statement: str) -> None:
    code = f"import sys; {statement}; print([n for n in ('pyshacl', 'rdflib') if n in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert result.stdout == "[]\n"


def test_explain_does_without_the_engine() -> None:
    code = (
        "import sys\n"
        "from claimshapes.cli import program\n"
        "for subject in ('M54.5', 'DX-DATE'):\n"
        "    program(['explain', subject], standalone_mode=False) if False else None\n"
        "    try:\n"
        "        program(['explain', subject])\n"
        "    except SystemExit as ending:\n"
        "        assert ending.code == 0\n"
        "print('pyshacl' in sys.modules, file=sys.stderr)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert result.stderr == "False\n"


def test_public_names() -> None:
    import claimshapes

    for name in claimshapes.__all__:
        assert getattr(claimshapes, name) is not None
        assert name in dir(claimshapes)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        claimshapes.nothing  # noqa: B018


def test_runs_as_a_module() -> None:
    result = run_process("--version")
    assert result.returncode == 0
    assert result.stdout.startswith(b"claimshapes ")
