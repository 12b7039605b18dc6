"""Claims in RDF: framed back into the claim format; nothing is fetched or passed over."""

from __future__ import annotations

import copy
import json
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimshapes.claims.claim import ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.field_terms import claim_context, claim_term
from claimshapes.claims.format_faults import claim_faults
from claimshapes.claims.from_triples import TripleGraph, frame_claim
from claimshapes.claims.readers import read_claims
from claimshapes.claims.schema import claim_schema, resolve
from claimshapes.errors import InputError
from tests.claims.conftest import WHOLE_CLAIM, claims_of

Read = Callable[..., list[ClaimReading]]
Rejection = Callable[..., RejectedClaim]
CONTEXT = "https://w3id.org/claimshapes/claim.context.jsonld"
PREFIXES = """\
@prefix cs: <https://w3id.org/claimshapes/ns#> .
@prefix doc: <https://w3id.org/claimshapes/documentation/> .
@prefix payer: <https://w3id.org/claimshapes/payer/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
TURTLE = (
    PREFIXES
    + """
[] a cs:Claim ;
    cs:identifier "C-1001" ; cs:claimType cs:professional ; cs:payer payer:medicare-b ;
    cs:patient [ cs:identifier "P-7" ; cs:birthDate "1980-02-01"^^xsd:date ; cs:sex "female" ] ;
    cs:billingProvider [ cs:npi "1234567893" ; cs:taxonomy "225100000X" ] ;
    cs:placeOfService "11" ; cs:priorAuthorization "A-1", "A-2" ;
    cs:created "2026-05-06"^^xsd:date ; cs:total 80.00 ; cs:typeOfBill "0131" ;
    cs:admittingDiagnosis "R07.9" ; cs:reasonForVisit "M54.6", "R07.9" ;
    cs:billablePeriod [ cs:periodStart "2026-05-04"^^xsd:date ; cs:periodEnd "2026-05-05" ] ;
    cs:history [ cs:billedOnClaim "C-900" ; cs:npi "1234567893" ; cs:procedure "99213" ;
        cs:modifier ( "25" ) ; cs:quantity 1 ; cs:serviced "2026-04-20" ] ;
    cs:therapyYearToDate [ cs:ptSlp 1200.50 ; cs:ot 0.00 ] ;
    cs:diagnosis [ cs:sequence 2 ; cs:code "m5124" ], [ cs:sequence 1 ; cs:code "M54.6" ] ;
    cs:item [ cs:sequence 1 ; cs:revenue "0420" ;
        cs:procedure "97110" ; cs:modifier ( "GP" "59" ) ; cs:quantity 2 ;
        cs:charge "80.00" ; cs:allowed 61.20 ; cs:serviced "2026-05-04"^^xsd:date ;
        cs:servicedEnd "2026-05-05"^^xsd:date ; cs:diagnosisSequence ( 2 1 ) ;
        cs:placeOfService "12" ;
        cs:minutes 30.0 ; cs:assistantMinutes 10 ] ,
      [ cs:sequence 2 ; cs:procedure "97140" ; cs:quantity 1 ; cs:serviced "2026-05-04" ] ;
    cs:documentation
        [ cs:documentationType doc:pain-onset ; cs:value "2026-04-10" ],
        [ cs:documentationType doc:pain-site ; cs:value "thoracic" ],
        [ cs:documentationType doc:therapy-start ; cs:itemSequence 1 ; cs:value "10:00" ],
        [ cs:documentationType "laterality" ; cs:diagnosisSequence 2 ; cs:value "left" ] .
