"""`Accept` to media type, once for all doors (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from graph_api.errors import BadRequest

HTML: Final = "text/html"
JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"
N_TRIPLES: Final = "application/n-triples"
TURTLE: Final = "text/turtle"
RDF_XML: Final = "application/rdf+xml"

SHORT_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "json": ("application/sparql-results+json", "application/ld+json", "application/json"),
    "xml": ("application/sparql-results+xml", "application/rdf+xml"),
    "csv": ("text/csv",),
    "tsv": ("text/tab-separated-values",),
    "ttl": ("text/turtle",),
    "turtle": ("text/turtle",),
    "nt": ("application/n-triples",),
    "nq": ("application/n-quads",),
    "trig": ("application/trig",),
    "rdf": ("application/rdf+xml",),
    "jsonld": ("application/ld+json",),
    "html": ("text/html",),
}
"""What `format=` may say instead of a media type."""

_MEMBER = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_RANGE = re.compile(r"\s*([!#$%&'*+.^_`|~\w-]+/[!#$%&'*+.^_`|~\w-]+)\s*(?:;|\Z)")
_QUALITY = re.compile(r";\s*q\s*=\s*(0(?:\.\d*)?|1(?:\.0*)?)\s*(?:;|\Z)", re.IGNORECASE)
_ANY_QUALITY = re.compile(r";\s*q\s*=", re.IGNORECASE)


def choose(accept: str | None, offered: Sequence[str], override: str | None = None) -> str:
    """The offered media type that the client likes best; among equals the one it named, then the first.

    `override` is the value of `format=` and wins over `accept`. Raises BadRequest, of the parameter `Accept`
    or `format`, saying what can be had.

    >>> choose("text/*;q=0.5, application/json", ["text/turtle", "application/json"])
    'application/json'
    """
    if override:
        return _named(override, offered)
    ranges = tuple(_ranges(accept or ""))
    if not (accept or "").strip():
        return offered[0]
    best = max(offered, key=lambda media_type: _liking(ranges, media_type))
    if _liking(ranges, best)[0] == 0:
        raise BadRequest("Accept", f"nothing here can be written as '{accept}'; ask for {_listed(offered)}")
    return best


def quality(accept: str | None, media_type: str) -> float:
    """How much the client likes the media type, 0 to 1.

    >>> quality("text/html, */*;q=0.1", "text/turtle")
    0.1
    """
    if not (accept or "").strip():
        return 1.0
    return _liking(tuple(_ranges(accept or "")), media_type)[0]


def _named(override: str, offered: Sequence[str]) -> str:
    wanted = SHORT_NAMES.get(override.strip().lower(), (override.strip().lower(),))
    for media_type in wanted:
        if media_type in offered:
            return media_type
    short = ", ".join(name for name, types in SHORT_NAMES.items() if not set(types).isdisjoint(offered))
    raise BadRequest("format", f"format is '{override}'; write {short} or {_listed(offered)}")


def _listed(offered: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(offered))


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """The media ranges with their quality. A member that cannot be read asks for nothing."""
    for member in _MEMBER.findall(accept):
        kind, weight = _RANGE.match(member), _QUALITY.search(member)
        if kind and (weight or not _ANY_QUALITY.search(member)):
            yield kind[1].lower(), float(weight[1]) if weight else 1.0


def _liking(ranges: Sequence[tuple[str, float]], media_type: str) -> tuple[float, int]:
    """The quality that the most specific matching range gives the media type; how specific that range is."""
    patterns = ("*/*", media_type.partition("/")[0] + "/*", media_type.partition(";")[0])
    matching = [(patterns.index(pattern), weight) for pattern, weight in ranges if pattern in patterns]
    if not matching:
        return 0.0, 0
    precision = max(specific for specific, _ in matching)
    return max(weight for specific, weight in matching if specific == precision), precision
