"""The official releases in the data folder: imported, listed, removed, and loaded into a graph.

Layout: `<data>/releases/<source>-<version>.nq.gz`, the statements in the release's own named graph, and
beside it `<source>-<version>.json`, which says where they come from, and `<source>-<version>.flaws.csv`, the flaws
that the import survived, row by row. All are written under other names and
renamed when they are whole; the JSON comes last and holds the checksum of the statements, so that half a
release is never read. Until then statements that are replaced stay as `.before-<source>-<version>.nq.gz`.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from graph_api import durable
from graph_api.errors import BadRelease, UnknownIdentifier
from graph_api.inputs.folders import alone
from graph_api.inputs.importers import importer_for
from graph_api.inputs.importers.files import Progress, ReleaseFiles, sha256, silent
from graph_api.inputs.importers.importer import Importer, Notes, Origin, Statement
from graph_api.rdf import nquads
from graph_api.rdf.namespaces import DCTERMS, OWL, XSD
from graph_api.rdf.terms import GRAPH, RDF_TYPE, pas
from graph_api.rdf.xml_text import cleaned_literal, has_forbidden

_BATCH: Final = 20_000
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
_VERSION_INFO: Final = NamedNode(f"{OWL}versionInfo")


@dataclass(frozen=True)
class Release:
    """What is known of one imported release; kept as JSON beside its statements."""

    source: str
    version: str
    title: str
    publisher: str
    licence: str | None
    rights: str | None
    acknowledgement: str | None
    issued: str | None
    """The date that the release itself gives."""
    modified: str | None
    """The latest change to anything in it."""
    languages: list[str]
    checksums: dict[str, str]
    """The SHA-256 of every file that was given."""
    counts: dict[str, int]
    triples: int
    warnings: list[dict[str, str | int]]
    """Flaws that the import survived: `message`, `count`, `first` (where it came first)."""
    content: str = field(default="")
    """The SHA-256 of the statements' file."""
    partial: bool = False
    """Whether it holds labels alone; then it is served only where no whole release of the source is kept."""

    @property
    def name(self) -> str:
        return f"{self.source}-{self.version}"

    @property
    def graph(self) -> str:
        """The IRI of the release's named graph."""
        return f"{GRAPH}releases/{self.name}"


def import_release(
    source: str,
    paths: Sequence[Path],
    data: Path,
    *,
    version: str | None = None,
    languages: Iterable[str] | None = None,
    progress: Progress = silent,
) -> Release:
    """Read a release of the source from the given folders, zips and files, and keep it in the data folder.

    The same files give the same bytes. Raises BadRelease, naming file, line and what was expected; then the
    releases are as they were.
    """
    importer = importer_for(source)
    files = ReleaseFiles(paths, progress)
    found = version or importer.detect_version(files)
    if found is None:
        raise BadRelease(f"nothing in {files.names()} tells the version; say it with --version, for example 1.2.0")
    if not _VERSION.fullmatch(found):
        raise BadRelease(f"'{found}' is no version; expected letters, digits, dots and hyphens, for example 1.2.0")
    files.restart()
    notes = Notes(found, frozenset(languages) if languages else None)
    folder = _folder(data)
    with alone(data, "import", BadRelease), _scratch(folder, f"{source}-{found}") as (quads_path, json_path):
        release = _write(importer, files, notes, quads_path)
        flaws = _write_flaws(notes, folder / f".importing-{release.name}.flaws.csv")
        flaws_file(data, release.name).unlink(missing_ok=True)
        _describe(release, json_path)
        files.finish()
        _settle(folder, release.name, quads_path, json_path)
        if flaws is not None:
            durable.settled_rename(flaws, flaws_file(data, release.name))
    return release


def keep_only(data: Path, release: Release, lines: Sequence[bytes], counts: Mapping[str, int]) -> None:
    """Let a release hold only these of its statements, with these counts; nothing else of it changes."""
    folder = _folder(data)
    with alone(data, "import", BadRelease), _scratch(folder, release.name) as (quads_path, json_path):
        nquads.write_packed(quads_path, lines)
        left = replace(release, counts={**counts}, triples=len(lines), content=sha256(quads_path))
        _describe(left, json_path)
        _settle(folder, release.name, quads_path, json_path)