"""
)


def as_rdf(claim: dict[str, Any]) -> list[ox.Quad]:
    """The triples that any JSON-LD processor makes of a claim with our context."""
    document = {"@context": claim_context(), "@type": "cs:Claim", **claim}
    text = json.dumps(document, default=float)
    return list(ox.parse(text.encode(), format=ox.RdfFormat.JSON_LD))


def without_empty_arrays(claim: dict[str, Any]) -> dict[str, Any]:
    """A claim as RDF can say it, where an empty array is no triple."""

    def kept(part: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in part.items() if value != []}

    return {**kept(claim), "item": [kept(item) for item in claim["item"]]}


def test_turtle_means_what_the_json_means(read: Read, claim: dict[str, Any]) -> None:
    assert claims_of(read(TURTLE, "claims.ttl")) == [claim]


@pytest.mark.parametrize(
    ("name", "rdf_format"), [("c.nt", ox.RdfFormat.N_TRIPLES), ("c.nq", ox.RdfFormat.N_QUADS)]
)
def test_line_formats(read: Read, claim: dict[str, Any], name: str, rdf_format: Any) -> None:
    data = ox.serialize(as_rdf(claim), format=rdf_format)
    assert data is not None
    assert claims_of(read(data, name)) == [claim]


def test_json_ld_in_all_its_shapes(read: Read, claim: dict[str, Any]) -> None:
    other = {**claim, "id": "C-2"}
    marked = {"@context": CONTEXT, **claim}
    assert claims_of(read(marked, "c.jsonld")) == [claim]
    assert claims_of(read({**claim, "@context": [CONTEXT]}, "c.jsonld")) == [claim]
    assert claims_of(read([marked, {**marked, "id": "C-2"}], "c.jsonld")) == [claim, other]
    graph = {"@context": CONTEXT, "@graph": [claim, other]}
    assert claims_of(read(graph, "c.jsonld")) == [claim, other]


NAMESPACE = claim_context()["cs"]


@pytest.mark.parametrize("name", ["documentation", "cs:documentation", f"{NAMESPACE}documentation"])
def test_a_record_that_shows_nothing_is_kept(read: Read, claim: dict[str, Any], name: str) -> None:
    without = {field: value for field, value in claim.items() if field != "documentation"}
    marked = {"@context": CONTEXT, **without}
    assert claims_of(read({**marked, name: []}, "c.jsonld")) == [{**without, "documentation": []}]
    assert claims_of(read(marked, "c.jsonld")) == [without]


def test_json_ld_without_a_context_in_whole_iris(read: Read, claim: dict[str, Any]) -> None:
    data = ox.serialize(as_rdf(claim), format=ox.RdfFormat.JSON_LD)
    assert data is not None
    assert b"@context" not in data
    (framed,) = claims_of(read(data, "c.jsonld"))
    facts = framed.pop("documentation")
    stated = claim.pop("documentation")
    assert len(facts) == len(stated) and all(fact in stated for fact in facts)
    assert framed == claim


def test_the_context_names_every_field_of_the_schema() -> None:
    def compare(schema: Any, fields: Any, place: str) -> None:
        schema = resolve(schema)
        if schema.get("type") == "array":
            schema = resolve(schema["items"])
        if "properties" in schema:
            assert set(schema["properties"]) - {"@context"} == set(fields), place
            for name in fields:
                compare(schema["properties"][name], fields[name].fields, f"{place}/{name}")

    compare(claim_schema(), claim_term().fields, "")


def test_modifiers_and_pointers_may_be_repeated_properties(read: Read) -> None:
    text = TURTLE.replace('( "GP" "59" )', '"GP", "59"').replace("( 2 1 )", "2, 1")
    (claim,) = claims_of(read(text, "c.ttl"))
    assert claim["item"][0]["modifier"] == ["GP", "59"]
    assert claim["item"][0]["diagnosisSequence"] == [2, 1]


def test_framing_from_a_store(claim: dict[str, Any]) -> None:
    store = ox.Store()
    store.extend(as_rdf(claim))
    (node,) = {quad.subject for quad in store.quads_for_pattern(None, None, ox.Literal("C-1001"))}
    framed = frame_claim(store, node)
    facts = framed.pop("documentation")
    stated = claim.pop("documentation")
    assert len(facts) == len(stated) and all(fact in stated for fact in facts)
    # A store keeps decimals by their value, not by how they were written.
    claim |= {"total": "80", "therapyYearToDate": {"ptSlp": "1200.5", "ot": "0"}}
    claim["item"][0].update(charge="80", allowed="61.2")
    assert framed == claim


def test_a_part_of_a_claim_is_framed_without_validation() -> None:
    text = PREFIXES + 'cs:a a cs:Claim ; cs:placeOfService "11" ; cs:item [ cs:minutes 1.50 ] .'
    graph = TripleGraph(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    (node,) = graph.claims()
    assert graph.frame(node) == {"placeOfService": "11", "item": [{"minutes": Decimal("1.5")}]}


FRAMING_FAULTS = [
    (
        'cs:procedure "97110"',
        'cs:procedur "97110"',
        "/item/0",
        "unknown property 'procedur'; did you",
    ),
    ('cs:sex "female"', 'cs:sex "female", "male"', "/patient/sex", "expected one value, found 2"),
    ('cs:sex "female"', "cs:sex [ ]", "/patient/sex", "expected a literal, found a node"),
    ("cs:quantity 2", 'cs:quantity "two"', "/item/0/quantity", "expected a number"),
    ("cs:quantity 2", "cs:quantity 1e99999", "/item/0/quantity", "expected a number"),
    (
        "payer:medicare-b",
        "<https://example.org/p>",
        "/payer",
        "expected an IRI in https://w3id.org",
    ),
    (
        'cs:placeOfService "11"',
        "<http://example.org/x> 1",
        "",
        "a property is none of a claim's",
    ),
    ('cs:placeOfService "11"', 'cs:notation "x"', "", "unknown property 'notation'"),
    (
        '[ cs:npi "1234567893" ; cs:taxonomy "225100000X" ]',
        '"x"',
        "/billingProvider",
        "expected a node",
    ),
]


@pytest.mark.parametrize(("old", "new", "pointer", "reason"), FRAMING_FAULTS)
def test_what_is_no_property_of_a_claim_is_named(
    rejection: Rejection, old: str, new: str, pointer: str, reason: str
) -> None:
    assert old in TURTLE
    rejected = rejection(TURTLE.replace(old, new, 1), "c.ttl")
    assert (rejected.origin.pointer or "") == pointer
    assert reason in rejected.reason


def test_a_list_without_an_end_is_refused(rejection: Rejection) -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    endless = f"_:l . _:l <{rdf}first> 2 ; <{rdf}rest> _:l ."
    text = PREFIXES + f"cs:a a cs:Claim ; cs:item [ cs:diagnosisSequence _:l ] . {endless[5:]}"
    rejected = rejection(text, "c.ttl")
    assert rejected.origin.pointer == "/item/0/diagnosisSequence"
    assert "RDF list that ends" in rejected.reason


def test_the_schema_holds_for_rdf_too(rejection: Rejection) -> None:
    rejected = rejection(TURTLE.replace("2026-05-06", "2026-02-31"), "c.ttl")
    assert rejected.origin.pointer == "/created"


UNUSABLE = [
    ("", "c.ttl", "the file is empty"),
    (PREFIXES, "c.ttl", "holds no claim"),
    (TURTLE.replace("a cs:Claim", "a cs:Clam"), "c.ttl", "holds no claim"),
    (TURTLE + "cs:b a cs:Clam .", "c.ttl", "belongs to no claim"),
    (PREFIXES + '\n\ncs:a cs:b "x" "SECRET" .', "c.ttl", "line 7: is not Turtle"),
    (PREFIXES + "\n\ncs:a cs:b SECRET .", "c.ttl", "line 7: is not Turtle"),
    (PREFIXES + '\n\ncs:a cs:b "SECRET', "c.ttl", "is not Turtle"),
    (PREFIXES + "\n\nno:a cs:b 1 .", "c.ttl", "line 7: is not Turtle: the prefix no: has not been"),
    (
        TURTLE + "<http://a/> <http://www.w3.org/2002/07/owl#imports> <file:///etc/passwd> .",
        "c.ttl",
        "owl:imports is refused",
    ),
    (b'<http://a/>\n"\xff" .', "c.nt", "line 2: is not UTF-8 text"),
    ({**WHOLE_CLAIM}, "c.jsonld", "means nothing without the context"),
    (
        {**WHOLE_CLAIM, "@context": "http://127.0.0.1:9/c"},
        "c.jsonld",
        "only context that is accepted",
    ),
    (
        {**WHOLE_CLAIM, "@context": "file:///etc/passwd"},
        "c.jsonld",
        "only context that is accepted",
    ),
    ({**WHOLE_CLAIM, "@context": {"@import": "http://127.0.0.1:9/c"}}, "c.jsonld", "only context"),
    ({**WHOLE_CLAIM, "@context": [CONTEXT, {"id": "http://x/"}]}, "c.jsonld", "only context"),
    (
        {**WHOLE_CLAIM, "@context": CONTEXT, "@import": "http://127.0.0.1:9/"},
        "c.jsonld",
        "@import is",
    ),
    (
        {**WHOLE_CLAIM, "@context": CONTEXT, "patient": {"@context": CONTEXT}},
        "c.jsonld",
        "/patient/@context: the keyword @context is refused",
    ),
    (
        {**WHOLE_CLAIM, "@context": CONTEXT, "diagnosys": []},
        "c.jsonld",
        "did you mean 'diagnosis'?",
    ),
    (
        {**WHOLE_CLAIM, "@context": CONTEXT, "procedure": "1"},
        "c.jsonld",
        "unknown field 'procedure'",
    ),
    ({**WHOLE_CLAIM, "@context": CONTEXT, "@id": "relative"}, "c.jsonld", "expected a whole IRI"),
    ({**WHOLE_CLAIM, "@context": CONTEXT, "cs:no such": 1}, "c.jsonld", "expected a whole IRI"),
    ('{"@context": ', "c.jsonld", "is cut off"),
    ("[1]", "c.jsonld", "expected a claim"),
    ("[" * 100_000, "c.jsonld", "nested too deeply"),
    ('{"http://x/": ' * 60 + "1" + "}" * 60, "c.jsonld", "nested too deeply"),
    ('{"@id": "http://x/", "@id": "http://y/"}', "c.jsonld", "given twice"),
    ('{"http://x/": NaN}', "c.jsonld", "NaN and Infinity"),
    ('{"http://x/": 1e999}', "c.jsonld", "without an exponent"),
]


@pytest.mark.parametrize(("content", "name", "message"), UNUSABLE)
def test_an_unusable_file_gets_one_clear_line(
    read: Read, content: Any, name: str, message: str
) -> None:
    try:
        readings = read(content, name)
    except InputError as error:
        text = str(error)
    else:
        text = "; ".join(str(r) for r in readings if isinstance(r, RejectedClaim))
    assert message in text and name in text
    assert "SECRET" not in text and "\n" not in text


def test_one_bad_claim_among_others(read: Read) -> None:
    bad = TURTLE.partition("\n\n")[2].replace('"C-1001"', '"C-2"').replace('"female"', '"f"')
    first, second = read(TURTLE + bad, "c.ttl")
    assert isinstance(first, ClaimRecord) and isinstance(second, RejectedClaim)
    assert (second.claim_id, second.origin.pointer) == ("C-2", "/patient/sex")


def numbered(count: int) -> list[str]:
    """Claims in Turtle that differ in their numbers."""
    body = TURTLE.partition("\n\n")[2]
    return [body.replace('"C-1001"', f'"C-{number}"') for number in range(count)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a cs:Claim", "a cs:Clam"),
        ("a cs:Claim ;", ""),
        ("a cs:Claim", "a cs:Claim SECRET"),
        ('"female"', '"f"'),
        ('"female"', '"female'),
        ("cs:sex", "cs:sexx"),
        ("cs:payer", "no:payer"),
        (" ] ,", " ,"),
        ("cs:patient [", "cs:patient"),
        ('"C-1"', '"C-1" "C-1"'),
    ],
)
def test_a_damaged_statement_is_one_rejected_claim(read: Read, old: str, new: str) -> None:
    claims = numbered(3)
    assert old in claims[1]
    claims[1] = claims[1].replace(old, new, 1)
    readings = read("\n\n".join([PREFIXES, *claims]), "c.ttl")
    records = [reading.claim["id"] for reading in readings if isinstance(reading, ClaimRecord)]
    assert records == ["C-0", "C-2"]
    rejected = [reading for reading in readings if isinstance(reading, RejectedClaim)]
    assert sum(reading.claims for reading in rejected) == 1
    assert "SECRET" not in str(rejected)


@pytest.mark.parametrize("name", [b"_:b.", b"_:b\xd7", b"<no iri>", b"<\xd7:>", b"<a>", b"SECRET"])
def test_a_statement_without_a_sound_subject_may_be_of_any_claim(read: Read, name: bytes) -> None:
    lines = "".join(f"{triple} .\n" for triple in ox.parse(TURTLE, format=ox.RdfFormat.TURTLE))
    readings = read(lines.encode() + name + b" SECRET .\n", "c.nq")
    assert readings and all(isinstance(reading, RejectedClaim) for reading in readings)
    assert "SECRET" not in str(readings)


@pytest.mark.parametrize(
    "damage",
    [
        {"payer": "\ud800"},
        {"payer": "LONG"},
        {"diagnosys": []},
        {"patient": {"@context": {}}},
        {"@context": "http://127.0.0.1:9/c"},
        {"@import": "http://127.0.0.1:9/c"},
        {"@id": "relative"},
        {"item": {"http://x/": {"http://x/": [[[[1]]]]}}},
        {"payer": None},
        {"@type": 1},
    ],
)
def test_one_node_of_json_ld_that_is_no_claim(
    read: Read, claim: dict[str, Any], damage: dict[str, Any]
) -> None:
    claims = [{**claim, "@context": CONTEXT, "id": f"C-{number}"} for number in range(3)]
    claims[1] |= damage
    for content in (claims, {"@context": CONTEXT, "@graph": claims}):
        text = json.dumps(content).replace('"LONG"', "9" * 5000)
        readings = read(text, "c.jsonld")
        records = [reading.claim["id"] for reading in readings if isinstance(reading, ClaimRecord)]
        assert records == ["C-0", "C-2"]
        rejected = [reading for reading in readings if isinstance(reading, RejectedClaim)]
        assert sum(reading.claims for reading in rejected) == 1


@pytest.mark.parametrize("payer", ["Blue Cross", "item", "a/b", "é", "...", "#"])
def test_a_payer_that_makes_no_iri_stays_text(
    read: Read, claim: dict[str, Any], payer: str
) -> None:
    claim["payer"] = payer
    assert claims_of(read({"@context": CONTEXT, **claim}, "c.jsonld")) == [claim]


ATTEMPTS = [
    {**WHOLE_CLAIM, "@context": CONTEXT},
    {**WHOLE_CLAIM, "@context": "http://127.0.0.1:9/context"},
    {**WHOLE_CLAIM, "@context": {"@import": "http://127.0.0.1:9/context"}},
    {**WHOLE_CLAIM, "@context": CONTEXT, "patient": {"@context": "http://127.0.0.1:9/context"}},
]
FETCHING_TURTLE = (
    TURTLE + "<http://a/> <http://www.w3.org/2002/07/owl#imports> <http://127.0.0.1:9/> ."
)


def test_no_socket_is_opened(monkeypatch: pytest.MonkeyPatch, read: Read) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    assert len(read(ATTEMPTS[0], "c.jsonld")) == 1
    for attempt in ATTEMPTS[1:]:
        assert [type(reading) for reading in read(attempt, "c.jsonld")] == [RejectedClaim]
    with pytest.raises(InputError):
        read(FETCHING_TURTLE, "c.ttl")


def test_no_socket_event_is_seen_by_the_interpreter(tmp_path: Path) -> None:
    """In a process of its own, since an audit hook stays for ever."""
    for index, attempt in enumerate(ATTEMPTS):
        (tmp_path / f"{index}.jsonld").write_text(json.dumps(attempt))
    (tmp_path / "imports.ttl").write_text(FETCHING_TURTLE)
    script = textwrap.dedent(
        """
        import pathlib, sys
        events = []
        opened = []
        def hook(event, arguments):
            if event.startswith(("socket.", "urllib.", "http.")):
                events.append(event)
            if event == "open" and "passwd" in str(arguments[0]):
                opened.append(arguments)
        sys.addaudithook(hook)
        from claimshapes.errors import InputError
        from claimshapes.claims.readers import read_claims
        from claimshapes.claims.claim import ClaimRecord
        claims = errors = 0
        for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
            try:
                for reading in read_claims(file):
                    claims += isinstance(reading, ClaimRecord)
                    errors += not isinstance(reading, ClaimRecord)
            except InputError:
                errors += 1
        assert (claims, errors) == (1, 4), (claims, errors)
        assert not events and not opened, (events, opened)
        import socket
        socket.socket().close()
        assert events, "the hook must see a socket when there is one"
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


