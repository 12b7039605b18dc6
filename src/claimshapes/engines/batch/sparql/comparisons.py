"""What ``=``, ``<`` and their like say of two terms (SPARQL 1.1, section 17.3).

Numbers are compared by their values, whatever their datatype; so are dates and times, which may
have a time zone. An error is null. Where implementations differ, Oxigraph's answer is taken.
"""

from __future__ import annotations

from collections.abc import Iterable

from rdflib.namespace import XSD

from claimshapes.engines.batch.tables.terms import (
    BOOLEAN,
    DATE,
    DECIMAL_PATTERN,
    DECIMAL_TYPE,
    INTEGER_PATTERN,
    NUMERIC,
    STRING,
    Kind,
    Term,
    Uncompilable,
    datatype_of,
    is_literal,
    is_written,
    quoted,
)

INTEGER_RANGES: dict[str, tuple[int | None, int | None]] = {
    str(XSD.integer): (None, None),
    str(XSD.nonPositiveInteger): (None, 0),
    str(XSD.negativeInteger): (None, -1),
    str(XSD.nonNegativeInteger): (0, None),
    str(XSD.positiveInteger): (1, None),
    str(XSD.long): (-(1 << 63), (1 << 63) - 1),
    str(XSD.int): (-(1 << 31), (1 << 31) - 1),
    str(XSD.short): (-(1 << 15), (1 << 15) - 1),
    str(XSD.byte): (-128, 127),
    str(XSD.unsignedLong): (0, (1 << 64) - 1),
    str(XSD.unsignedInt): (0, (1 << 32) - 1),
    str(XSD.unsignedShort): (0, (1 << 16) - 1),
    str(XSD.unsignedByte): (0, 255),
}
"""The least and the greatest value of each datatype of integers."""

_BINARY = (str(XSD.double), str(XSD.float))
_MOMENTS = (str(XSD.date), str(XSD.dateTime))
_NULL = "CAST(NULL AS BOOLEAN)"
_HUGE = "DECIMAL(38,0)"


def is_number(kind: Kind) -> bool:
    """Whether terms of a kind are numbers, but for those that are ill-formed."""
    return kind in NUMERIC or (
        is_written(kind) and datatype_of(kind) in (*INTEGER_RANGES, *_BINARY, str(XSD.decimal))
    )


def number(kind: Kind, sql: str) -> tuple[str, bool]:
    """SQL for a number's value, and whether it is in binary floating point.

    The value is null where the literal is ill-formed.
    """
    if kind in NUMERIC:
        return sql, False
    datatype = datatype_of(kind)
    if datatype in _BINARY:
        value = f"binary_number({sql})"
        return (
            f"CAST(CAST({value} AS FLOAT) AS DOUBLE)" if datatype == _BINARY[1] else value
        ), True
    if datatype in INTEGER_RANGES:
        return _matching(sql, INTEGER_PATTERN, _HUGE), False
    return _matching(sql, DECIMAL_PATTERN, DECIMAL_TYPE), False


def is_well_formed(datatype: str, kind: Kind, sql: str) -> str:
    """SQL for whether a literal kept as it is written is one of its datatype.

    Raises:
        Uncompilable: that is not known of the datatype.
    """
    if datatype in INTEGER_RANGES:
        value = number(kind, sql)[0]
        low, high = INTEGER_RANGES[datatype]
        tests = [f"{value} IS NOT NULL"]
        tests += [] if low is None else [f"{value} >= {low}"]
        tests += [] if high is None else [f"{value} <= {high}"]
        return f"({' AND '.join(tests)})"
    if is_number(kind):
        return f"({number(kind, sql)[0]} IS NOT NULL)"
    if datatype in _MOMENTS:
        timed = "" if datatype == str(XSD.dateTime) else "NOT "
        return f"({_moment(kind, sql)[0]} IS NOT NULL AND {timed}contains({sql}, 'T'))"
    if datatype == str(XSD.boolean):
        return f"({sql} IN ('true', 'false', '1', '0'))"
    if datatype.startswith(str(XSD)) and datatype != str(XSD.anyURI):
        raise Uncompilable(f"whether a literal of {datatype} is well-formed")
    return "TRUE"


