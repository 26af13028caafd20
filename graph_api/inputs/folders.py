"""The folders that a graph is built from."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph_api.errors import GraphError
from graph_api.rdf.terms import packaged


@dataclass(frozen=True)
class Sources:
    """The folders that a graph is built from."""

    ontology: Path
    mappings: Path

    @classmethod
    def under(cls, folder: Path | None) -> Sources:
        """`ontology/` and `mappings/` in the folder, or the packaged ones."""
        if folder is None:
            return cls(packaged("ontology"), packaged("mappings"))
        for name in ("ontology", "mappings"):
            if not (folder / name).is_dir():
                raise GraphError(f"{folder} has no folder '{name}'; name the folder that holds ontology/ and mappings/")
        return cls(folder / "ontology", folder / "mappings")


@contextmanager
def alone(data: Path, work: str, error: type[GraphError] = GraphError) -> Iterator[None]:
    """One `build` or one `import` at a time in a data folder; the lock goes with the process, however it ends."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / f"{work}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise error(f"another {work} is running in {data}; wait for it, or give another --data") from None
        yield
