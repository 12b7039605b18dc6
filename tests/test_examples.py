"""The claims of examples/, and claims that nobody here wrote, by the whole way."""

from pathlib import Path

import pytest

from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims

ROOT = Path(__file__).parents[1]

# What a coder would say of each: rules that find something, and rules that are not checked.
STORY: dict[str, tuple[set[str], set[str]]] = {
    "01-clean-therapy": (set(), set()),
    "02-clean-visit": (set(), set()),
    "03-region-documented": ({"BP-REGION"}, set()),
    "04-region-coded-twice": ({"DX-UNSPEC-WITH-SPECIFIC"}, set()),
    "05-expired-low-back-pain": ({"DX-DATE"}, set()),
    "06-expired-myalgia": ({"DX-DATE"}, set()),
    "07-nothing-documented": ({"BP-DOC"}, set()),
    "08-cause-documented": ({"BP-UNDERLYING"}, set()),
    "09-disc-and-pain": ({"DX-EXCL1"}, set()),
    "10-mri-without-necessity": ({"BP-MRI-NEC"}, set()),
    "11-mri-for-radiculopathy": (set(), set()),
    "12-mri-of-the-wrong-region": ({"MN-PAIR", "DOC-ORDER"}, set()),
    "13-therapy-without-modifier-or-time": (
        {"TH-GP", "TH-TIME", "TH-RESPONSE", "BP-SITE"},
        set(),
    ),
    "14-too-many-units": ({"TH-UNITS"}, set()),
    "15-traction-and-manual-therapy": ({"PX-PTP1"}, set()),
    "16-exercise-and-manual-therapy": (set(), set()),
}


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


def judged(checker: Checker, file: Path) -> list[ClaimResult]:
    readings = list(read_claims(file))
    assert all(isinstance(reading, ClaimRecord) for reading in readings)
    return [checker.check_one(r) for r in readings if isinstance(r, ClaimRecord)]


def test_every_example_is_in_the_story() -> None:
    assert {file.stem for file in (ROOT / "examples").iterdir()} == STORY.keys()
    assert len(STORY) >= 12


@pytest.mark.parametrize("name", sorted(STORY))
def test_example_tells_its_story(checker: Checker, name: str) -> None:
    (result,) = judged(checker, ROOT / "examples" / f"{name}.json")
    found, unjudged = STORY[name]
    assert {finding.rule for finding in result.findings} == found
    assert {item.rule for item in result.not_checked} == unjudged


def sample(checker: Checker, number: int) -> list[ClaimResult]:
    return judged(checker, ROOT / "tests" / "data" / "x12" / f"sample_837_{number}.txt")


def test_published_claims_of_2018(checker: Checker) -> None:
    """Five behavioural health claims: nothing wrong with them."""
    results = sample(checker, 0)
    assert len(results) == 5
    for result in results:
        assert {finding.rule for finding in result.findings} == set()
        # Codes of 2018, before the first loaded tabular list, that no note of it connects; units
        # that a later table of MUE does not allow.
        assert {item.rule for item in result.not_checked} <= {"PX-MUE-WARNING"}


def test_i109_of_a_published_claim_is_no_code(checker: Checker) -> None:
    (result,) = sample(checker, 11)
    assert {f.rule for f in result.findings} == {"DX-UNKNOWN", "CLM-PTR-MISSING", "CLM-NPI"}
    (unknown,) = (f for f in result.findings if f.rule == "DX-UNKNOWN")
    assert (unknown.focus, unknown.path, unknown.value) == ("/diagnosis/0", "code", "I109")
    assert unknown.message == "no release of ICD-10-CM lists I109"


def test_published_claims_in_one_file(checker: Checker) -> None:
    """The same claim again, and two whose lines point at as many as eight diagnoses."""
    results = sample(checker, 12)
    found = [{finding.rule for finding in result.findings} for result in results]
    assert found == [
        {"DX-UNKNOWN", "CLM-PTR-MISSING", "CLM-NPI"},
        {"DX-EXTCAUSE-FIRST"},
        {"CLM-PTR-COUNT", "DX-EXTCAUSE-FIRST"},
    ]
