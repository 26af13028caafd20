"""Imported releases: listed, ordered, loaded, removed; written whole or not at all."""

from __future__ import annotations

import fcntl
import gzip
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Store

from graph_api.errors import BadRelease, UnknownIdentifier
from graph_api.inputs.importers import IMPORTERS
from graph_api.inputs.importers.files import sha256
from graph_api.inputs.importers.importer import Notes
from graph_api.inputs.releases import (
    current_releases,
    files,
    import_release,
    list_releases,
    quads,
    remove_release,
    version_key,
)
from tests.release_fixtures import BAKER, load_into, loaded, replace_in, said_of, write_csv, write_esco, write_next_esco

GRAPH = "https://w3id.org/passerelle/graph/releases/"


def import_esco(tmp_path: Path, version: str) -> None:
    import_release("esco", [write_esco(tmp_path / "esco")], tmp_path / "data", version=version)


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    folder, data = write_esco(tmp_path / "esco", ["en", "nl"]), tmp_path / "data"
    first = import_release("esco", [folder], data, version="1.1.1")
    before = {path.name: path.read_bytes() for path in (data / "releases").iterdir()}
    second = import_release("esco", [folder / "nl", folder / "relations", folder / "en"], data, version="1.1.1")
    assert second.counts == first.counts
    import_release("esco", [folder], data, version="1.1.1")
    assert {path.name: path.read_bytes() for path in (data / "releases").iterdir()} == before
    assert set(before) == {"esco-1.1.1.nq.gz", "esco-1.1.1.json"}


def test_a_release_says_where_it_comes_from(tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "formations-2025" / "x-vocational-formations-2025.csv", FORMATION_COLUMNS, FORMATIONS)
    release = import_release("lu-formations", [folder], tmp_path / "data")
    graph = f"{GRAPH}lu-formations-2025"
    assert said_of(loaded(tmp_path / "data", "lu-formations-2025"), graph) == {
        ("rdf:type", "pas:Release"),
        ("dcterms:title", "Trades and professions in vocational training@en"),
        ("owl:versionInfo", "2025"),
        ("dcterms:publisher", "Legilux, derived from the acts"),
        ("dcterms:license", "https://creativecommons.org/licenses/by/4.0/"),
        ("dcterms:language", "fr"),
        ("pas:checksum", f"sha256:{sha256(folder)}  x-vocational-formations-2025.csv"),
    }
    assert release.graph == graph
    assert release.checksums == {"x-vocational-formations-2025.csv": sha256(folder)}


FORMATION_COLUMNS = ["formation", "certificate", "chambre_patronale"]
FORMATIONS = [{"formation": "Moon baker", "certificate": "DAP", "chambre_patronale": "CdM"}]


def test_the_acknowledgement_that_the_source_asks_for_is_in_the_graph(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    said = said_of(loaded(tmp_path / "data", "esco-1.1.1"), f"{GRAPH}esco-1.1.1")
    text = "This service uses the ESCO classification of the European Commission."
    assert ("pas:acknowledgement", f"{text}@en") in said
    assert ("dcterms:license", "http://data.europa.eu/eli/dec/2011/833/oj") in said
    assert ("dcterms:modified", "2021-05-06") in said
    assert json.loads((tmp_path / "data" / "releases" / "esco-1.1.1.json").read_text())["acknowledgement"] == text


def test_the_newest_version_of_each_source_is_current(tmp_path: Path) -> None:
    for version in ("1.9.2", "1.10.0", "1.10.0-rc1"):
        import_esco(tmp_path, version)
    path = write_csv(tmp_path / "x-vocational-formations-2025.csv", FORMATION_COLUMNS, FORMATIONS)
    import_release("lu-formations", [path], tmp_path / "data")
    names = [release.name for release in list_releases(tmp_path / "data")]
    assert names == ["esco-1.10.0", "esco-1.10.0-rc1", "esco-1.9.2", "lu-formations-2025"]
    assert [release.name for release in current_releases(tmp_path / "data")] == [
        "esco-1.10.0",
        "lu-formations-2025",
    ]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.9", "1.10"),
        ("1.1.1", "1.2.0"),
        ("1.2", "1.2.1"),
        ("1.2.0-rc1", "1.2.0"),
        ("3.0", "2025-01-31"),
        ("2", "10"),
    ],
)
def test_versions_are_ordered_as_people_order_them(older: str, newer: str) -> None:
    assert version_key(older) < version_key(newer)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4), st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_plain_versions_are_ordered_as_their_numbers(left: list[int], right: list[int]) -> None:
    keys = [version_key(".".join(map(str, numbers))) for numbers in (left, right)]
    assert (keys[0] < keys[1]) == (left < right)


