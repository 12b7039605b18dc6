"""The program: its commands, and how it ends."""

from __future__ import annotations

import logging

import click

from claimshapes.cli.commands.check import check
from claimshapes.cli.commands.convert import convert
from claimshapes.cli.commands.docs import docs
from claimshapes.cli.commands.explain import explain
from claimshapes.cli.commands.graph import graph
from claimshapes.cli.commands.knowledge import knowledge
from claimshapes.cli.commands.new_pack import editor, new_pack
from claimshapes.cli.commands.rules import rules
from claimshapes.cli.commands.serve import serve
from claimshapes.cli.commands.tables import tables
from claimshapes.cli.commands.watch import watch
from claimshapes.cli.configuration import option_defaults
from claimshapes.cli.exit_status import ASKS_FOR_HELP, EndingGroup
from claimshapes.version import __version__

_HELP_NAMES = {"help_option_names": ["-h", "--help"]}


@click.group(cls=EndingGroup, context_settings=_HELP_NAMES)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def program(context: click.Context) -> None:
    """Check US healthcare claims against coding and payer rules before they are sent.

    \b
    Example:
      claimshapes check claims.json
      claimshapes explain DX-EXCL1
      claimshapes explain M54.5 --on 2021-10-01

    Exit status: 0 no finding at or above --fail-on; 1 a finding; 2 the call or the
    input cannot be used; 3 an internal error; 130 interrupted.
    """
    # rdflib logs a traceback of each malformed value, which lint names with its place.
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)
    # Help is given whatever the configuration says.
    if not context.meta[ASKS_FOR_HELP]:
        context.default_map = option_defaults(program)


_COMMANDS = (
    check,
    watch,
    convert,
    graph,
    explain,
    rules,
    new_pack,
    editor,
    tables,
    knowledge,
    serve,
    docs,
)
for _command in _COMMANDS:
    program.add_command(_command)


def main() -> None:
    """Runs the program with the arguments that it was started with, and ends the process."""
    program(prog_name="claimshapes")
