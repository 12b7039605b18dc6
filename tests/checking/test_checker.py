import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import claimshapes
from claimshapes.checking.checker import Checker, Engine
from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord, Origin
from claimshapes.errors import InputError, RuleError
from claimshapes.rules.rule_book import load_rules
from claimshapes.rules.severity import Severity
from tests.conftest import DAY, QUERY_RULE

SHAPES = Path(__file__).parents[2] / "shapes"
LONG = timedelta(days=14)
"""More than a weekend with holidays can move a limit."""


def a_claim(**changes: Any) -> dict[str, Any]:
    claim: dict[str, Any] = {
        "id": "C-1",
        "payer": "medicare-b",
        "patient": {"birthDate": "1955-09-12", "sex": "male"},
        "billingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": 1, "code": "M54.6"}],
        "item": [
            {
                "sequence": 1,
                "procedure": "97110",
                "quantity": 2,
                "serviced": "2026-05-04",
                "diagnosisSequence": [1],
                "minutes": 30,
            }
        ],
    }
    return claim | changes


def rules_of(result: ClaimResult) -> set[str]:
    return {finding.rule for finding in result.findings}


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


def test_finding_carries_all_that_a_reader_needs(checker: Checker) -> None:
    result = checker.check_one(a_claim())
    finding = next(f for f in result.findings if f.rule == "TH-GP")
    assert finding.claim == "C-1"
    assert finding.severity is Severity.VIOLATION
    assert finding.focus == "/item/0"
    assert finding.path == "modifier"
    assert "97110" in finding.message
    assert finding.remedy.startswith("Add GP")
    assert finding.denial_codes == ("4",)
    assert finding.url.endswith("/rules/TH-GP/")


def test_results_are_frozen(checker: Checker) -> None:
    result = checker.check_one(a_claim())
    with pytest.raises(AttributeError):
        result.findings[0].rule = "other"  # type: ignore[misc]
    assert len({*result.findings, *checker.check_one(a_claim()).findings}) == len(result.findings)


def test_same_claim_gives_the_same_result_in_the_same_order(checker: Checker) -> None:
    claim = a_claim(
        diagnosis=[{"sequence": n, "code": c} for n, c in enumerate(["M54.9", "M54"], 1)]
    )
    first = checker.check_one(claim)
    assert first == checker.check_one(claim) == Checker().check_one(claim)
    ranks = [finding.severity.rank for finding in first.findings]
    assert ranks == sorted(ranks)


def test_rules_of_a_broader_payer_apply_and_others_do_not(checker: Checker) -> None:
    assert "TH-GP" in rules_of(checker.check_one(a_claim()))
    assert "TH-GP" not in rules_of(checker.check_one(a_claim(payer="commercial")))
    strict = checker.check_one(a_claim(payer="example-strict", documentation=[]))
    assert "TH-START-STOP" in rules_of(strict)
    generic = checker.check_one(a_claim(payer="commercial", documentation=[]))
    assert "TH-START-STOP" not in rules_of(generic)


def test_unknown_payer_gets_general_rules(checker: Checker) -> None:
    result = checker.check_one(
        a_claim(payer="Some Plan", diagnosis=[{"sequence": 1, "code": "M54"}])
    )
    assert rules_of(result) == {"DX-NOT-BILLABLE"}
    assert "TH-GP" not in rules_of(result)


def test_payer_of_the_call_prevails() -> None:
    assert "TH-GP" not in rules_of(Checker(payer="commercial").check_one(a_claim()))


def test_rules_apply_by_the_date_of_service_of_each_line(checker: Checker) -> None:
    line = a_claim()["item"][0]
    claim = a_claim(
        item=[
            line | {"serviced": "2017-12-31"},
            line | {"sequence": 2, "serviced": "2026-05-04"},
        ]
    )
    result = checker.check_one(claim)
    assert [f.focus for f in result.findings if f.rule == "TH-GP"] == ["/item/1"]
    assert not [n for n in result.not_checked if n.rule == "TH-GP"]


def test_as_of_takes_the_place_of_the_date_of_service() -> None:
    claim = a_claim(diagnosis=[{"sequence": 1, "code": "M54.5"}])
    assert "DX-DATE" in rules_of(Checker().check_one(claim))
    assert "DX-DATE" not in rules_of(Checker(as_of=date(2021, 9, 30)).check_one(claim))
    assert "DX-DATE" in rules_of(Checker(as_of=date(2021, 10, 1)).check_one(claim))


def test_documentation_rules_can_be_left_out(checker: Checker) -> None:
    claim = a_claim(diagnosis=[{"sequence": 1, "code": "M54.9"}], documentation=[])
    assert {"BP-DOC", "TH-TIME"} <= rules_of(checker.check_one(claim))
    without = Checker(documentation=False)
    assert rules_of(without.check_one(claim)) == {"TH-GP"}
    assert without.check_one(claim).rules_in_force < checker.check_one(claim).rules_in_force