TEXT = st.text(
    st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="\\"),
    min_size=1,
    max_size=10,
)
# A colon makes a JSON-LD name an IRI; such a payer is written as a value object.
NAME = TEXT.filter(lambda text: "%" not in text and ":" not in text)
AMOUNT = st.from_regex(r"\A[0-9]{1,12}(\.[0-9]{1,2})?\Z")
DAY = st.dates().map(lambda day: day.isoformat())
NUMBER = st.one_of(
    st.integers(0, 9_999_999),
    st.integers(0, 9_999_999_000).map(lambda thousandths: plain(Decimal(thousandths) / 1000)),
)
SEQUENCE = st.integers(1, 9999)


def plain(number: Decimal) -> int | Decimal:
    return int(number) if number == int(number) else number.normalize()


def claims() -> st.SearchStrategy[dict[str, Any]]:
    def numbered(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"sequence": place, **entry} for place, entry in enumerate(entries, start=1)]

    diagnosis = st.fixed_dictionaries({"code": TEXT})
    item = st.fixed_dictionaries(
        {"procedure": TEXT, "quantity": NUMBER, "serviced": DAY},
        optional={
            "modifier": st.lists(TEXT, max_size=4),
            "charge": AMOUNT,
            "allowed": AMOUNT,
            "diagnosisSequence": st.lists(SEQUENCE, max_size=4),
            "placeOfService": TEXT,
            "minutes": NUMBER,
            "assistantMinutes": NUMBER,
        },
    )
    fact = st.fixed_dictionaries(
        {"type": st.from_regex(r"\A[a-z][a-z0-9-]{0,20}\Z"), "value": TEXT},
        optional={"item": SEQUENCE, "diagnosis": SEQUENCE},
    )
    return st.fixed_dictionaries(
        {
            "id": TEXT,
            "payer": NAME,
            "patient": st.fixed_dictionaries(
                {"birthDate": DAY, "sex": st.sampled_from(["male", "female", "unknown"])},
                optional={"id": TEXT},
            ),
            "billingProvider": st.fixed_dictionaries(
                {"npi": st.from_regex(r"\A[0-9]{10}\Z")}, optional={"taxonomy": TEXT}
            ),
            "diagnosis": st.lists(diagnosis, min_size=1, max_size=3).map(numbered),
            "item": st.lists(item, min_size=1, max_size=3).map(numbered),
        },
        optional={
            "type": st.sampled_from(["professional", "institutional"]),
            "placeOfService": TEXT,
            "priorAuthorization": st.lists(TEXT, max_size=3, unique=True),
            "created": DAY,
            "typeOfBill": TEXT,
            "admittingDiagnosis": TEXT,
            "reasonForVisit": st.lists(TEXT, max_size=2, unique=True),
            "billablePeriod": st.fixed_dictionaries({"start": DAY, "end": DAY}),
            "history": st.lists(
                st.fixed_dictionaries(
                    {"procedure": TEXT, "serviced": DAY},
                    optional={"claim": TEXT, "modifier": st.lists(TEXT, max_size=2)},
                ),
                max_size=2,
            ),
            "therapyYearToDate": st.fixed_dictionaries(
                {}, optional={"ptSlp": AMOUNT, "ot": AMOUNT}
            ),
            "documentation": st.lists(fact, max_size=3),
        },
    )


