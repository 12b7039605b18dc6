"""What the one search box of the site answers first."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Site

FIRST = {
    # Denials, however they are written.
    "CO50": "denials/carc-50/",
    "CO-50": "denials/carc-50/",
    "carc 50": "denials/carc-50/",
    "PR-96": "denials/carc-96/",
    "co 97": "denials/carc-97/",
    "N362": "denials/rarc-n362/",
    "medical necessity": "denials/carc-50/",
    "n265": "denials/rarc-n265/",
    "CO 97": "denials/carc-97/",
    "OA-23": "denials/carc-23/",
    "deductible": "denials/carc-1/",
    "copay": "denials/carc-3/",
    "eligibility": "denials/carc-31/",
    # One without a page.
    "CO-253": "denials/",
    "EOB": "denials/",
    "835": "denials/",
    # Rules.
    "px-ptp1": "rules/PX-PTP1/",
    "TH-GP": "rules/TH-GP/",
    "8-minute rule": "rules/TH-UNITS/",
    "8 minute rule": "rules/TH-UNITS/",
    "unbundling": "rules/PX-PTP1/",
    "bundled": "rules/PX-PTP1/",
    "NCCI": "rules/PX-PTP1/",
    "excludes1": "rules/DX-EXCL1/",
    "Excludes 1": "rules/DX-EXCL1/",
    "laterality": "rules/DX-UNSPEC-LATERALITY/",
    "timely filing limit": "rules/CLM-FILING/",
    "late filing": "rules/CLM-FILING/",
    "prior auth": "rules/BP-MRI-AUTH/",
    "precert": "rules/BP-MRI-AUTH/",
    "modifier 25": "rules/PX-MODWRONG-25/",
    "modifier 59": "rules/PX-MODWRONG-59/",
    "place of service": "rules/PX-POS/",
    "POS": "rules/PX-POS/",
    "type of bill": "rules/CLM-TOB/",
    "duplicate": "rules/CLM-DUP/",
    "duplicate diagnosis": "rules/DX-DUP/",
    "NPI": "rules/CLM-NPI/",
    "therapy cap": "rules/TH-KX/",
    "plan of care certified": "rules/TH-POC/",
    "seventh character missing": "rules/DX-7CH-MISSING/",
    "global period": "rules/PX-GLOBAL/",
    "add-on code": "rules/PX-ADDON/",
    "manifestation": "rules/DX-MANIF-FIRST/",
    "unspecified code": "rules/DX-UNSPEC-WITH-SPECIFIC/",
    "mue per line": "rules/PX-MUE-LINE/",
    "new patient code": "rules/PX-NEW-PATIENT/",
    "sex": "rules/DX-SEX/",
    "code not billable": "rules/DX-NOT-BILLABLE/",
    "expired icd code": "rules/DX-DATE/",
    "missing 7th character": "rules/DX-7CH-MISSING/",
    "hypertension heart failure": "rules/DX-HTN-LINK/",
    "BMI": "rules/DX-CONTRA-BMI/",
    "z codes first": "rules/DX-ZFIRST-ONLY/",
    "CLIA number": "rules/CLM-CLIA/",
    "NDC": "rules/CLM-NDC/",
    "MBI invalid": "rules/CLM-MBI/",
    "replacement claim original number": "rules/CLM-ORIGINAL/",
    "ordering provider": "rules/CLM-ORDERING/",
    "taxonomy": "rules/CLM-TAXONOMY/",
    "modifier GP": "rules/TH-GP/",
    "KX modifier": "rules/TH-KX/",
    "chiropractic AT": "rules/PX-CHIRO-AT/",
    "anesthesia modifiers": "rules/PX-ANESTHESIA/",
    "ambulance": "rules/PX-AMBULANCE-TRIP/",
    "telehealth": "rules/PX-TELEHEALTH/",
    "annual wellness visit": "rules/PX-PREVENTIVE-FREQUENCY/",
    "JW modifier": "rules/PX-DRUG-WASTE/",
    "drug waste": "rules/PX-DRUG-WASTE/",
    "co-surgeon": "rules/PX-MODWRONG-COSURGEON/",
    "assistant surgeon": "rules/PX-MODWRONG-ASSISTANT/",
    "inpatient only": "rules/OC-INPATIENT-ONLY/",
    "revenue code needs hcpcs": "rules/OC-REVENUE-HCPCS/",
    "abn": "rules/PX-MODWRONG-DENIAL/",
    "mue": "rules/PX-MUE-LINE/",
    "modifier kx": "rules/TH-KX/",
    "pt cap": "rules/TH-KX/",
    "dx pointer": "rules/DX-POINTER-FIRST/",
    "anes": "rules/PX-ANESTHESIA/",
    "telemed": "rules/PX-TELEHEALTH/",
    "cob": "rules/CLM-MSP-TYPE/",
    "crossover": "rules/CLM-MSP-TYPE/",
    "mod 25": "rules/PX-MODWRONG-25/",
    "em level": "rules/EM-LEVEL/",
    "corrected claim": "rules/CLM-ORIGINAL/",
    "frequency code 7": "rules/CLM-ORIGINAL/",
    "box 17": "rules/CLM-ORDERING/",
    "tob 131": "rules/CLM-TOB/",
    "drug wastage": "rules/PX-DRUG-WASTE/",
    "mutually exclusive": "rules/PX-PTP1/",
    "incident to": "rules/PX-POS-INCIDENT/",
    # With slips of spelling.
    "modifer 59": "rules/PX-MODWRONG-59/",
    "telehelth": "rules/PX-TELEHEALTH/",
    "laterailty": "rules/DX-UNSPEC-LATERALITY/",
    "taxonmy": "rules/CLM-TAXONOMY/",
    "place of servce": "rules/PX-POS/",
    "authorisation": "rules/BP-MRI-AUTH/",
    "duplicate clam": "rules/CLM-DUP/",
    "MA63": "denials/rarc-ma63/",
    "knee pain": "codes/?code=M25.56",
    "rotator cuff tear": "codes/?code=M75.1",
    "excel": "reference/claim-tables/",
    "how to add a payer": "how-to/add-a-payer/",
    # Codes, with a page and without one, and by words.
    "S83.511A": "codes/?code=S83.511A",
    "s83511a": "codes/?code=S83.511A",
    "M54.5": "codes/M54.5/",
    "m5450": "codes/M54.50/",
    "97110": "codes/97110/",
    "J3301": "codes/?code=J3301",
    "27447": "codes/?code=27447",
    "dorsalgia": "codes/M54",
    "low back pain": "codes/M54.5",
    "lbp": "codes/M54.5",
    "type 2 diabetes": "codes/E11",
    "wheezing": "codes/?code=R06.2",
    # Payers and pages.
    "medicare part b": "payers/medicare-b/",
    "BCBS": "payers/commercial/",
    "Aetna": "payers/commercial/",
    "uhc": "payers/unitedhealthcare-commercial/",
    "workers comp": "payers/workers-comp/",
    "united": "payers/unitedhealthcare-commercial/",
    "playground": "playground/",
    "value sets": "value-sets/",
    "python": "reference/api/",
    "spark": "how-to/run-on-spark/",
    "sarif": "reference/reports/#sarif",
    "waiver": "reference/reports/",
    "exit status": "reference/command-line/#exit-status",
    "lcd": "how-to/mac-lcds/",
    "security": "explanation/threats/",
    "architecture": "explanation/architecture/",
    "sources": "sources/",
    "837": "reference/claim-format/",
    "edi": "reference/claim-format/",
    "UB-04": "reference/claim-format/",
    "cms1500 box 24": "reference/claim-format/",
    "clean claim": "explanation/verdicts/#clean",
}


@pytest.fixture(scope="module")
def answered(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The answers to every query, asked of the site's own code in one page."""
    from .conftest import watched_page

    site: Site = request.getfixturevalue("site")
    with watched_page(request.getfixturevalue("browser"), site) as page:
        page.goto(site.url("denials/"))
        found: dict[str, Any] = page.evaluate(
            """async ([module, queries]) => {
              const { answers } = await import(module);
              const answered = {};
              for (const query of queries) {
                answered[query] = (await answers(query)).map(({ address, code, page, title }) =>
                  [address ?? (page ? `codes/${code}/` : `codes/?code=${code}`), title]);
              }
              return answered;
            }""",
            [site.url("assets/search/box.js"), list(FIRST)],
        )
    return found


