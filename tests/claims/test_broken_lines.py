"""Broken lines in a row are counted as their text would be, however it is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from claimshapes.claims.readers.broken_lines import NONE_BROKEN, BrokenLines, names_in

_PIECES = st.lists(
    st.sampled_from(
        [
            '"payer": {',
            '"patient"',
            " :",
            '"',
            "billing",
            'Provider": {}',
            "x" * 150,
            '{"id": "C-1"',
        ]
    ),
    max_size=12,
).map("".join)


@given(st.lists(_PIECES, max_size=8))
def test_lines_count_as_their_text(lines: list[str]) -> None:
    seen = NONE_BROKEN
    for line in lines:
        seen = seen.and_next(line)
    text = "".join(lines)
    assert list(seen.named) == names_in(text)
    assert seen.claims == (max(1, *names_in(text)) if text else 0)


def test_what_is_kept_does_not_grow() -> None:
    seen = BrokenLines()
    for _ in range(1000):
        seen = seen.and_next('{"payer": {}, "patient": {}' + "y" * 1000)
    assert (seen.claims, len(seen.end)) == (1000, 100)
