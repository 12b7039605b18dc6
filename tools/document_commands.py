"""Writes docs/reference/every-option.md: each command with its usage, examples and options."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from claimshapes.cli import program

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "every-option.md"
_HEAD = """\
# Every option

Made from the command line itself by `python tools/document_commands.py`; a test holds it to that.
[The command line](command-line.md) says what is behind the options, and which of them
[the configuration](command-line.md#configuration-file) has.
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "".join(_command(program, "claimshapes"))


def _command(command: click.Command, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, **program.context_settings)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    yield f"\n## {name}\n\n```\n{usage}\n```\n"
    for paragraph in re.split(r"\n\n+", inspect.cleandoc(command.help or "")):
        example = paragraph.startswith("\b")
        lines = paragraph.removeprefix("\b\n").split("\n")
        if example:
            yield f"\n{lines[0]}\n\n```\n" + "".join(f"{line.strip()}\n" for line in lines[1:])
            yield "```\n"
        else:
            yield f"\n{_escaped(' '.join(line.strip() for line in lines))}\n"
    rows = [
        record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option)
        and (record := parameter.get_help_record(context)) is not None
    ]
    if rows:
        yield "\n| option | meaning |\n|---|---|\n"
    for options, meaning in rows:
        yield f"| {_code(options)} | {_escaped(meaning)} |\n"
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _command(each, f"{name} {each.name}")


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _escaped(text: str) -> str:
    """Text in which a star or an angle bracket is no markup."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*_<\[|])", r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [part.replace("|", "\\|") for part in parts[1::2]]
    return "`".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
