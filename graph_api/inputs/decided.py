"""What experts decided on matches, as `mappings/reviews.csv` holds it: pairs that nobody may propose again.

What a machine read, and an expert refused since, leaves its release, and so the paths of the next build.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode

from graph_api.inputs import releases
from graph_api.inputs.importers.machine import COUNTED, OPENS_BY_MACHINE, MachineImporter, mapping_of
from graph_api.rdf import nquads
from graph_api.rdf.terms import thing

TABLE: Final = "reviews.csv"
_MATCH: Final = "match#"
_AGREED: Final = "agreed"
_READ: Final = ("qualification", "profession")


def refused_pairs(mappings: Path) -> frozenset[tuple[str, str]]:
    """The pairs, in short form, of which the last word of any expert is not that he agrees."""
    last: dict[tuple[str, str], str] = {}
    with (mappings / TABLE).open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["fact"].startswith(_MATCH):
                last[row["fact"], row["expert"]] = row["decision"]
    against = {fact for (fact, _), decision in last.items() if decision != _AGREED}
    pairs = (fact.removeprefix(_MATCH).split(" ", 1) for fact in against)
    return frozenset((pair[0], pair[1]) for pair in pairs if len(pair) == 2)


def take_out_refused(data: Path, mappings: Path) -> int:
    """Take what experts refused out of what a machine read and kept for paths; how many readings that were."""
    machine = [release for release in releases.list_releases(data) if release.source == MachineImporter.name]
    refused = [pair for each in sorted(refused_pairs(mappings)) if (pair := _reading(*each))] if machine else []
    return sum(_take_out(data, release, refused) for release in machine) if refused else 0


def _reading(title: str, profession: str) -> tuple[NamedNode, NamedNode] | None:
    """The title and the profession of a pair in short form; None where it is a pair of other things."""
    kinds, slugs = zip(*(each.partition(":")[::2] for each in (title, profession)), strict=True)
    return (thing(kinds[0], slugs[0]), thing(kinds[1], slugs[1])) if kinds == _READ else None


def _take_out(data: Path, release: releases.Release, refused: list[tuple[NamedNode, NamedNode]]) -> int:
    """Take the readings out of one release, with the mappings that give their reasons."""
    opened = [f"{title} {OPENS_BY_MACHINE} {profession} ".encode() for title, profession in refused]
    reasons = [f"{mapping_of(*pair)} ".encode() for pair in refused]
    with nquads.opened(releases.statements_file(data, release)) as lines:
        said = list(lines)
    taken = sum(line.startswith(tuple(opened)) for line in said)
    if taken:
        left = [line for line in said if not line.startswith((*opened, *reasons))]
        counts = {**release.counts, COUNTED: release.counts.get(COUNTED, taken) - taken}
        releases.keep_only(data, release, left, counts)
    return taken
