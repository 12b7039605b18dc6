import importlib.util
import sys
from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("format_turtle", ROOT / "tools/format_turtle.py")
assert _spec is not None and _spec.loader is not None
tool = importlib.util.module_from_spec(_spec)
sys.modules["format_turtle"] = tool
_spec.loader.exec_module(tool)

FILES = sorted([*(ROOT / "ontology").rglob("*.ttl"), *(ROOT / "shapes").rglob("*.ttl")])


def graph(text: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=text, format="turtle")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_files_are_in_the_canonical_form(file: Path) -> None:
    text = file.read_text("utf-8")
    assert tool.format_turtle(text) == text


@pytest.mark.parametrize("file", FILES[::7], ids=lambda file: file.name)
def test_triples_stay_when_a_file_is_mangled_and_formatted(file: Path) -> None:
    text = file.read_text("utf-8")
    mangled = text.replace("\n    ", "\n\t \t").replace(" ;\n", ";\n\n")
    formatted = tool.format_turtle(mangled)
    assert isomorphic(graph(mangled), graph(formatted))
    assert tool.format_turtle(formatted) == formatted


def test_comments_and_strings_stay() -> None:
    text = (
        "@prefix b: <urn:b#> .\n@prefix a: <urn:a#> .\n"
        '# before\na:x a:p "# no comment" ;# behind\n'
        '# inside\n   b:q """one\n\n  two ; three""" , [ b:r ( 1 2.5 ) ]   .'
    )
    assert tool.format_turtle(text) == (
        "@prefix a: <urn:a#> .\n@prefix b: <urn:b#> .\n\n"
        '# before\na:x a:p "# no comment" ; # behind\n'
        '    # inside\n    b:q """one\n\n  two ; three""", [ b:r ( 1 2.5 ) ] .\n'
    )


def test_unused_prefixes_go() -> None:
    text = (
        '@prefix x: <urn:x#> .\n@prefix y: <urn:y#> .\n@prefix z: <urn:z#> .\nx:a x:b "1"^^z:int .'
    )
    assert "urn:y" not in tool.format_turtle(text)
    assert "urn:z" in tool.format_turtle(text)


def test_what_is_no_turtle_is_named_by_its_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        tool.format_turtle('<urn:a> <urn:b> "x" .\n<urn:a> <urn:b> "unclosed .\n')


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "@prefix a: <urn:1#> .\na:x a:p 1 .\n@prefix a: <urn:2#> .\na:x a:p 2 .\n",
            "line 3: a: stands for another IRI",
        ),
        ("PREFIX a: <urn:1#>\nprefix a: <urn:2#>\na:x a:p 2 .\n", "line 2: a: stands for"),
        ("@base <http://e.test/x/> .\n@prefix a: <y#> .\na:x a:p <z> .\n", "line 1: a base"),
        ("<urn:x> <urn:p> 1 .\nBASE <http://e.test/x/>\n<y> <urn:p> 1 .\n", "line 2: a base"),
        ("# first\n@prefix a: <urn:1#>", "line 2: this prefix has no end"),
    ],
)
def test_what_could_change_a_triple_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        tool.format_turtle(text)


def test_prefixes_in_the_other_notation_go_to_the_top_too() -> None:
    assert tool.format_turtle("b:x a:p 1 .\nprefix b: <urn:b#>\nPREFIX a: <urn:a#>\n") == (
        "@prefix a: <urn:a#> .\n@prefix b: <urn:b#> .\n\nb:x a:p 1 .\n"
    )


def test_a_comment_inside_a_prefix_stays() -> None:
    formatted = tool.format_turtle("@prefix a: # why\n <urn:a#> .\na:x a:p 1 .\n")
    assert "# why" in formatted
    assert tool.format_turtle(formatted) == formatted


@pytest.mark.parametrize(
    "text",
    [
        "@prefix a: <urn:a#> .\na:x a:p a:b\\,c , a:d\\;e, a:f\\#g .\n",
        "@prefix a: <urn:a#> .\na:x a:p a:b# a note ; with marks .\n .\n",
        '@prefix a: <urn:a#>.\na:x a:p "b"@en;a:q 1.5.\na:y a:p -.5, 2e-3, true.\n',
        "@prefix : <urn:a#> .\n[ :p 2 ] :q [] .\n[] :p '''it's\n  'x' ''', 'b' .\n",
    ],
    ids=["escapes", "comment without a blank", "no blanks", "nodes without names"],
)
def test_triples_stay(text: str) -> None:
    formatted = tool.format_turtle(text)
    assert isomorphic(graph(text), graph(formatted))
    assert tool.format_turtle(formatted) == formatted


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_formatted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "latin.ttl").write_bytes(b'<urn:a> <urn:b> "\xe9" .\n')
    good = tmp_path / "good.ttl"
    good.write_text("<urn:a>   <urn:b> 1.\n", "utf-8")
    missing = tmp_path / "missing.ttl"
    names = [str(tmp_path / "latin.ttl"), str(missing), str(good)]
    monkeypatch.setattr(sys, "argv", ["format_turtle.py", *names])
    assert tool.main() == 2
    errors = capsys.readouterr().err.splitlines()
    assert errors == [f"{names[0]}: not UTF-8", f"{names[1]}: No such file or directory"]
    assert good.read_text("utf-8") == "<urn:a> <urn:b> 1 .\n"


def test_check_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "one.ttl"
    file.write_text("<urn:a>   <urn:b> 1.\n", "utf-8")
    monkeypatch.setattr(sys, "argv", ["format_turtle.py", "--check", str(tmp_path)])
    assert tool.main() == 1
    assert file.read_text("utf-8") == "<urn:a>   <urn:b> 1.\n"
    monkeypatch.setattr(sys, "argv", ["format_turtle.py", str(tmp_path)])
    assert tool.main() == 0
    monkeypatch.setattr(sys, "argv", ["format_turtle.py", "--check", str(tmp_path)])
    assert tool.main() == 0


_names = st.sampled_from(["a:one", "a:two-2", "b:three.four", "<urn:five>", "_:six"])
_values = st.one_of(
    _names,
    st.integers(-9, 99).map(str),
    st.text(st.characters(codec="utf-8", exclude_characters='"\\\n\r\0'), max_size=8).map(
        lambda text: f'"{text}"'
    ),
    st.lists(_names, max_size=3).map(lambda names: "( " + " ".join(names) + " )"),
    st.tuples(_names, _names).map(lambda pair: f"[ a:p {pair[0]} ; a:q {pair[1]} ]"),
)
_blanks = st.sampled_from([" ", "\n", "  \n\n ", "\t", " # note\n", "\n# ; . note [\n"])


@given(
    st.lists(st.tuples(_names, st.lists(_values, min_size=1, max_size=3)), min_size=1, max_size=5),
    st.lists(_blanks, min_size=20, max_size=20),
)
def test_any_document_keeps_its_triples(
    statements: list[tuple[str, list[str]]], blanks: list[str]
) -> None:
    gaps = iter(blanks * 10)
    text = "@prefix a: <urn:a#> . @prefix b: <urn:b#> .\n"
    for subject, values in statements:
        text += f"{subject}{next(gaps)}a:value{next(gaps)}"
        text += f"{next(gaps)},{next(gaps)}".join(values) + f"{next(gaps)}.{next(gaps)}"
    formatted = tool.format_turtle(text)
    assert isomorphic(graph(text), graph(formatted))
    assert tool.format_turtle(formatted) == formatted