def _describe(release: Release, path: Path) -> None:
    text = json.dumps(asdict(release), indent=1, sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _settle(folder: Path, name: str, quads_path: Path, json_path: Path) -> None:
    """Give statements and description their names, so that at every moment one whole release is read."""
    statements = folder / f"{name}.nq.gz"
    if statements.is_file():
        os.link(statements, _before(statements))
    durable.settled_rename(quads_path, statements)
    durable.settled_rename(json_path, folder / f"{name}.json")
    _before(statements).unlink(missing_ok=True)


def list_releases(data: Path) -> list[Release]:
    """All releases, by source, the newest first."""
    found = [described(path) for path in _folder(data).glob("*.json")]
    found.sort(key=lambda release: version_key(release.version), reverse=True)
    return sorted(found, key=lambda release: release.source)


def current_releases(data: Path) -> list[Release]:
    """The newest release of each source; the newest of its whole ones, where there is one."""
    newest: dict[str, Release] = {}
    for release in sorted(list_releases(data), key=lambda release: release.partial):
        newest.setdefault(release.source, release)
    return sorted(newest.values(), key=lambda release: release.source)


def remove_release(data: Path, name: str) -> None:
    """Delete a release. Raises UnknownIdentifier when there is none of that name."""
    with alone(data, "import", BadRelease):
        _swept(_folder(data))
        _named(data, name)
        # The description goes first: statements without one are not read.
        (_folder(data) / f"{name}.json").unlink(missing_ok=True)
        (_folder(data) / f"{name}.nq.gz").unlink(missing_ok=True)
        flaws_file(data, name).unlink(missing_ok=True)


def flaws_file(data: Path, name: str) -> Path:
    """Where the flaws of a release stand, one a row: place and message."""
    return _folder(data) / f"{name}.flaws.csv"


def quads(data: Path, name: str) -> Path:
    """The file with the release's statements as gzipped N-Quads.

    Raises UnknownIdentifier when there is no such release, BadRelease when its statements are not those that
    were imported.
    """
    return statements_file(data, _named(data, name))


def statements_file(data: Path, release: Release) -> Path:
    """The file with the release's statements. Raises BadRelease when they are not those that were imported."""
    path = _folder(data) / f"{release.name}.nq.gz"
    for each in (path, _before(path)):
        if each.is_file() and sha256(each) == release.content:
            return each
    raise BadRelease(f"{path.name} is not what was imported; import {release.source} {release.version} again")


def files(data: Path) -> list[Path]:
    """The statements of the newest release of each source."""
    return [statements_file(data, release) for release in current_releases(data)]


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Orders versions as people do: 1.10 after 1.9, and a plain release after its own candidates.

    >>> sorted(["1.10.0", "1.9.2", "1.10.0-rc1"], key=version_key)
    ['1.9.2', '1.10.0-rc1', '1.10.0']
    """
    parts = re.findall(r"\d+|[A-Za-z]+", version)
    return (*((1, int(part), "") if part.isdigit() else (-1, 0, part.lower()) for part in parts), (0, 0, ""))


def _folder(data: Path) -> Path:
    return data / "releases"


def _named(data: Path, name: str) -> Release:
    releases = {release.name: release for release in list_releases(data)}
    if name not in releases:
        raise UnknownIdentifier("release", name, sorted(releases))
    return releases[name]


def described(path: Path) -> Release:
    """The release that a description tells of. Raises BadRelease where it cannot be read."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Release(**content)
    except (ValueError, TypeError) as error:
        raise BadRelease(f"{path.name} is no description of a release ({error}); import the release again") from None


def _write(importer: Importer, files: ReleaseFiles, notes: Notes, path: Path) -> Release:
    """Write the statements and say what they are."""
    name = f"{importer.name}-{notes.version}"
    graph = NamedNode(f"{GRAPH}releases/{name}")
    checksums = files.checksums()
    with (
        path.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=5, mtime=0, filename="") as packed,
    ):
        count = _serialize(_carried(importer.read(files, notes), notes), graph, packed)
        count += _serialize(_description(importer.origin, notes, checksums, graph), graph, packed)
    origin = importer.origin
    return Release(
        source=importer.name,
        version=notes.version,
        title=origin.title,
        publisher=origin.publisher,
        licence=origin.licence,
        rights=origin.rights,
        acknowledgement=origin.acknowledgement,
        issued=notes.issued,
        modified=notes.modified,
        languages=sorted(notes.found_languages),
        checksums=checksums,
        counts=dict(notes.counts),
        triples=count,
        warnings=[
            {"message": message, "count": warned.count, "first": warned.first}
            for message, warned in sorted(notes.warnings.items())
        ],
        content=sha256(path),
        partial=notes.partial,
    )


