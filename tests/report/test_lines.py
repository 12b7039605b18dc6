from __future__ import annotations

import io
import re

import pytest

from claimshapes.report.lines import Page, counted, plain


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _a_colour_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")


def written(stream: io.StringIO) -> str:
    Page(stream).line(("violation", "bold red"), " and more")
    return stream.getvalue()


def test_colours_on_a_terminal() -> None:
    assert "\x1b[1;31mviolation" in written(Terminal())


def test_no_colours_elsewhere() -> None:
    assert written(io.StringIO()) == "violation and more\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colours_where_they_are_not_wanted(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert written(Terminal()) == "violation and more\n"


@pytest.mark.parametrize(("stream", "width"), [(Terminal(), 60), (io.StringIO(), 100)])
def test_width(stream: io.StringIO, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    Page(stream).field("name", "word " * 60, indent=2)
    lines = stream.getvalue().splitlines()
    assert width - 6 < max(map(len, lines)) <= width
    assert lines[0].startswith("  name        word")
    assert lines[1].startswith("              word")


@pytest.mark.parametrize(
    "text",
    [
        "word " * 60,
        "a " + "long" * 40 + " word and " + "b" * 60,
        "two  spaces   between  words " * 5,
        "\u5e45\u306e\u5e83\u3044\u6587\u5b57 " * 20,
        " begins and ends with spaces ",
        "",
    ],
)
def test_colours_do_not_change_the_lines(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lines() -> str:
        stream = Terminal()
        page = Page(stream)
        page.line((text, "bold"), " then ", (text, "red"), indent=2, hang=3)
        page.beside([("\u5e45", "dim")], text, indent=1, column=12)
        return re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())

    coloured = lines()
    monkeypatch.setenv("NO_COLOR", "1")
    assert lines() == coloured


def test_links_are_not_broken() -> None:
    stream = io.StringIO()
    Page(stream).link("see", "https://example.org/" + "a" * 200)
    assert stream.getvalue() == "see         https://example.org/" + "a" * 200 + "\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold]text[/bold] :smile: caf\u00e9", "plain [bold]text[/bold] :smile: caf\u00e9"),
        ("two\nlines\tand\r\ntab", "two lines and  tab"),
        ("\x1b[31m\x00\x7f\x9b", r"\x1b[31m\x00\x7f\x9b"),
        ("\u202eabc\u2028\ud800", r"\u202eabc\u2028\ud800"),
        ("no\u00a0break", "no break"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_markup_is_not_read() -> None:
    stream = Terminal()
    Page(stream).line("[red]x[/red] :warning: 123 'a'")
    assert stream.getvalue() == "[red]x[/red] :warning: 123 'a'\n"


def test_counted() -> None:
    assert counted(1, "claim") == "1 claim"
    assert counted(1204, "claim") == "1,204 claims"
    assert counted(0, "info", "info") == "0 info"
