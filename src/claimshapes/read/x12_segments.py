"""The segments of an X12 file, one interchange after another.

pyx12 parses the segments and follows the envelopes. This module hands it one segment at a
time, so that files are read to their end on which it would otherwise stop in silence: with an
empty segment, a segment of more than 8 kB, or a second interchange with other delimiters.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn, cast

from pyx12.errors import X12Error
from pyx12.segment import Segment as ParsedSegment
from pyx12.x12file import X12Reader

from claimshapes.errors import InputError

SEGMENT_CHARACTERS = 100_000
"""The most characters that a segment may have; the longest that the guides allow have hundreds."""

_ISA_CHARACTERS = 106
_ISA_ELEMENTS = 16
_CHUNK = 1 << 16
_BLANKS = re.compile(r"[\r\n\t \0\x1a]*")
_TRAILERS = {"ST": "SE", "GS": "GE", "ISA": "IEA"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment and where it stands.

    Attributes:
        id: its identifier, such as ``CLM``.
        number: its place in the file, from 1.
        line: the line that it begins on, from 1.
        elements: its elements, each the list of its components.
    """

    id: str
    number: int
    line: int
    elements: tuple[tuple[str, ...], ...]

    def value(self, element: int, component: int = 1) -> str:
        """The component of an element, both counted from 1, ``""`` where it is absent."""
        components = self.components(element)
        return components[component - 1].strip() if component <= len(components) else ""

    def components(self, element: int) -> tuple[str, ...]:
        """All components of the element, counted from 1; none where it is absent."""
        return self.elements[element - 1] if element <= len(self.elements) else ()


@dataclass(frozen=True, slots=True)
class EnvelopeFault:
    """An envelope that is not closed as it says, so that what it held may not be whole.

    Attributes:
        number: place in the file of the trailer, or of the last segment.
        line: its line.
        reason: what is wrong, in plain words.
    """

    number: int
    line: int
    reason: str


def read_segments(stream: BinaryIO, file: str) -> Iterator[Segment | EnvelopeFault]:
    """Reads segments, and after a trailer what is wrong with its envelope.

    More segments than a trailer counts are no fault, since nothing is lost; fewer are.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file is not X12, or its envelopes cannot be followed.
    """
    source = _SegmentSource(stream, file)
    if not source.begin():
        raise InputError("the file is empty", file=file)
    number = 1
    while True:
        for part in _read_interchange(source, file, number):
            if isinstance(part, Segment):
                number = part.number + 1
            yield part
        if not source.begin():
            return


def _read_interchange(
    source: _SegmentSource, file: str, number: int
) -> Iterator[Segment | EnvelopeFault]:
    line = source.line
    try:
        reader = X12Reader(cast(Any, source))
    except X12Error:
        reason = "ISA12: interchange version not read; 00401 and 00501 are"
        raise InputError(reason, file=file, line=line) from None
    segments = iter(reader)
    number -= 1
    while True:
        try:
            parsed = next(segments, None)
        except (X12Error, IndexError):
            reason = f"segment {number + 1}: the envelope (ISA, GS, ST) cannot be followed"
            raise InputError(reason, file=file, line=source.lines[0]) from None
        if parsed is None:
            break
        number += 1
        line = source.lines.popleft()
        yield _segment(parsed, number, line)
        for kind, code, *_ in reader.pop_errors():
            fault = _reason(reader, parsed, f"{kind} {code}")
            if fault is not None:
                yield EnvelopeFault(number, line, fault)
    if reader.loops:
        missing = [_TRAILERS[kind] for kind, _ in reversed(reader.loops) if kind in _TRAILERS]
        where = "within a segment" if source.cut else "too early"
        yield EnvelopeFault(number, line, f"the file ends {where}: {', '.join(missing)} missing")


def _segment(parsed: ParsedSegment, number: int, line: int) -> Segment:
    elements = tuple(
        tuple(component.value for component in element.elements) for element in parsed.elements
    )
    return Segment(str(parsed.seg_id), number, line, elements)


