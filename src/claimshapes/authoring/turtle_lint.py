"""Mistakes in the Turtle files of a pack: names that nothing has, forms, dates, codes, queries."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from functools import partial
from itertools import accumulate
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SH
from rdflib.term import Node

from claimshapes.authoring.lint_context import PREFIXES, CodeState, LintContext
from claimshapes.authoring.problems import Problem, meant
from claimshapes.authoring.statement_lint import (
    is_day,
    statement_problems,
    statement_problems_of_tests,
)
from claimshapes.authoring.turtle_tokens import Token, turtle_tokens
from claimshapes.errors import RuleError
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS, SCHEMA
from claimshapes.rdf.shape_files import read_graph
from claimshapes.rdf.vocabulary import CS_NS, RULE_NS
from claimshapes.rules.code_lists import WrittenList
from claimshapes.rules.code_tests import CodeKind
from claimshapes.rules.families import Family, Parameter, code_kind
from claimshapes.rules.pack import TEST_SUFFIX
from claimshapes.rules.sources import Document, described

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
_OPPOSITES = [
    ({"requiresModifier", "requiresModifierBeside"}, "anyModifier", "forbidsModifier", "modifiers"),
    ({"allowedAt"}, "places", "notAllowedAt", "places"),
    ({"coveredFor"}, "diagnoses", "notCoveredFor", "diagnoses"),
    ({"firstListedOnly"}, "diagnoses", "secondaryOnly", "diagnoses"),
]
_SHORT_GAP = 31
"""Days: a longer one between rules that say the same is meant."""
_FORMATS = {
    "procedure": r"[A-Za-z0-9]{5}",
    "modifier": r"[A-Za-z0-9]{2}",
    "code": r"[A-Za-z][0-9][A-Za-z0-9](\.[A-Za-z0-9]{1,4})?",
    "placeOfService": r"\d{2}",
    "revenue": r"\d{3,4}",
    "typeOfBill": r"\d{2,3}",
    "taxonomy": r"[A-Za-z0-9]{9}[Xx]",
    "sex": r"female|male",
}


@dataclass(frozen=True, slots=True)
class StatedRule:
    """A rule of a pack as its file states it."""

    iri: URIRef
    file: Path
    form: str
    node: Node
    payers: frozenset[str]
    first: str
    last: str | None
    values: dict[str, frozenset[str]]
    replaced_by: frozenset[str]


class TurtleLint:
    """Lints the Turtle files of packs together.

    Args:
        context: what the files may name.
    """

    def __init__(self, context: LintContext) -> None:
        self._context = context
        self._tokens: dict[Path, list[Token]] = {}
        self._stated: list[StatedRule] = []
        self._described: list[tuple[Path, Node, Document, str]] = []

    def problems(self) -> Iterator[Problem]:
        """The mistakes, file by file, and then those of files that contradict each other."""
        defined: dict[str, Path] = {}
        for file in self._context.pack_files():
            text = file.read_bytes().decode("utf-8", errors="replace")
            tokens = self._tokens[file] = turtle_tokens(text.removeprefix("\ufeff"))
            if text.startswith("\ufeff"):
                what = "the file begins with a byte order mark"
                yield Problem(str(file), 1, 1, "turtle-bom", what, "save as UTF-8 without one")
            yield from self._names(file, tokens)
            try:
                graph = read_graph([file])
            except RuleError as error:
                yield self._syntax(file, error)
                continue
            at = partial(self._said_of, file, graph)
            if file.name.endswith(TEST_SUFFIX):
                yield from self._tests(file, graph)
                payers = self._context.names["payer"]
                name = file.name.removesuffix(TEST_SUFFIX)
                if name not in self._context.names["rule"]:
                    # One of an exemption, say.
                    name = ""
                yield from statement_problems_of_tests(
                    graph, at, self._context.ranges, payers, name
                )
                continue
            forms = {
                value
                for form in self._context.families
                for value in graph.objects(None, URIRef(form))
            }
            yield from statement_problems(
                graph, at, self._context.ranges, self._context.matters, forms
            )
            for document, node in described(graph):
                name = str(node) if isinstance(node, URIRef) else ""
                self._described.append((file, _owner(graph, node), document, name))
            for node in sorted(set(graph.subjects(RDF.type, CS.Rule)), key=str):
                name = str(node).removeprefix(RULE_NS)
                if name in defined or name in self._context.shipped_rules:
                    other = defined.get(name) or "the shipped rules"
                    what = f"the rule {name} is also in {other}"
                    yield self._at(file, node, "", "duplicate-id", what, "give it another id")
                defined[name] = file
                if isinstance(node, URIRef):
                    yield from self._rule(file, graph, node)
        yield from self._together()
        yield from self._described_twice()

    def _said_of(self, file: Path, graph: rdflib.Graph, node: Node, *said: str) -> Problem:
        """A problem of a node, which may have no name of its own."""
        return self._at(file, _owner(graph, node), *said)

    def _described_twice(self) -> Iterator[Problem]:
        """Documents that are described a second time; named sources keep theirs."""
        known = dict(self._context.sources)
        for file, owner, document, node in sorted(self._described, key=lambda each: each[3] == ""):
            first = known.setdefault(document, node) if node else known.get(document)
            if first is None:
                known[document] = ""
            elif first != node or not node:
                what = f"{', '.join(document)} is described twice"
                advice = (
                    f"cite source:{last_part(first)}" if first else "describe it in sources.ttl"
                )
                yield self._at(file, owner, "", "duplicate-source", what, advice)

    def _syntax(self, file: Path, error: RuleError) -> Problem:
        named = re.search(r", line (\d+): (.*)", str(error), re.DOTALL)
        line, what = (int(named[1]), named[2]) if named else (1, str(error))
        column = 1
        try:
            list(ox.parse(path=str(file), format=ox.RdfFormat.TURTLE))
        except SyntaxError as syntax:
            column = syntax.offset or 1
        except (OSError, ValueError):
            pass
        advice = "look for a missing ; . ] or quotation mark before this place"
        return Problem(str(file), line, column, "turtle-syntax", what, advice)

    def _names(self, file: Path, tokens: list[Token]) -> Iterator[Problem]:
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
            if prefix == "cs" and local and local not in self._context.terms:
                what = f"nothing is called cs:{local}"
                yield _problem(
                    file, token, "unknown-term", what, _cs(meant(local, self._context.terms))
                )
            elif local and local not in self._context.used_terms.get(prefix, {local}):
                used = self._context.used_terms[prefix]
                what = f"files of rules do not use {token.text}"
                some = ", ".join(f"{prefix}:{each}" for each in sorted(used)[:8])
                near = meant(local, used)
                advice = (
                    near.replace("mean ", f"mean {prefix}:") if near else f"write one of {some}"
                )
                yield _problem(file, token, "unknown-term", what, advice)
            elif prefix in _DEFINED and local and token.text != token.subject:
                lint, kind = _DEFINED[prefix]
                known_names = self._context.names[prefix]
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

    def _tests(self, file: Path, graph: rdflib.Graph) -> Iterator[Problem]:
        for node in sorted(set(graph.subjects(RDF.type, CS.RuleTest)), key=str):
            if graph.value(node, CS.testOf) is None:
                yield self._at(file, node, "", "test-of-no-rule", "the test names no rule", "")
            claim = graph.value(node, CS.claim)
            if claim is None:
                yield self._at(file, node, "", "test-without-claim", "the test has no claim", "")

    def _rule(self, file: Path, graph: rdflib.Graph, node: URIRef) -> Iterator[Problem]:
        name = str(node).removeprefix(RULE_NS)
        if name == str(node):
            advice = f"write rule:{last_part(name)}, with @prefix rule: <{RULE_NS}> ."
            yield self._at(file, node, "", "rule-id", f"{node} is no name of a rule", advice)
            return
        if file.name != f"{name}.ttl":
            what = f"the rule {name} is in {file.name}"
            yield self._at(file, node, "", "file-name", what, f"name the file {name}.ttl")
        if not file.with_name(f"{name}{TEST_SUFFIX}").is_file():
            what = f"the rule {name} has no tests"
            yield self._at(file, node, "", "no-tests", what, f"write {name}{TEST_SUFFIX}")
        if not re.fullmatch(r"[A-Z]{2,3}(-[A-Z0-9]+)+", name):
            yield self._at(file, node, "", "rule-id", f"{name} is no id", "write one like VH-59")
        for predicate, lint, what in (
            (SH.severity, "no-severity", "the rule has no sh:severity"),
            (DCTERMS.source, "no-source", "the rule has no dcterms:source"),
            (SCHEMA.validFrom, "no-valid-from", "the rule has no schema:validFrom"),
        ):
            if (node, predicate, None) not in graph:
                yield self._at(file, node, "", lint, what, "state it")
        yield from self._severity(file, graph, node)
        if (node, CS.remarkCode, None) not in graph:
            for code in graph.objects(node, CS.denialCode):
                if str(code) in self._context.needing_remark:
                    what = f"CARC {last_part(str(code))} says too little alone"
                    advice = "state a remark code, such as cs:remarkCode rarc:M76"
                    yield self._at(file, node, "cs:denialCode", "no-remark-code", what, advice)
        first, last = graph.value(node, SCHEMA.validFrom), graph.value(node, SCHEMA.validThrough)
        days = []
        for said, term in ((first, "schema:validFrom"), (last, "schema:validThrough")):
            if said is None:
                continue
            if not _is_date(said):
                what = f"{said} is no date"
                advice = 'write it as "2027-01-31"^^xsd:date'
                yield self._at(file, node, term, "not-a-date", what, advice)
            else:
                days.append(str(said))
        if len(days) == 2 and days[0] > days[1]:
            what = f"the rule ends on {days[1]}, before it begins on {days[0]}"
            yield self._at(
                file, node, "schema:validThrough", "reversed-period", what, "correct the dates"
            )
        forms = [
            (str(form), value)
            for form in self._context.families
            for value in graph.objects(node, URIRef(form))
        ]
        if len({self._context.families[form].node for form, _ in forms}) > 1:
            what = f"the rule states forms of {len(forms)} families"
            yield self._at(file, node, "", "several-forms", what, "make a rule of each")
            forms = []
        elif not forms and not _states_a_constraint(graph, node):
            what = "the rule states nothing to check"
            yield self._at(file, node, "", "no-check", what, "state a family's form")
        for form, at in forms:
            payers = {str(each) for each in graph.objects(node, CS.payer)}
            payers |= {str(each) for each in graph.objects(node, CS.appliesToPayer)}
            stated = StatedRule(
                node,
                file,
                form.removeprefix(CS_NS),
                at,
                frozenset(payers),
                str(first) if first is not None and _is_date(first) else "",
                str(last) if last is not None and _is_date(last) else None,
                {
                    str(predicate).removeprefix(CS_NS): frozenset(
                        str(each) for each in graph.objects(at, predicate)
                    )
                    for predicate in graph.predicates(at)
                    if predicate != SH.message
                },
                frozenset(str(each) for each in graph.objects(node, DCTERMS.isReplacedBy)),
            )
            self._stated.append(stated)
            texts = [*graph.objects(node, SH.message), *graph.objects(at, SH.message)]
            head = self._context.families[form].select.partition("WHERE")[0]
            selected = set(re.findall(r"[?$](\w+)", head))
            for text in texts:
                for variable in sorted(set(re.findall(r"\{[?$](\w+)\}", str(text))) - selected):
                    what = f"the message names {{?{variable}}}, which the form does not give"
                    advice = meant(variable, selected, f"it gives {', '.join(sorted(selected))}")
                    yield self._at(file, node, "sh:message", "message-variable", what, advice)
            yield from self._form(stated, graph, self._context.families[form])
        yield from self._queries(file, graph, node)

    def _severity(self, file: Path, graph: rdflib.Graph, node: URIRef) -> Iterator[Problem]:
        for severity in graph.objects(node, SH.severity):
            if severity not in (SH.Violation, SH.Warning, SH.Info):
                what = f"{severity} is no severity"
                advice = "write sh:Violation, sh:Warning or sh:Info"
                yield self._at(file, node, "sh:severity", "bad-severity", what, advice)

    def _form(self, rule: StatedRule, graph: rdflib.Graph, family: Family) -> Iterator[Problem]:
        parameters = {parameter.name: parameter for parameter in family.parameters}
        form = f"cs:{rule.form}"
        for name in rule.values:
            if name not in parameters:
                what = f"{form} has no cs:{name}"
                advice = _cs(meant(name, parameters, f"it has {', '.join(sorted(family.own))}"))
                yield self._at(rule.file, rule.iri, f"cs:{name}", "unknown-parameter", what, advice)
        for parameter in family.parameters:
            stated = list(graph.objects(rule.node, parameter.path))
            if not stated:
                needed = not parameter.optional and parameter.default is None
                needed |= parameter.or_condition and not rule.values.keys() - family.own
                if needed or (parameter.name == "beside" and rule.form.endswith("Beside")):
                    what = f"{form} lacks cs:{parameter.name}"
                    advice = f"state {parameter.label}"
                    yield self._at(rule.file, rule.iri, form, "missing-parameter", what, advice)
                continue
            if parameter.terms:
                continue
            if parameter.field is None:
                yield from self._number(rule, parameter, stated)
            else:
                for value in stated:
                    yield from self._code(rule, parameter, code_kind(parameter.field), value)
                if parameter.name in family.own:
                    yield from self._listed_late(rule, graph, parameter, stated)
        periods = [each.name for each in family.parameters if each.days_each]
        given = [each for each in periods if each in rule.values]
        if len(given) > 1:
            what = f"{form} has {' and '.join(f'cs:{each}' for each in given)}"
            yield self._at(rule.file, rule.iri, form, "several-values", what, "state one of them")
        elif periods and not given:
            what = f"{form} needs one of {', '.join(f'cs:{each}' for each in periods)}"
            yield self._at(rule.file, rule.iri, form, "missing-parameter", what, "state one")
        yield from self._never(rule)

    def _number(
        self, rule: StatedRule, parameter: Parameter, stated: list[Node]
    ) -> Iterator[Problem]:
        term = f"cs:{parameter.name}"
        if len(stated) > 1:
            what = f"{term} has several values"
            yield self._at(rule.file, rule.iri, term, "several-values", what, "state one")
        for value in stated:
            if not re.fullmatch(r"\d+(\.\d+)?|true", str(value)):
                what = f"{term} is a number, not {value}"
                yield self._at(rule.file, rule.iri, term, "not-a-number", what, "write digits")

    def _code(
        self, rule: StatedRule, parameter: Parameter, kind: CodeKind, value: Node
    ) -> Iterator[Problem]:
        if str(value).startswith(PREFIXES["list"]):
            yield from self._listed(rule, parameter.name, kind, str(value))
        if not isinstance(value, Literal):
            return
        code, term = str(value), f'"{value}"'

        def problem(lint: str, what: str, advice: str) -> Problem:
            return self._at(rule.file, rule.iri, term, lint, what, advice)

        if code != code.strip():
            yield problem("code-space", f"{code!r} has a space around it", "delete the space")
            return
        pattern = _FORMATS.get(kind.field, ".*")
        first, dash, last = code.partition("-")
        if code.endswith("*"):
            return
        parts = [first, last] if dash else [first]
        for part in parts:
            if not re.fullmatch(pattern, part):
                what = f"{part!r} is no code for cs:{parameter.name}"
                yield problem("not-a-code", what, "one code, a range A-B, or the beginning A*")
                return
        if dash:
            if first > last:
                what = f"the range {code} is reversed"
                yield problem("reversed-range", what, f"write {last}-{first}")
            return
        yield from self._known(kind, code, rule.first, rule.last, problem)

    def _listed(
        self, rule: StatedRule, parameter: str, kind: CodeKind, iri: str
    ) -> Iterator[Problem]:
        """Codes of a list that do not exist, or not while the list and the rule hold."""
        for written, line, cells in self._context.list_rows(iri.removeprefix(PREFIXES["list"])):
            code = cells["code"].strip()

            def problem(
                lint: str, what: str, advice: str, written: WrittenList = written, line: int = line
            ) -> Problem:
                place = "" if written.sheet is None else f"sheet {written.name}, row {line}: "
                return Problem(str(written.file), line, 1, lint, f"{place}{what}", advice)

            pattern = _FORMATS.get(kind.field, ".*")
            ranged = code.endswith("*") or "-" in code
            if code and not ranged and not re.fullmatch(pattern, code):
                what = f"{code!r} is no code for cs:{parameter}"
                yield problem("not-a-code", what, "correct the code, or name another list")
            if ranged or not re.fullmatch(pattern, code):
                continue

            first = max(rule.first, cells["valid_from"].strip())
            ends = [each for each in (rule.last, cells["valid_through"].strip()) if each]
            yield from self._known(kind, code, first, min(ends, default=None), problem)

    def _listed_late(
        self, rule: StatedRule, graph: rdflib.Graph, parameter: Parameter, stated: list[Node]
    ) -> Iterator[Problem]:
        """Lists of which no row holds while the rule does, or none on its first day."""
        lists = [self._context.code_lists.rows(str(value)) for value in stated]
        rows = [row for listed in lists for row in listed or ()]
        if any(listed is None for listed in lists) or not rule.first:
            return
        holding = [
            row
            for row in rows
            if (row.valid_from or "0") <= (rule.last or "9")
            and rule.first <= (row.valid_through or "9")
        ]
        begins = min((row.valid_from or "" for row in holding), default=None)
        term = f"cs:{parameter.name}"
        names = ", ".join(sorted(last_part(str(value)) for value in stated))
        if begins is None:
            what = f"no row of {names} holds while the rule does"
            advice = "the rule can never fire; add rows, or correct their dates"
            yield self._at(rule.file, rule.iri, term, "never-fires", what, advice)
        elif begins > rule.first and (rule.iri, CS.beforeFirstListed, None) not in graph:
            what = f"{names} has no code before {begins}; the rule begins on {rule.first}"
            advice = f"begin the rule on {begins}, or say what is not checked: cs:beforeFirstListed"
            yield self._at(rule.file, rule.iri, term, "listed-late", what, advice)

    def _known(
        self,
        kind: CodeKind,
        code: str,
        first: str,
        last: str | None,
        problem: Callable[[str, str, str], Problem],
    ) -> Iterator[Problem]:
        """Whether a code exists from the first to the last day, and what replaced it if not."""
        if kind.field == "code":
            yield from self._known_diagnosis(code, first, last, problem)
            return
        for field, lint, codes in (
            ("placeOfService", "unknown-place", self._context.places),
            ("taxonomy", "unknown-taxonomy", self._context.taxonomies),
        ):
            if kind.field == field and code.upper() not in codes:
                yield problem(lint, f"no list on file has {code}", meant(code, codes))
        state: CodeState
        if kind.field == "procedure":
            state, lint = self._context.service(code), "unknown-procedure"
        elif kind.field == "modifier":
            state, lint = self._context.modifier(code), "unknown-modifier"
        else:
            return
        if not state.known:
            yield problem(lint, f"no list on file has {code}", "check the code")
        elif first and not state.valid(first):
            ends = [end for _, end in state.periods if end]
            when = f"expired {max(ends)}" if ends and max(ends) < first else "is not valid yet"
            what = f"{code} {when}; the rule begins on {first}"
            yield problem("invalid-code", what, "take the code that is valid then")
        elif first and state.periods:
            ended = max(end or "9" for _, end in state.periods)
            if ended < (last or "9"):
                what = f"{code} ended on {ended}, while the rule holds"
                advice = "end the rule, or the row of the list, then"
                yield problem("ended-code", what, advice)

    def _known_diagnosis(
        self,
        code: str,
        first: str,
        last: str | None,
        problem: Callable[[str, str, str], Problem],
    ) -> Iterator[Problem]:
        state = self._context.diagnosis(code)
        if not state.known:
            near = ", ".join(self._context.knowledge.nearby(code, 3))
            advice = f"did you mean one of {near}?" if near else ""
            yield problem("unknown-diagnosis", f"no release has {code}", advice)
            return
        ended = max((end or "9" for _, end in state.periods), default="")
        if ended and ended < (last or "9"):
            replaced = self._context.successors(code, max(first, str(_day_after(ended))))
            what = f"{code} ended on {ended}, while the rule holds"
            by = (
                f"replaced by {', '.join(replaced)}"
                if replaced
                else "take the code that came after"
            )
            yield problem("ended-diagnosis", what, by)
        elif len(code) > 3 and not self._context.billable(code):
            what = f"{code} is not billable: codes are below it"
            yield problem("heading-code", what, f"write {code}* for all of them")

    def _never(self, rule: StatedRule) -> Iterator[Problem]:
        for one, other in (
            ("withModifier", "withoutModifier"),
            ("withDiagnosis", "withoutDiagnosis"),
            ("atPlace", "notAtPlace"),
            ("anyModifier", "withModifier"),
        ):
            both = rule.values.get(one, frozenset()) & rule.values.get(other, frozenset())
            if both and rule.values[one] <= rule.values[other]:
                what = f"cs:{one} and cs:{other} both say {', '.join(sorted(both))}"
                advice = "the rule can never fire; take one out"
                yield self._at(rule.file, rule.iri, f"cs:{one}", "never-fires", what, advice)
        for least, most in (("fromAge", "throughAge"), ("least", "most")):
            low, high = (rule.values.get(name) for name in (least, most))
            if low and high and _float(min(low)) > _float(min(high)):
                what = f"cs:{least} {min(low)} is more than cs:{most} {min(high)}"
                yield self._at(
                    rule.file, rule.iri, f"cs:{least}", "reversed-limits", what, "exchange them"
                )

    def _queries(self, file: Path, graph: rdflib.Graph, node: URIRef) -> Iterator[Problem]:
        messages = [str(text) for text in graph.objects(node, SH.message)]
        for constraint in graph.objects(node, SH.sparql):
            for select in graph.objects(constraint, SH.select):
                query = str(select)
                if "$this" not in query:
                    what, advice = "the query does not use $this", "begin with $this"
                    yield self._at(file, node, "sh:select", "no-this", what, advice)
                names = Counter(re.findall(r"\?(\w+)", query))
                head = set(re.findall(r"[?$](\w+)", query.partition("WHERE")[0]))
                made = set(re.findall(r"\bAS\s+[?$](\w+)", query))
                for name, count in sorted(names.items()):
                    others = names.keys() - {name}
                    # One that stands alone is no mistake unless another is called almost so.
                    if count > 1 or name in made:
                        continue
                    if name in head:
                        what = f"?{name} is selected and never bound"
                        advice = meant(name, others, "bind it in the query")
                        yield self._at(file, node, "sh:select", "never-bound", what, advice)
                    elif get_close_matches(name, others, 1, 0.8):
                        what = f"?{name} is used once in the query"
                        advice = meant(name, others)
                        yield self._at(file, node, "sh:select", "variable-once", what, advice)
                if _is_cross_product(query):
                    what = "parts of the query have no variable in common"
                    advice = "join them, or each combination is a result"
                    yield self._at(file, node, "sh:select", "cross-product", what, advice)
                for text in messages:
                    for name in re.findall(r"\{[?$](\w+)\}", text):
                        if name not in head:
                            what = f"the message names {{?{name}}}, which the query does not select"
                            yield self._at(
                                file, node, "sh:message", "message-variable", what, "select it"
                            )
                    if "{" not in text:
                        what = "the message names no value"
                        advice = "name what is wrong, such as {?procedure}"
                        yield self._at(
                            file, node, "sh:message", "message-without-value", what, advice
                        )

    def _together(self) -> Iterator[Problem]:
        for number, rule in enumerate(self._stated):
            for other in self._stated[:number]:
                if rule.iri == other.iri:
                    continue
                if not _meet(rule, other):
                    yield from self._gap(rule, other)
                    continue
                name = str(other.iri).removeprefix(RULE_NS)
                if rule.form == other.form and rule.values == other.values:
                    what = f"the rule says what {name} says, for some of the same days"
                    yield self._at(rule.file, rule.iri, "", "same-rule", what, "delete one")
                elif rule.form == other.form:
                    yield from self._overlap(rule, other)
                for forms, own, opposite, values in _OPPOSITES:
                    for one, two in ((rule, other), (other, rule)):
                        if one.form in forms and two.form == opposite:
                            both = one.values.get(own, frozenset()) & two.values.get(
                                values, frozenset()
                            )
                            if both and (
                                "services" not in one.values or self._common_services(one, two)
                            ):
                                what = f"the rule and {name} contradict each other on {min(both)}"
                                yield self._at(
                                    rule.file, rule.iri, "", "contradiction", what, "decide which"
                                )

    def _overlap(self, rule: StatedRule, other: StatedRule) -> Iterator[Problem]:
        """Two rules of a form for the same days and some of the same codes, otherwise alike.

        They may differ in a number, which then contradicts the other one.
        """
        name = str(other.iri).removeprefix(RULE_NS)
        differing = {
            each
            for each in rule.values.keys() | other.values.keys()
            if rule.values.get(each) != other.values.get(each)
        }
        numbers = {
            each.name
            for each in self._context.families[CS_NS + rule.form].parameters
            if each.field is None and not each.terms
        }
        if not differing <= numbers | {"services"}:
            return
        common = self._common_services(rule, other)
        if not common:
            return
        codes = ", ".join(sorted(each.rsplit("/", 1)[-1] for each in common))
        if differing == {"services"}:
            what = f"the rule and {name} both say this of {codes}, for some of the same days"
            yield self._at(rule.file, rule.iri, "", "overlap", what, "leave it to one of them")
        else:
            limits = ", ".join(f"cs:{each}" for each in sorted(differing - {"services"}))
            what = f"the rule and {name} give {codes} different limits ({limits})"
            yield self._at(rule.file, rule.iri, "", "contradiction", what, "decide which")

    def _common_services(self, one: StatedRule, two: StatedRule) -> set[str]:
        """The services of a rule, as it states them, some of which another rule is about, too."""
        others = sorted(
            each for value in two.values.get("services", frozenset()) for each in self._spans(value)
        )
        begins = [first for first, _ in others]
        # How far the ranges reach that begin no later than each of them.
        reach = list(accumulate((last for _, last in others), max))

        def meets(first: str, last: str) -> bool:
            count = bisect_right(begins, last)
            return count > 0 and reach[count - 1] >= first

        return {
            value
            for value in one.values.get("services", frozenset())
            if any(meets(*span) for span in self._spans(value))
        }

    def _spans(self, value: str) -> list[tuple[str, str]]:
        """First and last code of each range that a code, range, beginning, set or list has."""
        rows = self._context.code_lists.rows(value)
        codes = [value] if rows is None else [row.code for row in rows]
        spans = []
        for code in codes:
            first, _, last = code.upper().partition("-")
            begun = first.removesuffix("*")
            spans.append((begun, last or (begun if begun == first else f"{begun}~")))
        return spans

    def _gap(self, rule: StatedRule, other: StatedRule) -> Iterator[Problem]:
        """A few days between two rules that say the same, or one of which replaces the other."""
        before, after = sorted((rule, other), key=lambda each: each.first)
        same = rule.form == other.form and rule.payers == other.payers
        replaces = str(after.iri) in before.replaced_by
        if (
            not before.first
            or not before.last
            or not (replaces or (same and rule.values == other.values))
        ):
            return
        days = (date.fromisoformat(after.first) - date.fromisoformat(before.last)).days - 1
        if days > 0 and (replaces or days <= _SHORT_GAP):
            name = str(before.iri).removeprefix(RULE_NS)
            what = f"from {_day_after(before.last)} on neither this rule nor {name} is in force"
            advice = f"begin on {_day_after(before.last)}, or end {name} later"
            yield self._at(after.file, after.iri, "schema:validFrom", "gap", what, advice)

    def _at(
        self, file: Path, node: Node, term: str, lint: str, message: str, advice: str
    ) -> Problem:
        """A problem at a term that is said of a subject, else at the subject."""
        tokens = self._tokens[file]
        prefixes = {
            tokens[number + 1].text.rstrip(":"): tokens[number + 2].text[1:-1]
            for number, token in enumerate(tokens[:-2])
            if token.kind == "prefix"
        }
        subject = next(
            (
                token
                for token in tokens
                if token.text == token.subject and _iri(token.text, prefixes) == str(node)
            ),
            None,
        )
        place = subject
        if subject is not None and term:
            place = next(
                (token for token in tokens if token.text == term and token.subject == subject.text),
                subject,
            )
        line, column = (place.line, place.column) if place else (1, 1)
        return Problem(str(file), line, column, lint, message, advice)


def _problem(file: Path, token: Token, lint: str, message: str, advice: str) -> Problem:
    return Problem(str(file), token.line, token.column, lint, message, advice)


def _owner(graph: rdflib.Graph, node: Node) -> Node:
    """What has a name and says something by way of a node."""
    while isinstance(node, rdflib.BNode):
        node = next(graph.subjects(None, node), URIRef(""))
    return node


def _cs(advice: str) -> str:
    return re.sub(r"mean (\w+)\?", r"mean cs:\1?", advice)


def _iri(name: str, prefixes: Mapping[str, str]) -> str:
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    return prefixes.get(prefix, f"{prefix}:") + local


def _is_date(value: Node) -> bool:
    return (
        is_day(str(value)) and isinstance(value, Literal) and str(value.datatype).endswith("#date")
    )


def _day_after(day: str) -> date:
    return date.fromisoformat(day) + timedelta(days=1)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _states_a_constraint(graph: rdflib.Graph, node: URIRef) -> bool:
    about = {str(predicate) for predicate in graph.predicates(node)}
    plain = {str(SH.message), str(SH.severity)}
    return any(name.startswith(str(SH)) and name not in plain for name in about)


def _meet(one: StatedRule, two: StatedRule) -> bool:
    """Whether two rules hold for a payer on a day."""
    payers = one.payers & two.payers or not one.payers or not two.payers
    return bool(payers) and one.first <= (two.last or "9") and two.first <= (one.last or "9")


def _is_cross_product(query: str) -> bool:
    """Whether the triple patterns at the top of a query fall into parts without a common variable.

    Filters and optional parts do not count, since they keep or add and do not join.
    """
    body = query.partition("{")[2].rpartition("}")[0]
    while re.search(r"\{[^{}]*\}", body):
        body = re.sub(r"(FILTER\s+(NOT\s+)?EXISTS|OPTIONAL|MINUS|UNION)?\s*\{[^{}]*\}", " ", body)
    body = re.sub(r"(FILTER|BIND)\s*\((?:[^()]|\([^()]*\))*\)", " ", body)
    groups: list[set[str]] = []
    for statement in re.split(r"\s\.(?:\s|$)", body):
        names = set(re.findall(r"[?$](\w+)", statement))
        if not names:
            continue
        apart = [group for group in groups if not group & names]
        joined = names.union(*(group for group in groups if group & names))
        groups = [*apart, joined]
    return len(groups) > 1


def lint_turtle(context: LintContext) -> Iterable[Problem]:
    """The mistakes in the Turtle files of packs."""
    return sorted(set(TurtleLint(context).problems()))
