"""Rows of registers become titles that can be asked about; what a curated title says stays the curator's.

All rows are invented: a moon whose register writes its levels in two ways.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, parse, serialize

from graph_api.build.registered import Register, Registered, titles_of_registers
from graph_api.inputs.releases import flaws_file, import_release
from graph_api.rdf import nquads
from graph_api.rdf.terms import ID, local_name, thing
from graph_api.store.queries import select
from tests.europe import MemoryStore
from tests.release_fixtures import said_of

SCHEME = "https://w3id.org/passerelle/scheme/"
TABLES = f"""
@prefix pas: <https://w3id.org/passerelle/def#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@base <{ID}> .
<register/rncp> a pas:Register ; pas:releaseSource "rncp" ; pas:entriesIn <{SCHEME}rncp> ; pas:inJurisdiction <jurisdiction/mo> ;
  pas:state <jurisdiction/mo> ; pas:codeSystem "RNCP" , "RS" ; pas:awardingBodyText "Academy of the Moon" .
<register-level/rncp-4> pas:ofRegister <register/rncp> ; pas:written "4" ; pas:frameworkLevel <framework-level/new-4> .
<register-level/rncp-v> pas:ofRegister <register/rncp> ; pas:written "V" ; pas:frameworkLevel <framework-level/old-v> .
<framework-level/new-4> pas:nqfLevel "4" ; pas:eqfLevel 4 .
<framework-level/old-v> pas:nqfLevel "V" ; pas:eqfLevel 3 .
<qualification/mo-baker> a pas:Qualification ; skos:prefLabel "Brevet de boulanger lunaire"@fr ; pas:state <jurisdiction/mo> ;
  pas:nationalCode "RNCP901" ; pas:nationalCodeSystem "RNCP" ; pas:nqfLevel "3" ; pas:validTo "2030-01-01" .
<qualification/mo-confectioner> a pas:Qualification ; skos:prefLabel "Confiseur lunaire"@fr ; pas:state <jurisdiction/mo> ; pas:nqfLevel "4" .
"""
HEADER = (
    "Code Diplôme;Intitulé diplôme (DEPP);FicheRNCP;Niveau fiche RNCP;Date d'échéance de la fiche RNCP;"
    "Fiche ACTIVE/INACTIVE;Nouvelle Certification rempla (RNCP)\n"
)
ROWS = """1022001;BOULANGER LUNAIRE;RNCP901;niveau4;01/01/2024;ACTIVE;
01022002;CONFISEUR LUNAIRE;RNCP902;NIV4;;ACTIVE;
01022003;TOURIER LUNAIRE;RNCP903;niveau V;;INACTIVE;RNCP902|RNCP901|RNCP999
01022004;GLACIER LUNAIRE;RS5;niveau9;;ACTIVE;
01022005;CREPIER LUNAIRE;RNCP904;8;;ACTIVE;
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "Kit_apprentissage_et_RNCP_v3.0.csv").write_text(HEADER + ROWS, encoding="utf-8")
    import_release("rncp", [tmp_path / "Kit_apprentissage_et_RNCP_v3.0.csv"], tmp_path / "data")
    return tmp_path / "data"


def taken(data: Path, tables: str = TABLES) -> tuple[Registered, Store]:
    dump = data / "dump.nq.gz"
    graph = NamedNode("https://w3id.org/passerelle/graph/mappings/invented")
    triples = [quad.triple for quad in parse(tables, format=RdfFormat.TURTLE)]
    lines = serialize(triples, format=RdfFormat.N_TRIPLES) or b""
    named = sorted(line[:-2] + f"{graph} .\n".encode() for line in lines.splitlines(keepends=True))
    nquads.write_packed(dump, named)
    found = titles_of_registers(data, dump)
    store = Store()
    store.extend(nquads.quads(found.lines))
    return found, store


def test_a_row_becomes_a_title_with_level_state_body_mark_and_source(data: Path) -> None:
    _, store = taken(data)
    assert said_of(store, f"{ID}qualification/rncp-902") == {
        ("rdf:type", "pas:Qualification"),
        ("skos:prefLabel", "CONFISEUR LUNAIRE@fr"),
        ("pas:issuedIn", "id:jurisdiction/mo"),
        ("pas:state", "id:jurisdiction/mo"),
        ("pas:ofRegister", "id:register/rncp"),
        ("pas:registerEntry", "scheme:rncp/RNCP902"),
        ("pas:nationalCode", "RNCP902"),
        ("pas:nationalCodeSystem", "RNCP"),
        ("pas:nqfLevel", "4"),
        ("pas:eqfLevel", "4"),
        ("pas:awardingBodyText", "Academy of the Moon"),
        ("pas:verified", "imported"),
        ("pas:doubt", "id:doubt/title-from-register"),
        ("dcterms:source", "id:source/release-rncp-3.0"),
    }
    graphs = {graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode)}
    assert graphs == {"https://w3id.org/passerelle/graph/releases/rncp-3.0/titles"}
    label = store.quads_for_pattern(NamedNode(f"{ID}source/release-rncp-3.0"), None, None, None)
    assert any(isinstance(quad.object, Literal) and "release 3.0, imported" in quad.object.value for quad in label)