def test_the_first_answer_is_the_right_one(answered: dict[str, Any]) -> None:
    assert len(FIRST) >= 60
    wrong = {
        query: found[:3]
        for query, wanted in FIRST.items()
        if not (found := answered[query]) or not _leads(found[0][0], wanted)
    }
    assert not wrong


def _leads(address: str, wanted: str) -> bool:
    """A code that words find may be shown by its look-up or on its page."""
    code = wanted.removeprefix("codes/")
    if wanted.startswith("codes/") and not code.endswith("/") and "?" not in code:
        return address in {f"codes/?code={code}", f"codes/{code}/"}
    return address == wanted


def test_no_service_is_taken_for_a_diagnosis(answered: dict[str, Any]) -> None:
    assert not any("J33.01" in title for _, title in answered["J3301"])


def test_the_box_is_in_the_header_and_on_the_home_page(page: Page, site: Site) -> None:
    page.goto(site.url("tutorial/first-claim/"))
    page.locator(".search-open").wait_for()
    page.keyboard.press("/")
    field = page.locator(".search-dialog input")
    expect(field).to_be_focused()
    field.fill("laterality")
    first = page.locator(".search-found a").first
    expect(first).to_contain_text("DX-UNSPEC-LATERALITY")
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("DX-UNSPEC-LATERALITY")
    expect(page.locator(".search-dialog")).not_to_be_visible()
    page.goto(site.url(""))
    page.get_by_label("Find a code, a rule, a denial or words").fill("m549")
    page.get_by_role("button", name="Find", exact=True).click()
    page.wait_for_url(re.compile(r"/codes/M54\.9/$"))
