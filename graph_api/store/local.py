"""The graph on disk, as the build has left it."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, Store

from graph_api.errors import BadQuery, NoGraph
from graph_api.store.graph_store import JSON_RESULTS, Dataset

_LOOK_AGAIN_SECONDS: Final = 0.5
_HOLDS: Final = {"current": "built graph", "archive": "archive"}


class EmbeddedStore:
    """A built graph on disk, opened for reading; any number of processes can share it."""

    def __init__(self, directory: Path) -> None:
        report = directory / "report.json"
        if not report.is_file():
            raise NoGraph(f"{directory} holds no built graph; run `passerelle build`")
        self.directory = directory
        self.version: str = json.loads(report.read_text(encoding="utf-8"))["version"]
        self._store = Store.read_only(str(directory / "store"))

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        """The result in that media type, over the given graphs only. Raises BadQuery.

        The build has written the union of all named graphs into the default graph, each triple once: the engine's own
        union would count a triple of two graphs twice, and would override FROM.
        """
        try:
            results = self._store.query(text, **graphs_of(dataset))
        except SyntaxError as error:
            raise BadQuery(f"this is not SPARQL 1.1: {error}") from None
        return serialize(results, media_type)


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
        return results.serialize(format=rdf) or b""
    table = QueryResultsFormat.from_media_type(media_type)
    if table is None:
        raise BadQuery(f"a result table cannot be written as {media_type}; ask for {JSON_RESULTS}")
    return results.serialize(format=table) or b""


class CurrentStore:
    """The graph that a link such as `<data>/current` points at; follows a switch without dropping a request."""

    def __init__(self, data: Path, link: str = "current") -> None:
        self._link = data / link
        self._lock = threading.Lock()
        self._looked = 0.0
        self._opened = EmbeddedStore(self._target())

    def _target(self) -> Path:
        if not self._link.exists():
            raise NoGraph(f"{self._link.parent} holds no {_HOLDS[self._link.name]}; run `passerelle build`")
        return self._link.resolve()

    def opened(self) -> EmbeddedStore:
        """The store to use for one whole request, so that its answers come from one version."""
        now = time.monotonic()
        if now - self._looked > _LOOK_AGAIN_SECONDS:
            with self._lock:
                self._looked = now
                target = self._target()
                if target != self._opened.directory:
                    self._opened = EmbeddedStore(target)
        return self._opened

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        """The result in that media type, over the given graphs only. Raises BadQuery."""
        return self.opened().query(text, media_type, dataset)

    @property
    def version(self) -> str:
        """The version that the link points at now."""
        return self.opened().version
