"""Fills a family's form into a rule: its query, its texts, and what is not checked.

When rules are loaded, the values are written into the family's query, which becomes a plain
``sh:sparql`` constraint of the rule; the rule takes the texts of the family where it has no own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import rdflib
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SH, SKOS, XSD
from rdflib.term import Node

from claimshapes.errors import RuleError
from claimshapes.rdf.namespaces import ADMS, CS, SCHEMA
from claimshapes.rdf.vocabulary import CS_NS, RULE_NS
from claimshapes.rules.added_shapes import add_precondition, add_query
from claimshapes.rules.code_lists import CodeLists
from claimshapes.rules.code_tests import code_test, early_tests
from claimshapes.rules.families import SHORT_FORMS, Family, Parameter, code_kind, read_families

_IN = re.compile(r"\?(\w+) IN \$(\w+)")
_PARAMETER = re.compile(r"\$(\w+)")
_MANY = 4
"""Codes that a text names before it says how many more there are."""
_TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)


@dataclass(slots=True)
class Form:
    """A form that a rule has filled in.

    Attributes:
        family: the family.
        values: the values of each parameter that is stated, or has a default, by its name.
        message: its own message, where it states one (``sh:message``).
    """

    family: Family
    values: dict[str, list[Node]] = field(default_factory=dict)
    message: Node | None = None


def fill_forms(
    graph: rdflib.Graph, rules: Iterable[URIRef], lists: CodeLists
) -> dict[URIRef, Form]:
    """Makes each rule that states a family's form a whole rule.

    Args:
        graph: shapes, components and families; changed in place.
        rules: the rules.
        lists: the value sets and lists that forms name.

    Returns:
        The form of each such rule.

    Raises:
        RuleError: a form lacks a parameter, has one that the family does not, or a value that
            the parameter cannot take; names the rule.
    """
    families = {form: family for family in read_families(graph) for form in family.forms}
    filled: dict[URIRef, Form] = {}
    for exemption in set(graph.subjects(RDF.type, CS.Exemption)):
        _shorten_no_more(graph, exemption)
    for rule in rules:
        _shorten_no_more(graph, rule)
        stated = [(form, node) for form in families for node in graph.objects(rule, form)]
        if not stated:
            continue
        name = str(rule).removeprefix(RULE_NS)
        if len({form for form, _ in stated}) > 1:
            raise RuleError(f"{name}: states {len(stated)} forms; a rule has those of one family")
        try:
            made = [
                _read_form(graph, name, families[form], form, node)
                for form, node in sorted(stated, key=lambda each: _stated_values(graph, each[1]))
            ]
            filled[rule] = made[0]
            _fill(graph, rule, made, lists)
        except ValueError as error:
            raise RuleError(f"{name}: {error}") from error
    return filled


def _stated_values(graph: rdflib.Graph, form: Node) -> list[tuple[str, str]]:
    return sorted((str(path), str(value)) for path, value in graph.predicate_objects(form))


def _shorten_no_more(graph: rdflib.Graph, rule: Node) -> None:
    for short, long in SHORT_FORMS.items():
        for value in list(graph.objects(rule, short)):
            graph.remove((rule, short, value))
            graph.add((rule, long, value))


def _read_form(graph: rdflib.Graph, rule: str, family: Family, form: URIRef, node: Node) -> Form:
    short = _short(form)
    known = {parameter.path: parameter for parameter in family.parameters}
    values: dict[str, list[Node]] = {}
    for predicate, value in graph.predicate_objects(node):
        if predicate == SH.message:
            continue
        if not isinstance(predicate, URIRef) or predicate not in known:
            raise RuleError(f"{rule}: {short} has no {_short(predicate)}")
        values.setdefault(known[predicate].name, []).append(value)
    for parameter in family.parameters:
        if parameter.name in values:
            values[parameter.name].sort(key=str)
            one = parameter.field is None and not parameter.terms
            if one and len(values[parameter.name]) > 1:
                raise RuleError(f"{rule}: {_short(parameter.path)} has several values")
        elif parameter.default is not None:
            values[parameter.name] = [parameter.default]
        elif not parameter.optional or (parameter.or_condition and not values.keys() - family.own):
            raise RuleError(f"{rule}: {short} lacks {_short(parameter.path)}")
    if form == CS.requiresModifierBeside and "beside" not in values:
        raise RuleError(f"{rule}: {short} lacks cs:beside")
    if any(each.days_each for each in family.parameters) and len(_periods(family, values)) != 1:
        names = ", ".join(_short(each.path) for each in family.parameters if each.days_each)
        raise RuleError(f"{rule}: {short} needs one of {names}")
    return Form(family, values, graph.value(node, SH.message))


def _periods(family: Family, values: Mapping[str, list[Node]]) -> list[Parameter]:
    return [each for each in family.parameters if each.days_each and each.name in values]


def _fill(graph: rdflib.Graph, rule: URIRef, forms: list[Form], lists: CodeLists) -> None:
    form = forms[0]
    family = form.family
    texts = _texts(graph, form)
    message = graph.value(rule, SH.message) or graph.value(family.node, SH.message)
    if len(forms) > 1 or "{$" in str(message):
        graph.remove((rule, SH.message, None))
    for each in forms:
        constraint = add_query(graph, rule, _query(family.select, each, lists))
        if len(forms) > 1:
            text = _worded(str(each.message or message), _texts(graph, each))
            graph.add((constraint, SH.message, Literal(text)))
    defaults: dict[URIRef, Node | None] = {
        DCTERMS.identifier: Literal(str(rule).removeprefix(RULE_NS)),
        SKOS.prefLabel: _english(graph.value(family.node, CS.labelPattern), texts),
        DCTERMS.description: _english(graph.value(family.node, CS.descriptionPattern), texts),
        CS.rationale: _english(graph.value(family.node, CS.rationale), texts),
        CS.remedy: _english(graph.value(family.node, CS.remedy), texts),
        SH.message: _plain(message, texts) if len(forms) == 1 else None,
        CS.field: graph.value(family.node, CS.field),
        CS.readsDocumentation: graph.value(family.node, CS.readsDocumentation),
        ADMS.status: CS.active,
        DCTERMS.issued: graph.value(rule, SCHEMA.validFrom),
        DCTERMS.modified: graph.value(rule, SCHEMA.validFrom),
    }
    graph.add((rule, RDF.type, SH.NodeShape))
    for predicate, value in defaults.items():
        if value is not None and (rule, predicate, None) not in graph:
            graph.add((rule, predicate, value))
    if not any(target in graph.predicates(rule) for target in _TARGETS):
        _target(graph, family.node, rule)
    for keys in graph.objects(family.node, CS.groupsBy):
        graph.add((rule, CS.groupedBy, keys))
        for period in _periods(family, form.values):
            count = str(form.values[period.name][0])
            days = (int(count) if count.isdigit() else 1) * (period.days_each or 1)
            graph.set((rule, CS.lookBack, Literal(f"P{days}D", datatype=XSD.dayTimeDuration)))
    unevaluated = [*_unevaluated(forms, lists), *_before_listed(graph, rule, forms, lists)]
    for number, (severity, text, select) in enumerate(unevaluated, 1):
        node = URIRef(f"{rule}-not-checked-{number}")
        add_precondition(graph, node, rule, severity, Literal(_worded(text, texts)))
        _target(graph, family.node, node)
        add_query(graph, node, select)


def _unevaluated(forms: list[Form], lists: CodeLists) -> list[tuple[Node, str, str]]:
    """What makes the rule not checked: severity, message and query of each, as far as it holds."""
    found: dict[tuple[str, str], Node] = {}
    for form in forms:
        for severity, message, select in form.family.unevaluated:
            query = _query(select, form, lists)
            if "SELECT" in query:
                found.setdefault((message, query), severity)
    return [(severity, message, query) for (message, query), severity in found.items()]


def _before_listed(
    graph: rdflib.Graph, rule: URIRef, forms: list[Form], lists: CodeLists
) -> Iterator[tuple[Node, str, str]]:
    """What ``cs:beforeFirstListed`` says: where the rule would object by the first list."""
    message = graph.value(rule, CS.beforeFirstListed)
    if message is None:
        return
    for form in forms:
        services = next((each for each in form.family.parameters if each.name == "services"), None)
        if services is None or services.field is None or "services" not in form.values:
            raise ValueError("cs:beforeFirstListed is for a form that states cs:services")
        kind = code_kind(services.field)
        query = _query(form.family.select, form, lists)
        own = code_test("performed", kind, form.values["services"], lists)
        for first, early in early_tests("performed", kind, form.values["services"], lists):
            head, where, body = query.replace(own, early).partition("WHERE {")
            bound = f' BIND ("{first}"^^xsd:date AS ?first)'
            body = body.rstrip().removesuffix("}")
            yield CS.NotChecked, str(message), f"{head} ?date ?first {where}{body}{bound} }}"


def _target(graph: rdflib.Graph, family: Node, shape: URIRef) -> None:
    for target in _TARGETS:
        for value in list(graph.objects(family, target)):
            graph.add((shape, target, value))


def _query(select: str, form: Form, lists: CodeLists) -> str:
    """A family's query with the values of a form."""
    parameters = {each.name: each for each in form.family.parameters}

    def test(match: re.Match[str]) -> str:
        parameter = parameters[match[2]]
        if parameter.terms:
            terms = ", ".join(value.n3() for value in form.values[match[2]])
            return f"?{match[1]} IN ({terms})"
        if parameter.field is None:
            raise ValueError(f"{_short(parameter.path)} takes no codes")
        return code_test(match[1], code_kind(parameter.field), form.values[match[2]], lists)

    def term(match: re.Match[str]) -> str:
        if match[1] not in parameters:
            return match[0]
        if parameters[match[1]].terms:
            return "|".join(value.n3() for value in form.values[match[1]])
        return _number(parameters[match[1]], form.values[match[1]][0])

    lines = []
    for line in select.replace("$conditions", form.family.pattern).splitlines():
        named = {name for name in _PARAMETER.findall(line) if name in parameters}
        if not named <= form.values.keys():
            continue
        line, _, _ = line.partition(" # ")
        lines.append(_PARAMETER.sub(term, _IN.sub(test, line)))
    return "\n".join(line for line in lines if line.strip())


