"""Whose answers a reform can touch at all: the professions that its statements are about. In doubt, all.

What is found by a pointer alone (a regime, a provision, an act, a source) touches nobody while it is new: something of
a profession must point to it, and that has changed too. A route touches the profession to which it leads; a national
profession and a title the professions that they name; routes to a jurisdiction and titles also the level of titles. Who
is party to an act is read by rules, whose routes say the rest, and by gates: where these are all of regimes that settle
levels, it touches these.
Everything else, and every change of a thing that was there before and belongs to no profession, touches all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from datetime import date
from pathlib import Path
from typing import Any, Final

from pyoxigraph import DefaultGraph, NamedNode, Store

from graph_api.obstacles import kept
from graph_api.obstacles.asking import LEVELS, Progress
from graph_api.obstacles.figures import Figure
from graph_api.rdf import nquads
from graph_api.rdf.terms import GRAPH, kind_and_slug, local_name, pas
from graph_api.store.whole import led_to

_FOUND_BY_POINTERS: Final = frozenset({"regime", "provision", "legal-act", "source"})
_OF_TITLES: Final = ("grantsAccessTo", "trainsFor", "homeProfession")
_HAS_PARTY: Final = "hasParty"
_LEVEL_INTENT: Final = "level"
_PLACE_OF_A_ROW: Final = frozenset({"wasDerivedFrom", "ofFile", "line"})


def touched(before: Path, after: Path) -> Set[str] | None:
    """The slugs of the professions whose answers can differ, and LEVELS where those of levels can; None: all."""
    stores = [Store.read_only(str(folder / "store")) for folder in (before, after)]
    found: set[str] = set()
    for thing, properties in _changed(after).items():
        about = _about(thing, properties, stores)
        if about is None:
            return None
        found |= about
    return found


def make_map(data: Path, own: Path, day: date, progress: Progress = lambda *_: None, processes: int = 1) -> Path:
    """The map of a reform on a day: asked are the answers that it can touch, the others are those of the map of the
    graph over which it was built, where that is there."""
    before, after = (led_to(folder / "current") for folder in (data, own))

    def known() -> dict[str, list[Figure]]:
        base = json.loads((after / "report.json").read_text(encoding="utf-8")).get("base")
        path = kept.file_of(data, str(base), day)
        if before.name.partition(".")[0] != base or not path.is_file():
            return {}
        asked = touched(before, after)
        if asked is None:
            return {}
        return {name: figures for name, figures in kept.by_profession(kept.read(path)).items() if name not in asked}

    return kept.make(own, after, day, progress, processes, known)


def _changed(after: Path) -> dict[NamedNode, set[str]]:
    """The things of which something is said that was not, or no longer, and by which properties; rows' places aside."""
    found: dict[NamedNode, set[str]] = {}
    for name in ("removed", "added"):
        with nquads.opened(after / f"{name}.nq.gz") as lines:
            for quad in nquads.quads(lines):
                said, thing = local_name(quad.predicate.value), quad.subject
                if isinstance(thing, NamedNode) and said not in _PLACE_OF_A_ROW and not thing.value.startswith(GRAPH):
                    found.setdefault(thing, set()).add(said)
    return found


def _about(thing: NamedNode, properties: Set[str], stores: list[Store]) -> Set[str] | None:
    kind, _ = kind_and_slug(thing.value) or ("", "")
    if kind in _FOUND_BY_POINTERS and not any(True for _ in _said(stores[0], thing, None)):
        return frozenset()
    if kind == "party" or properties == {_HAS_PARTY}:
        return {LEVELS} if all(map(_parties_settle_levels, stores)) else None
    if kind == "route":
        return _of_all(_values(thing, "routeTo", stores), stores)
    if kind == "level-equivalence":
        return {LEVELS}
    if kind in ("national-profession", "qualification"):
        return _of_all({thing}, stores)
    return None


def _of_all(things: Set[NamedNode], stores: list[Store]) -> Set[str] | None:
    """The professions that national professions, titles and jurisdictions are about."""
    found: set[str] = set()
    for thing in things:
        kind, _ = kind_and_slug(thing.value) or ("", "")
        if kind == "national-profession":
            found |= {local_name(each.value) for each in _values(thing, "profession", stores)}
        elif kind == "qualification":
            named = {each for name in _OF_TITLES for each in _values(thing, name, stores)}
            nationals = {each for each in named if _kind(each) == "national-profession"}
            more = {each for national in nationals for each in _values(national, "profession", stores)}
            found |= {LEVELS, *(local_name(each.value) for each in (named | more) - nationals)}
        elif kind == "jurisdiction":
            found.add(LEVELS)
        else:
            return None
    return found


def _parties_settle_levels(store: Store) -> bool:
    """Whether no fact about parties is tested but by gates of regimes that serve the level of a title alone."""
    for quad in store.quads_for_pattern(None, pas("fact"), None, DefaultGraph()):
        if not str(getattr(quad.object, "value", "")).endswith(".party"):
            continue
        if not isinstance(quad.subject, NamedNode):
            return False
        regimes = list(_said(store, quad.subject, pas("ofRegime")))
        served = {intent.value for regime in regimes for intent in _said(store, regime, pas("servesIntent"))}
        if served != {_LEVEL_INTENT}:
            return False
    return True


def _kind(thing: NamedNode) -> str:
    return (kind_and_slug(thing.value) or ("", ""))[0]


def _values(thing: NamedNode, name: str, stores: list[Store]) -> set[NamedNode]:
    """What a property leads to, before or after."""
    return {value for store in stores for value in _said(store, thing, pas(name)) if isinstance(value, NamedNode)}


def _said(store: Store, thing: NamedNode, property_: NamedNode | None) -> Iterator[Any]:
    return (quad.object for quad in store.quads_for_pattern(thing, property_, None, DefaultGraph()))
