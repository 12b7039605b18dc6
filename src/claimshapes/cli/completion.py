"""What a shell offers when a rule, a payer or a code is begun; click does the rest."""

from __future__ import annotations

import re
from pathlib import Path

import click

_LEAST = 3
"""Characters of a code after which codes are offered: fewer would be thousands."""

_MOST = 200
_RULE = re.compile(r"^rule:([A-Z0-9]+(?:-[A-Z0-9]+)*)\s+a\s[^;.]*\bcs:Rule\b", re.MULTILINE)


def complete_rules(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Rule ids, after a comma too."""
    before, comma, begun = incomplete.rpartition(",")
    return [before + comma + rule for rule in _rules(context) if rule.startswith(begun.upper())]


def complete_payers(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Ids of payers."""
    from claimshapes.knowledge.format_terms import format_terms

    return [payer for payer in sorted(format_terms().payers) if payer.startswith(incomplete)]


def complete_subjects(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str]:
    """What can be explained: rules, payers, and codes from their third character on."""
    found = complete_rules(context, parameter, incomplete)
    found += complete_payers(context, parameter, incomplete)
    if len(incomplete) >= _LEAST:
        found += _codes(incomplete)
    return found


def _rules(context: click.Context) -> list[str]:
    """The ids as rule files have them, without the time that it takes to read the rules."""
    from claimshapes.knowledge.in_use import resource_directory
    from claimshapes.rules.written_rules import rule_files

    given = (Path(folder) for folder in context.params.get("folders") or ())
    folders = [resource_directory("shapes"), *given]
    return sorted(
        {rule for file in rule_files(folders) for rule in _RULE.findall(file.read_text("utf-8"))}
    )


def _codes(incomplete: str) -> list[str]:
    from claimshapes.explain.listed_code import KINDS
    from claimshapes.explain.procedure_facts import listed_codes
    from claimshapes.knowledge.compiled_knowledge import Knowledge
    from claimshapes.knowledge.in_use import resource_directory

    begun = incomplete.upper()
    if begun[0].isalpha():
        found = Knowledge.open().beginning(begun, _MOST)
        if found:
            return found
    ontology = resource_directory("ontology")
    listed = (
        code
        for kind in KINDS
        if kind.length >= len(begun)
        for code in listed_codes(ontology, kind.namespace)
    )
    return [code for code in listed if code.startswith(begun)][:_MOST]
