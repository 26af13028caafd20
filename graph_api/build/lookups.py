"""The answers of the lookups that path questions and pages ask for, by key, taken from a finished build's statements.

What a lookup gives, its query file says: which properties, of what. `tests/test_lookups.py` holds every answer in the
file against the query itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby, product
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from graph_api.rdf import nquads
from graph_api.rdf.namespaces import FOAF
from graph_api.rdf.terms import ID, PAS, PREF_LABEL, RDF_TYPE, RDFS_LABEL, local_name
from graph_api.store.graph_store import Dataset
from graph_api.store.local import LOOKUPS, serialize
from graph_api.store.lookups import Answer, is_ours, write_lookups
from graph_api.store.queries import properties_of, texts_of
from graph_api.store.things import Thing, read_things

_WHOLE: Final = ("path_places", "path_programmes", "path_reference")
"""Those without a key, whose answer is one for all."""
_TABLES: Final = {
    "path_contacts": ("Contact", "inJurisdiction"),
    "path_offices": ("CompetentOffice", "host"),
    "path_steps": ("ProcedureStep", "ofProcedure"),
}
"""Those that give all that is said of the things of a class, by the values of a property."""
_OF_TITLES: Final = ("path_routes", "path_title", "path_titles", "titles_of_its_kind")
_OF_PLACES: Final = ("path_authorities", "path_procedures", "path_profession", "path_standing_routes")
_OF_ALL: Final = {
    "labels": frozenset({PREF_LABEL.value, RDFS_LABEL.value, f"{PAS}citedAs"}),
    "source_texts": frozenset({RDFS_LABEL.value, f"{FOAF}page"}),
}
"""Those that give a few properties of each of our things, by itself."""
NAMES: Final = (*_OF_TITLES, *_OF_PLACES, *_TABLES, *_WHOLE, *_OF_ALL)
_OF_WORK: Final = ("evidence", "national-profession", "profession", "qualification", "route")
_OF_APPLYING: Final = ("authority", "competent-office", "contact", "procedure", "procedure-step")
_KINDS: Final = (*_OF_WORK, *_OF_APPLYING)
SUBJECTS: Final = tuple(f"{ID}{kind}/" for kind in _KINDS)
"""How the things begin of which the lookups with a key speak."""
_BEGINNINGS: Final = tuple(f"<{beginning}".encode() for beginning in SUBJECTS)
_ROUTE: Final = f"<{ID}route/".encode()
_TITLE: Final = f"<{ID}qualification/".encode()
_OF_ROUTES: Final = ("path_routes", "path_standing_routes")
_QUALIFICATION: Final = f"{PAS}Qualification"
_NATIONAL: Final = f"{PAS}NationalProfession"
_EVIDENCE: Final = f"{PAS}EvidenceOfQualification"
_LISTED: Final = ("listedAs", "perhapsListedAs")

_SOURCE: Final = f"{ID}source/"
_TEXTS: Final = re.compile(
    b"|".join(re.escape(f"> <{each}> ".encode()) for each in sorted(frozenset().union(*_OF_ALL.values())))
)

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


def write(folder: Path, statements: Sequence[Path], same_routes: Path | None = None) -> None:
    """Write the lookups of the build in the folder, made from the statements in these packed files.

    `same_routes` is the folder of a version with the same routes from the same titles, whose lookups are taken over.
    """
    taken_over = (same_routes / LOOKUPS, _OF_ROUTES) if same_routes else None
    beginnings = tuple(each for each in _BEGINNINGS if each != _ROUTE or not same_routes)
    made = _all(Finished(folder / "store"), statements, beginnings)
    write_lookups(folder / LOOKUPS, NAMES, made, taken_over)


def tells_of_routes(quad: Quad) -> bool:
    """Whether the lookups of routes are made of the statement too."""
    subject = str(quad.subject).encode()
    return subject.startswith(_ROUTE) or (quad.predicate == RDF_TYPE and subject.startswith(_TITLE))


def _all(store: Finished, statements: Sequence[Path], beginnings: tuple[bytes, ...]) -> Iterator[Answer]:
    yield from whole_answers(store)
    yield from answers(_quads(statements, lambda line: line.startswith(beginnings)))
    yield from texts(_quads(statements, _is_text_of_ours))


def whole_answers(store: Finished) -> Iterator[Answer]:
    """The answers without a key."""
    for name in _WHOLE:
        yield from ((name, "", thing) for thing in read_things(store, name).values())


def _quads(files: Sequence[Path], wanted: Callable[[bytes], bool]) -> Iterator[Quad]:
    for path in files:
        with nquads.opened(path) as lines:
            yield from nquads.quads(filter(wanted, lines))


def _is_text_of_ours(line: bytes) -> bool:
    return _TEXTS.search(line) is not None and is_ours(line[1 : line.find(b">")].decode())


def texts(quads: Iterable[Quad]) -> Iterator[Answer]:
    """What each of our things is called, and what sources say; what is said of a thing stands together."""
    for iri, said in groupby(quads, key=_subject):
        known = _add({}, said)
        yield from _unless_empty("labels", iri, _thing(iri, known, _OF_ALL["labels"]))
        if iri.startswith(_SOURCE):
            yield from _unless_empty("source_texts", iri, _thing(iri, known, _OF_ALL["source_texts"]))


def answers(quads: Iterable[Quad]) -> Iterator[Answer]:
    """The answers that have a key. What is said of a route stands together, after what is said of titles."""
    described: dict[str, Described] = {}
    for iri, said in groupby(quads, key=_subject):
        if iri.startswith(f"{ID}route/"):
            yield from _of_route(iri, _add({}, said), described)
        else:
            _add(described.setdefault(iri, {}), said)
    for iri, known in described.items():
        kind = iri[len(ID) :].partition("/")[0]
        if kind in _ANSWERS:
            yield from _ANSWERS[kind](iri, known, described)


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


def _of_profession(iri: str, known: Described, _: Mapping[str, Described]) -> Iterator[Answer]:
    yield "path_profession", iri, _thing(iri, known, properties_of("path_profession")[0])


def _of_national(iri: str, known: Described, described: Mapping[str, Described]) -> Iterator[Answer]:
    """A profession in one place: a form of the profession, and how one applies there."""
    if _NATIONAL in _values(known, RDF_TYPE.value) and "true" in _values(known, f"{PAS}primaryTitle"):
        thing = _thing(iri, known, properties_of("path_profession")[1])
        yield from (("path_profession", profession, thing) for profession in thing.get("profession", ()))
    of_place, of_procedure = properties_of("path_procedures")
    yield from _unless_empty("path_procedures", iri, _thing(iri, known, of_place))
    for role in ("procedure", "generalProcedure", "landProcedure"):
        for procedure in _values(known, f"{PAS}{role}"):
            thing = _thing(procedure, described.get(procedure, {}), of_procedure)
            yield from _unless_empty("path_procedures", iri, thing)


def _of_title(iri: str, known: Described, described: Mapping[str, Described]) -> Iterator[Answer]:
    """A title with the evidence as which it is listed, among those of its place, and beside those of its kind."""
    of_title, of_evidence = properties_of("path_title")
    yield "path_title", iri, _thing(iri, known, of_title)
    for name in _LISTED:
        for evidence in _values(known, f"{PAS}{name}"):
            yield from _unless_empty("path_title", iri, _thing(evidence, described.get(evidence, {}), of_evidence))
    if _QUALIFICATION in _values(known, RDF_TYPE.value):
        yield from _among_titles(iri, known, described)
    yield from _of_its_kind(iri, known, described)


def _among_titles(iri: str, known: Described, described: Mapping[str, Described]) -> Iterator[Answer]:
    """A title by profession and place, with the evidence of that profession as which it is listed."""
    places = dict.fromkeys(_values(known, f"{PAS}issuedIn") + _values(known, f"{PAS}state"))
    thing = _thing(iri, known, properties_of("path_titles")[0])
    listed = {name: _values(known, f"{PAS}{name}") for name in _LISTED}
    for profession in _values(known, f"{PAS}grantsAccessTo"):
        of_it = {
            name: sorted(each for each in evidence if _is_evidence_of(profession, described.get(each, {})))
            for name, evidence in listed.items()
        }
        whole = {**thing, **{name: evidence for name, evidence in of_it.items() if evidence}}
        yield from (("path_titles", f"{profession} {place}", whole) for place in places)


def _is_evidence_of(profession: str, known: Described) -> bool:
    return _EVIDENCE in _values(known, RDF_TYPE.value) and profession in _values(known, f"{PAS}profession")


def _of_its_kind(iri: str, known: Described, described: Mapping[str, Described]) -> Iterator[Answer]:
    """A title by those that it follows or precedes, and by where it is issued and what it opens."""
    name = "titles_of_its_kind"
    wanted = properties_of(name)[0]
    thing = _thing(iri, known, wanted)
    for other in _values(known, f"{PAS}replacedBy"):
        yield name, other, thing
        yield from _unless_empty(name, iri, _thing(other, described.get(other, {}), wanted))
    beside = product(_values(known, f"{PAS}issuedIn"), _values(known, f"{PAS}grantsAccessTo"))
    yield from ((name, " ".join(pair), thing) for pair in beside)


def _of_authority(iri: str, known: Described, _: Mapping[str, Described]) -> Iterator[Answer]:
    yield from _unless_empty("path_authorities", iri, _thing(iri, known, properties_of("path_authorities")[0]))


def _in_tables(iri: str, known: Described, _: Mapping[str, Described]) -> Iterator[Answer]:
    """A thing in each table of its class, by each of its values of the table's property."""
    for name, (class_, property_) in _TABLES.items():
        kinds = texts_of(name, "kind")
        if PAS + class_ in _values(known, RDF_TYPE.value) and (
            not kinds or kinds.intersection(_values(known, f"{PAS}contactKind"))
        ):
            thing = _thing(iri, known, known.keys())
            yield from ((name, key, thing) for key in _values(known, PAS + property_))


_ANSWERS: Final[Mapping[str, Callable[[str, Described, Mapping[str, Described]], Iterator[Answer]]]] = {
    "authority": _of_authority,
    "competent-office": _in_tables,
    "contact": _in_tables,
    "national-profession": _of_national,
    "procedure-step": _in_tables,
    "profession": _of_profession,
    "qualification": _of_title,
}
"""By kind: the answers in which a thing of it stands; evidence and procedures stand in those of others."""


def _unless_empty(name: str, key: str, thing: Thing) -> Iterator[Answer]:
    """The thing as an answer, where anything that the lookup asks for is said of it."""
    if len(thing) > 1:
        yield name, key, thing


def _values(known: Described, property_: str) -> list[str]:
    return [value.value for value in known.get(property_, ())]


def _thing(iri: str, known: Described, wanted: Set[str]) -> Thing:
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
