"""What an engine says of a claim by a shape."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShapeResult:
    """One SHACL validation result, as plain strings.

    Attributes:
        shape: IRI of the node shape, a rule or a precondition.
        focus: IRI of the focus node.
        path: IRI of the result path, where it is one property.
        value: the value node, where there is one.
        message: the result message.
    """

    shape: str
    focus: str
    path: str | None
    value: str | None
    message: str
