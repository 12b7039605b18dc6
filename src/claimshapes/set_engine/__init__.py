"""The set engine: shapes and derivations as SQL over many claims at once, in DuckDB.

``terms`` and ``catalog`` say how RDF lies in tables; ``claim_tables`` and ``knowledge_tables``
fill them; ``sparql``, ``expressions`` and ``core`` compile; ``plan`` holds what was compiled,
and what could not be; ``engine`` runs it. No module knows a rule.
"""
