"""Three real questions for the first page and what is answered: worked out once for each version; nobody waits."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from graph_api.errors import GraphError
from graph_api.recognition.question import question_from
from graph_api.store.per_version import PerVersion
from graph_api.web.pages.answer_view import answer_of
from graph_api.web.services import Services

_FILE: Final = Path(__file__).parents[1] / "templates" / "examples.json"
ASKED: Final[Mapping[str, Mapping[str, str]]] = json.loads(_FILE.read_text(encoding="utf-8"))
"""The questions, by the name under which the page tells them."""


class Examples:
    """The examples over one store."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._answers: PerVersion[str, Mapping[str, str]] = PerVersion(services.store, self.answers)
        self._begun: set[tuple[str, str]] = set()

    def told(self, lang: str) -> list[tuple[str, Mapping[str, str], str | None]]:
        """Name, question and answer; nobody waits: who comes first sees the questions alone."""
        known = self._answers.known(lang)
        if known is None and (key := (self._services.store.version, lang)) not in self._begun:
            self._begun.add(key)
            threading.Thread(target=self._answers.get, args=(lang,), daemon=True).start()
        return [(name, asked, (known or {}).get(name)) for name, asked in ASKED.items()]

    def answers(self, lang: str) -> Mapping[str, str]:
        """The first verdict on each question; none where this graph does not know what is asked."""
        found = {}
        for name, asked in ASKED.items():
            try:
                said = self._services.path_finder.find(question_from([*asked.items(), ("lang", lang)]))
                headline = answer_of(self._services.store, said, lang).headline
            except GraphError:
                continue
            if headline:
                found[name] = headline
        return found