def _write_flaws(notes: Notes, path: Path) -> Path | None:
    """The flaws as a table; None where there are none."""
    if not notes.flaws:
        return None
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("place", "flaw"))
        table.writerows(notes.flaws)
    return path


def _carried(statements: Iterator[Statement], notes: Notes) -> Iterator[Statement]:
    """The statements with text that every format can carry."""
    for subject, predicate, said in statements:
        if isinstance(said, Literal) and has_forbidden(said.value):
            notes.warn("text holds characters that XML cannot carry; dropped", subject.value)
            yield subject, predicate, cleaned_literal(said)
        else:
            yield subject, predicate, said


def _serialize(statements: Iterator[Statement], graph: NamedNode, stream: gzip.GzipFile) -> int:
    """Write the statements in batches, so that memory does not grow with them; the number of them."""
    count = 0
    while batch := [Quad(*statement, graph) for statement in islice(statements, _BATCH)]:
        count += len(batch)
        stream.write(serialize(batch, format=RdfFormat.N_QUADS) or b"")
    return count


def _description(origin: Origin, notes: Notes, checksums: dict[str, str], graph: NamedNode) -> Iterator[Statement]:
    """What the release's graph says of itself."""
    yield graph, RDF_TYPE, pas("Release")
    yield graph, NamedNode(f"{DCTERMS}title"), Literal(origin.title, language="en")
    yield graph, _VERSION_INFO, Literal(notes.version)
    yield graph, NamedNode(f"{DCTERMS}publisher"), Literal(origin.publisher)
    if origin.licence:
        yield graph, NamedNode(f"{DCTERMS}license"), NamedNode(origin.licence)
    if origin.rights:
        yield graph, NamedNode(f"{DCTERMS}rights"), Literal(origin.rights, language="en")
    if origin.acknowledgement:
        yield graph, pas("acknowledgement"), Literal(origin.acknowledgement, language="en")
    for predicate, date in (("issued", notes.issued), ("modified", notes.modified)):
        if date:
            yield graph, NamedNode(DCTERMS + predicate), Literal(date, datatype=NamedNode(f"{XSD}date"))
    for language in sorted(notes.found_languages):
        yield graph, NamedNode(f"{DCTERMS}language"), Literal(language)
    for name, digest in checksums.items():
        yield graph, pas("checksum"), Literal(f"sha256:{digest}  {name}")


@contextmanager
def _scratch(folder: Path, name: str) -> Iterator[tuple[Path, Path]]:
    """Two files to write to, gone afterwards unless they were renamed; so are those of killed imports."""
    folder.mkdir(parents=True, exist_ok=True)
    _swept(folder)
    paths = folder / f".importing-{name}.nq.gz", folder / f".importing-{name}.json.new"
    try:
        yield paths
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def _before(statements: Path) -> Path:
    """Where statements stay that are replaced, until the description of the new ones is there."""
    return statements.with_name(f".before-{statements.name}")


def _swept(folder: Path) -> None:
    """Delete what killed imports and removals left: half-written files, and statements that nothing describes."""
    for statements in folder.glob("[!.]*.nq.gz"):
        description = statements.with_name(statements.name.removesuffix(".nq.gz") + ".json")
        if not description.is_file():
            statements.unlink()
            continue
        before = _before(statements)
        if before.is_file() and sha256(before) == _content(description):
            durable.rename(before, statements)
    for flaws in folder.glob("[!.]*.flaws.csv"):
        if not flaws.with_name(flaws.name.removesuffix(".flaws.csv") + ".json").is_file():
            flaws.unlink()
    for left in (*folder.glob(".importing-*"), *folder.glob(".before-*")):
        left.unlink()


def _content(description: Path) -> str:
    try:
        return described(description).content
    except BadRelease:
        return ""
