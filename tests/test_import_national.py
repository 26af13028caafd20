"""National lists and registers become SKOS concepts under our own scheme IRIs; all rows are invented."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from pyoxigraph import Store

from graph_api.errors import BadRelease
from graph_api.inputs.releases import Release, import_release
from tests.release_fixtures import gzipped, loaded, said_of, write_csv, zipped

SCHEME = "https://w3id.org/passerelle/scheme/"


def imported(tmp_path: Path, source: str, *paths: Path, version: str | None = "1") -> tuple[Release, Store]:
    release = import_release(source, list(paths), tmp_path / "data", version=version)
    return release, loaded(tmp_path / "data", release.name)


def warnings(release: Release) -> list[tuple[str, int]]:
    return [(str(warned["message"]), int(warned["count"])) for warned in release.warnings]


def table(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A file with the text, without the blanks that indent it here."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [line.strip() for line in text.strip().splitlines()]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


KLDB_COLUMNS = "Schlüssel KldB 2010, V. 2020;Ebene;Titel;Kurztitel;Allgemeine Bemerkungen"
KLDB = f"""
    \ufeff{KLDB_COLUMNS};Einschlüsse;Umfasst ferner;Ausschlüsse;
    0;1;Mond;Mond;;;;;
    1;2;Mondbäckerei und Konditorei;Mondbäckerei;" Backen, z.&nbsp;B. Brot ";Teig kneten;;Sterne;
    1;1;Erde;Erde;;;;;
