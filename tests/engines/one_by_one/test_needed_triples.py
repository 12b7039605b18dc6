"""A query of which a need is not met has no solution."""

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimshapes.engines.one_by_one.needed_triples import Needs
from claimshapes.engines.one_by_one.required_patterns import RequiredPatterns

SPACE = "urn:x:"


def quads(text: str) -> list[ox.Quad]:
    """Triples such as ``a p b; a q "5"`` as quads."""

    def term(word: str) -> ox.NamedNode | ox.Literal:
        return ox.Literal(word[1:-1]) if word.startswith('"') else ox.NamedNode(SPACE + word)

    found = []
    for triple in filter(None, (part.strip() for part in text.split(";"))):
        subject, predicate, object_ = map(term, triple.split())
        assert isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode)
        found.append(ox.Quad(subject, predicate, object_))
    return found


def met(resident: str, own: str, where: str, *, before: Iterable[str] = ()) -> bool:
    """Whether a query can have solutions, after graphs that came before."""
    needs = Needs(quads(resident), RequiredPatterns())
    for graph in (*before, own):
        contents = needs.contents()
        contents.add(quads(graph))
        found = needs.met(query(where), contents)
    return found


def query(where: str) -> str:
    return f"PREFIX : <{SPACE}>\nSELECT * {{ {where} }}"


def has_solutions(resident: str, own: str, where: str) -> bool:
    store = ox.Store()
    store.extend(quads(resident) + quads(own))
    solutions = store.query(query(where))
    assert isinstance(solutions, ox.QuerySolutions)
    return next(solutions, None) is not None


SET = "row in therapy; row member one; row member two; other in imaging; other member three"
OF_SET = "?row :in :therapy ; :member ?code . ?line :code ?code"


@pytest.mark.parametrize(
    ("own", "where", "expected"),
    [
        ("a p b", "?x :p ?y", True),
        ("a p b", "?x :q ?y", False),
        ("a p b", "?x :p :b", True),
        ("a p b", "?x :p :c", False),
        ("a p b", "?x :p ?y . ?y :q ?z", False),
        ("a p b", "?x :p ?y OPTIONAL { ?y :q ?z }", True),
        ("a p b", "?x :p ?y MINUS { ?y :q ?z }", True),
        ("a p b", "?x :p ?y FILTER NOT EXISTS { ?y :q ?z }", True),
        ("a p b", "?x :p ?y FILTER EXISTS { ?y :q ?z }", False),
        ("a p b; c q a", "?x :p ?y FILTER (EXISTS { ?z :q ?x } && ?y = :b)", True),
        ("a p b", "?x :p ?y FILTER (?y IN (:b, :c))", True),
        ("a p b", "?x :p ?y FILTER (?y IN (:a, :c))", False),
        ("a p b", "?x :p ?y FILTER (?y = :a || ?y = :c)", False),
        ("a p b", "?x :p ?y FILTER (?y = :a || ?x = :c)", True),
        ("a p b", "?x :p ?y FILTER (?y != :b)", True),
        ("a p b", "?x :p ?y FILTER (STR(?y) >= STR(:c))", True),
        ("a p b", '?x :p ?y FILTER (STR(?y) >= "A" && STR(?y) <= "B")', False),
        ("a p b", '?x :p ?y FILTER (STR(?y) >= "A" && STR(?y) <= "~")', True),
        ("a p b", "{ ?x :p ?y } UNION { ?x :q ?y }", True),
        ("a p b", "?x :p/:q ?y", False),
        ("a p b", "?x ^:q ?y", False),
        ("a p b", "?x :q+ ?y", False),
        ("a p b", "?x :q* ?y", True),
        ("a p b", "?x :p+ :c", False),
        ("a p b", "?x :p|:q ?y", True),
        ("a p b", "?x :p ?y { SELECT ?x { ?x :q ?z } }", False),
        ("a p b", "{ SELECT (COUNT(?z) AS ?n) { ?x :q ?z } }", True),
        ("a p b", "{ SELECT ?x (COUNT(?z) AS ?n) { ?x :q ?z } GROUP BY ?x }", False),
        ("a p b", "BIND(:q AS ?z) ?x :r ?z", False),
        ("line code one", OF_SET, True),
        ("line code three", OF_SET, False),
        ("line code four", OF_SET, False),
        # The same name within a subselect is another variable.
        ("line code three", "?line :code ?code { SELECT ?row { ?row :member ?code } }", True),
    ],
)
def test_what_a_query_needs(own: str, where: str, expected: bool) -> None:
    assert met(SET, own, where) is expected


