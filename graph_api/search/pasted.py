"""A pasted address, short form or slug -> what it may be the address of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from graph_api.rdf.terms import NAMESPACE, prefixes
from graph_api.search.law_numbers import LawNumber, law_number

_AROUND: Final = "<>\"'“”‘’«»()[],;. \t"
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_LOCAL: Final = re.compile(r"/?(?:(?:id|page|data)/)?([a-z][a-z-]*)/([A-Za-z0-9][A-Za-z0-9._-]*)")
_SHOWN: Final = re.compile(r"/(?:id|page|data)/([a-z][a-z-]*)/([A-Za-z0-9][A-Za-z0-9._-]*)/?\Z")
_SCHEME: Final = re.compile(r"/(?:page/|data/)?(scheme/[a-z0-9-]+(?:/[^/]+)?)/?\Z")
_SLUG: Final = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")


@dataclass(frozen=True)
class Pasted:
    """What a text may be the address of: IRIs, pairs of kind and slug, a slug of any kind, or a legal act."""

    iris: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    slug: str = ""
    law: LawNumber | None = None
    is_address: bool = False
    """Whether it can be nothing else, so that no words are looked for in it."""


def pasted(text: str) -> Pasted:
    """What the text is the address of.

    >>> pasted("<http://data.europa.eu/esco/isco/C2222>").iris[0]
    'http://data.europa.eu/esco/isco/C2222'
    >>> pasted("https://example.org/sub/page/profession/midwife?lang=fr").named
    (('profession', 'midwife'),)
    """
    given = text.strip(_AROUND)
    law = law_number(given)
    if _ADDRESS.fullmatch(given):
        iris = tuple(dict.fromkeys(_iris(given)))
        shown = (_SHOWN.search(_path(iri)) for iri in iris if "://" in iri)
        named = tuple(dict.fromkeys((found[1], found[2]) for found in shown if found))
        return Pasted(iris, named, law=law, is_address="://" in given)
    if local := _LOCAL.fullmatch(given):
        return Pasted(named=((local[1], local[2]),), law=law)
    if _SLUG.fullmatch(given) and (any(map(str.isdigit, given)) or "-" in given):
        return Pasted(slug=given, law=law)
    return Pasted(law=law)


def _path(iri: str) -> str:
    """The path of an address; empty where it is none, such as one with a bracket out of place."""
    try:
        return urlsplit(iri).path
    except ValueError:
        return ""


def _iris(given: str) -> Iterator[str]:
    """The address as it stands, and as others write it: decoded, without what is asked of it, behind `uri=`."""
    prefix, _, local = given.partition(":")
    if not local.startswith("//"):
        if prefix in prefixes():
            yield prefixes()[prefix] + local
        return
    try:
        parts = urlsplit(given)
    except ValueError:
        return
    for inner in (value for values in parse_qs(parts.query).values() for value in values):
        if _ADDRESS.fullmatch(inner):
            yield inner
    plain = given.partition("?")[0].partition("#")[0]
    for iri in (given, plain, unquote(plain)):
        for form in (iri, iri.rstrip("/")):
            yield form
            yield re.sub(r"\Ahttps?", lambda found: "http" if found[0] == "https" else "https", form)
    if scheme := _SCHEME.search(parts.path):
        yield NAMESPACE + scheme[1]
