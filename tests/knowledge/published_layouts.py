"""A file of each layout that can be imported, made up after its description: one row per layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from tests.knowledge.published_files import MUE_NAMES, MUE_VALUES, NOTICE, mue_rows, ptp_rows

CODES = ("97110", "97112", "97140", "97530", "99213", "80061", "J1100", "G0283")
_LETTERS = ("jan", "apr", "jul", "oct")


@dataclass(frozen=True, slots=True)
class Published:
    """A layout of a data set, and how to write a file in it.

    Attributes:
        data_set: id of the data set.
        name: the file's name for the first day of its period, without an ending.
        rows: the file's rows, of the table's first so many codes.
        heading: a heading of the layout.
        other: another data set.
        days: first days of two periods that follow each other.
    """

    data_set: str
    name: Callable[[date], str]
    rows: Callable[[int, date], list[list[str]]]
    heading: str
    other: str = "taxonomy"
    days: tuple[date, date] = (date(2027, 1, 1), date(2027, 4, 1))


def _quarter(day: date) -> str:
    return f"{day.year}-q{day.month // 3 + 1}"


def _mue_name(kind: str, day: date) -> str:
    return MUE_NAMES[kind].format(f"{day:%m-%d-%Y}").removesuffix(".csv")


def _medicaid_mue_name(kind: str, day: date) -> str:
    return f"medicaid-ncci-{_quarter(day)}-mue-edits-{kind}"


def _pairs_name(name: str, day: date) -> str:
    version = (day.year - 1994) * 10 + day.month // 3
    return name.format(quarter=_quarter(day), version=version)


def _dated_name(kind: str, day: date) -> str:
    return f"{kind}_{day:%Y-%m-%d}"


def _mue(kind: str) -> Callable[[int, date], list[list[str]]]:
    return lambda count, day: mue_rows(kind, dict.fromkeys(CODES[:count], 3))


def _medicaid_mue(heading: str) -> Callable[[int, date], list[list[str]]]:
    def rows(count: int, day: date) -> list[list[str]]:
        head = [[NOTICE, "", ""], ["HCPCS/CPT Code", heading, "MUE Rationale"]]
        return head + [[code, "2", "Clinical: Data"] for code in CODES[:count]]

    return rows


def _pairs(count: int, day: date) -> list[list[str]]:
    return ptp_rows([(code, "97535", "20200101", "*", "1") for code in CODES[:count]])


def _listed(
    head: Sequence[str], row: Callable[[str, int], list[str]], codes: Sequence[str] = CODES
) -> Callable[[int, date], list[list[str]]]:
    def rows(count: int, day: date) -> list[list[str]]:
        return [list(head)] + [row(code, number) for number, code in enumerate(codes[:count])]

    return rows


def _fee_schedule(count: int, day: date) -> list[list[str]]:
    month = ("January", "April", "July", "October")[day.month // 3]
    title = f"{day.year} National Physician Fee Schedule Relative Value File {month} Release"
    heads = (
        *("HCPCS", "MOD", "DESCRIPTION", "STATUS CODE", "NOT USED FOR MEDICARE PAYMENT"),
        *("NON-FAC NA INDICATOR", "FACILITY NA INDICATOR", "PCTC IND", "GLOB DAYS", "MULT PROC"),
        *("BILAT SURG", "ASST SURG", "CO- SURG", "TEAM SURG"),
    )
    rows = [[title], list(heads)]
    for code in CODES[:count]:
        rows.append([code, "", "words of an owner", "A", "", "", "", "7", "XXX", *"50000"])
    return rows


def _add_ons(count: int, day: date) -> list[list[str]]:
    head = ["Add_On_Code", "AOC_DEL_DT", "Primary_Code", "Primary_Code_Del_Dt", "AOC_Edit_Eff_Dt"]
    head += ["AOC_Edit_Del_Dt", "AOC_Edit_Type", "Special_Instruction_Notes"]
    return [head] + [[code, "", "97535", "", "2005001", "", "1", ""] for code in CODES[:count]]


_TAXONOMY = tuple(f"{number}00000X" for number in range(1011, 1019))
_CARC = ("1", "2", "16", "50", "97", "A1", "B7", "P1")
_RARC = ("M1", "M2", "M15", "MA01", "MA130", "N1", "N115", "N362")
_REVENUE = ("0250", "0300", "0320", "0420", "0430", "0440", "0450", "0510")
_BILLS = ("111", "131", "221", "231", "341", "721", "741", "851")
_HCPCS = tuple(f"A{number:04}" for number in range(21, 29))
_PROVIDERS = tuple(f"100300012{number}" for number in range(8))
_PLACES = ("01", "02", "10", "11", "21", "22", "27", "66")
_CONVERTED = ("M54.50", "M54.51", "M54.59", "E66.811", "E66.812", "E66.813", "U07.1", "Z79.85")


LAYOUTS = [
    *(
        Published(
            kind,
            partial(_mue_name, kind),
            _mue(kind),
            MUE_VALUES[kind],
        )
        for kind in MUE_VALUES
    ),
    *(
        Published(
            f"medicaid-mue-{kind}",
            partial(_medicaid_mue_name, kind),
            _medicaid_mue(heading),
            heading,
            f"mue-{kind}",
        )
        for kind, heading in (
            ("practitioner", "Practitioner Services MUE Values"),
            ("outpatient", "Outpatient Hospital Services MUE Values"),
            ("dme", "DME Supplier Services MUE Values"),
        )
    ),
    *(
        Published(
            f"{program}-ptp-{kind}",
            partial(_pairs_name, name),
            _pairs,
            "Deletion",
        )
        for program, kind, name in (
            ("ncci", "practitioner", "ccipra-v{version}r0-f1"),
            ("ncci", "hospital", "ccioph-v{version}r0-f1"),
            ("medicaid", "practitioner", "medicaid-ncci-{quarter}-ptp-edits-practitioner-services"),
            ("medicaid", "hospital", "medicaid-ncci-{quarter}-ptp-edits-outpatient-hospital"),
        )
    ),
    Published(
        "physician-fee-schedule",
        lambda day: f"PPRRVU{day.year}_{_LETTERS[day.month // 3]}",
        _fee_schedule,
        "GLOB DAYS",
    ),
    Published(
        "ncci-add-on",
        lambda day: f"AOC_V{day.year}Q{day.month // 3 + 1}-MCR",
        _add_ons,
        "AOC_Edit_Type",
    ),
    Published(
        "hcpcs-level2",
        lambda day: f"HCPC{day.year}_{_LETTERS[day.month // 3].upper()}_ANWEB",
        _listed(
            ("HCPC", "SEQNUM", "RECID", "LONG DESCRIPTION"),
            lambda code, number: [code, "00100", "3", "words"],
            _HCPCS,
        ),
        "RECID",
    ),
    Published(
        "taxonomy",
        lambda day: f"nucc_taxonomy_{day.year % 100}{day.month // 7}",
        _listed(
            ("Code", "Grouping", "Classification", "Definition"),
            lambda code, number: [code, "Group", "Kind", "words; of, an owner"],
            _TAXONOMY,
        ),
        "Grouping",
        "carc",
        (date(2027, 1, 1), date(2027, 7, 1)),
    ),
    *(
        Published(
            kind,
            partial(_dated_name, kind),
            _listed(
                ("Code", "Description", "Start", "Last Modified", "Stop"),
                lambda code, number: [
                    *(code, "words of an owner", "01/01/1995", "", "07/01/2020" * (number == 2))
                ],
                codes,
            ),
            "Start",
            days=(date(2027, 3, 1), date(2027, 7, 1)),
        )
        for kind, codes in (("carc", _CARC), ("rarc", _RARC))
    ),
    Published(
        "telehealth",
        lambda day: f"list-of-telehealth-services-calendar-year-{day.year}",
        _listed(
            (
                *("Code", "Short Descriptor", "Status"),
                *("Can Audio-only Interaction Meet the Requirements?", "Payment Limitations"),
            ),
            lambda code, number: [code, "words of an owner", "Permanent", "Yes", ""],
        ),
        "Status",
        days=(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    Published(
        "clia-waived",
        lambda day: f"clia-waived-tests-{_LETTERS[day.month // 3]}-{day.year}",
        _listed(
            ("CPT CODE(S)", "TEST NAME", "MANUFACTURER", "USE"),
            lambda code, number: [
                f"{code}QW" if number % 2 else code,
                "a test",
                "a maker",
                "words",
            ],
        ),
        "TEST NAME",
    ),
    Published(
        "clia-edits",
        lambda day: f"subject-to-clia-edits-{day.year}",
        _listed(("HCPCS Code", "Descriptor"), lambda code, number: [code, "words"]),
        "HCPCS Code",
        days=(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    Published(
        "therapy-codes",
        lambda day: f"therapy-code-list-{day.year}",
        _listed(
            ("CPT/HCPCS Code", "Descriptor", "Disposition"),
            lambda code, number: [
                *(
                    code,
                    "words of an owner",
                    "Sometimes Therapy" if number % 2 else "Always Therapy",
                )
            ],
        ),
        "Disposition",
        days=(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    Published(
        "single-dose-drugs",
        lambda day: f"jw-jz-hcpcs-codes-{_LETTERS[day.month // 3]}-{day.year}",
        _listed(("HCPCS Code", "Descriptor"), lambda code, number: [code, "words"]),
        "Descriptor",
        days=(date(2027, 1, 1), date(2027, 7, 1)),
    ),
    Published(
        "dmepos-fee-schedule",
        lambda day: f"dmepos-{_LETTERS[day.month // 3]}-{day.year}",
        _listed(
            ("HCPCS", "Mod", "Mod2", "JURIS", "CATG", "Ceiling"),
            lambda code, number: [code, ("NU", "RR", "UE")[number % 3], "", "D", "IN", "1.00"],
        ),
        "CATG",
    ),
    Published(
        "dmepos-jurisdiction",
        lambda day: f"dmepos-jurisdiction-list-{day.year}",
        _listed(
            ("HCPCS", "Description", "Jurisdiction"),
            lambda code, number: [code, "words", "DME MAC"],
        ),
        "Jurisdiction",
        days=(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    Published(
        "prior-authorization",
        lambda day: f"services-to-authorize-{day.year}",
        _listed(
            ("Payer", "Code", "First day", "Last day", "States", "Without it"),
            lambda code, number: [
                *("medicare", code, "2026-01-15", "", "OH NJ" * (number % 2), "reviewed")
            ],
        ),
        "First day",
        days=(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    Published(
        "preventive-frequency",
        lambda day: f"preventive-services-{day.year}",
        _listed(
            ("Service", "Counts", "Months", "Limit", "First day"),
            lambda code, number: [code, code, "11", "11 full months", "2015-10-01"],
        ),
        "Counts",
        days=(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    Published(
        "ndc-hcpcs",
        lambda day: f"{day:%B} {day.year} ASP NDC-HCPCS Crosswalk",
        _listed(
            ("_2027_CODE", "Short Description", "LABELER NAME", "NDC", "Drug Name", "PKG SIZE"),
            lambda code, number: [code, "words", "words", f"50242-006{number}-01", "words", "1"],
        ),
        "LABELER NAME",
    ),
    Published(
        "order-referring",
        lambda day: f"OrderReferring_{day:%Y%m%d}",
        _listed(
            ("NPI", "LAST_NAME", "FIRST_NAME", "PARTB", "DME", "HHA", "PMD", "HOSPICE"),
            lambda code, number: [code, "words", "words", "Y", "Y", *"YNN"],
            _PROVIDERS,
        ),
        "PMD",
        days=(date(2027, 1, 4), date(2027, 4, 5)),
    ),
    Published(
        "revenue-codes",
        lambda day: f"revenue-codes-{day.year}",
        _listed(("Revenue Code", "Description"), lambda code, number: [code, "words"], _REVENUE),
        "Description",
        days=(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    Published(
        "bill-types",
        lambda day: f"types-of-bill-{day.year}",
        _listed(
            ("Type of Bill", "Description"), lambda code, number: [f"0{code}", "words"], _BILLS
        ),
        "Description",
        days=(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    Published(
        "place-codes",
        partial(_dated_name, "place-of-service"),
        _listed(
            ("Place of Service Code(s)", "Place of Service Name", "Place of Service Description"),
            lambda code, number: [code, "a name", "words"],
            _PLACES,
        ),
        "Place of Service Name",
        days=(date(2027, 3, 1), date(2027, 7, 1)),
    ),
    Published(
        "icd-10-cm-conversions",
        lambda day: f"ICD_10_CM_CONVERSION_TABLE_FY2028_{day:%B}_1_{day.year}",
        _listed(
            ("Current code assignment", "Effective", "Previous Code(s) Assignment"),
            lambda code, number: [code, "2021", f"M99.{number}"],
            _CONVERTED,
        ),
        "Effective",
        days=(date(2027, 10, 1), date(2028, 4, 1)),
    ),
]
"""The data sets whose files are tables; those of ICD-10-CM, of the NCDs, of the Medicare
Code Editor and of the Medicare Coverage Database have tests of their own."""
