"""The graph on disk, as the build has left it."""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, Store
from pyoxigraph import serialize as serialize_rdf

from graph_api.errors import BadQuery, NoGraph, StoreUnavailable
from graph_api.rdf.xml_text import cleaned_bytes, writable
from graph_api.store.graph_store import JSON_RESULTS, Dataset
from graph_api.store.whole import led_to, watch

_log = logging.getLogger("passerelle.store")

LOOKUPS: Final = "lookups.db"
"""What a build writes beside the store; versions of reforms, and of earlier programs, have none."""
_LOOK_AGAIN_SECONDS: Final = 0.5
_SEEN_SECONDS: Final = 0.01
_HOLDS: Final = {"current": "built graph", "archive": "archive"}
_FOLDERS: Final = {"current": "graphs", "archive": "archives"}
_ENGINE_ERRORS: Final = (OSError, RuntimeError)


class EmbeddedStore:
    """A built graph on disk, opened for reading; any number of processes can share it."""

    def __init__(self, directory: Path) -> None:
        """Raises NoGraph where there is none, or where it is plainly not whole."""
        report = directory / "report.json"
        if not directory.is_dir():
            raise NoGraph(f"{directory} holds no built graph; run `passerelle build`")
        self.directory, self._watch = directory, watch(directory)
        self.has_lookups = (directory / LOOKUPS).is_file()
        if wrong := self._watch.sizes() or self._watch.faults({report.name}):
            raise _damaged(directory, wrong[0])
        if not report.is_file():
            raise NoGraph(f"{directory} holds no built graph; run `passerelle build`")
        try:
            self.version: str = json.loads(report.read_text(encoding="utf-8"))["version"]
            self._store = Store.read_only(str(directory / "store"))
        except (ValueError, TypeError, KeyError):
            raise _damaged(directory, "report.json cannot be read") from None
        except _ENGINE_ERRORS as error:
            _log.error("%s: %s", directory, error)
            raise _damaged(directory, "its store cannot be opened") from None

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        """The result in that media type, over the given graphs only. Raises BadQuery, StoreUnavailable.

        The build has written the union of all named graphs into the default graph, each triple once: the engine's own
        union would count a triple of two graphs twice, and would override FROM.
        """
        try:
            return serialize(self._store.query(text, **graphs_of(dataset)), media_type)
        except SyntaxError as error:
            raise BadQuery(f"this is not SPARQL 1.1: {error}") from None
        except _ENGINE_ERRORS as error:
            _log.error("%s: %s", self.directory, error)
            raise StoreUnavailable(f"version {self.version} cannot be read; run `passerelle verify`") from None

    def faults(self) -> list[str]:
        """What is wrong with the files of this version; files that did not change since are not read again."""
        return [f"version {self.version}: {fault}" for fault in self._watch.faults()]


def _damaged(directory: Path, fault: str) -> NoGraph:
    return NoGraph(f"{directory.parent.name}/{directory.name} is damaged ({fault}); run `passerelle build`")


def graphs_of(dataset: Dataset | None) -> dict[str, Any]:
    """The dataset as the engine's arguments; without one, the query's own clauses hold."""
    if dataset is None:
        return {}
    return {
        "default_graph": [NamedNode(iri) for iri in dataset.default],
        "named_graphs": [NamedNode(iri) for iri in dataset.named],
    }


def serialize(results: QuerySolutions | QueryBoolean | QueryTriples, media_type: str) -> bytes:
    """A query's result in the media type. Raises BadQuery when its form cannot be written so."""
    if isinstance(results, QueryTriples):
        rdf = RdfFormat.from_media_type(media_type)
        if rdf is None:
            raise BadQuery(f"a graph cannot be written as {media_type}; ask for text/turtle")
        return serialize_rdf(writable(results) if rdf == RdfFormat.RDF_XML else results, format=rdf) or b""
    table = QueryResultsFormat.from_media_type(media_type)
    if table is None:
        raise BadQuery(f"a result table cannot be written as {media_type}; ask for {JSON_RESULTS}")
    body = results.serialize(format=table) or b""
    return cleaned_bytes(body) if table == QueryResultsFormat.XML else body


class CurrentStore:
    """The graph that a link such as `<data>/current` points at; follows a switch without dropping a request.

    Where the link leads to nothing that is whole, the last version that is whole stays served, and `faults` says why.
    """

    def __init__(self, data: Path, link: str = "current") -> None:
        """Raises NoGraph where no version can be served."""
        self._link = data / link
        self._lock = threading.Lock()
        self._looked = self._seen = 0.0
        self._trouble = ""
        try:
            self._opened = EmbeddedStore(self._target())
        except NoGraph as error:
            self._trouble = str(error)
            self._opened = self._other_than_linked(error)

    def _target(self) -> Path:
        if not self._link.exists():
            what = _HOLDS[self._link.name]
            if self._link.is_symlink():
                raise NoGraph(f"{self._link.name} leads to no {what}; run `passerelle build`")
            raise NoGraph(f"{self._link.parent} holds no {what}; run `passerelle build`")
        return led_to(self._link)

    def _other_than_linked(self, error: NoGraph) -> EmbeddedStore:
        """The newest version that can be opened. Raises the error where there is none."""
        folders = (self._link.parent / _FOLDERS[self._link.name]).glob("[!.]*/report.json")
        for report in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True):
            try:
                found = EmbeddedStore(report.parent)
            except NoGraph:
                continue
            if not found.faults():
                _log.error("%s; version %s is served in its place", error, found.version)
                return found
        raise error

    def opened(self) -> EmbeddedStore:
        """The store to use for one whole request, so that its answers come from one version."""
        now = time.monotonic()
        if now - self._looked > _LOOK_AGAIN_SECONDS or self._is_gone(now):
            with self._lock:
                self._looked = now
                self._follow()
        return self._opened

    def _is_gone(self, now: float) -> bool:
        """Whether the folder that is served was taken away; not asked of the disk again within a moment."""
        if now - self._seen < _SEEN_SECONDS:
            return False
        self._seen = now
        return not self._opened.directory.is_dir()

    def _follow(self) -> None:
        try:
            target = self._target()
            if target != self._opened.directory:
                self._opened = EmbeddedStore(target)
            self._trouble = ""
        except NoGraph as error:
            if str(error) != self._trouble:
                _log.error("%s; version %s stays served", error, self._opened.version)
            self._trouble = str(error)

    def faults(self) -> list[str]:
        """Why what is served is not the whole current version; nothing where it is."""
        opened = self.opened()
        if self._trouble:
            return [f"{self._trouble}; version {opened.version} is served in its place", *opened.faults()]
        return opened.faults()

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        """The result in that media type, over the given graphs only. Raises BadQuery."""
        return self.opened().query(text, media_type, dataset)

    @property
    def version(self) -> str:
        """The version that the link points at now."""
        return self.opened().version
