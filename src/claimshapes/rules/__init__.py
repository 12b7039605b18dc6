"""Rules and derivations as data: loading, families, selection."""