def _reason(reader: X12Reader, trailer: ParsedSegment, error: str) -> str | None:
    """What an error of pyx12 means for the claims; most of its errors mean nothing to them."""
    name = str(trailer.seg_id)
    match error:
        case "st 4":
            counted = reader.seg_count + 1
        case "gs 5":
            counted = reader.st_count
        case "isa 021":
            counted = reader.gs_count
        case "st 3" | "gs 4" | "isa 001":
            return f"{name}02 is not the control number of the envelope that is open"
        case "gs 3" | "isa 024":
            return f"{name} comes before the trailer of an envelope within"
        case _:
            return None
    stated = str(trailer.elements[0]) if trailer.elements else ""
    if not (stated.isascii() and stated.isdigit()):
        return f"{name}01 is no number"
    if len(stated) > 10 or int(stated) > counted:
        return f"{name}01 counts more than the {counted} that came: a part is missing"
    return None


class _SegmentSource(io.TextIOBase):
    """A text stream of one interchange that gives one whole segment at each read.

    It ends after IEA; ``begin`` goes on to the next interchange.

    Attributes:
        line: the line that has been reached.
        lines: the lines of the segments that were given and not yet taken up.
        cut: whether the file ended within a segment.
    """

    def __init__(self, stream: BinaryIO, file: str) -> None:
        super().__init__()
        self._stream = stream
        self._file = file
        # Names may be in another encoding; what a claim takes over must be text, and is checked.
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._position = 0
        self._ended = False
        self._terminator = ""
        self._header = ""
        self._over = True
        self.line = 1
        self.lines: deque[int] = deque()
        self.cut = False

    def begin(self) -> bool:
        """Goes to the next interchange; false at the end of the file.

        Raises:
            InputError: something else stands there.
        """
        while self._skip_blank() and self._text[self._position] == self._terminator:
            self._position += 1
        if self._position == len(self._text):
            return False
        while len(self._text) - self._position < _ISA_CHARACTERS and not self._ended:
            self._fill()
        header = self._text[self._position : self._position + _ISA_CHARACTERS]
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
        self._terminator = header[-1]
        self._header = header
        self._over = False
        return True

    def read(self, size: int | None = -1, /) -> str:
        """The next segment with its terminator, ``""`` after IEA or at the end of the file."""
        if self._over:
            return ""
        if self._header:
            segment, self._header = self._header, ""
            self._take(segment)
            return segment
        segment = self._next()
        self._over = not segment or segment.startswith("IEA")
        return segment

    def _next(self) -> str:
        while self._skip_blank():
            end = self._text.find(self._terminator, self._position)
            while end < 0 and not self._ended:
                if len(self._text) - self._position > SEGMENT_CHARACTERS:
                    self._fail(f"a segment has more than {SEGMENT_CHARACTERS:,} characters")
                self._fill()
                end = self._text.find(self._terminator, self._position)
            if end < 0:
                self.cut = True
                return ""
            if end == self._position:
                self._position += 1
                continue
            segment = self._text[self._position : end + 1]
            self._take(segment)
            return segment
        return ""

    def _take(self, segment: str) -> None:
        self.lines.append(self.line)
        self.line += segment.count("\n")
        self._position += len(segment)

    def _skip_blank(self) -> bool:
        """Goes past blanks and line ends; false at the end of the file."""
        while True:
            match = _BLANKS.match(self._text, self._position)
            end = match.end() if match else self._position
            self.line += self._text.count("\n", self._position, end)
            self._position = end
            if end < len(self._text) or self._ended:
                return end < len(self._text)
            self._fill()

    def _fill(self) -> None:
        data = self._stream.read(_CHUNK)
        self._ended = not data
        text = self._decode.decode(data, final=self._ended)
        self._text = self._text[self._position :] + text
        self._position = 0

    def _fail(self, reason: str) -> NoReturn:
        raise InputError(reason, file=self._file, line=self.line)
