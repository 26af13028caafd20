"""The store that the settings name."""

from __future__ import annotations

from graph_api.settings import Settings, account
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import CurrentStore
from graph_api.store.remote import RemoteStore


def open_store(settings: Settings) -> GraphStore:
    """The store that the settings name: an endpoint, or the current built graph on disk. Raises BadRequest."""
    if settings.store:
        return RemoteStore(settings.store, settings.query_seconds_cap, account(settings))
    return CurrentStore(settings.data)
