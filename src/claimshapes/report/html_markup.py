"""Writes HTML in which a value can never become markup."""

from __future__ import annotations

from html import escape

from claimshapes.report.lines import plain


class Markup(str):
    """Text that is HTML already, in ASCII and on one line."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str | int | None) -> Markup:
    """An element.

    Args:
        name: its name.
        children: its content; what is no ``Markup`` is escaped, characters that would act
            instead of being seen are shown by their number.
        attributes: its attributes; a dash is written as an underscore, and an underscore at
            the end is dropped. None leaves an attribute out, the empty text gives it no value.
    """
    stated = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + (f'="{_text(str(value))}"' if value != "" else "")
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{stated}>{together(*children)}</{name}>")


def together(*children: str) -> Markup:
    """Several pieces, one after the other; what is no ``Markup`` is escaped."""
    return Markup(
        "".join(child if isinstance(child, Markup) else _text(child) for child in children)
    )


def rule_link(rule: str) -> Markup:
    """A link to what the report says of a rule."""
    return element("a", rule, href=f"#rule-{rule}")


def _text(text: str) -> str:
    # Character references, so that the document is valid whatever encoding the stream has.
    return escape(plain(text)).encode("ascii", "xmlcharrefreplace").decode("ascii")
