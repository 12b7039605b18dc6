"""Where a table or a key is in a TOML file."""

from __future__ import annotations

import pytest

from claimshapes.files.toml_lines import line_of

TEXT = """\
payer = "medicare-b"  # [serve]

[serve]
port = 8000
[tool.'claimshapes']
"payer" = "medicare-b"
[[waiver]] # the first
rule = "CLM-FILING"
[[waiver]]
reason = "port = 1"
rule = "DX-DATE"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("payer", 1),
        ("serve", 3),
        ("serve/port", 4),
        ("tool/claimshapes", 5),
        ("tool/claimshapes/payer", 6),
        ("waiver/0", 7),
        ("waiver/0/rule", 8),
        ("waiver/1", 9),
        ("waiver/1/rule", 11),
        ("waiver/0/reason", None),
        ("waiver/2", None),
        ("port", None),
    ],
)
def test_line_of_a_table_or_a_key(path: str, line: int | None) -> None:
    assert line_of(TEXT, path.split("/")) == line
