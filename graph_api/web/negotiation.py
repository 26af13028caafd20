"""What a client likes best, once for all doors: media type, language, packing (RFC 9110, section 12.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from graph_api.errors import BadRequest
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.things import LANGUAGES

HTML: Final = "text/html"
JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"
N_TRIPLES: Final = "application/n-triples"
TURTLE: Final = "text/turtle"
RDF_XML: Final = "application/rdf+xml"
PROBLEM: Final = "application/problem+json"

SHORT_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "json": (JSON_RESULTS, JSON_LD, JSON),
    "xml": ("application/sparql-results+xml", RDF_XML),
    "csv": ("text/csv",),
    "tsv": ("text/tab-separated-values",),
    "ttl": (TURTLE,),
    "turtle": (TURTLE,),
    "nt": (N_TRIPLES,),
    "nq": ("application/n-quads",),
    "trig": ("application/trig",),
    "rdf": (RDF_XML,),
    "jsonld": (JSON_LD,),
    "html": (HTML,),
}
"""What `format=` may say instead of a media type."""

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^",]+|,', re.DOTALL)
"""A quoted text, whole or up to the end; a text without quotes; or a comma. Each character is read once."""
_RANGE = re.compile(r"[!#$%&'*+.^_`|~\w-]+/[!#$%&'*+.^_`|~\w-]+")
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
    if not (accept or "").strip():
        return offered[0]
    best = _best(accept or "", tuple(offered))
    if best is None:
        raise BadRequest("Accept", f"nothing here can be written as '{accept}'; ask for {_listed(offered)}")
    return best


@lru_cache(maxsize=200)
def _best(accept: str, offered: tuple[str, ...]) -> str | None:
    """The offered media type that is liked best; None where none is liked. Clients say the same with each request."""
    ranges = _ranges(accept)
    best = max(offered, key=lambda media_type: _liking(ranges, media_type))
    return best if _liking(ranges, best)[0] > 0 else None


def quality(accept: str | None, media_type: str) -> float:
    """How much the client likes the media type, 0 to 1.

    >>> quality("text/html, */*;q=0.1", "text/turtle")
    0.1
    """
    if not (accept or "").strip():
        return 1.0
    return _liking(_ranges(accept or ""), media_type)[0]


def is_format(name: str) -> bool:
    """Whether this is the short name of a media type that is written somewhere here, or such a type itself."""
    wanted = name.strip().lower()
    return wanted in SHORT_NAMES or any(wanted in types for types in SHORT_NAMES.values())


def _named(override: str, offered: Sequence[str]) -> str:
    wanted = SHORT_NAMES.get(override.strip().lower(), (override.strip().lower(),))
    for media_type in wanted:
        if media_type in offered:
            return media_type
    short = ", ".join(name for name, types in SHORT_NAMES.items() if not set(types).isdisjoint(offered))
    raise BadRequest("format", f"format is '{override}'; write {short} or {_listed(offered)}")


def _listed(offered: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(offered))


def _ranges(accept: str) -> dict[str, float]:
    """The media ranges, each with the best quality that it is given."""
    found: dict[str, float] = {}
    for value, weight in weighted(accept):
        if _RANGE.fullmatch(value):
            found[value.lower()] = max(weight, found.get(value.lower(), 0.0))
    return found


def _liking(ranges: Mapping[str, float], media_type: str) -> tuple[float, int]:
    """The quality that the most specific matching range gives the media type; how specific that range is."""
    patterns = ("*/*", media_type.partition("/")[0] + "/*", media_type.partition(";")[0])
    for precision, pattern in reversed(list(enumerate(patterns))):
        if pattern in ranges:
            return ranges[pattern], precision
    return 0.0, 0


def weighted(header: str) -> Iterator[tuple[str, float]]:
    """The members of a header such as `Accept` with their quality; one whose quality cannot be read is left out.

    The time grows with the length of the header, whatever it holds.

    >>> list(weighted('de, fr;q=0.5, nl;q=high'))
    [('de', 1.0), ('fr', 0.5)]
    """
    for member in _members(header):
        weight = _QUALITY.search(member)
        if weight or not _ANY_QUALITY.search(member):
            yield member.partition(";")[0].strip(), float(weight[1]) if weight else 1.0


def _members(header: str) -> Iterator[str]:
    """What stands between the commas, those in quotes not counted."""
    held: list[str] = []
    for piece in _PIECE.finditer(header):
        if piece[0] != ",":
            held.append(piece[0])
        elif held:
            yield "".join(held)
            held = []
    if held:
        yield "".join(held)


def language_of(asked: str | None, accepted: str) -> str:
    """The language of a page: the one in the address, else the best of `Accept-Language`, else English.

    >>> language_of(None, "pt, de-AT;q=0.8, en;q=0.5")
    'de'
    """
    if asked in LANGUAGES:
        return asked
    liked = [(name[:2].lower(), weight) for name, weight in weighted(accepted) if weight > 0]
    best = max((item for item in liked if item[0] in LANGUAGES), key=lambda item: item[1], default=("en", 0.0))
    return best[0]


def takes_gzip(accepted: str) -> bool:
    """Whether `Accept-Encoding` names gzip.

    >>> takes_gzip("br, gzip;q=0.5"), takes_gzip("gzip;q=0"), takes_gzip("*")
    (True, False, False)
    """
    return any(name.lower() in ("gzip", "x-gzip") and weight > 0 for name, weight in weighted(accepted))
