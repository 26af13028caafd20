"""The process that makes a map of obstacles, seen from inside: told which graph and day, it says how far it is."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from graph_api.errors import GraphError
from graph_api.obstacles import kept
from graph_api.obstacles.asking import Progress
from graph_api.reform.folder import data_of
from graph_api.reform.touched import make_map
from graph_api.store.whole import led_to
from graph_api.web.processes import begun


def _main(link_number: str, data: str, directory: str, day: str) -> None:
    link = begun(link_number)

    def say(done: int, of: int) -> None:
        link.send_bytes(json.dumps({"done": done, "of": of}).encode())

    try:
        _make(Path(data), Path(directory), date.fromisoformat(day), say)
    except (GraphError, OSError) as error:
        link.send_bytes(json.dumps({"wrong": type(error).__name__}).encode())
        return
    link.send_bytes(b'{"made": true}')


def _make(data: Path, directory: Path, day: date, say: Progress) -> None:
    """Make the map; of a reform ask only what it can touch, where the map of the law in force is there."""
    law = data.parent.parent
    if data == data_of(law, data.name) and led_to(data / "current") == directory and (law / "current").exists():
        make_map(law, data, day, say)
    else:
        kept.make(data, directory, day, say)


if __name__ == "__main__":
    _main(*sys.argv[1:])
