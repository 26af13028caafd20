"""Whatever happens to the bytes of a release, an import ends with a release or with BadRelease."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_api.errors import BadRelease
from graph_api.inputs.releases import import_release, list_releases
from tests import test_import_crosswalks as crosswalks
from tests import test_import_national as national
from tests.conftest import in_turn
from tests.release_fixtures import gzipped, write_esco, zipped
from tests.test_import_esco import OFFICIAL_SHAPE


def esco(file: str) -> Callable[[Path], Path]:
    return lambda folder: write_esco(folder / "esco") / file


def turtle(folder: Path) -> Path:
    path = folder / "esco.ttl"
    path.write_text(OFFICIAL_SHAPE, encoding="utf-8")
    return path


RELEASES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "occupations": ("esco", esco("en/occupations_en.csv")),
    "skills": ("esco", esco("en/skills_en.csv")),
    "relations": ("esco", esco("relations/occupationSkillRelations.csv")),
    "turtle": ("esco", turtle),
    "zip": ("esco", lambda folder: zipped(write_esco(folder / "esco"), folder / "esco.zip")),
    "gzip": ("esco", lambda folder: gzipped(write_esco(folder / "esco") / "en" / "skills_en.csv")),
    "kldb": ("kldb", lambda folder: national.table(folder / "KldB.csv", national.KLDB)),
    "rome": ("rome", lambda folder: national.write_rome(folder / "rome") / "metiers_definition.csv"),
    "kit": ("rncp", lambda folder: national.table(folder / "Kit_apprentissage_x.csv", national.KIT)),
    "diplomas": ("bcn", lambda folder: national.table(folder / "N_FORMATION_DIPLOME.csv", national.DIPLOMAS)),
    "crebo": ("crebo", national.crebo),
    "vks": ("vks", national.vks),
    "countries": (
        "eu-authority-tables",
        lambda folder: national.genericode(folder, "country", {"AAA": "Alpha", "BBB": "Beta"}),
    ),
    "crosswalk": (
        "esco-kldb",
        lambda folder: crosswalks.write(folder / "DE_mapping.csv", crosswalks.KLDB_COLUMNS, crosswalks.KLDB_ROWS),
    ),
}


@st.composite
def damages(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Some bytes changed, cut out or put in, anywhere."""
    place = draw(st.floats(0, 1))
    length = draw(st.integers(0, 12))
    junk = draw(
        st.one_of(st.binary(max_size=6), st.sampled_from([b'"', b",", b"\n", b"<", b" ", b"|", b"\xc3", b"\0"]))
    )

    def damage(content: bytes) -> bytes:
        start = int(place * len(content))
        return content[:start] + junk + content[start + length :]

    return damage


@pytest.mark.parametrize("name", in_turn(RELEASES, 4))
@settings(max_examples=60, deadline=None)
@given(damage=damages())
def test_damaged_bytes_give_a_release_or_a_refusal(name: str, damage: Callable[[bytes], bytes]) -> None:
    source, make = RELEASES[name]
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = make(folder)
        path.write_bytes(damage(path.read_bytes()))
        whole = folder / "esco" if source == "esco" and path.parent != folder else path
        data = folder / "data"
        try:
            release = import_release(source, [whole.parent if source == "rome" else whole], data, version="1.1.1")
        except BadRelease as error:
            assert str(error)
            assert not (data / "releases").exists() or list((data / "releases").iterdir()) == []
        else:
            assert [known.content for known in list_releases(data)] == [release.content]
