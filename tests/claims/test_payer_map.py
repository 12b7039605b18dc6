from pathlib import Path

import pytest

from claimshapes.claims.readers.payer_map import read_payer_map
from claimshapes.errors import InputError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "payers.csv"


def test_ids_and_names_mean_payers(file: Path) -> None:
    file.write_text(
        "id,name,payer\n00882,Medicare Part B,medicare-b\n60054,,commercial\n"
        ",State  Medicaid,medicaid\n"
    )
    payers = read_payer_map(file)
    assert payers.payer(["00882"]) == "medicare-b"
    assert payers.payer(["60054", "any name"]) == "commercial"
    assert payers.payer(["99999", "STATE medicaid"]) == "medicaid"
    assert payers.payer([" 60054 "]) == "commercial"
    assert payers.payer(["State Medicaid", "60054"]) == "commercial", "an id counts first"
    assert payers.payer(["882", "nobody"]) is None


def test_columns_in_any_order_and_one_of_them_missing(file: Path) -> None:
    file.write_text("payer,id\nmedicaid,77\n", encoding="utf-8-sig")
    assert read_payer_map(file).payer(["77"]) == "medicaid"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", None, "is empty"),
        ("id,name,payer\n", None, "has no rows"),
        ("id,payer\n1,medicare-c\n", 2, "unknown payer 'medicare-c'; the payers are"),
        ("id,payer\n1,commercial\n2,\n", 3, "no payer"),
        ("id,name,payer\n,,commercial\n", 2, "neither an id nor a name"),
        ("id,payer\n1,commercial\n2,medicaid\n1,medicaid\n", 4, "the id of line 2 comes again"),
        ("name,payer\nA b,medicaid\na  B,medicaid\n", 3, "the name of line 2 comes again"),
        ("id,payer\n1\n", 2, "expected 2 values"),
        ("id,payer\n1,medicaid,x\n", 2, "expected 2 values"),
        ("number,payer\n1,medicaid\n", 1, "unknown column 'number'"),
        ("id,name\n1,medicaid\n", 1, "expected the columns id, name, payer"),
        ("payer\nmedicaid\n", 1, "expected the columns id, name, payer"),
        ("id,id,payer\n1,1,medicaid\n", 1, "expected the columns id, name, payer"),
    ],
)
def test_a_file_that_cannot_be_used(file: Path, text: str, line: int | None, reason: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_payer_map(file)
    assert caught.value.file == str(file)
    assert caught.value.line == line
    assert caught.value.message.startswith(reason)


def test_a_file_that_is_no_text_or_not_there(file: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_payer_map(file)
    file.write_bytes(b"id,payer\n\xff,medicaid\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_payer_map(file)
