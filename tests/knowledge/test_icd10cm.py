"""The graph of ICD-10-CM against its sources, read by separate code."""

import csv
import gzip
import hashlib
import lzma
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from claimshapes.checking.checker import Checker
from claimshapes.claims.to_triples import ClaimGraphBuilder
from claimshapes.engines.one_by_one.derive import derive
from claimshapes.engines.one_by_one.needed_triples import Needs
from claimshapes.engines.one_by_one.required_patterns import RequiredPatterns
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.importers.icd10cm import OUTPUT_NAME, Report, generate, tabular_files
from claimshapes.knowledge.importers.icd10cm.date_table import read_date_table
from claimshapes.knowledge.importers.icd10cm.references import find_references
from claimshapes.knowledge.importers.icd10cm.tabular import read_tabular
from claimshapes.knowledge.importers.icd10cm.union_tree import UnionTree, build_union_tree
from claimshapes.rdf.vocabulary import CS_NS, ICD_NS, SKOS_NS
from claimshapes.rules.derivations import declared_prefixes, load_derivations

FOLDER = Path(__file__).parents[2] / "ontology" / "codes" / "icd10cm"
SOURCES = FOLDER / "sources"
NEWEST = SOURCES / "tabular-2026-04-01.xml.xz"


@cache
def date_rows() -> list[tuple[str, date, date | None]]:
    with gzip.open(SOURCES / "date-table.csv.gz", "rt") as stream:
        return [
            (
                row["code"],
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            )
            for row in csv.DictReader(stream)
        ]


@cache
def tree() -> UnionTree:
    tabulars = [read_tabular(file, day) for day, file in tabular_files(SOURCES).items()]
    return build_union_tree(tabulars, read_date_table(SOURCES / "date-table.csv.gz"))


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    output = tmp_path_factory.mktemp("icd") / OUTPUT_NAME
    dates = SOURCES / "date-table.csv.gz"
    report = generate(tabular_files(SOURCES), dates, FOLDER.parents[1] / "tables", output)
    return output, report


def test_same_input_gives_the_committed_bytes(generated: tuple[Path, Report]) -> None:
    made, committed = (
        hashlib.sha256(lzma.decompress(file.read_bytes())).hexdigest()
        for file in (generated[0], FOLDER / OUTPUT_NAME)
    )
    assert made == committed


def test_report_names_what_could_not_be_parsed(generated: tuple[Path, Report]) -> None:
    report = generated[1]
    assert report.counts["codes that are or were reportable"] == 75_909
    assert report.counts["chapters"] == 22
    unknown = {code for _, codes in report.unknown_references for code in codes}
    # G31.90 is the one of the newest list; the others are slips of older lists.
    assert unknown == {"G31.90", "T63.81-R63.83", "V94.X", "B27"}
    assert report.qualifiers_passed_over == []
    # A note in words on S06 takes D and S away behind 7 and 8; the date table agrees.
    assert report.not_in_date_table == ["S06.8A7D", "S06.8A7S", "S06.8A8D", "S06.8A8S"]


def test_unknown_references_of_the_newest_list() -> None:
    unknown = {
        code
        for entry in read_tabular(NEWEST, date(2026, 4, 1)).entries()
        for _, lines in entry.notes
        for line in lines
        for code in find_references(line, tree()).unknown
    }
    assert unknown == {"G31.90"}


def change_days() -> list[date]:
    """Every day on which the table changes, and the day before each."""
    days = {start for _, start, _ in date_rows()}
    days |= {end + timedelta(days=1) for _, _, end in date_rows() if end is not None}
    return sorted(days | {day - timedelta(days=1) for day in days})


def periods(knowledge: Knowledge, codes: list[str]) -> Iterator[ox.Quad]:
    """What is known of the codes' days; all that the codes reach would take as long again."""
    for code in codes:
        concept = knowledge.match(code).concept
        assert concept is not None
        for stated in knowledge.describe(concept):
            if stated.predicate.value != f"{CS_NS}reportableDuring":
                continue
            assert isinstance(stated.object, ox.NamedNode)
            for triple in (stated, *knowledge.describe(stated.object.value)):
                yield ox.Quad(triple.subject, triple.predicate, triple.object)