def test_select_and_ignore() -> None:
    assert rules_of(Checker(select=["TH-GP"]).check_one(a_claim())) == {"TH-GP"}
    assert "TH-GP" not in rules_of(Checker(ignore=["TH-GP"]).check_one(a_claim()))
    with pytest.raises(InputError, match="there is no rule TH-GB"):
        Checker(select=["TH-GB"])


def test_not_checked_is_told_apart_from_clean(checker: Checker) -> None:
    claim = a_claim(diagnosis=[{"sequence": 1, "code": "N40.1"}])
    claim["patient"]["sex"] = "unknown"
    result = checker.check_one(claim | {"item": [claim["item"][0] | {"serviced": "2024-09-30"}]})
    assert ("DX-SEX", "/diagnosis/0") in {(n.rule, n.focus) for n in result.not_checked}
    assert "DX-SEX" not in rules_of(result)
    assert not result.clean


def test_rule_that_yields_is_silent_beside_the_stricter_one(checker: Checker) -> None:
    documented = [{"type": "pain-site", "value": "thoracic"}]
    claim = a_claim(diagnosis=[{"sequence": 1, "code": "M54.9"}], documentation=documented)
    assert "BP-REGION" in rules_of(checker.check_one(claim))
    documented.append({"type": "pain-secondary-to", "value": "M41.24"})
    both = rules_of(checker.check_one(claim))
    assert "BP-UNDERLYING" in both
    assert "BP-REGION" not in both


def test_rules_of_a_folder_join_the_shipped_ones(tmp_path: Path) -> None:
    shipped = QUERY_RULE.read_text("utf-8")
    own = shipped.replace("DX-MANIF-FIRST", "OWN-1").replace(
        "$this cs:firstListed true ; cs:manifestation true ; cs:notation ?code",
        "$this cs:firstListed true ; cs:notation ?code",
    )
    assert own.count("OWN-1") == 2
    (tmp_path / "OWN-1.ttl").write_text(own, "utf-8")
    result = Checker(rules=[tmp_path]).check_one(a_claim())
    assert {"OWN-1", "TH-GP"} <= rules_of(result)


def test_draft_and_deprecated_rules_are_not_judged(tmp_path: Path) -> None:
    text = (SHAPES / "therapy" / "TH-GP.ttl").read_text("utf-8")
    for status in ("draft", "deprecated"):
        (tmp_path / "TH-GP.ttl").write_text(text.replace("cs:active", f"cs:{status}"), "utf-8")
        assert rules_of(Checker(book=load_rules([tmp_path])).check_one(a_claim())) == set()


@pytest.mark.parametrize(
    "text",
    [
        "{?code}",
        "$this",
        '" } DROP ALL',
        "<urn:x>",
        "M54.6' OR 1=1",
        "%2F%20#/item/0",
        "é漢",
        "a~1b",
    ],
)
def test_odd_text_in_a_claim_changes_nothing_but_itself(checker: Checker, text: str) -> None:
    claim = a_claim(
        id=text,
        diagnosis=[{"sequence": 1, "code": text[:10]}],
        documentation=[{"type": "chief-complaint", "value": text}],
    )
    result = checker.check_one(claim)
    assert result.claim == text
    (finding,) = (f for f in result.findings if f.rule == "DX-UNKNOWN")
    assert finding.focus == "/diagnosis/0"
    assert finding.value == text[:10]
    assert finding.message == f"no release of ICD-10-CM lists {text[:10]}"


def test_checker_serves_several_threads(checker: Checker) -> None:
    claims = [
        a_claim(id=f"C-{n}", diagnosis=[{"sequence": 1, "code": code}])
        for n, code in enumerate(["M54.6", "M54.9", "M54.5", "I109", "S39.012A", "T07"] * 4)
    ]
    expected = [checker.check_one(claim) for claim in claims]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(checker.check_one, claims)) == expected


def test_check_takes_a_claim_claims_or_a_file(tmp_path: Path) -> None:
    assert [r.claim for r in claimshapes.check(a_claim())] == ["C-1"]
    assert [r.claim for r in claimshapes.check([a_claim(), a_claim(id="C-2")])] == ["C-1", "C-2"]
    example = Path(__file__).parents[2] / "examples" / "01-clean-therapy.json"
    (result,) = claimshapes.check(example, select=["TH-GP"])
    assert (result.claim, result.findings) == ("C-1001", ())


def test_claim_without_the_claim_format_is_refused_by_field() -> None:
    with pytest.raises(InputError) as raised:
        claimshapes.check(a_claim(payer=7))
    assert raised.value.pointer == "/payer"


