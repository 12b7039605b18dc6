"""Each finding points at a field that the claim has, or could have, by the names of the format."""

from __future__ import annotations

from claimshapes.claims.field_terms import claim_term, field_of, property_of


def test_a_field_is_named_as_in_the_claim_format() -> None:
    assert field_of("/subscriber", "memberNumber") == "id"
    assert field_of("/item/3", "procedure") == "procedure"
    assert field_of("/accident", "accidentState") == "state"
    assert field_of("", "claimType") == "type"
    assert field_of("/item/3", "noFieldOfALine") == "noFieldOfALine"


def test_names_and_properties_tell_each_other() -> None:
    terms = [("", claim_term())]
    for pointer, term in terms:
        for name, each in term.fields.items():
            terms.append((f"{pointer}/{name}", each))
            assert field_of(pointer, property_of(pointer, name)) == name, (pointer, name)
    assert len(terms) > 100
