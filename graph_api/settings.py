"""Every setting, in one table, read once from the environment."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

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
    store_auth: str = ""
    """How it knows us: basic or digest (PASSERELLE_STORE_USER, …_PASSWORD), bearer (PASSERELLE_STORE_TOKEN); or not."""
    base: str = ""
    """Public address of this server, for links; when empty, the address that a client has connected to."""
    query_seconds: float = 10.0
    """Time that a user's SPARQL query may take."""
    query_seconds_cap: float = 60.0
    """The most time that `timeout=` can ask for."""
    query_megabytes: int = 256
    """Memory that a query may take in its process, besides that of the open graph."""
    result_megabytes: int = 64
    """Largest result of a user's SPARQL query."""
    query_characters: int = 300_000
    """Longest SPARQL query accepted; a VALUES of all occupations of ESCO has 220,000 characters."""
    query_workers: int = 2
    """How many users' SPARQL queries run at once."""
    query_waiting: int = 8
    """How many more may wait for a place before they are turned away."""
    rewrite: str = "on"
    """Whether queries of known shapes are said in words that the engine answers faster: on or off."""
    memory: str = "off"
    """Whether each server process holds the graph in memory for SPARQL queries, as `serve --memory`: on or off."""
    kept_megabytes: int = 32
    """How much of whole answers a process keeps, to give them again while the same data are served; 0 keeps none."""
    requests_per_minute: int = 120_000
    """How many requests of one client the doors for machines answer in a minute; RateLimit headers say what is left."""
    body_kilobytes: int = 1024
    """Largest body of a request."""
    batch_kilobytes: int = 16_384
    """Largest body of NDJSON, in which ten thousand questions fit."""
    batch_workers: int = 1
    """How many processes answer NDJSON, line by line in turn; as many answer other costly requests."""
    body_seconds: float = 20.0
    """Time within which a body must have arrived."""
    head_seconds: float = 10.0
    """Time within which a client must have sent the head of a request, or is hung up on."""
    reading_seconds: float = 30.0
    """Time for which a client may read nothing of an answer, before it is hung up on."""
    log: str = "text"
    """How the log is written: text or json, a line for each event; of requests id, door, status and time."""
    hosts: str = ""
    """Names, besides that of PASSERELLE_BASE, under which this server is known, separated by blanks."""
    proxies: str = "127.0.0.1"
    """Addresses of proxies whose X-Forwarded-For, -Proto, -Host and -Prefix are believed, separated by blanks."""
    contact: str = ""
    """E-mail address or page of whoever runs this server, shown on the about page; none when empty."""
    proposals: Path | None = None
    """File in which what readers propose is kept, and outlives a restart; nothing is taken in where it is not given."""
    proposals_a_day: int = 20
    """How many proposals one sender may make in a day, to one process of the server."""
    proposals_at_most: int = 5000
    """How many proposals are kept in all; when there are so many, no more are taken in."""
    service_allow: str = ""
    """Endpoints that SERVICE may call, separated by blanks; none when empty."""
    service_seconds: float = 5.0
    """Time that one federated query may take."""

    @property
    def ontology(self) -> Path:
        """The folder of the vocabulary, the rules and the example queries."""
        return packaged("ontology") if self.sources is None else self.sources / "ontology"

    @property
    def reforms(self) -> Path:
        """The folder of the reforms that somebody proposes; it may be absent."""
        return packaged("reforms") if self.sources is None else self.sources / "reforms"


_NOT_SETTINGS: Final = frozenset({"PASSERELLE_STORE_USER", "PASSERELLE_STORE_PASSWORD", "PASSERELLE_STORE_TOKEN"})
"""The account on the engine, with which queries ask and `publish` writes; it is never shown."""
_ACCOUNTS: Final = ("", "basic", "digest", "bearer")
_LOGS: Final = ("text", "json")
_SWITCHED: Final = ("on", "off")
_OF_TESTS: Final = "PASSERELLE_TEST_"
_ADDRESSES: Final = ("base", "store")


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; an unusable value is named with what to write instead. Raises BadRequest."""
    environment = os.environ if environment is None else environment
    given: dict[str, Any] = {}
    for field in fields(Settings):
        name = variable(field.name)
        if name in environment:
            given[field.name] = _read(name, str(field.type), environment[name])
    _refuse_unknown(environment)
    return _checked(Settings(**given))


@dataclass(frozen=True, repr=False)
class Account:
    """How an engine elsewhere knows us."""

    kind: str
    user: str = ""
    password: str = ""
    token: str = ""


def account(settings: Settings, environment: Mapping[str, str] | None = None) -> Account | None:
    """The account on the engine that the settings name. Raises BadRequest where a part of it is missing."""
    environment = os.environ if environment is None else environment
    if not settings.store_auth:
        return None
    parts = ("token",) if settings.store_auth == "bearer" else ("user", "password")
    given = {part: environment.get(variable(f"store_{part}"), "") for part in parts}
    for part, value in given.items():
        if not value:
            name = variable(f"store_{part}")
            raise BadRequest(name, f"{variable('store_auth')} is {settings.store_auth}, and {name} is not set; set it")
    return Account(settings.store_auth, **given)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"PASSERELLE_{name.upper()}"


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {variable(field.name) for field in fields(Settings)} | _NOT_SETTINGS
    for name in sorted(environment):
        if name.startswith("PASSERELLE_") and name not in known and not name.startswith(_OF_TESTS):
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "`passerelle settings` lists them"
            raise BadRequest(name, f"{name} is no setting; {hint}")


def _checked(settings: Settings) -> Settings:
    for name in _ADDRESSES:
        value = getattr(settings, name)
        if value and not _is_address(value):
            raise BadRequest(
                variable(name), f"{variable(name)} is '{value}'; write an address that begins with https://"
            )
    if settings.store_auth not in _ACCOUNTS:
        name = variable("store_auth")
        raise BadRequest(name, f"{name} is '{settings.store_auth}'; write basic, digest or bearer, or leave it out")
    if settings.log not in _LOGS:
        name = variable("log")
        raise BadRequest(name, f"{name} is '{settings.log}'; write {' or '.join(_LOGS)}")
    for name, value in ((variable("rewrite"), settings.rewrite), (variable("memory"), settings.memory)):
        if value not in _SWITCHED:
            raise BadRequest(name, f"{name} is '{value}'; write {' or '.join(_SWITCHED)}")
    if settings.memory == "on" and settings.store:
        name = variable("memory")
        raise BadRequest(name, f"{name} holds a graph that was built here, and {variable('store')} names an engine")
    if settings.query_seconds_cap < settings.query_seconds:
        name = variable("query_seconds_cap")
        raise BadRequest(name, f"{name} is below PASSERELLE_QUERY_SECONDS; write {settings.query_seconds:g} or more")
    return settings


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
    except ValueError:
        return False


def _read(name: str, kind: str, text: str) -> object:
    if "Path" in kind:
        return Path(text)
    if kind == "str":
        return text
    try:
        value = float(text) if kind == "float" else int(text)
    except ValueError:
        raise BadRequest(name, f"{name} is '{text}'; write a number") from None
    if not 0 < value < math.inf:
        raise BadRequest(name, f"{name} is {text}; write a number above 0")
    return value
