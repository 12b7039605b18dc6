"""What a rule reads, through the derivations that make what it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from rdflib import Literal

from claimshapes.explain.mentions import in_query, named_terms
from claimshapes.rules.derivations import load_derivations
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

_QUOTED = re.compile(r'"([^"\n]*)"')
_SPREAD = ("inValueSet", "carriesModifierOf")
"""Properties that say of everything which sets it is in: a rule reads the sets that it names."""


class RuleReach:
    """Tells which terms, codes and sets a rule reads, itself or through derivations.

    Args:
        book: the rules.
        derivations: the folder of the derivations.
        prefixes: the prefixes that queries use.

    Raises:
        RuleError: a derivation cannot be used.
    """

    def __init__(self, book: RuleBook, derivations: Path, prefixes: Mapping[str, str]) -> None:
        self._book = book
        self._prefixes = prefixes
        self._made: dict[str, list[frozenset[str]]] = {}
        for derivation in load_derivations(derivations, dict(prefixes)):
            _, _, query = derivation.construct.partition("CONSTRUCT")
            head, _, body = query.partition("WHERE")
            # What it names, and the texts that it compares with.
            needed = frozenset(in_query(body, prefixes)) | frozenset(_QUOTED.findall(body))
            for term in in_query(head, prefixes):
                if not term.endswith(_SPREAD):
                    self._made.setdefault(term, []).append(needed)

    def of(self, rule: Rule) -> frozenset[str]:
        """The IRIs of this project that a rule reads, terms of the vocabulary and texts too."""
        reached = named_terms(self._book, rule, self._prefixes)
        for _, _, value in self._book.shapes_of([rule]):
            if isinstance(value, Literal):
                reached.update((str(value), *_QUOTED.findall(str(value))))
        pending = list(reached)
        while pending:
            for needed in self._made.get(pending.pop(), ()):
                new = needed - reached
                reached |= new
                pending += new
        return frozenset(reached)

    def nearest(self, rule: Rule, terms: frozenset[str]) -> frozenset[str]:
        """Which of some terms a rule names, or else the derivations that it asks for directly.

        Args:
            rule: the rule.
            terms: terms that derivations further away name together, such as the kinds of notes.
        """
        own = named_terms(self._book, rule, self._prefixes)
        if own & terms:
            return frozenset(own & terms)
        derived = (needed for term in own for needed in self._made.get(term, ()))
        return terms & frozenset().union(*derived)
