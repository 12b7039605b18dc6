"""Options that say how the report for people is laid out."""

from __future__ import annotations

from functools import wraps
from typing import Any

import click
from click.core import ParameterSource

from claimshapes.cli.options import Decorated, WholeNumber, with_options
from claimshapes.errors import InputError
from claimshapes.report.formats import GROUPINGS, REPORT_FORMATS, Detail, TextLayout

_OPTIONS = (
    click.option(
        "--concise",
        "detail",
        flag_value=Detail.SHORT.value,
        help="One line for each finding: file, line, claim, severity, rule, message.",
    ),
    click.option(
        "--verbose",
        "detail",
        flag_value=Detail.FULL.value,
        help="Say also why a payer objects, which denials that prevents, and the sources.",
    ),
    click.option(
        "--group-by",
        type=click.Choice(GROUPINGS),
        help="Put findings together. By default each claim is shown; of more than a hundred, the"
        " summary comes first and then the findings by rule.",
    ),
    click.option("--statistics", is_flag=True, help="Say how many findings there are, not each."),
    click.option(
        "--top",
        type=WholeNumber(min=1),
        metavar="NUMBER",
        help="Show so many groups: those with the most severe and then the most findings.",
    ),
)
_PARAMETERS = ("detail", "group_by", "statistics", "top")
_ON_TEXT = "--concise, --verbose, --group-by, --statistics and --top"


def _is_given(parameter: str) -> bool:
    source = click.get_current_context().get_parameter_source(parameter)
    return source is ParameterSource.COMMANDLINE


def text_layout(function: Decorated) -> Decorated:
    """Adds the options of ``TextLayout``; the command gets it as ``layout``."""

    @wraps(function)
    def command(**given: Any) -> Any:
        detail = given.pop("detail")
        layout = TextLayout(
            detail=Detail(detail) if detail else Detail.USUAL,
            group_by=given.pop("group_by"),
            statistics=given.pop("statistics"),
            top=given.pop("top"),
        )
        if layout != TextLayout() and given["output_format"] != REPORT_FORMATS[0]:
            # What the configuration says of the text report is no mistake where another is made.
            if any(map(_is_given, _PARAMETERS)):
                raise InputError(f"{_ON_TEXT} are about text")
            layout = TextLayout()
        return function(layout=layout, **given)

    return with_options(command, _OPTIONS)
