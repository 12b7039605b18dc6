"""Rules as the shapes graph states them: metadata for people, shapes for engines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import rdflib
from rdflib import Literal, URIRef
from rdflib.namespace import SH

from claimshapes.errors import RuleError
from claimshapes.files.kept_files import kept_files, key_of
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.namespaces import CS
from claimshapes.rules.candidate_sources import CandidateSource
from claimshapes.rules.code_lists import CodeLists, list_files, set_files
from claimshapes.rules.derivations import declared_prefixes
from claimshapes.rules.engine_shapes import engine_shapes
from claimshapes.rules.exemptions import read_adjustments, read_exemptions
from claimshapes.rules.filled_forms import Form
from claimshapes.rules.rule import Adjustment, Exemption, Rule
from claimshapes.rules.rule_reading import read_rule
from claimshapes.rules.written_rules import (
    Written,
    check_queries,
    read_written,
    rule_files,
    shape_parts,
)


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
        return engine_shapes(self.graph, self.by_node.keys(), {rule.iri for rule in rules})


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
    written, origin = read_written(ontology, chosen)
    graph = written.graph
    catalog = next(graph.objects(None, CS.catalog), Literal(""))
    book = RuleBook(lambda: written, packs=_packs(chosen))
    for node in sorted(origin, key=lambda iri: iri.rsplit("/", 1)[-1]):
        rule = read_rule(graph, node, origin[node], str(catalog))
        book.rules[rule.id] = rule
        for part in shape_parts(graph, node):
            book.by_node[str(part)] = rule
    for precondition, target in list(graph.subject_objects(CS.preconditionOf)):
        if str(target) not in book.by_node:
            raise RuleError(f"{precondition}: cs:preconditionOf names no rule: {target}")
        parts = [str(part) for part in shape_parts(graph, precondition)]
        book.preconditions |= dict.fromkeys(parts, book.by_node[str(target)])
        if (precondition, SH.severity, CS.NotCovered) in graph:
            book.not_covered.update(parts)
    for exemption in read_exemptions(graph, book, book.by_node):
        of_rule = book.exemptions.get(exemption.rule, ())
        book.exemptions[exemption.rule] = (*of_rule, exemption)
    for adjustment in read_adjustments(graph, book.by_node):
        of_this = book.adjustments.get(adjustment.rule, ())
        book.adjustments[adjustment.rule] = (*of_this, adjustment)
    prefixes = declared_prefixes(ontology / "rule.ttl")
    check_queries(graph, book.by_node | book.preconditions, prefixes)
    return book
