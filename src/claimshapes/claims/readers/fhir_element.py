"""Parts of a FHIR resource with their paths, and references between resources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from claimshapes.claims.readers.unread import visit
from claimshapes.claims.schema import found_kind

_VERSION = re.compile(r"/_history/[^/]*$")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_TYPE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[^/]+$")
_ON_SERVER = re.compile(r"(https?://.+/)[A-Z][A-Za-z]+/[^/]+")


class FhirFault(Exception):
    """A part of a resource from which no field can be made.

    Args:
        reason: what was expected, without the value that was found.
        path: FHIRPath of the part.
    """

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(f"{reason} ({path})")


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a resource.

    Attributes:
        content: its JSON value.
        path: its FHIRPath from the resource that the file holds, such as
            ``Bundle.entry[2].resource.item[0]``.
    """

    content: Any
    path: str

    def get(self, name: str) -> Element | None:
        """The element of this name, none where it is absent; of several the first.

        Raises:
            FhirFault: this part is no object.
        """
        return next(self.each(name), None)

    def each(self, *names: str) -> Iterator[Element]:
        """The elements under the first of these names that is there.

        Raises:
            FhirFault: this part is no object.
        """
        if not isinstance(self.content, Mapping):
            raise FhirFault(f"expected an object, found {found_kind(self.content)}", self.path)
        for name in names:
            visit(self.path, name)
            value = self.content.get(name)
            if isinstance(value, list):
                for index, entry in enumerate(value):
                    if entry is not None:
                        yield Element(entry, f"{self.path}.{name}[{index}]")
                return
            if value is not None:
                yield Element(value, f"{self.path}.{name}")
                return

    def at(self, *path: str) -> Element | None:
        """The element at the end of a path of names, the first at each step."""
        element: Element | None = self
        for name in path:
            if element is None:
                return None
            element = element.get(name)
        return element

    def text(self, *path: str) -> str:
        """The text at the end of a path, ``""`` where it is absent.

        Raises:
            FhirFault: there is something else than text.
        """
        element = self.at(*path)
        if element is None:
            return ""
        if not isinstance(element.content, str):
            raise FhirFault(f"expected text, found {found_kind(element.content)}", element.path)
        return element.content.strip()

    def day(self, *path: str) -> str:
        """The day of a date or dateTime at the end of a path, ``""`` where it is absent."""
        return self.text(*path)[:10]

    def number(self, *path: str) -> int | Decimal | None:
        """The number at the end of a path.

        Raises:
            FhirFault: there is something else than a number.
        """
        element = self.at(*path)
        if element is None:
            return None
        value = element.content
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise FhirFault(f"expected a number, found {found_kind(value)}", element.path)
        return value

    def codings(self) -> Iterator[tuple[str, str]]:
        """System and code of each coding of this CodeableConcept."""
        for coding in self.each("coding"):
            code = coding.text("code")
            if code:
                yield coding.text("system"), code

    def codes(self, name: str) -> list[str]:
        """The codes of the concept of this name, of whatever system; none where it is absent."""
        concept = self.get(name)
        return [] if concept is None else [code for _, code in concept.codings()]

    def code(self, systems: Iterable[str] | None = None) -> str:
        """The code of this concept: of the first of these systems that it has, else the first."""
        codings = list(self.codings())
        if systems is None:
            return codings[0][1] if codings else ""
        by_system = dict(reversed(codings))
        return next((by_system[system] for system in systems if system in by_system), "")


class References:
    """The resources that references of a document may mean, by the rules of a FHIR Bundle.

    An absolute reference means the entry that has it as its full URL. A relative one is read
    against the server of the full URL of the entry that it stands in; where that is no URL of a
    server, it means the one entry of this type and id.

    Args:
        outer: those of the Bundle around this one, which absolute references may mean.
        is_whole: whether all resources of the document could be read.

    Attributes:
        missed: the types of resources that references meant and the document does not have,
            ``""`` where a reference names no type.
    """

    def __init__(self, outer: References | None = None, *, is_whole: bool = True) -> None:
        self._by_url: dict[str, list[Element]] = {}
        self._by_number: dict[str, list[Element]] = {}
        self._holders: dict[str, tuple[Element, str]] = {}
        self._outer = outer
        self._is_whole = is_whole
        self._used: set[str] = set()
        self.missed: set[str] = set()

    def lose(self) -> None:
        """Notes that a resource of the document could not be read."""
        self._is_whole = False

    def unused(self) -> set[str]:
        """The types of resources that no reference has meant so far."""
        return {
            str(holder.content.get("resourceType"))
            for path, (holder, _) in self._holders.items()
            if path not in self._used
        }

    def add(self, resource: Element, full_url: str = "") -> None:
        """Makes a resource known under its full URL, and its type and id."""
        content = resource.content
        if not isinstance(content, Mapping):
            return
        full_url = _VERSION.sub("", full_url)
        served = _ON_SERVER.fullmatch(full_url)
        self._holders[resource.path] = resource, "" if served is None else served[1]
        if full_url:
            self._by_url.setdefault(full_url, []).append(resource)
        kind, number = content.get("resourceType"), content.get("id")
        if isinstance(kind, str) and isinstance(number, str):
            self._by_number.setdefault(f"{kind}/{number}", []).append(resource)

    def resolve(self, reference: Element | None) -> Element | None:
        """The resource that a reference means, if the document has it.

        Args:
            reference: a Reference in one of the resources.

        Raises:
            FhirFault: it is no Reference, means two resources, or one that may be among those
                that could not be read.
        """
        if reference is None:
            return None
        written = reference.text("reference")
        target = _VERSION.sub("", written)
        holder, base = self._holder(reference.path)
        is_absolute = _ABSOLUTE.match(target) is not None
        if target.startswith("#"):
            contained = [] if holder is None else holder.each("contained")
            found = [each for each in contained if each.text("id") == target[1:]]
        elif base and not is_absolute:
            found = self._by_url.get(base + target, [])
        else:
            found = (self._by_url if is_absolute else self._by_number).get(target, [])
        if version := written[len(target) :].rpartition("/")[2]:
            found = [each for each in found if each.text("meta", "versionId") in ("", version)]
        if any(each.content != found[0].content for each in found):
            raise FhirFault("two different resources have this name", reference.path)
        if found:
            self._used.add(found[0].path)
            return found[0]
        if is_absolute and self._outer is not None:
            return self._outer.resolve(reference)
        if target and not self._is_whole:
            raise FhirFault("what it refers to may be what could not be read", reference.path)
        if target.startswith("#"):
            raise FhirFault("refers to a contained resource that is not there", reference.path)
        if target.startswith("urn:") and reference.path.startswith("Bundle"):
            raise FhirFault("refers to an entry that the Bundle does not have", reference.path)
        if target:
            kind = _TYPE.search(target)
            self.missed.add("" if kind is None else kind[1])
        return None

    def _holder(self, path: str) -> tuple[Element | None, str]:
        """The resource that a part stands in, and the server that it came from, if known."""
        while path:
            if path in self._holders:
                return self._holders[path]
            path = path.rpartition(".")[0]
        return None, ""