def equal(one: Term, other: Term) -> str:
    """SQL for ``=``; terms of different kinds are different, as Oxigraph holds it."""
    return _of_pairs(
        _equal(kind, left, against, right)
        for kind, left in one.items()
        for against, right in other.items()
    )


def compared(one: Term, operator: str, other: Term) -> str:
    """SQL for ``<``, ``<=``, ``>`` or ``>=``."""
    return _of_pairs(
        _ordered(kind, left, operator, against, right)
        for kind, left in one.items()
        for against, right in other.items()
    )


def same_term(one: Term, other: Term) -> str:
    """SQL for ``sameTerm``."""
    return _of_pairs(
        f"({left} = {right})" if kind == against else _different(left, right)
        for kind, left in one.items()
        for against, right in other.items()
    )


def truth(kind: Kind, sql: str) -> str | None:
    """SQL for the effective boolean value of a term, none where it has none."""
    if kind == BOOLEAN:
        return sql
    if kind == STRING:
        return f"({sql} <> '')"
    if kind in NUMERIC:
        return f"({sql} <> 0)"
    if is_number(kind):
        value, binary = number(kind, sql)
        test = f"{value} <> 0" + (f" AND NOT isnan({value})" if binary else "")
        return f"CASE WHEN {sql} IS NOT NULL THEN COALESCE({test}, FALSE) END"
    if is_written(kind) and datatype_of(kind) == str(XSD.boolean):
        return f"CASE WHEN {sql} IS NOT NULL THEN {sql} IN ('1', 'true') END"
    return None


def _of_pairs(tests: Iterable[str | None]) -> str:
    parts = [test for test in tests if test is not None]
    if not parts:
        return _NULL
    return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"


def _different(left: str, right: str) -> str:
    return f"CASE WHEN {left} IS NOT NULL AND {right} IS NOT NULL THEN FALSE END"


def can_be_compared(kind: Kind, against: Kind) -> bool:
    """Whether terms of two kinds have an order, unless they are ill-formed."""
    return _by_value(kind, "x", "<", against, "y") is not None


def _equal(kind: Kind, left: str, against: Kind, right: str) -> str | None:
    if not is_written(kind) and not is_written(against):
        if kind == against or (kind in NUMERIC and against in NUMERIC):
            return f"({left} = {right})"
        return _different(left, right)
    by_value = _by_value(kind, left, "=", against, right)
    if by_value is None:
        if kind != against:
            return _different_values(kind, left, against, right)
        if datatype_of(kind).startswith(str(XSD)):
            raise Uncompilable(f"= of literals of {datatype_of(kind)}")
    return _or_the_same(by_value, kind, left, "=", against, right)


def _different_values(kind: Kind, left: str, against: Kind, right: str) -> str | None:
    """SQL for FALSE where both have values; that of an unknown datatype could be any."""
    if any(own.startswith("@") or not is_literal(own) for own in (kind, against)):
        return _different(left, right)
    known = []
    for own, sql in ((kind, left), (against, right)):
        if not is_written(own):
            known.append(f"{sql} IS NOT NULL")
        elif is_number(own) or _family(own) is not None or _is_boolean(own):
            known.append(is_well_formed(datatype_of(own), own, sql))
        else:
            return None
    return f"CASE WHEN {' AND '.join(known)} THEN FALSE END"


def _or_the_same(
    test: str | None, kind: Kind, left: str, operator: str, against: Kind, right: str
) -> str | None:
    """The test; where it says nothing, a term is equal to itself."""
    if kind != against:
        return test
    answer = "FALSE" if operator in ("<", ">") else "TRUE"
    alike = f"CASE WHEN {left} = {right} THEN {answer} END"
    return alike if test is None else f"COALESCE({test}, {alike})"


