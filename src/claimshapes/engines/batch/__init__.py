"""The set engine: shapes and derivations as SQL over many claims at once, in DuckDB.

``tables`` says how RDF lies in tables and fills them with claims and knowledge. ``sparql`` compiles
queries: ``patterns`` and ``paths`` their triples, ``expressions`` and what it names their tests.
``shacl`` compiles shapes: ``constraints`` and ``value_tests`` those of SHACL Core,
``sparql_constraints`` and ``components`` those that are queries. ``plan`` holds what was compiled,
and what could not be; ``engine`` runs it. No module knows a rule.
"""
