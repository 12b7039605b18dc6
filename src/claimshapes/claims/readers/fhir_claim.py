"""The claim that a FHIR Claim or ExplanationOfBenefit is.

What codes of FHIR mean for a claim stands in ontology/fhir.json. The older names of STU3
(``service``, ``diagnosisLinkId``), which published samples have, are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from claimshapes.claims.field_terms import FieldTerm, claim_term
from claimshapes.claims.field_values import plain_number
from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_element import Element, FhirFault, References
from claimshapes.claims.readers.fhir_names import is_near
from claimshapes.claims.readers.unread import count_part
from claimshapes.knowledge.format_terms import format_terms

_NPI_DIGITS = 10
_NDC_DIGITS = 11
_STATE = re.compile(r"[A-Z]{2}")
_SEXES = ("male", "female")


class ClaimMapping:
    """Makes the claim of one resource.

    Args:
        resource: a Claim or an ExplanationOfBenefit.
        references: the resources that it may refer to.

    Attributes:
        places: FHIRPaths of the parts that the claim was made of, by JSON Pointer.
    """

    def __init__(self, resource: Element, references: References) -> None:
        self._resource = resource
        self._references = references
        self._codes = fhir_codes()
        self.places: dict[str, str] = {"": resource.path}
        self.payer_names: tuple[str, ...] = ()

    def claim(self) -> dict[str, Any]:
        """The claim, not yet validated.

        Raises:
            FhirFault: a part is not what FHIR says, or is of a kind that is not read.
        """
        resource = self._resource
        refused = self._codes["refusedStatus"].get(resource.text("status"))
        if refused is not None:
            raise FhirFault(refused, f"{resource.path}.status")
        kind, payer = self._type()
        items = self._items()
        if any("revenue" in item for item in items):
            # No professional claim has revenue codes; some servers call outpatient ones so.
            kind = "institutional"
        if len({str(item["sequence"]) for item in items}) < len(items):
            # Lines that are not numbered are numbered in their order, as those of an 837.
            for sequence, item in enumerate(items, start=1):
                item["sequence"] = sequence
        institutional = kind == "institutional"
        place = _common_place(items)
        claim: dict[str, Any] = {
            "id": resource.text("identifier", "value") or resource.text("id"),
            "type": kind,
            "use": self._use(),
            "typeOfBill": self._type_of_bill() if institutional else "",
            "payer": self._payer(payer) or "unknown",
            "patient": self._patient(),
            "billingProvider": self._provider(),
            "placeOfService": place,
            "priorAuthorization": self._authorizations(),
            "created": resource.day("created"),
            "total": self._total(),
            "billablePeriod": self._period() if institutional else {},
        }
        diagnoses, sequences = self._diagnoses()
        claim |= diagnoses
        for item in items:
            pointers = item.get("diagnosisSequence", [])
            if sequences and pointers:
                item["diagnosisSequence"] = [sequences.get(p, p) for p in pointers]
        claim |= self._care_team(items)
        claim["serviceFacility"] = self._named_provider(self._resource.get("facility"))
        claim["originalClaimNumber"] = self._original()
        claim["accident"] = self._accident()
        claim |= self._stay(institutional=institutional)
        claim["item"] = items
        claim["documentation"] = self._documentation(items)
        extensions = _extensions(resource, claim_term())
        claim |= self._coverages(items, extensions)
        self._count_decision()
        if not claim["typeOfBill"] and "frequencyCode" not in extensions:
            claim["frequencyCode"] = self._frequency()
        return extensions | _filled(claim)

    def _type(self) -> tuple[str, str]:
        concept = self._resource.get("type")
        if concept is None:
            return "professional", ""
        found = list(concept.codings())
        for entry in self._codes["type"]:
            for system, code in found:
                if system == entry["system"] and code in entry["codes"]:
                    meaning = entry["codes"][code]
                    if "refused" in meaning:
                        raise FhirFault(f"{meaning['refused']} is not read", concept.path)
                    self.places["/type"] = concept.path
                    return meaning["type"], meaning.get("payer", "")
        if found:
            raise FhirFault("expected a claim type of HL7, with its system", concept.path)
        return "professional", ""

    def _use(self) -> str:
        code = self._resource.text("use")
        if not code:
            return ""
        self.places["/use"] = f"{self._resource.path}.use"
        # STU3's names of uses are no codes of R4; they stay, and the claim format says so.
        return str(self._codes["use"].get(code, code))

    def _frequency(self) -> str:
        """The frequency code of a claim that names the one that it takes the place of."""
        for related in self._resource.each("related"):
            relationship, original = related.get("relationship"), related.get("claim")
            if relationship is None or original is None:
                continue
            if original.text("reference") or original.text("identifier", "value"):
                for system, code in relationship.codings():
                    frequency = self._codes["relationship"].get(system, {}).get(code)
                    if frequency is not None:
                        self.places["/frequencyCode"] = related.path
                        return str(frequency)
        return ""

    def _type_of_bill(self) -> str:
        concept = self._resource.get("subType")
        if concept is not None:
            code = _code(concept, self._codes["typeOfBill"])
            if code:
                self.places["/typeOfBill"] = concept.path
                return code
        for info in self._resource.each("supportingInfo", "information"):
            category, concept = info.get("category"), info.get("code")
            if category is None or concept is None:
                continue
            if any(code in self._codes["typeOfBillCategory"] for _, code in category.codings()):
                self.places["/typeOfBill"] = concept.path
                return next((code for _, code in concept.codings()), "")
        return ""

    def _payer(self, of_type: str) -> str:
        """The payer of ours that insurer or coverage name or the coverage's type means.

        Else the insurer's own name, or where it has none the payer that the claim's type means.
        """
        names: list[str] = []
        for reference in self._payers():
            self.places.setdefault("/payer", reference.path)
            resource = self._references.resolve(reference)
            for holder in (resource, reference):
                if holder is None:
                    continue
                names += [found.text("value") for found in holder.each("identifier")]
                names += [holder.text("name"), holder.text("display")]
            names.append(reference.text("reference").rpartition("/")[2].lstrip("#"))
        self.payer_names = tuple(dict.fromkeys(name for name in names if name))
        known = [name for name in self.payer_names if name in format_terms().payers]
        return next(iter([*known, *self._coverage_types(), *self.payer_names]), of_type)

    def _coverage_types(self) -> Iterator[str]:
        """The payers that the types of the claim's coverages mean, those of the first first."""
        for insurance in self._resource.each("insurance"):
            coverage = self._references.resolve(insurance.get("coverage"))
            concept = None if coverage is None else coverage.get("type")
            if concept is not None:
                for system, code in concept.codings():
                    payer = format_terms().payer_of_coverage(system, code)
                    if payer is not None:
                        yield payer

    def _payers(self) -> Iterator[Element]:
        yield from self._resource.each("insurer")
        for insurance in sorted(self._resource.each("insurance"), key=_is_not_focal):
            coverage = self._references.resolve(insurance.get("coverage"))
            if coverage is not None:
                yield from coverage.each("payor")

    def _coverages(self, items: list[dict[str, Any]], extensions: dict[str, Any]) -> dict[str, Any]:
        """The subscriber of the coverage that the claim is for, and the payers of the others.

        What one other payer paid, by an explanation of benefits, is added to it and to the lines.
        """
        insurances = sorted(self._resource.each("insurance"), key=_is_not_focal)
        subscriber: dict[str, str] = {}
        others: list[dict[str, Any]] = []
        for insurance in insurances:
            coverage = self._references.resolve(insurance.get("coverage"))
            member = {} if coverage is None else self._member(coverage)
            if len(insurances) > 1:
                order = str(insurance.number("sequence"))
                member["payerResponsibility"] = self._codes["payerOrder"].get(order, "")
            if insurance is insurances[0]:
                subscriber = member
                if coverage is not None:
                    self.places |= self._places_of_member(coverage)
            else:
                member["memberNumber"] = member.pop("id", "")
                member.pop("relationship", None)
                payors = [] if coverage is None else [*coverage.each("payor")]
                others.append({"identifier": self._payer_number(payors), **member})
        others = [filled for other in others if (filled := _filled(other))]
        if len(others) == 1:
            paid = self._category_total("priorPayerPaid")
            others[0] |= {"paid": paid} if paid else {}
            for line, item in zip(items, self._resource.each("item"), strict=False):
                part = self._amount(item, None, "priorPayerPaid")
                if part and "identifier" in others[0]:
                    line.setdefault("adjudication", []).append(
                        {"identifier": others[0]["identifier"], "paid": part}
                    )
        found: dict[str, Any] = {"subscriber": extensions.get("subscriber", {}) | subscriber}
        return found | ({} if "otherPayer" in extensions else {"otherPayer": others})

    def _member(self, coverage: Element) -> dict[str, str]:
        """Member number and relationship to the subscriber, as far as a coverage has them."""
        number = coverage.text("subscriberId")
        for identifier in self._member_identifiers(coverage):
            number = number or identifier.text("value")
        concept = coverage.get("relationship")
        codes = [] if concept is None else [code for _, code in concept.codings()]
        known = self._codes["subscriberRelationship"]
        relationship = next((known[code] for code in codes if code in known), "")
        return {
            name: text for name, text in (("id", number), ("relationship", relationship)) if text
        }

    def _places_of_member(self, coverage: Element) -> dict[str, str]:
        """Where the coverage has what ``_member`` reads."""
        places = {"/subscriber": coverage.path}
        identifiers = self._member_identifiers(coverage)
        if coverage.text("subscriberId"):
            places["/subscriber/id"] = f"{coverage.path}.subscriberId"
        elif identifiers:
            places["/subscriber/id"] = identifiers[0].path
        if coverage.get("relationship") is not None:
            places["/subscriber/relationship"] = f"{coverage.path}.relationship"
        return places

    def _member_identifiers(self, coverage: Element) -> list[Element]:
        """The identifiers of a coverage that are member numbers by their type."""
        kinds = set(self._codes["memberNumberType"])
        return [
            identifier
            for identifier in coverage.each("identifier")
            if (concept := identifier.get("type")) is not None
            and not kinds.isdisjoint([code for _, code in concept.codings()])
        ]

    def _payer_number(self, payors: Iterable[Element]) -> str:
        """The number of an other payer, or its name where there is none."""
        for payor in payors:
            resource = self._references.resolve(payor)
            for holder in (resource, payor):
                if holder is not None:
                    named = holder.text("name") or holder.text("display")
                    text = holder.text("identifier", "value") or named
                    if text:
                        return text
        return ""

    def _count_decision(self) -> None:
        """Counts, for who asks, the amounts by which a payer decided, which no field has."""
        read = ("submittedAmount", "allowedAmount", "priorPayerPaid")
        known = {code for name in read for code in self._codes[name]}
        for holder in (self._resource, *self._resource.each("item")):
            for name in ("adjudication", "total"):
                for entry in holder.each(name):
                    category = entry.get("category")
                    if category is not None and known.isdisjoint(
                        code for _, code in category.codings()
                    ):
                        count_part(f"{entry.path} by category")

    def _patient(self) -> dict[str, Any]:
        reference, *others = [*self._resource.each("patient"), None]
        if reference is None:
            return {"sex": "unknown"}
        if len(others) > 1:
            raise FhirFault("expected one patient", reference.path)
        person = self._references.resolve(reference)
        if person is not None and person.text("resourceType") != "Patient":
            raise FhirFault("expected a reference to a Patient", reference.path)
        self.places["/patient"] = reference.path if person is None else person.path
        number = reference.text("reference").rpartition("/")[2].lstrip("#")
        if person is None:
            return {"id": reference.text("identifier", "value") or number, "sex": "unknown"}
        sex = person.text("gender")
        return {
            "id": person.text("identifier", "value") or person.text("id") or number,
            "birthDate": person.day("birthDate"),
            "sex": sex if sex in _SEXES else "unknown",
        }

    def _provider(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for reference in (*self._resource.each("provider"), *self._resource.each("organization")):
            for holder in self._provider_parts(reference):
                npi = self._npi(holder)
                if npi and "npi" not in found:
                    found["npi"] = npi
                    self.places["/billingProvider"] = holder.path
                taxonomy = self._taxonomy(holder)
                if taxonomy:
                    found.setdefault("taxonomy", taxonomy)
                for address in holder.each("address"):
                    if _STATE.fullmatch(address.text("state")):
                        found.setdefault("state", address.text("state"))
        return found

    def _named_provider(self, reference: Element | None) -> dict[str, str]:
        """NPI and taxonomy code of who a reference means, as far as they have the claim's form."""
        found: dict[str, str] = {}
        if reference is not None:
            for holder in self._provider_parts(reference):
                npi, taxonomy = self._npi(holder), self._taxonomy(holder)
                if npi.isdecimal() and len(npi) == _NPI_DIGITS:
                    found.setdefault("npi", npi)
                if taxonomy:
                    found.setdefault("taxonomy", taxonomy)
        return found

    def _care_team(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        """The providers by role: of lines where lines name them, else of the claim."""
        lines: dict[Any, list[int]] = {}
        for index, item in enumerate(self._resource.each("item")):
            for pointer in item.each("careTeamSequence"):
                lines.setdefault(pointer.number(), []).append(index)
        claim: dict[str, Any] = {}
        for member in self._resource.each("careTeam"):
            role = member.get("role")
            codes = [] if role is None else [code for _, code in role.codings()]
            names = [self._codes["careTeam"].get(code) for code in codes]
            name = next((name for name in names if name), None)
            provider = self._named_provider(member.get("provider"))
            if name is None or not provider:
                continue
            own = lines.get(member.number("sequence"), [])
            if (own and len(own) < len(items)) or name == "orderingProvider":
                for index in own:
                    items[index].setdefault(name, provider)
            else:
                claim.setdefault(name, provider)
        return claim

    def _original(self) -> str:
        """The payer's number of the claim that this one replaces or voids."""
        for related in self._resource.each("related"):
            relationship = related.get("relationship")
            codes = [] if relationship is None else [code for _, code in relationship.codings()]
            if "prior" in codes:
                return related.text("claim", "identifier", "value")
        return ""

    def _accident(self) -> dict[str, Any]:
        accident = self._resource.get("accident")
        if accident is None:
            return {}
        concept = accident.get("type")
        codes = [] if concept is None else [code for _, code in concept.codings()]
        causes = [self._codes["accidentCause"].get(code) for code in codes]
        return _filled(
            {
                "date": accident.day("date"),
                "state": accident.text("locationAddress", "state"),
                "cause": list(dict.fromkeys(cause for cause in causes if cause)),
            }
        )

    def _stay(self, *, institutional: bool) -> dict[str, str]:
        """Days of onset, admission and discharge, and what supporting information says of a stay.

        An institutional claim has its discharge as the end of its statement period.
        """
        found: dict[str, str] = {}
        for info in self._resource.each("supportingInfo", "information"):
            category = info.get("category")
            for _, kind in [] if category is None else category.codings():
                dates = self._codes["supportingDates"].get(kind, {})
                stated = {
                    "date": info.day("timingDate"),
                    "start": info.day("timingPeriod", "start"),
                    "end": info.day("timingPeriod", "end"),
                }
                for name, field in dates.items():
                    if stated[name] and not (institutional and field == "dischargeDate"):
                        found.setdefault(field, stated[name])
                field, concept = self._codes["supportingCodes"].get(kind), info.get("code")
                if field is not None and concept is not None:
                    code = next((code for _, code in concept.codings()), "")
                    if code:
                        found.setdefault(field, code)
        return found

    def _provider_parts(self, reference: Element) -> Iterator[Element]:
        """The reference, its resource, and what a PractitionerRole refers to."""
        yield reference
        resource = self._references.resolve(reference)
        if resource is None:
            return
        yield resource
        for name in ("organization", "practitioner"):
            part = resource.get(name)
            if part is not None and isinstance(part.content, Mapping):
                yield part
                further = self._references.resolve(part)
                if further is not None:
                    yield further

    def _npi(self, holder: Element) -> str:
        for identifier in holder.each("identifier"):
            concept = identifier.get("type")
            types = [] if concept is None else [code for _, code in concept.codings()]
            system = identifier.text("system")
            if any(is_near(system, known) for known in self._codes["npi"]):
                raise FhirFault("the system differs from that of NPIs in one sign", identifier.path)
            if system in self._codes["npi"] or any(
                code in self._codes["npiType"] for code in types
            ):
                value = identifier.text("value")
                if value:
                    return value
        return ""

    def _taxonomy(self, holder: Element) -> str:
        concepts = [*holder.each("specialty")]
        for qualification in holder.each("qualification"):
            concepts += qualification.each("code")
        codes = (_code(concept, self._codes["taxonomy"]) for concept in concepts)
        return next((code for code in codes if code), "")

    def _authorizations(self) -> list[str]:
        references = [*self._resource.each("preAuthRef")]
        for insurance in self._resource.each("insurance"):
            references += insurance.each("preAuthRef")
        numbers = [(reference.text(), reference.path) for reference in references]
        kept = {number: path for number, path in numbers if number}
        for index, path in enumerate(kept.values()):
            self.places[f"/priorAuthorization/{index}"] = path
        return list(kept)

    def _period(self) -> dict[str, str]:
        period = self._resource.get("billablePeriod")
        if period is None:
            return {}
        start, end = period.day("start"), period.day("end")
        self.places["/billablePeriod"] = period.path
        return {"start": start or end, "end": end or start} if start or end else {}

    def _diagnoses(self) -> tuple[dict[str, Any], dict[Any, int]]:
        """The fields that diagnoses become by their types, and sequences that changed.

        The principal diagnosis comes first, wherever it stands.
        """
        diagnoses: list[dict[str, Any]] = []
        reasons: list[str] = []
        fields: dict[str, Any] = {}
        principal: list[int] = []
        for index, entry in enumerate(self._resource.each("diagnosis")):
            concept = entry.get("diagnosisCodeableConcept")
            if concept is None:
                condition = self._references.resolve(entry.get("diagnosisReference"))
                concept = None if condition is None else condition.get("code")
            if concept is None:
                raise FhirFault("expected a diagnosis's code", entry.path)
            code = self._coded(concept, "diagnosis", "refusedDiagnosis", "ICD-10-CM")
            types = {kind for concept in entry.each("type") for _, kind in concept.codings()}
            if types and types <= set(self._codes["admitting"]):
                fields["admittingDiagnosis"] = code
                self.places["/admittingDiagnosis"] = entry.path
            elif types and types <= set(self._codes["reasonForVisit"]):
                self.places[f"/reasonForVisit/{len(reasons)}"] = entry.path
                reasons.append(code)
            else:
                self.places[f"/diagnosis/{len(diagnoses)}"] = entry.path
                if types & set(self._codes["principal"]):
                    principal.append(len(diagnoses))
                sequence = entry.number("sequence")
                diagnoses.append(
                    {"sequence": index + 1 if sequence is None else sequence, "code": code}
                )
        fields |= {"reasonForVisit": reasons, "diagnosis": diagnoses}
        # Blue Button marks several so; then the sequence alone decides.
        if len(principal) != 1:
            return fields, {}
        return fields, _put_first(diagnoses, principal[0])

    def _coded(self, concept: Element, known: str, refused: str, name: str) -> str:
        """The code of a system that is known, of one that is refused the reason why not."""
        code = _code(concept, self._codes[known])
        if code:
            return code
        for system, _ in concept.codings():
            if system in self._codes[refused]:
                raise FhirFault(self._codes[refused][system], concept.path)
        raise FhirFault(f"expected a code of {name}, with its system", concept.path)

    def _items(self) -> list[dict[str, Any]]:
        """The lines, and behind them the services of their details, which have no number there."""
        elements = list(self._resource.each("item"))
        items = [self._item(item, index) for index, item in enumerate(elements)]
        for line, element in zip(items[:], elements, strict=True):
            line |= self._drug(element)
            details = list(self._details(element))
            whole, *parts = (
                self._amount(each, "net", "submittedAmount") for each in (element, *details)
            )
            if whole and any(parts):
                # The amount of a group holds those of its details; what is left is its own.
                own = Decimal(whole) - sum(Decimal(part or 0) for part in parts)
                line["charge"] = f"{max(own, Decimal(0)):f}"
            for detail in details:
                fields = self._item(detail, len(items))
                fields["sequence"] = 1 + max(
                    (item["sequence"] for item in items if isinstance(item["sequence"], int)),
                    default=0,
                )
                if isinstance(line["sequence"], int):
                    fields["detailOf"] = line["sequence"]
                for name in ("serviced", "servicedEnd", "diagnosisSequence", "placeOfService"):
                    if name in line:
                        fields.setdefault(name, line[name])
                items.append(fields)
        return items

    def _drug(self, item: Element) -> dict[str, Any]:
        """The drug of a line: a detail that is named by its National Drug Code."""
        for detail in item.each("detail"):
            service = next(detail.each("productOrService", "service"), None)
            ndc = "" if service is None else _code(service, self._codes["ndc"])
            digits = ndc.replace("-", "")
            if digits.isdecimal() and len(digits) == _NDC_DIGITS:
                drug = {"ndc": digits, "quantity": _plain(detail.number("quantity", "value"))}
                return {"drug": _filled(drug)}
        return {}

    def _details(self, item: Element) -> Iterator[Element]:
        """The details of a line and theirs, without drugs that are named by their NDC only."""
        for name in ("detail", "subDetail"):
            for detail in item.each(name):
                service = next(detail.each("productOrService", "service"), None)
                known = self._codes["procedure"]
                is_drug = (
                    service is not None
                    and not _code(service, known)
                    and any(s in self._codes["refusedProcedure"] for s, _ in service.codings())
                )
                if not is_drug:
                    yield detail
                yield from self._details(detail)

    def _item(self, item: Element, index: int) -> dict[str, Any]:
        place = f"/item/{index}"
        self.places[place] = item.path
        sequence = item.number("sequence")
        quantity = item.get("quantity")
        fields: dict[str, Any] = {
            "sequence": index + 1 if sequence is None else sequence,
            "quantity": "" if quantity is None else _plain(quantity.number("value")),
            "charge": self._amount(item, "net", "submittedAmount"),
            "allowed": self._amount(item, None, "allowedAmount"),
            "serviced": self._serviced(item),
            "servicedEnd": self._serviced_end(item),
            "modifier": [
                code for concept in item.each("modifier") for _, code in [*concept.codings()][:1]
            ],
            "diagnosisSequence": [
                pointer.number() for pointer in item.each("diagnosisSequence", "diagnosisLinkId")
            ],
        }
        revenue = item.get("revenue")
        if revenue is not None:
            fields["revenue"] = next((code for _, code in revenue.codings()), "")
            self.places[f"{place}/revenue"] = revenue.path
        service = next(item.each("productOrService", "service"), None)
        if service is not None:
            self.places[f"{place}/procedure"] = service.path
            if fields.get("revenue"):
                fields["procedure"] = _code(service, self._codes["procedure"])
            else:
                fields["procedure"] = self._coded(
                    service, "procedure", "refusedProcedure", "CPT or HCPCS"
                )
        location = item.get("locationCodeableConcept")
        if location is not None:
            fields["placeOfService"] = _code(location, self._codes["placeOfService"])
            if not fields["placeOfService"] and any(True for _ in location.codings()):
                reason = "expected a place of service of CMS, with its system"
                raise FhirFault(reason, location.path)
        return _extensions(item, claim_term().fields["item"]) | _filled(fields)

    def _serviced(self, item: Element) -> str:
        day = item.day("servicedDate") or item.day("servicedPeriod", "start")
        if day:
            return day
        period = self._period()
        return period["start"] if period and period["start"] == period["end"] else ""

    def _serviced_end(self, item: Element) -> str:
        """The last day of a line of several days."""
        start, end = item.day("servicedPeriod", "start"), item.day("servicedPeriod", "end")
        return end if start and end != start else ""

    def _total(self) -> str:
        """A Claim's total, or the total of an ExplanationOfBenefit that was submitted."""
        for total in self._resource.each("total"):
            if total.get("category") is None:
                amount = total.number("value")
                if amount is not None:
                    self.places["/total"] = total.path
                    return _money(amount, total.path)
        return self._category_total("submittedAmount", "/total")

    def _category_total(self, categories: str, place: str = "") -> str:
        """The total of an ExplanationOfBenefit for one of the categories."""
        for total in self._resource.each("total"):
            category = total.get("category")
            if category is not None and any(
                code in self._codes[categories] for _, code in category.codings()
            ):
                amount = total.number("amount", "value")
                if amount is not None:
                    if place:
                        self.places[place] = total.path
                    return _money(amount, total.path)
        return ""

    def _amount(self, item: Element, name: str | None, categories: str) -> str:
        amount = None if name is None else item.number(name, "value")
        if amount is None:
            for adjudication in item.each("adjudication"):
                category = adjudication.get("category")
                if category is not None and any(
                    code in self._codes[categories] for _, code in category.codings()
                ):
                    amount = adjudication.number("amount", "value")
                    break
        return "" if amount is None else _money(amount, item.path)

    def _documentation(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Supporting information whose category is a documentation type, or stands for one."""
        scheme = claim_term().fields["documentation"].fields["type"].namespace
        items: dict[Any, list[Any]] = {}
        # Behind the lines come their details, which have no such pointers.
        for line, item in zip(lines, self._resource.each("item"), strict=False):
            for pointer in item.each("informationSequence"):
                items.setdefault(pointer.number(), []).append(line["sequence"])
        facts: list[dict[str, Any]] = []
        for info in self._resource.each("supportingInfo", "information"):
            category = info.get("category")
            if category is None:
                continue
            kinds = [
                code if system == scheme else self._codes["documentation"].get(code)
                for system, code in category.codings()
            ]
            kind = next((kind for kind in kinds if kind), None)
            value = _value(info)
            if kind is None or not value:
                continue
            for line in items.get(info.number("sequence"), [None]):
                self.places[f"/documentation/{len(facts)}"] = info.path
                own = _extensions(info, claim_term().fields["documentation"])
                facts.append(own | _filled({"type": kind, "value": value, "item": line}))
        return facts


def _put_first(diagnoses: list[dict[str, Any]], principal: int) -> dict[Any, int]:
    """Gives the principal diagnosis the first number; returns the numbers that changed."""
    first = diagnoses[principal]
    others = [entry for entry in diagnoses if entry is not first]
    if all(first["sequence"] < entry["sequence"] for entry in others):
        return {}
    ordered = [first, *sorted(others, key=lambda entry: entry["sequence"])]
    sequences = {entry["sequence"]: number for number, entry in enumerate(ordered, start=1)}
    if len(sequences) < len(diagnoses):
        # The claim format says that two have one number.
        return {}
    for entry in diagnoses:
        entry["sequence"] = sequences[entry["sequence"]]
    return sequences


def is_stu3(resource: Element) -> bool:
    """Whether a resource has names of FHIR STU3 that R4 has replaced."""
    names = set(resource.content)
    items = resource.content.get("item")
    for item in items if isinstance(items, list) else []:
        names |= set(item) if isinstance(item, Mapping) else set()
    return not names.isdisjoint(fhir_codes()["stu3"])


def _is_not_focal(insurance: Element) -> bool:
    """Whether the claim is for another insurance than this one."""
    focal = insurance.get("focal")
    return focal is None or focal.content is not True


def _code(concept: Element, systems: Iterable[str]) -> str:
    """The code of the first of the systems that the concept has one of."""
    by_system = dict(reversed(list(concept.codings())))
    return next((by_system[system] for system in systems if system in by_system), "")


def _value(info: Element) -> str:
    """The value of a supporting information, as text."""
    for name in ("valueString", "timingDate"):
        if info.get(name) is not None:
            return info.text(name)
    flag = info.get("valueBoolean")
    if flag is not None and isinstance(flag.content, bool):
        return str(flag.content).lower()
    number = info.number("valueQuantity", "value")
    if number is not None:
        return format(number, "f") if isinstance(number, Decimal) else str(number)
    concept = info.get("code")
    if concept is not None:
        return next((code for _, code in concept.codings()), "") or concept.text("text")
    return "attached" if info.at("valueReference") or info.at("valueAttachment") else ""


def _extensions(holder: Element, term: FieldTerm) -> dict[str, Any]:
    """Fields that FHIR has no element for, as extensions named by their property."""
    fields: dict[str, Any] = {}
    for extension in holder.each("extension"):
        field = term.by_property.get(extension.text("url"))
        if field is None:
            continue
        value: Any
        if field.fields:
            value = _extensions(extension, field)
        elif field.kind in ("number", "integer"):
            numbers = (extension.number(name) for name in ("valueDecimal", "valueInteger"))
            value = _plain(next((number for number in numbers if number is not None), None))
        else:
            value = extension.text("valueString") or extension.text("valueDate")
        if field.many:
            fields.setdefault(field.name, []).append(value)
        else:
            fields[field.name] = value
    return _filled(fields)


def _money(amount: int | Decimal, path: str) -> str:
    """The amount as the claim format has it.

    Raises:
        FhirFault: it is negative, as no charge is.
    """
    if amount < 0:
        raise FhirFault("a negative amount", path)
    return format(amount, "f") if isinstance(amount, Decimal) else str(amount)


def _plain(number: int | Decimal | None) -> Any:
    """The number as the claim format has it: whole where it is."""
    if isinstance(number, Decimal):
        return plain_number(number)
    return "" if number is None else number


def _common_place(items: list[dict[str, Any]]) -> str:
    """The place of service of all lines, which is then the claim's and no longer theirs."""
    places = {item.get("placeOfService", "") for item in items}
    if len(places) != 1:
        return ""
    for item in items:
        item.pop("placeOfService", None)
    return str(places.pop())


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", [], {}, None)}
