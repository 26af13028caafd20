"""Tables of matches become SSSOM mappings and plain SKOS statements; the invented rows stand here."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Store

from graph_api.errors import BadRelease
from graph_api.inputs.releases import Release, import_release
from tests.release_fixtures import BAKER, ESCO, KNEAD, MOON_BAKER, SKOS, loaded, said_of, short

SCHEME = "https://w3id.org/passerelle/scheme/"
HEAD = """Mapping project name,{name},,,,
Mapping project author,{author},,,,
Mapping project version,{version},,,,
Classification 1 Version,1.0.3,,,,
Classification 2 Version,V9,,,,
,,,,,
"""


def write(path: Path, columns: str, rows: str, *, version: str = "V1.4", author: str = "Moon Office") -> Path:
    head = HEAD.format(name="ESCO - Moon", author=author, version=version)
    path.write_text(f"\ufeff{head}{columns}\n{rows}", encoding="utf-8")
    return path


def imported(tmp_path: Path, source: str, *paths: Path, version: str | None = None) -> tuple[Release, Store]:
    release = import_release(source, list(paths), tmp_path / "data", version=version)
    return release, loaded(tmp_path / "data", release.name)


def mappings(store: Store) -> list[set[tuple[str, str]]]:
    kind = NamedNode("https://w3id.org/sssom/Mapping")
    nodes = sorted(quad.subject.value for quad in store.quads_for_pattern(None, None, kind, None))
    return [said_of(store, node) for node in nodes]


def matches(store: Store) -> set[tuple[str, str, str]]:
    return {
        (short(quad.subject.value), short(quad.predicate.value), short(quad.object.value))
        for quad in store
        if quad.predicate.value.startswith(SKOS) and quad.predicate.value.endswith("Match")
    }


KLDB_COLUMNS = (
    "Classification 1 URI,Classification 1 PrefLabel,Classification 2 ID,Classification 2 PrefLabel,"
    "Mapping relation,Editorial note"
)
KLDB_ROWS = f"""{BAKER},"Bäcker",B 29222-101,"Mondbäcker",skos:exactMatch,"by hand"
{ESCO}isco/C7512,"Bäcker",BE 7512,"Bäcker",skos:broadMatch,
{BAKER},"Bäcker",B 29222-101,"Mondbäcker",skos:exactMatch,"by hand"
"""


def test_a_mapping_is_a_thing_with_its_origin(tmp_path: Path) -> None:
    release, store = imported(tmp_path, "esco-kldb", write(tmp_path / "DE_mapping_1.csv", KLDB_COLUMNS, KLDB_ROWS))
    shared = {
        ("rdf:type", "sssom:Mapping"),
        ("sssom:mapping_justification", "https://w3id.org/semapv/vocab/UnspecifiedMatching"),
        ("sssom:author_label", "Moon Office"),
        ("sssom:mapping_source", "ESCO - Moon"),
        ("sssom:subject_source_version", "1.0.3"),
        ("sssom:object_source_version", "V9"),
    }
    exact = {
        ("owl:annotatedSource", short(BAKER)),
        ("owl:annotatedProperty", "skos:exactMatch"),
        ("owl:annotatedTarget", "scheme:kldb2010/29222-101"),
        ("sssom:comment", "by hand"),
    }
    broad = {
        ("owl:annotatedSource", "esco:isco/C7512"),
        ("owl:annotatedProperty", "skos:broadMatch"),
        ("owl:annotatedTarget", "scheme:dkz/BE-7512"),
    }
    found = mappings(store)
    assert len(found) == 2
    assert shared | exact in found
    assert shared | broad in found
    assert matches(store) == {
        (short(BAKER), "skos:exactMatch", "scheme:kldb2010/29222-101"),
        ("esco:isco/C7512", "skos:broadMatch", "scheme:dkz/BE-7512"),
    }
    assert release.version == "1.4"
    assert [(warned["message"], warned["count"]) for warned in release.warnings] == [
        ("a match stands there twice; taken once", 1)
    ]


def test_the_national_concept_is_described_and_stands_below_its_group(tmp_path: Path) -> None:
    _, store = imported(tmp_path, "esco-kldb", write(tmp_path / "DE_mapping_1.csv", KLDB_COLUMNS, KLDB_ROWS))
    assert said_of(store, f"{SCHEME}kldb2010/29222-101") == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", "scheme:kldb2010"),
        ("skos:notation", "29222-101"),
        ("skos:prefLabel", "Mondbäcker@de"),
        ("skos:broader", "scheme:kldb2010/29222"),
    }


ROME_COLUMNS = (
    "classification 1 ID,classification 1 prefered label,classification 2 ID,classification 2 prefered label,"
    "mapping relation"
)
ROME_ROWS = f"""{BAKER},boulanger,99001,Boulanger de lune,skos:exactMatch
{BAKER},boulanger,99002,Pâtissier de lune,skos:narrowMatch
{MOON_BAKER},boulanger,99003,Fournier,skos:closeMatch
{MOON_BAKER},boulanger,99004,Inconnu,skos:closeMatch
"""


def test_job_titles_lead_to_the_sheets_that_hold_them(tmp_path: Path) -> None:
    lookup = tmp_path / "ogr_rome_mapping.csv"
    lookup.write_text("ogr_id|rome_id\n99001|D1901\n99002|D1901\n99003|D1902\n", encoding="utf-8")
    path = write(tmp_path / "FR_mapping_rome.csv", ROME_COLUMNS, ROME_ROWS)
    release, store = imported(tmp_path, "esco-rome", path, lookup)
    assert matches(store) == {
        (short(BAKER), "skos:exactMatch", "scheme:ogr/99001"),
        (short(BAKER), "skos:narrowMatch", "scheme:ogr/99002"),
        (short(MOON_BAKER), "skos:closeMatch", "scheme:ogr/99003"),
        (short(MOON_BAKER), "skos:closeMatch", "scheme:ogr/99004"),
        (short(BAKER), "skos:broadMatch", "scheme:rome/D1901"),
        (short(MOON_BAKER), "skos:relatedMatch", "scheme:rome/D1902"),
    }
    chained = [said for said in mappings(store) if ("owl:annotatedTarget", "scheme:rome/D1901") in said]
    assert [dict(said)["sssom:mapping_justification"] for said in chained] == [
        "https://w3id.org/semapv/vocab/MappingChaining"
    ]
    assert ("skos:broader", "scheme:rome/D1901") in said_of(store, f"{SCHEME}ogr/99002")
    assert [warned["message"] for warned in release.warnings] == [
        "a job title is not in ogr_rome_mapping.csv; not matched with a ROME code"
    ]


def test_without_the_lookup_only_titles_are_matched(tmp_path: Path) -> None:
    path = write(tmp_path / "FR_mapping_rome.csv", ROME_COLUMNS, ROME_ROWS)
    release, store = imported(tmp_path, "esco-rome", path)
    assert len(matches(store)) == 4
    assert [warned["message"] for warned in release.warnings] == [
        "ogr_rome_mapping.csv was not given: titles are matched, ROME codes are not"
    ]


def test_the_address_may_stand_in_another_column(tmp_path: Path) -> None:
    columns = (
        "Classification 1 URI,Classification 1 URL,Classification 2 ID,Classification 2 PrefLabel NL,"
        "Classification 2 PrefLabel FR,Mapping relation,Editorial Note"
    )
    row = f"aaaa-0001,{BAKER},OP-999,Maanbakker,Boulanger de lune,skos:narrowMatch,\n"
    _, store = imported(tmp_path, "esco-competent", write(tmp_path / "BLM_mapping.csv", columns, row * 2))
    assert matches(store) == {(short(BAKER), "skos:narrowMatch", "scheme:competent/OP-999")}
    assert {("skos:prefLabel", "Maanbakker@nl"), ("skos:prefLabel", "Boulanger de lune@fr")} <= said_of(
        store, f"{SCHEME}competent/OP-999"
    )


def test_esco_may_be_the_second_classification(tmp_path: Path) -> None:
    columns = "O*NET Id,O*NET Title,O*NET Description,ESCO or ISCO URI,ESCO or ISCO Title,Type of Match"
    first = f'51-3011.00,Bakers,"Mix, bake",{BAKER},baker,narrowMatch\n'
    rows = f"{first}51-3011.00,Bakers,x,{ESCO}isco/C7512,b,exactISCO\n"
    _, store = imported(tmp_path, "esco-onet", write(tmp_path / "crosswalk_esco_onet.csv", columns, rows))
    assert matches(store) == {
        ("scheme:onet-soc/51-3011.00", "skos:narrowMatch", short(BAKER)),
        ("scheme:onet-soc/51-3011.00", "skos:exactMatch", "esco:isco/C7512"),
    }


def test_national_concepts_without_a_match_and_blank_rows_are_left_out(tmp_path: Path) -> None:
    unmatched = ',,"K 01-01","Mondkunde",,"no relation"\n,,,,,\n'
    rows = f'{unmatched}{KNEAD},kneten,"K 02-02","Kneten (Teig)"",skos:closeMatch,\n'
    path = write(tmp_path / "DE_Mapping_ESCO_Kompetenzen_1.csv", KLDB_COLUMNS, rows)
    release, store = imported(tmp_path, "esco-kompetenzsystematik", path)
    assert matches(store) == {(short(KNEAD), "skos:closeMatch", "scheme:kompetenzsystematik/K-02-02")}
    assert ("skos:prefLabel", "Kneten (Teig)@de") in said_of(store, f"{SCHEME}kompetenzsystematik/K-02-02")
    assert [(warned["message"], warned["count"]) for warned in release.warnings] == [
        ("a national concept has no match; left out", 1)
    ]


@pytest.mark.parametrize(
    ("source", "file", "code"),
    [("esco-noc", "NL_mapping.csv", "100"), ("esco-ams", "AT_mapping.csv", "1951A1")],
)
def test_the_version_may_be_that_of_the_national_classification(
    tmp_path: Path, source: str, file: str, code: str
) -> None:
    row = f"{BAKER},baker,{code},Maanbakker,skos:closeMatch,\n"
    path = write(tmp_path / file, KLDB_COLUMNS, row, version="", author="default-author")
    release, store = imported(tmp_path, source, path)
    assert release.version == "9"
    assert not [slot for said in mappings(store) for slot, _ in said if slot == "sssom:author_label"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            BAKER,
            "http://example.org/1",
            "DE_mapping_1.csv, line 8: 'http://example.org/1' is no ESCO address",
        ),
        ("skos:exactMatch", "skos:sameAs", "DE_mapping_1.csv, line 8: 'skos:sameAs' is no SKOS mapping"),
        ("B 29222-101", "29222", "DE_mapping_1.csv, line 8: '29222' is no code of this classification"),
        ('"by hand"', '"by hand",x', "DE_mapping_1.csv, line 8: the row has 7 cells; expected 6"),
        (
            "Classification 2 ID",
            "Code",
            "DE_mapping_1.csv, line 7: the column 'classification 2 id' is missing",
        ),
        ("Mapping relation", "Relation", "has no row with the column 'mapping relation'"),
    ],
)
def test_damaged_tables_are_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = f"{KLDB_COLUMNS}\n{KLDB_ROWS}"
    assert old in text
    columns, _, rows = text.replace(old, new, 1).partition("\n")
    with pytest.raises(BadRelease) as error:
        imported(tmp_path, "esco-kldb", write(tmp_path / "DE_mapping_1.csv", columns, rows))
    assert said in str(error.value)


def test_unit_groups_and_their_national_groups(tmp_path: Path) -> None:
    path = tmp_path / "isco08-brc2014.csv"
    header = "isco08_unit,isco08_unit_label,brc_group,brc_group_label,brc_class"
    path.write_text(f"{header}\n7512,Bakkers,0799,Maanbakkers,07\n", encoding="utf-8")
    release, store = imported(tmp_path, "isco-brc", path, version="2014")
    assert matches(store) == {("esco:isco/C7512", "skos:broadMatch", "scheme:brc2014/0799")}
    assert ("skos:broader", "scheme:brc2014/07") in said_of(store, f"{SCHEME}brc2014/0799")
    assert release.licence == "https://creativecommons.org/licenses/by/4.0/"


def test_codes_that_stand_together_are_only_related(tmp_path: Path) -> None:
    path = tmp_path / "kldb2010-isco08-pairs.csv"
    rows = "29222,7512,Mondbäcker,Baker\n-0030,-030,Hilfskraft,Assistant\n"
    path.write_text(f"kldb2010,isco08,kldb_title_de,isco_title_en\n{rows}", encoding="utf-8")
    release, store = imported(tmp_path, "kldb-isco", path, version="1.2.3")
    assert matches(store) == {("scheme:kldb2010/29222", "skos:relatedMatch", "esco:isco/C7512")}
    assert [warned["message"] for warned in release.warnings] == [
        "a special code of AuxCO, outside both classifications; left out"
    ]
