"""Rules as the shapes graph states them: metadata for people, shapes for engines."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pyoxigraph as ox
import rdflib
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, RDFS, SH, SKOS, XSD

from claimshapes.errors import RuleError
from claimshapes.files.kept_files import kept_files, key_of
from claimshapes.rdf.shape_files import read_graph, read_turtle
from claimshapes.rdf.vocabulary import CS_NS, SCHEMA_NS
from claimshapes.resources import resource_directory
from claimshapes.rules.candidate_sources import CandidateSource
from claimshapes.rules.code_lists import CodeLists, list_files, set_files
from claimshapes.rules.component_queries import (
    constraint_components,
    expand_components,
    filled_queries,
)
from claimshapes.rules.derivations import declared_prefixes
from claimshapes.rules.families import Form, fill_forms
from claimshapes.rules.first_release import add_first_release
from claimshapes.rules.other_claims import OtherClaims, read_other_claims
from claimshapes.rules.severity import Severity
from claimshapes.rules.sources import SOURCES, join_sources

CS = rdflib.Namespace(CS_NS)
SCHEMA = rdflib.Namespace(SCHEMA_NS)
ADMS = rdflib.Namespace("http://www.w3.org/ns/adms#")

TEST_SUFFIX = ".test.ttl"
_ENGINE_NAMESPACES = (str(SH), str(RDF), str(RDFS))
_TARGETS = {SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf}
_SEVERITIES = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from.

    Attributes:
        title: the document.
        section: section in it, where it has sections.
        edition: edition or version, with its date.
        seen_at: where the text was read, when not in the document itself.
        strength: ``primary``, ``quoted``, ``secondary`` or ``fictitious``.
        document: IRI of the source that describes the document, where one does.
    """

    title: str
    section: str | None
    edition: str | None
    seen_at: str | None
    strength: str
    document: str | None = None

    def __str__(self) -> str:
        """The document itself, as findings cite it."""
        return ", ".join(part for part in (self.title, self.section, self.edition) if part)

    @property
    def with_copy(self) -> str:
        """The document and where its text was read, as the page of a rule cites it."""
        return f"{self} (read at {self.seen_at})" if self.seen_at else str(self)


