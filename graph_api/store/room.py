"""Whether this machine has room to hold a built graph in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from graph_api.errors import GraphError

_BYTES_OF_A_STATEMENT: Final = 1000
"""At most: the union of 1,759,142 statements took 0.9 GB, and each stands in its graph too."""
_OF_A_PROCESS: Final = 100 * 2**20
_LEFT_FREE: Final = 512 * 2**20
_MEMORY: Final = Path("/proc/meminfo")
_GROUP: Final = Path("/sys/fs/cgroup")
_MEGABYTE: Final = 2**20


class NoRoom(GraphError):
    """This machine has too little memory for what it is told to hold in it."""


def check_room(directory: Path, times: int = 1) -> None:
    """Raises NoRoom where the graph cannot be held in memory so many times, with some left for queries."""
    needed, found = times * needed_bytes(directory) + _LEFT_FREE, free_bytes()
    if needed > found:
        raise NoRoom(
            f"version {directory.name} in memory takes {needed // _MEGABYTE:,} MiB"
            f"{f' for {times} server processes' if times > 1 else ''}, with what is left free for queries, and this "
            f"machine has {found // _MEGABYTE:,} MiB; serve it without --memory, or make room"
        )


def needed_bytes(directory: Path) -> int:
    """About how much memory the graph takes."""
    report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
    return int(report.get("triples", 0)) * _BYTES_OF_A_STATEMENT + _OF_A_PROCESS


def free_bytes() -> int:
    """How much memory this machine has to give, and the group of processes that this one is in."""
    available = [int(line.split()[1]) * 1024 for line in _MEMORY.read_text().splitlines() if "MemAvailable" in line]
    return min([*available, *_left_in_group()])


def _left_in_group() -> list[int]:
    """What a container may still take, where that has an end."""
    try:
        most, used = ((_GROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return []
    return [int(most) - int(used)] if most.isdigit() and used.isdigit() else []
