"""Takes another version of the browser's SPARQL engine into vendor/oxigraph.

Needs npm, which checks the package against the registry's hash. Run the tests of the playground
afterwards: the engine has to say what the command line says.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

VENDORED = Path(__file__).parents[1] / "vendor" / "oxigraph"
FILES = ("web.js", "web_bg.wasm")


def refresh(version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"oxigraph@{version}", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (package,) = Path(folder).glob("*.tgz")
        with tarfile.open(package) as archive:
            for name in FILES:
                member = archive.extractfile(f"package/{name}")
                if member is None:
                    raise SystemExit(f"{package.name} has no {name}")
                (VENDORED / name).write_bytes(member.read())
    sums = [f"{hashlib.sha256((VENDORED / n).read_bytes()).hexdigest()}  {n}\n" for n in FILES]
    (VENDORED / "SHA256SUMS").write_text("".join(sums), "utf-8")
    about = VENDORED / "README.md"
    text = re.sub(r"version [0-9][\w.-]*,", f"version {version},", about.read_text("utf-8"))
    about.write_text(text, "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="a version of the npm package oxigraph")
    refresh(parser.parse_args().version)
