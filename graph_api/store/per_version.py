"""What is worked out once for each version of the data, and kept until the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from graph_api.store.graph_store import GraphStore

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class PerVersion(Generic[Key, Value]):
    """Values by key, made when first asked for and forgotten when the store serves another version."""

    def __init__(self, store: GraphStore, make: Callable[[Key], Value]) -> None:
        self._store, self._make = store, make
        self._lock = threading.Lock()
        self._version = ""
        self._values: dict[Key, Value] = {}

    def get(self, key: Key) -> Value:
        """The value for the key, from the version that is served now."""
        version = self._store.version
        with self._lock:
            if version != self._version:
                self._version, self._values = version, {}
            if key in self._values:
                return self._values[key]
        value = self._make(key)
        with self._lock:
            if version == self._version:
                self._values[key] = value
        return value

    def known(self, key: Key) -> Value | None:
        """The value for the key where it was made already, for the version that is served now."""
        with self._lock:
            return self._values.get(key) if self._version == self._store.version else None


class Current(Generic[Value]):
    """One value, made when first asked for and anew when the store serves another version."""

    def __init__(self, store: GraphStore, make: Callable[[], Value]) -> None:
        self._kept: PerVersion[str, Value] = PerVersion(store, lambda _: make())

    def get(self) -> Value:
        """The value from the version that is served now."""
        return self._kept.get("")