def test_a_removed_release_is_gone_and_the_older_one_is_current_again(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    import_esco(tmp_path, "1.2.0")
    remove_release(tmp_path / "data", "esco-1.2.0")
    assert [release.name for release in current_releases(tmp_path / "data")] == ["esco-1.1.1"]
    assert sorted(path.name for path in (tmp_path / "data" / "releases").iterdir()) == [
        "esco-1.1.1.json",
        "esco-1.1.1.nq.gz",
    ]


@pytest.mark.parametrize("name", ["esco-9", "../data", "esco", ""])
def test_a_release_that_is_not_there_cannot_be_removed(tmp_path: Path, name: str) -> None:
    import_esco(tmp_path, "1.1.1")
    with pytest.raises(UnknownIdentifier, match=r"did you mean esco-1\.1\.1"):
        remove_release(tmp_path / "data", name)
    assert len(list_releases(tmp_path / "data")) == 1


def test_an_empty_data_folder_has_no_releases(tmp_path: Path) -> None:
    store = Store()
    load_into(store, tmp_path)
    assert (list_releases(tmp_path), files(tmp_path), len(store)) == ([], [], 0)
    with pytest.raises(UnknownIdentifier):
        quads(tmp_path, "esco-1.1.1")


def test_the_newest_releases_are_loaded_each_into_its_own_graph(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    import_esco(tmp_path, "1.2.0")
    path = write_csv(tmp_path / "x-vocational-formations-2025.csv", FORMATION_COLUMNS, FORMATIONS)
    import_release("lu-formations", [path], tmp_path / "data")
    store = Store()
    load_into(store, tmp_path / "data")
    assert {graph.value for graph in store.named_graphs()} == {
        f"{GRAPH}esco-1.2.0",
        f"{GRAPH}lu-formations-2025",
    }
    assert len(store) == sum(release.triples for release in current_releases(tmp_path / "data"))
    assert [path.name for path in files(tmp_path / "data")] == [
        "esco-1.2.0.nq.gz",
        "lu-formations-2025.nq.gz",
    ]


def test_every_statement_is_counted_once(tmp_path: Path) -> None:
    release = import_release("esco", [write_esco(tmp_path / "esco", ["en", "nl"])], tmp_path / "data", version="1.1.1")
    assert release.triples == len(loaded(tmp_path / "data", "esco-1.1.1"))
    lines = gzip.decompress(quads(tmp_path / "data", "esco-1.1.1").read_bytes()).splitlines()
    assert len(lines) == len(set(lines)) == release.triples


def test_statements_that_were_changed_afterwards_are_refused(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    path = quads(tmp_path / "data", "esco-1.1.1")
    path.write_bytes(gzip.compress(b""))
    with pytest.raises(BadRelease, match=r"esco-1.1.1.nq.gz is not what was imported; import esco 1.1.1 again"):
        load_into(Store(), tmp_path / "data")
    import_esco(tmp_path, "1.1.1")
    assert said_of(loaded(tmp_path / "data", "esco-1.1.1"), BAKER)


def test_a_description_that_was_changed_is_refused(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    path = tmp_path / "data" / "releases" / "esco-1.1.1.json"
    replace_in(path, '"source"', '"sauce"')
    with pytest.raises(BadRelease, match=r"esco-1.1.1.json is no description of a release"):
        list_releases(tmp_path / "data")


def test_what_a_killed_import_left_is_swept_away_and_was_never_a_release(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "releases"
    folder.mkdir(parents=True)
    (folder / ".importing-esco-1.0.nq.gz").write_bytes(b"half")
    (folder / ".importing-esco-1.0.json.new").write_bytes(b"{")
    assert list_releases(tmp_path / "data") == []
    import_esco(tmp_path, "1.1.1")
    assert sorted(path.name for path in folder.iterdir()) == ["esco-1.1.1.json", "esco-1.1.1.nq.gz"]


def test_two_imports_at_a_time_are_refused(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    with (tmp_path / "data" / "import.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BadRelease, match="another import is running"):
            import_esco(tmp_path, "1.2.0")
        with pytest.raises(BadRelease, match="another import is running"):
            remove_release(tmp_path / "data", "esco-1.1.1")
    import_esco(tmp_path, "1.2.0")
    assert len(list_releases(tmp_path / "data")) == 2


def test_progress_goes_up_to_all_bytes(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    rows = [{"conceptUri": f"{BAKER}{number}", "preferredLabel": "x" * 400} for number in range(4000)]
    write_csv(folder / "occupations_de.csv", ["conceptUri", "preferredLabel"], rows)
    calls: list[tuple[int, int | None, str]] = []
    import_release("esco", [folder], tmp_path / "data", version="1.1.1", progress=lambda *call: calls.append(call))
    total = sum(path.stat().st_size for path in folder.rglob("*.csv"))
    assert [done for done, _, _ in calls] == sorted(done for done, _, _ in calls)
    assert {all_of for _, all_of, _ in calls} == {total}
    assert ("esco/occupations_de.csv" in {what for _, _, what in calls}, calls[-1]) == (
        True,
        (total, total, ""),
    )


def test_every_source_names_its_origin() -> None:
    assert {name for name, importer in IMPORTERS.items() if importer.name != name} == set()
    assert all(importer.origin.title and importer.origin.publisher for importer in IMPORTERS.values())
    licences = {importer.origin.licence for importer in IMPORTERS.values() if importer.origin.licence}
    assert all(NamedNode(licence) for licence in licences)
    assert all(importer.origin.licence or importer.origin.rights for importer in IMPORTERS.values())


def big_esco(tmp_path: Path) -> Path:
    """A release long enough for progress to be reported while it is read."""
    folder = write_esco(tmp_path / "esco")
    rows = [{"conceptUri": f"{BAKER}{number}", "preferredLabel": "x" * 400} for number in range(2000)]
    write_csv(folder / "occupations_de.csv", ["conceptUri", "preferredLabel"], rows)
    return folder


def test_an_interrupted_import_leaves_everything_as_it_was(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    before = {path.name: path.read_bytes() for path in (tmp_path / "data" / "releases").iterdir()}

    def interrupt(_done: int, _total: int | None, _what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_release("esco", [big_esco(tmp_path)], tmp_path / "data", version="1.1.1", progress=interrupt)
    assert {path.name: path.read_bytes() for path in (tmp_path / "data" / "releases").iterdir()} == before


KILLED = """
import os, signal, sys
from pathlib import Path
from graph_api.inputs.releases import import_release
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
import_release("esco", [Path(sys.argv[1])], Path(sys.argv[2]), version="1.1.1", progress=die)
"""


def test_a_killed_import_leaves_the_release_that_was_there(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    data = tmp_path / "data"
    before = quads(data, "esco-1.1.1").read_bytes()
    command = [sys.executable, "-c", KILLED, str(big_esco(tmp_path)), str(data)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert quads(data, "esco-1.1.1").read_bytes() == before
    assert len(list((data / "releases").glob(".importing-*"))) == 1
    release = import_release("esco", [big_esco(tmp_path)], data, version="1.1.1")
    assert [known.content for known in list_releases(data)] == [release.content]
    assert sorted(path.name for path in (data / "releases").iterdir()) == [
        "esco-1.1.1.flaws.csv",
        "esco-1.1.1.json",
        "esco-1.1.1.nq.gz",
    ]


REPLACED = """
import os, signal, sys
from pathlib import Path
from graph_api import durable
from graph_api.inputs.releases import import_release, remove_release
rename, unlink = durable.rename, Path.unlink
def killed(path, *_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
def renamed(source, target):
    killed(target) if target.suffix == ".json" else rename(source, target)
durable.rename = renamed
if sys.argv[1] == "import":
    import_release("esco", [Path(sys.argv[2])], Path(sys.argv[3]), version="1.1.1")
def unlinked(path, **options):
    killed(path) if path.name.endswith(".gz") else unlink(path, **options)
Path.unlink = unlinked
remove_release(Path(sys.argv[3]), "esco-1.1.1")
"""


def test_an_import_killed_between_statements_and_description_leaves_the_release_that_was_there(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    data, other = tmp_path / "data", write_next_esco(tmp_path / "next")
    before = quads(data, "esco-1.1.1").read_bytes()
    done = subprocess.run([sys.executable, "-c", REPLACED, "import", str(other), str(data)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert quads(data, "esco-1.1.1").read_bytes() == before
    with pytest.raises(UnknownIdentifier):
        remove_release(data, "esco-9")
    assert (data / "releases" / "esco-1.1.1.nq.gz").read_bytes() == before
    assert sorted(each.name for each in (data / "releases").iterdir()) == ["esco-1.1.1.json", "esco-1.1.1.nq.gz"]
    import_release("esco", [other], data, version="1.1.1")
    assert quads(data, "esco-1.1.1").read_bytes() != before
    assert sorted(each.name for each in (data / "releases").iterdir()) == ["esco-1.1.1.json", "esco-1.1.1.nq.gz"]


def test_what_a_killed_removal_left_is_swept_away(tmp_path: Path) -> None:
    import_esco(tmp_path, "1.1.1")
    data = tmp_path / "data"
    done = subprocess.run([sys.executable, "-c", REPLACED, "remove", "", str(data)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (list_releases(data), len(list((data / "releases").iterdir()))) == ([], 1)
    import_esco(tmp_path, "1.2.0")
    assert sorted(path.name for path in (data / "releases").iterdir()) == ["esco-1.2.0.json", "esco-1.2.0.nq.gz"]


@pytest.mark.parametrize(
    ("language", "kept"), [("en", True), ("en-us", True), ("enm", False), ("fr", False), ("us", False)]
)
def test_who_wants_a_language_gets_its_regional_forms(language: str, kept: bool) -> None:
    assert Notes("1.0.3", frozenset({"en"})).wants(language) is kept
