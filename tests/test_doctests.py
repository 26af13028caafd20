"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import graph_api

MODULES = sorted(found.name for found in pkgutil.walk_packages(graph_api.__path__, "graph_api."))
EXAMPLES = [name for name in MODULES if ">>>" in inspect.getsource(importlib.import_module(name))]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_hold(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert (failed, tried > 0) == (0, True)


def test_there_are_examples() -> None:
    assert {"graph_api.rdf.dates", "graph_api.rdf.terms", "graph_api.web.pages.drawings.path"} <= set(EXAMPLES)