def test_old_levels_and_successors_are_read_and_a_row_with_a_curated_code_is_the_curated_title(data: Path) -> None:
    _, store = taken(data)
    tourier = said_of(store, f"{ID}qualification/rncp-903")
    assert {("pas:nqfLevel", "V"), ("pas:eqfLevel", "3")} <= tourier
    successors = {value for name, value in tourier if name == "pas:replacedBy"}
    assert successors == {"id:qualification/rncp-902", "id:qualification/mo-baker"}
    assert said_of(store, f"{ID}qualification/rncp-901") == set()
    assert said_of(store, f"{ID}qualification/mo-baker") == {("pas:registerEntry", "scheme:rncp/RNCP901")}


def test_differences_likenesses_and_gaps_are_found_and_nothing_else(data: Path) -> None:
    found, _ = taken(data)
    assert sorted(item[1:6] for item in found.findings) == [
        ("RNCP901", "difference in nqfLevel", "mo-baker", "3", "4"),
        ("RNCP901", "difference in prefLabel", "mo-baker", "Brevet de boulanger lunaire", "BOULANGER LUNAIRE"),
        ("RNCP901", "difference in validTo", "mo-baker", "2030-01-01", "2024-01-01"),
        ("RNCP901", "same code", "mo-baker", "", ""),
        ("RNCP902", "same title and level", "mo-confectioner", "Confiseur lunaire", ""),
        ("RNCP903", "successor is not in the register", "replacedBy", "", "RNCP999"),
        ("RNCP904", "level not in register_levels.csv", "nqfLevel", "", "8"),
    ]
    assert found.counts() == {"rncp": {"titles": 4, "curated": 1, "findings": 7}}


def test_what_is_found_is_a_table(data: Path, tmp_path: Path) -> None:
    found, _ = taken(data)
    found.write_report(tmp_path / "registers.csv")
    with (tmp_path / "registers.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(found.findings)
    assert rows[0]["register"] == "rncp"


def test_every_flaw_of_an_import_stands_in_a_table_with_its_line(data: Path) -> None:
    with flaws_file(data, "rncp-3.0").open(encoding="utf-8", newline="") as stream:
        rows = [(row["place"].partition(", ")[2], row["flaw"]) for row in csv.DictReader(stream)]
    assert rows == [
        ("line 2", "a diploma code has lost its leading zero; restored"),
        ("line 5", "a level is spelt in no known way; left out"),
    ]


def test_the_same_tables_and_releases_give_the_same_bytes(data: Path) -> None:
    assert taken(data)[0].lines == taken(data)[0].lines
    assert gzip.decompress((data / "releases" / "rncp-3.0.nq.gz").read_bytes()).count(b"RegisterEntry") == 5


def test_a_release_that_no_table_calls_a_register_brings_no_title(data: Path) -> None:
    found, _ = taken(data, TABLES.replace('"rncp" ;', '"other" ;', 1))
    assert (found.lines, found.counts()) == ([], {})


@pytest.mark.parametrize(
    ("register", "code", "slug"),
    [
        ("rncp", "RNCP12345", "rncp-12345"),
        ("rncp", "RS5770", "rncp-rs5770"),
        ("vks", "BK-0178", "vks-bk-0178"),
        ("bcn", "50022101", "bcn-50022101"),
        ("bcn", "16X32679", "bcn-16x32679"),
        ("lu", "x" * 200, f"lu-{'x' * 88}-" + hashlib.sha256(b"x" * 200).hexdigest()[:8]),
    ],
)
def test_the_address_is_made_of_register_and_code(register: str, code: str, slug: str) -> None:
    place = NamedNode(f"{ID}jurisdiction/mo")
    made = Register(NamedNode(f"{ID}register/{register}"), register, "", place, place, ["X"], None, {})
    assert made.address_of(code).value == f"{ID}qualification/{slug}"


LISTED = """
q:mo-confectioner-of-pastry a pas:Qualification ; pas:state j:mo ; pas:issuedIn j:mo ; pas:grantsAccessTo p:baker .
q:mo-confectioner-of-bread a pas:Qualification ; pas:state j:mo ; pas:issuedIn j:mo-north ; pas:grantsAccessTo p:baker , p:miller .
q:mo-confectioner a pas:Qualification ; pas:state j:mo ; pas:issuedIn j:mo .
q:su-baker a pas:Qualification ; pas:state j:su ; pas:issuedIn j:su ; pas:grantsAccessTo p:baker .
"""
PREFIXES = "@prefix pas: <https://w3id.org/passerelle/def#> ." + "".join(
    f"@prefix {kind[0]}: <{ID}{kind}/> ." for kind in ("qualification", "jurisdiction", "profession")
)


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ({}, ["mo-confectioner", "mo-confectioner-of-bread", "mo-confectioner-of-pastry", "su-baker"]),
        ({"country": "mo"}, ["mo-confectioner", "mo-confectioner-of-bread", "mo-confectioner-of-pastry"]),
        ({"country": "mo-north"}, ["mo-confectioner-of-bread"]),
        ({"profession": "baker"}, ["mo-confectioner-of-bread", "mo-confectioner-of-pastry", "su-baker"]),
        ({"country": "mo", "profession": "miller"}, ["mo-confectioner-of-bread"]),
    ],
)
def test_titles_are_listed_by_state_place_and_profession_in_the_order_of_their_whole_addresses(
    asked: dict[str, str], listed: list[str]
) -> None:
    terms: dict[str, Any] = {
        kind: [thing("jurisdiction" if kind == "country" else kind, slug)] for kind, slug in asked.items()
    }
    found = select(MemoryStore(PREFIXES + LISTED), "qualifications", **terms)
    assert [local_name(row["thing"]) for row in found] == listed
