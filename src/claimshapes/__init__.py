"""Check healthcare claims against rules kept as data."""
