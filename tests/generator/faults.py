"""Faults, each put into a claim that is coded correctly, with the rule that has to find it.

A fault changes one thing. ``FAULTS`` holds them all; ``faulty(fault, seed)`` gives a claim before
and after, the same ones for the same seed.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tests.generator import tables
from tests.generator.claims import MAKERS, Claim, Wish, claim

Injection = Callable[[Claim, random.Random], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        name: what it is.
        rule: id of the rule that has to find it.
        sort: the sort of claim that it is put into.
        wish: what that claim has to have.
        inject: puts the fault into the claim, in place.
    """

    name: str
    rule: str
    sort: str
    wish: Wish
    inject: Injection


FAULTS: list[Fault] = []


def faulty(fault: Fault, seed: int) -> tuple[Claim, Claim]:
    """A correct claim, and the same claim with the fault."""
    rnd = random.Random(f"{fault.name} {seed}")
    before = MAKERS[fault.sort][1](rnd, seed, fault.wish)
    after = copy.deepcopy(before)
    fault.inject(after, rnd)
    return before, after


def mixed(seed: int, first: int, end: int) -> Iterator[Claim]:
    """Correct claims and ones with a fault in turn, those of some places of a seed's sequence.

    Each has a number of its own. All kinds of fault come equally often.
    """
    for place in range(first, end):
        if place % 2 == 0:
            made = claim(seed, place)
        else:
            kind = FAULTS[place // 2 % len(FAULTS)]
            made = faulty(kind, seed * 1_000_003 + place)[1]
        yield {**made, "id": f"M-{place}"}


def fault(
    rule: str,
    sort: str,
    *codes: str,
    services: tuple[str, ...] = (),
    payer: str = "",
    day: date | None = None,
) -> Callable[[Injection], Injection]:
    """Enters a function as a kind of fault, under its name."""

    def enter(inject: Injection) -> Injection:
        name = inject.__name__.replace("_", " ")
        FAULTS.append(Fault(name, rule, sort, Wish(codes, services, payer, day), inject))
        return inject

    return enter


def _add(claim: Claim, code: str) -> None:
    claim["diagnosis"].append({"sequence": len(claim["diagnosis"]) + 1, "code": code})


def _swap(claim: Claim, one: int, other: int) -> None:
    diagnoses = claim["diagnosis"]
    diagnoses[one]["code"], diagnoses[other]["code"] = (
        diagnoses[other]["code"],
        diagnoses[one]["code"],
    )


def _modifiers(claim: Claim, *modifiers: str) -> None:
    """Adds modifiers to the first line."""
    claim["item"][0].setdefault("modifier", []).extend(modifiers)


def _again(claim: Claim, procedure: str, **changes: object) -> None:
    """Adds a line like the first with another service."""
    line = copy.deepcopy(claim["item"][0]) | {
        "sequence": len(claim["item"]) + 1,
        "procedure": procedure,
        "charge": "11.00",
        **changes,
    }
    claim["item"].append(line)


def _forget(claim: Claim, *kinds: str) -> None:
    claim["documentation"] = [fact for fact in claim["documentation"] if fact["type"] not in kinds]


def _set(claim: Claim, kind: str, value: str) -> None:
    _forget(claim, kind)
    claim["documentation"].append({"type": kind, "value": value})


def _day(claim: Claim) -> date:
    return date.fromisoformat(claim["item"][0]["serviced"])


# --- diagnosis codes


@fault("DX-DATE", "visit", "I10")
def expired_code(claim: Claim, rnd: random.Random) -> None:
    _add(claim, rnd.choice(["M54.5", "M79.1", "G93.3"]))


@fault("DX-DATE", "visit", "I10", day=date(2025, 9, 30))
def code_before_its_first_day(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "G35.A")


@fault("DX-NOT-BILLABLE", "visit", "I10")
def header_code(claim: Claim, rnd: random.Random) -> None:
    _add(claim, rnd.choice(["M54", "E11.6", "J45.90", "K50"]))


@fault("DX-7CH-MISSING", "visit", "I10")
def missing_seventh_character(claim: Claim, rnd: random.Random) -> None:
    _add(claim, rnd.choice(["S93.401", "S06.0X0", "S52.501"]))


@fault("DX-7CH-INVALID", "visit", "I10")
def wrong_seventh_character(claim: Claim, rnd: random.Random) -> None:
    _add(claim, rnd.choice(["S93.401B", "S39.012Q", "T07.XXXB"]))


@fault("DX-7CH-PLACEHOLDER", "visit", "I10")
def seventh_character_too_early(claim: Claim, rnd: random.Random) -> None:
    _add(claim, rnd.choice(["T07.A", "T14.91A"]))


@fault("DX-UNKNOWN", "visit", "I10")
def unknown_code(claim: Claim, rnd: random.Random) -> None:
    _add(claim, rnd.choice(["K99.9", "Q99.ZZ", "E19.1"]))


@fault("DX-FMT", "visit", "M54.6")
def code_in_small_letters(claim: Claim, rnd: random.Random) -> None:
    claim["diagnosis"][0]["code"] = "m54.6"


@fault("DX-EXCL1", "visit", "M54.6")
def excluded_pair(claim: Claim, rnd: random.Random) -> None:
    _add(claim, rnd.choice(["M51.24", "M51.84"]))


@fault("DX-EXCL1", "visit", "E03.9")
def excluded_by_a_block(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "E00.9")


@fault("DX-EXCL1-BROAD", "visit", "M54.6")
def excluded_by_an_over_broad_note(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "T88.7XXA")


@fault("DX-CODEFIRST", "visit", "M54.6", "E85.4", "G99.0")
def manifestation_before_its_cause(claim: Claim, rnd: random.Random) -> None:
    _swap(claim, 1, 2)


@fault("DX-CODEFIRST-CONDITIONAL", "visit", "M54.6", "I12.9", "N18.31")
def linked_condition_listed_after(claim: Claim, rnd: random.Random) -> None:
    _swap(claim, 1, 2)


@fault("DX-CODEFIRST-MISSING", "visit", "M54.6")
def manifestation_without_its_cause(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "D63.1")


@fault("DX-MANIF-FIRST", "visit", "I10")
def manifestation_first(claim: Claim, rnd: random.Random) -> None:
    claim["diagnosis"][0]["code"] = "D63.8"


@fault("DX-EXTCAUSE-FIRST", "outpatient", "S93.401A", "W19.XXXA")
def external_cause_first(claim: Claim, rnd: random.Random) -> None:
    _swap(claim, 0, 1)


@fault("DX-SECONDARY-ONLY-FIRST", "outpatient", "I10", day=date(2026, 5, 4))
def supplementary_code_first(claim: Claim, rnd: random.Random) -> None:
    claim["diagnosis"][0]["code"] = "Z68.36"


@fault("DX-SECONDARY-ONLY-FIRST-WARNING", "visit", "I10", day=date(2026, 5, 4))
def supplementary_code_first_in_a_practice(claim: Claim, rnd: random.Random) -> None:
    claim["diagnosis"][0]["code"] = "Z68.36"


@fault("DX-DUP", "visit", "I10", "E78.5")
def same_code_twice(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "E78.5")


@fault("DX-AGE-WARNING", "visit", "I10", payer="medicare-b", day=date(2026, 5, 4))
def code_of_another_age(claim: Claim, rnd: random.Random) -> None:
    _add(claim, rnd.choice(["H26.013", "R62.0"]))


@fault("DX-AGE", "outpatient", "I10", payer="medicare-outpatient", day=date(2026, 5, 4))
def code_of_another_age_in_a_hospital(claim: Claim, rnd: random.Random) -> None:
    _add(claim, rnd.choice(["H26.013", "R62.0"]))


@fault("DX-SEX", "visit", "I10", payer="medicare-b", day=date(2024, 9, 30))
def code_of_the_other_sex(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "N40.0" if claim["patient"]["sex"] == "female" else "N83.201")


@fault("DX-UNSPEC-WITH-SPECIFIC", "visit", "N18.31")
def unspecified_beside_specific(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "N18.30")


@fault("DX-UNSPEC-SIDE", "visit", "M25.561")
def unspecified_side_beside_right(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "M25.569")


@fault("DX-LAT-CONFLICT", "specialty", "M25.561", services=("20610",), payer="commercial")
def left_service_for_the_right_knee(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, "LT")


@fault("DX-SYMPTOM-WITH-DEF", "visit", "A09")
def symptom_of_the_disease(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "R11.0")


@fault("DX-UNCERTAIN", "visit", "J02.9")
def suspected_disease_as_a_fact(claim: Claim, rnd: random.Random) -> None:
    claim["documentation"].append({"type": "uncertain-diagnosis", "value": "J02.9"})


@fault("DX-ZFIRST-ONLY", "visit", "I10", payer="commercial")
def reason_for_encounter_second(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "Z00.00")


@fault("DX-SEQ-IV", "visit", "C61")
def chemotherapy_not_first(claim: Claim, rnd: random.Random) -> None:
    claim["documentation"].append({"type": "encounter-type", "value": "chemotherapy"})


# --- the claim


@fault("CLM-NPI", "visit")
def wrong_digit_of_the_provider(claim: Claim, rnd: random.Random) -> None:
    npi = claim["billingProvider"]["npi"]
    place = rnd.randrange(1, 10)
    digit = (int(npi[place]) + rnd.randint(1, 9)) % 10
    claim["billingProvider"]["npi"] = f"{npi[:place]}{digit}{npi[place + 1 :]}"


@fault("CLM-PTR", "visit", "I10")
def pointer_to_nothing(claim: Claim, rnd: random.Random) -> None:
    claim["item"][0]["diagnosisSequence"].append(9)


@fault("CLM-PTR-MISSING", "visit", "I10")
def no_pointer(claim: Claim, rnd: random.Random) -> None:
    del claim["item"][0]["diagnosisSequence"]


@fault("CLM-PTR-COUNT", "visit", "I10", "E78.5", "K21.9", "E03.9", "M81.0")
def five_pointers(claim: Claim, rnd: random.Random) -> None:
    claim["item"][0]["diagnosisSequence"] = [1, 2, 3, 4, 5]


@fault(
    "CLM-DX-COUNT",
    "visit",
    *("I10", "E78.5", "K21.9", "E03.9", "M81.0", "N18.31", "G47.33", "J44.9", "F41.1", "L57.0"),
    *("H25.13", "D22.5"),
)
def thirteen_diagnoses(claim: Claim, rnd: random.Random) -> None:
    _add(claim, "M79.7")


@fault("CLM-DATES", "visit")
def sent_before_the_service(claim: Claim, rnd: random.Random) -> None:
    claim["created"] = (_day(claim) - timedelta(days=rnd.randint(1, 9))).isoformat()


@fault("CLM-DOC-TYPE", "visit")
def misspelt_fact(claim: Claim, rnd: random.Random) -> None:
    claim["documentation"].append({"type": "exam-findings", "value": "none"})


# --- procedures


@fault("PX-PTP0", "therapy", services=("97140",), payer="medicare-b", day=date(2025, 5, 6))
def pair_that_is_never_paid(claim: Claim, rnd: random.Random) -> None:
    _again(claim, "97124", quantity=1, minutes=15)


@fault("PX-PTP1", "therapy", services=("97140",), payer="medicare-outpatient", day=date(2025, 5, 6))
def pair_without_modifier(claim: Claim, rnd: random.Random) -> None:
    _again(claim, "97012", quantity=1, minutes=15)


def _over_the_edit(claim: Claim, indicator: str) -> None:
    kind = claim["type"]
    line = claim["item"][0]
    units, found = tables.most_units(kind)[line["procedure"]]
    assert found == indicator, (line["procedure"], found)
    line["quantity"] = units + 1


@fault("PX-MUE", "specialty", "L57.0", services=("17110",), payer="medicare-b")
def units_over_an_absolute_edit(claim: Claim, rnd: random.Random) -> None:
    _over_the_edit(claim, "2")


@fault("PX-MUE-CLINICAL", "imaging", "M54.6", services=("72146",), payer="medicare-b")
def units_over_a_clinical_edit(claim: Claim, rnd: random.Random) -> None:
    _over_the_edit(claim, "3")


@fault("PX-ADDON", "visit", "I10", services=("99213",), payer="medicare-b")
def add_on_without_its_primary(claim: Claim, rnd: random.Random) -> None:
    claim["item"][0]["procedure"] = "99292"


@fault("PX-25", "specialty", "I10", services=("11981",), payer="medicare-b")
def visit_beside_a_procedure_without_25(claim: Claim, rnd: random.Random) -> None:
    del claim["item"][1:]
    _again(claim, "99213")


@fault("PX-AUC", "imaging", "M54.6", services=("72146",), payer="medicare-b", day=date(2025, 3, 3))
def modifier_of_an_ended_programme(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, rnd.choice(["MA", "ME", "QQ"]))


@fault("PX-GLOBAL", "visit", "I10", services=("99213",), payer="medicare-b")
def visit_after_surgery(claim: Claim, rnd: random.Random) -> None:
    _history(claim, "27447", rnd.randint(2, 89))


@fault("PX-GLOBAL-DECISION", "visit", "I10", services=("99213",), payer="medicare-b")
def visit_on_the_day_before_surgery(claim: Claim, rnd: random.Random) -> None:
    _history(claim, "27447", -1)


def _history(claim: Claim, procedure: str, days_before: int) -> None:
    claim["history"] = [
        {
            "claim": "EARLIER",
            "npi": claim["billingProvider"]["npi"],
            "procedure": procedure,
            "serviced": (_day(claim) - timedelta(days=days_before)).isoformat(),
        }
    ]


@fault("PX-MODWRONG-25", "imaging", "M54.6", services=("72146",), payer="medicare-b")
def modifier_25_on_an_image(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, "25")


@fault("PX-MODWRONG-59", "visit", "I10", payer="medicare-b")
def modifier_59_on_a_visit(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, rnd.choice(["59", "XU", "XS"]))


@fault("PX-MODWRONG-COMPONENTS", "specialty", "I10", services=("93306",), payer="medicare-b")
def both_components_on_one_line(claim: Claim, rnd: random.Random) -> None:
    claim["item"][0]["modifier"] = ["26", "TC"]


@fault("PX-MODWRONG-PCTC", "visit", "I10", services=("99213",), payer="medicare-b")
def component_of_a_visit(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, "26")


@fault("PX-MODWRONG-COUNT", "visit", "I10", payer="commercial")
def five_modifiers(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, "95", "GT", "GQ", "CR", "Q6")


@fault("PX-MODWRONG-REPEATED", "visit", "I10", payer="commercial")
def modifier_twice(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, "95", "95")


@fault("PX-MODWRONG-SIDES", "specialty", "M17.0", services=("20610",), payer="medicare-b")
def both_sides_and_one_side(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, "50", "RT")


@fault("PX-MODWRONG-DISTINCT", "specialty", "M17.11", services=("20610",), payer="medicare-b")
def distinct_in_two_ways(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, "59", "XS")


@fault("PX-MODWRONG-BILATERAL", "visit", "I10", services=("99213",), payer="medicare-b")
def both_sides_of_a_visit(claim: Claim, rnd: random.Random) -> None:
    _modifiers(claim, "50")


@fault("PX-POS", "visit", "I10", payer="commercial")
def unassigned_place_of_service(claim: Claim, rnd: random.Random) -> None:
    claim["placeOfService"] = rnd.choice(["88", "97", "ZZ"])


@fault("PX-STATUS-INVALID", "visit", "I10", payer="medicare-b")
def code_not_valid_for_medicare(claim: Claim, rnd: random.Random) -> None:
    claim["item"][0]["procedure"] = "99242"


@fault("PX-STATUS-NONCOVERED", "visit", "Z00.00", payer="medicare-b")
def service_not_covered(claim: Claim, rnd: random.Random) -> None:
    claim["item"][0]["procedure"] = "99397"


# --- therapy


@fault("TH-GP", "therapy", services=("97110",), payer="medicare-b")
def discipline_not_named(claim: Claim, rnd: random.Random) -> None:
    claim["item"][0]["modifier"] = ["KX"] if "KX" in claim["item"][0]["modifier"] else ["U1"]


@fault("TH-UNITS", "therapy", services=("97110", "97112"), payer="medicare-b")
def more_units_than_minutes(claim: Claim, rnd: random.Random) -> None:
    for line in claim["item"]:
        line["quantity"], line["minutes"] = 1, 11
    claim["item"][0]["minutes"] = 8


@fault("TH-TIME", "therapy", services=("97110",), payer="medicare-b")
def note_without_minutes(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, "treatment-note-total-minutes")


@fault("TH-RESPONSE", "therapy", services=("97110",), payer="commercial")
def no_response_to_treatment(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, "therapy-response", "progress-report")


@fault("TH-START-STOP", "therapy", services=("97110",), payer="example-strict")
def no_stop_time(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, "therapy-stop")


# --- back pain


@fault("BP-REGION", "visit", "M54.9", payer="commercial")
def region_documented_and_not_coded(claim: Claim, rnd: random.Random) -> None:
    claim["documentation"].append(
        {"type": "pain-site", "value": rnd.choice(["thoracic", "cervical", "lumbar"])}
    )


@fault("BP-DOC", "visit", "M54.9", payer="commercial")
def unspecified_pain_without_its_onset(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, rnd.choice(["pain-onset", "pain-severity", "exam-finding"]))


@fault("BP-UNDERLYING", "visit", "M54.9", payer="commercial")
def pain_for_its_cause(claim: Claim, rnd: random.Random) -> None:
    claim["documentation"].append({"type": "pain-secondary-to", "value": "M41.9"})


@fault("BP-SITE", "therapy", "M54.9", services=("97110",), payer="commercial")
def site_not_documented(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, "pain-site")


@fault(
    "BP-MRI-NEC",
    "imaging",
    "M54.6",
    services=("72146",),
    payer="arise-health-plan",
    day=date(2026, 5, 4),
)
def image_without_necessity(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, "neurological-deficit", "conservative-care-weeks")


@fault("BP-MRI-ACR", "imaging", "M54.6", services=("72146",), payer="commercial")
def image_after_conservative_care_alone(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, "neurological-deficit")


@fault(
    "BP-MRI-AUTH",
    "imaging",
    "M54.6",
    services=("72146",),
    payer="example-managed",
    day=date(2026, 2, 3),
)
def image_without_authorisation(claim: Claim, rnd: random.Random) -> None:
    del claim["priorAuthorization"]


@fault("DOC-ORDER", "imaging", "M54.6", services=("72146",), payer="commercial")
def image_without_its_report(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, rnd.choice(["order", "report"]))


@fault("EM-LEVEL", "visit", "I10", services=("99213",))
def visit_too_short(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, "decision-making")
    _set(claim, "visit-minutes", str(rnd.randint(5, 19)))


@fault("MN-PAIR", "imaging", "M54.6", services=("72146",), payer="commercial")
def image_of_another_region(claim: Claim, rnd: random.Random) -> None:
    claim["diagnosis"][0]["code"] = rnd.choice(["M54.2", "M54.50"])


@fault("MN-NCD-DENIED", "visit", "Z00.00", services=("99213",), payer="medicare-b")
def test_at_a_general_examination(claim: Claim, rnd: random.Random) -> None:
    _again(claim, rnd.choice(["80061", "84443", "85025"]), diagnosisSequence=[1])


@fault("MN-NCD-UNSUPPORTED", "visit", "M54.6", services=("99213",), payer="medicare-b")
def test_for_back_pain(claim: Claim, rnd: random.Random) -> None:
    _again(claim, rnd.choice(["80061", "83036", "84443"]), diagnosisSequence=[1])


@fault("MN-LCD-UNSUPPORTED", "visit", "R42", payer="example-managed", day=date(2026, 5, 4))
def artery_study_for_dizziness(claim: Claim, rnd: random.Random) -> None:
    _again(claim, "93880", diagnosisSequence=[1])


@fault("MN-PAYER-UNSUPPORTED", "visit", "I10", payer="example-managed", day=date(2026, 5, 4))
def nerve_study_for_hypertension(claim: Claim, rnd: random.Random) -> None:
    _again(claim, "95908", diagnosisSequence=[1])


@fault("BP-PRIMARY", "visit", "M54.6", "I10")
def complaint_not_first(claim: Claim, rnd: random.Random) -> None:
    _swap(claim, 0, 1)


# --- form, time and repetition of the claim


@fault("CLM-CHARGE", "therapy", services=("97110", "97112"))
def no_charge_on_one_line(claim: Claim, rnd: random.Random) -> None:
    del claim["item"][1]["charge"]


@fault("CLM-DUP", "visit", "I10", services=("99213",), payer="commercial")
def line_twice(claim: Claim, rnd: random.Random) -> None:
    _again(claim, "99213", charge=claim["item"][0]["charge"])


@fault("CLM-FILING", "visit", payer="medicare-b", day=date(2025, 2, 3))
def sent_too_late(claim: Claim, rnd: random.Random) -> None:
    claim["created"] = (_day(claim) + timedelta(days=rnd.randint(367, 500))).isoformat()


@fault("CLM-TAXONOMY", "visit")
def taxonomy_of_nine_characters(claim: Claim, rnd: random.Random) -> None:
    claim["billingProvider"]["taxonomy"] = "207Q0000X"


@fault("CLM-TOB", "outpatient")
def type_of_bill_of_two_digits(claim: Claim, rnd: random.Random) -> None:
    claim["typeOfBill"] = "13"


@fault("CLM-REVENUE", "outpatient")
def revenue_code_with_a_letter(claim: Claim, rnd: random.Random) -> None:
    claim["item"][0]["revenue"] = "03Z0"


@fault("CLM-REVENUE-MISSING", "outpatient")
def no_revenue_code(claim: Claim, rnd: random.Random) -> None:
    del claim["item"][0]["revenue"]


@fault("TH-CQ", "therapy", services=("97110",), payer="medicare-b", day=date(2025, 5, 6))
def work_of_an_assistant_not_shown(claim: Claim, rnd: random.Random) -> None:
    line = claim["item"][0]
    line["modifier"] = [name for name in line["modifier"] if name != "CQ"]
    line["assistantMinutes"] = line["minutes"]


@fault("TH-KX", "therapy", services=("97110",), payer="medicare-b", day=date(2025, 5, 6))
def threshold_passed_without_kx(claim: Claim, rnd: random.Random) -> None:
    line = claim["item"][0]
    line["modifier"] = [name for name in line["modifier"] if name != "KX"]
    claim["therapyYearToDate"]["ptSlp"] = "2500.00"


@fault("TH-NOTE-SIGNED", "therapy", services=("97110",), payer="medicare-b")
def note_without_signature(claim: Claim, rnd: random.Random) -> None:
    _forget(claim, "treatment-note-signed")


@fault("TH-POC", "therapy", services=("97110",), payer="medicare-b")
def plan_of_care_made_later(claim: Claim, rnd: random.Random) -> None:
    _set(claim, "plan-of-care-established", (_day(claim) + timedelta(days=2)).isoformat())
