"""Reads claims from files and objects, whatever their format, into the JSON claim format."""

from claimshapes.read.compressed import BytesRead
from claimshapes.read.source import INPUT_FORMATS, read_claim_objects, read_claims

__all__ = ["INPUT_FORMATS", "BytesRead", "read_claim_objects", "read_claims"]