def _ordered(kind: Kind, left: str, operator: str, against: Kind, right: str) -> str | None:
    by_value = _by_value(kind, left, operator, against, right)
    if by_value is None and kind == against and is_written(kind):
        datatype = datatype_of(kind)
        if datatype.startswith(str(XSD)):
            raise Uncompilable(f"{operator} of literals of {datatype}")
    if is_written(kind) or not is_literal(kind):
        return _or_the_same(by_value, kind, left, operator, against, right)
    return by_value


def _by_value(kind: Kind, left: str, operator: str, against: Kind, right: str) -> str | None:
    """SQL that compares two values, none where they cannot be compared."""
    if is_number(kind) and is_number(against):
        return _numbers(kind, left, operator, against, right)
    if _family(kind) is not None and _family(kind) == _family(against):
        if kind == against == DATE:
            return f"({left} {operator} {right})"
        return _moments(_moment(kind, left), operator, _moment(against, right))
    if kind == against and not is_written(kind) and is_literal(kind):
        return f"({left} {operator} {right})"
    if _is_boolean(kind) and _is_boolean(against):
        return f"({_boolean(kind, left)} {operator} {_boolean(against, right)})"
    return None


def _numbers(kind: Kind, left: str, operator: str, against: Kind, right: str) -> str:
    (one, binary), (other, also) = number(kind, left), number(against, right)
    if not binary and not also:
        return f"({one} {operator} {other})"
    # A number beside an xsd:float becomes one, beside an xsd:double that.
    floats = [own for own in (kind, against) if is_written(own)]
    exact = any(datatype_of(own) == _BINARY[0] for own in floats)
    binary_type = "DOUBLE" if exact else "FLOAT"
    one, other = f"CAST({one} AS {binary_type})", f"CAST({other} AS {binary_type})"
    no_number = "FALSE" if operator == "=" else "NULL"
    either = f"isnan({one}) OR isnan({other})"
    return f"CASE WHEN {either} THEN {no_number} ELSE {one} {operator} {other} END"


def _matching(sql: str, pattern: str, sql_type: str) -> str:
    test = f"regexp_full_match({sql}, {quoted(pattern)})"
    return f"CASE WHEN {test} THEN TRY_CAST({sql} AS {sql_type}) END"


def _is_boolean(kind: Kind) -> bool:
    return kind == BOOLEAN or (is_written(kind) and datatype_of(kind) == str(XSD.boolean))


def _boolean(kind: Kind, sql: str) -> str:
    if kind == BOOLEAN:
        return sql
    return f"CASE WHEN {sql} IN ('true', '1') THEN TRUE WHEN {sql} IN ('false', '0') THEN FALSE END"


def _family(kind: Kind) -> str | None:
    """The datatype of dates or times, whose values can be compared with each other."""
    if kind == DATE:
        return str(XSD.date)
    if is_written(kind) and datatype_of(kind) in _MOMENTS:
        return datatype_of(kind)
    return None


def _moment(kind: Kind, sql: str) -> tuple[str, str]:
    """A date or time as a time in UTC, as if it were in it where it has no zone; has it one?"""
    if kind == DATE:
        return f"CAST({sql} AS TIMESTAMP)", "FALSE"
    return f"moment({sql})", f"has_zone({sql})"


def _moments(one: tuple[str, str], operator: str, other: tuple[str, str]) -> str:
    """What has no zone may be fourteen hours earlier or later than it seems, and equals nothing."""
    (left, zoned), (right, also) = one, other
    before = f"{left} < {right} - INTERVAL 14 HOUR"
    after = f"{left} > {right} + INTERVAL 14 HOUR"
    early = "TRUE" if operator in ("<", "<=") else "FALSE"
    late = "TRUE" if operator in (">", ">=") else "FALSE"
    within = " ELSE FALSE" if operator == "=" else ""
    return (
        f"CASE WHEN {zoned} = {also} THEN {left} {operator} {right}"
        f" WHEN {before} THEN {early} WHEN {after} THEN {late}{within} END"
    )
