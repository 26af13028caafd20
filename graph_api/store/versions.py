"""Every built version in the data folder stays addressable: what there is, when it was built, and the store in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from graph_api.errors import UnknownIdentifier
from graph_api.rdf.terms import GRAPH
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.store.whole import watch

_NOT_OURS: Final = (f"{GRAPH}releases/", f"{GRAPH}build")
_OPEN_AT_ONCE: Final = 4
_NAMED_AT_MOST: Final = 20


@dataclass(frozen=True)
class Version:
    """One built graph."""

    name: str
    directory: Path
    report: Mapping[str, Any]

    @property
    def built(self) -> str:
        """When it was built (RFC 3339); empty when the build did not say."""
        return str(self.report.get("built", ""))

    @property
    def triples(self) -> int:
        """How many statements it holds."""
        return int(self.report.get("triples", 0))

    @property
    def graphs(self) -> Mapping[str, int]:
        """The named graphs with their statements."""
        graphs: Mapping[str, int] = self.report.get("graphs", {})
        return graphs

    @property
    def own_graphs(self) -> Mapping[str, int]:
        """The graphs made from tables, vocabulary and rules: not the imported releases, nor the note on the build."""
        return {name: size for name, size in self.graphs.items() if not name.startswith(_NOT_OURS)}

    @property
    def dump(self) -> Path:
        """Our own graphs as sorted N-Quads."""
        return self.directory / "dump.nq.gz"


class Versions:
    """The versions in a data folder, and the one that the store serves."""

    def __init__(self, data: Path, store: GraphStore) -> None:
        self._data, self._store = data, store

    def all(self) -> list[Version]:
        """The versions, the newest first."""
        folders = set((self._data / "graphs").glob("[!.]*"))
        if isinstance(self._store, EmbeddedStore):
            folders.add(self._store.directory)
        found: dict[str, Version] = {}
        for folder in sorted(folders):
            version = _read(folder)
            if version and (version.name not in found or self._prefers(version)):
                found[version.name] = version
        return sorted(found.values(), key=lambda version: (version.built, version.name), reverse=True)

    def _prefers(self, version: Version) -> bool:
        """Of two folders with the same version, the one that is whole: it was built to replace the other."""
        return not watch(version.directory).sizes()

    def broken(self) -> dict[str, str]:
        """Folders that hold no version that could be served, with what is wrong; contents are not read."""
        found = {}
        for folder in sorted((self._data / "graphs").glob("[!.]*")):
            wrong = watch(folder).sizes()
            if wrong or _read(folder) is None:
                found[folder.name] = wrong[0] if wrong else "report.json cannot be read"
        return found

    def one(self, name: str) -> Version:
        """The version of that name. Raises UnknownIdentifier, which names those there are."""
        known = self.all()
        for version in known:
            if version.name == name:
                return version
        raise UnknownIdentifier("version", name, [version.name for version in known[:_NAMED_AT_MOST]])

    def current(self) -> Version | None:
        """The version that is served; None where the store is elsewhere and keeps no files here."""
        name = self._store.version
        return next((version for version in self.all() if version.name == name), None)

    def asked(self, name: str | None) -> Version:
        """The version of that name, or the served one where none is named. Raises UnknownIdentifier."""
        return self.one(name or self._store.version)

    def opened(self, name: str | None) -> GraphStore:
        """The store to use for one whole request over that version. Raises UnknownIdentifier."""
        served = self._store.opened() if isinstance(self._store, CurrentStore) else self._store
        if not name or name == served.version:
            return served
        return _opened(self.one(name).directory)


def _read(folder: Path) -> Version | None:
    """The version in a folder; None where its report cannot be read."""
    path = folder.resolve() / "report.json"
    try:
        return _report(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, TypeError, KeyError):
        return None


@lru_cache(maxsize=1000)
def _report(path: Path, _changed: int) -> Version:
    report = json.loads(path.read_text(encoding="utf-8"))
    return Version(str(report["version"]), path.parent, report)


@lru_cache(maxsize=_OPEN_AT_ONCE)
def _opened(directory: Path) -> EmbeddedStore:
    return EmbeddedStore(directory)