"""


def test_kldb_codes_get_their_leading_zeros_back(tmp_path: Path) -> None:
    path = table(tmp_path / "KldB_2010_V2020-DE-2025-02-03.csv", KLDB)
    release, store = imported(tmp_path, "kldb", path, version=None)
    assert said_of(store, f"{SCHEME}kldb2010/01") == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", "scheme:kldb2010"),
        ("skos:notation", "01"),
        ("skos:prefLabel", "Mondbäckerei und Konditorei@de"),
        ("skos:altLabel", "Mondbäckerei@de"),
        ("skos:broader", "scheme:kldb2010/0"),
        ("skos:scopeNote", "Backen, z. B. Brot@de"),
        ("http://rdf-vocabulary.ddialliance.org/xkos#coreContentNote", "Teig kneten@de"),
        ("http://rdf-vocabulary.ddialliance.org/xkos#exclusionNote", "Sterne@de"),
    }
    assert ("skos:prefLabel", "Erde@de") in said_of(store, f"{SCHEME}kldb2010/1")
    assert (release.version, release.issued) == ("2020", "2025-02-03")
    assert release.counts == {"level 1": 2, "level 2": 1}
    assert warnings(release) == [("a code has lost its leading zeros; restored from its level", 1)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1;1;Erde", "0;1;Erde", "line 4: the code '0' stands in line 2 already"),
        ("1;1;Erde", "1;6;Erde", "line 4, column Ebene: '6' is no level; expected 1 to 5"),
        ("1;1;Erde", "12;1;Erde", "line 4: '12' is no code of level 1; expected 1 digits"),
        ("1;1;Erde", "x;1;Erde", "line 4: 'x' is no code of level 1"),
        ("Ebene", "Stufe", "line 1: the column 'Ebene' is missing"),
        ("Schlüssel KldB 2010, V. 2020", "Schlüssel", "line 1: the column 'code' is missing"),
    ],
)
def test_damaged_kldb_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = table(tmp_path / "KldB.csv", KLDB.replace(old, new))
    with pytest.raises(BadRelease) as error:
        imported(tmp_path, "kldb", path)
    assert said in str(error.value)


ROME = {
    "metiers.csv": """
        code_rome,libelle_rome,code_grand_domaine,libelle_grand_domaine,code_domaine_professionel,libelle_domaine_professionel
        D1901,Boulangerie lunaire,D,Commerce,D19,Boulangerie
    """,
    "metiers_exemple.csv": """
        code_ogr,libelle_appellation_long,libelle_appellation_court,code_rome
        99001,Boulanger / Boulangère de lune,Boulanger(ère) de lune,D1901
        99002,Astrologue,Astrologue,Z9999
    """.replace("Z9999", "D1999"),
    "competences.csv": """
        code_ogr,libelle,code_type_referentiel
        77001,Pétrir,2
        77001,Pétrir,1
    """,
    "correspondances.csv": """
        code_rome,code_ogr
        D1901,77001
        D1901,77099
    """,
    "metiers_definition.csv": """
        code_rome,position_libelle_txt,code_type_texte,libelle_texte,libelle_type_texte
        D1901,1,1,Et le cuit.,definition
        D1901,0,1,Pétrit d''abord.,definition
        D1901,0,2,La nuit.,cond_exercice_activite
        D1901,0,3,Par étoile filante.,acces_a_em
    """,
}


def write_rome(folder: Path) -> Path:
    for name, text in ROME.items():
        table(folder / name, text)
    return folder


def test_rome_sheets_titles_skills_and_texts(tmp_path: Path) -> None:
    release, store = imported(tmp_path, "rome", write_rome(tmp_path / "rome-v999"), version=None)
    assert said_of(store, f"{SCHEME}rome/D1901") == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", "scheme:rome"),
        ("skos:notation", "D1901"),
        ("skos:prefLabel", "Boulangerie lunaire@fr"),
        ("skos:broader", "scheme:rome/D19"),
        ("skos:related", "scheme:rome-competences/77001"),
        ("skos:definition", "Pétrit d'abord.\nEt le cuit.@fr"),
        ("skos:scopeNote", "La nuit.@fr"),
        ("skos:note", "Par étoile filante.@fr"),
    }
    assert said_of(store, f"{SCHEME}ogr/99001") == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", "scheme:ogr"),
        ("skos:notation", "99001"),
        ("skos:prefLabel", "Boulanger / Boulangère de lune@fr"),
        ("skos:altLabel", "Boulanger(ère) de lune@fr"),
        ("skos:broader", "scheme:rome/D1901"),
    }
    assert ("skos:broader", "scheme:rome/D") in said_of(store, f"{SCHEME}rome/D19")
    assert release.version == "9.99"
    assert warnings(release) == [
        ("a job title names a sheet that there is not; left out", 1),
        ("a link names a sheet or skill that there is not; left out", 1),
        ("apostrophes are written twice; read once", 1),
    ]


def test_the_tree_of_rome_alone(tmp_path: Path) -> None:
    lines = [
        "Rome1;Rome2;Rome3;Intitule;OGR",
        'D; ; ;"Commerce; vente"; ',
        "D;19; ;Boulangerie; ",
        "D;19;01;Boulangerie lunaire; ",
        "D;19;01;Boulanger / Boulangère de lune;99001",
    ]
    path = tmp_path / "arbo_rome_ogr_202107.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    release, store = imported(tmp_path, "rome", path)
    assert ("skos:broader", "scheme:rome/D1901") in said_of(store, f"{SCHEME}ogr/99001")
    assert ("skos:prefLabel", "Commerce; vente@fr") in said_of(store, f"{SCHEME}rome/D")
    assert release.counts == {"top domains": 1, "domains": 1, "occupation sheets": 1, "job titles": 1}


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("metiers.csv", "D1901,", "D19,", "metiers.csv, line 2, column code_rome: 'D19' is no ROME code"),
        (
            "metiers.csv",
            ",D19,",
            ",E19,",
            "metiers.csv, line 2: 'D1901' is not in the domains 'D' and 'E19' of its row",
        ),
        (
            "metiers_exemple.csv",
            "99002",
            "99001",
            "metiers_exemple.csv, line 3, column code_ogr: '99001' stands there twice",
        ),
        (
            "correspondances.csv",
            "77001",
            "x",
            "correspondances.csv, line 2, column code_ogr: 'x' is no number",
        ),
        (
            "metiers_definition.csv",
            "definition\n",
            "poème\n",
            "metiers_definition.csv, line 2: 'poème' is no kind of text",
        ),
    ],
)
def test_damaged_rome_is_refused(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    folder = write_rome(tmp_path / "rome")
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadRelease) as error:
        imported(tmp_path, "rome", folder)
    assert said in str(error.value)


KIT_COLUMNS = "Code Diplôme;Intitulé diplôme (DEPP);FicheRNCP;Niveau fiche RNCP;Date d'échéance de la fiche RNCP"
KIT = f"""
    {KIT_COLUMNS};Fiche ACTIVE/INACTIVE
    1022001;BOULANGER LUNAIRE;RNCP901;niveau4;01/01/2024;ACTIVE
    01022002;PATISSIER LUNAIRE;RNCP901;niveau4;01/01/2024;ACTIVE
    01022003;SANS FICHE;NR;NR;NR;NR
