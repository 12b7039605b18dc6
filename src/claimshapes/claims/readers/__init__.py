"""Reads claims from files and objects, whatever their format, into the JSON claim format."""

from claimshapes.claims.readers.compressed import BytesRead
from claimshapes.claims.readers.source import INPUT_FORMATS, read_claim_objects, read_claims

__all__ = ["INPUT_FORMATS", "BytesRead", "read_claim_objects", "read_claims"]
