"""Where in a file of Turtle something is said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rdflib.term import Node

from claimshapes.authoring.problems import Problem
from claimshapes.authoring.turtle_tokens import Token, turtle_tokens


class TurtlePlaces:
    """Finds the places of problems in files."""

    def __init__(self) -> None:
        self._tokens: dict[Path, list[Token]] = {}

    def read(self, file: Path, text: str) -> list[Token]:
        """The tokens of a file, which are kept."""
        tokens = self._tokens[file] = turtle_tokens(text)
        return tokens

    def at(
        self, file: Path, node: Node, term: str, lint: str, message: str, advice: str
    ) -> Problem:
        """A problem at a term that is said of a subject, else at the subject."""
        tokens = self._tokens[file]
        prefixes = {
            tokens[number + 1].text.rstrip(":"): tokens[number + 2].text[1:-1]
            for number, token in enumerate(tokens[:-2])
            if token.kind == "prefix"
        }
        subject = next(
            (
                token
                for token in tokens
                if token.text == token.subject and _iri(token.text, prefixes) == str(node)
            ),
            None,
        )
        place = subject
        if subject is not None and term:
            place = next(
                (token for token in tokens if token.text == term and token.subject == subject.text),
                subject,
            )
        line, column = (place.line, place.column) if place else (1, 1)
        return Problem(str(file), line, column, lint, message, advice)


def _iri(name: str, prefixes: Mapping[str, str]) -> str:
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    return prefixes.get(prefix, f"{prefix}:") + local