@dataclass(frozen=True, slots=True)
class Exemption:
    """For whom, and on which dates of service, a rule is not judged.

    Attributes:
        iri: the exemption (``cs:Exemption``), or the rule that takes the place
            (``cs:overrides``).
        rule: IRI of the rule that is not judged.
        payers: payers that it holds for, and for their narrower payers.
        claim_types: kinds of claim that it holds for; empty: every kind.
        valid_from: first date of service.
        valid_through: last date of service, if it ends.
    """

    iri: str
    rule: str
    payers: frozenset[str]
    claim_types: frozenset[str]
    valid_from: date
    valid_through: date | None

    def covers(self, first: date, last: date | None) -> bool:
        """Whether it holds on every date of service from the first to the last, or for ever."""
        return self.valid_from <= first and (
            self.valid_through is None or (last is not None and last <= self.valid_through)
        )

    def applies_to(self, payers: frozenset[str], claim_type: str) -> bool:
        """Whether it is for this payer (given with its broader payers) and kind of claim."""
        return bool(self.payers & payers) and _of_kind(self.claim_types, claim_type)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """For whom, and on which dates of service, a rule has another severity or other dates.

    Attributes:
        iri: the adjustment (``cs:Adjustment``).
        rule: IRI of the rule.
        payers: payers that it holds for, and for their narrower payers.
        claim_types: kinds of claim that it holds for; empty: every kind.
        valid_from: first date of service.
        valid_through: last date of service, if it ends.
        severity: the severity, if it gives one.
        in_force_from: the rule's first date of service, if it gives one.
        in_force_through: the rule's last date of service, if it gives one.
        authority: the document that says so.
    """

    iri: str
    rule: str
    payers: frozenset[str]
    claim_types: frozenset[str]
    valid_from: date
    valid_through: date | None
    severity: Severity | None
    in_force_from: date | None
    in_force_through: date | None
    authority: str

    def says(self, severity: Severity) -> str:
        """What it makes of a rule that has a severity, and who says so."""
        made = []
        if self.severity is not None and self.severity != severity:
            made.append(f"{severity.value} made {self.severity.value}")
        days = [
            f"{word} {day}"
            for word, day in (("from", self.in_force_from), ("through", self.in_force_through))
            if day is not None
        ]
        if days:
            made.append(f"in force {' '.join(days)}")
        return f"{', '.join(made)} by {self.authority}" if made else ""

    def holds(self, days: Iterable[date]) -> bool:
        """Whether it holds on one of the days."""
        return any(
            self.valid_from <= day and (self.valid_through is None or day <= self.valid_through)
            for day in days
        )

    def applies_to(self, payers: frozenset[str], claim_type: str) -> bool:
        """Whether it is for this payer (given with its broader payers) and kind of claim."""
        return bool(self.payers & payers) and _of_kind(self.claim_types, claim_type)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule's metadata, as its shape file states it."""

    iri: str
    id: str
    label: str
    description: str
    rationale: str
    severity: Severity
    message: str
    remedy: str
    status: str
    denial_codes: tuple[str, ...]
    citations: tuple[Citation, ...]
    payers: frozenset[str]
    claim_types: frozenset[str]
    valid_from: date
    valid_through: date | None
    issued: date
    modified: date
    reads_documentation: bool
    applies_to_voids: bool
    yields_to: frozenset[str]
    overrides: frozenset[str]
    field_name: str | None
    url: str
    file: Path
    other_claims: OtherClaims | None = None
    exemptions: tuple[Exemption, ...] = ()
    remark_codes: tuple[str, ...] = ()
    group_code: str | None = None
    candidates: str | None = None
    adjustments: tuple[Adjustment, ...] = ()

    def adjusted(self, days: Iterable[date]) -> tuple[Severity, str]:
        """The rule's severity on some dates of service, and who adjusted the rule and how.

        A rule has adjustments once it was selected for a payer (``RuleBook.select``).

        Returns:
            The severity, and the words for people, which are empty where nothing was adjusted.
        """
        dates = tuple(days)
        holding = [each for each in self.adjustments if each.holds(dates)]
        severities = [each.severity for each in holding if each.severity is not None]
        words = [said for each in holding if (said := each.says(self.severity))]
        return severities[0] if severities else self.severity, "; ".join(words)

    def in_force(self, dates: Iterable[date]) -> bool:
        """Whether the rule holds, and no exemption does, on at least one of the dates of service.

        A rule has exemptions and adjustments once it was selected for a payer
        (``RuleBook.select``).
        """
        return any(
            any(first <= day <= last for first, last in self._periods(day))
            and not any(exemption.covers(day, day) for exemption in self.exemptions)
            for day in dates
        )

    def _periods(self, day: date) -> Iterator[tuple[date, date]]:
        """From when to when it holds, by itself and by the adjustments of a day."""
        end = self.valid_through or date.max
        yield self.valid_from, end
        for each in self.adjustments:
            if each.holds((day,)):
                yield each.in_force_from or self.valid_from, each.in_force_through or end

    def applies_to(self, payers: frozenset[str], claim_type: str) -> bool:
        """Whether the rule is for this payer (given with its broader payers) and kind of claim."""
        return (not self.payers or bool(self.payers & payers)) and _of_kind(
            self.claim_types, claim_type
        )


def _of_kind(kinds: frozenset[str], claim_type: str) -> bool:
    return not kinds or claim_type in kinds


@dataclass(frozen=True, slots=True)
class Written:
    """The rules as they are written.

    Attributes:
        graph: every rule's shape, components filled in.
        forms: the family's form of each rule that states one, by the rule's IRI.
        lists: the value sets and lists that forms may name.
        own_queries: IRIs of the rules and preconditions with a query that no family or component
            gives.
    """

    graph: rdflib.Graph
    forms: dict[str, Form]
    lists: CodeLists
    own_queries: frozenset[str]