"""


def test_the_kit_as_csv(tmp_path: Path) -> None:
    path = table(tmp_path / "Kit_apprentissage_et_RNCP_v3.0.csv", KIT)
    release, store = imported(tmp_path, "rncp", path, version=None)
    assert said_of(store, f"{SCHEME}rncp/RNCP901") == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "pas:RegisterEntry"),
        ("skos:inScheme", "scheme:rncp"),
        ("skos:notation", "RNCP901"),
        ("skos:prefLabel", "BOULANGER LUNAIRE@fr"),
        ("pas:nqfLevel", "4"),
        ("thes:status", "ACTIVE"),
        ("pas:validTo", "2024-01-01"),
    }
    assert said_of(store, f"{SCHEME}bcn/01022001") == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", "scheme:bcn"),
        ("skos:notation", "01022001"),
        ("skos:prefLabel", "BOULANGER LUNAIRE@fr"),
        ("skos:closeMatch", "scheme:rncp/RNCP901"),
    }
    assert release.counts == {"rows": 3, "diploma codes": 3, "certifications": 1, "pairs": 2}
    assert release.version == "3.0"
    assert warnings(release) == [
        ("a diploma code has lost its leading zero; restored", 1),
        ("a diploma code has no certification", 1),
    ]


def test_the_kit_as_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Kit Apprentissage")
    header = [cell.strip() for cell in KIT.strip().splitlines()[0].split(";")]
    more = [
        "Intitulé certification (RNCP)",
        "Nouvelle Certification rempla (RNCP)",
        "Ancienne Certification (RNCP)",
    ]
    sheet.append([None])
    sheet.append([*header, *more])
    row = ["01022001", "BOULANGER LUNAIRE", "RNCP901", "Niveau 4", "31/12/2025", "ACTIVE"]
    sheet.append([*row, "CS - Boulanger lunaire", "RNCP902|RNCP903", "RNCP900"])
    book.save(tmp_path / "Kit_apprentissage_20250131.xlsx")
    release, store = imported(tmp_path, "rncp", tmp_path / "Kit_apprentissage_20250131.xlsx", version=None)
    assert said_of(store, f"{SCHEME}rncp/RNCP901") == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "pas:RegisterEntry"),
        ("skos:inScheme", "scheme:rncp"),
        ("skos:notation", "RNCP901"),
        ("skos:prefLabel", "CS - Boulanger lunaire@fr"),
        ("pas:nqfLevel", "4"),
        ("thes:status", "ACTIVE"),
        ("pas:validTo", "2025-12-31"),
        ("pas:replacedBy", "scheme:rncp/RNCP902"),
        ("pas:replacedBy", "scheme:rncp/RNCP903"),
        ("dcterms:replaces", "scheme:rncp/RNCP900"),
    }
    assert (release.version, release.issued) == ("2025-01-31", "2025-01-31")


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "Kit_apprentissage_20250131.xlsx"
    path.write_bytes(b"PK but no zip")
    with pytest.raises(BadRelease, match=r"Kit_apprentissage_20250131\.xlsx: is no Excel workbook"):
        imported(tmp_path, "rncp", path)


EXPORT = {
    "export_fiches_CSV_Standard_2024_02_22.csv": """
        Numero_Fiche;Intitule;Abrege_Libelle;Nomenclature_Europe_Niveau;Date_Fin_Enregistrement;Actif
        RNCP901;Boulanger lunaire;CAP;NIV3;31/08/2023;INACTIVE
        RS77;Astrologie;;REPRISE;;ACTIVE
    """,
    "export_fiches_CSV_Rome_2024_02_22.csv": """
        Numero_Fiche;Codes_Rome_Code;Codes_Rome_Libelle
        RNCP901;D1901;Boulangerie lunaire
        RNCP999;D1901;Boulangerie lunaire
    """,
    "export_fiches_CSV_Ancienne_Nouvelle_Certification_2024_02_22.csv": """
        Numero_Fiche;Ancienne_Certification;Nouvelle_Certification
        RNCP901;;RS77
    """,
}


def test_the_export_of_the_register(tmp_path: Path) -> None:
    for name, text in EXPORT.items():
        table(tmp_path / "export" / name, text)
    path = zipped(tmp_path / "export", tmp_path / "export.zip")
    release, store = imported(tmp_path, "rncp", path, version=None)
    assert said_of(store, f"{SCHEME}rncp/RNCP901") == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "pas:RegisterEntry"),
        ("skos:inScheme", "scheme:rncp"),
        ("skos:notation", "RNCP901"),
        ("skos:prefLabel", "Boulanger lunaire@fr"),
        ("skos:altLabel", "CAP@fr"),
        ("pas:nqfLevel", "3"),
        ("thes:status", "INACTIVE"),
        ("pas:validTo", "2023-08-31"),
        ("skos:relatedMatch", "scheme:rome/D1901"),
        ("pas:replacedBy", "scheme:rncp/RS77"),
    }
    assert not [said for said in said_of(store, f"{SCHEME}rncp/RS77") if said[0] == "pas:nqfLevel"]
    assert release.version == "2024-02-22"
    assert warnings(release) == [("a certification is not in the main table; left out", 1)]


DIPLOMA = {
    "FORMATION_DIPLOME": "50022101",
    "NIVEAU_FORMATION_DIPLOME": "500",
    "N_NIVEAU_FORMATION_DIPLOME.LIBELLE_100": "CAP",
    "LIBELLE_COURT": "CAP",
    "LIBELLE_STAT_33": "BOULANGER",
    "LIBELLE_LONG_200": 'BOULANGER "LUNAIRE" DIPLÔMÉ (CAP)',
    "DATE_OUVERTURE": "01/09/2017",
    "DATE_FERMETURE": "31/08/2026",
    "DATE_INTERVENTION": "08/11/2021",
    "NIVEAU_QUALIFICATION_RNCP": "03",
    "NOUVEAU_DIPLOME_1": "50022102",
    "ANCIEN_DIPLOME_1": "50022100",
}
DIPLOMAS = f"{';'.join(DIPLOMA)}\n{';'.join(DIPLOMA.values())}"


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
def test_diplomas_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    path = table(tmp_path / "N_FORMATION_DIPLOME.csv", DIPLOMAS, encoding)
    release, store = imported(tmp_path, "bcn", path)
    assert said_of(store, f"{SCHEME}bcn/50022101") == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "pas:RegisterEntry"),
        ("skos:inScheme", "scheme:bcn"),
        ("skos:notation", "50022101"),
        ("skos:prefLabel", 'BOULANGER "LUNAIRE" DIPLÔMÉ (CAP)@fr'),
        ("skos:altLabel", "CAP BOULANGER@fr"),
        ("skos:broader", "scheme:bcn-niveau/500"),
        ("pas:nqfLevel", "3"),
        ("pas:validFrom", "2017-09-01"),
        ("pas:validTo", "2026-08-31"),
        ("pas:replacedBy", "scheme:bcn/50022102"),
        ("dcterms:replaces", "scheme:bcn/50022100"),
    }
    assert (release.modified, warnings(release)) == ("2021-11-08", [])


def test_lost_letters_are_reported(tmp_path: Path) -> None:
    path = table(tmp_path / "N_FORMATION_DIPLOME_X.csv", DIPLOMAS.replace("Ô", "\N{REPLACEMENT CHARACTER}"))
    release, _ = imported(tmp_path, "bcn", path)
    assert warnings(release) == [("letters were lost before the table was published", 1)]


GENERICODE = """<?xml version="1.0" encoding="UTF-8"?>
<gc:CodeList xmlns:gc="http://docs.oasis-open.org/codelist/ns/genericode/1.0/">
<Identification><ShortName>X</ShortName><LongName>{name}</LongName>
<LongName Identifier="listId">http://publications.europa.eu/resource/authority/{list}</LongName>{parent}
<Version>{version}</Version><Agency><LongName>Office</LongName></Agency></Identification>
<SimpleCodeList>{rows}</SimpleCodeList></gc:CodeList>
"""
PARENT = '<LongName Identifier="eFormsParentId">country</LongName>'


def genericode(
    folder: Path,
    name: str,
    codes: dict[str, str],
    *,
    base: str = "country",
    version: str = "2026-1",
    parent: str = "",
) -> Path:
    rows = "".join(
        f'<Row><Value ColumnRef="code"><SimpleValue>{code}</SimpleValue></Value>'
        f'<Value ColumnRef="Name"><SimpleValue>{label}</SimpleValue></Value>'
        f'<Value ColumnRef="nld_label"><SimpleValue>{label}ië</SimpleValue></Value></Row>\n'
        for code, label in codes.items()
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.gc"
    text = GENERICODE.format(name=name, list=base, version=version, rows=rows, parent=parent)
    path.write_text(text, encoding="utf-8")
    return path


def test_authority_tables_keep_their_official_addresses(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    genericode(folder, "country", {"AAA": "Alpha", "BBB": "Beta"})
    genericode(folder, "a-country", {"AAA": "Alpha"}, version="1.15.1", parent=PARENT)
    gzipped(genericode(folder, "nuts-aaa-lvl3", {"AA111": "Alpha City"}, base="nuts", version="1.15.1"))
    release, store = imported(tmp_path, "eu-authority-tables", folder, version=None)
    authority = "http://publications.europa.eu/resource/authority/"
    assert said_of(store, f"{authority}country/AAA") == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", f"{authority}country"),
        ("skos:notation", "AAA"),
        ("skos:prefLabel", "Alphaië@nl"),
    }
    assert ("skos:prefLabel", "Alpha Cityië@nl") in said_of(store, "http://data.europa.eu/nuts/code/AA111")
    assert said_of(store, "https://w3id.org/passerelle/id/eu-collection/a-country") == {
        ("rdf:type", "skos:Collection"),
        ("skos:prefLabel", "a country@en"),
        ("skos:member", f"{authority}country/AAA"),
    }
    assert (release.version, release.languages) == ("1.15.1", ["nl"])
    assert release.counts == {"country": 2, "a-country": 1, "nuts-aaa-lvl3": 1}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</Row>", "", "line 8: is no XML here (mismatched tag)"),
        ("<gc:CodeList ", '<!DOCTYPE x [<!ENTITY a "b">]><gc:CodeList ', "line 2: declares a document type"),
        ("<Version>2026-1</Version>", "", "does not state its Version"),
        ("listId", "id", "does not state its listId"),
        ("<SimpleValue>BBB<", "<SimpleValue>AAA<", "the code 'AAA' stands there twice"),
        ("<SimpleValue>BBB<", "<SimpleValue>B B<", "row 2 has the code 'B B'"),
    ],
)
def test_damaged_genericode_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = genericode(tmp_path, "country", {"AAA": "Alpha", "BBB": "Beta"})
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadRelease) as error:
        imported(tmp_path, "eu-authority-tables", path, version=None)
    assert said in str(error.value)


def test_genericode_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRelease, match="holds no row"):
        imported(tmp_path, "eu-authority-tables", genericode(tmp_path, "country", {}))


def vks(tmp_path: Path) -> Path:
    columns = ["bk", "nummer", "versie", "titel", "vks_niveau", "status", "laatst_erkend"]
    row = {"bk": "BK-9001-2", "nummer": "BK-9001", "versie": "2", "titel": "Maanbakker", "vks_niveau": "3"}
    return write_csv(tmp_path / "vks-x.csv", columns, [{**row, "status": "ERKEND", "laatst_erkend": "BK-9001-3"}])


def test_flemish_professional_qualifications(tmp_path: Path) -> None:
    release, store = imported(tmp_path, "vks", vks(tmp_path))
    assert said_of(store, f"{SCHEME}vks/BK-9001") == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "pas:RegisterEntry"),
        ("skos:inScheme", "scheme:vks"),
        ("skos:notation", "BK-9001"),
        ("skos:prefLabel", "Maanbakker@nl"),
        ("pas:nqfLevel", "3"),
        ("thes:status", "ERKEND"),
        ("dcterms:hasVersion", "BK-9001-2"),
    }
    assert warnings(release) == [("a newer version of the qualification was recognised", 1)]


def crebo(tmp_path: Path) -> Path:
    text = """
        opleidingsdomein,dossier_crebo,kwalificatiedossier,crebo,kwalificatie,niveau,prijsfactor,beroepsvereisten
        "9. Maan, zon 79990",23999,Bakken,99.901,Maanbakker,3,1.30,EZ
        "9. Maan, zon 79990",23999,Bakken,99902,Zonbakker,4,1.30,
    """
    return table(tmp_path / "x-crebo-2015.csv", text)


def test_crebo_codes_stand_in_their_dossier_and_domain(tmp_path: Path) -> None:
    release, store = imported(tmp_path, "crebo", crebo(tmp_path), version=None)
    assert said_of(store, f"{SCHEME}crebo/99901") == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "pas:RegisterEntry"),
        ("skos:inScheme", "scheme:crebo"),
        ("skos:notation", "99901"),
        ("skos:prefLabel", "Maanbakker@nl"),
        ("skos:broader", "scheme:crebo/23999"),
        ("pas:levelText", "niveau 3@nl"),
        ("skos:note", "beroepsvereisten: EZ@nl"),
    }
    assert ("skos:broader", "scheme:crebo/79990") in said_of(store, f"{SCHEME}crebo/23999")
    assert ("skos:prefLabel", "Maan, zon@nl") in said_of(store, f"{SCHEME}crebo/79990")
    assert release.version == "2015"
    assert warnings(release) == [("a code is written with a dot; read without it", 1)]


def crafts_of_the_annexes(tmp_path: Path) -> Path:
    text = """
        annex,section,number,craft_de
        A,,1,Mondbäcker
        B,Abschnitt 2 Mondähnliche Gewerbe,1,Sternputzer
        B,Abschnitt 2 Mondähnliche Gewerbe,2,entfällt
    """
    return table(tmp_path / "x-hwo-crafts.csv", text)


def test_crafts_of_the_annexes(tmp_path: Path) -> None:
    release, store = imported(tmp_path, "hwo", crafts_of_the_annexes(tmp_path))
    assert said_of(store, f"{SCHEME}hwo/B2-1") == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "pas:RegisterEntry"),
        ("skos:inScheme", "scheme:hwo"),
        ("skos:notation", "B2-1"),
        ("skos:prefLabel", "Sternputzer@de"),
        ("skos:broader", "scheme:hwo/B2"),
    }
    assert ("skos:prefLabel", "Anlage B, Abschnitt 2 Mondähnliche Gewerbe@de") in said_of(store, f"{SCHEME}hwo/B2")
    assert ("skos:broader", "scheme:hwo/A") in said_of(store, f"{SCHEME}hwo/A-1")
    assert release.counts == {"rows": 3, "hwo": 2, "hwo groups": 2}
    assert warnings(release) == [("a number of the annex is empty ('entfällt'); left out", 1)]


def levels(tmp_path: Path) -> Path:
    return table(tmp_path / "x-clq-levels.csv", "clq_level,qualification_fr\n3,Diplôme A\n3,Diplôme B\n4,Diplôme C")


def test_levels_with_several_diplomas(tmp_path: Path) -> None:
    _, store = imported(tmp_path, "clq", levels(tmp_path))
    assert said_of(store, f"{SCHEME}clq/3") == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", "scheme:clq"),
        ("skos:notation", "3"),
        ("skos:prefLabel", "niveau 3@fr"),
        ("skos:example", "Diplôme A@fr"),
        ("skos:example", "Diplôme B@fr"),
    }


def craft_activities(tmp_path: Path) -> Path:
    rows = "A,GROUPE 1 – ALIMENTATION,BOULANGER-PÂTISSIER DE LUNE\nB,GROUPE 1 – ŒUFS,CUISEUR"
    text = f"list,group,activity_fr\n{rows}"
    return table(tmp_path / "x-craft-activities.csv", text)


def test_craft_activities_stand_in_groups_of_lists(tmp_path: Path) -> None:
    release, store = imported(tmp_path, "lu-crafts", craft_activities(tmp_path))
    assert ("skos:broader", "scheme:lu-crafts/a-1") in said_of(
        store, f"{SCHEME}lu-crafts/a-boulanger-patissier-de-lune"
    )
    assert said_of(store, f"{SCHEME}lu-crafts/b-1") == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", "scheme:lu-crafts"),
        ("skos:notation", "b-1"),
        ("skos:prefLabel", "GROUPE 1 – ŒUFS@fr"),
        ("skos:broader", "scheme:lu-crafts/b"),
    }
    assert release.counts == {"rows": 2, "lu-crafts": 2, "lu-crafts groups": 4}


def health(tmp_path: Path) -> Path:
    return table(tmp_path / "x-health-professions.csv", "n,profession_fr,legal_basis\n1,guérisseur de lune,Loi 1")


def test_health_professions_name_their_law(tmp_path: Path) -> None:
    _, store = imported(tmp_path, "lu-health-professions", health(tmp_path))
    assert {("skos:prefLabel", "guérisseur de lune@fr"), ("dcterms:source", "Loi 1")} <= said_of(
        store, f"{SCHEME}lu-health-professions/1"
    )


def ordinances(tmp_path: Path) -> Path:
    text = """
        jurabk,title_de,date_enacted,slug
        MondBäckV,Verordnung über die Berufsausbildung zum Mondbäcker und zur Mondbäckerin,2004-02-09,mondbaeckv
        MondTechV,Verordnung über die Berufsausbildung in den mondtechnischen Berufen,,mondtechv_2004
    """
    return table(tmp_path / "x-ausbildungsordnungen-2022.csv", text)


def test_an_ordinance_on_one_occupation_is_a_title_of_it(tmp_path: Path) -> None:
    release, store = imported(tmp_path, "ausbildungsordnungen", ordinances(tmp_path), version=None)
    assert said_of(store, f"{SCHEME}ausbildungsordnungen/mondbaeckv") == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "pas:RegisterEntry"),
        ("skos:inScheme", "scheme:ausbildungsordnungen"),
        ("skos:notation", "mondbaeckv"),
        ("skos:prefLabel", "Mondbäcker/Mondbäckerin@de"),
        ("skos:altLabel", "Verordnung über die Berufsausbildung zum Mondbäcker und zur Mondbäckerin@de"),
        ("dcterms:issued", "2004-02-09"),
    }
    assert ("rdf:type", "pas:RegisterEntry") not in said_of(store, f"{SCHEME}ausbildungsordnungen/mondtechv_2004")
    assert warnings(release) == [("the ordinance names no single occupation; no title", 1)]
    assert (release.version, release.counts) == ("2022", {"rows": 2, "ausbildungsordnungen": 2})


def formations(tmp_path: Path) -> Path:
    text = "formation,certificate,chambre_patronale\nBoulanger de lune,DT DT,CdM\nBoulanger de lune,DAP,"
    return table(tmp_path / "x-vocational-formations-2025.csv", text)


def test_formations_are_told_apart_by_their_certificate(tmp_path: Path) -> None:
    release, store = imported(tmp_path, "lu-formations", formations(tmp_path), version=None)
    assert said_of(store, f"{SCHEME}lu-formations/dt-boulanger-de-lune") == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "pas:RegisterEntry"),
        ("skos:inScheme", "scheme:lu-formations"),
        ("skos:notation", "dt-boulanger-de-lune"),
        ("skos:prefLabel", "Boulanger de lune@fr"),
        ("pas:levelText", "DT"),
        ("skos:note", "CdM"),
    }
    assert ("pas:levelText", "DAP") in said_of(store, f"{SCHEME}lu-formations/dap-boulanger-de-lune")
    assert warnings(release) == [("a certificate is written twice; read once", 1)]


DAMAGED_LISTS = [
    ("vks", vks, "BK-9001,", "9001,", "line 2, column nummer: '9001' is no code of this list"),
    ("vks", vks, ",3,", ",9,", "line 2, column vks_niveau: '9' is no code of this list; expected [1-8]"),
    ("crebo", crebo, "99902", "99901", "line 3: '99901' stands in line 2 already"),
    ("crebo", crebo, " 79990", "", "line 2, column opleidingsdomein: '9. Maan, zon' has no code"),
    ("clq", levels, "4,", "9,", "line 4, column clq_level: '9' is no code of this list"),
    ("lu-crafts", craft_activities, "B,", "D,", "line 3, column list: 'D' is no code of this list"),
    ("lu-health-professions", health, "1,g", "one,g", "line 2, column n: 'one' is no code of this list"),
    (
        "ausbildungsordnungen",
        ordinances,
        "2004-02-09",
        "9.2.2004",
        "line 2, column date_enacted: '9.2.2004' is no day; expected one like 2026-08-31",
    ),
    ("lu-formations", formations, "certificate", "title", "line 1: the column 'certificate' is missing"),
]


@pytest.mark.parametrize("damaged", DAMAGED_LISTS, ids=lambda damaged: f"{damaged[0]} {damaged[3]}")
def test_damaged_lists_are_refused(tmp_path: Path, damaged: tuple[str, Callable[[Path], Path], str, str, str]) -> None:
    source, make, old, new, said = damaged
    path = make(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadRelease) as error:
        imported(tmp_path, source, path)
    assert said in str(error.value)


@pytest.mark.parametrize("source", ["rome", "kldb", "rncp", "bcn", "eu-authority-tables", "vks", "crebo", "clq"])
def test_a_file_of_something_else_is_refused_with_what_is_expected(tmp_path: Path, source: str) -> None:
    path = table(tmp_path / "letter.txt", "Dear all,")
    with pytest.raises(BadRelease, match=r"letter\.txt"):
        imported(tmp_path, source, path)
