#!/usr/bin/env python3
"""Puts small faults into the engine, one at a time, and says which of them strict typing refuses or the tests see.

A random draw of all faults, with a seed that is printed, meets the tests that `[tool.mutmut]` in pyproject.toml names,
in the order in which it was drawn: what is stopped early (Ctrl-C) is a random draw still, and is reported as one. `all`
tries every fault; a seed given after the number draws the same ones again; names of faults instead of a number try
these and write nothing. The score with its interval, and what survived, go into docs/testing.md.
"""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from pathlib import Path

from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.file_mutation import FailedTypeCheckMutant, MutatedMethodLocation, group_by_path
from mutmut.stats import status_by_exit_code
from mutmut.type_checking import run_type_checker
from mutmut.utils.file_utils import change_cwd
from mutmut.utils.format_utils import get_mutant_name, is_mutated_method_name

SAMPLE = "200"
PAGE = Path("docs/testing.md")
BEGIN, END = "<!-- mutants: written by tools/mutants.py -->", "<!-- end of mutants -->"
TYPED = "caught by type check"
SEEN = frozenset({"killed", TYPED})


def main(size: str, seed: int) -> None:
    """Make the faults, draw some, try them, write what came of it."""
    every = [name for data in faults() for name in data.exit_code_by_key]
    drawn = random.Random(seed).sample(every, len(every) if size == "all" else min(int(size), len(every)))
    print(f"{len(drawn)} of {len(every)} faults, drawn with seed {seed}", flush=True)
    told = tried(drawn)
    write(f"Drawn with seed {seed}: {len(told)} of {len(every)} faults.\n\n{report(told)}")


def faults() -> Iterator[SourceFileMutationData]:
    """The faults of each module, made where they are not there yet; what came of an earlier run is forgotten."""
    mutmut.set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    mutmut.setup_source_paths()
    mutmut.create_mutants(1)
    for path in sorted(mutmut.walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        data.exit_code_by_key = dict.fromkeys(data.exit_code_by_key)
        data.save()
        yield data


def tried(names: Sequence[str]) -> dict[str, str]:
    """What came of each fault, in the order given and not the cheapest first, until it was stopped."""
    place = {name: number for number, name in enumerate(names)}
    mutmut.estimated_worst_case_time = place.__getitem__
    mutmut.filter_mutants_with_type_checker = refused
    mutmut._run(tuple(names), 1)
    known: dict[str, int | None] = {}
    for path in mutmut.walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        known |= data.exit_code_by_key
    return {name: status_by_exit_code[known[name]] for name in names if known[name] is not None}


def refused() -> dict[str, FailedTypeCheckMutant]:
    """The faults that strict typing refuses, by name.

    What mutmut's own search finds; that takes minutes to read files of this size.
    """
    found: dict[str, FailedTypeCheckMutant] = {}
    command = [sys.executable, "-m", *config().type_check_command]  # of this environment, whatever else has the name
    with change_cwd(Path("mutants")):
        for path, errors in group_by_path(run_type_checker(command)).items():
            tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            functions = [
                each for each in tree if isinstance(each, ast.FunctionDef) and is_mutated_method_name(each.name)
            ]
            lines = {line: each for each in functions for line in range(each.lineno, (each.end_lineno or 0) + 1)}
            for error in errors:
                if each := lines.get(error.line_number):
                    place = MutatedMethodLocation(path, each.name, each.lineno, each.end_lineno or 0)
                    name = get_mutant_name(path.relative_to(Path.cwd()), each.name)
                    found[name] = FailedTypeCheckMutant(place, name, error)
    return found


def report(told: Mapping[str, str]) -> str:
    """The score of each module and of all, and the survivors with what was changed.

    What ran out of time decides nothing: on a busy machine it may be the machine.
    """
    lines = ["| module | tried | out of time | refused by types | seen by tests |", "|---|---:|---:|---:|---:|"]
    modules: dict[str, list[str]] = {}
    for name, status in told.items():
        modules.setdefault(name.rpartition(".")[0], []).append(status)
    for module, mine in sorted(
        {**modules, "all": list(told.values())}.items(), key=lambda row: (row[0] == "all", row[0])
    ):
        name = "**all**" if module == "all" else f"`{module}`"
        counts = (len(mine), mine.count("timeout"), mine.count(TYPED), mine.count("killed"))
        lines.append(f"| {name} | {' | '.join(map(str, counts))} |")
    ended = [status for status in told.values() if status != "timeout"]
    seen = sum(status in SEEN for status in ended)
    low, high = interval(seen, len(ended))
    share = f"**{seen / len(ended):.0%}** of those that came to an end"
    lines += ["", f"Seen: {share}; of all faults between {low:.0%} and {high:.0%} (95 %)."]
    left = sorted(name for name, status in told.items() if status not in {*SEEN, "timeout"})
    return "\n".join([*lines, "", "Not seen:", "", *(f"- `{name}`: {changed(name)}" for name in left)])


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
    asked = sys.argv[1:] or [SAMPLE]
    if "." in asked[0]:
        list(faults())
        print(report(tried(asked)))
    else:
        main(asked[0], int(asked[1]) if asked[1:] else random.SystemRandom().randrange(10_000))