def test_claim_of_many_lines_and_diagnoses(checker: Checker) -> None:
    line = a_claim()["item"][0] | {"modifier": ["GP", "59"]}
    codes = ["M54.6", "I10", "E11.9", "E78.5", "K21.9", "N39.0", "J45.20", "F41.1"]
    claim = a_claim(
        diagnosis=[{"sequence": n + 1, "code": code} for n, code in enumerate(codes)],
        item=[line | {"sequence": n + 1, "diagnosisSequence": [n % 8 + 1]} for n in range(50)],
    )
    result = checker.check_one(claim)
    assert not [f for f in result.findings if f.severity is Severity.VIOLATION]


def own_rule(folder: Path, old: str, new: str) -> Path:
    text = QUERY_RULE.read_text("utf-8")
    text = text.replace("DX-MANIF-FIRST", "OWN-1")
    assert old in text
    text = text.replace(old, new)
    (folder / "OWN-1.ttl").write_text(text, "utf-8")
    return folder


def test_query_that_is_no_sparql_is_refused_by_file(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"OWN-1\.ttl: a query is not SPARQL"):
        Checker(rules=[own_rule(tmp_path, "WHERE {", "WHERE { oops ")])


def test_federated_query_is_refused_and_opens_no_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    folder = own_rule(
        tmp_path,
        "cs:notation ?code }",
        "cs:notation ?code . SERVICE <http://127.0.0.1/> { ?a ?b ?c } }",
    )
    with pytest.raises(RuleError, match=r"OWN-1\.ttl: the shape of OWN-1 .*SERVICE"):
        Checker(rules=[folder], select=["OWN-1"]).check_one(a_claim())


def test_imports_of_a_rule_file_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    folder = own_rule(
        tmp_path,
        "rule:OWN-1 a sh",
        "<urn:own> a <http://www.w3.org/2002/07/owl#Ontology> ;\n"
        "    <http://www.w3.org/2002/07/owl#imports> <http://127.0.0.1/>, <file:///x.ttl> .\n\n"
        "rule:OWN-1 a sh",
    )
    checker = Checker(rules=[folder], select=["OWN-1"], engine="reference")
    assert checker.check_one(a_claim()).verdict is not None
    assert not [triple for triple in checker.book.graph if "x.ttl" in str(triple[0])]


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_a_claim_without_a_date_is_sent_today(engine: Engine) -> None:
    served = DAY - timedelta(days=366)
    late = a_claim(item=[a_claim()["item"][0] | {"serviced": (served - LONG).isoformat()}])
    in_time = a_claim(
        id="C-2", item=[a_claim()["item"][0] | {"serviced": (served + LONG).isoformat()}]
    )
    checker = Checker(engine=engine, select=["CLM-FILING"])
    found = [rules_of(result) for result in checker.check([late, in_time])]
    assert found == [{"CLM-FILING"}, set()]


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_sent_on_takes_the_place_of_the_claims_date(engine: Engine) -> None:
    claims = [a_claim(), a_claim(id="C-2", created="2028-01-01")]
    for sent_on, expected in ((date(2027, 5, 4), set()), (date(2027, 5, 5), {"CLM-FILING"})):
        checker = Checker(engine=engine, select=["CLM-FILING"], sent_on=sent_on)
        assert [rules_of(result) for result in checker.check(claims)] == [expected] * 2


def test_ids_and_names_of_a_file_mean_payers(tmp_path: Path) -> None:
    file = tmp_path / "payers.csv"
    file.write_text("id,name,payer\n00882,,medicare-b\n,Care Co,commercial\n")
    checker = Checker(payers=file, select=["TH-GP"])
    payers = ("00882", "care co", "medicare-b", "60054")
    claims = [a_claim(id=f"C-{number}", payer=payer) for number, payer in enumerate(payers)]
    found = [rules_of(result) for result in checker.check(claims)]
    assert found == [{"TH-GP"}, set(), {"TH-GP"}, set()]
    # What the file states counts before what a reader made of it.
    record = ClaimRecord(a_claim(payer="medicare-b"), Origin("c.837"), {}, ("77", "CARE CO"))
    assert not rules_of(checker.check_one(record))
    assert rules_of(Checker(payers=file, payer="medicare", select=["TH-GP"]).check_one(record))


def test_claims_in_memory_have_numbers_of_their_own() -> None:
    """As in a file; records that a reader gave have been looked at by what their format allows."""
    checker = Checker(select=["TH-GP"], engine="reference")
    results = checker.check([a_claim(), a_claim(id="C-2"), a_claim()])
    assert [next(results).claim, next(results).claim] == ["C-1", "C-2"]
    with pytest.raises(InputError, match="the claim at index 0 has the same number") as caught:
        next(results)
    assert (caught.value.index, caught.value.pointer) == (2, "/id")
    record = ClaimRecord(a_claim(), Origin("c.837"), {}, ())
    assert len(list(checker.check([record, record]))) == 2
