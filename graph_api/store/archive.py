"""The archive as the service reads it; `build/archive` writes it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from graph_api.rdf.terms import GRAPH, NAMESPACE
from graph_api.store.local import CurrentStore, EmbeddedStore

ARCHIVE: Final = f"{NAMESPACE}archive"
"""The IRI of the archive as a dataset."""
VERSIONS: Final = f"{GRAPH}versions/"
LINK: Final = "archive"
"""The symbolic link, in the data folder, to the archive that is served."""


class Archive:
    """The archive that a data folder serves; follows a switch."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._lock = threading.Lock()
        self._store: CurrentStore | None = None

    def opened(self) -> EmbeddedStore:
        """The archive to use for one whole request. Raises NoGraph."""
        with self._lock:
            if self._store is None:
                self._store = CurrentStore(self._data, LINK)
        return self._store.opened()
