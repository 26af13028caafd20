"""Whole releases into a running server: how long until it shows them, and how much memory the import takes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.systems import megabytes, passerelle
from graph_api.inputs import releases

SECONDS, MEGABYTES = 60, 1024


@dataclass(frozen=True)
class Imported:
    """One release: its name and size, seconds until the server showed it, and the most memory of the import in MiB."""

    name: str
    statements: int
    seconds: float
    megabytes: float


def run(data: Path, folders: Sequence[Path]) -> Iterator[Imported]:
    """Import one folder of ESCO after the other while a server runs over the data folder."""
    with passerelle(data) as (address, _, _):
        for folder in folders:
            had = {release.name for release in releases.list_releases(data)}
            before, began = _version(address), time.perf_counter()
            command = [sys.executable, "-m", "graph_api", "import", "esco", str(folder), "--data", str(data)]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            most = 0.0
            while process.poll() is None:
                most = max(most, _memory(process.pid))
                time.sleep(0.05)
            if process.returncode:
                raise RuntimeError(f"the import of {folder} failed")
            while _version(address) == before:
                time.sleep(0.05)
            seconds = time.perf_counter() - began
            new = next(release for release in releases.list_releases(data) if release.name not in had)
            yield Imported(f"ESCO {new.version}", new.triples, seconds, most)


def table(measured: Sequence[Imported]) -> Iterator[str]:
    """The figures as a table."""
    yield "| release | statements | shown after s | peak memory MiB | kept |"
    yield "|---|---:|---:|---:|---|"
    for each in measured:
        kept = "yes" if each.seconds <= SECONDS and each.megabytes <= MEGABYTES else "**no**"
        yield f"| {each.name} | {each.statements:,} | {each.seconds:.1f} | {each.megabytes:.0f} | {kept} |"


def _memory(number: int) -> float:
    """The most memory so far; what `wait` tells would count the process that started it."""
    try:
        return megabytes(number)
    except OSError:
        return 0.0


def _version(address: str) -> str:
    with urllib.request.urlopen(f"{address}/ready", timeout=60) as answer:
        return str(json.load(answer)["data_version"])
