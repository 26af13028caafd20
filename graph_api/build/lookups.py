"""The answers of the lookups that every path question asks for, by key, taken from the statements of a finished build.

What a lookup gives, its query file says: which properties, of what. `tests/test_lookups.py` holds every answer in the
file against the query itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from graph_api.rdf import nquads
from graph_api.rdf.terms import ID, PAS, RDF_TYPE, local_name
from graph_api.store.graph_store import Dataset
from graph_api.store.local import LOOKUPS, serialize
from graph_api.store.lookups import Answer, write_lookups
from graph_api.store.queries import properties_of
from graph_api.store.things import Thing, read_things

_WHOLE: Final = ("path_reference",)
"""Those without a key, whose answer is one for all."""
NAMES: Final = ("path_profession", "path_routes", "path_standing_routes", "path_title", *_WHOLE)
_KINDS: Final = ("evidence", "national-profession", "profession", "qualification", "route")
SUBJECTS: Final = tuple(f"{ID}{kind}/" for kind in _KINDS)
"""How the things begin of which the lookups with a key speak."""
_BEGINNINGS: Final = tuple(f"<{beginning}".encode() for beginning in SUBJECTS)
_QUALIFICATION: Final = f"{PAS}Qualification"
_NATIONAL: Final = f"{PAS}NationalProfession"

Described = dict[str, list[Literal | NamedNode]]
"""Property -> its values, each once."""


class Finished:
    """The store of a build that nobody serves yet, asked as one that is served."""

    version = ""

    def __init__(self, folder: Path) -> None:
        self._store = Store.read_only(str(folder))

    def query(self, text: str, media_type: str, _dataset: Dataset | None = None) -> bytes:
        """The result over the union of all graphs."""
        return serialize(self._store.query(text), media_type)


def write(folder: Path, statements: Sequence[Path]) -> None:
    """Write the lookups of the build in the folder, made from the statements in these packed files."""
    write_lookups(folder / LOOKUPS, NAMES, _all(Finished(folder / "store"), statements))


def _all(store: Finished, statements: Sequence[Path]) -> Iterator[Answer]:
    yield from whole_answers(store)
    yield from answers(_quads(statements))


def whole_answers(store: Finished) -> Iterator[Answer]:
    """The answers without a key."""
    for name in _WHOLE:
        yield from ((name, "", thing) for thing in read_things(store, name).values())


def _quads(files: Sequence[Path]) -> Iterator[Quad]:
    for path in files:
        with nquads.opened(path) as lines:
            yield from nquads.quads(line for line in lines if line.startswith(_BEGINNINGS))


def answers(quads: Iterable[Quad]) -> Iterator[Answer]:
    """The answers that have a key. What is said of a route stands together, after what is said of titles."""
    described: dict[str, Described] = {}
    for iri, said in groupby(quads, key=_subject):
        if iri.startswith(f"{ID}route/"):
            yield from _of_route(iri, _add({}, said), described)
        else:
            _add(described.setdefault(iri, {}), said)
    for iri, known in described.items():
        if iri.startswith(f"{ID}qualification/"):
            yield from _of_title(iri, known, described)
        elif iri.startswith(f"{ID}profession/"):
            yield "path_profession", iri, _thing(iri, known, properties_of("path_profession")[0])
        elif _NATIONAL in _values(known, RDF_TYPE.value) and "true" in _values(known, f"{PAS}primaryTitle"):
            thing = _thing(iri, known, properties_of("path_profession")[1])
            yield from (("path_profession", profession, thing) for profession in thing.get("profession", ()))


def _subject(quad: Quad) -> str:
    return quad.subject.value if isinstance(quad.subject, NamedNode) else ""


def _add(known: Described, said: Iterable[Quad]) -> Described:
    for quad in said:
        values, value = known.setdefault(quad.predicate.value, []), quad.object
        if isinstance(value, Literal | NamedNode) and value not in values:
            values.append(value)
    return known


def _of_route(iri: str, known: Described, described: Mapping[str, Described]) -> Iterator[Answer]:
    """A route is an answer for each title from which it starts; else, for each place to which it leads."""
    starts = _values(known, f"{PAS}routeFrom")
    titles = [each for each in starts if _QUALIFICATION in _values(described.get(each, {}), RDF_TYPE.value)]
    if titles and _values(known, f"{PAS}routeTo"):
        thing = _thing(iri, known, properties_of("path_routes")[0])
        yield from (("path_routes", title, thing) for title in titles)
    if len(titles) < len(starts):
        thing = _thing(iri, known, properties_of("path_standing_routes")[0])
        yield from (("path_standing_routes", place, thing) for place in thing.get("routeTo", ()))


def _of_title(iri: str, known: Described, described: Mapping[str, Described]) -> Iterator[Answer]:
    """A title, and the evidence as which it is listed."""
    of_title, of_evidence = properties_of("path_title")
    yield "path_title", iri, _thing(iri, known, of_title)
    for name in ("listedAs", "perhapsListedAs"):
        for evidence in _values(known, f"{PAS}{name}"):
            thing = _thing(evidence, described.get(evidence, {}), of_evidence)
            if len(thing) > 1:
                yield "path_title", iri, thing


def _values(known: Described, property_: str) -> list[str]:
    return [value.value for value in known.get(property_, ())]


def _thing(iri: str, known: Described, wanted: frozenset[str]) -> Thing:
    """A thing with the properties that a lookup asks for, as `things.collect` makes it of the rows."""
    thing: Thing = {"iri": [iri]}
    for property_, values in known.items():
        if property_ in wanted:
            name = local_name(property_)
            thing[name] = sorted({value.value for value in values})
            for value in values:
                if isinstance(value, Literal) and value.language:
                    thing.setdefault(f"{name}@{value.language}", []).append(value.value)
    for texts in thing.values():
        texts.sort()
    return thing
