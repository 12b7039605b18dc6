"""What is written of the command line is all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from tools.document_commands import PAGE, page

from claimshapes.cli import program

GUIDE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"
UNIVERSAL = {"--help", "-h", "--version"}


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from commands(each, f"{name} {each.name}".strip())
    else:
        yield name, command


def test_the_page_of_options_is_as_the_program_is() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python tools/document_commands.py"


def test_the_guide_has_every_command_and_every_option_of_check() -> None:
    guide = GUIDE.read_text("utf-8")
    for name, command in commands(program, ""):
        assert name.split()[0] in guide
        if name == "check":
            options = {option for parameter in command.params for option in parameter.opts}
            given = {each for each in options if each.startswith("--")} - UNIVERSAL
            assert not {option for option in given if option not in guide}


def test_every_command_has_an_example() -> None:
    for name, command in commands(program, ""):
        # The forms of rules are told by `rules new` itself.
        if not name.startswith("rules new "):
            assert "Example:" in (command.help or ""), name