def test_verdict_on_every_code_and_every_change_date() -> None:
    days = change_days()
    assert len(days) > 35
    expected: dict[str, set[date]] = defaultdict(set)
    for code, start, end in date_rows():
        expected[code].update(day for day in days if start <= day and (end is None or day <= end))
    assert len(expected) == 75_909

    ontology = FOLDER.parents[1]
    needed = ("derive-service-dates", "derive-undated-diagnoses", "derive-reportable-dates")
    derivations = tuple(
        derivation
        for derivation in load_derivations(
            ontology / "derivations", declared_prefixes(ontology / "rule.ttl")
        )
        if derivation.iri.removeprefix(CS_NS) in needed
    )
    assert len(derivations) == len(needed)
    knowledge = Knowledge.open()
    needs = Needs([], RequiredPatterns())
    codes = sorted(expected)
    reportable_on = ox.NamedNode(f"{CS_NS}reportableOn")
    for first in range(0, len(codes), 3000):
        part = codes[first : first + 3000]
        claim = {
            "id": "all",
            "diagnosis": [{"sequence": n, "code": code} for n, code in enumerate(part)],
            "item": [{"sequence": n, "serviced": day.isoformat()} for n, day in enumerate(days)],
        }
        graph = ClaimGraphBuilder().build(claim, knowledge)
        store = ox.Store()
        store.bulk_extend(graph.quads)
        store.bulk_extend(periods(knowledge, part))
        contents = needs.contents()
        contents.add(store)
        derive(store, graph.claim, derivations, needs, contents)
        found: dict[str, set[date]] = defaultdict(set)
        for quad in store.quads_for_pattern(None, reportable_on, None):
            assert isinstance(quad.subject, ox.NamedNode)
            assert isinstance(quad.object, ox.Literal)
            found[quad.subject.value].add(date.fromisoformat(quad.object.value))
        base = graph.claim.value
        for n, code in enumerate(part):
            assert found[f"{base}#/diagnosis/{n}"] == expected[code], code


@pytest.mark.parametrize("step", [397])
def test_findings_agree_with_the_verdict(step: int) -> None:
    """The whole way through the rules, on a sample of codes and their own change dates."""
    checker = Checker(select=["DX-DATE", "DX-NOT-BILLABLE", "DX-UNKNOWN", "DX-7CH-MISSING"])
    by_code: dict[str, list[tuple[date, date | None]]] = defaultdict(list)
    for code, start, end in date_rows():
        by_code[code].append((start, end))
    for code in sorted(by_code)[::step]:
        periods = by_code[code]
        ends = [end for _, end in periods if end is not None]
        for day in (
            {start for start, _ in periods}
            | {start - timedelta(days=1) for start, _ in periods}
            | {end + timedelta(days=1) for end in ends}
        ):
            if day < date(2015, 10, 1):
                continue
            result = checker.check_one(
                {
                    "id": "one",
                    "payer": "commercial",
                    "patient": {"birthDate": "1980-02-01", "sex": "female"},
                    "billingProvider": {"npi": "1234567893"},
                    "diagnosis": [{"sequence": 1, "code": code}],
                    "item": [
                        {
                            "sequence": 1,
                            "procedure": "99213",
                            "quantity": 1,
                            "serviced": day.isoformat(),
                            "diagnosisSequence": [1],
                        }
                    ],
                }
            )
            valid = any(start <= day and (end is None or day <= end) for start, end in periods)
            assert (result.findings == ()) is valid, (code, day)


# --- counts of the tabular list, straight from its XML


@cache
def xml() -> ET.Element:
    return ET.fromstring(lzma.decompress(NEWEST.read_bytes()))


def diags() -> Iterator[ET.Element]:
    return xml().iter("diag")


def test_counts_of_the_newest_list() -> None:
    assert sum(1 for _ in diags()) == 46_881
    assert sum(1 for diag in diags() if diag.find("diag") is None) == 36_343
    assert sum(1 for _ in xml().iter("excludes1")) == 2_644
    assert sum(len(list(e)) for e in xml().iter("excludes1")) == 5_407
    assert sum(1 for _ in xml().iter("sevenChrDef")) == 508
    entries = list(read_tabular(NEWEST, date(2026, 4, 1)).entries())
    assert sum(1 for entry in entries if entry.kind == "code") == 46_881
    notes = [lines for entry in entries for kind, lines in entry.notes if kind == "excludes1"]
    assert (len(notes), sum(map(len, notes))) == (2_644, 5_407)