@dataclass(slots=True)
class RuleBook:
    """All rules, the graph they are written in, and the shapes that say what was not evaluated.

    Attributes:
        rules: rules by id.
        by_node: rules by the IRI of their shape, and by the nodes of the property shapes in it.
        preconditions: likewise the rules that a precondition's results leave unevaluated.
        not_covered: the preconditions, and the shapes in them, whose results are nothing that is
            specific to a claim (``cs:NotCovered``).
        exemptions: who is exempt from a rule, by the rule's IRI.
        adjustments: who has another severity of a rule, by the rule's IRI.
        packs: the folders beside the shipped ones, which may say more than rules.
        key: says all that the rules were made of; empty where that is not known.
    """

    _read: Callable[[], Written]
    rules: dict[str, Rule] = field(default_factory=dict)
    by_node: dict[str, Rule] = field(default_factory=dict)
    preconditions: dict[str, Rule] = field(default_factory=dict)
    not_covered: set[str] = field(default_factory=set)
    exemptions: dict[str, tuple[Exemption, ...]] = field(default_factory=dict)
    adjustments: dict[str, tuple[Adjustment, ...]] = field(default_factory=dict)
    packs: tuple[Path, ...] = ()
    key: str = ""
    _written: Written | None = None

    @property
    def graph(self) -> rdflib.Graph:
        """Every rule's shape, components filled in; read when it is first asked for.

        Raises:
            RuleError: the files are others by now.
        """
        return self._as_written().graph

    @property
    def forms(self) -> dict[str, Form]:
        """The family's form of each rule that states one, by the rule's IRI."""
        return self._as_written().forms

    @property
    def lists(self) -> CodeLists:
        """The value sets and lists that forms may name."""
        return self._as_written().lists

    @property
    def own_queries(self) -> frozenset[str]:
        """IRIs of the rules and preconditions with a query that no family or component gives."""
        return self._as_written().own_queries

    def _as_written(self) -> Written:
        if self._written is None:
            self._written = self._read()
        return self._written

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def within(self, folders: Collection[Path]) -> list[Rule]:
        """The rules whose files are in these folders, in their order."""
        return [each for each in self if any(each.file.is_relative_to(at) for at in folders)]

    def named_payers(self) -> frozenset[str]:
        """The payers that a rule, or an exemption from one, is for."""
        exemptions = [each for some in self.exemptions.values() for each in some]
        adjustments = [each for some in self.adjustments.values() for each in some]
        return frozenset().union(*(each.payers for each in (*self, *exemptions, *adjustments)))

    def stated_forms(self, rule: Rule) -> list[rdflib.term.Node]:
        """The forms that a rule states, all of one family; none where it states none."""
        form = self.forms.get(rule.iri)
        properties = () if form is None else form.family.forms
        node = URIRef(rule.iri)
        return [at for each in properties for at in self.graph.objects(node, each)]

    def messages(self, rule: Rule) -> list[str]:
        """What findings of a rule say: the messages of its shapes and their constraints."""
        return self._messages(self.by_node, rule)

    def reasons(self, rule: Rule) -> list[str]:
        """Why a rule is not evaluated: the messages of its preconditions."""
        return self._messages(self.preconditions, rule)

    def _messages(self, shapes: Mapping[str, Rule], rule: Rule) -> list[str]:
        path = SH.message | (SH.sparql / SH.message)
        return sorted(
            {
                str(text)
                for node, other in shapes.items()
                if other.id == rule.id
                for text in self.graph.objects(URIRef(node), path)
            }
        )

    def candidates(self, sources: Mapping[str, CandidateSource]) -> dict[str, CandidateSource]:
        """Where the candidates of each rule's findings come from, by the rule's id.

        Args:
            sources: the sources by their IRI.

        Raises:
            RuleError: a rule names another source.
        """
        found = {}
        for rule in self:
            if rule.candidates is not None:
                if rule.candidates not in sources:
                    raise RuleError(f"{rule.id}: cs:candidates names no source: {rule.candidates}")
                found[rule.id] = sources[rule.candidates]
        return found

    def select(
        self,
        payers: frozenset[str],
        claim_type: str,
        *,
        only: frozenset[str] | None = None,
        ignore: frozenset[str] = frozenset(),
    ) -> tuple[Rule, ...]:
        """The active rules for a payer and a kind of claim, in order of their ids.

        Rules in whose place the payer has one of its own, or from which it is exempt, are left
        out where that holds on all their dates; otherwise they say on which dates it does
        (``Rule.exemptions``), whether or not ``only`` and ``ignore`` leave the other rule in.
        """
        chosen = []
        for rule in self:
            if (
                rule.status != "active"
                or not rule.applies_to(payers, claim_type)
                or (only is not None and rule.id not in only)
                or rule.id in ignore
            ):
                continue
            exemptions = tuple(
                exemption
                for exemption in self.exemptions.get(rule.iri, ())
                if exemption.applies_to(payers, claim_type)
            )
            if not any(each.covers(rule.valid_from, rule.valid_through) for each in exemptions):
                adjustments = tuple(
                    adjustment
                    for adjustment in self.adjustments.get(rule.iri, ())
                    if adjustment.applies_to(payers, claim_type)
                )
                if exemptions or adjustments:
                    rule = replace(rule, exemptions=exemptions, adjustments=adjustments)
                chosen.append(rule)
        return tuple(chosen)

    def shapes_of(self, rules: Iterable[Rule]) -> rdflib.Graph:
        """The part of the shapes graph that judges these rules, preconditions with them."""
        chosen = {rule.iri for rule in rules}
        pending: list[rdflib.term.Node] = [URIRef(iri) for iri in sorted(chosen)]
        pending += [
            node
            for node, target in self.graph.subject_objects(CS.preconditionOf)
            if str(target) in chosen
        ]
        components = constraint_components(self.graph)
        part = rdflib.Graph()
        done = set()
        while pending:
            node = pending.pop()
            if node in done:
                continue
            done.add(node)
            for subject, predicate, value in self.graph.triples((node, None, None)):
                # What a rule says to people is no business of an engine, and slows it.
                if predicate == SH.prefixes or not str(predicate).startswith(_ENGINE_NAMESPACES):
                    continue
                if predicate in _TARGETS and str(node) in self.by_node and str(node) not in chosen:
                    # A rule that is not judged, but named by another as a shape.
                    continue
                if predicate == SH.select:
                    value = Literal(self._prepared(node, str(value)))
                part.add((subject, predicate, _as_in_data(value)))
                if isinstance(value, BNode) or (
                    predicate not in _TARGETS and (value, None, None) in self.graph
                ):
                    pending.append(value)
            for query in filled_queries(self.graph, components, node):
                constraint = BNode()
                part.add((node, SH.sparql, constraint))
                text = self._prepared(query.validator, query.select)
                part.add((constraint, SH.select, Literal(text)))
                for message in query.messages:
                    part.add((constraint, SH.message, Literal(message)))
        return part

    def _prepared(self, constraint: rdflib.term.Node, query: str) -> str:
        """A query with the prefixes that it uses, and without the indentation.

        pySHACL would gather prefixes for each claim, and search the text several times for each
        focus node, in a time that grows with the square of an indentation.
        """
        lines = []
        for ontology in self.graph.objects(constraint, SH.prefixes):
            for declaration in self.graph.objects(ontology, SH.declare):
                prefix = str(self.graph.value(declaration, SH.prefix))
                if re.search(rf"(?<![\w?$]){re.escape(prefix)}:", query):
                    namespace = self.graph.value(declaration, SH.namespace)
                    lines.append(f"PREFIX {prefix}: <{namespace}>\n")
        if not re.search("\"\"\"|'''", query):
            query = "\n".join(line.strip() for line in query.strip().splitlines())
        return "".join(sorted(lines)) + query


