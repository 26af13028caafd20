"""The official registers become titles: as many as their descriptions state, and the curated ones stay one thing."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, serialize

from graph_api.build.registered import Registered, titles_of_registers
from graph_api.inputs import tables
from graph_api.inputs.releases import import_release
from graph_api.rdf import nquads
from tests.conftest import SOURCES, official

pytestmark = pytest.mark.long

TITLES = {
    # one certification of 4,588 is "NR"
    "rncp": (["fr/rncp/Kit_apprentissage_20250131.xlsx"], None, 4588 - 1),
    "bcn": (["fr/bcn"], "2026", 3923 + 6954),
    "crebo": (["nl/nl-crebo-2015.derived.csv"], None, 470),
    "vks": (["be/vks-beroepskwalificaties-index.csv"], "2026", 274),
    # 22 ordinances name several occupations, or none
    "ausbildungsordnungen": (["de/de-ausbildungsordnungen-2022.derived.csv"], None, 286 - 22),
    "hwo": (["de/de-hwo-crafts-annex-A-B.derived.csv"], "2022", 53 + 56 + 57 - 17),
    "lu-formations": (["lu/lu-vocational-formations-2025.derived.csv"], None, 284),
}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    data = tmp_path_factory.mktemp("registers")
    for source, (names, version, _) in TITLES.items():
        paths = [official("data", "national", name) for name in names]
        import_release(source, paths, data, version=version)
    return titles_of_registers(data, dump_of_tables(data / "dump.nq.gz"))


def dump_of_tables(path: Path) -> Path:
    """What the tables say, as the dump of a build would hold it."""
    quads = tables.read_tables(SOURCES.mappings).quads
    nquads.write_packed(path, sorted((serialize(quads, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True)))
    return path


@pytest.mark.parametrize("register", TITLES)
def test_every_row_is_a_title_of_its_own_or_a_curated_one(taken: Registered, register: str) -> None:
    counts = taken.counts()[register]
    assert counts["titles"] + counts["curated"] == TITLES[register][2]


def test_curated_titles_are_one_thing_with_their_rows(taken: Registered) -> None:
    codes = {(finding.register, finding.code) for finding in taken.findings if finding.finding == "same code"}
    assert ("rncp", "RNCP37715") in codes
    said = b"".join(taken.lines)
    assert b"/qualification/rncp-37715>" not in said
    assert b"/qualification/fr-adac> <https://w3id.org/passerelle/def#registerEntry>" in said


def test_levels_of_both_numberings_have_their_place_in_the_european_framework(taken: Registered) -> None:
    unplaced = {
        (finding.register, finding.in_the_register)
        for finding in taken.findings
        if finding.finding == "level not in register_levels.csv"
    }
    assert unplaced == {("lu-formations", "TRF")}  # the act on levels does not name this certificate