def test_seventh_characters_expand_to_the_codes_of_the_date_table() -> None:
    """12,929 codes take a seventh character; with the others that makes 74,795, 76 too many."""
    made: set[str] = set()
    stems = 0

    def walk(diag: ET.Element, characters: list[str]) -> None:
        nonlocal stems
        definition = diag.find("sevenChrDef")
        if definition is not None:
            characters = [e.get("char", "") for e in definition.findall("extension")]
        children = diag.findall("diag")
        for child in children:
            walk(child, characters)
        if children:
            return
        code = (diag.findtext("name") or "").strip()
        key = code.replace(".", "")
        if characters and len(key) < 7:
            stems += 1
            made.update(f"{key[:3]}.{key[3:].ljust(3, 'X')}{character}" for character in characters)
        else:
            made.add(code)

    for section in xml().iter("section"):
        for diag in section.findall("diag"):
            walk(diag, [])
    day = date(2026, 4, 1)
    valid = {c for c, start, end in date_rows() if start <= day and (end is None or day <= end)}
    assert (stems, len(made), len(valid)) == (12_929, 74_795, 74_719)
    assert valid <= made
    assert len(made - valid) == 76
    assert all(re.fullmatch(r"S06\.[0-9A-Z]{2}[78][DS]", code) for code in made - valid)


def test_umbrella_blocks_are_the_twelve() -> None:
    """Blocks without codes of their own; the tree has also blocks that a newer list renamed."""
    newest = read_tabular(NEWEST, date(2026, 4, 1))
    umbrellas = {e.name for e in newest.entries() if e.kind == "block" and not e.children}
    in_tree = {
        concept.name
        for concept in tree().concepts.values()
        if concept.kind == "block" and not concept.children
    }
    assert in_tree - umbrellas == {"I10-I16", "I30-I52", "J40-J47"}
    assert umbrellas == {
        "C00-C96", "C00-C75", "M00-M25", "M40-M54", "M60-M79", "M80-M94",
        "T07-T88", "T20-T32", "V00-X58", "V00-V99", "W00-X58", "Y62-Y84",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("pain disorder (F45.41)", ["F45.41"]),
        ("sciatica (M54.3)", ["M54.3"]),
        ("radiculopathy (M54.1-)", ["M54.1"]),
        ("multiple sclerosis (G35-)", ["G35"]),
        ("chest pain (R07.1-R07.9)", ["R07.1", "R07.2", "R07.8", "R07.9"]),
        ("cerebral infarction (I63.3-I63.5-)", ["I63.3", "I63.4", "I63.5"]),
        ("atherosclerosis (I70.2--I70.7-)", [f"I70.{n}" for n in range(2, 8)]),
        ("apnea (P28.3- - P28.4-)", ["P28.3", "P28.4"]),
        ("feeding disorder (F98.2.-F98.3)", ["F98.2", "F98.3"]),
        ("diabetes (E08-E13 with .42)", [f"E{n}.42" for n in ("08", "09", "10", "11", "13")]),
        ("angiopathy (E08 with .51-.52)", ["E08.51", "E08.52"]),
        ("skin (E08-E09 with .62-)", ["E08.62", "E09.62"]),
        ("dementia (F10, with .17, .27, .97)", ["F10.27", "F10.97"]),
        ("use (F11 with .15. .25, .95)", ["F11.15", "F11.25", "F11.95"]),
        ("meningitis (B27.- with fifth character 2)", ["B27.02", "B27.12", "B27.82", "B27.92"]),
        ("stuttering (I69. with final characters -23)",
         [f"I69.{n}23" for n in (0, 1, 2, 3, 8, 9)]),
        ("aphasia (I69. with final characters -20)",
         [f"I69.{n}20" for n in (0, 1, 2, 3, 8, 9)]),
        ("(E08, E11 with final characters .00 or .01)", ["E08.0", "E11.0"]),
        ("poisoning (T43.1X with sixth character 1-4)", [f"T43.1X{n}" for n in range(1, 5)]),
        ("see categories E08-E10", ["E08", "E09", "E10"]),
        ("conditions classifiable to K56.-", ["K56"]),
        ("lesion (due to) (acquired) (G57.0)", ["G57.0"]),
        ("fistula (K50.914,)", ["K50.914"]),
        ("sequelae (I69.81- I69.91-)", ["I69.81", "I69.91"]),
        ("haemorrhage (I60.-. I61.-)", ["I60", "I61"]),
        ("injuries (M40-M54)", ["block-M40-M43", "block-M45-M49", "block-M50-M54"]),
        ("head injury (S00.- to S09.-)", ["block-S00-S09"]),
        ("S06.1- to S06.6-, and S06.81-", [*(f"S06.{n}" for n in range(1, 7)), "S06.81"]),
        ("arthritis (M05.00 to M05.8A)", [f"M05.{n}" for n in range(9)]),
        ("mononucleosis (B27.0-B27.9 with 1)", ["B27.01", "B27.11", "B27.81", "B27.91"]),
        ("mononucleosis (B27.0-B27.9 with .9)", ["B27.09", "B27.19", "B27.89", "B27.99"]),
        ("see E08-E10, E13 with ketoacidosis", ["E08.1", "E09.1", "E10.1", "E13.1"]),
        # K6A has no heading in any list at hand, and stands between K68 and K70.
        ("gut (K68-K70)", ["K68", "K6A.01", "K6A.09", "K6A.8", "K70"]),
        ("vitamin B12 deficiency", []),
        ("current injury - see injury of spine by body region", []),
        ("dementia (G31.90)", []),
    ],
)  # fmt: skip
def test_every_form_of_reference(text: str, targets: list[str]) -> None:
    found = find_references(text, tree()).targets
    # In a name of its own: pytest would spell the whole tree out where this fails.
    assert found == sorted(targets)


