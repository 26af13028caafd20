"""Three real questions for the first page and what is answered: worked out once for each version; nobody waits long."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from graph_api.errors import GraphError
from graph_api.recognition.question import question_from
from graph_api.store.per_version import PerVersion
from graph_api.store.things import LANGUAGES
from graph_api.web.pages.answer_view import answer_of
from graph_api.web.services import Services

_FILE: Final = Path(__file__).parents[1] / "templates" / "examples.json"
_PATIENCE: Final = 10.0
"""Seconds that a reader waits for the answers at most; after a start they take one or two."""
ASKED: Final[Mapping[str, Mapping[str, str]]] = json.loads(_FILE.read_text(encoding="utf-8"))
"""The questions, by the name under which the page tells them."""


class Examples:
    """The examples over one store."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._answers: PerVersion[str, Mapping[str, str]] = PerVersion(services.store, self.answers)
        self._lock = threading.Lock()
        self._working: dict[tuple[str, str], threading.Thread] = {}

    def told(self, lang: str) -> list[tuple[str, Mapping[str, str], str | None]]:
        """Name, question and answer; where working them out takes longer than one waits, the questions alone."""
        if self._answers.known(lang) is None:
            self._work(lang).join(_PATIENCE)
        known = self._answers.known(lang) or {}
        return [(name, asked, known.get(name)) for name, asked in ASKED.items()]

    def read_ahead(self) -> None:
        """Work them out for every language, so that the first reader after a start does not wait."""
        for lang in LANGUAGES:
            self._work(lang).join()

    def _work(self, lang: str) -> threading.Thread:
        """The thread that works them out, begun once for each version and language."""
        key = (self._services.store.version, lang)
        with self._lock:
            thread = self._working.get(key)
            if thread is None:
                thread = threading.Thread(target=self._answers.get, args=(lang,), daemon=True)
                self._working[key] = thread
                thread.start()
        return thread

    def answers(self, lang: str) -> Mapping[str, str]:
        """The first verdict on each question; none where this graph does not know what is asked."""
        found = {}
        for name, asked in ASKED.items():
            try:
                said = self._services.path_finder.find(question_from([*asked.items(), ("lang", lang)]))
                headline = answer_of(self._services.store, said, lang, asked.get("intent")).headline
            except GraphError:
                continue
            if headline:
                found[name] = headline
        return found
