"""``claimshapes serve``: checks over HTTP."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

import click

from claimshapes.cli.exit_status import NOTHING_FOUND
from claimshapes.cli.options import WholeNumber
from claimshapes.cli.settings import CheckSettings, check_settings
from claimshapes.errors import InputError
from claimshapes.serve.limits import ServeLimits

_USUAL = ServeLimits()


@click.command(short_help="Check claims over HTTP.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen at; 0.0.0.0 for all of this machine.",
)
@click.option(
    "--port",
    type=WholeNumber(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen at; 0 takes a free one.",
)
@click.option(
    "--workers",
    type=WholeNumber(min=1),
    default=1,
    show_default=True,
    metavar="NUMBER",
    help="Processes that check, a core each.",
)
@click.option(
    "--max-body",
    type=WholeNumber(min=1),
    default=_USUAL.max_body,
    show_default=True,
    metavar="BYTES",
    help="Longest body of a request.",
)
@click.option(
    "--body-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=_USUAL.body_timeout,
    show_default=True,
    metavar="SECONDS",
    help="Time for a body to arrive.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=0, min_open=True),
    default=_USUAL.deadline,
    show_default=True,
    metavar="SECONDS",
    help="Time for a request to be checked, waiting included; then its process is ended.",
)
@click.option(
    "--queue",
    type=WholeNumber(min=0),
    default=_USUAL.queue,
    show_default=True,
    metavar="NUMBER",
    help="Requests that may wait for a process.",
)
@click.option(
    "--connections",
    type=WholeNumber(min=1),
    default=_USUAL.connections,
    show_default=True,
    metavar="NUMBER",
    help="Open connections, idle ones included.",
)
@click.option("--quiet", is_flag=True, help="Do not log requests.")
@check_settings
def serve(
    host: str,
    port: int,
    workers: int,
    max_body: int,
    body_timeout: float,
    deadline: float,
    queue: int,
    connections: int,
    quiet: bool,
    settings: CheckSettings,
) -> NoReturn:
    """Check claims over HTTP until Ctrl-C or SIGTERM; needs claimshapes[serve].

    POST claims to /check; GET / describes all requests. There is no log-in and no encryption:
    keep it behind a server that has both.

    \b
    Example:
      claimshapes serve --workers 2
      curl --json @claim.json http://127.0.0.1:8000/check

    Exit status: 0 told to end; 2 the call cannot be used; 3 an internal error.
    """
    for name in ("input_format", "columns", "across_claims", "grouped"):
        if getattr(settings, name):
            option = name.replace("_", "-")
            raise InputError(f"--{option} is of no use here: each request is checked by itself")
    try:
        from claimshapes.serve.app import Service
        from claimshapes.serve.server import serve as run
    except ImportError as error:
        raise InputError(
            f"{error.name} is not installed; pip install 'claimshapes[serve]'"
        ) from error
    from claimshapes.serve.look_up import LookUp
    from claimshapes.serve.processes import CheckingProcesses

    level = logging.WARNING if quiet else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s")
    limits = ServeLimits(
        max_body=max_body,
        max_bodies=max(_USUAL.max_bodies, 2 * max_body),
        body_timeout=body_timeout,
        deadline=deadline,
        queue=queue,
        connections=connections,
    )
    # A mistake in an option is told now, and not by a process that cannot start.
    checker = settings.checker()
    settings.waivers(checker)
    processes = CheckingProcesses(
        workers,
        settings.keywords(),
        waivers=settings.waivers_used(),
        deadline=limits.deadline,
        queue=limits.queue,
    )
    run(Service(processes, LookUp(checker.book, checker.knowledge), limits), host, port)
    sys.stderr.flush()
    # Its processes are ended. To free the rules first would take longer than all the rest.
    os._exit(NOTHING_FOUND)
