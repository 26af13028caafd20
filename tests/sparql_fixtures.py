"""Small built graphs, and the service over them: in this process, or on a free port of the loopback."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pyoxigraph import Literal, NamedNode, Quad, Store

from graph_api.settings import Settings
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import EmbeddedStore
from graph_api.web.app import create_app

EX = "http://example.org/"


def node(name: str) -> NamedNode:
    return NamedNode(EX + name)


def quad(subject: str, predicate: str, value: str, graph: str) -> Quad:
    return Quad(node(subject), node(predicate), Literal(value), node(graph))


TWO_GRAPHS = (
    quad("anna", "name", "Anna", "one"),
    quad("bram", "name", "Bram", "one"),
    quad("anna", "town", "Namur", "two"),
)


def graph_directory(folder: Path, quads: Iterable[Quad], version: str = "v1") -> Path:
    """A built graph of these quads, as the server expects it."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(str(folder / "store"))
    store.extend(quads)
    store.flush()
    (folder / "report.json").write_text(json.dumps({"version": version}), encoding="utf-8")
    return folder


def many(count: int) -> list[Quad]:
    """A graph on which a cross product has count² rows."""
    return [quad(f"thing{number}", "label", f"the label of thing {number}", "many") for number in range(count)]


@contextmanager
def client_of(directory: Path, settings: Settings | None = None) -> Iterator[TestClient]:
    """The service over a built graph."""
    app = create_app(settings or Settings(), EmbeddedStore(directory))
    with TestClient(app, follow_redirects=False) as client:
        yield client


@contextmanager
def client_over(store: GraphStore, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, store), follow_redirects=False) as client:
        yield client


@contextmanager
def live(app: FastAPI) -> Iterator[str]:
    """The service on a free port; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


class Listener:
    """A socket that counts who calls, and hangs up or, `patient`, lets them wait."""

    def __init__(self, patient: bool = False) -> None:
        self._patient, self._callers = patient, list[socket.socket]()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.calls = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            if self._patient:
                self._callers.append(caller)
            else:
                caller.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for caller in self._callers:
            caller.close()
