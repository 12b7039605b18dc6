"""``claimshapes graph``: claims as whole graphs, for triple stores and other SHACL engines."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from datetime import date
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO, cast

import click

from claimshapes.claims.claim import ClaimJson, ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.cli.completion import complete_payers
from claimshapes.cli.exit_status import NOTHING_FOUND, UNUSABLE, Complaints
from claimshapes.cli.interruption import Interruption
from claimshapes.cli.options import DATE, claim_inputs, day, rule_folders
from claimshapes.cli.output import report_stream

if TYPE_CHECKING:
    import pyoxigraph as ox

    from claimshapes.checking.checker import Checker


@click.command(short_help="Write claims with all that follows from them as RDF.")
@click.argument("file", metavar="FILE")
@click.option(
    "--to",
    "form",
    type=click.Choice(["turtle", "nquads", "jsonld"]),
    default="turtle",
    show_default=True,
    help="Form of the graph; in N-Quads each claim has a graph of its own, named by the claim.",
)
@click.option("--findings", is_flag=True, help="Write the validation report on the claims, too.")
@click.option(
    "--payer",
    metavar="PAYER",
    shell_complete=complete_payers,
    help="Take each claim as one for this payer.",
)
@click.option("--sent-on", type=DATE, callback=day, help="The day on which the claims are sent.")
@claim_inputs
@rule_folders
@click.option("--output", metavar="FILE", help="Write the graph to a file, once it is whole.")
def graph(
    file: str,
    form: str,
    findings: bool,
    payer: str | None,
    sent_on: date | None,
    input_format: str | None,
    columns: str | None,
    folders: tuple[Path, ...],
    output: str | None,
) -> int:
    """Write the claims in FILE as the rules see them; - is standard input.

    The graph has each claim, what follows from it (dates, pointers, notes in force), and the
    knowledge that its codes reach. Any SHACL engine can check it by what `rules export` writes. A
    claim and its parts have the IRIs that findings have.

    \b
    Example:
      claimshapes graph claims.json --output claims.ttl
      claimshapes graph claims.837 --findings --to nquads --output claims.nq

    Exit status: 0 all claims are written; 2 the call or some of the input cannot be used; 3 an
    internal error; 130 interrupted.
    """
    from claimshapes.checking.checker import Checker
    from claimshapes.checking.claim_graphs import claim_quads, write_quads

    checker = Checker(rules=folders, payer=payer, sent_on=sent_on, engine="reference")
    complaints = Complaints("write the graph of a part of the file to see them")
    report = _Report(checker) if findings else None
    status = NOTHING_FOUND
    interruption = Interruption()

    def claims() -> Iterator[ClaimJson]:
        nonlocal status
        readings = read_claims(file, input_format=input_format, columns=columns)
        for reading in interruption.through(readings):
            if isinstance(reading, ClaimRecord):
                record = cast(ClaimRecord, checker.for_payer(reading))
                if report is not None:
                    report.add(record)
                yield record.claim
            else:
                complaints.add(str(reading))
                status = UNUSABLE

    with interruption.ending(), report_stream(output, [file]) as stream:
        quads = claim_quads(checker, claims(), named=form == "nquads")
        said = () if report is None else report.quads()
        target = _Encoded(stream)
        write_quads(chain(quads, said), cast(IO[bytes], target), form)
    complaints.finish()
    return status


class _Report:
    """The validation report on claims, as a graph."""

    def __init__(self, checker: Checker) -> None:
        from claimshapes.checking.waivers import Waivers
        from claimshapes.cli.check_run import report_context
        from claimshapes.report.formats import open_report
        from claimshapes.report.summary import Summary

        self._checker = checker
        self._text = io.StringIO()
        self._report = open_report("turtle", self._text, report_context(checker, [""], None))
        self._summary = Summary(waivers=Waivers(()))

    def add(self, record: ClaimRecord) -> None:
        result = self._checker.check_one(record)
        self._summary.add(record, result)
        self._report.add(record, result)

    def quads(self) -> Iterator[ox.Quad]:
        """The report; asked for when all claims are in it."""
        import pyoxigraph as ox

        self._report.finish(self._summary)
        yield from ox.parse(self._text.getvalue(), format=ox.RdfFormat.TURTLE)


class _Encoded(io.RawIOBase):
    """Takes UTF-8 in pieces of any length for a stream of text."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self._stream.write(self._decoder.decode(bytes(content)))
        return len(content)
