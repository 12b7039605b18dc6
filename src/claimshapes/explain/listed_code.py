"""What is known of a code that tables list: a service, a modifier, a revenue code and others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from claimshapes.explain.procedure_facts import ProcedureBook, ProcedureFacts, listed_codes
from claimshapes.explain.rule_reach import RuleReach
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.ontology_graph import OntologyGraph, last_part
from claimshapes.rdf.vocabulary import BASE, HCPCS_NS
from claimshapes.rules.derivations import declared_prefixes

if TYPE_CHECKING:
    from claimshapes.rules.rule import Rule
    from claimshapes.rules.rule_book import RuleBook

_MOST_EDITS = 2


@dataclass(frozen=True, slots=True)
class CodeKind:
    """A kind of codes that tables list.

    Attributes:
        name: its name in the singular.
        words: what a reader may write before a code of the kind.
        namespace: of the codes' IRIs.
        length: characters of a code.
        zeros: whether a code may be written without the zeros that it begins with.
    """

    name: str
    words: tuple[str, ...]
    namespace: str
    length: int
    zeros: bool = False

    def written(self, text: str) -> str:
        """The code as tables write it."""
        code = text.strip().upper()
        return code.zfill(self.length) if self.zeros and code.isdecimal() else code


PLACE_OF_SERVICE = CodeKind("place of service", ("pos",), f"{BASE}place-of-service/", 2, zeros=True)
KINDS = (
    CodeKind("procedure code", ("cpt", "hcpcs", "procedure"), HCPCS_NS, 5),
    CodeKind("modifier", ("modifier", "mod"), f"{BASE}modifier/", 2),
    PLACE_OF_SERVICE,
    CodeKind("revenue code", ("revenue", "rev", "rc"), f"{BASE}revenue/", 4, zeros=True),
    CodeKind("taxonomy code", ("taxonomy",), f"{BASE}taxonomy/", 10),
)


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A code with what tables say of it.

    Attributes:
        kind: what kind of code it is.
        code: the code.
        title: its name, where that is on file.
        facts: rows of tables, and numbers of pairs.
        value_sets: ids of the value sets that it is in.
    """

    kind: CodeKind
    code: str
    title: str
    facts: ProcedureFacts
    value_sets: tuple[str, ...]


def find_listed(text: str, kinds: Sequence[CodeKind] = KINDS) -> list[ListedCode]:
    """The codes of any kind that a text is.

    Args:
        text: a code, in any case.
        kinds: the kinds that it may be of.

    Raises:
        RuleError: the ontology cannot be read.
    """
    written = [(kind, kind.written(text)) for kind in kinds]
    possible = [(kind, code) for kind, code in written if len(code) == kind.length]
    if not possible:
        return []
    graph = OntologyGraph()
    ontology = resource_directory("ontology")
    found = []
    for kind, code in possible:
        iri = kind.namespace + code
        book = ProcedureBook(ontology, kind.namespace, code)
        facts = book.facts.get(code, ProcedureFacts())
        label = graph.label(iri)
        title = "" if label == code else label
        if facts.rows or facts.pairs or title:
            sets = {last_part(each.value_set) for each in graph.memberships() if each.member == iri}
            found.append(ListedCode(kind, code, title, facts, tuple(sorted(sets))))
    return found


def rules_naming(book: RuleBook, listed: ListedCode) -> list[Rule]:
    """The rules that name a code, or a value set that it is in, themselves or by what they read.

    Args:
        book: the rules.
        listed: the code.
    """
    sets = {f"{BASE}value-set/{name}" for name in listed.value_sets}
    return rules_reaching(book, {*sets, listed.kind.namespace + listed.code})


def rules_reaching(book: RuleBook, wanted: set[str]) -> list[Rule]:
    """The rules that name one of these IRIs, themselves or by what they read."""
    ontology = resource_directory("ontology")
    reach = RuleReach(book, ontology / "derivations", declared_prefixes(ontology / "rule.ttl"))
    return [rule for rule in book if reach.of(rule) & wanted]


def near_codes(text: str, most: int, kinds: Sequence[CodeKind] = KINDS) -> list[str]:
    """Listed codes that differ from an unknown one in a character or two, the nearest first.

    Args:
        text: what is none.
        most: how many at most.
        kinds: the kinds that they may be of.
    """
    if not text.strip().isalnum():
        return []
    ontology = resource_directory("ontology")
    near = []
    for kind in kinds:
        wanted = kind.written(text)
        if abs(kind.length - len(wanted)) > 1:
            continue
        for code in listed_codes(ontology, kind.namespace):
            distance = _edits(wanted, code)
            if distance <= min(_MOST_EDITS, len(code) // 2):
                pairs = zip(wanted, code, strict=False)
                same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
                near.append((distance, -same, code))
    return [code for _, _, code in sorted(near)[:most]]


def _edits(one: str, other: str) -> int:
    """How many characters have to be put in, left out or changed to make one the other."""
    row = list(range(len(other) + 1))
    for number, mine in enumerate(one, start=1):
        before, row[0] = row[0], number
        for place, theirs in enumerate(other, start=1):
            least = min(row[place] + 1, row[place - 1] + 1, before + (mine != theirs))
            before, row[place] = row[place], least
    return row[-1]
