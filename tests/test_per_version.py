"""What is worked out once for each version of the data."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from graph_api.store.per_version import PerVersion


def test_values_go_when_the_version_changes() -> None:
    store: Any = SimpleNamespace(version="1")
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return f"{key}{store.version}"

    kept = PerVersion(store, make)
    assert [kept.get("a"), kept.get("a"), kept.get("b")] == ["a1", "a1", "b1"]
    store.version = "2"
    assert [kept.get("a"), made] == ["a2", ["a", "b", "a"]]


def test_two_who_ask_at_once_have_one_value_made() -> None:
    making, may_end = threading.Event(), threading.Event()
    made: list[str] = []

    def make(key: str) -> object:
        made.append(key)
        making.set()
        assert may_end.wait(20)
        return object()

    store: Any = SimpleNamespace(version="1")
    kept = PerVersion(store, make)
    with ThreadPoolExecutor(2) as both:
        first = both.submit(kept.get, "a")
        assert making.wait(20)
        second = both.submit(kept.get, "a")
        may_end.set()
        assert first.result(20) is second.result(20)
    assert made == ["a"]


def test_what_could_not_be_made_is_made_by_the_next_who_asks() -> None:
    broken = [True]

    def make(key: str) -> str:
        if broken.pop():
            raise LookupError(key)
        return key

    store: Any = SimpleNamespace(version="1")
    kept = PerVersion(store, make)
    with pytest.raises(LookupError, match="a"):
        kept.get("a")
    broken.append(False)
    assert kept.get("a") == "a"
