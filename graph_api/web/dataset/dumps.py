"""Dumps of a built version: our whole dataset and each named graph, in five forms, packed, with checksums.

Imported releases are graphs of their own: they are dumped one by one, for each has its own licence. Every file
is made when it is first asked for, by a process of its own, so that a large dump costs no reader of the server
anything; then it is kept in `<data>/dumps/<version>/`.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from pyoxigraph import NamedNode, RdfFormat, Store, parse, serialize

from graph_api.errors import StoreUnavailable, UnknownIdentifier
from graph_api.rdf.nquads import Stream, graph_of, triples
from graph_api.rdf.terms import GRAPH, NAMESPACE, prefixes
from graph_api.store.versions import Version
from graph_api.store.whole import sha256, signature_of, watch
from graph_api.web.admission import Admission
from graph_api.web.dataset.files import MAKING_SECONDS, packed, run_apart, written

WHOLE: Final = "passerelle"
_WAITING: Final = 8


@dataclass(frozen=True)
class Form:
    """A form in which a dump is written."""

    suffix: str
    name: str
    rdf: RdfFormat

    @property
    def media_type(self) -> str:
        """The media type of the form, unpacked."""
        return self.rdf.media_type

    @property
    def names_graphs(self) -> bool:
        """Whether it says which graph a statement is in; the others give each statement once."""
        return self.rdf.supports_datasets


FORMS: Final = {
    form.suffix: form
    for form in (
        Form("nq", "N-Quads", RdfFormat.N_QUADS),
        Form("trig", "TriG", RdfFormat.TRIG),
        Form("ttl", "Turtle", RdfFormat.TURTLE),
        Form("nt", "N-Triples", RdfFormat.N_TRIPLES),
        Form("jsonld", "JSON-LD", RdfFormat.JSON_LD),
    )
}


@dataclass(frozen=True)
class Dump:
    """One file: a version's whole dataset, or one of its graphs, in a form."""

    version: Version
    graph: str | None
    form: Form

    @property
    def name(self) -> str:
        """Its address below `/dumps/`."""
        part = WHOLE if self.graph is None else self.graph.removeprefix(NAMESPACE)
        return f"{part}.{self.form.suffix}.gz"

    @property
    def statements(self) -> int:
        """How many statements the file holds."""
        sizes = self.version.own_graphs
        return sum(sizes.values()) if self.graph is None else self.version.graphs[self.graph]

    @property
    def source(self) -> Path:
        """What it is made from: the sorted N-Quads of our graphs, or for other graphs the version's store."""
        stored = self.graph is not None and self.graph not in self.version.own_graphs
        return self.version.directory / "store" if stored else self.version.dump


def dumps_of(version: Version) -> Iterator[Dump]:
    """The dumps of a version: the whole first, then the graphs by name."""
    graphs = sorted(graph for graph in version.graphs if graph.startswith(GRAPH))
    for graph in (None, *graphs):
        for form in FORMS.values():
            yield Dump(version, graph, form)


def dump_named(version: Version, name: str) -> Dump:
    """The dump with that address below `/dumps/`. Raises UnknownIdentifier."""
    for dump in dumps_of(version):
        if dump.name == name:
            return dump
    raise UnknownIdentifier("dump", name, _resembling(version, name))


def _resembling(version: Version, name: str) -> list[str]:
    """Dumps whose name begins as this one does; else those of the whole."""
    start = name.partition(".")[0]
    names = [dump.name for dump in dumps_of(version)]
    return [found for found in names if found.partition(".")[0] == start] or names[: len(FORMS)]