def test_a_property_that_a_claim_brings_along_is_resident_no_more() -> None:
    assert not met(SET, "line code four", OF_SET)
    assert met(SET, "row member four; line code four", OF_SET)
    assert met(SET, "row member four; line code four", OF_SET, before=["line code four"])
    # Once a claim had one, the next may have one: only the own part is still asked for.
    assert met(SET, "line code four", OF_SET, before=["row member four"])


NAMES = st.sampled_from(["a", "b", "c"])
PREDICATES = st.sampled_from(["p", "q", "r", "s"])
GRAPHS = st.lists(st.tuples(NAMES, PREDICATES, NAMES), max_size=5).map(
    lambda triples: "; ".join(" ".join(triple) for triple in triples)
)
TERMS = st.sampled_from(["?x", "?y", "?z", ":a", ":b", ":c"])
PATHS = st.sampled_from(
    [":p", ":q", ":r", ":s", "^:p", ":p/:q", ":q+", ":r*", "(:p|:q)", "^(:p/:s)", "?v", "(:p/^:q)+"]
)
BLOCKS = st.lists(st.tuples(TERMS, PATHS, TERMS), min_size=1, max_size=3).map(
    lambda triples: " . ".join(" ".join(triple) for triple in triples)
)
FORMS = st.sampled_from(
    [
        "{0}",
        "{0} OPTIONAL {{ {1} }}",
        "{0} MINUS {{ {1} }}",
        "{{ {0} }} UNION {{ {1} }}",
        "{0} FILTER NOT EXISTS {{ {1} }}",
        "{0} FILTER EXISTS {{ {1} }}",
        "{0} FILTER (EXISTS {{ {1} FILTER (?z = :a) }} && ?y IN (:a, :b))",
        "{0} FILTER (?x = :a || (?x IN (:b, :c) && ?y = :b)) {1}",
        "{0} {{ {1} }}",
        "{0} {{ SELECT ?x {{ {1} }} }}",
        "{0} {{ SELECT ?x (COUNT(?y) AS ?n) {{ {1} }} GROUP BY ?x HAVING (COUNT(?y) > 1) }}",
        "{0} {{ SELECT (COUNT(?y) AS ?n) {{ {1} }} }}",
        "{0} VALUES ?x {{ :a :b }} BIND(:b AS ?w) {1}",
        "{0} {{ SELECT DISTINCT ?x {{ {1} }} ORDER BY ?y LIMIT 1 }}",
    ]
)


@given(GRAPHS, GRAPHS, GRAPHS, FORMS, BLOCKS, BLOCKS)
@settings(max_examples=300)
def test_no_solution_is_lost(
    resident: str, earlier: str, own: str, form: str, one: str, other: str
) -> None:
    where = form.format(one, other)
    for before in ([], [earlier]):
        if not met(resident, own, where, before=before):
            assert not has_solutions(resident, own, where)


def test_what_was_read_is_kept_and_what_cannot_be_used_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "patterns.json"
    text = query("?x :p ?y")
    patterns = RequiredPatterns([file])
    expected = [("?x", f"<{SPACE}p>", "?y")]
    assert patterns.of(text) == expected
    patterns.keep()
    kept = file.read_text("utf-8")
    assert patterns.of(text) == RequiredPatterns([file]).of(text) == expected
    damaged = kept.replace(f"<{SPACE}p>", f"<{SPACE}q>")
    for broken in ("", "[]", '{"form": 0}', damaged, kept[:-2]):
        file.write_text(broken, "utf-8")
        assert RequiredPatterns([file]).of(text) == expected


def test_where_nothing_can_be_written_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    patterns = RequiredPatterns([tmp_path / "file" / "patterns.json"])
    patterns.of(query("?x :p ?y"))
    patterns.keep()
    assert (tmp_path / "file").read_text("utf-8") == ""


def test_needs_met_as_rarely_come_in_the_order_of_the_patterns() -> None:
    asked = query(" . ".join(f"?x :p{number} ?y{number}" for number in range(12)))
    patterns = RequiredPatterns()
    properties = [predicate for _, predicate, _ in patterns.of(asked)]
    needs = Needs([], patterns).of(asked)
    assert [f"<{need.predicate}>" for need in needs] == properties
