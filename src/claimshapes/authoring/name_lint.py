"""Names in Turtle files that nothing has, and prefixes that are not as they should be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from claimshapes.authoring.lint_context import LintContext
from claimshapes.authoring.problems import Problem, meant
from claimshapes.authoring.shipped_facts import PREFIXES
from claimshapes.authoring.turtle_tokens import Token

_DEFINED = {
    "payer": ("unknown-payer", "payer"),
    "set": ("unknown-set", "value set"),
    "list": ("unknown-list", "list (lists/NAME.csv, or a sheet of lists/*.xlsx)"),
    "source": ("unknown-source", "source"),
    "carc": ("unknown-denial-code", "CARC"),
    "rarc": ("unknown-remark-code", "RARC"),
    "doc": ("unknown-documentation", "documentation element"),
    "rule": ("unknown-rule", "rule"),
}
_CODES_TO_DESCRIBE = {"carc", "rarc"}


def name_problems(context: LintContext, file: Path, tokens: list[Token]) -> Iterator[Problem]:
    """The mistakes in the names of a file.

    Args:
        context: what files may name.
        file: the file.
        tokens: what it consists of.
    """
    declared: dict[str, Token] = {}
    for number, token in enumerate(tokens):
        if token.kind == "prefix" and number + 2 < len(tokens):
            name, iri = tokens[number + 1].text.rstrip(":"), tokens[number + 2]
            declared[name] = token
            if name in PREFIXES and iri.text != f"<{PREFIXES[name]}>":
                what = f"the prefix {name}: means {iri.text}"
                advice = f"write <{PREFIXES[name]}>"
                yield _problem(file, iri, "wrong-prefix", what, advice)
    for number, token in enumerate(tokens):
        if token.kind != "name" or (number and tokens[number - 1].kind == "prefix"):
            continue
        prefix, _, local = token.text.partition(":")
        if prefix not in declared:
            what = f"the prefix {prefix}: is not declared"
            known = PREFIXES.get(prefix)
            line = f"add @prefix {prefix}: <{known}> ." if known else ""
            yield _problem(file, token, "no-prefix", what, line or meant(prefix, PREFIXES))
            continue
        if prefix == "cs" and local and local not in context.shipped.terms:
            what = f"nothing is called cs:{local}"
            yield _problem(
                file, token, "unknown-term", what, with_prefix(meant(local, context.shipped.terms))
            )
        elif local and local not in context.shipped.used_terms.get(prefix, {local}):
            used = context.shipped.used_terms[prefix]
            what = f"files of rules do not use {token.text}"
            some = ", ".join(f"{prefix}:{each}" for each in sorted(used)[:8])
            near = meant(local, used)
            advice = near.replace("mean ", f"mean {prefix}:") if near else f"write one of {some}"
            yield _problem(file, token, "unknown-term", what, advice)
        elif prefix in _DEFINED and local and token.text != token.subject:
            lint, kind = _DEFINED[prefix]
            known_names = context.names[prefix]
            if local not in known_names:
                what = f"there is no {kind} {prefix}:{local}"
                advice = meant(local, known_names, "define it first")
                if prefix in _CODES_TO_DESCRIBE:
                    # Close numbers mean nothing alike.
                    advice = (
                        f"describe it in a file of yours: {prefix}:{local} a skos:Concept ;"
                        f' skos:notation "{local}" ; skos:prefLabel "what it says"@en .'
                    )
                yield _problem(file, token, lint, what, advice)


def _problem(file: Path, token: Token, lint: str, message: str, advice: str) -> Problem:
    return Problem(str(file), token.line, token.column, lint, message, advice)


def with_prefix(advice: str) -> str:
    """Advice that names a term, with the prefix that terms have."""
    return re.sub(r"mean (\w+)\?", r"mean cs:\1?", advice)
