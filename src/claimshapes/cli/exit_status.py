"""How the program ends: exit statuses, one line for what went wrong, and a quiet broken pipe."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn, TextIO

import click

from claimshapes.cli.interruption import Ended, listen
from claimshapes.cli.machine_faults import machine_fault
from claimshapes.errors import ClaimshapesError

NOTHING_FOUND = 0
FOUND = 1
UNUSABLE = 2
INTERNAL_ERROR = 3
INTERRUPTED = 130
_BROKEN_PIPE = 141
MOST_COMPLAINTS = 10
"""The most lines about claims that could not be read."""

_TRACEBACK = "--traceback"


class _PipeClosed(Exception):
    """Nobody reads the output any more; click would make it exit status 1."""


class _Stopped(Exception):
    """The process was interrupted, or told to end; click would know no words and no status."""

    def __init__(self, how: KeyboardInterrupt) -> None:
        super().__init__(str(how) or "interrupted")
        self.status = how.status if isinstance(how, Ended) else INTERRUPTED


ASKS_FOR_HELP = "claimshapes.asks-for-help"
"""Where the context of the program has whether one of the arguments asks for help."""


class EndingGroup(click.Group):
    """A group of commands that turns whatever happens into an exit status.

    Beside what click does: an error of this package gives one line and status 2, anything
    unforeseen one line and status 3. With the hidden option ``--traceback``, which may stand
    anywhere, the traceback comes before that line.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the options of the group; notes whether help is asked for, here or further on."""
        ctx.meta[ASKS_FOR_HELP] = not set(args).isdisjoint(ctx.help_option_names)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosed from error
        except KeyboardInterrupt as error:
            raise _Stopped(error) from error

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Runs a command and ends the process with its exit status."""
        arguments = list(sys.argv[1:] if args is None else args)
        show_traceback = _TRACEBACK in arguments
        arguments = [argument for argument in arguments if argument != _TRACEBACK]
        extra["standalone_mode"] = False
        if sys.stdout is None or sys.stderr is None:
            _open_missing_streams()
        listen()
        try:
            status = super().main(arguments, *rest, **extra)
            sys.stdout.flush()
        except click.exceptions.Exit as ending:
            status = ending.exit_code
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        except _Stopped as stopped:
            complain(str(stopped))
            status = stopped.status
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
            fault = machine_fault(error)
            if fault is not None:
                complain(fault)
                _close_output()
                sys.exit(UNUSABLE)
            hint = "" if show_traceback else f"; run again with {_TRACEBACK} to see where"
            complain(f"internal error ({type(error).__name__}){hint}")
            status = INTERNAL_ERROR
        sys.exit(status if isinstance(status, int) else NOTHING_FOUND)


def complain(message: str) -> None:
    """Writes one line about what went wrong to the error stream."""
    _say("Error", message)


class Complaints:
    """Says on the error stream what could not be read, in a bounded number of lines.

    Args:
        rest: where the others are named, for the line that counts them.
    """

    def __init__(self, rest: str) -> None:
        self._rest = rest
        self._count = 0

    def add(self, message: str) -> None:
        """Writes one line, unless there were too many."""
        self._count += 1
        if self._count <= MOST_COMPLAINTS:
            complain(message)

    def finish(self) -> None:
        """Counts what was not written."""
        if self._count > MOST_COMPLAINTS:
            complain(f"{self._count - MOST_COMPLAINTS:,} more could not be read; {self._rest}")


def warn(message: str) -> None:
    """Writes one line about what a person should look at to the error stream."""
    _say("Warning", message)


def _say(kind: str, message: str) -> None:
    from claimshapes.report.lines import plain

    try:
        click.echo(f"{kind}: {plain(message)}", err=True)
    except (OSError, ValueError):
        # Nobody can be told; the exit status still tells.
        _discard(sys.stderr)


def _open_missing_streams() -> None:
    """Gives streams that were closed before the program began: a report cannot go there."""
    for name, mode in (("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            stream = os.fdopen(os.open(os.devnull, mode), "w", encoding="utf-8")
            setattr(sys, name, stream)


def _close_output() -> None:
    _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    # Whatever is still buffered would be written when the interpreter ends.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
