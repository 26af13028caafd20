#!/usr/bin/env python3
"""What stands in an environment: `audit.py sbom|licences`, of what Passerelle itself needs and nothing else.

The bill of materials (CycloneDX 1.5, JSON) and the licences are written to standard output; `make audit` also asks
`pip-audit` for known faults of these releases.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

REFUSED = ("AGPL", "SSPL", "Commons Clause", "Proprietary")


def needed(name: str, seen: dict[str, Distribution]) -> dict[str, Distribution]:
    """A package and all that it needs without extras, as installed."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    try:
        seen[key] = distribution(name)
    except PackageNotFoundError:
        return seen
    for requirement in seen[key].requires or ():
        if "extra ==" not in requirement:
            needed(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0], seen)
    return seen


def licence(found: Distribution) -> str:
    """What a package says of its licence."""
    said = found.metadata
    licences = [each for each in said.get_all("Classifier") or () if "License ::" in each]
    classifiers = [each.rpartition("::")[2].strip() for each in licences]
    return str(said.get("License-Expression") or "; ".join(classifiers) or (said.get("License") or "not said")[:60])


def bill() -> dict[str, object]:
    """The bill of materials."""
    components = [
        {
            "type": "library",
            "name": found.metadata["Name"],
            "version": found.version,
            "purl": f"pkg:pypi/{name}@{found.version}",
            "licenses": [{"license": {"name": licence(found)}}],
        }
        for name, found in sorted(needed("passerelle", {}).items())
    ]
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}


def licences() -> Iterator[str]:
    """A line for each package."""
    for name, found in sorted(needed("passerelle", {}).items()):
        yield f"{name} {found.version}: {licence(found)}"


if __name__ == "__main__":
    if sys.argv[1:] == ["sbom"]:
        print(json.dumps(bill(), indent=1))
    else:
        lines = list(licences())
        print("\n".join(lines))
        sys.exit(any(word in line for line in lines for word in REFUSED))
