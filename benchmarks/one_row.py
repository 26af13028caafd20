"""What a build costs after one row has changed, stage by stage, beside the releases of a data folder.

    python -m benchmarks.one_row DATA [TABLE]

The tables are copied, a word is added to the first note of one table, and the graph is built in a copy of the data
folder. What a build does side by side is done one after the other here, so that the processor seconds of each stage
can be told apart; other work on the machine does not stretch them.
"""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from graph_api.build import pipeline
from graph_api.inputs.folders import Sources

ROOT = Path(__file__).parent.parent
TABLE = "national_professions/nl.csv"


class InTurn(AbstractContextManager["InTurn"]):
    """Stands for threads: what is handed in is done at once."""

    def __init__(self, _number: int) -> None:
        """Any number of threads is none."""

    def __exit__(self, *_: object) -> None:
        """Nothing is left to wait for."""

    def submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        """The work, done."""
        done: Future[Any] = Future()
        done.set_result(work(*given))
        return done


def run(data: Path, table: str = TABLE) -> dict[str, float]:
    """The processor seconds of each stage of a build after one row of the table has changed."""
    with tempfile.TemporaryDirectory(dir=data.parent) as folder:
        place = Path(folder)
        shutil.copytree(data, place / "data", symlinks=True, copy_function=os.link)
        for name in ("ontology", "mappings"):
            shutil.copytree(ROOT / name, place / name)
        change(place / "mappings" / table)
        return build(Sources.under(place), place / "data")


def change(table: Path) -> None:
    """Add a word to the first note of a table."""
    with table.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    row = next(row for row in rows if row[header.index("note")])
    row[header.index("note")] += " (changed)"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def build(sources: Sources, data: Path) -> dict[str, float]:
    """Build, one stage after the other; the processor seconds of each."""
    marks: list[tuple[str, float]] = []
    with patch.object(pipeline, "ThreadPoolExecutor", InTurn):
        pipeline.build(sources, data, lambda stage: marks.append((stage, time.process_time())))
    ends = [began for _, began in marks[1:]] + [time.process_time()]
    return {stage: end - began for (stage, began), end in zip(marks, ends, strict=True)}


def main() -> None:
    """Print the stages."""
    seconds = run(Path(sys.argv[1]).resolve(), *sys.argv[2:3])
    for stage, took in seconds.items():
        print(f"| {stage} | {took:.1f} |")
    print(f"| all | {sum(seconds.values()):.1f} |")


if __name__ == "__main__":
    main()
