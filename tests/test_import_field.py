"""Releases as they lie on people's desks: other layouts, the publisher's names, cells emptied, spreadsheets between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from graph_api.build.labels import as_alternatives, surplus_labels
from graph_api.errors import BadRelease
from graph_api.inputs.releases import Release, current_releases, import_release
from graph_api.rdf.namespaces import SKOS, SSSOM
from graph_api.rdf.terms import GRAPH, RDF_TYPE
from tests.release_fixtures import BAKER, replace_in, write_csv, write_esco
from tests.test_import_damage import RELATIONS, SKILLS, drop_column
from tests.test_import_national import EXPORT, KLDB, ROME, crafts_of_the_annexes, crebo, table

GROUPS_OF_2020 = """
    conceptType,conceptUri,code,preferredLabel,altLabels,inScheme,description
    ISCOGroup,http://data.europa.eu/esco/isco/C9,9,Moon workers,,http://data.europa.eu/esco/concept-scheme/isco,Text
"""
PUBLISHERS = {
    "metiers": "unix_cr_gd_dp",
    "metiers_exemple": "unix_referentiel_appellation",
    "competences": "unix_item",
    "correspondances": "unix_coherence_item",
    "metiers_definition": "unix_texte",
}


def warned(release: Release) -> dict[str, str | int]:
    return {str(warning["message"]): warning["count"] for warning in release.warnings}


def test_releases_of_1_0_may_have_some_of_the_later_columns(tmp_path: Path) -> None:
    table(tmp_path / "v1.0.8" / "ISCOGroups_en.csv", GROUPS_OF_2020)
    release = import_release("esco", [tmp_path / "v1.0.8"], tmp_path / "data")
    assert (release.version, release.counts["ISCOGroup"], release.warnings) == ("1.0.8", 1, [])


def test_a_later_column_that_is_missing_is_reported(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    drop_column(SKILLS, "status")(folder)
    release = import_release("esco", [folder], tmp_path / "data", version="1.1.1")
    assert warned(release)["the column 'status' is missing; nothing of it is known"] == 1


@pytest.mark.parametrize("ending", ["_v900_utf8.csv", "_v900_iso8859-15.csv"])
def test_rome_is_read_under_the_publishers_names(tmp_path: Path, ending: str) -> None:
    for stem, name in PUBLISHERS.items():
        path = table(tmp_path / "theirs" / f"{name}{ending}", ROME[f"{stem}.csv"])
        if "8859" in ending:
            path.write_text(path.read_text(encoding="utf-8"), encoding="iso-8859-15")
        table(tmp_path / "copy" / f"{stem}.csv", ROME[f"{stem}.csv"])
    ours = import_release("rome", [tmp_path / "copy"], tmp_path / "a", version="9.0")
    theirs = import_release("rome", [tmp_path / "theirs"], tmp_path / "b")
    assert (theirs.version, theirs.counts) == ("9.00", ours.counts)


def test_of_two_encodings_of_a_table_one_is_read(tmp_path: Path) -> None:
    for ending in ("_v900_utf8.csv", "_v900_iso8859-15.csv"):
        table(tmp_path / "rome" / f"unix_cr_gd_dp{ending}", ROME["metiers.csv"])
    assert import_release("rome", [tmp_path / "rome"], tmp_path / "data").counts["occupation sheets"]


def test_a_format_that_is_not_read_is_named(tmp_path: Path) -> None:
    table(tmp_path / "rome" / "unix_arborescence_v900_iso8859-15.xml", "<a/>")
    with pytest.raises(BadRelease, match="XML is not read: take the download as CSV"):
        import_release("rome", [tmp_path / "rome"], tmp_path / "data")


def export(folder: Path) -> Path:
    for name, text in EXPORT.items():
        table(folder / name, text)
    return folder


def emptied(make: Callable[[Path], Path], cell: str, name: str = "") -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        given = make(folder)
        path = next(given.glob(name)) if name else given
        text = path.read_text(encoding="utf-8")
        assert cell in text
        path.write_text(text.replace(cell, "", 1), encoding="utf-8")
        return given

    return made


def kldb(folder: Path) -> Path:
    return table(folder / "KldB.csv", KLDB)


EMPTIED = [
    ("rncp", emptied(export, "D1901", "*Rome*"), "'Codes_Rome_Code' is empty; the row was left out"),
    ("rncp", emptied(export, "RNCP901", "*Standard*"), "'Numero_Fiche' is empty; the row was left out"),
    ("rncp", emptied(export, "Astrologie", "*Standard*"), "'Intitule' is empty; the row was left out"),
    ("hwo", emptied(crafts_of_the_annexes, "Mondbäcker"), "'craft_de' is empty; the row was left out"),
    ("crebo", emptied(crebo, "99902"), "'crebo' is empty; the row was left out"),
]


@pytest.mark.parametrize(("source", "make", "said"), EMPTIED, ids=[f"{each[0]} {each[2][:20]}" for each in EMPTIED])
def test_one_empty_cell_costs_one_row(tmp_path: Path, source: str, make: Callable[[Path], Path], said: str) -> None:
    (tmp_path / "given").mkdir()
    release = import_release(source, [make(tmp_path / "given")], tmp_path / "data", version="1")
    assert warned(release)[said] == 1


def test_separators_are_found_out_even_below_a_spreadsheets_own_line(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    before = import_release("esco", [folder], tmp_path / "a", version="1.1.1")
    path = folder / RELATIONS
    path.write_bytes(b"sep=;\r\n" + path.read_bytes().replace(b",", b";"))
    assert import_release("esco", [folder], tmp_path / "b", version="1.1.1").counts == before.counts


def test_a_code_that_lost_its_zero_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    replace_in(folder / "en/occupations_en.csv", "7512", "751")
    with pytest.raises(BadRelease, match="expected 4 digits; a spreadsheet takes leading zeros away"):
        import_release("esco", [folder], tmp_path / "data", version="1.1.1")


def test_labels_alone_do_not_take_the_place_of_a_whole_release(tmp_path: Path) -> None:
    data = tmp_path / "data"
    columns = ["preferredLabel", "conceptUri"]
    write_csv(tmp_path / "one" / "skills_en.csv", columns, [dict(zip(columns, ("weaving", BAKER), strict=True))])
    alone = import_release("esco", [tmp_path / "one"], data, version="9.2")
    assert "labels only; served where no whole release of the source is kept" in warned(alone)
    assert [release.name for release in current_releases(data)] == ["esco-9.2"]
    import_release("esco", [write_esco(tmp_path / "esco")], data, version="1.1.1")
    assert [release.name for release in current_releases(data)] == ["esco-1.1.1"]


def test_text_that_xml_cannot_carry_is_dropped_with_a_warning(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    replace_in(folder / "en/occupations_en.csv", ",baker,", ",moon\x0bbaker\x01,")
    release = import_release("esco", [folder], tmp_path / "data", version="1.1.1")
    assert warned(release)["text holds characters that XML cannot carry; dropped"] == 1


def test_the_union_has_one_preferred_label_a_language() -> None:
    store, label, build = Store(), NamedNode(f"{SKOS}prefLabel"), NamedNode("x:build")
    baker, release, crosswalk, ours = (
        NamedNode(BAKER),
        NamedNode(f"{GRAPH}releases/a"),
        NamedNode(f"{GRAPH}releases/b"),
        NamedNode(f"{GRAPH}mappings/c"),
    )
    store.add(Quad(NamedNode("x:m"), RDF_TYPE, NamedNode(f"{SSSOM}Mapping"), crosswalk))
    for graph, text in ((ours, "baker "), (crosswalk, "bakers"), (release, "master baker")):
        for place in (graph, DefaultGraph()):
            store.add(Quad(baker, label, Literal(text, language="en"), place))
    surplus = list(surplus_labels(store))
    assert sorted(str(quad.object) for quad in surplus) == ['"baker "@en', '"bakers"@en']
    assert [str(quad.object) for quad in as_alternatives(surplus, build)] == ['"bakers"@en']
