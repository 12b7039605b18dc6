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
