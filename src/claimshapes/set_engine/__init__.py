"""The set engine: shapes and derivations as SQL over many claims at once, in DuckDB.

``terms`` and ``catalog`` say how RDF lies in tables; ``claim_tables`` and ``knowledge_tables``
fill them. ``sparql`` compiles queries: ``patterns`` and ``paths`` their triples, ``expressions``
and what it names their tests. ``core`` compiles shapes: ``constraints`` and ``value_tests`` those
of SHACL Core, ``sparql_constraints`` and ``components`` those that are queries. ``plan`` holds what
was compiled, and what could not be; ``engine`` runs it. No module knows a rule.
"""
