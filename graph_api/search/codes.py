"""A code or address of another classification -> our professions, by the mappings of the graph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, cast

from graph_api.rdf.terms import local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.per_version import PerVersion
from graph_api.store.queries import iris, select
from graph_api.store.things import one, read_things

_SEEN_FROM_THE_CODE: Final = {"broadMatch": "narrowMatch", "narrowMatch": "broadMatch"}
Predicate = Literal["exactMatch", "closeMatch", "narrowMatch", "broadMatch"]
_ORDER: Final = ("exactMatch", "closeMatch", "narrowMatch", "broadMatch")
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_HAS_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True)
class CodeMatch:
    """A profession that a code stands for; `predicate` says what the profession is to the code's concept."""

    profession: str
    predicate: Predicate
    concept: str


class ProfessionCodes:
    """Reads the mappings of one store, each code once for each version of the data."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._spaces: PerVersion[str, tuple[str, ...]] = PerVersion(store, lambda _: self._read_spaces())
        self._found: PerVersion[str, tuple[CodeMatch, ...]] = PerVersion(store, self._read)

    def of(self, text: str) -> tuple[CodeMatch, ...]:
        """The professions that the code or address stands for, the closest first; none for what looks like no code."""
        last = text.strip().rsplit("/", 1)[-1]
        code = re.sub(r"\s+", "", last)
        return self._found.get(code) if _CODE.fullmatch(code) and _HAS_DIGIT.search(code) else ()

    def chosen(self, text: str) -> CodeMatch | None:
        """The one profession that is closest to the code; None where several are equally close, or none."""
        found = self.of(text)
        nearest = [match for match in found if match.predicate == found[0].predicate]
        return nearest[0] if len(nearest) == 1 else None

    def _read_spaces(self) -> tuple[str, ...]:
        found = (one(thing, "uriSpace") for thing in read_things(self._store, "schemes").values())
        return tuple(sorted(space for space in found if space))

    def _concepts(self, code: str) -> Iterator[str]:
        """The addresses that the code may stand for; one may leave out or write the letter before a number."""
        for space in self._spaces.get(""):
            for form in dict.fromkeys((code, code.upper(), code.lower())):
                yield space + form
                if space.endswith(form[:1]) and not space.endswith("/"):
                    yield space + form[1:]

    def _read(self, code: str) -> tuple[CodeMatch, ...]:
        found = [
            CodeMatch(row["profession"], cast("Predicate", _SEEN_FROM_THE_CODE.get(name, name)), row["concept"])
            for row in select(self._store, "professions_matched", concept=iris(dict.fromkeys(self._concepts(code))))
            for name in (local_name(row["predicate"]),)
        ]
        nearest: dict[str, CodeMatch] = {}
        for match in sorted(found, key=lambda match: (_ORDER.index(match.predicate), match.profession)):
            nearest.setdefault(match.profession, match)
        return tuple(nearest.values())
