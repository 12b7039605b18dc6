"""Formats Turtle files: the project's one canonical form.

Keeps the author's order, comments and strings. Changes blank space only, and sorts the
prefixes at the top and leaves out those that nothing uses. The form:

- prefixes first, one a line, sorted by name, no unused ones, then a blank line;
- one blank line between statements, none inside;
- a statement's predicates each on a line of its own, four blanks further in;
- the end of a statement and ``;`` with a blank before them, ``,`` without;
- blanks inside a line, brackets included, as the author wrote them but for runs of them;
- text between triple quotes untouched.

Refuses what it could not put in that form without changing a triple: a base, and a prefix that
stands for two IRIs in one file.

Usage: python tools/format_turtle.py [--check] FILE_OR_FOLDER...
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TOKEN = re.compile(
    r'''
    (?P<long>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^'\\]|\\.|'(?!''))*\'\'\')
  | (?P<short>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<iri><[^<>\s]*>)
  | (?P<comment>\#[^\n]*)
  | (?P<newline>\n[\s]*)
  | (?P<blank>[^\S\n]+)
  | (?P<mark>[;,\[\]()])
  | (?P<end>\.(?=\s|\#|$))
  | (?P<word>(?:\\[^\s]|[^\s;,\[\]()"'<>\#.\\]|\.(?!\s|\#|$))+)
    ''',
    re.VERBOSE | re.DOTALL,
)
_STEP = "    "


@dataclass(frozen=True)
class Token:
    """A piece of Turtle; ``kind`` is the name of its group in the pattern, ``line`` its first."""

    kind: str
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a Turtle document.

    Raises:
        ValueError: something is no Turtle; names the line.
    """
    position = 0
    line = 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"line {line}: not Turtle")
        yield Token(str(match.lastgroup), match.group(), line)
        line += match.group().count("\n")
        position = match.end()


def format_turtle(text: str) -> str:
    """The document in its canonical form.

    Raises:
        ValueError: it is not Turtle, or has no canonical form; names the line.
    """
    lines: list[str] = []
    prefixes: dict[str, str] = {}
    body = list(_without_prefixes(list(tokens(text.replace("\r\n", "\n"))), prefixes))
    used = {
        token.text.split(":", 1)[0] for token in body if token.kind == "word" and ":" in token.text
    }
    used |= {
        match.group(1)
        for token in body
        if token.kind == "word"
        for match in re.finditer(r"\^\^(\w*):", token.text)
    }
    for name in sorted(prefixes):
        if name in used:
            lines.append(f"@prefix {name}: {prefixes[name]} .")
    if lines:
        lines.append("")
    made = _Lines()
    for piece in body:
        made.add(piece)
    lines += made.finish()
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def _without_prefixes(pieces: list[Token], prefixes: dict[str, str]) -> Iterator[Token]:
    """Takes prefix statements out, which go to the top; a comment inside one stays where it was."""
    rest = iter(pieces)
    for piece in rest:
        word = piece.text.lower() if piece.kind == "word" else ""
        if word in ("@base", "base"):
            raise ValueError(f"line {piece.line}: a base; write IRIs in full or with a prefix")
        if word not in ("@prefix", "prefix"):
            yield piece
            continue
        parts: list[str] = []
        wanted = 3 if word == "@prefix" else 2  # only @prefix ends with a dot
        comments: list[Token] = []
        while len(parts) < wanted:
            part = next(rest, None)
            if part is None:
                raise ValueError(f"line {piece.line}: this prefix has no end")
            if part.kind == "comment":
                comments.append(part)
            elif part.kind not in ("newline", "blank"):
                parts.append(part.text)
        name = parts[0].removesuffix(":")
        if prefixes.setdefault(name, parts[1]) != parts[1]:
            raise ValueError(f"line {piece.line}: {parts[0]} stands for another IRI above")
        yield from comments


