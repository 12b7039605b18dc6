"""Errors that a caller can act on."""

from __future__ import annotations


class ClaimshapesError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(ClaimshapesError):
    """The input or the call is unusable; the command line ends with exit status 2.

    Args:
        message: what is wrong and what was expected, in plain words, without claim contents.
        file: name of the file as the user gave it, ``-`` for standard input.
        line: line in the file, counted from 1.
        pointer: JSON Pointer (RFC 6901) of the place in the document or claim.
        index: which of several claims in memory it is, counted from 0 as Python does.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        pointer: str | None = None,
        index: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.pointer = pointer
        self.index = index

    def __str__(self) -> str:
        place = self.file or ""
        if self.index is not None:
            place = f"claims[{self.index}]"
        if self.line is not None:
            place += f", line {self.line}" if place else f"line {self.line}"
        if self.pointer:
            place += f", at {self.pointer}" if place else f"at {self.pointer}"
        return f"{place}: {self.message}" if place else self.message


class KnowledgeError(ClaimshapesError):
    """The shipped or compiled knowledge is missing, stale or damaged."""


class RuleError(ClaimshapesError):
    """A rule file cannot be used; the message names the file and what is missing."""