def _as_in_data(value: rdflib.term.Node) -> rdflib.term.Node:
    """A plain literal as the data has it: to rdflib one of ``xsd:string`` is another term."""
    if isinstance(value, Literal) and value.datatype is None and not value.language:
        return Literal(value, datatype=XSD.string)
    return value


def rule_files(directories: Iterable[Path]) -> list[Path]:
    """The rule files below the directories, without the tests beside them, in a stable order."""
    files = []
    for directory in directories:
        files += [
            file for file in sorted(directory.rglob("*.ttl")) if not file.name.endswith(TEST_SUFFIX)
        ]
    return files


def load_rules(directories: Iterable[Path] | None = None) -> RuleBook:
    """Reads every rule below the directories, by default the shipped ones.

    What rules say to people and to the program is kept between runs; their graph is then read
    when it is first asked for.

    Args:
        directories: folders of ``<RULE-ID>.ttl`` files.

    Raises:
        RuleError: a file is not Turtle, a query is not SPARQL, or a rule lacks something that
            every rule must have; names the file.
    """
    chosen = [resource_directory("shapes")] if directories is None else list(directories)
    ontology = resource_directory("ontology")
    kept = kept_files("rules")
    key = _key(ontology, chosen)
    content = kept.get(key) if key else None
    if content is None:
        book = _read_rules(ontology, chosen)
        book.key = key
        if key:
            kept.add(key, _kept(book))
        return book

    def read() -> Written:
        if _key(ontology, chosen) != key:
            raise RuleError("rules were changed while they were used; start again")
        return _read_rules(ontology, chosen)._as_written()

    stated = msgspec.json.decode(content, type=_Stated, dec_hook=lambda _, value: Path(value))
    rules = {rule.id: rule for rule in stated.rules}
    return RuleBook(
        read,
        rules,
        {node: rules[rule] for node, rule in stated.by_node.items()},
        {node: rules[rule] for node, rule in stated.preconditions.items()},
        stated.not_covered,
        stated.exemptions,
        stated.adjustments,
        _packs(chosen),
        key,
    )


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a book says without its graph; rules of nodes by their ids."""

    rules: list[Rule]
    by_node: dict[str, str]
    preconditions: dict[str, str]
    not_covered: set[str]
    exemptions: dict[str, tuple[Exemption, ...]]
    adjustments: dict[str, tuple[Adjustment, ...]]


def _kept(book: RuleBook) -> bytes:
    stated = _Stated(
        list(book),
        {node: rule.id for node, rule in book.by_node.items()},
        {node: rule.id for node, rule in book.preconditions.items()},
        book.not_covered,
        book.exemptions,
        book.adjustments,
    )
    return msgspec.json.encode(stated, enc_hook=str)


def _key(ontology: Path, chosen: list[Path]) -> str:
    """Says all that rules are read from; empty where that cannot be told."""
    files = [*sorted(ontology.glob("*.ttl")), *rule_files(chosen)]
    try:
        return key_of(*files, *set_files(ontology, chosen), *list_files(chosen))
    except OSError:
        return ""


def _packs(directories: Iterable[Path]) -> tuple[Path, ...]:
    """The folders that are not the shipped one."""
    shipped = resource_directory("shapes").resolve()
    return tuple(folder for folder in directories if folder.resolve() != shipped)


def _read_rules(ontology: Path, chosen: list[Path]) -> RuleBook:
    own = ("rule.ttl", "components.ttl", "families.ttl", SOURCES)
    graph = read_graph(ontology / name for name in own)
    origin: dict[URIRef, Path] = {}
    for file in rule_files(chosen):
        triples = read_turtle(file)
        for subject, predicate, value in triples:
            graph.add((subject, predicate, value))
            if predicate == RDF.type and value == CS.Rule and isinstance(subject, URIRef):
                if subject in origin:
                    raise RuleError(f"{file}: {subject} is already defined in {origin[subject]}")
                origin[subject] = file
    join_sources(graph)
    lists = CodeLists().read(ontology, chosen)
    preconditions = set(graph.subjects(RDF.type, CS.Precondition))
    own_queries = frozenset(
        str(node) for node in {*origin, *preconditions} if (node, SH.sparql, None) in graph
    )
    forms = fill_forms(graph, origin, lists)
    expand_components(graph, [*origin, *preconditions])
    add_first_release(graph, origin)
    catalog = next(graph.objects(None, CS.catalog), Literal(""))
    by_iri = {str(node): form for node, form in forms.items()}
    written = Written(graph, by_iri, lists, own_queries)
    book = RuleBook(lambda: written, packs=_packs(chosen))
    for node in sorted(origin, key=lambda iri: iri.rsplit("/", 1)[-1]):
        rule = _read_rule(graph, node, origin[node], str(catalog))
        book.rules[rule.id] = rule
        for part in _parts(graph, node):
            book.by_node[str(part)] = rule
    prefixes = declared_prefixes(ontology / "rule.ttl")
    for precondition, target in list(graph.subject_objects(CS.preconditionOf)):
        if str(target) not in book.by_node:
            raise RuleError(f"{precondition}: cs:preconditionOf names no rule: {target}")
        parts = [str(part) for part in _parts(graph, precondition)]
        book.preconditions |= dict.fromkeys(parts, book.by_node[str(target)])
        if (precondition, SH.severity, CS.NotCovered) in graph:
            book.not_covered.update(parts)
    for exemption in _exemptions(book):
        of_rule = book.exemptions.get(exemption.rule, ())
        book.exemptions[exemption.rule] = (*of_rule, exemption)
    for adjustment in _adjustments(book):
        of_this = book.adjustments.get(adjustment.rule, ())
        book.adjustments[adjustment.rule] = (*of_this, adjustment)
    components = constraint_components(graph)
    for shape, rule in [*book.by_node.items(), *book.preconditions.items()]:
        _check_queries(graph, components, URIRef(shape), rule, prefixes)
    return book


def _exemptions(book: RuleBook) -> Iterator[Exemption]:
    """What cs:overrides and cs:Exemption say, in the order of their IRIs."""
    for rule in book:
        for overridden in sorted(rule.overrides):
            if overridden not in book.by_node:
                raise RuleError(f"{rule.file}: cs:overrides names no rule: {overridden}")
            if not rule.payers:
                raise RuleError(
                    f"{rule.file}: a rule with cs:overrides has to name a payer (cs:appliesToPayer)"
                )
            if rule.status == "active":
                yield Exemption(
                    rule.iri,
                    overridden,
                    rule.payers,
                    rule.claim_types,
                    rule.valid_from,
                    rule.valid_through,
                )
    for node in sorted(book.graph.subjects(RDF.type, CS.Exemption), key=str):
        scope = _scope(book.graph, node, "exemption")
        for rule_iri in _adjusted_rules(book, node, CS.exemptFrom):
            yield Exemption(str(node), rule_iri, *scope)
    for node in sorted(book.graph.subjects(RDF.type, CS.Adjustment), key=str):
        payers, types, start, end = _scope(book.graph, node, "adjustment")
        first = _day(book.graph, node, CS.inForceFrom, "adjustment")
        last = _day(book.graph, node, CS.inForceThrough, "adjustment")
        for rule_iri in _adjusted_rules(book, node, CS.adjusts):
            if (node, ADMS.status, CS.deprecated) in book.graph:
                yield Exemption(str(node), rule_iri, payers, types, start, end)
            if first is not None and first > start:
                yield Exemption(str(node), rule_iri, payers, types, start, first - _ONE_DAY)
            if last is not None and last < date.max:
                yield Exemption(str(node), rule_iri, payers, types, last + _ONE_DAY, end)


def _adjustments(book: RuleBook) -> Iterator[Adjustment]:
    """The severities and dates that adjustments give, in the order of their IRIs."""
    graph = book.graph
    for node in sorted(graph.subjects(RDF.type, CS.Adjustment), key=str):
        scope = _scope(graph, node, "adjustment")
        severity = graph.value(node, SH.severity)
        first = _day(graph, node, CS.inForceFrom, "adjustment")
        last = _day(graph, node, CS.inForceThrough, "adjustment")
        says_more = first or last or (node, ADMS.status, CS.deprecated) in graph
        if severity not in _SEVERITIES and (severity is not None or not says_more):
            raise RuleError(
                f"{node}: an adjustment has a sh:severity (sh:Violation, sh:Warning or sh:Info),"
                " cs:inForceFrom, cs:inForceThrough or adms:status cs:deprecated"
            )
        titles = (graph.value(at, DCTERMS.title) for at in graph.objects(node, DCTERMS.source))
        authority = ", ".join(sorted(str(title) for title in titles if title is not None))
        if not authority:
            raise RuleError(f"{node}: an adjustment names a dcterms:source")
        if severity is None and not first and not last:
            continue
        given = None if severity is None else _SEVERITIES[URIRef(str(severity))]
        for rule in _adjusted_rules(book, node, CS.adjusts):
            yield Adjustment(str(node), rule, *scope, given, first, last, authority)


_Scope = tuple[frozenset[str], frozenset[str], date, date | None]
_ONE_DAY = timedelta(days=1)


def _scope(graph: rdflib.Graph, node: rdflib.term.Node, kind: str) -> _Scope:
    """For which payers, kinds of claim and dates of service something is stated."""
    payers = frozenset(
        str(value) for each in (CS.appliesToPayer, CS.payer) for value in graph.objects(node, each)
    )
    types = frozenset(
        str(value)
        for each in (CS.appliesToClaimType, CS.claimType)
        for value in graph.objects(node, each)
    )
    start = _day(graph, node, SCHEMA.validFrom, kind)
    if not payers or start is None:
        raise RuleError(f"{node}: an {kind} needs cs:appliesToPayer and schema:validFrom")
    return payers, types, start, _day(graph, node, SCHEMA.validThrough, kind)


def _day(graph: rdflib.Graph, node: rdflib.term.Node, predicate: URIRef, kind: str) -> date | None:
    value = graph.value(node, predicate)
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError as error:
        raise RuleError(f"{node}: an {kind}'s date is no date (YYYY-MM-DD)") from error


def _adjusted_rules(book: RuleBook, node: rdflib.term.Node, predicate: URIRef) -> list[str]:
    rules = sorted(str(rule) for rule in book.graph.objects(node, predicate))
    if not rules:
        raise RuleError(f"{node}: names no rule (cs:{predicate.removeprefix(CS_NS)})")
    for rule in rules:
        if rule not in book.by_node:
            raise RuleError(f"{node}: cs:{predicate.removeprefix(CS_NS)} names no rule: {rule}")
    return rules


def _check_queries(
    graph: rdflib.Graph,
    components: list[rdflib.term.Node],
    shape: URIRef,
    rule: Rule,
    prefixes: dict[str, str],
) -> None:
    queries = [str(text) for text in graph.objects(shape, SH.sparql / SH.select)]
    queries += [query.select for query in filled_queries(graph, components, shape)]
    for query in queries:
        try:
            ox.Store().query(query, prefixes=prefixes)
        except SyntaxError as error:
            raise RuleError(f"{rule.file}: a query is not SPARQL: {error}") from error


def _parts(graph: rdflib.Graph, shape: rdflib.term.Node) -> list[rdflib.term.Node]:
    """A shape and the property shapes in it, which take its message where they have none."""
    parts = [shape]
    for known in parts:
        for part in graph.objects(known, SH.property):
            if (part, SH.message, None) not in graph:
                for message in graph.objects(known, SH.message):
                    graph.add((part, SH.message, message))
            if part not in parts:
                parts.append(part)
    return parts


def _of_constraints(graph: rdflib.Graph, node: URIRef) -> str:
    """The messages of a rule's constraints, where the rule itself has none."""
    if (node, SH.message, None) in graph:
        return ""
    return "; or ".join(sorted(str(text) for text in graph.objects(node, SH.sparql / SH.message)))


