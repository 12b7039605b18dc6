"""The segments of an X12 file, one interchange after another.

Delimiters are taken from each interchange's own ISA. What cannot be followed is never passed
over in silence: it comes as a segment whose identifier no guide knows, for ``read_x12`` to say so.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from claimshapes.claims.readers.described_formats import x12_terms
from claimshapes.claims.readers.limits import limit
from claimshapes.errors import InputError

SEGMENT_CHARACTERS = limit("SEGMENT_CHARACTERS", 100_000)
"""The most characters that a segment may have; the longest that the guides allow have hundreds."""

_ISA_CHARACTERS = 106
_ISA_ELEMENTS = 16
_CHUNK = 1 << 16
_BLANKS = re.compile(r"[\r\n\t \0\x1a]*")
_LINE_ENDS = re.compile(r"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment and where it stands.

    Attributes:
        id: its identifier, such as ``CLM``.
        number: its place in the file, from 1.
        line: the line that it begins on, from 1.
        column: the character of that line that it begins with, from 1.
        elements: its elements, each the list of its components.
        cut: whether the file ended within it.
    """

    id: str
    number: int
    line: int
    elements: tuple[tuple[str, ...], ...]
    cut: bool = False
    column: int = 1

    def value(self, element: int, component: int = 1) -> str:
        """The component of an element, both counted from 1, ``""`` where it is absent."""
        components = self.components(element)
        return components[component - 1].strip() if component <= len(components) else ""

    def components(self, element: int) -> tuple[str, ...]:
        """All components of the element, counted from 1; none where it is absent."""
        return self.elements[element - 1] if element <= len(self.elements) else ()

    @property
    def extent(self) -> int:
        """The number of its elements up to the last that is not empty."""
        return max((n for n, e in enumerate(self.elements, start=1) if any(e)), default=0)


def read_segments(stream: BinaryIO, file: str) -> Iterator[Segment]:
    """Reads the segments of all interchanges.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file does not begin with an interchange.
    """
    source = _Source(stream, file)
    if not source.skip_blank():
        raise InputError("the file is empty", file=file)
    source.begin()
    number = 0
    while (found := source.next()) is not None:
        number += 1
        text, (line, column), cut = found
        name, *elements = text.split(source.element)
        # ISA16 is the separator itself.
        parts = (
            ((element,) if name == "ISA" else tuple(element.split(source.component)))
            for element in elements
        )
        yield Segment(name, number, line, tuple(parts), cut, column)


class _Source:
    """The text of a file, cut into segments.

    Attributes:
        element: what stands between elements.
        component: what stands between components.
    """

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream = stream
        self._file = file
        # Names may be in another encoding; what a claim takes over must be text, and is checked.
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._position = 0
        self._ended = False
        self._line = 1
        self._column = 1
        self._terminator = ""
        self.element = ""
        self.component = ""

    def begin(self) -> None:
        """Makes sure that the file begins with an interchange.

        Raises:
            InputError: it does not, or its ISA is not as an ISA has to be.
        """
        self._interchange()

    def next(self) -> tuple[str, tuple[int, int], bool] | None:
        """The next segment without its terminator, its line and column, and whether it was cut.

        Of an over-long one only its beginning is given, under a name that no guide knows.
        """
        while self.skip_blank():
            begin = (self._line, self._column)
            if self._text.startswith("ISA", self._position):
                try:
                    header, length = self._interchange()
                except InputError:
                    # A damaged one is a segment like others, within the former's delimiters.
                    pass
                else:
                    self._advance(self._position + length)
                    return header[:-1], begin, False
            end = self._text.find(self._terminator, self._position)
            while end < 0 and not self._ended:
                if len(self._text) - self._position > SEGMENT_CHARACTERS:
                    return self._over_long(), begin, False
                self._fill()
                end = self._text.find(self._terminator, self._position)
            cut = end < 0
            if cut:
                end = len(self._text)
            if end > self._position:
                text = self._text[self._position : end]
                self._advance(end + (not cut))
                # Some systems wrap their files, within elements as well.
                return (text if self._terminator in "\r\n" else _unwrapped(text)), begin, cut
            self._advance(end + 1)
        return None

    def skip_blank(self) -> bool:
        """Goes past blanks and line ends; false at the end of the file."""
        while True:
            match = _BLANKS.match(self._text, self._position)
            self._advance(match.end() if match else self._position)
            if self._position < len(self._text) or self._ended:
                return self._position < len(self._text)
            self._fill()

    def _interchange(self) -> tuple[str, int]:
        """The ISA segment that comes next and its length in the file; takes its delimiters.

        Raises:
            InputError: there is none, or it is not as an ISA has to be.
        """
        while len(self._text) - self._position < 2 * _ISA_CHARACTERS and not self._ended:
            self._fill()
        header, length = self._isa()
        if not header.startswith("ISA"):
            self._fail("expected an interchange, which begins with ISA")
        if len(header) < _ISA_CHARACTERS:
            self._fail("the file ends within its ISA segment")
        delimiters = [header[3], header[-2], header[-1]]
        if (
            header.count(header[3]) != _ISA_ELEMENTS
            or len(set(delimiters)) != len(delimiters)
            or any(delimiter.isalnum() or delimiter == " " for delimiter in delimiters)
        ):
            self._fail(
                f"ISA must have {_ISA_ELEMENTS} elements in {_ISA_CHARACTERS} characters, "
                "and three different signs as delimiters"
            )
        versions = x12_terms()["interchangeVersions"]
        if header.split(delimiters[0])[12] not in versions:
            self._fail(f"ISA12: interchange version not read; {' and '.join(versions)} are")
        self.element, self.component, self._terminator = delimiters
        return header, length

    def _isa(self) -> tuple[str, int]:
        """The ISA segment, without the line ends of a wrapped file, and its length in the file."""
        plain = self._text[self._position : self._position + _ISA_CHARACTERS]
        # A line end that comes last is the terminator.
        if not _LINE_ENDS.search(plain, 0, _ISA_CHARACTERS - 1):
            return plain, len(plain)
        characters: list[str] = []
        end = self._position
        while end < len(self._text) and len(characters) < _ISA_CHARACTERS:
            if self._text[end] not in "\r\n":
                characters.append(self._text[end])
            end += 1
        return "".join(characters), end - self._position

    def _over_long(self) -> str:
        """Goes past a segment that is too long; gives the beginning, under a name of no guide."""
        start = self._text[self._position : self._position + SEGMENT_CHARACTERS // 100]
        while True:
            end = self._text.find(self._terminator, self._position)
            if end >= 0:
                self._advance(end + 1)
                break
            self._advance(len(self._text))
            if self._ended:
                break
            self._fill()
        return "?" + start

    def _advance(self, position: int) -> None:
        lines = self._text.count("\n", self._position, position)
        if lines:
            self._line += lines
            self._column = position - self._text.rfind("\n", self._position, position)
        else:
            self._column += position - self._position
        self._position = position

    def _fill(self) -> None:
        data = self._stream.read(_CHUNK)
        self._ended = not data
        text = self._decode.decode(data, final=self._ended)
        self._text = self._text[self._position :] + text
        self._position = 0

    def _fail(self, reason: str) -> NoReturn:
        raise InputError(reason, file=self._file, line=self._line)


def _unwrapped(text: str) -> str:
    return _LINE_ENDS.sub("", text)