def _number(parameter: Parameter, value: Node) -> str:
    if not isinstance(value, Literal):
        raise ValueError(f"{_short(parameter.path)} is a number")
    text = str(value)
    if parameter.unit == "days":
        if not re.fullmatch(r"\d{1,5}", text):
            raise ValueError(f"{_short(parameter.path)} is a whole number of days, not {text!r}")
        return f'"P{text}D"^^xsd:dayTimeDuration'
    if not re.fullmatch(r"-?\d+(\.\d+)?|true", text):
        raise ValueError(f"{_short(parameter.path)} is a number, not {text!r}")
    return text


def _texts(graph: rdflib.Graph, form: Form) -> dict[str, str]:
    """What the family's texts call by ``{$name}``."""
    texts = {
        parameter.name: in_words(graph, form.values[parameter.name])
        for parameter in form.family.parameters
        if parameter.name in form.values
    }
    for period in _periods(form.family, form.values):
        texts["period"] = _worded(str(period.wording), texts)
    texts["conditions"] = "".join(
        _worded(f" {each.wording}", texts)
        for each in form.family.parameters
        if each.wording and not each.days_each and each.name in form.values
    )
    return texts


def in_words(graph: rdflib.Graph, values: Iterable[Node]) -> str:
    """Values as a text names them: a set or list by its label, the first few of many codes."""
    words = [str(graph.value(value, SKOS.prefLabel) or _last(value)) for value in values]
    if len(words) > _MANY:
        return f"{', '.join(words[:_MANY])} and {len(words) - _MANY} more"
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _last(value: Node) -> str:
    return re.split("[/#]", str(value))[-1] if isinstance(value, URIRef) else str(value)


def _worded(text: str, texts: Mapping[str, str]) -> str:
    return re.sub(r"\{\$(\w+)\}", lambda match: texts.get(match[1], ""), text)


def _english(pattern: Node | None, texts: Mapping[str, str]) -> Node | None:
    if pattern is None:
        return None
    text = _worded(str(pattern), texts)
    return Literal(text[:1].upper() + text[1:], lang="en")


def _plain(pattern: Node | None, texts: Mapping[str, str]) -> Node | None:
    return None if pattern is None else Literal(_worded(str(pattern), texts))


def _short(iri: Node) -> str:
    return f"cs:{str(iri).removeprefix(CS_NS)}" if str(iri).startswith(CS_NS) else str(iri)
