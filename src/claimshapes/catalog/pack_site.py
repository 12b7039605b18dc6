"""Makes the site of packs: the same look as the project's, from an installed package too."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from claimshapes.catalog.build import CONFIGURATION, DOCS, render
from claimshapes.catalog.pack_pages import pack_pages
from claimshapes.catalog.shown_pack import Pack
from claimshapes.errors import KnowledgeError
from claimshapes.rules.pack import using_packs

ASSETS = ("catalog.css", "catalog.js")
"""Files of the project's site that give the look; pyproject.toml puts them into the wheel."""

_PACKAGE = Path(__file__).parent


def build_pack_site(
    folders: Iterable[Path], site: Path, address: str | None = None, *, pages_only: bool = False
) -> int:
    """Makes the site of packs.

    Args:
        folders: the packs.
        site: where the site is to be; with ``pages_only`` the pages.
        address: where it will be published, if that is known.
        pages_only: whether to write the pages in Markdown and not to render them.

    Returns:
        How many pages it has.

    Raises:
        InputError: MkDocs is not installed, or does not build the site.
        RuleError: a pack cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="claimshapes-pack-") as made:
        root = site if pages_only else Path(made)
        written = write_pack_pages(folders, root, address)
        if not pages_only:
            render(root, site)
    return len(written)


def write_pack_pages(
    folders: Iterable[Path], root: Path, address: str | None = None
) -> dict[str, bool]:
    """Writes the pages of packs as MkDocs takes them.

    Args:
        folders: the packs.
        root: a folder, with the pages from before where they were written before.
        address: where the site will be published, if that is known.

    Returns:
        The pages, and of each whether it changed.

    Raises:
        RuleError: a pack cannot be used.
    """
    packs = tuple(folder.absolute() for folder in folders)
    docs = root / DOCS
    (docs / "assets").mkdir(parents=True, exist_ok=True)
    written = {}
    with using_packs(packs):
        pack = Pack(packs)
        for page in pack_pages(pack):
            file = docs / page.path
            file.parent.mkdir(parents=True, exist_ok=True)
            text = page.markdown()
            written[str(page.path)] = not file.is_file() or file.read_text("utf-8") != text
            file.write_text(text, "utf-8")
        configuration = json.dumps(_configuration(pack.name(), address), indent=2)
    for stale in set(docs.rglob("*.md")) - {docs / path for path in written}:
        stale.unlink()
    for name in ASSETS:
        shutil.copyfile(_asset(name), docs / "assets" / name)
    (root / CONFIGURATION).write_text(configuration, "utf-8")
    return written


def _configuration(name: str, address: str | None) -> dict[str, Any]:
    """What MkDocs is told; JSON is YAML."""
    return {
        "site_name": name,
        **({"site_url": address} if address else {}),
        "strict": True,
        "use_directory_urls": True,
        "theme": {
            "name": "material",
            "font": False,
            "features": ["content.code.copy", "toc.follow", "search.highlight", "search.suggest"],
            "palette": [
                {
                    "media": f"(prefers-color-scheme: {media})",
                    "scheme": scheme,
                    "primary": "teal",
                    "toggle": {"icon": f"material/weather-{icon}", "name": switch},
                }
                for media, scheme, icon, switch in (
                    ("light", "default", "sunny", "Dark"),
                    ("dark", "slate", "night", "Light"),
                )
            ],
        },
        "markdown_extensions": [
            "attr_list",
            "md_in_html",
            "tables",
            {"toc": {"permalink": True}},
            "pymdownx.highlight",
            "pymdownx.superfences",
        ],
        "plugins": [{"search": {"separator": r"[\s\-]+"}}],
        "extra": {"generator": False},
        "extra_css": ["assets/catalog.css"],
        "extra_javascript": ["assets/catalog.js"],
        "nav": [{"Rules": "index.md"}],
        "validation": {"omitted_files": "info", "unrecognized_links": "warn", "anchors": "warn"},
    }


def _asset(name: str) -> Path:
    """A file of the site's look: in the package, or in the checkout."""
    for folder in (_PACKAGE / "assets", _PACKAGE.parents[2] / DOCS / "assets"):
        if (folder / name).is_file():
            return folder / name
    raise KnowledgeError(f"the package's {name} is missing; install claimshapes again")
