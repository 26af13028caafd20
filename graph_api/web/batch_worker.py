"""The process that answers the questions of batches, seen from inside: a line in, its answer or what is wrong out.

What nobody foresaw ends the process, and the server says so in the place of the answer.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from graph_api.errors import GraphError
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import question_from_json
from graph_api.settings import Settings
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import EmbeddedStore
from graph_api.store.open_store import open_store
from graph_api.store.whole import led_to
from graph_api.web.processes import begun

REST_SECONDS: Final = 60.0
"""A process that is asked nothing for so long ends, and its memory is free again."""


def fault(number: int, error: str, detail: str) -> bytes:
    """What stands in the place of an answer where a line has none."""
    return _written({"line": number, "error": error, "detail": detail})


class _Answers:
    """The path finder over the graph that was asked for last."""

    def __init__(self, elsewhere: Settings) -> None:
        self._elsewhere = elsewhere
        self._directory = ""
        self._finder: PathFinder | None = None

    def to(self, asked: Mapping[str, Any], line: bytes) -> bytes:
        """The answer to one line, or what is wrong with it."""
        try:
            answer: Mapping[str, object] = self._over(asked["directory"]).find(question_from_json(line))
        except GraphError as error:
            return fault(asked["line"], type(error).__name__, str(error))
        return _written({name: answer.get(name) for name in asked["fields"]} if asked["fields"] else answer)

    def _over(self, directory: str) -> PathFinder:
        if self._finder is None or self._directory != directory:
            store: GraphStore = _opened(Path(directory)) if directory else open_store(self._elsewhere)
            self._finder, self._directory = PathFinder(store), directory
        return self._finder


def _opened(directory: Path) -> EmbeddedStore:
    """The version of a batch; where that was let go meanwhile, the one that is served now. Raises NoGraph."""
    return EmbeddedStore(directory if directory.is_dir() else led_to(directory.parents[1] / "current"))


def _written(found: Mapping[str, object]) -> bytes:
    return json.dumps(found, ensure_ascii=False).encode() + b"\n"


def _main(link_number: str, seconds: str) -> None:
    """`seconds` of the processor is what one line may take; a process that takes more ends by its alarm.

    The first message names the engine elsewhere and its account, where there is one.
    """
    link = begun(link_number)
    elsewhere = json.loads(link.recv_bytes())
    answers = _Answers(Settings(**elsewhere, query_seconds_cap=float(seconds)))
    while link.poll(REST_SECONDS):
        try:
            asked, line = json.loads(link.recv_bytes()), link.recv_bytes()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, float(seconds))
        answer = answers.to(asked, line)
        signal.setitimer(signal.ITIMER_PROF, 0)
        link.send_bytes(answer)


if __name__ == "__main__":
    _main(*sys.argv[1:])
