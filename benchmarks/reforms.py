"""What each reform costs to build and to compare, and what it changes: `python -m benchmarks.reforms`.

The figures go into docs/reforms.md: seconds of the processor, of all processes together, and beside them those of the
clock with the load of the machine, without which they say nothing.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks.figures import put
from graph_api.inputs.folders import Sources
from graph_api.obstacles import kept
from graph_api.reform.changes import Comparison, compare
from graph_api.reform.folder import data_of, named, names_in
from graph_api.reform.laying import build_reform
from graph_api.reform.touched import make_map, touched
from graph_api.settings import Settings, from_environment
from graph_api.store.whole import led_to

PAGE: Final = Path(__file__).parents[1] / "docs" / "reforms.md"
BEGIN: Final = "<!-- figures: written by python -m benchmarks.reforms -->"
END: Final = "<!-- end of the figures -->"
_PROCESSES: Final = 2
Made = TypeVar("Made")


@dataclass(frozen=True)
class Cost:
    """Seconds of the processor, seconds of the clock, and how many processes wanted a processor at the end."""

    processor: float
    clock: float
    load: float

    def __str__(self) -> str:
        return f"{self.processor:.0f} ({self.clock:.0f}, {self.load:.0f})"


def measured(work: Callable[[], Made]) -> tuple[Made, Cost]:
    """What the work gives, and what it and its processes cost."""
    began, clock = _processor(), time.perf_counter()
    made = work()
    return made, Cost(_processor() - began, time.perf_counter() - clock, os.getloadavg()[0])


def _processor() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _of(settings: Settings, name: str) -> dict[str, Any]:
    """Build a reform and ask every question of both sides."""
    reform, data = named(settings.reforms, name), settings.data
    built, building = measured(lambda: build_reform(Sources.under(settings.sources), data, reform))
    day, own = reform.head.in_force, data_of(data, name)
    base, before = measured(lambda: kept.make(data, led_to(data / "current"), day, processes=_PROCESSES))
    path, after = measured(lambda: make_map(data, own, day, processes=_PROCESSES))
    asked = touched(led_to(data / "current"), led_to(own / "current"))
    found = compare(*(kept.read(side).figures for side in (base, path)))
    return {
        "name": name,
        "statements": (built.added, built.removed),
        "rules": len(built.rules),
        "building": building,
        "before": before,
        "asking": after,
        "asked": "all" if asked is None else str(len(asked)),
        **_figures(found),
    }


def _version(folder: Path) -> str:
    return str(json.loads((folder / "current" / "report.json").read_text(encoding="utf-8"))["version"])


def _figures(found: Comparison) -> dict[str, Any]:
    return {
        "compared": found.compared,
        "changed": len(found.changes),
        "counts": dict(found.counts),
        "days": found.most_saved("days"),
        "measures": found.measures_gone(),
        "outcomes": [(before or "–", after or "–", count) for (before, after), count in found.outcomes.items()][:3],
    }


def table(rows: list[Mapping[str, Any]]) -> str:
    """The figures as a table of Markdown."""
    heads: tuple[str, ...] = (
        "reform",
        "compared",
        "changed",
        "worse",
        "mixed",
        "better",
        "other",
        "most days saved",
        "measures gone",
    )
    heads += ("statements +/−", "rules run", "build, s (clock, load)", "professions asked", "asking, s (clock, load)")
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in rows:
        counts, (added, removed) = row["counts"], row["statements"]
        days = "" if row["days"] is None else f"{row['days']:.0f}"
        cells = [
            f"`{row['name']}`",
            f"{row['compared']:,}",
            f"{row['changed']:,}",
            *(f"{counts[each]:,}" for each in counts),
        ]
        cells += [days, f"{row['measures']:,}", f"{added:,}/{removed:,}", str(row["rules"]), str(row["building"])]
        cells += [row["asked"], str(row["asking"])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def write(rows: list[Mapping[str, Any]], version: str) -> None:
    """Put the figures into the page."""
    put(PAGE, BEGIN, END, f"Version `{version}`.\n\n{table(rows)}")


def main() -> None:
    settings = from_environment()
    wanted = sys.argv[1:] or names_in(settings.reforms)
    rows: list[Mapping[str, Any]] = []
    for name in wanted:
        began = time.perf_counter()
        rows.append(_of(settings, name))
        print(json.dumps(rows[-1], default=str), f"{time.perf_counter() - began:.0f} s", flush=True)
    if not sys.argv[1:]:
        write(rows, _version(settings.data))


if __name__ == "__main__":
    main()
