"""Every family of the ontology, filled in, on claims that pass and that fail, in both engines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import rdflib

from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult
from claimshapes.errors import RuleError
from claimshapes.rules.families import read_families
from claimshapes.rules.rule_book import load_rules

ROOT = Path(__file__).parents[2]
HEAD = """
@prefix cs: <https://w3id.org/claimshapes/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix doc: <https://w3id.org/claimshapes/documentation/> .
@prefix list: <https://w3id.org/claimshapes/list/> .
@prefix payer: <https://w3id.org/claimshapes/payer/> .
@prefix rule: <https://w3id.org/claimshapes/rule/> .
@prefix schema: <https://schema.org/> .
@prefix set: <https://w3id.org/claimshapes/value-set/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix source: <https://w3id.org/claimshapes/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SOURCE = """
source:manual a cs:Citation ; dcterms:title "Manual" ; cs:edition "2026" ; cs:strength cs:primary .
"""
LIST = """code,valid_from,valid_through,source
97110-97112,,,Manual
97530,2026-01-01,2026-06-30,Manual
"""


def line(procedure: str = "97140", **fields: Any) -> dict[str, Any]:
    return {
        "procedure": procedure,
        "quantity": 1,
        "charge": "10.00",
        "serviced": "2026-05-04",
        "diagnosisSequence": [1],
        **fields,
    }


def claim(*items: dict[str, Any], codes: Any = ("M54.6",), **fields: Any) -> Any:
    return {
        "type": "professional",
        "payer": "commercial",
        "created": "2026-05-05",
        "patient": {"birthDate": "1980-05-04", "sex": "female"},
        "billingProvider": {"npi": "1234567893", "taxonomy": "207Q00000X"},
        "placeOfService": "11",
        "diagnosis": [{"sequence": n, "code": code} for n, code in enumerate(codes, 1)],
        "item": [{"sequence": n, **item} for n, item in enumerate(items or (line(),), 1)],
        **fields,
    }


class Case(NamedTuple):
    """A form, with claims and what is said of each: nothing, messages, or what is not checked."""

    form: str
    claims: list[tuple[Any, list[str]]]


def bare(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in line(**fields).items() if name != "procedure"}


def before(*days: str, procedure: str = "97140") -> list[dict[str, Any]]:
    return [{"procedure": procedure, "serviced": day} for day in days]


BILL = {"type": "institutional", "typeOfBill": "0131"}
PROVIDER = {"npi": "1234567893"}
STRANGER = {"npi": "1003000126"}
PAIN = {"type": "pain-site", "value": "thoracic"}
CASES = {
    "MOD": Case(
        'cs:requiresModifier [ cs:services "97140" ; cs:anyModifier "59", "XS" ]',
        [
            (claim(line(modifier=["XS"])), []),
            (claim(line("97530")), []),
            (claim(line(modifier=["GP"])), ["97140 without modifier 59 or XS"]),
        ],
    ),
    "MOD-BESIDE": Case(
        'cs:requiresModifierBeside [ cs:services "97140" ; cs:beside "97530" ;'
        ' cs:anyModifier "59" ; cs:unlessDocumented doc:pain-site ]',
        [
            (claim(), []),
            (claim(line(), line("97530", serviced="2026-05-05")), []),
            (claim(line(), line("97530"), documentation=[PAIN]), []),
            (claim(line(), line("97530")), ["97140 with 97530 on the day without modifier 59"]),
        ],
    ),
    "MOD-CONDITIONS": Case(
        'cs:requiresModifier [ cs:services "97140" ; cs:anyModifier "59" ;'
        ' cs:besideOnClaim "97530" ; cs:withDiagnosis "M54.*" ;'
        ' cs:withoutDiagnosis "M54.5-M54.59" ;'
        ' cs:atPlace "11", "12" ; cs:notAtPlace "12" ; cs:withModifier "GP" ;'
        ' cs:withoutModifier "CQ" ]',
        [
            (claim(line(modifier=["GP"])), []),
            (
                claim(line(modifier=["GP"]), line("97530", serviced="2026-05-05")),
                [
                    "97140 at place of service 11 or 12 with 97530 on the claim outside of place of"
                    " service 12 for M54.* with modifier GP without modifier 59"
                ],
            ),
            (claim(line(modifier=["GP"]), line("97530"), codes=("M54.51",)), []),
            (claim(line(modifier=["GP"]), line("97530"), codes=("M62.830",)), []),
            (claim(line(modifier=["GP"]), line("97530"), placeOfService="12"), []),
            (claim(line(modifier=["GP"]), line("97530"), placeOfService="22"), []),
            (claim(line(), line("97530")), []),
            (claim(line(modifier=["GP", "CQ"]), line("97530")), []),
        ],
    ),
    "MOD-LIST": Case(
        'cs:requiresModifier [ cs:services list:ours ; cs:anyModifier "59" ]',
        [
            (claim(line("97111")), ["97111 without modifier 59"]),
            (claim(line("97113")), []),
            (claim(line("97530", serviced="2025-12-31")), []),
            (claim(line("97530", serviced="2026-01-01")), ["97530 without modifier 59"]),
            (claim(line("97530", serviced="2026-06-30")), ["97530 without modifier 59"]),
            (claim(line("97530", serviced="2026-07-01")), []),
        ],
    ),
    "MOD-SET": Case(
        'cs:requiresModifier [ cs:services set:timed-therapy ; cs:anyModifier "59" ]',
        [(claim(line("99213")), []), (claim(line("97110")), ["97110 without modifier 59"])],
    ),
    "NO-MOD": Case(
        'cs:forbidsModifier [ cs:services "97140" ; cs:modifiers "50", "59" ]',
        [
            (claim(line(modifier=["XS"])), []),
            (
                claim(line(modifier=["59"])),
                ["97140 with modifier 59, which the payer does not accept"],
            ),
        ],
    ),
    "DOC": Case(
        'cs:requiresDocumentation [ cs:services "97140" ;'
        " cs:documents doc:pain-site, doc:pain-onset ]",
        [
            (claim(), []),
            (claim(documentation=[PAIN, {"type": "pain-onset", "value": "2026-05-01"}]), []),
            (
                claim(documentation=[PAIN]),
                ["missing from the record for 97140: onset of the pain"],
            ),
        ],
    ),
    "COVERED": Case(
        'cs:coveredFor [ cs:services "97140" ; cs:diagnoses "M54.6", "M50.0-M50.9", "M25" ]',
        [
            (claim(), []),
            (claim(codes=("M50.91",)), []),
            (claim(codes=("M25.511",)), []),
            (claim(line(diagnosisSequence=[1, 2]), codes=("I10", "M54.6")), []),
            (
                claim(codes=("M54.2",)),
                ["none of the linked diagnoses supports 97140: M54.2 is not on the payer's list"],
            ),
            (
                claim(line(diagnosisSequence=[])),
                ["no diagnosis is linked to 97140, so whether it is covered is not known"],
            ),
        ],
    ),
    "NOT-COVERED": Case(
        'cs:notCoveredFor [ cs:services "97140" ; cs:diagnoses "M54.6" ]',
        [(claim(codes=("M54.2",)), []), (claim(), ["97140 is not covered for M54.6"])],
    ),
    "BUNDLES": Case(
        'cs:bundledInto [ cs:services "97140" ; cs:into "97530" ; cs:allowedWith "59" ]',
        [
            (claim(), []),
            (claim(line(modifier=["59"]), line("97530")), []),
            (claim(line(), line("97530")), ["97140 bundles into 97530 of the same day"]),
        ],
    ),
    "EXCLUSIVE": Case(
        'cs:mutuallyExclusive [ cs:services "97140", "97530" ; cs:allowedWith "59" ]',
        [
            (claim(line(), line()), []),
            (claim(line(), line("97530", modifier=["59"])), []),
            (claim(line(), line("97530")), ["97530 is not paid on the day of 97140"]),
        ],
    ),
    "PRIMARY": Case(
        'cs:requiresPrimary [ cs:services "97140" ; cs:primary "97530" ]',
        [
            (claim(line(), line("97530")), []),
            (claim(history=before("2026-05-04", procedure="97530")), []),
            (
                claim(history=before("2026-05-03", procedure="97530")),
                ["97140 without its primary procedure 97530 of the same day"],
            ),
        ],
    ),
    "LINE-UNITS": Case(
        'cs:limitsUnitsPerLine [ cs:services "97140" ; cs:most 2 ]',
        [
            (claim(line(quantity=2)), []),
            (claim(line(quantity=3)), ["3 units of 97140; the payer allows 2 per line"]),
        ],
    ),
    "DAY-UNITS": Case(
        'cs:limitsUnitsPerDay [ cs:services "97140" ; cs:most 2 ]',
        [
            (claim(line(), line()), []),
            (claim(line(quantity=2), line(serviced="2026-05-05")), []),
            (
                claim(line(quantity=2), line()),
                ["3 units of 97140 on one day; the payer allows 2"],
            ),
        ],
    ),
    "CLAIM-UNITS": Case(
        'cs:limitsUnitsPerClaim [ cs:services "97140" ; cs:most 2 ]',
        [
            (claim(line(quantity=2), line("97530")), []),
            (
                claim(line(quantity=2), line(serviced="2026-05-05")),
                ["3 units of 97140 on the claim; the payer allows 2"],
            ),
        ],
    ),
    "PER-DAYS": Case(
        'cs:limitsFrequency [ cs:services "97140" ; cs:most 1 ; cs:days 7 ]',
        [
            (claim(history=before("2026-04-27")), []),
            (
                claim(history=before("2026-04-28")),
                ["97140 on 2 days of service; the payer allows 1 in 7 days"],
            ),
            (claim(), ["the patient's earlier services are not on the claim"]),
        ],
    ),
    "PER-MONTHS": Case(
        'cs:limitsFrequency [ cs:services "97140" ; cs:most 2 ; cs:months 12 ]',
        [
            (claim(history=before("2026-01-01", "2025-05-04")), []),
            (
                claim(history=before("2026-01-01", "2025-05-05")),
                ["97140 on 3 days of service; the payer allows 2 in 12 months"],
            ),
        ],
    ),
    "PER-YEAR": Case(
        'cs:limitsFrequency [ cs:services "97140" ; cs:most 1 ; cs:perCalendarYear true ]',
        [
            (claim(history=before("2025-12-31")), []),
            (
                claim(history=before("2026-01-01")),
                ["97140 on 2 days of service; the payer allows 1 in a calendar year"],
            ),
        ],
    ),
    "PER-LIFE": Case(
        'cs:limitsFrequency [ cs:services "97140" ; cs:most 1 ; cs:perLifetime true ]',
        [
            (claim(history=before("2016-01-01", procedure="97530")), []),
            (
                claim(history=before("2016-01-01")),
                ["97140 on 2 days of service; the payer allows 1 in a lifetime"],
            ),
        ],
    ),
    "AGE": Case(
        'cs:limitsAge [ cs:services "97140" ; cs:fromAge 46 ]',
        [
            (claim(), []),
            (
                claim(line(serviced="2026-05-03")),
                ["97140 is for ages 46 to 200; the patient is 45"],
            ),
        ],
    ),
    "AGE-THROUGH": Case(
        'cs:limitsAge [ cs:services "97140" ; cs:throughAge 45 ]',
        [
            (claim(line(serviced="2026-05-03")), []),
            (claim(), ["97140 is for ages 0 to 45; the patient is 46"]),
        ],
    ),
    "SEX": Case(
        'cs:limitsSex [ cs:services "97140" ; cs:forSex "female" ]',
        [
            (claim(), []),
            (
                claim(patient={"birthDate": "1980-05-04", "sex": "male"}),
                ["97140 is for female patients; the claim says male"],
            ),
            (
                claim(patient={"birthDate": "1980-05-04", "sex": "unknown"}),
                ["the claim does not say the patient's sex, so whether 97140 fits is not known"],
            ),
        ],
    ),
    "PLACE": Case(
        'cs:allowedAt [ cs:services "97140" ; cs:places "11", "22" ]',
        [
            (claim(), []),
            (
                claim(line(placeOfService="12")),
                ["97140 is not paid at place of service 12; the payer allows 11 or 22"],
            ),
            (
                claim(placeOfService=None),
                ["the claim has no place of service for 97140"],
            ),
        ],
    ),
    "NO-PLACE": Case(
        'cs:notAllowedAt [ cs:services "97140" ; cs:places "12" ]',
        [
            (claim(), []),
            (claim(placeOfService="12"), ["97140 is not paid at place of service 12"]),
        ],
    ),
    "TAXONOMY": Case(
        'cs:allowedFor [ cs:services "97140" ; cs:taxonomies "225100000X", "207Q*" ]',
        [
            (claim(), []),
            (
                claim(billingProvider={"npi": "1234567893", "taxonomy": "208D00000X"}),
                ["97140 is not paid to providers of taxonomy 208D00000X"],
            ),
            (
                claim(billingProvider={"npi": "1234567893"}),
                [
                    "the claim has no taxonomy code of the billing provider, so whether 97140 is"
                    " paid to it is not known"
                ],
            ),
        ],
    ),
    "BILL": Case(
        'cs:allowedOnBill [ cs:services "97140" ; cs:bills "13*", "851" ]',
        [
            (claim(), []),
            (claim(**BILL), []),
            (
                claim(**BILL | {"typeOfBill": "0721"}),
                ["97140 is not paid on type of bill 0721; the payer allows 13* or 851"],
            ),
        ],
    ),
    "REVENUE": Case(
        'cs:allowedRevenue [ cs:services "97140" ; cs:revenueCodes "0420-0428", "429" ]',
        [
            (claim(line(revenue="0421"), **BILL), []),
            (
                claim(line(revenue="0360"), **BILL),
                ["97140 is not paid with revenue code 0360; the payer allows 0420-0428 or 429"],
            ),
        ],
    ),
    "AUTH": Case(
        'cs:requiresAuthorization [ cs:services "97140" ]',
        [
            (claim(priorAuthorization=["A-1"]), []),
            (
                claim(),
                ["97140 needs prior authorization; the claim has no authorization number"],
            ),
        ],
    ),
    "AUTH-BILL": Case(
        'cs:requiresAuthorizationOnBill [ cs:services "97140" ; cs:bills "13*" ]',
        [
            (claim(**BILL, priorAuthorization=["A-1"]), []),
            (claim(line(priorAuthorization=["A-1"]), **BILL), []),
            (claim(**{**BILL, "typeOfBill": "0851"}), []),
            (
                claim(**BILL),
                [
                    "97140 needs prior authorization on type of bill 0131; the claim has no"
                    " authorization number"
                ],
            ),
        ],
    ),
    "ORDER": Case(
        'cs:requiresOrder [ cs:services "97140" ]',
        [
            (claim(referringProvider=PROVIDER), []),
            (claim(line(orderingProvider=PROVIDER)), []),
            (
                claim(renderingProvider=PROVIDER),
                ["97140 without an ordering or referring provider"],
            ),
            (claim(), ["the claim names no provider but the one that bills"]),
        ],
    ),
    "LISTED": Case(
        "cs:requiresListedProvider [ cs:orders cs:orders-part-b ; cs:providerOfLine cs:orderedBy ;"
        ' cs:services "97140" ]',
        [
            (claim(referringProvider=STRANGER), []),
            (claim(payer="example-strict", referringProvider={"npi": "1245319599"}), []),
            (claim(line("97110"), payer="example-strict", referringProvider=STRANGER), []),
            (
                claim(payer="example-strict", referringProvider=STRANGER),
                [
                    "NPI 1003000126 is not on the list (Example list of orderers of 2026-03-15)",
                ],
            ),
        ],
    ),
    "FIELD": Case(
        'cs:requiresClaimField [ cs:services "97140" ; cs:statedField cs:cliaNumber ;'
        ' cs:statedName "CLIA number" ]',
        [
            (claim(cliaNumber="05D0123456"), []),
            (claim(cliaNumber="05D0123456", renderingProvider=PROVIDER), []),
            (claim(line(cliaNumber="05D0123456"), renderingProvider=PROVIDER), []),
            (claim(line("97110"), renderingProvider=PROVIDER), []),
            (claim(renderingProvider=PROVIDER), ["97140 without the CLIA number"]),
            (
                claim(),
                ["the claim carries no fields beyond codes and charges, such as the CLIA number"],
            ),
        ],
    ),
    "FIELD-AT": Case(
        'cs:requiresClaimField [ cs:atPlace "21" ; cs:statedField cs:admissionDate ;'
        ' cs:statedName "date of admission" ]',
        [
            (claim(renderingProvider=PROVIDER), []),
            (
                claim(renderingProvider=PROVIDER, placeOfService="21", admissionDate="2026-05-01"),
                [],
            ),
            (
                claim(renderingProvider=PROVIDER, placeOfService="21"),
                ["97140 at place of service 21 without the date of admission"],
            ),
        ],
    ),
    "FILING": Case(
        "cs:limitsFiling [ cs:days 90 ]",
        [
            (claim(created="2026-08-02"), []),
            (
                claim(created="2026-08-03"),
                [
                    "timely filing limit of 90 days missed: service of 2026-05-04, sent on"
                    " 2026-08-03"
                ],
            ),
            (claim(created="2026-08-03", frequencyCode="7"), []),
        ],
    ),
    "SECONDARY": Case(
        'cs:secondaryOnly [ cs:diagnoses "M54.6" ]',
        [
            (claim(codes=("I10", "M54.6")), []),
            (
                claim(),
                ["M54.6 is listed first; the payer takes it as a secondary diagnosis only"],
            ),
        ],
    ),
    "FIRST": Case(
        'cs:firstListedOnly [ cs:diagnoses "M54.6" ]',
        [
            (claim(), []),
            (
                claim(codes=("I10", "M54.6")),
                ["M54.6 is a secondary diagnosis; the payer takes it as the first-listed one only"],
            ),
        ],
    ),
    "TOGETHER": Case(
        'cs:requiresDiagnosis [ cs:diagnoses "M54.6" ; cs:together "I10" ]',
        [
            (claim(codes=("I10", "M54.6")), []),
            (claim(), ["M54.6 without a diagnosis of I10 on the claim"]),
        ],
    ),
    "CHARGE": Case(
        'cs:limitsCharge [ cs:services "97140" ; cs:least 5 ; cs:most 20.50 ]',
        [
            (claim(line(charge="20.50")), []),
            (
                claim(line(charge="20.51")),
                ["20.51 is charged for 97140; the payer takes 5 to 20.50"],
            ),
            (claim(line(charge="4.00")), ["4 is charged for 97140; the payer takes 5 to 20.50"]),
        ],
    ),
    "MINUTES": Case(
        'cs:limitsMinutes [ cs:services "97140" ; cs:least 8 ]',
        [
            (claim(line(minutes=8)), []),
            (claim(line(minutes=7)), ["7 minutes of 97140; the payer pays 8 to 1440"]),
            (claim(), ["the minutes of the service are not on the claim"]),
        ],
    ),
    "NOT-PAID": Case(
        'cs:notPaid [ cs:services "9714*" ; cs:exceptServices "97140" ; cs:withoutModifier "GY" ]',
        [
            (claim(), []),
            (claim(line("97149", modifier=["GY"])), []),
            (claim(line("97149")), ["97149 is not paid"]),
        ],
    ),
    "NOT-PAID-BILL": Case(
        "cs:notPaid [ cs:onBill set:opps-bill ; cs:notOnBill set:inpatient-bill ;"
        ' cs:withFlag "dmerc-billable-only" ;'
        ' cs:withoutFlag "observation" ; cs:withoutFlagOfDay "colorectal" ;'
        ' cs:alsoFlag "e" ; cs:lineIs cs:always ;'
        ' cs:withoutStatusOnClaim "J1" ; cs:withoutRevenue "0490" ; cs:withoutStatus "C" ;'
        ' cs:withoutStatusOfDay "S1" ;'
        ' cs:withoutRevenueOfDay "0491" ; cs:unlessClaimIs cs:packagedOnly ]',
        [(claim(line("A4225"), **BILL), [])],
    ),
    "NOT-PAID-TAXONOMY": Case(
        'cs:notPaid [ cs:services "97140" ; cs:byTaxonomy "207Q*" ]',
        [
            (claim(billingProvider={"npi": "1234567893", "taxonomy": "225100000X"}), []),
            (claim(), ["97140 is not paid"]),
        ],
    ),
    "NEEDS-PROCEDURE": Case(
        'cs:requiresProcedure [ cs:revenueCodes "0360" ; cs:onBill set:opps-bill ]',
        [
            (claim(line(revenue="0360"), **BILL), []),
            (claim(bare(revenue="0420"), **BILL), []),
            (claim(bare(revenue="0360"), **BILL | {"typeOfBill": "0851"}), []),
            (
                claim(bare(revenue="0360"), **BILL),
                ["revenue code 0360 needs a procedure code on type of bill 0131"],
            ),
        ],
    ),
    "TABLE": Case(
        "cs:refusedByTable [ cs:rowOf cs:feeSchedule ; cs:column cs:bilateralIndicator ;"
        ' cs:values 0, 1 ; cs:services "20610" ; cs:moreUnitsThan 1 ] ;'
        ' cs:beforeFirstRelease "on {?date}, before {?first}: {?procedure}"',
        [
            (claim(line("20610")), []),
            (claim(line("99213", quantity=2)), []),
            (
                claim(line("20610", quantity=2)),
                [
                    "20610 is not paid: bilateralIndicator 1"
                    " (Medicare physician fee schedule, October 2025)"
                ],
            ),
            (
                claim(line("20610", quantity=2, serviced="2023-05-04")),
                ["on 2023-05-04, before 2024-01-01: 20610"],
            ),
        ],
    ),
    "UNLIKELY": Case(
        "cs:limitsByUnlikelyEdit [ cs:ofIndicator 1, 2, 3 ; cs:useOfEdits cs:usual ]",
        [
            (claim(), []),
            (
                claim(line(quantity=99)),
                [
                    "99 units of 97140 exceed the edit of 6 per date of service,"
                    " MUE practitioner table, 2026 Q2"
                ],
            ),
        ],
    ),
    "SURGERY": Case(
        'cs:visitNearSurgery [ cs:near cs:visitOnDayOf ; cs:ofGlobalDays "000" ;'
        ' cs:performerKnown true ; cs:anyModifier "25" ]',
        [
            (claim(line("99213", modifier=["25"]), line("20610")), []),
            (claim(line("99213"), line("20610", serviced="2026-05-06")), []),
            (
                claim(line("99213"), line("20610")),
                [
                    "99213 near 20610 of 2026-05-04 without modifier 25"
                    " (Medicare physician fee schedule, October 2025)"
                ],
            ),
        ],
    ),
    "NOT-ACCEPTED": Case(
        'cs:refusesDiagnosis [ cs:diagnoses "M54.*" ]',
        [(claim(codes=("I10",)), []), (claim(codes=("I10", "M54.6")), ["M54.6 is not accepted"])],
    ),
    "NOT-ACCEPTED-FIRST": Case(
        "cs:refusesDiagnosis [ cs:listedFirst true ; cs:ofOutpatients true ; cs:alone true ;"
        ' cs:withDiagnosisFlag "external-cause" ; cs:withoutAdmissionFlag "none" ;'
        ' cs:notOnTypeOfBill "*0" ]',
        [
            (claim(), []),
            (claim(codes=("W01.0XXA", "I10")), []),
            (claim(codes=("I10", "W01.0XXA")), []),
            (claim(codes=("W01.0XXA",)), ["W01.0XXA is not accepted"]),
        ],
    ),
    "NOT-ACCEPTED-RECORD": Case(
        'cs:refusesDiagnosis [ cs:diagnoses "M54.9" ; cs:shownAs doc:pain-site ]',
        [
            (claim(codes=("M54.9",)), []),
            (claim(codes=("M54.9",), documentation=[PAIN]), ["M54.9 is not accepted"]),
        ],
    ),
    "EXCLUDES": Case(
        'cs:excludesDiagnosis [ cs:diagnoses "O80" ; cs:others "O81-O9Z", "O00" ]',
        [
            (claim(codes=("O80", "Z37.0")), []),
            (claim(codes=("O80", "O82")), ["O80 and O82 are not coded together"]),
        ],
    ),
    "FIRST-OF-LINE": Case(
        'cs:firstDiagnosisOfLine [ cs:services "97140" ; cs:diagnoses "M99.0*" ]',
        [
            (claim(codes=("M99.03",)), []),
            (
                claim(line(diagnosisSequence=[2, 1]), codes=("M99.03", "I10")),
                ["the first diagnosis of 97140 is I10; the payer takes M99.0*"],
            ),
        ],
    ),
    "DIAGNOSIS-RECORD": Case(
        'cs:diagnosisNeedsRecord [ cs:diagnoses "M54.6" ; cs:documents doc:pain-site ]',
        [
            (claim(), []),
            (claim(documentation=[PAIN]), []),
            (
                claim(documentation=[PAIN | {"value": "false"}]),
                ["missing from the record for M54.6: site of the pain"],
            ),
        ],
    ),
    "ANY-RECORD": Case(
        'cs:requiresAnyDocumentation [ cs:services "97140" ;'
        ' cs:documents doc:pain-site, doc:pain-onset ; cs:pointingAt "M54.*" ]',
        [
            (claim(documentation=[PAIN]), []),
            (claim(codes=("I10",), documentation=[]), []),
            (
                claim(documentation=[]),
                ["missing from the record for 97140 for M54.*: pain-onset or pain-site"],
            ),
        ],
    ),
    "AGE-TABLE": Case(
        "cs:limitsAgeByTable [ cs:rowOf cs:ageLimit ; cs:laterRowOf cs:laterAgeLimit ]",
        [
            (claim(line("99396")), []),
            (claim(line("99381")), ["99381 is for ages 0 to 0; the patient is 46"]),
        ],
    ),
    "AGE-TABLE-DIAGNOSIS": Case(
        "cs:limitsDiagnosisAge [ cs:rowOf cs:diagnosisEdit ; cs:laterRowOf cs:laterDiagnosisEdit ]",
        [
            (claim(), []),
            (
                claim(codes=("O80",), patient={"birthDate": "2018-01-01", "sex": "female"}),
                ["O80 is for ages 9 to 64; the patient is 8"],
            ),
        ],
    ),
    "FORM": Case(
        'cs:hasForm [ cs:ofField cs:typeOfBill ; cs:matching "^0?[1-8]" ;'
        " cs:besideField cs:payer ] ; sh:targetSubjectsOf cs:typeOfBill",
        [
            (claim(**BILL), []),
            (
                claim(**BILL | {"typeOfBill": "0931"}),
                ["0931 does not have the form of typeOfBill"],
            ),
        ],
    ),
    "FILING-TERM": Case(
        'cs:limitsFilingByTerm [ cs:frequencies "1" ; cs:sentFrom "2016-01-01"^^xsd:date ] ;'
        " cs:payer payer:medicare",
        [
            (claim(), []),
            (claim(payer="medicare", created="2027-05-04"), []),
            (
                claim(payer="medicare", created="2027-05-05"),
                [
                    "claim sent on 2027-05-05, after the timely filing limit of 2027-05-04"
                    " for the service of 2026-05-04"
                ],
            ),
            (claim(payer="medicare", created="2027-05-05", frequencyCode="7"), []),
            (claim(line(serviced="2014-05-04"), payer="medicare", created="2015-12-31"), []),
        ],
    ),
    "COUNT": Case(
        "cs:limitsCount [ cs:count cs:untimedUnitsOfDay ; cs:most 1 ;"
        " cs:unlessAny cs:besideUnclassified ]",
        [
            (claim(line("97161")), []),
            (
                claim(line("97161", quantity=2)),
                ["2 of 97161 on 2026-05-04 exceed what is allowed"],
            ),
        ],
    ),
    "COUNT-OF-CLAIM": Case(
        "cs:limitsCount [ cs:count cs:timedUnitsOfDay ; cs:mostOf cs:timedUnitsAllowed ;"
        " cs:minutesOf cs:timedMinutesOfDay ; cs:underTerm cs:TotalMinutesRule ] ;"
        " cs:payer payer:medicare",
        [
            (claim(line(quantity=3, minutes=15)), []),
            (claim(line(quantity=1, minutes=15), payer="medicare"), []),
            (
                claim(line(quantity=3, minutes=15), payer="medicare"),
                ["3 of 97140 on 2026-05-04 exceed what is allowed"],
            ),
        ],
    ),
    "EARLY": Case(
        'cs:notPaid [ cs:services list:ours ; cs:withoutModifier "GY" ] ;'
        ' cs:beforeFirstListed "{?procedure} on {?date}, before {?first}"',
        [
            (claim(line("97530", modifier=["GY"], serviced="2025-12-31")), []),
            (
                claim(line("97530", serviced="2025-12-31")),
                ["97530 on 2025-12-31, before 2026-01-01"],
            ),
            (claim(line("97530", serviced="2026-01-01")), ["97530 is not paid"]),
            (claim(line("97530", serviced="2026-07-01")), []),
        ],
    ),
    "IN-ORDER": Case(
        "cs:datesInOrder [ cs:firstDate cs:serviced ; cs:lastDate cs:servicedEnd ;"
        " cs:toldOf cs:servicedEnd ]",
        [
            (claim(line(servicedEnd="2026-05-05")), []),
            (
                claim(line(servicedEnd="2026-05-03")),
                ["serviced is 2026-05-04 and servicedEnd is 2026-05-03"],
            ),
        ],
    ),
    "ONE-LINE": Case(
        'cs:onlyOneLine [ cs:services "97140" ; cs:withoutModifier "59" ]',
        [
            (claim(), []),
            (claim(line(), line(modifier=["59"])), []),
            (claim(line(), line()), ["97140 is already on line 1"]),
        ],
    ),
    "ONE-LINE-FLAG": Case(
        'cs:onlyOneLine [ cs:flags "observation-hourly" ; cs:onBill set:observation-bill ]',
        [
            (claim(), []),
            (claim(line("G0378"), line("G0378"), **BILL), ["G0378 is already on line 1"]),
        ],
    ),
    "RELATED": Case(
        "cs:refusesRelated [ cs:relation cs:integralTo ]",
        [
            (claim(codes=("R05.1", "N30.00")), []),
            (claim(codes=("J18.9", "R05.1")), ["R05.1 is not reported with J18.9"]),
        ],
    ),
    "EXCLUDES1": Case(
        "cs:excludedByNote [ cs:whereNotTrue cs:attestedUnrelated, cs:overBroad ]",
        [
            (claim(codes=("M54.6", "I10")), []),
            (
                claim(codes=("M54.6", "M51.24")),
                [
                    'Excludes1 conflict: M51.24 and M54.6 (note at M54.6: "pain in thoracic spine'
                    ' due to intervertebral disc disorder (M51.-)")'
                ],
            ),
            (claim(codes=("J18.9", "R05.1")), []),
        ],
    ),
    "AUTH-NEED": Case(
        "cs:requiresAuthorization [ cs:neededBy cs:needsAuthorization ] ;"
        " cs:payer payer:example-managed",
        [
            (claim(line("72146")), []),
            (
                claim(line("72146"), payer="example-managed"),
                ["72146 needs prior authorization; the claim has no authorization number"],
            ),
            (claim(line("72146"), payer="example-managed", priorAuthorization=["A1"]), []),
            (claim(line("72146", serviced="2025-06-30"), payer="example-managed"), []),
        ],
    ),
    "TWO-FORMS": Case(
        'cs:requiresModifier [ cs:services "97140" ; cs:anyModifier "59" ],'
        ' [ cs:services "97530" ; cs:anyModifier "GP" ]',
        [
            (claim(line(modifier=["59"]), line("97530", modifier=["GP"])), []),
            (
                claim(line(), line("97530")),
                ["97140 without modifier 59", "97530 without modifier GP"],
            ),
        ],
    ),
}
OF_TABLES = {
    "LISTED",
    "NOT-PAID-BILL",
    "NOT-PAID-TAXONOMY",
    "NEEDS-PROCEDURE",
    "TABLE",
    "UNLIKELY",
    "SURGERY",
    "NOT-ACCEPTED-FIRST",
    "NOT-ACCEPTED-RECORD",
    "AGE-TABLE",
    "AGE-TABLE-DIAGNOSIS",
    "FORM",
    "FILING-TERM",
    "COUNT",
    "COUNT-OF-CLAIM",
    "IN-ORDER",
    "ONE-LINE-FLAG",
    "RELATED",
    "EXCLUDES1",
    "AUTH-NEED",
}
"""Cases for which no claim is made: what the tables say decides."""


def rule(name: str, form: str) -> str:
    return (
        f"rule:FAM-{name} a cs:Rule ; cs:payer payer:commercial ;"
        f' schema:validFrom "2020-01-01"^^xsd:date ;\n    {form} ;\n'
        "    sh:severity sh:Warning ; dcterms:source source:manual .\n"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("families")
    (made / "lists").mkdir()
    (made / "lists" / "ours.csv").write_text(LIST, "utf-8")
    (made / "sources.ttl").write_text(HEAD + SOURCE, "utf-8")
    for name, case in CASES.items():
        (made / f"FAM-{name}.ttl").write_text(HEAD + rule(name, case.form), "utf-8")
    return made


def claims() -> list[Any]:
    made = []
    for name, case in CASES.items():
        for number, (stated, _) in enumerate(case.claims):
            whole = {key: value for key, value in stated.items() if value is not None}
            made.append({**whole, "id": f"{name}/{number}"})
    return made


def said(results: Iterator[ClaimResult]) -> dict[str, list[str]]:
    found = {}
    for result in results:
        own = f"FAM-{result.claim.rpartition('/')[0]}"
        messages = [each.message for each in result.findings if each.rule == own]
        messages += [each.reason for each in result.not_checked if each.rule == own]
        messages += [each.reason for each in result.not_covered if each.rule == own]
        found[result.claim] = messages
    return found


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_every_family_in_each_engine(engine: Any, folder: Path) -> None:
    checker = Checker(book=load_rules([folder]), engine=engine)
    expected = {
        f"{name}/{number}": messages
        for name, case in CASES.items()
        for number, (_, messages) in enumerate(case.claims)
    }
    assert said(checker.check(claims())) == expected
    assert checker.fallback is None


def test_every_family_has_a_case() -> None:
    graph = rdflib.Graph().parse(ROOT / "ontology" / "families.ttl")
    forms = {form for family in read_families(graph) for form in family.forms}
    tested = "\n".join(case.form for case in CASES.values())
    assert {form for form in forms if f"cs:{form.rsplit('#')[-1]} [" not in tested} == set()


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ('cs:requiresModifier [ cs:services "97140" ]', "cs:requiresModifier lacks cs:anyModifier"),
        (
            'cs:requiresModifier [ cs:services "97140" ; cs:anyModifers "59" ]',
            "cs:requiresModifier has no cs:anyModifers",
        ),
        (
            'cs:requiresModifierBeside [ cs:services "97140" ; cs:anyModifier "59" ]',
            "cs:requiresModifierBeside lacks cs:beside",
        ),
        (
            'cs:requiresModifier [ cs:services set:nothing ; cs:anyModifier "59" ]',
            "there is no value set or list https://w3id.org/claimshapes/value-set/nothing",
        ),
        ('cs:limitsFrequency [ cs:services "97140" ; cs:most 1 ]', "needs one of"),
        (
            'cs:limitsFrequency [ cs:services "97140" ; cs:most 1 ; cs:days 1 ; cs:months 1 ]',
            "needs one of",
        ),
        ('cs:limitsFiling [ cs:days "ninety" ]', "cs:days is a whole number of days"),
        ('cs:limitsUnitsPerLine [ cs:services "97140" ; cs:most 1, 2 ]', "has several values"),
        ('cs:limitsUnitsPerLine [ cs:services "97140\\"" ; cs:most 1 ]', "is no code"),
        (
            'cs:requiresAuthorization [ cs:services "1" ] ; cs:limitsFiling [ cs:days 9 ]',
            "states 2 forms",
        ),
    ],
)
def test_form_that_cannot_be_filled(form: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "FAM-X.ttl").write_text(HEAD + SOURCE + rule("X", form), "utf-8")
    with pytest.raises(RuleError, match=problem):
        load_rules([tmp_path])