@settings(max_examples=150)
@given(claim=claims())
def test_json_to_rdf_and_back(
    tmp_path_factory: pytest.TempPathFactory, claim: dict[str, Any]
) -> None:
    assert claim_faults(claim) == []
    file = tmp_path_factory.mktemp("round") / "c.jsonld"
    file.write_text(json.dumps({"@context": CONTEXT, **claim}, default=float), encoding="utf-8")
    expected = without_empty_arrays(claim)
    (read_back,) = claims_of(list(read_claims(file)))
    assert without_empty_arrays(read_back) == expected

    if is_local_name(claim["payer"]) and not names_a_field(claim):
        graph = TripleGraph(as_rdf(claim))
        (node,) = graph.claims()
        assert without_empty_arrays(graph.frame(node)) == expected
        assert list(graph.strays()) == []


def is_local_name(text: str) -> bool:
    return all(
        (character.isalnum() and character.isascii()) or character in "-_" for character in text
    )


def names_a_field(claim: dict[str, Any]) -> bool:
    names = {claim["payer"], *(fact["type"] for fact in claim.get("documentation", []))}
    return bool(names & (set(claim_context()) | {"value"}))


@settings(max_examples=150)
@given(data=st.data())
def test_no_turtle_makes_another_exception(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    secret = TURTLE.replace("thoracic", "SECRETWORD").replace("97110", "SECRETCODE")
    text = copy.copy(secret)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        new = data.draw(
            st.sampled_from(["", '"', "<", ">", "\\", ";", ".", "[", "SECRET", "\n", "'"])
        )
        text = text[:start] + new + text[start + data.draw(st.integers(0, 10)) :]
    file = tmp_path_factory.mktemp("fuzz") / "c.ttl"
    file.write_text(text, encoding="utf-8")
    try:
        for reading in read_claims(file):
            if isinstance(reading, RejectedClaim):
                assert "SECRETCODE" not in reading.reason and "SECRETWORD" not in reading.reason
    except InputError as error:
        assert "SECRETCODE" not in str(error) and "SECRETWORD" not in str(error)
        assert "\n" not in str(error)