class Dumps:
    """The dump files beside the built graphs of a data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "dumps"
        self._admission = Admission(1, _WAITING, MAKING_SECONDS)
        self._sound: dict[Path, tuple[int, int, int]] = {}

    def file(self, dump: Dump) -> Path:
        """The file, made now when nobody asked for it before, or when it is not what was made then.

        Raises LimitReached, StoreUnavailable; the latter too where what it is made of is damaged.
        """
        path = self._path(dump)
        if path == dump.version.dump:
            self._require_whole(dump)
            if self.known_checksum(dump) and not self._is_sound(dump, path):
                raise StoreUnavailable(f"the dump of version {dump.version.name} is damaged; run `passerelle build`")
        elif not self._is_sound(dump, path):
            with self._admission.place():
                if not self._is_sound(dump, path):
                    self._require_whole(dump)
                    self._note(dump).unlink(missing_ok=True)
                    _have_made(dump, path)
                    self._sum(dump, path)
        return path

    def checksum(self, dump: Dump) -> str:
        """The SHA-256 of the file as it was made; it is made now when nobody asked for it before."""
        path = self.file(dump)
        return self.known_checksum(dump) or self._sum(dump, path)

    def known_checksum(self, dump: Dump) -> str | None:
        """The SHA-256 of the file, where it was made before."""
        note = self._note(dump)
        return note.read_text(encoding="ascii") if note.is_file() else None

    def size(self, dump: Dump) -> int | None:
        """The bytes of the file, where it was made before."""
        path = self._path(dump)
        return path.stat().st_size if path.is_file() else None

    def _require_whole(self, dump: Dump) -> None:
        """Raises StoreUnavailable where that of which the dump is made is not what the build wrote."""
        if wrong := watch(dump.version.directory).faults({dump.source.name} if dump.source.suffix else None):
            raise StoreUnavailable(f"version {dump.version.name} is damaged ({wrong[0]}); run `passerelle build`")

    def _is_sound(self, dump: Dump, path: Path) -> bool:
        """Whether the file is there and is what was made; it is read only where it has changed since."""
        known = self.known_checksum(dump)
        if known is None or not path.is_file():
            return False
        signature = signature_of(path)
        if self._sound.get(path) != signature:
            if sha256(path) != known:
                return False
            self._sound[path] = signature
        return True

    def _sum(self, dump: Dump, path: Path) -> str:
        digest = sha256(path)
        with suppress(StoreUnavailable), written(self._note(dump)) as note:  # the folder may be read-only
            note.write(digest.encode("ascii"))
        return digest

    def _path(self, dump: Dump) -> Path:
        if dump.graph is None and dump.form.suffix == "nq":
            return dump.version.dump
        return self._folder / dump.version.name / dump.name

    def _note(self, dump: Dump) -> Path:
        return self._folder / dump.version.name / f"{dump.name}.sha256"


def _have_made(dump: Dump, path: Path) -> None:
    run_apart(__spec__.name, str(dump.source), str(path), dump.form.suffix, dump.graph or "")


def make(source: Path, target: Path, form: Form, graph: str | None) -> None:
    """Write the dump of one graph, or of all, from sorted N-Quads or from a store."""
    with packed(target) as output, tempfile.TemporaryDirectory() as folder, _lines(source, graph) as lines:
        chosen = lines
        if not form.names_graphs:
            chosen = triples(chosen)
        elif form.rdf != RdfFormat.N_QUADS and graph is None:
            chosen = _by_graph(chosen, Path(folder))
        if form.rdf in (RdfFormat.N_QUADS, RdfFormat.N_TRIPLES):
            output.writelines(chosen)
            return
        _convert(Stream(chosen), output, form.rdf)


@contextmanager
def _lines(source: Path, graph: str | None) -> Iterator[Iterable[bytes]]:
    """The statements as lines of N-Quads, those of one subject together."""
    if source.is_dir():
        found = Store.read_only(str(source)).quads_for_pattern(None, None, None, NamedNode(graph or ""))
        yield (f"{quad} .\n".encode() for quad in found)
        return
    with gzip.open(source) as lines:
        yield lines if graph is None else _of_graph(lines, graph)


def _convert(lines: Any, output: Any, rdf: RdfFormat) -> None:
    """Write the statements in a form with prefixes; the library orders these by chance, so we write them."""
    quads = parse(lines, format=RdfFormat.N_QUADS)
    if rdf == RdfFormat.JSON_LD:
        serialize(quads, output, rdf)
        return
    known = dict(sorted(prefixes().items()))
    output.writelines(f"@prefix {name}: <{iri}> .\n".encode() for name, iri in known.items())
    body: Any = _Without(len(known), output)
    serialize(quads, body, rdf, prefixes=known)


def _of_graph(lines: Iterable[bytes], graph: str) -> Iterator[bytes]:
    ending = f" <{graph}> .\n".encode()
    return (line for line in lines if line.endswith(ending))


def _by_graph(lines: Iterable[bytes], folder: Path) -> Iterator[bytes]:
    """The lines graph by graph, so that a form with blocks opens each block once."""
    with ExitStack() as stack:
        parts: dict[bytes, IO[bytes]] = {}
        for line in lines:
            graph = graph_of(line)
            if graph not in parts:
                parts[graph] = stack.enter_context((folder / str(len(parts))).open("w+b"))
            parts[graph].write(line)
        for _, part in sorted(parts.items()):
            part.seek(0)
            yield from part


class _Without:
    """Passes a text on without its first lines."""

    def __init__(self, lines: int, output: gzip.GzipFile) -> None:
        self._left, self._output = lines, output

    def write(self, data: bytes) -> int:
        size = len(data)
        while self._left and data:
            _, ended, data = data.partition(b"\n")
            self._left -= len(ended)
        self._output.write(data)
        return size

    def flush(self) -> None:
        """Nothing waits here."""


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]), FORMS[sys.argv[3]], sys.argv[4] or None)
