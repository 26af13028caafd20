"""A map as a file: made once for a built graph and a day, by one process at a time, and kept beside the graphs."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from graph_api import durable
from graph_api.obstacles.asking import Progress, all_figures
from graph_api.obstacles.figures import Figure, figure_from

_FORM: Final = 3
"""Raise it when figures change their meaning: then older files are not read."""
_MOST_KEPT: Final = 24
"""So many files stay in a folder; of those beyond, those go that were not read for longest."""


@dataclass(frozen=True)
class Map:
    """The figures of one built graph on one day."""

    version: str
    day: date
    figures: tuple[Figure, ...]

    @property
    def usual(self) -> list[Figure]:
        """Those for the usual titles: one for each profession and ordered pair of jurisdictions."""
        return [figure for figure in self.figures if figure.usual]


def folder_of(data: Path) -> Path:
    """Where the maps of a data folder are kept."""
    return data / "obstacles"


def file_of(data: Path, version: str, day: date) -> Path:
    """The file of one map, whether or not it was made."""
    return folder_of(data) / f"{version}_{day.isoformat()}_{_FORM}.ndjson.gz"


def newest(data: Path, version: str, day: date) -> Path | None:
    """The map of a version for the last day up to the given one for which there is a map."""
    found = sorted(folder_of(data).glob(f"{version}_*_{_FORM}.ndjson.gz"))
    return next((path for path in reversed(found) if _day_of(path) <= day), None)


def make(
    data: Path,
    directory: Path,
    day: date,
    progress: Progress = lambda *_: None,
    processes: int = 1,
    known: Callable[[], Mapping[str, Sequence[Figure]]] = dict,
) -> Path:
    """The file of the map of a built graph on a day; made where it is not there. Who comes meanwhile waits for it.

    `known` gives, by profession, the answers that need not be asked.
    """
    path = file_of(data, _version_of(directory), day)
    if path.is_file():
        return path
    with _alone(folder_of(data)):
        if not path.is_file():
            _write(path, all_figures(directory, day, progress, processes, known()))
            _let_go(path)
    return path


def by_profession(found: Map) -> dict[str, list[Figure]]:
    """The figures of a map by profession, in their order; a profession without an answer is not named."""
    sorted_in: dict[str, list[Figure]] = {}
    for figure in found.figures:
        sorted_in.setdefault(figure.profession, []).append(figure)
    return sorted_in


def read(path: Path) -> Map:
    """The map in a file."""
    changed = path.stat().st_mtime_ns
    with suppress(OSError):  # a folder that cannot be written to is read all the same
        os.utime(path, ns=(time.time_ns(), changed))
    return _read(path, changed)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Map:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        figures = tuple(figure_from(json.loads(line)) for line in lines)
    return Map(path.name.partition("_")[0], _day_of(path), figures)


def _write(path: Path, figures: Iterator[Figure]) -> None:
    making = path.with_name(".making")
    with making.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        for figure in figures:
            file.write(json.dumps(figure.as_json(), ensure_ascii=False).encode() + b"\n")
    durable.settled_rename(making, path)


def _let_go(made: Path) -> None:
    files = sorted(made.parent.glob("*.ndjson.gz"), key=lambda path: path.stat().st_atime, reverse=True)
    for path in files[_MOST_KEPT:]:
        path.unlink(missing_ok=True)


def _version_of(directory: Path) -> str:
    return str(json.loads((directory / "report.json").read_text(encoding="utf-8"))["version"])


def _day_of(path: Path) -> date:
    return date.fromisoformat(path.name.split("_")[1])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "making.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
