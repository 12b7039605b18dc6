"""Queries as SQL: SPARQL's algebra over tables of typed columns."""
