"""``claimshapes convert``: claims of any format in, one form of the claim format out."""

from __future__ import annotations

import click

from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.claims.readers.unread import counting_unread
from claimshapes.claims.writers import CLAIM_FORMATS, open_writer
from claimshapes.cli.exit_status import NOTHING_FOUND, UNUSABLE, Complaints
from claimshapes.cli.interruption import Interruption
from claimshapes.cli.options import claim_files, claim_inputs
from claimshapes.cli.output import report_stream
from claimshapes.errors import InputError
from claimshapes.report.lines import counted


@click.command(short_help="Write claims in another format.")
@claim_files
@click.option(
    "--to",
    "claim_format",
    type=click.Choice(CLAIM_FORMATS),
    required=True,
    help="Format of the claims that are written.",
)
@claim_inputs
@click.option(
    "--report-unread",
    is_flag=True,
    help="Also list on standard error what the files say and the claim format does not carry.",
)
@click.option("--output", metavar="FILE", help="Write the claims to a file, once it is whole.")
def convert(
    files: tuple[str, ...],
    claim_format: str,
    input_format: str | None,
    columns: str | None,
    report_unread: bool,
    output: str | None,
) -> int:
    """Write the claims in each FILE in another format; - is standard input.

    What check reads is read, folders and patterns too. A claim that cannot be read is named on
    standard error, the others are written.

    \b
    Example:
      claimshapes convert claims.837 --to json
      claimshapes convert bundle.json --to turtle --output claims.ttl
      claimshapes convert --columns columns.toml lines.csv --to ndjson
      claimshapes convert claims.837 --to json --report-unread

    Exit status: 0 all claims are written; 2 the call or some of the input cannot be used; 3 an
    internal error; 130 interrupted.
    """
    if not report_unread:
        return _write(files, claim_format, input_format, columns, output)
    with counting_unread() as counts:
        status = _write(files, claim_format, input_format, columns, output)
    for place, count in sorted(counts.items()):
        click.echo(f"not read: {place} ({counted(count, 'time')})", err=True)
    click.echo(f"{counted(len(counts), 'kind')} of elements not read", err=True)
    return status


def _write(
    files: tuple[str, ...],
    claim_format: str,
    input_format: str | None,
    columns: str | None,
    output: str | None,
) -> int:
    status = NOTHING_FOUND
    complaints = Complaints("convert a part of the file to see them")
    interruption = Interruption()
    with interruption.ending(), report_stream(output, files) as stream:
        writer = open_writer(stream, claim_format)
        for file in files:
            try:
                readings = read_claims(file, input_format=input_format, columns=columns)
                for reading in interruption.through(readings):
                    if isinstance(reading, ClaimRecord):
                        writer.add(reading.claim, file if len(files) > 1 else None)
                    else:
                        complaints.add(str(reading))
                        status = UNUSABLE
            except InputError as error:
                complaints.add(str(error))
                status = UNUSABLE
        writer.finish()
    complaints.finish()
    return status
