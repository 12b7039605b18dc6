"""Every command line that a page shows is one that the program takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from claimshapes.cli import program

ROOT = Path(__file__).resolve().parents[1]
FENCED = re.compile(r"^( *)```(?!python)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(
    r"(?:^|[;&|(]|run: (?:[>|]-?\s*)?)\s*(?:\.venv/bin/)?claimshapes ((?:[^\n\\]|\\\n)+)",
    re.MULTILINE,
)
END = {"|", ">", "<", "&&", ";", "&", "2>", ">>"}


def shown() -> Iterator[tuple[str, str]]:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    for folder in ("explanation", "how-to", "reference", "tutorial"):
        pages += (page for page in (ROOT / "docs" / folder).glob("*.md"))
    for page in sorted(pages):
        for _, block in FENCED.findall(page.read_text("utf-8")):
            # What a workflow folds or a shell continues is one line.
            joined = re.sub(r"(?m)(\\\n\s*|\n {10,}(?=--))", " ", block)
            for command in COMMAND.findall(joined):
                yield page.name, command


SHOWN = sorted({(page, command) for page, command in shown()})


def words_of(line: str) -> list[str]:
    if "<TAB>" in line:
        return []
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words = []
    for word in lexer:
        if word in END:
            break
        words.append(word)
    return words


def test_pages_show_commands() -> None:
    assert len(SHOWN) > 80
    assert len({page for page, _ in SHOWN}) > 12


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_a_shown_command_is_one(page: str, line: str) -> None:
    command: click.Command = program
    words = words_of(line)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        known = command.get_command(click.Context(command, **program.context_settings), words[0])
        if known is None:
            # Text in capitals stands for a name.
            assert words[0].isupper(), f"{page}: there is no command {words[0]}"
            return
        command, words = known, words[1:]
    context = click.Context(command, **program.context_settings)
    options = {
        option
        for parameter in command.get_params(context)
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("-")
    }
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert given <= options | {"--traceback"}, f"{page}: {line}"
