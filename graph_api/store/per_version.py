"""What is worked out once for each version of the data, and kept until the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from graph_api.store.graph_store import GraphStore

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class PerVersion(Generic[Key, Value]):
    """Values by key, made when first asked for and forgotten when the store serves another version.

    Who asks for a value that is being made waits for it; when its making fails, all who waited are told, and the next
    to ask makes it anew.
    """

    def __init__(self, store: GraphStore, make: Callable[[Key], Value]) -> None:
        self._store, self._make = store, make
        self._lock = threading.Lock()
        self._version = ""
        self._values: dict[Key, Future[Value]] = {}

    def get(self, key: Key) -> Value:
        """The value for the key, from the version that is served now."""
        version = self._store.version
        with self._lock:
            if version != self._version:
                self._version, self._values = version, {}
            values = self._values
            known = values.get(key)
            value = values.setdefault(key, known or Future())
        if known is None:
            self._fill(value, key, values)
        return value.result()

    def _fill(self, value: Future[Value], key: Key, values: dict[Key, Future[Value]]) -> None:
        try:
            value.set_result(self._make(key))
        except BaseException as error:
            with self._lock:
                values.pop(key, None)
            value.set_exception(error)
            raise


class Current(Generic[Value]):
    """One value, made when first asked for and anew when the store serves another version."""

    def __init__(self, store: GraphStore, make: Callable[[], Value]) -> None:
        self._kept: PerVersion[str, Value] = PerVersion(store, lambda _: make())

    def get(self) -> Value:
        """The value from the version that is served now."""
        return self._kept.get("")