def test_seventh_character_and_last_character_tests() -> None:
    concussion = find_references("concussion (S06.0X- with seventh character A)", tree()).targets
    assert "S06.0X0A" in concussion
    assert all(code.endswith("A") for code in concussion)
    drugs = find_references("(T36-T65 with fifth or sixth character 1-4)", tree()).targets
    # All four of T59.9 are meant, so it stands for them.
    assert {"T36.0X1", "T59.9"} <= set(drugs)
    assert "T43.215" not in drugs


def excluded_by(code: str, other: str) -> bool:
    """Whether an Excludes1 note that reaches ``code`` names ``other``."""
    triples = Knowledge.open().slice([code, other], [])

    def values(subject: str, predicate: str) -> set[str]:
        return {
            t.object.value
            for t in triples
            if isinstance(t.subject, ox.NamedNode)
            and isinstance(t.object, ox.NamedNode | ox.Literal)
            and (t.subject.value, t.predicate.value) == (subject, CS_NS + predicate)
        }

    kinds = {t.subject: t.object for t in triples if t.predicate.value.endswith("#type")}
    for holder in values(ICD_NS + code, "within"):
        for note in values(holder, "hasNote"):
            if kinds[ox.NamedNode(note)] == ox.NamedNode(f"{CS_NS}Excludes1Note") and values(
                note, "target"
            ) & values(ICD_NS + other, "within"):
                return True
    return False


@pytest.mark.parametrize(
    ("code", "other", "excluded"),
    [
        ("M54.6", "M51.24", True),
        ("M51.24", "M54.6", False),
        ("M54.9", "M54.6", False),
        ("M54.9", "F45.41", True),
        ("M54.9", "M46.40", True),
        ("R52", "M54.9", True),
        ("R52", "R07.89", True),
        ("M54.2", "M50.20", True),
        ("M54.50", "S39.012A", True),
        ("M54.50", "M51.360", True),
        ("M54.81", "M54.6", True),
        ("G54.0", "M54.12", True),
        ("G54.0", "M47.22", True),
        ("M79.18", "M79.7", True),
        ("R07.89", "B33.0", True),
        ("M54.6", "R07.89", False),
    ],
)
def test_what_excludes_what_around_back_pain(code: str, other: str, excluded: bool) -> None:
    assert excluded_by(code, other) is excluded


def test_what_is_known_of_a_code() -> None:
    knowledge = Knowledge.open()
    match = knowledge.match("m546")
    assert (match.concept, match.notation) == (f"{ICD_NS}M54.6", "M54.6")
    labels = [
        t.object.value
        for t in knowledge.describe(f"{ICD_NS}M54.9")
        if t.predicate.value == f"{SKOS_NS}prefLabel" and isinstance(t.object, ox.Literal)
    ]
    assert labels == ["Dorsalgia, unspecified"]
    assert knowledge.match("I109").nearest == f"{ICD_NS}I10"
    assert knowledge.match("I109").excess == "9"
    assert knowledge.match("").concept is None
    assert [code for code, _ in knowledge.children("M54.5")] == ["M54.50", "M54.51", "M54.59"]
