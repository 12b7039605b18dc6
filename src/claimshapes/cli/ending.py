"""How the program ends: exit statuses, one line for what went wrong, and a quiet broken pipe."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from claimshapes.errors import ClaimshapesError

NOTHING_FOUND = 0
FOUND = 1
UNUSABLE = 2
INTERNAL_ERROR = 3
INTERRUPTED = 130
_BROKEN_PIPE = 141

_TRACEBACK = "--traceback"


class _PipeClosed(Exception):
    """Nobody reads the output any more; click would make it exit status 1."""


class EndingGroup(click.Group):
    """A group of commands that turns whatever happens into an exit status.

    Beside what click does: an error of this package gives one line and status 2, anything
    unforeseen one line and status 3. With the hidden option ``--traceback``, which may stand
    anywhere, the traceback comes before that line.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosed from error

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Runs a command and ends the process with its exit status."""
        arguments = list(sys.argv[1:] if args is None else args)
        show_traceback = _TRACEBACK in arguments
        arguments = [argument for argument in arguments if argument != _TRACEBACK]
        extra["standalone_mode"] = False
        try:
            status = super().main(arguments, *rest, **extra)
            sys.stdout.flush()
        except click.exceptions.Exit as ending:
            status = ending.exit_code
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        except (click.Abort, KeyboardInterrupt):
            complain("interrupted")
            status = INTERRUPTED
        except (_PipeClosed, BrokenPipeError):
            _close_output()
            status = _BROKEN_PIPE
        except ClaimshapesError as error:
            if show_traceback:
                traceback.print_exc()
            complain(str(error))
            status = UNUSABLE
        except Exception as error:
            # The error's own words may hold contents of a claim.
            if show_traceback:
                traceback.print_exc()
            hint = "" if show_traceback else f"; run again with {_TRACEBACK} to see where"
            complain(f"internal error ({type(error).__name__}){hint}")
            status = INTERNAL_ERROR
        sys.exit(status if isinstance(status, int) else NOTHING_FOUND)


def complain(message: str) -> None:
    """Writes one line about what went wrong to the error stream."""
    _say("Error", message)


def warn(message: str) -> None:
    """Writes one line about what a person should look at to the error stream."""
    _say("Warning", message)


def _say(kind: str, message: str) -> None:
    from claimshapes.report.page import plain

    click.echo(f"{kind}: {plain(message)}", err=True)


def _close_output() -> None:
    # Whatever is still buffered would be written when the interpreter ends.
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
    except (OSError, ValueError):
        pass