def _read_rule(graph: rdflib.Graph, node: URIRef, file: Path, catalog: str) -> Rule:
    def one(predicate: URIRef) -> str:
        value = graph.value(node, predicate)
        if value is None:
            raise RuleError(f"{file}: the rule has no {predicate.n3(graph.namespace_manager)}")
        return str(value)

    def day(predicate: URIRef) -> date:
        try:
            return date.fromisoformat(one(predicate))
        except ValueError as error:
            raise RuleError(f"{file}: {predicate} is no date (YYYY-MM-DD)") from error

    def last_parts(predicate: URIRef) -> tuple[str, ...]:
        return tuple(
            sorted(str(value).rsplit("/", 1)[-1] for value in graph.objects(node, predicate))
        )

    def is_true(predicate: URIRef) -> bool:
        value = graph.value(node, predicate)
        return isinstance(value, Literal) and bool(value.toPython())

    severity = graph.value(node, SH.severity)
    if not isinstance(severity, URIRef) or severity not in _SEVERITIES:
        raise RuleError(f"{file}: sh:severity must be sh:Violation, sh:Warning or sh:Info")
    identifier = one(DCTERMS.identifier)
    through = graph.value(node, SCHEMA.validThrough)
    about = graph.value(node, CS.field)
    return Rule(
        iri=str(node),
        id=identifier,
        label=one(SKOS.prefLabel),
        description=one(DCTERMS.description),
        rationale=one(CS.rationale),
        severity=_SEVERITIES[severity],
        message=_of_constraints(graph, node) or one(SH.message),
        remedy=one(CS.remedy),
        status=one(ADMS.status).rsplit("#", 1)[-1],
        denial_codes=last_parts(CS.denialCode),
        citations=tuple(_citations(graph, node, file)),
        payers=frozenset(str(value) for value in graph.objects(node, CS.appliesToPayer)),
        claim_types=frozenset(str(value) for value in graph.objects(node, CS.appliesToClaimType)),
        valid_from=day(SCHEMA.validFrom),
        valid_through=day(SCHEMA.validThrough) if through is not None else None,
        issued=day(DCTERMS.issued),
        modified=day(DCTERMS.modified),
        reads_documentation=is_true(CS.readsDocumentation),
        applies_to_voids=is_true(CS.appliesToVoids),
        yields_to=frozenset(str(value) for value in graph.objects(node, CS.yieldsTo)),
        overrides=frozenset(str(value) for value in graph.objects(node, CS.overrides)),
        field_name=str(about).removeprefix(CS_NS) if about is not None else None,
        url=f"{catalog}{identifier}/",
        file=file,
        other_claims=read_other_claims(graph, node, file),
        remark_codes=last_parts(CS.remarkCode),
        group_code=str(graph.value(node, CS.groupCode) or "") or None,
        candidates=str(graph.value(node, CS.candidates) or "") or None,
    )


def _iri(node: rdflib.term.Node) -> str | None:
    return str(node) if isinstance(node, URIRef) else None


def _citations(graph: rdflib.Graph, node: URIRef, file: Path) -> list[Citation]:
    citations = []
    for source in graph.objects(node, DCTERMS.source):
        title = graph.value(source, DCTERMS.title)
        if title is None:
            raise RuleError(f"{file}: a dcterms:source has no dcterms:title")

        def text(predicate: URIRef, source: rdflib.term.Node = source) -> str | None:
            value = graph.value(source, predicate)
            return None if value is None else str(value)

        citations.append(
            Citation(
                title=str(title),
                section=text(CS.section),
                edition=text(CS.edition),
                seen_at=text(CS.seenAt),
                strength=(text(CS.strength) or "").rsplit("#", 1)[-1],
                document=text(CS.document) or _iri(source),
            )
        )
    if not citations:
        raise RuleError(f"{file}: the rule names no dcterms:source")
    return sorted(citations, key=lambda each: (each.strength, each.title, each.section or ""))
