"""Every setting, in one table, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from graph_api.errors import BadRequest
from graph_api.rdf.terms import packaged

KEPT_VERSIONS: Final = 5


@dataclass(frozen=True)
class Settings:
    """What a running Passerelle is told from outside; each field is `PASSERELLE_<NAME>`."""

    data: Path = Path("var")
    """Folder of the built graphs; `current` inside it is the one served."""
    sources: Path | None = None
    """Folder that holds `ontology/` and `mappings/`; the packaged ones when not given."""
    keep_versions: int = KEPT_VERSIONS
    """How many built versions stay; a build lets go of older ones, their dumps and their changes."""
    store: str = ""
    """Address of a SPARQL 1.1 endpoint to use instead of the built graph on disk."""
    base: str = ""
    """Public address of this server, for links; taken from each request when empty."""
    query_seconds: float = 10.0
    """Time that a user's SPARQL query may take."""
    query_seconds_cap: float = 60.0
    """The most time that `timeout=` can ask for."""
    query_megabytes: int = 2048
    """Memory that one query process may use."""
    result_megabytes: int = 64
    """Largest result of a user's SPARQL query."""
    query_characters: int = 50_000
    """Longest SPARQL query accepted."""
    query_workers: int = 2
    """How many users' SPARQL queries run at once."""
    query_waiting: int = 8
    """How many more may wait for a place before they are turned away."""
    body_kilobytes: int = 1024
    """Largest body of a request."""
    body_seconds: float = 20.0
    """Time within which a body must have arrived."""
    service_allow: str = ""
    """Endpoints that SERVICE may call, separated by blanks; none when empty."""
    service_seconds: float = 5.0
    """Time that one federated query may take."""

    @property
    def ontology(self) -> Path:
        """The folder of the vocabulary, the rules and the example queries."""
        return packaged("ontology") if self.sources is None else self.sources / "ontology"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; an unusable value is named with what to write instead."""
    environment = os.environ if environment is None else environment
    given: dict[str, Any] = {}
    for field in fields(Settings):
        name = f"PASSERELLE_{field.name.upper()}"
        if name in environment:
            given[field.name] = _read(name, str(field.type), environment[name])
    return Settings(**given)


def _read(name: str, kind: str, text: str) -> object:
    if "Path" in kind:
        return Path(text)
    if kind == "str":
        return text
    try:
        value = float(text) if kind == "float" else int(text)
    except ValueError:
        raise BadRequest(name, f"{name} is '{text}'; write a number") from None
    if value <= 0:
        raise BadRequest(name, f"{name} is {text}; write a number above 0")
    return value
