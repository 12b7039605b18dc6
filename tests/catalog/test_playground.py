"""The playground says of a claim what the command line says of it."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FileChooser, Page, expect

from claimshapes.authoring.rule_tests import load_rule_tests, rule_test_files
from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord, Origin, RejectedClaim
from claimshapes.claims.readers import read_claims
from claimshapes.claims.schema import claim_schema
from claimshapes.errors import InputError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.report.json_report import finding_object, not_checked_object

from ..conftest import DAY
from .accessibility import accessibility_faults
from .conftest import ROOT, Site

EXAMPLES = sorted((ROOT / "examples").rglob("*.json"))
AS_THEY_ARE: dict[str, Any] = {
    "payer": None,
    "asOf": None,
    "sentOn": None,
    "checkedOn": DAY.isoformat(),
    "documentation": True,
}
REJECTED = ("pointer", "reason", "number", "claims")
CHECK = """
async ([root, texts, settings]) => {
  const { check } = await import(root + "assets/playground/checking.js");
  const made = [];
  for (const text of texts) {
    const claims = [];
    const each = ({ line, rejected, result }) => claims.push({ line, rejected, result });
    const folder = new URL(root + "playground/data/");
    made.push({ claims, ended: await check(folder, text, "", settings, each) });
  }
  return made;
}
"""


def judge(page: Page, site: Site, texts: list[str], settings: dict[str, Any]) -> list[Any]:
    if not page.url.startswith(site.address):
        page.goto(site.url("denials/carc-50/"))
    judged = page.evaluate(CHECK, [site.url(""), texts, settings])
    assert isinstance(judged, list)
    return judged


def test_a_long_text_is_shared_out_and_comes_in_order(page: Page, site: Site) -> None:
    texts = [file.read_text("utf-8") for file in EXAMPLES[:6]]
    alone = [found["claims"][0]["result"] for found in judge(page, site, texts, AS_THEY_ARE)]
    claims = [json.loads(texts[number % 6]) | {"id": f"N-{number}"} for number in range(60)]
    long = "\n".join(map(json.dumps, [*claims, claims[7]]))
    assert len(long) > 40_000
    (together,) = judge(page, site, [long], AS_THEY_ARE)
    cores = page.evaluate("navigator.hardwareConcurrency")
    assert len(page.workers) == min(4, cores)
    assert together["ended"]["done"]
    *found, last = together["claims"]
    assert [read["line"] for read in found] == list(range(1, 61))
    for number, read in enumerate(found):
        rules = [finding["rule"] for finding in read["result"]["findings"]]
        assert rules == [finding["rule"] for finding in alone[number % 6]["findings"]], number
    assert last["rejected"]["reason"] == "the claim on line 8 has the same number"


def said(result: ClaimResult) -> dict[str, Any]:
    return {
        "findings": [finding_object(finding) for finding in result.findings],
        "notChecked": [not_checked_object(item) for item in result.not_checked],
        "notCovered": [not_checked_object(item) for item in result.not_covered],
        "inForce": result.rules_in_force,
        "withoutRecord": list(result.without_record),
        "leftToOriginal": list(result.left_to_original),
    }


def shown(judged: dict[str, Any]) -> list[dict[str, Any]]:
    assert "done" in judged["ended"], judged["ended"]
    results = [claim["result"] for claim in judged["claims"]]
    return [result | {"inForce": len(result["inForce"])} for result in results]


@functools.cache
def checker_with(**settings: Any) -> Checker:
    return Checker(**settings)


def of_file(file: Path, **settings: Any) -> list[dict[str, Any]]:
    readings = checker_with(**settings).check_readings(read_claims(file))
    results = [json.loads(json.dumps(said(result))) for _, result in readings if result is not None]
    for result in results:
        for finding in result["findings"]:
            # The page knows of no lines below that of the claim.
            finding.pop("source", None)
    return results


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, {}),
        ({"payer": "commercial"}, {"payer": "commercial"}),
        ({"as_of": date(2019, 3, 1)}, {"asOf": "2019-03-01"}),
        ({"sent_on": date(2030, 3, 1)}, {"sentOn": "2030-03-01"}),
        ({"documentation": False}, {"documentation": False}),
    ],
)
def test_examples_get_the_findings_of_the_command_line(
    page: Page, site: Site, settings: dict[str, Any], options: dict[str, Any]
) -> None:
    texts = [file.read_text("utf-8") for file in EXAMPLES]
    judged = judge(page, site, texts, AS_THEY_ARE | options)
    for file, found in zip(EXAMPLES, judged, strict=True):
        assert shown(found) == of_file(file, **settings), file.name


def test_the_claims_of_every_rules_tests_get_the_findings_of_the_command_line(
    page: Page, site: Site
) -> None:
    tests = load_rule_tests(rule_test_files([resource_directory("shapes")]))
    assert {test.rule for test in tests} == set(Checker().book.rules)
    texts = [json.dumps(test.claim, default=float) for test in tests]
    # Tests of several rules number their claims alike, which claims in memory may not.
    records = (ClaimRecord(test.claim, Origin("claim", pointer="")) for test in tests)
    wanted = Checker(engine="set", suggest=True).check(records)
    judged = judge(page, site, texts, AS_THEY_ARE)
    for test, found, result in zip(tests, judged, wanted, strict=True):
        (told,) = shown(found)
        assert told == json.loads(json.dumps(said(result))), f"{test.rule}: {test.name}"


def good() -> dict[str, Any]:
    content = json.loads(EXAMPLES[0].read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def changed(**fields: Any) -> str:
    return json.dumps({name: value for name, value in {**good(), **fields}.items() if value != ""})


def with_item(**fields: Any) -> str:
    item = {**good()["item"][0], **fields}
    return changed(item=[{name: value for name, value in item.items() if value != ""}])


ONE = json.dumps(good())
FAULTY = {
    # First, while the browser has not compiled the reader: then its calls take the most room.
    "deep": '{"id": ' + "[" * 2000,
    "deep and cut off": '{"id": ' + "[" * 890,
    "deep and whole": '{"id": ' + '{"a": [' * 440 + "NaN" + "]}" * 440 + "}",
    "nothing": " \n",
    "no object": "17",
    "an array in no claim": '["x", 3, null, true, 1.5, {}]',
    "cut off": json.dumps(good(), indent=1)[:-40],
    "cut off in a word": '{"id": "1", "x": tru',
    "cut off in an escape": '{"id": "\\u00',
    "no colon": '{"id" "1"}',
    "no comma": '{"id": "1"\n "payer": "x"}',
    "no name": '{"id": "1", payer: 1}',
    "no value": '{"id": }',
    "a raw tab": '{"id": "a\tb"}',
    "a bad escape": '{"id": "a\\qb"}',
    "more after the claim": ONE + " " + ONE,
    "more after the array": f"[{ONE}]\n{ONE}",
    "no comma in the array": f"[{ONE}\n{ONE}]",
    "cut off in an array": f"[{ONE}, {ONE[:-60]}, {changed(id='3')}, {changed(id='4')}",
    "joined by a lost end": f"[{ONE[:-1]},\n{changed(id='2')},\n{changed(id='3', zzz=1)}]",
    "two lines that are broken": f"{ONE}\n{ONE[:90]}\n{ONE[90:]}\n{changed(id='2')}{ONE}\n",
    "commas without claims": f"[{ONE},, {changed(id='2')},]",
    "long numbers": ONE.replace('"quantity": 2', '"quantity": ' + "9" * 31),
    "more faults than are told": json.dumps(
        {**{f"field{number}": 1 for number in range(60)}, "id": "many"}
    ),
    "lines": f"{ONE}\n\n{changed(id='2')}\n{{\n{changed(id='3', payer='')}\n{ONE}\n",
    "more on a line": f"{ONE}\n{changed(id='2')} 7\n",
    "the same number": f"[{ONE},\n{ONE}]",
    "a name twice": '{"id": "1", "id": "2"}',
    "a name twice inside": ONE.replace('"sequence": 1', '"sequence": 1, "sequence": 1', 1),
    "not a number": ONE.replace('"quantity": 2', '"quantity": NaN'),
    "an exponent": ONE.replace('"quantity": 2', '"quantity": 2e3'),
    "misspelt": changed(payr="medicare-b", payer=""),
    "unknown": changed(zzz=1),
    "unknown with a slash": changed(**{"a/b~c\x07": 1}),
    "missing": changed(patient={}),
    "kinds": changed(id=7, diagnosis="M54.5", placeOfService=None, priorAuthorization=True),
    "no text": changed(id="", payer="\\"),
    "long": changed(id="x" * 81, payer="50%"),
    "control": changed(payer="a\nb"),
    "sex": changed(patient={"birthDate": "1980-02-01", "sex": "f"}),
    "no day of the calendar": changed(patient={"birthDate": "1981-02-29", "sex": "male"}),
    "no date": with_item(serviced="4 May 2026"),
    "npi": changed(billingProvider={"npi": "123"}),
    "amount": with_item(charge="80.005"),
    "an amount that is a number": with_item(charge=80),
    "decimals": with_item(quantity=1.0001),
    "negative": with_item(quantity=-1),
    "large": with_item(quantity=10_000_000),
    "a sequence with decimals": with_item(sequence=1.5),
    "a sequence of none": with_item(sequence=0),
    "no procedure": with_item(procedure=""),
    "sequences twice": changed(
        diagnosis=[{"sequence": 1, "code": "M54.6"}, {"sequence": 1, "code": "M54.2"}]
    ),
    "empty lists": changed(diagnosis=[], item=[]),
    "many": changed(priorAuthorization=["x"] * 101),
    "context": changed(**{"@context": "https://example.org/other"}),
    "no period": changed(
        type="institutional", item=[{"sequence": 1, "revenue": "0420", "quantity": 1}]
    ),
}


def test_faulty_claims_get_the_words_of_the_command_line(
    page: Page, site: Site, tmp_path: Path
) -> None:
    wanted: dict[str, list[Any]] = {}
    for name, text in FAULTY.items():
        file = tmp_path / "claims"
        file.write_text(text, "utf-8")
        wanted[name] = []
        try:
            for reading in read_claims(file, input_format="json"):
                if isinstance(reading, RejectedClaim):
                    where = reading.origin
                    place = [where.line, where.pointer or None]
                    told = [*place, reading.reason, reading.claim_id, reading.claims]
                    wanted[name].append(told)
        except InputError as error:
            wanted[name].append([error.line, error.message])
    assert all(wanted.values())
    assert faults_of(page, site, FAULTY) == wanted


def faults_of(page: Page, site: Site, texts: dict[str, str]) -> dict[str, list[Any]]:
    faults: dict[str, list[Any]] = {}
    judged = judge(page, site, list(texts.values()), AS_THEY_ARE)
    for name, found in zip(texts, judged, strict=True):
        faults[name] = [
            [claim["line"], *(claim["rejected"][part] for part in REJECTED)]
            for claim in found["claims"]
            if claim.get("rejected")
        ]
        assert "failed" not in found["ended"], f"{name}: {found['ended']['failed']}"
        if "done" not in found["ended"]:
            faults[name].append([found["ended"]["line"], found["ended"]["unusable"]])
    return faults


def test_every_keyword_of_the_claim_schema_is_understood(page: Page, site: Site) -> None:
    def keywords(schema: Any) -> Iterator[str]:
        for keyword, value in schema.items():
            yield keyword
            if keyword in {"properties", "$defs"}:
                for part in value.values():
                    yield from keywords(part)
            elif isinstance(value, dict):
                yield from keywords(value)

    page.goto(site.url("denials/carc-50/"))
    module = site.url("assets/playground/claim_schema.js")
    known = page.evaluate("async (module) => (await import(module)).KEYWORDS", module)
    assert set(keywords(claim_schema())) <= set(known)


def checked(page: Page) -> None:
    expect(page.locator(".playground .status[data-checked]")).to_contain_text("checked:")


def test_a_reader_checks_a_claim_with_the_keyboard(page: Page, site: Site) -> None:
    page.goto(site.url("playground/?example=15-traction-and-manual-therapy.json"))
    checked(page)
    (wanted,) = of_file(ROOT / "examples" / "15-traction-and-manual-therapy.json")
    findings = page.locator(".finding h4")
    expect(findings).to_have_count(len(wanted["findings"]))
    for heading, finding in zip(findings.all(), wanted["findings"], strict=True):
        for part in (finding["severity"], finding["rule"], finding["message"]):
            expect(heading).to_contain_text(part)
    place = page.locator(".finding .place").first
    place.focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("Claim in JSON")
    expect(field).to_be_focused()
    selected = "element => element.value.slice(element.selectionStart, element.selectionEnd)"
    assert field.evaluate(selected) == f'"{wanted["findings"][0]["value"]}"'
    assert page.locator(".claim-editor mark").first.inner_text() == field.evaluate(selected)
    field.fill(
        changed(id="mine", payer="nobody", documentation=[{"type": "misspelt", "value": "1"}])
    )
    expect(findings).to_have_count(0)
    page.keyboard.press("Control+Enter")
    checked(page)
    expect(page.locator("h3.claim")).to_contain_text("Claim mine")
    expect(page.locator(".findings")).to_contain_text("CLM-DOC-TYPE")
    assert "mine" not in page.url


def test_the_readers_claim_goes_with_them_to_a_rules_page(page: Page, site: Site) -> None:
    page.goto(site.url("playground/"))
    checked(page)
    page.get_by_label("Claim in JSON").fill(with_item(modifier=[]))
    page.goto(site.url("rules/TH-GP/"))
    page.get_by_text("Check a claim of your own by TH-GP").click()
    checked(page)
    expect(page.locator(".verdict")).to_contain_text("TH-GP finds something: 1 finding.")
    expect(page.locator(".finding:visible")).to_have_count(1)
    page.get_by_role("combobox", name="Claim").select_option("passes TH-GP")
    expect(page.locator(".verdict")).to_contain_text("TH-GP finds nothing in this claim.")
    page.goto(site.url("rules/TH-SPLIT/"))
    page.get_by_text("Check a claim of your own by TH-SPLIT").click()
    checked(page)
    expect(page.locator(".verdict")).to_contain_text("does not apply to this claim")
    page.get_by_role("button", name="Forget my claim").click()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_link_presets_the_playground_to_a_rule(page: Page, site: Site) -> None:
    page.goto(site.url("playground/?rule=PX-PTP1"))
    checked(page)
    expect(page.locator(".verdict")).to_contain_text("PX-PTP1 finds something")
    expect(page.locator(".finding.asked")).to_contain_text("PX-PTP1")
    expect(page.get_by_label("show PX-PTP1 only")).not_to_be_checked()


def test_settings_and_files(page: Page, site: Site, tmp_path: Path) -> None:
    page.goto(site.url("playground/?example=01-clean-therapy.json"))
    checked(page)
    expect(page.locator(".findings")).to_contain_text("no findings")
    page.get_by_text("Payer, dates, record").click()
    page.get_by_label("As of date").fill("2014-01-01")
    page.get_by_label("As of date").press("Tab")
    expect(page.locator(".findings")).not_to_contain_text("105 rules in force")
    page.get_by_label("As of date").fill("")
    file = tmp_path / "claims.ndjson"
    file.write_text(f"{ONE}\n{changed(id='two')}\n", "utf-8")

    def choose(chooser: FileChooser) -> None:
        chooser.set_files(file)

    page.once("filechooser", choose)
    page.get_by_role("button", name="Load a file").click()
    expect(page.locator(".status")).to_contain_text("2 claims with 2 lines checked")
    transfer = page.evaluate_handle(
        """(text) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], "dropped.json"));
          return transfer;
        }""",
        '{"id": 1}',
    )
    page.dispatch_event(".claim-editor", "drop", {"dataTransfer": transfer})
    expect(page.get_by_label("Claim in JSON")).to_have_value('{"id": 1}')
    expect(page.locator(".finding.rejected")).to_contain_text("expected text, found a number")


def test_a_correction_is_shown_applied_and_taken_back(page: Page, site: Site) -> None:
    page.goto(site.url("playground/?example=05-expired-low-back-pain.json"))
    checked(page)
    field = page.get_by_label("Claim in JSON")
    text = field.input_value()
    choice = page.get_by_label("Candidate for")
    correction = page.locator("details.correction", has=choice).first
    correction.locator("summary").click()
    correction.get_by_label("Candidate for").select_option(index=1)
    changed_row = correction.locator("tr.changed").first
    told = [changed_row.locator(each).inner_text() for each in ("del", "ins")]
    before, after = (line.removeprefix("code: ") for line in told)
    assert before in text
    assert after not in text
    correction.get_by_role("button", name="Apply").click()
    checked(page)
    assert field.input_value() == text.replace(before, after, 1)
    expect(page.locator(".findings")).not_to_contain_text("DX-DATE")
    page.get_by_role("button", name="Undo").click()
    checked(page)
    assert field.input_value() == text
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()


def test_what_a_correction_adds_is_written_as_its_neighbors_are(page: Page, site: Site) -> None:
    page.goto(site.url("denials/carc-50/"))
    add = """async ([module, reader, text, path, value]) => {
      const { changeOf } = await import(module);
      const { readValue } = await import(reader);
      const suggestion = { patch: [{ op: "add", path, value }] };
      const [from, to, written] = changeOf(text, 0, readValue(text, 0).spans, suggestion);
      return text.slice(0, from) + written + text.slice(to);
    }"""
    modules = [
        site.url(f"assets/playground/{name}.js") for name in ("corrected_claim", "json_reader")
    ]
    for text, path, value, wanted in (
        ('{"a": [{"b": 1}]}', "/a/0/m", ["X"], '{"a": [{"b": 1, "m": ["X"]}]}'),
        ('{"a": [{\n "b": [1]\n}]}', "/a/0/m", ["X"], '{"a": [{\n "b": [1],\n "m": ["X"]\n}]}'),
        ('{"a": ["Y"]}', "/a/-", "X", '{"a": ["Y", "X"]}'),
        ('{"a": [\n"Y"\n]}', "/a/-", "X", '{"a": [\n"Y",\n"X"\n]}'),
        ('{"a": [], "b": 1}', "/a", ["X"], '{"a": ["X"], "b": 1}'),
    ):
        assert page.evaluate(add, [*modules, text, path, value]) == wanted


def test_a_link_holds_the_claim(page: Page, site: Site, browser: Browser) -> None:
    page.goto(site.url("playground/"))
    checked(page)
    page.get_by_label("Claim in JSON").fill(changed(id="sent-on", payer="nobody"))
    page.get_by_role("button", name="Copy a link").click()
    expect(page.locator(".status")).to_contain_text("whoever has it has the claim")
    tab = browser.new_page()
    tab.goto(page.url)
    expect(tab.locator("h3.claim")).to_contain_text("Claim sent-on")
    tab.close()


FHIR = [
    *sorted((ROOT / "tests" / "data" / "cases").glob("F*-fhir-*.json")),
    *sorted((ROOT / "tests" / "data" / "fhir").glob("sample_eob_?.json")),
    ROOT / "docs" / "how-to" / "python" / "bundle.json",
]
READ_FHIR = """
async ([root, texts, settings]) => {
  const { check, convert } = await import(root + "assets/playground/checking.js");
  const folder = new URL(root + "playground/data/");
  const made = [];
  for (const fhir of texts) {
    const { converted } = await convert(folder, fhir, "x.json");
    const claims = [];
    const each = ({ rejected, result }) => claims.push({ rejected, result });
    const { text, faults } = converted;
    const ended = converted.claims && (await check(folder, text, "x.fhir.json", settings, each));
    made.push({ text, faults, claims, ended });
  }
  return made;
}
"""


def test_fhir_is_read_and_checked_as_by_the_command_line(page: Page, site: Site) -> None:
    page.goto(site.url("denials/carc-50/"))
    texts = [file.read_text("utf-8") for file in FHIR]
    all_read = page.evaluate(READ_FHIR, [site.url(""), texts, AS_THEY_ARE])
    for file, read in zip(FHIR, all_read, strict=True):
        readings = list(checker_with().check_readings(read_claims(file)))
        done = [each for each in read["claims"] if each.get("result")]
        assert shown({"ended": {"done": True}, "claims": done}) == of_file(file), file.name
        content = json.loads(read["text"], parse_float=Decimal)
        made = content if isinstance(content, list) else [content]
        given = [reading.claim for reading, _ in readings if isinstance(reading, ClaimRecord)]
        assert [claim for claim in made if claim.get("id")] == given, file.name
        unread = len(read["faults"]) + len(read["claims"]) - len(done)
        assert unread == len(readings) - len(given), file.name


def test_fhir_is_dropped_and_taken_back(page: Page, site: Site) -> None:
    page.goto(site.url("playground/"))
    checked(page)
    text = (ROOT / "docs" / "how-to" / "python" / "bundle.json").read_text("utf-8")
    transfer = page.evaluate_handle(
        """(text) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], "bundle.json"));
          return transfer;
        }""",
        text,
    )
    page.dispatch_event(".claim-editor", "drop", {"dataTransfer": transfer})
    field = page.get_by_label("Claim in JSON or FHIR")
    expect(field).not_to_have_value(text)
    checked(page)
    assert '"resourceType"' not in field.input_value()
    expect(page.get_by_role("button", name="Undo reading of FHIR")).to_be_visible()
    field.fill('{"resourceType": "Claim", "status": "cancelled"}')
    page.keyboard.press("Control+Enter")
    expect(page.locator(".finding.rejected")).to_contain_text("the status is cancelled")
    expect(page.locator(".status")).to_contain_text("No claim could be read")


def test_an_837_is_told_its_command(page: Page, site: Site) -> None:
    page.goto(site.url("playground/"))
    checked(page)
    page.get_by_label("Claim in JSON").fill("ISA*00*          *00*")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".status code")).to_have_text("claimshapes convert FILE.837 --to json")
    expect(page.locator(".status").get_by_role("button", name="Copy")).to_be_visible()


def test_the_browser_refuses_other_hosts(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(site.url("playground/"))
    checked(tab)
    ask = "fetch('https://example.org/').then(() => 'let through', () => 'refused')"
    assert tab.evaluate(ask) == "refused"
    in_a_worker = f"""new Promise((resolve) => {{
      const script = new Blob(["{ask}.then((said) => postMessage(said))"]);
      const worker = new Worker(URL.createObjectURL(script));
      worker.addEventListener("message", (event) => resolve(event.data));
    }})"""
    assert tab.evaluate(in_a_worker) == "refused"
    context.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_it_works_below_any_path(browser: Browser, site: Site) -> None:
    handler = functools.partial(_Quiet, directory=str(site.folder.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    tab = context.new_page()
    root = f"http://127.0.0.1:{server.server_port}/{site.folder.name}/"
    tab.goto(f"{root}playground/?rule=TH-GP")
    checked(tab)
    link = tab.locator(".finding.asked h4 a")
    assert link.get_attribute("href") == f"{root}rules/TH-GP/"
    context.close()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_no_fault_for_readers_with_disabilities(
    browser: Browser, site: Site, scheme: Any, width: int
) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce"
    )
    tab = context.new_page()
    faults: list[str] = []
    for path in ("playground/?rule=PX-PTP1", "rules/TH-GP/"):
        tab.goto(site.url(path))
        if path.startswith("rules"):
            tab.get_by_text("Check a claim of your own by TH-GP").click()
        checked(tab)
        faults += accessibility_faults(tab, path, width)
    context.close()
    assert not faults