class _Lines:
    """Puts tokens into lines; a line's level is how many steps it stands in."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._line = ""
        self._level = 0
        # Each open bracket with the level of its line; the statement itself is first.
        self._open: list[tuple[str, int]] = []
        self._last = ""
        self._gap = False

    def add(self, piece: Token) -> None:
        if piece.kind == "blank":
            if self._line and not self._line.endswith(" "):
                self._line += " "
        elif piece.kind == "newline":
            self._flush()
            self._gap = self._gap or (not self._open and piece.text.count("\n") > 1)
        elif piece.kind == "comment":
            self._comment(piece.text)
        else:
            self._token(piece)

    def finish(self) -> list[str]:
        self._flush()
        return self.lines

    def _comment(self, text: str) -> None:
        if self._line.strip():
            self._line = self._line.rstrip() + " " + text
        else:
            self._begin(self._continued() if self._open else 0)
            self._line += text
        self._flush()

    def _token(self, piece: Token) -> None:
        closing = piece.kind == "mark" and piece.text in "])"
        if not self._line.strip():
            if not self._open:
                self._begin(0)
            else:
                self._begin(self._open[-1][1] if closing else self._continued())
        if not self._open:
            self._open.append(("", 0))
        if piece.kind == "end":
            self._line = self._line.rstrip() + " ."
            self._flush()
            self._open.clear()
            self._gap = True
        elif piece.kind == "mark" and piece.text in ";,":
            self._line = self._line.rstrip() + (" ;" if piece.text == ";" else ",")
        else:
            self._line += piece.text
            if piece.kind == "mark" and not closing:
                self._open.append((piece.text, self._level))
            elif closing and len(self._open) > 1:
                self._open.pop()
        self._last = piece.text

    def _continued(self) -> int:
        """Level of a new line: one further in where it goes on with what the last one began."""
        bracket, level = self._open[-1]
        return level + (1 if bracket == "(" or self._last in (";", "[") else 2)

    def _begin(self, level: int) -> None:
        if self._gap and self.lines:
            self.lines.append("")
        self._gap = False
        self._level = level
        self._line = _STEP * level

    def _flush(self) -> None:
        if self._line.strip():
            self.lines.append(self._line.rstrip())
        self._line = ""


def turtle_files(names: list[str]) -> Iterator[Path]:
    """The Turtle files that are named, and those below the folders that are named."""
    for name in names:
        path = Path(name)
        yield from sorted(path.rglob("*.ttl")) if path.is_dir() else [path]


def _replace(file: Path, text: str) -> None:
    """Puts the text in the file's place once it is whole."""
    mode = file.stat().st_mode
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        made = Path(folder) / file.name
        made.write_text(text, "utf-8")
        made.chmod(mode)
        made.replace(file)


def main() -> int:
    """Formats, or with --check says what is not formatted; 0 when nothing was to do."""
    parser = argparse.ArgumentParser(description="Formats Turtle files.")
    parser.add_argument("--check", action="store_true", help="change nothing, only say")
    parser.add_argument("files", nargs="+", metavar="FILE_OR_FOLDER")
    arguments = parser.parse_args()
    status = 0
    for file in turtle_files(arguments.files):
        try:
            text = file.read_text("utf-8")
            formatted = format_turtle(text)
        except UnicodeDecodeError:
            print(f"{file}: not UTF-8", file=sys.stderr)
            status = 2
            continue
        except OSError as error:
            print(f"{file}: {error.strerror}", file=sys.stderr)
            status = 2
            continue
        except ValueError as error:
            print(f"{file}: {error}", file=sys.stderr)
            status = 2
            continue
        if formatted != text:
            status = status or 1
            print(f"{file}: {'not formatted' if arguments.check else 'formatted'}")
            if not arguments.check:
                _replace(file, formatted)
    return status if arguments.check or status == 2 else 0


if __name__ == "__main__":
    sys.exit(main())
