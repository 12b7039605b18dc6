"""``claimshapes docs``: the rule catalog as a site."""

from __future__ import annotations

from pathlib import Path

import click

from claimshapes.cli.exit_status import NOTHING_FOUND
from claimshapes.cli.knowledge_folder import knowledge_option
from claimshapes.cli.options import PACK
from claimshapes.errors import InputError


@click.group(short_help="Build or serve the rule catalog.")
def docs() -> None:
    """Build the rule catalog, or serve it while rules are edited.

    \b
    Example:
      claimshapes docs build
      claimshapes docs serve
    """


@docs.command("build", short_help="Make the site.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the site is to be; site/ by default.",
)
@click.option(
    "--address",
    metavar="URL",
    help="Where the site will be published, if not where mkdocs.yml says; instant navigation "
    "works there only.",
)
@click.option(
    "--version",
    metavar="NUMBER",
    help="Make it one of several versions in --output, with a selector on every page.",
)
@click.option("--pages-only", is_flag=True, help="Write the generated pages and do not render.")
@click.option(
    "--rules",
    "folders",
    multiple=True,
    metavar="DIR",
    type=PACK,
    help="Make the catalog of this folder of rules, or of the installed pack of this name, instead;"
    " repeatable, and anywhere.",
)
@knowledge_option
def build(
    output: Path | None,
    address: str | None,
    version: str | None,
    pages_only: bool,
    folders: tuple[Path, ...],
) -> None:
    """Make the site in the checkout that is the current folder, or the catalog of your rules.

    Pages made from rules, ontology and codes are written into docs/, where git ignores them;
    MkDocs then renders them with the others. Needs claimshapes[docs]; nothing is fetched.

    The catalog of your rules (--rules) shows your rules, payers, lists, tests and adjustments, and
    needs no checkout.

    \b
    Example:
      claimshapes docs build --output public
      claimshapes docs build --output public --version 1.2.0
      claimshapes docs build --rules our-rules --output public
    """
    from claimshapes.catalog.build import generate, mkdocs_command, render

    root = Path.cwd()
    if not pages_only:
        mkdocs_command()
    if folders:
        from claimshapes.catalog.pack_site import build_pack_site

        if version is not None:
            raise InputError("--version is for the project's own site; leave it out with --rules")
        site = output or root / "site"
        count = build_pack_site(folders, site, address, pages_only=pages_only)
        click.echo(f"wrote {site}: {count:,} pages")
        return
    generate(root)
    if not pages_only:
        render(root, output, address, version)


@docs.command("serve", short_help="Serve the site while rules are edited.")
@click.option(
    "--address",
    default="127.0.0.1:8000",
    metavar="HOST:PORT",
    show_default=True,
    help="Where to serve the site.",
)
@knowledge_option
def serve(address: str) -> int:
    """Serve the site, and show a changed rule as soon as its file is saved, until Ctrl-C.

    An open page reloads itself. A rule that cannot be used is told, and the site stays as it was
    before. The claim format, the terms of the ontology and the code systems are read at the start
    only.

    \b
    Example:
      claimshapes docs serve --address 127.0.0.1:8080

    Exit status: 0 ended by Ctrl-C; 2 the call cannot be used; 3 an internal error.
    """
    from claimshapes.catalog.serve import serve_catalog

    try:
        serve_catalog(Path.cwd(), address, lambda said: click.echo(said, err=True))
    except KeyboardInterrupt:
        click.echo(err=True)
    return NOTHING_FOUND
