"""`passerelle map`: read every title, write the suggestions, and keep those that may enter paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph_api.inputs.decided import refused_pairs
from graph_api.inputs.folders import alone
from graph_api.inputs.importers.machine import ENTERS
from graph_api.inputs.releases import Release, import_release
from graph_api.mapping import suggestions
from graph_api.mapping.choosing import Chooser, Suggested
from graph_api.mapping.knowledge import Knowledge, read_knowledge
from graph_api.mapping.matching import Matcher
from graph_api.store.graph_store import GraphStore

PROFESSIONS: Final = "title_profession.sssom.tsv"
OCCUPATIONS: Final = "title_occupation.sssom.tsv"
SOURCE: Final = "machine"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Mapped:
    """What a run found."""

    titles: int
    professions: int
    """Suggestions that a title opens a profession."""
    entering: int
    """Those of them that enter paths."""
    occupations: int
    release: Release | None


def map_titles(store: GraphStore, data: Path, mappings: Path, progress: Progress = lambda _done, _of: None) -> Mapped:
    """Read every title of the store, and write what is found into the data folder: the same graph, the same bytes.

    What an expert refused is not suggested again. What is sure enough is kept as a release, for the next build.
    """
    knowledge = read_knowledge(store)
    refused = refused_pairs(mappings)
    with alone(data, "map"):
        professions, occupations = _read(knowledge, progress)
        opens = [row for row in professions if suggestions.pair(row) not in refused]
        names = [row for row in occupations if suggestions.pair(row) not in refused]
        folder = data / suggestions.FOLDER
        about, called = "Titles and the professions that they open", _called(knowledge)
        counted = suggestions.write(folder / PROFESSIONS, about, "pas:opensByMachine", opens, called)
        about = "Titles and the occupations of ESCO that they name"
        others = suggestions.write(folder / OCCUPATIONS, about, "skos:relatedMatch", names, called)
        release = import_release(SOURCE, [folder / PROFESSIONS], data)
    entering = sum(row.band.confidence >= ENTERS for row in opens)
    return Mapped(len(knowledge.titles), counted, entering, others, release)


def _read(knowledge: Knowledge, progress: Progress) -> tuple[list[Suggested], list[Suggested]]:
    """What each title may open, where no table says it, and the occupations that it names."""
    matcher, chooser = Matcher(knowledge), Chooser(knowledge)
    professions: list[Suggested] = []
    occupations: list[Suggested] = []
    for done, title in enumerate(knowledge.titles, 1):
        readings = matcher.read(title)
        if not title.opens and not title.only_trains:
            professions += chooser.professions(title, readings)
        occupations += chooser.occupations(title, readings)
        progress(done, len(knowledge.titles))
    return professions, occupations


def _called(knowledge: Knowledge) -> Mapping[str, str]:
    """What professions and occupations are called, in the first language that has a name."""
    found: dict[str, str] = {}
    for clue in knowledge.clues:
        found.setdefault(clue.of, clue.text)
    return found
