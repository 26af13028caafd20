#!/usr/bin/env python3
"""Puts small faults into the engine, one at a time, and says which of them the tests see.

A seeded sample, spread over the modules by their size, meets the tests that `[tool.mutmut]` in pyproject.toml names;
`mutants all` tries every fault. The score with its interval, and what survived, go into docs/testing.md.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from pathlib import Path

from mutmut import __main__ as mutmut
from mutmut.mutation.data import SourceFileMutationData
from mutmut.stats import status_by_exit_code

SEED, SAMPLE, FEWEST = 10, 200, 1
PAGE = Path("docs/testing.md")
BEGIN, END = "<!-- mutants: written by tools/mutants.py -->", "<!-- end of mutants -->"
SEEN = frozenset({"killed", "caught by type check"})


def main(sample: str) -> None:
    """Make the faults, choose some, try them, write what came of it."""
    mutmut.set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    mutmut.setup_source_paths()
    mutmut.create_mutants(1)
    every = {path: list(results(path)) for path in sorted(mutmut.walk_mutatable_files())}
    chosen = every if sample == "all" else choice(every, int(sample))
    names = [name for found in chosen.values() for name in found]
    print(f"{len(names)} of {sum(map(len, every.values()))} mutants")
    subprocess.run([sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names], check=True)
    write(report(every, chosen))


def results(path: Path) -> Mapping[str, int | None]:
    """The faults of a module by name, each with what came of it as mutmut keeps it."""
    data = SourceFileMutationData(path=path)
    data.load()
    return data.exit_code_by_key


def choice(every: Mapping[Path, Sequence[str]], size: int) -> dict[Path, list[str]]:
    """Of each module as many as its share, and one at least; the same ones for the same code."""
    draw, whole = random.Random(SEED), sum(map(len, every.values()))
    return {
        path: sorted(draw.sample(names, min(len(names), max(FEWEST, ceil(size * len(names) / whole)))))
        for path, names in every.items()
    }


def report(every: Mapping[Path, Sequence[str]], chosen: Mapping[Path, Sequence[str]]) -> str:
    """The score of each module and of all, and the survivors with what was changed.

    What ran out of time decides nothing: on a busy machine it may be the machine.
    """
    lines = ["| module | faults | tried | out of time | seen |", "|---|---|---|---|---|"]
    left, late, seen = [], 0, 0
    for path, names in chosen.items():
        if names:
            known = results(path)
            told = [status_by_exit_code[known[name]] for name in names]
            mine = [status in SEEN for status in told]
            lines.append(f"| `{path}` | {len(every[path])} | {len(names)} | {told.count('timeout')} | {sum(mine)} |")
            left += [name for name, status in zip(names, told, strict=True) if status not in {*SEEN, "timeout"}]
            late, seen = late + told.count("timeout"), seen + sum(mine)
    tried = sum(map(len, chosen.values()))
    low, high = interval(seen, tried - late)
    lines += [f"| **all** | {sum(map(len, every.values()))} | {tried} | {late} | {seen} |", ""]
    share = f"**{seen / (tried - late):.0%}** of those that came to an end"
    lines += [f"Seen: {share}; of all faults between {low:.0%} and {high:.0%} (95 %)."]
    lines += ["", "Not seen:", "", *(f"- `{name}`: {changed(name)}" for name in left)]
    return "\n".join(lines)


def interval(seen: int, tried: int, z: float = 1.96) -> tuple[float, float]:
    """Between which shares that of all faults lies (Wilson)."""
    share, room = seen / tried, z * z / tried
    middle, reach = share + room / 2, z * sqrt(share * (1 - share) / tried + room / (4 * tried))
    return (middle - reach) / (1 + room), (middle + reach) / (1 + room)


def changed(name: str) -> str:
    """What a fault changes, as one line."""
    shown = subprocess.run([sys.executable, "-m", "mutmut", "show", name], check=True, capture_output=True, text=True)
    lines = [line for line in shown.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return " → ".join(f"`{' '.join(line[1:].split())}`" for line in lines)


def write(text: str) -> None:
    """Put the report between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(SAMPLE))
