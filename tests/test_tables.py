"""Tables become statements with their row and source; what cannot be read is said at once, in a curator's words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from graph_api.errors import BadTable
from graph_api.inputs.tables import read_tables
from graph_api.rdf.terms import PAS, pas, thing

SKOS = "http://www.w3.org/2004/02/skos/core#"
HEADER = "id,title,language,eqf_level,opens,begins,source,verified\n"
GOOD = "aa-nurse,Sestra,cs,5/6,nurse,2012-09,Law 1 ; https://law.example/2,yes\n"
SCHEMA = {
    "@context": "http://www.w3.org/ns/csvw",
    "aboutUrl": "https://w3id.org/passerelle/id/qualification/{id}",
    "primaryKey": "id",
    "columns": [
        {"name": "id", "required": True, "datatype": {"base": "string", "format": "[a-z-]+"}, "suppressOutput": True},
        {"name": "title", "required": True, "propertyUrl": f"{SKOS}prefLabel", f"{PAS}languageColumn": "language"},
        {"name": "language", "suppressOutput": True},
        {
            "name": "eqf_level",
            "separator": "/",
            "datatype": {"base": "integer", "minimum": 1, "maximum": 8},
            "propertyUrl": f"{PAS}eqfLevel",
            f"{PAS}hint": "write 1 to 8",
        },
        {
            "name": "opens",
            "separator": ";",
            "propertyUrl": f"{PAS}grantsAccessTo",
            "valueUrl": "https://w3id.org/passerelle/id/profession/{opens}",
        },
        {"name": "begins", "propertyUrl": f"{PAS}validFrom", f"{PAS}dateLike": True},
        {"name": "source", "required": True, "separator": " ; ", "propertyUrl": "http://purl.org/dc/terms/source"},
        {
            "name": "verified",
            "datatype": {"base": "string", "format": "yes|from-knowledge"},
            "propertyUrl": f"{PAS}verified",
        },
        {
            "name": "type",
            "virtual": True,
            "propertyUrl": "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
            "valueUrl": f"{PAS}Qualification",
        },
    ],
    "foreignKeys": [
        {"columnReference": "opens", "reference": {"resource": "professions.csv", "columnReference": "profession"}}
    ],
}
PROFESSIONS = {
    "aboutUrl": "https://w3id.org/passerelle/id/profession/{profession}",
    "primaryKey": "profession",
    "columns": [{"name": "profession", "required": True, "propertyUrl": f"{PAS}note"}],
}


def folder(tmp_path: Path, rows: str, header: str = HEADER) -> Path:
    tmp_path.joinpath("schemas").mkdir()
    tables = [
        {"url": "titles.csv", "tableSchema": "schemas/titles.json"},
        {"url": "professions.csv", "tableSchema": "schemas/professions.json"},
    ]
    (tmp_path / "csv-metadata.json").write_text(json.dumps({"tables": tables}))
    (tmp_path / "schemas" / "titles.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "schemas" / "professions.json").write_text(json.dumps(PROFESSIONS))
    (tmp_path / "professions.csv").write_text("profession\nnurse\n")
    (tmp_path / "titles.csv").write_text(header + rows, encoding="utf-8")
    return tmp_path


def defects(tmp_path: Path, rows: str, header: str = HEADER) -> list[str]:
    with pytest.raises(BadTable) as caught:
        read_tables(folder(tmp_path, rows, header))
    return [str(defect) for defect in caught.value.defects]


def test_a_row_becomes_statements_with_its_place_and_sources(tmp_path: Path) -> None:
    reading = read_tables(folder(tmp_path, GOOD))
    assert reading.rows == {"mappings/titles.csv": 1, "mappings/professions.csv": 1}
    nurse = thing("qualification", "aa-nurse")
    graph = NamedNode("https://w3id.org/passerelle/graph/mappings/titles")
    said = {(quad.predicate.value, quad.object) for quad in reading.quads if quad.subject == nurse}
    integer = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    month = NamedNode("http://www.w3.org/2001/XMLSchema#gYearMonth")
    sources = {quad.subject for quad in reading.quads if quad.object == pas("Source")}
    assert said == {
        (f"{SKOS}prefLabel", Literal("Sestra", language="cs")),
        (f"{PAS}eqfLevel", Literal("5", datatype=integer)),
        (f"{PAS}eqfLevel", Literal("6", datatype=integer)),
        (f"{PAS}grantsAccessTo", thing("profession", "nurse")),
        (f"{PAS}validFrom", Literal("2012-09", datatype=month)),
        (f"{PAS}verified", Literal("yes")),
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", pas("Qualification")),
        ("http://www.w3.org/ns/prov#wasDerivedFrom", NamedNode(f"{graph.value}#row=2")),
        *(("http://purl.org/dc/terms/source", source) for source in sources),
    }
    assert {quad.graph_name for quad in reading.quads if quad.subject == nurse} == {graph}
    pages = [quad.object.value for quad in reading.quads if quad.predicate.value == "http://xmlns.com/foaf/0.1/page"]
    assert pages == ["https://law.example/2"]
    assert len(sources) == 2


def test_an_empty_cell_says_nothing(tmp_path: Path) -> None:
    reading = read_tables(folder(tmp_path, "aa-nurse,Sestra,cs,,,,Law 1,yes\n"))
    predicates = {quad.predicate.value for quad in reading.quads if quad.subject == thing("qualification", "aa-nurse")}
    assert not predicates & {f"{PAS}eqfLevel", f"{PAS}grantsAccessTo", f"{PAS}validFrom"}


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    rows = (
        "aa-nurse,Sestra,cs,VI,nurse,,Law 1,yes\n"
        "bb-nurse,,cs,6,nurse,,Law 1,perhaps\n"
        "cc-nurse,Sestra,cs,9,nurse,,Law 1,yes\n"
        "dd-nurse,Sestra,cs,6,baker,tomorrow,Law 1,yes\n"
        "dd-nurse,Sestra ,cs,6,nurse,,Law 1,yes\n"
        "dd-nurse,Sestra,cs,6,nurse,,Law 1,yes\n"
        "ee-nurse,Sestra,cs,6,nurse,,Law 1\n"
    )
    assert defects(tmp_path, rows) == [
        "mappings/titles.csv, line 2, column eqf_level: 'VI' cannot be read; write 1 to 8",
        "mappings/titles.csv, line 3, column title: is empty; write a value, it is required",
        "mappings/titles.csv, line 3, column verified: 'perhaps' cannot be read; write a string of the form yes|from-knowledge",
        "mappings/titles.csv, line 4, column eqf_level: '9' cannot be read; write 1 to 8",
        "mappings/titles.csv, line 5, column begins: 'tomorrow' is no date; write 2021, 2021-09 or 2021-09-01",
        "mappings/titles.csv, line 5, column opens: 'baker' is not in professions.csv; write one of its 'profession' or add it there",
        "mappings/titles.csv, line 6, column title: 'Sestra ' begins or ends with a blank; remove it",
        "mappings/titles.csv, line 7, column id: 'dd-nurse' stands in line 5 already; every row needs its own",
        "mappings/titles.csv, line 8: has 7 cells, the header has 8; put cells that hold a comma in quotation marks",
    ]


def test_a_line_is_that_of_the_file_after_a_cell_of_two_lines(tmp_path: Path) -> None:
    rows = 'aa-nurse,"Ses\ntra",cs,6,nurse,,Law 1,yes\nbb-nurse,,cs,6,nurse,,Law 1,yes\n'
    assert defects(tmp_path, rows) == [
        "mappings/titles.csv, line 4, column title: is empty; write a value, it is required"
    ]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER.replace("opens,", ""), "the column 'opens' is missing; its schema names: "),
        (HEADER.replace("opens", "open"), "the column 'open' is not in its schema; write one of: "),
        ("id,id,title,language,eqf_level,opens,begins,source,verified\n", "a column stands there twice; keep one"),
        ("", "the column 'id' is missing; its schema names: "),
    ],
)
def test_a_header_that_does_not_fit_its_schema_is_named(tmp_path: Path, header: str, message: str) -> None:
    assert any(message in defect and ", line 1" in defect for defect in defects(tmp_path, "", header))


def test_a_table_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    where = folder(tmp_path, GOOD)
    (where / "titles.csv").write_bytes((HEADER + GOOD.replace("Sestra", "Sestr\xe9")).encode("latin-1"))
    with pytest.raises(BadTable, match=r"mappings/titles\.csv: is not UTF-8 at byte"):
        read_tables(where)


def test_an_unclosed_quotation_mark_is_named(tmp_path: Path) -> None:
    (defect,) = [text for text in defects(tmp_path, 'aa,"Sestra,cs,6,nurse,,Law,yes\n') if "CSV" in text]
    assert "close the quotation mark" in defect


def test_a_table_that_nothing_lists_is_named(tmp_path: Path) -> None:
    where = folder(tmp_path, GOOD)
    (where / "extra.csv").write_text("a\n1\n")
    with pytest.raises(BadTable) as caught:
        read_tables(where)
    assert [str(defect) for defect in caught.value.defects] == [
        "mappings/extra.csv: csv-metadata.json does not list this table; add it with its tableSchema"
    ]


def test_an_entry_with_a_star_names_every_table_of_a_folder(tmp_path: Path) -> None:
    where = folder(tmp_path, GOOD)
    (where / "titles").mkdir()
    (where / "titles.csv").rename(where / "titles" / "aa.csv")
    (where / "titles" / "bb.csv").write_text(HEADER + GOOD.replace("aa-nurse", "bb-nurse"), encoding="utf-8")
    listed = json.loads((where / "csv-metadata.json").read_text())
    listed["tables"][0]["url"] = "titles/*.csv"
    (where / "csv-metadata.json").write_text(json.dumps(listed))
    assert {"mappings/titles/aa.csv": 1, "mappings/titles/bb.csv": 1}.items() <= read_tables(where).rows.items()


def test_a_listed_table_that_is_missing_is_named(tmp_path: Path) -> None:
    where = folder(tmp_path, GOOD)
    (where / "titles.csv").unlink()
    with pytest.raises(BadTable) as caught:
        read_tables(where)
    assert [str(defect) for defect in caught.value.defects] == [
        "mappings/csv-metadata.json: lists titles.csv, but there is no such file; add it or unlist it"
    ]


def test_defects_stand_by_file_and_line_whatever_found_them(tmp_path: Path) -> None:
    """What is wrong with a reference is found last, with a crosswalk before it: both stand where a reader looks."""
    where = folder(tmp_path, "aa-nurse,Sestra,cs,6,baker,,Law 1,yes\nbb-nurse,,cs,6,nurse,,Law 1,yes\n")
    (where / "a.csv").write_text("a\n1\n")
    (where / "z.csv").write_text("a\n1\n")
    (where / "crosswalks").mkdir()
    for name in ("b", "a"):
        (where / "crosswalks" / f"{name}.sssom.tsv").write_text(CROSSWALK.replace("isco:2221", "soc:29-1141"))
    with pytest.raises(BadTable) as caught:
        read_tables(where)
    assert [(defect.file, defect.line) for defect in caught.value.defects] == [
        ("mappings/a.csv", None),
        ("mappings/crosswalks/a.sssom.tsv", 6),
        ("mappings/crosswalks/b.sssom.tsv", 6),
        ("mappings/titles.csv", 2),
        ("mappings/titles.csv", 3),
        ("mappings/z.csv", None),
    ]


CROSSWALK = """\
#curie_map:
#  profession: https://w3id.org/passerelle/id/profession/
#  isco: http://data.europa.eu/esco/isco/C
#mapping_set_id: https://w3id.org/passerelle/graph/mappings/crosswalks/x
subject_id\tpredicate_id\tpredicate_modifier\tobject_id\tobject_label\tmapping_justification\tconfidence\tcomment
profession:nurse\tskos:exactMatch\t\tisco:2221\tNursing professionals\tsemapv:ManualMappingCuration\t0.9\tsame work
profession:nurse\tskos:exactMatch\tNot\tisco:5321\tHealth care assistants\tsemapv:ManualMappingCuration\t0.9\tassistants
"""


def test_a_refused_mapping_is_kept_with_its_reason_and_never_stated(tmp_path: Path) -> None:
    where = folder(tmp_path, GOOD)
    (where / "crosswalks").mkdir()
    (where / "crosswalks" / "nurse_isco.sssom.tsv").write_text(CROSSWALK)
    reading = read_tables(where)
    exact = NamedNode(f"{SKOS}exactMatch")
    stated = [quad.object.value for quad in reading.quads if quad.predicate == exact]
    assert stated == ["http://data.europa.eu/esco/isco/C2221"]
    comments = {quad.object.value for quad in reading.quads if quad.predicate.value == "https://w3id.org/sssom/comment"}
    assert comments == {"same work", "assistants"}


def test_a_mapping_with_an_undeclared_prefix_is_named(tmp_path: Path) -> None:
    where = folder(tmp_path, GOOD)
    (where / "crosswalks").mkdir()
    (where / "crosswalks" / "nurse_isco.sssom.tsv").write_text(CROSSWALK.replace("isco:2221", "soc:29-1141"))
    with pytest.raises(BadTable, match=r"nurse_isco\.sssom\.tsv, line 6: object_id 'soc:29-1141' has no known prefix"):
        read_tables(where)


UNREAD = {"name": "unread", "separator": ";", "propertyUrl": f"{PAS}unread", f"{PAS}namesColumns": True}


def with_unread(tmp_path: Path, cell: str) -> Path:
    """The table with a column that names its other columns, in a row without a level."""
    header = HEADER.replace("\n", ",unread\n")
    where = folder(tmp_path, f"aa-nurse,Sestra,cs,,nurse,2012-09,Law 1,yes,{cell}\n", header)
    schema = {**SCHEMA, "columns": [UNREAD, *SCHEMA["columns"]]}
    (tmp_path / "schemas" / "titles.json").write_text(json.dumps(schema))
    return where


def test_a_cell_that_nobody_read_is_said_of_its_property(tmp_path: Path) -> None:
    reading = read_tables(with_unread(tmp_path, "begins;eqf_level"))
    said = [(quad.subject, quad.object) for quad in reading.quads if quad.predicate == pas("unread")]
    assert said == [(thing("qualification", "aa-nurse"), pas("validFrom"))], "of an empty cell nothing is said"


def test_a_column_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadTable) as caught:
        read_tables(with_unread(tmp_path, "level"))
    (defect,) = caught.value.defects
    assert "line 2, column unread" in str(defect)
    assert "'level' is no column of this table that states something; write one of:" in str(defect)
    assert "begins" in str(defect)
