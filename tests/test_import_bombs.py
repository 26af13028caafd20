"""Files that look small and are not are refused before they do harm."""

from __future__ import annotations

import gzip
import io
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from graph_api.errors import BadRelease
from graph_api.inputs.importers import bombs
from graph_api.inputs.importers.files import ReleaseFiles
from graph_api.inputs.releases import import_release, list_releases

ROOT = Path(__file__).parents[1]
RDF = """<?xml version="1.0"?>{doctype}
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
<skos:Concept rdf:about="http://data.europa.eu/esco/occupation/x"><skos:prefLabel xml:lang="en">{text}</skos:prefLabel>
</skos:Concept></rdf:RDF>"""
GROWING = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))


def rdf(folder: Path, doctype: str, text: str = "baker") -> Path:
    path = folder / "esco.rdf"
    path.write_text(RDF.format(doctype=doctype, text=text), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        (GROWING, "&e9;"),
        (f'<!ENTITY long "{"x" * 10_000}">', "&long;" * 100),
        ('<!ENTITY file SYSTEM "file:///etc/passwd">', "&file;"),
        ('<!ENTITY web SYSTEM "http://127.0.0.1:1/">', "&web;"),
        ("<!ENTITY % all \"<!ENTITY x 'y'>\"> %all;", "&x;"),
        ("".join(f'<!ENTITY e{n} "x">' for n in range(300)), "&e1;"),
    ],
)
def test_entities_are_refused_before_they_are_read(tmp_path: Path, declared: str, text: str) -> None:
    with pytest.raises(BadRelease, match="declares the entity"):
        import_release("esco", [rdf(tmp_path, f"<!DOCTYPE x [{declared}]>", text)], tmp_path / "data", version="9.0")
    assert list_releases(tmp_path / "data") == []


def test_short_names_for_addresses_are_read(tmp_path: Path) -> None:
    path = rdf(tmp_path, '<!DOCTYPE x [<!ENTITY xsd "http://www.w3.org/2001/XMLSchema#">]>')
    assert import_release("esco", [path], tmp_path / "data", version="9.0").triples > 0


def test_a_prologue_without_end_is_refused() -> None:
    with pytest.raises(BadRelease, match="no element"):
        bombs.check_entities("x.rdf", io.BytesIO(b"<?xml version='1.0'?>" + b"<!-- long -->\n" * 100_000))


def long_line(folder: Path) -> Path:
    path = folder / "occupations_en.csv.gz"
    with gzip.open(path, "wb", 1) as packed:
        for _ in range(300):
            packed.write(b"x" * 2**20)
    return path


def zipped_line(folder: Path) -> Path:
    path = folder / "esco.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("occupations_en.csv", "w") as member:
        for _ in range(300):
            member.write(b"x" * 2**20)
    return path


def many_lines(folder: Path) -> Path:
    path = folder / "occupations_en.csv.gz"
    with gzip.open(path, "wb", 6) as packed:
        for _ in range(300):
            packed.write((b" " * 2**14 + b"\n") * 2**6)
    return path


def many_triples(folder: Path) -> Path:
    path = folder / "esco.ttl.gz"
    with gzip.open(path, "wb", 6) as packed:
        for _ in range(300):
            packed.write(b"# nothing\n" * 100_000)
    return path


@pytest.mark.long
@pytest.mark.parametrize("bomb", [zipped_line, long_line, many_lines, many_triples])
def test_bombs_are_refused_in_little_memory(tmp_path: Path, bomb: Callable[[Path], Path]) -> None:
    """The import may have 700 MB of addresses; each of these would unpack to 300 MB, and be held more than once."""
    done = subprocess.run(
        [sys.executable, "-m", "graph_api", *f"import esco {bomb(tmp_path)} --version 9.0 --no-rebuild".split()],
        cwd=ROOT,
        env={**os.environ, "PASSERELLE_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (700 * 2**20, 700 * 2**20)),
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "expected the publisher's file" in " ".join(done.stderr.split())


@pytest.mark.parametrize("name", ["../../escaped.csv", "/tmp/escaped.csv", "a/../../escaped.csv", "..\\escaped.csv"])
def test_a_member_that_leads_out_of_its_archive_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "inner" / "esco.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "conceptType")
    with pytest.raises(BadRelease, match="leads out of it"):
        ReleaseFiles([path])
    assert not list(tmp_path.rglob("escaped*"))


def test_members_are_counted(tmp_path: Path) -> None:
    with pytest.raises(BadRelease, match="more than 10000 members"):
        bombs.check_members("x.zip", (zipfile.ZipInfo(f"{number}.csv") for number in range(10_001)))


def test_a_workbook_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book,
        book.open("xl/worksheets/sheet1.xml", "w") as sheet,
    ):
        for _ in range(80):
            sheet.write(b" " * 2**20)
    with pytest.raises(BadRelease, match="unpacks to more than"):
        bombs.check_workbook("kit.xlsx", stream)
