"""What points at a thing, by property."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from graph_api.rdf.terms import local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.pointing import Pointing
from graph_api.store.things import Thing, called
from graph_api.web.pages.facts import IMPLIED, Value, value_of
from graph_api.web.pages.facts_mappings import MATCHES


@dataclass(frozen=True)
class Group:
    """The things that point at a thing by one property: how many there are, and some of them."""

    property: str
    label: str
    lang: str | None
    count: int
    things: Sequence[Value]


@dataclass(frozen=True)
class Incoming:
    """What points at a thing, by property; `of` is the one property that is shown in full."""

    groups: Sequence[Group]
    of: str | None
    offset: int


_QUIET: Final = (
    "wasDerivedFrom",
    "annotatedSource",
    "annotatedTarget",
    "isDefinedBy",
    "exampleResource",
    *IMPLIED,
    *MATCHES,
)
_FEW: Final = 8


def incoming(
    store: GraphStore,
    thing: Thing,
    pointing: Pointing,
    lang: str,
    *,
    of: str | None,
    page: tuple[int, int],
    but: Sequence[str] = (),
) -> Incoming:
    """What points at this thing: a few things by each property, or one page of those by the property `of`.

    Left out are the properties `but`, and those by which exactly the things point that this one names itself.
    """
    counts = pointing.counts
    shown = {name: count for name, count in counts.items() if local_name(name) not in (*_QUIET, *but)}
    only = {name: count for name, count in shown.items() if local_name(name) == of}
    page = page if only else (_FEW, 0)
    found = {name: pointing.by(store, name, page) for name in (only or shown)}
    if not only:
        found = {name: listed for name, listed in found.items() if not _told(thing, listed, counts[name])}
    mentioned = {iri for listed in found.values() for iri in listed} | set(found)
    names = read_labels(store, mentioned)
    groups = []
    for name, listed in found.items():
        text, language = called(names, name, lang)
        values = [Value(*value_of({"type": "uri", "value": iri}, names, lang)) for iri in listed]
        values.sort(key=lambda value: value.text.casefold())
        groups.append(Group(local_name(name), text, language, counts[name], values))
    groups.sort(key=lambda group: (group.count, group.label))
    return Incoming(groups, of if only else None, page[1])


def _told(thing: Thing, listed: Sequence[str], count: int) -> bool:
    """Whether the thing names as many by some property of its own, and these among them."""
    some = set(listed)
    return any(len(values) == count and some <= set(values) for name, values in thing.items() if name != "iri")
