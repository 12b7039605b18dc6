"""Makes at once what engines would otherwise make when they start, or refuse to start without."""

from __future__ import annotations

from claimshapes.knowledge.in_use import compiled_knowledge, knowledge_folder, resource_directory


def precompile(*, anew: bool, for_batches: bool) -> None:
    """Compiles the knowledge, and reads the queries of the shipped rules, beside each other.

    Args:
        anew: makes everything again; else what is current stays.
        for_batches: makes what only the set engine needs, too. It does so itself when it first
            starts; an installation leaves it, as DuckDB is not there yet.

    Raises:
        RuleError: a rule, a derivation or a table cannot be used.
        OSError: a file cannot be written.
    """
    from claimshapes.engines.one_by_one.required_patterns import shipped_patterns
    from claimshapes.engines.one_by_one.shipped_patterns import keep_shipped_patterns
    from claimshapes.knowledge.compile import compile_knowledge, is_current

    ontology, output = resource_directory("ontology"), compiled_knowledge()
    if anew or not is_current(ontology, output):
        compile_knowledge(ontology, output)
    # The shipped rules' queries are the same in every knowledge folder.
    shipped = knowledge_folder() is None
    if for_batches:
        from claimshapes.engines.batch.compile_check import keep_shipped_plan
        from claimshapes.engines.batch.tables import knowledge_file

        knowledge_file.build(ontology, knowledge_file.knowledge_file())
        if shipped:
            keep_shipped_plan()
    if shipped:
        patterns = shipped_patterns()
        if anew:
            patterns.unlink(missing_ok=True)
        keep_shipped_patterns(patterns)
