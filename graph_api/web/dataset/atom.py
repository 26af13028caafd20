"""Atom feeds (RFC 4287) of versions, of what changed between two, of decisions; the same data give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from graph_api.rdf.terms import NAMESPACE
from graph_api.review.ledger import Review
from graph_api.store.versions import Version
from graph_api.web.dataset.changes import Changes

MEDIA_TYPE: Final = "application/atom+xml"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_BEGINNING: Final = "1970-01-01T00:00:00+00:00"
"""When nothing says when: a feed must name a moment."""


def versions(base: str, found: list[Version]) -> bytes:
    """The versions, the newest first as given."""
    newest = found[0].built if found else ""
    feed = _feed(f"{NAMESPACE}versions", "Passerelle: versions of the data", newest, f"{base}/versions/feed")
    for version, before in zip(found, [*found[1:], None], strict=True):
        entry = _entry(feed, f"{NAMESPACE}versions/{version.name}", f"Version {version.name}", version.built)
        _link(entry, "alternate", f"{base}/versions/{version.name}")
        text = f"{version.triples} statements"
        if before is not None:
            _link(entry, "related", f"{base}/versions/{before.name}/changes/{version.name}")
            text += f", {version.triples - before.triples:+d} since version {before.name}"
        SubElement(entry, "summary").text = text
    return _bytes(feed)


def changes(base: str, found: Changes) -> bytes:
    """One entry per named graph that changed."""
    between = f"versions/{found.older.name}/changes/{found.newer.name}"
    title = f"Passerelle: from version {found.older.name} to {found.newer.name}"
    feed = _feed(f"{NAMESPACE}{between}", title, found.newer.built, f"{base}/{between}?format=atom")
    for graph, counts in sorted(found.graphs.items()):
        name = graph.removeprefix(NAMESPACE)
        entry = _entry(feed, f"{NAMESPACE}{between}#{name}", name, found.newer.built)
        _link(entry, "alternate", f"{base}/{between}?graph={graph}")
        SubElement(entry, "summary").text = f"{counts['added']} statements added, {counts['removed']} removed"
    return _bytes(feed)


def reviews(base: str, found: Sequence[Review]) -> bytes:
    """One entry per decision of an expert, the newest first as given."""
    newest = _moment(found[0].day) if found else ""
    feed = _feed(f"{NAMESPACE}review", "Passerelle: decisions of experts", newest, f"{base}/review/feed")
    for review in found:
        entry = _entry(feed, review.iri, f"{review.decision}: {review.fact}", _moment(review.day))
        _link(entry, "alternate", f"{base}/page/review/{review.number}")
        SubElement(SubElement(entry, "author"), "name").text = review.name
        reason = f" ({review.reason})" if review.reason else ""
        SubElement(entry, "summary").text = f"{review.sentence} {review.decision}{reason}"
    return _bytes(feed)


def _moment(day: str) -> str:
    return f"{day}T00:00:00Z"


def _feed(identifier: str, title: str, updated: str, address: str) -> Element:
    feed = Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    SubElement(feed, "id").text = identifier
    SubElement(feed, "title").text = title
    SubElement(feed, "updated").text = updated or _BEGINNING
    SubElement(SubElement(feed, "author"), "name").text = "The Passerelle project"
    _link(feed, "self", address)
    return feed


def _entry(feed: Element, identifier: str, title: str, updated: str) -> Element:
    entry = SubElement(feed, "entry")
    SubElement(entry, "id").text = identifier
    SubElement(entry, "title").text = title
    SubElement(entry, "updated").text = updated or _BEGINNING
    return entry


def _link(parent: Element, relation: str, address: str) -> None:
    SubElement(parent, "link", {"rel": relation, "href": address})


def _bytes(feed: Element) -> bytes:
    ElementTree.indent(feed)
    body: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"
