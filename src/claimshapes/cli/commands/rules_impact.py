"""``claimshapes rules impact``: says what rules would have done to claims."""

from __future__ import annotations

import json
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import click

from claimshapes.cli.exit_status import FOUND, NOTHING_FOUND, UNUSABLE
from claimshapes.cli.loaded_rules import loaded
from claimshapes.cli.options import claim_files, claim_inputs, jobs_option, rule_folders_as_they_are


@click.command("impact", short_help="Say what rules would have done to claims.")
@claim_files
@click.option(
    "--against",
    multiple=True,
    metavar="DIR|REV",
    help="Folder of rules, git revision of the folder of --rules, or REVISION:FOLDER, to compare"
    " with; the shipped rules alone without it.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="Format of what is written.",
)
@click.option("--output", metavar="FILE", help="Write to a file, once it is whole.")
@jobs_option("Processes that check large files, twice as many: with the rules and without.")
@claim_inputs
@rule_folders_as_they_are
def impact_of_rules(
    files: tuple[str, ...],
    against: tuple[str, ...],
    output_format: str,
    output: str | None,
    jobs: int,
    input_format: str | None,
    columns: str | None,
    folders: tuple[Path, ...],
) -> int:
    """Check claims with and without rules: newly flagged, no longer flagged, charges touched.

    Only the rules that differ are evaluated where what is known of the claim's payers and value
    sets is the same; claims of payers that no difference is for are only counted.

    Exit status: 0 no difference; 1 a difference; 2 the files cannot be used, or a
    claim in them could not be read; the others were checked.

    \b
    Example:
      claimshapes rules impact last-month.837 --rules our-rules
      claimshapes rules impact last-month.json --rules our-rules --against v1.2
      claimshapes rules impact may.json --rules our-rules --format html > may.html
    """
    from claimshapes.authoring.differing_rules import what_differs
    from claimshapes.authoring.impact import impact_of
    from claimshapes.authoring.impact_page import write_impact_page
    from claimshapes.authoring.impact_words import write_impact
    from claimshapes.authoring.revisions import folder_at
    from claimshapes.checking.checker import Checker
    from claimshapes.claims.readers import read_claims
    from claimshapes.cli.interruption import Interruption
    from claimshapes.cli.output import report_stream
    from claimshapes.report.lines import Page

    readings = chain.from_iterable(
        read_claims(file, input_format=input_format, columns=columns) for file in files
    )
    interruption = Interruption()
    with ExitStack() as stack:
        stack.enter_context(interruption.ending())
        like = folders[0] if folders else None
        others = [stack.enter_context(folder_at(said, like)) for said in against]
        _, before = loaded(others)
        _, after = loaded(folders)
        differing = what_differs(before, after)

        def checkers(only: frozenset[str] | None) -> tuple[Checker, Checker]:
            first, second = (
                Checker(
                    select=None if only is None else only & book.rules.keys(),
                    jobs=jobs,
                    # Processes load the rules themselves.
                    book=book if jobs == 1 else None,
                    rules=() if jobs == 1 else used,
                )
                for book, used in ((before, others), (after, folders))
            )
            return first, second

        found = impact_of(interruption.through(readings), differing, checkers)
    with report_stream(output, files) as stream:
        if output_format == "json":
            stream.write(json.dumps(found.object(), indent=2) + "\n")
        elif output_format == "html":
            write_impact_page(stream, found)
        else:
            write_impact(Page(stream), found)
    if found.rejected:
        return UNUSABLE
    return FOUND if found.newly.claims or found.no_longer.claims else NOTHING_FOUND
