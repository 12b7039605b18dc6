"""Says what an installation consists of: a CycloneDX bill of materials, and the licenses.

    python tools/bill_of_materials.py sbom.cdx.json licenses.csv

By the metadata of what is installed, of the package and of all that it needs.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = "claimshapes"
_NAME = re.compile(r"[\w.-]+")
_LICENSE = "License :: "


def needed(name: str) -> dict[str, Distribution]:
    """A package and all that it needs and that is installed, by name."""
    found: dict[str, Distribution] = {}
    pending = [name]
    while pending:
        wanted = _normalized(pending.pop())
        if wanted in found:
            continue
        try:
            found[wanted] = distribution(wanted)
        except PackageNotFoundError:
            # For another system, or an older Python.
            continue
        for requirement in found[wanted].requires or ():
            match = _NAME.match(requirement)
            if match is not None and "extra ==" not in requirement:
                pending.append(match[0])
    return dict(sorted(found.items()))


def license_of(package: Distribution) -> str:
    """A package's license as its metadata states it; empty where it does not."""
    metadata = package.metadata
    stated = "".join(metadata.get_all("License-Expression") or ())
    classified = [
        each.rpartition(" :: ")[2]
        for each in metadata.get_all("Classifier") or ()
        if each.startswith(_LICENSE)
    ]
    text = "".join(metadata.get_all("License") or ()).strip()
    return stated or "; ".join(classified) or text.partition("\n")[0]


def bill(packages: dict[str, Distribution]) -> dict[str, Any]:
    """The bill of materials (CycloneDX 1.6)."""
    components = [_component(name, package) for name, package in packages.items()]
    main = next(each for each in components if each["name"] == ROOT)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": main | {"type": "application"}},
        "components": [each for each in components if each is not main],
        "dependencies": [
            {
                "ref": _reference(name, package),
                "dependsOn": sorted(
                    _reference(other, packages[other])
                    for other in _direct(package)
                    if other in packages
                ),
            }
            for name, package in packages.items()
        ],
    }


def main() -> None:
    """Writes both; names what has no license."""
    bill_file, license_file = map(Path, sys.argv[1:])
    packages = needed(ROOT)
    bill_file.write_text(json.dumps(bill(packages), indent=2) + "\n", "utf-8")
    with license_file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["package", "version", "license"])
        for name, package in packages.items():
            writer.writerow([name, package.version, license_of(package)])
    unknown = [name for name, package in packages.items() if not license_of(package)]
    print(f"{len(packages)} packages; without a license: {', '.join(unknown) or 'none'}")
    sys.exit(1 if unknown else 0)


def _component(name: str, package: Distribution) -> dict[str, Any]:
    stated = license_of(package)
    return {
        "type": "library",
        "bom-ref": _reference(name, package),
        "name": name,
        "version": package.version,
        "purl": _reference(name, package),
        "licenses": [{"license": {"name": stated}}] if stated else [],
    }


def _reference(name: str, package: Distribution) -> str:
    return f"pkg:pypi/{name}@{package.version}"


def _direct(package: Distribution) -> set[str]:
    return {
        _normalized(match[0])
        for requirement in package.requires or ()
        if "extra ==" not in requirement and (match := _NAME.match(requirement))
    }


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
