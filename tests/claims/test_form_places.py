from __future__ import annotations

import pytest

from claimshapes.claims.form_places import form_place


@pytest.mark.parametrize(
    ("kind", "pointer", "said"),
    [
        ("professional", "", "the claim"),
        (
            "professional",
            "/diagnosis/1/code",
            "diagnosis 2, code (box 21B; 837 loop 2300 HI02-2)",
        ),
        (
            "professional",
            "/item/1/diagnosisSequence",
            "line 2, diagnosis pointer (box 24E; 837 loop 2400 SV107)",
        ),
        (
            "professional",
            "/item/0/modifier/1",
            "line 1, modifier 2 (box 24D; 837 loop 2400 SV101-4)",
        ),
        (
            "professional",
            "/item/0/placeOfService",
            "line 1, place of service (box 24B; 837 loop 2400 SV105)",
        ),
        (
            "professional",
            "/renderingProvider/npi",
            "rendering provider, NPI (box 24J; 837 loop 2310 NM1*82)",
        ),
        (
            "institutional",
            "/subscriber/id",
            "subscriber, member number (FL 60; 837 loop 2010BA NM109)",
        ),
        ("institutional", "/item/2/quantity", "line 3, units (FL 46; 837 loop 2400 SV205)"),
        ("institutional", "/item/0/procedure", "line 1, procedure (FL 44; 837 loop 2400 SV202-2)"),
        ("professional", "/diagnosis/13/code", "diagnosis 14, code (box 21A to 21L; 837 loop"),
    ],
)
def test_a_place_is_named_as_the_forms_name_it(kind: str, pointer: str, said: str) -> None:
    assert str(form_place({"type": kind}, pointer)).startswith(said)


def test_the_element_of_fhir() -> None:
    place = form_place({}, "/item/1/diagnosisSequence")
    assert place.fhir == "Claim.item[1].diagnosisSequence"
