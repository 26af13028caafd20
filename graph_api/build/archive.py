"""The archive: every imported release and every built version, each a named graph of its own, in a store of its own.

Nothing of it is in the graph that is served. Its default graph lists what it holds, so a query names the graphs that
it compares. Layout: `<data>/archives/<hash>/{store/, report.json}` and `archive`, a symbolic link to the one served.
What an archive holds never changes, so the next one begins as its copy, made of hard links.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store, Triple

from graph_api import durable
from graph_api.build import basis, kept
from graph_api.inputs import releases
from graph_api.rdf import nquads
from graph_api.rdf.namespaces import DCTERMS, OWL, VOID, XSD
from graph_api.rdf.terms import DATASET, RDF_TYPE, pas, quad_in
from graph_api.store import whole
from graph_api.store.archive import LINK, VERSIONS

_FOLDER: Final = "archives"
_VERSION_INFO: Final = NamedNode(f"{OWL}versionInfo")
_DATA: Final = NamedNode(f"{VOID}Dataset")


@dataclass(frozen=True)
class Part:
    """One graph of the archive: where its statements are, what they are, and what the list says of it."""

    graph: str
    source: Path
    content: str
    said: tuple[tuple[NamedNode, NamedNode | Literal], ...]


def parts(data: Path, graphs: Mapping[str, Path]) -> list[Part]:
    """What an archive of the data folder holds: its releases, and the built graphs, given by version."""
    imported = releases.list_releases(data)
    newer: dict[str, releases.Release] = {}
    found = []
    for release in imported:
        found.append(_release_part(data, release, newer.get(release.source)))
        newer[release.source] = release
    found += [_version_part(name, folder) for name, folder in graphs.items()]
    return sorted(found, key=lambda part: part.graph)


def _release_part(data: Path, release: releases.Release, newer: releases.Release | None) -> Part:
    said: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF_TYPE, pas("Release")),
        (_dcterms("title"), Literal(release.title, language="en")),
        (_VERSION_INFO, Literal(release.version)),
        (_dcterms("source"), Literal(release.source)),
        (_dcterms("publisher"), Literal(release.publisher)),
    ]
    if release.licence:
        said.append((_dcterms("license"), NamedNode(release.licence)))
    if release.rights:
        said.append((_dcterms("rights"), Literal(release.rights, language="en")))
    if release.acknowledgement:
        said.append((pas("acknowledgement"), Literal(release.acknowledgement, language="en")))
    if newer:
        said.append((_dcterms("isReplacedBy"), NamedNode(newer.graph)))
    return Part(release.graph, releases.statements_file(data, release), release.content, tuple(said))


def _version_part(name: str, folder: Path) -> Part:
    said: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF_TYPE, _DATA),
        (_VERSION_INFO, Literal(name)),
        (_dcterms("isVersionOf"), NamedNode(DATASET)),
    ]
    report = folder / "report.json"
    if report.is_file():
        built = json.loads(report.read_text(encoding="utf-8")).get("built")
        if built:
            said.append((_dcterms("created"), Literal(built, datatype=NamedNode(f"{XSD}dateTime"))))
    return Part(f"{VERSIONS}{name}", folder / "dump.nq.gz", name, tuple(said))


def job(
    data: Path, graphs: Mapping[str, Path], about: list[Triple], cutter: nquads.Cutter, work: Path
) -> tuple[str, Callable[[], None]]:
    """The folder of the archive that the data folder should have, and what writes it as a new folder.

    `graphs` are the built graphs by version. Where there is such an archive and it is whole, nothing is to be written.
    """
    wanted = parts(data, graphs)
    name = name_of(wanted, about)
    if place := kept.whole_folder(data / _FOLDER, name):
        return place.name, lambda: None
    loading = {part.graph: cutter.triples(part.source) for part in missing(data, wanted)}
    return kept.free_place(data / _FOLDER, name).name, lambda: write(data, wanted, about, loading, work)


def missing(data: Path, wanted: list[Part]) -> list[Part]:
    """The parts that an archive of these does not take over from the current one."""
    held = _held(data / LINK)
    if any(part.content != held.get(part.graph, part.content) for part in wanted):
        return wanted
    return [part for part in wanted if part.graph not in held]


def write(
    data: Path, wanted: list[Part], about: list[Triple], loading: Mapping[str, nquads.Pieces], work: Path
) -> None:
    """Write an archive of these parts as a new folder; `loading` is the statements of those that are missing.

    Its default graph lists the parts and says what else is said about it: prefixes and examples.
    """
    work.mkdir()
    target = work / "store"
    if len(loading) < len(wanted):
        shutil.copytree(data / LINK / "store", target, copy_function=basis.linked)
    store = Store(str(target))
    for graph in _held(data / LINK).keys() - {part.graph for part in wanted} if len(loading) < len(wanted) else ():
        store.remove_graph(NamedNode(graph))
    for graph, pieces in loading.items():
        pieces.load(store, NamedNode(graph))
    store.clear_graph(DefaultGraph())
    store.extend(quad_in(triple, DefaultGraph()) for triple in (*_list(wanted), *about))
    store.optimize()
    store.flush()
    report = {"version": name_of(wanted, about), "graphs": {part.graph: part.content for part in wanted}}
    (work / "report.json").write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    del store
    whole.seal(work)


def name_of(wanted: list[Part], about: list[Triple]) -> str:
    """The name of an archive that holds these parts: the hash of what it holds and says of it."""
    digest = hashlib.sha256()
    for part in wanted:
        digest.update(f"{part.graph} {part.content}\n".encode())
    for triple in (*_list(wanted), *about):
        digest.update(f"{triple}\n".encode())
    return digest.hexdigest()[:12]


def place_of(data: Path, name: str) -> Path:
    """Where the archive of that name is kept."""
    return data / _FOLDER / name


def switch(data: Path, name: str, work: Path) -> None:
    """Give a written archive its place and point `archive` at it; of those before, the last stays if it is whole."""
    place = place_of(data, name)
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        durable.settled_rename(work, place)
    before = whole.led_to(data / LINK)
    kept.point(data, LINK, place)
    stay = {name} if whole.faults(before) else {name, before.name}
    for folder in place.parent.iterdir():
        if folder.name not in stay:
            shutil.rmtree(folder, ignore_errors=True)


def _held(folder: Path) -> dict[str, str]:
    """The graphs of an archive with their contents; none where there is no archive that is whole and can be read."""
    if whole.faults(whole.led_to(folder)) or not kept.is_opened(whole.led_to(folder)):
        return {}
    graphs: dict[str, str] = json.loads((folder / "report.json").read_text(encoding="utf-8"))["graphs"]
    return graphs


def _list(wanted: list[Part]) -> Iterator[Triple]:
    for part in wanted:
        for name, value in part.said:
            yield Triple(NamedNode(part.graph), name, value)


def _dcterms(name: str) -> NamedNode:
    return NamedNode(DCTERMS + name)
