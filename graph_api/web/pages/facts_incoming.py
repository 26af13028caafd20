"""What points at a thing, by property."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph_api.rdf.terms import local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris, select
from graph_api.store.things import Thing, called, read_things
from graph_api.web.pages.facts import IMPLIED, Value, value_of
from graph_api.web.pages.facts_mappings import MATCHES


@dataclass(frozen=True)
class Pointing:
    """The things that point at a thing by one property: how many there are, and some of them."""

    property: str
    label: str
    lang: str | None
    count: int
    things: Sequence[Value]


@dataclass(frozen=True)
class Incoming:
    """What points at a thing, by property; `of` is the one property that is shown in full."""

    groups: Sequence[Pointing]
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
    store: GraphStore, thing: Thing, lang: str, *, of: str | None, page: tuple[int, int], but: Sequence[str] = ()
) -> Incoming:
    """What points at this thing: a few things by each property, or one page of those by the property `of`.

    Left out are the properties `but`, and those by which exactly the things point that this one names itself.
    """
    iri = thing["iri"][0]
    rows = select(store, "incoming_kinds", target=iris([iri]))
    counts = {row["property"]: int(row["things"]) for row in rows if "property" in row}
    shown = {name: count for name, count in counts.items() if local_name(name) not in (*_QUIET, *but)}
    only = {name: count for name, count in shown.items() if local_name(name) == of}
    page = page if only else (_FEW, 0)
    found = {
        name: select(store, "incoming_by", page=page, target=iris([iri]), property=iris([name]))
        for name in (only or shown)
    }
    if not only:
        found = {name: listed for name, listed in found.items() if not _told(thing, listed, counts[name])}
    mentioned = {row["thing"] for listed in found.values() for row in listed} | set(found)
    names = read_things(store, "labels", thing=iris(sorted(mentioned))) if mentioned else {}
    groups = []
    for name, listed in found.items():
        text, language = called(names, name, lang)
        values = [Value(*value_of({"type": "uri", "value": row["thing"]}, names, lang)) for row in listed]
        values.sort(key=lambda value: value.text.casefold())
        groups.append(Pointing(local_name(name), text, language, counts[name], values))
    groups.sort(key=lambda group: (group.count, group.label))
    return Incoming(groups, of if only else None, page[1])


def _told(thing: Thing, listed: Sequence[Mapping[str, str]], count: int) -> bool:
    """Whether the thing names as many by some property of its own, and these among them."""
    some = {row["thing"] for row in listed}
    return any(len(values) == count and some <= set(values) for name, values in thing.items() if name != "iri")
