"""ESCO becomes ESCO's own model, in every layout and packing, with several languages in one import."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from graph_api.errors import BadRelease
from graph_api.inputs.releases import Release, import_release
from tests.release_fixtures import (
    BAKER,
    BAKING,
    COLLECTION_COLUMNS,
    DOUGH,
    ESCO,
    FOOD,
    GLOW,
    GROUP,
    KNEAD,
    MODEL,
    MOON_BAKER,
    OCCUPATION_COLUMNS,
    SKOS,
    SUBGROUP,
    gzipped,
    loaded,
    replace_in,
    said_of,
    short,
    write_csv,
    write_esco,
    zipped,
)

GREEN = "https://w3id.org/passerelle/id/esco-collection/green"


def imported(tmp_path: Path, *paths: Path, version: str = "1.1.1", languages: list[str] | None = None) -> Release:
    return import_release("esco", list(paths), tmp_path / "data", version=version, languages=languages)


def pairs(tmp_path: Path, name: str, predicate: str) -> set[tuple[str, str]]:
    store = loaded(tmp_path / "data", name)
    found = store.quads_for_pattern(None, NamedNode(predicate), None, None)
    return {(quad.subject.value, quad.object.value) for quad in found}


def test_an_occupation_says_everything_its_row_says(tmp_path: Path) -> None:
    imported(tmp_path, write_esco(tmp_path / "esco", ["en", "nl"]))
    assert said_of(loaded(tmp_path / "data", "esco-1.1.1"), BAKER) == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "model:Occupation"),
        ("skos:inScheme", "esco:concept-scheme/occupations"),
        ("skos:inScheme", "esco:concept-scheme/member-occupations"),
        ("skos:notation", "7512.1"),
        ("thes:status", "released"),
        ("dcterms:modified", "2021-05-06T07:08:09Z"),
        ("model:memberOfISCOGroup", "esco:isco/C7512"),
        ("model:regulatedProfessionNote", "esco:regulated-professions/unregulated"),
        ("skos:prefLabel", "baker@en"),
        ("skos:prefLabel", "bakker@nl"),
        ("skos:altLabel", "bread maker@en"),
        ("skos:altLabel", "loafer@en"),
        ("skos:altLabel", "bread maker@nl"),
        ("skos:altLabel", "loafer@nl"),
        ("skos:hiddenLabel", "breadman@en"),
        ("skos:hiddenLabel", "breadman@nl"),
        ("dcterms:description", "Bakers bake.@en"),
        ("dcterms:description", "Bakers bake.@nl"),
        ("skos:broader", "esco:isco/C7512"),
        ("skos:broaderTransitive", "esco:isco/C7512"),
        ("skos:broaderTransitive", "esco:isco/C7"),
        ("model:relatedEssentialSkill", short(KNEAD)),
        ("model:relatedOptionalSkill", short(DOUGH)),
    }


def test_a_skill_says_what_needs_it(tmp_path: Path) -> None:
    imported(tmp_path, write_esco(tmp_path / "esco"))
    assert said_of(loaded(tmp_path / "data", "esco-1.1.1"), DOUGH) == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "model:Skill"),
        ("skos:inScheme", "esco:concept-scheme/skills"),
        ("skos:inScheme", "esco:concept-scheme/member-skills"),
        ("thes:status", "released"),
        ("dcterms:modified", "2021-05-06T07:08:09Z"),
        ("model:skillType", "esco:skill-type/knowledge"),
        ("model:skillReuseLevel", "esco:skill-reuse-level/sector-specific"),
        ("skos:prefLabel", "dough@en"),
        ("model:isOptionalSkillFor", short(BAKER)),
        ("model:isEssentialSkillFor", short(KNEAD)),
    }


def test_groups_are_concepts_of_their_schemes_and_no_skills(tmp_path: Path) -> None:
    imported(tmp_path, write_esco(tmp_path / "esco"))
    store = loaded(tmp_path / "data", "esco-1.1.1")
    assert said_of(store, FOOD) == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", "esco:concept-scheme/skills"),
        ("skos:notation", "0721"),
        ("thes:status", "released"),
        ("skos:prefLabel", "food processing@en"),
    }
    assert ("rdf:type", "model:Skill") not in said_of(store, BAKING)
    assert ("skos:notation", "7512") in said_of(store, SUBGROUP)


def test_the_hierarchy_is_known_at_every_distance(tmp_path: Path) -> None:
    imported(tmp_path, write_esco(tmp_path / "esco"))
    assert pairs(tmp_path, "esco-1.1.1", f"{SKOS}broaderTransitive") == {
        (SUBGROUP, GROUP),
        (BAKER, SUBGROUP),
        (BAKER, GROUP),
        (MOON_BAKER, BAKER),
        (MOON_BAKER, SUBGROUP),
        (MOON_BAKER, GROUP),
        (BAKING, FOOD),
        (KNEAD, BAKING),
        (KNEAD, FOOD),
    }


def test_a_cycle_in_the_hierarchy_ends_and_is_reported(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    with (folder / "relations" / "broaderRelationsSkillPillar.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"SkillGroup,{FOOD},SkillGroup,{BAKING}\n")
    release = imported(tmp_path, folder)
    assert [warned["message"] for warned in release.warnings] == ["a concept stands above itself"]
    assert (FOOD, FOOD) not in pairs(tmp_path, "esco-1.1.1", f"{SKOS}broaderTransitive")


def test_a_collection_holds_its_members(tmp_path: Path) -> None:
    imported(tmp_path, write_esco(tmp_path / "esco", ["en", "nl"]))
    assert said_of(loaded(tmp_path / "data", "esco-1.1.1"), GREEN) == {
        ("rdf:type", "skos:Collection"),
        ("skos:prefLabel", "ESCO collection: green@en"),
        ("skos:member", short(GLOW)),
    }


def test_a_collection_lends_its_labels_where_the_table_of_skills_is_missing(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco", ["en", "nl"])
    (folder / "nl" / "skills_nl.csv").unlink()
    release = imported(tmp_path, folder)
    said = said_of(loaded(tmp_path / "data", "esco-1.1.1"), GLOW)
    assert ("skos:prefLabel", "brood laten gloeien@nl") in said
    assert ("skos:altLabel", "shine loaves@nl") in said
    assert ("skos:altLabel", "shine loaves@en") not in said
    assert release.counts["Skill labelled in nl"] == 1


def test_counts_languages_and_date(tmp_path: Path) -> None:
    release = imported(tmp_path, write_esco(tmp_path / "esco", ["en", "nl"]))
    assert release.counts == {
        "Occupation": 2,
        "Skill": 3,
        "ISCOGroup": 2,
        "SkillGroup": 2,
        "collection green": 1,
        "broader": 5,
        "broaderTransitive": 9,
        "occupationSkillRelations essential": 2,
        "occupationSkillRelations optional": 1,
        "skillSkillRelations essential": 1,
        **{
            f"{kind} labelled in {language}": 2
            for kind in ("Occupation", "ISCOGroup", "SkillGroup")
            for language in ("en", "nl")
        },
        "Skill labelled in en": 3,
        "Skill labelled in nl": 3,
    }
    assert (release.languages, release.modified, release.warnings) == (["en", "nl"], "2021-05-06", [])


def test_only_the_wanted_languages_are_taken(tmp_path: Path) -> None:
    release = imported(tmp_path, write_esco(tmp_path / "esco", ["en", "nl"]), languages=["nl"])
    assert release.languages == ["nl"]
    labels = {
        value for said, value in said_of(loaded(tmp_path / "data", "esco-1.1.1"), BAKER) if said == "skos:prefLabel"
    }
    assert labels == {"bakker@nl"}


def test_the_layout_of_version_1_0_has_fewer_columns(tmp_path: Path) -> None:
    imported(tmp_path, write_esco(tmp_path / "esco", layout="1.0"), version="1.0.3")
    assert said_of(loaded(tmp_path / "data", "esco-1.0.3"), KNEAD) == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "model:Skill"),
        ("skos:inScheme", "esco:concept-scheme/skills"),
        ("skos:inScheme", "esco:concept-scheme/member-skills"),
        ("model:skillType", "esco:skill-type/skill"),
        ("model:skillReuseLevel", "esco:skill-reuse-level/sector-specific"),
        ("skos:prefLabel", "knead dough@en"),
        ("skos:broader", short(BAKING)),
        ("skos:broaderTransitive", short(BAKING)),
        ("skos:broaderTransitive", short(FOOD)),
        ("model:isEssentialSkillFor", short(BAKER)),
        ("model:relatedEssentialSkill", short(DOUGH)),
    }


@pytest.mark.parametrize("packing", ["zip", "gz", "files"])
def test_every_packing_says_the_same(tmp_path: Path, packing: str) -> None:
    plain = imported(tmp_path, write_esco(tmp_path / "esco"))
    before = set(loaded(tmp_path / "data", "esco-1.1.1"))
    files = sorted(path for path in (tmp_path / "esco").rglob("*.csv"))
    given = {
        "zip": lambda: [zipped(tmp_path / "esco", tmp_path / "esco.zip")],
        "gz": lambda: [gzipped(path) for path in files],
        "files": lambda: files,
    }[packing]()
    packed = imported(tmp_path, *given)
    said = set(loaded(tmp_path / "data", "esco-1.1.1")) ^ before
    assert {quad.predicate.value for quad in said} == {"https://w3id.org/passerelle/def#checksum"}
    assert packed.counts == plain.counts


def test_labels_alone_join_the_concepts_of_a_complete_table(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    unknown = f"{ESCO}skill/ffff-9999"
    write_csv(
        folder / "skills_de_labels.csv",
        ["concept_uri", "preferred_label", "description"],
        [
            {"concept_uri": KNEAD, "preferred_label": "Teig kneten", "description": "Mit der Hand."},
            {"concept_uri": unknown, "preferred_label": "Mondbrot"},
        ],
    )
    release = imported(tmp_path, folder)
    said = said_of(loaded(tmp_path / "data", "esco-1.1.1"), KNEAD)
    assert {("skos:prefLabel", "Teig kneten@de"), ("dcterms:description", "Mit der Hand.@de")} <= said
    assert said_of(loaded(tmp_path / "data", "esco-1.1.1"), unknown) == set()
    assert release.warnings == [
        {
            "message": "labels a concept that this release does not have; left out",
            "count": 1,
            "first": "esco/skills_de_labels.csv, line 3",
        }
    ]


def test_labels_alone_are_concepts_where_nothing_else_is_given(tmp_path: Path) -> None:
    columns = ["conceptUri", "preferredLabel", "altLabels"]
    rows = [{"conceptUri": BAKER, "preferredLabel": "boulanger", "altLabels": "panetier|boulangère"}]
    release = imported(tmp_path, write_csv(tmp_path / "occupations_fr.csv", columns, rows))
    assert release.counts == {"Occupation": 1, "Occupation labelled in fr": 1}
    assert said_of(loaded(tmp_path / "data", "esco-1.1.1"), BAKER) == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "model:Occupation"),
        ("skos:inScheme", "esco:concept-scheme/occupations"),
        ("skos:inScheme", "esco:concept-scheme/member-occupations"),
        ("skos:prefLabel", "boulanger@fr"),
        ("skos:altLabel", "panetier@fr"),
        ("skos:altLabel", "boulangère@fr"),
    }


def test_a_group_of_the_hierarchy_alone_is_taken_from_there(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    hidden = f"{ESCO}skill/dddd-0001"
    header = [f"Level {level} {what}" for level in range(4) for what in ("URI", "preferred term")]
    codes = [f"Level {level} code" for level in range(4)]
    lines = [
        ",".join([*header, "Description", "Scope note", *codes]),
        ",".join([FOOD, "food processing", "", "", "", "", "", "", "", "", "K"]),
        ",".join([FOOD, "food processing", hidden, "moon food", "", "", "", "", "", "", "K", "K9"]),
    ]
    (folder / "en" / "skillsHierarchy_en.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with (folder / "relations" / "broaderRelationsSkillPillar.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"SkillGroup,{hidden},SkillGroup,{FOOD}\n")
    release = imported(tmp_path, folder)
    assert said_of(loaded(tmp_path / "data", "esco-1.1.1"), hidden) == {
        ("rdf:type", "skos:Concept"),
        ("skos:inScheme", "esco:concept-scheme/skills"),
        ("skos:inScheme", "esco:concept-scheme/skills-hierarchy"),
        ("skos:notation", "K9"),
        ("skos:prefLabel", "moon food@en"),
        ("skos:broader", "esco:isced-f/0721"),
        ("skos:broaderTransitive", "esco:isced-f/0721"),
    }
    assert release.counts["SkillGroup"] == 2
    assert release.counts["SkillGroup of the hierarchy only"] == 1


def test_flaws_of_the_official_files_are_counted_and_left_out(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco", ["en", "nl"])
    dropped = f"{ESCO}occupation/dead-0001"
    with (folder / "relations" / "occupationSkillRelations.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"{dropped},essential,knowledge,{DOUGH}\n")
        stream.write(f"{BAKER},optional,knowledge,{DOUGH}\n")
    replace_in(folder / "relations" / "skillSkillRelations.csv", "essential,knowledge", "essential,skill/competence")
    replace_in(folder / "en" / "skills_en.csv", "skill/competence,sector-specific,knead", ",,knead")
    replace_in(folder / "nl" / "occupations_nl.csv", ",7512,maanbakker", ",7513,maanbakker")
    (folder / "README.txt").write_text("hello", encoding="utf-8")
    release = imported(tmp_path, folder)
    assert {(str(warned["message"]), warned["count"]) for warned in release.warnings} == {
        ("a skill has no type", 1),
        ("a skill has no reuse level", 1),
        ("types or codes contradict those in the file of another language", 2),
        ("occupationSkillRelations names a concept that this release does not have; left out", 1),
        ("a relation stands there twice; taken once", 1),
        ("the skill types in skillSkillRelations contradict those of the skills; not read", 1),
        ("not part of an ESCO release; left out", 1),
    }
    store = loaded(tmp_path / "data", "esco-1.1.1")
    assert said_of(store, dropped) == set()
    assert ("model:memberOfISCOGroup", "esco:isco/C7512") in said_of(store, MOON_BAKER)
    assert ("model:memberOfISCOGroup", "esco:isco/C7513") not in said_of(store, MOON_BAKER)


def test_copies_of_the_relations_in_the_downloads_of_other_languages_are_read_once(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    original = folder / "relations" / "occupationSkillRelations.csv"
    for language in ("en", "nl"):
        original.with_name(f"occupationSkillRelations_{language}.csv").write_bytes(original.read_bytes())
    original.unlink()
    release = imported(tmp_path, folder)
    assert release.counts["occupationSkillRelations essential"] == 2
    assert release.warnings == []


def test_the_version_is_read_from_the_folder(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "ESCO dataset - v1.1.2 - classification - en - csv")
    assert import_release("esco", [folder], tmp_path / "data").version == "1.1.2"


def test_an_unknown_version_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(BadRelease, match="tells the version; say it with --version"):
        import_release("esco", [write_esco(tmp_path / "esco")], tmp_path / "data")


OFFICIAL_SHAPE = f"""
@prefix model: <{MODEL}> . @prefix skos: <{SKOS}> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix xl: <http://www.w3.org/2008/05/skos-xl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<{BAKER}> a skos:Concept, model:Occupation, model:MemberConcept ;
    skos:prefLabel "baker"@en, "bakker"@nl, "leipuri"@fi ; skos:altLabel "bread maker"@en ;
    xl:prefLabel <{ESCO}label/1> ; dct:description <{ESCO}node-literal/1>, <{ESCO}node-literal/2> ;
    dct:modified "2021-05-06T07:08:09Z"^^xsd:dateTime ; model:hasAssociation <{ESCO}relation/1> ;
    model:relatedEssentialSkill <{KNEAD}> ; skos:broader <{SUBGROUP}> .
<{ESCO}label/1> a xl:Label ; xl:literalForm "baker"@en .
<{ESCO}node-literal/1> a model:NodeLiteral ;
    model:language "en"^^xsd:language ; model:nodeLiteral "Bakers bake." .
<{ESCO}node-literal/2> a model:NodeLiteral ;
    model:nodeLiteral "Bakkers bakken." ; model:language "nl"^^xsd:language .
<{KNEAD}> a skos:Concept, model:Skill ;
    skos:prefLabel "knead dough"@en ; model:isEssentialSkillFor <{BAKER}> ;
    model:skillType <{ESCO}skill-type/skill> ; skos:broader <{BAKING}> .
<{BAKING}> a skos:Concept ; skos:prefLabel "baking"@en ; skos:notation "S9.9" .
<{SUBGROUP}> a skos:Concept ; skos:prefLabel "Bakers"@en ; skos:broader <{GROUP}> .
<{GROUP}> a skos:Concept ; skos:prefLabel "Craft workers"@en .
"""


def test_turtle_in_escos_own_model(tmp_path: Path) -> None:
    path = tmp_path / "esco.ttl"
    path.write_text(OFFICIAL_SHAPE, encoding="utf-8")
    release = imported(tmp_path, gzipped(path), version="1.2.0", languages=["en", "nl"])
    store = loaded(tmp_path / "data", "esco-1.2.0")
    assert said_of(store, BAKER) == {
        ("rdf:type", "skos:Concept"),
        ("rdf:type", "model:Occupation"),
        ("skos:inScheme", "esco:concept-scheme/occupations"),
        ("skos:inScheme", "esco:concept-scheme/member-occupations"),
        ("skos:prefLabel", "baker@en"),
        ("skos:prefLabel", "bakker@nl"),
        ("skos:altLabel", "bread maker@en"),
        ("dcterms:description", "Bakers bake.@en"),
        ("dcterms:description", "Bakkers bakken.@nl"),
        ("dcterms:modified", "2021-05-06T07:08:09Z"),
        ("model:relatedEssentialSkill", short(KNEAD)),
        ("skos:broader", "esco:isco/C7512"),
        ("skos:broaderTransitive", "esco:isco/C7512"),
        ("skos:broaderTransitive", "esco:isco/C7"),
    }
    assert ("rdf:type", "model:Skill") not in said_of(store, BAKING)
    assert said_of(store, f"{ESCO}label/1") == said_of(store, f"{ESCO}node-literal/1") == set()
    kinds = {"Occupation": 1, "Skill": 1, "SkillGroup": 1, "ISCOGroup": 2}
    assert {kind: release.counts[kind] for kind in kinds} == kinds
    assert (release.languages, release.modified) == (["en", "nl"], "2021-05-06")


def test_whom_an_alternative_label_names_is_said_of_the_concept(tmp_path: Path) -> None:
    path = tmp_path / "esco.ttl"
    labels = f"""
<{BAKER}> xl:altLabel <{ESCO}label/2>, <{ESCO}label/3>, <{ESCO}label/4> ; skos:altLabel "bakster"@nl, "leipoja"@fi .
<{ESCO}label/2> model:hasLabelRole <{ESCO}label-role/female>, <{ESCO}label-role/standard-female> ;
    a xl:Label ; xl:literalForm "bakster"@nl .
<{ESCO}label/3> a xl:Label ; xl:literalForm "bread maker"@en ; model:hasLabelRole "{ESCO}label-role/neutral" .
<{ESCO}label/4> a xl:Label ; xl:literalForm "leipoja"@fi ; model:hasLabelRole <{ESCO}label-role/neutral> .
<{ESCO}label/1> model:hasLabelRole <{ESCO}label-role/male> .
"""
    path.write_text(OFFICIAL_SHAPE + labels, encoding="utf-8")
    imported(tmp_path, path, version="1.2.0", languages=["en", "nl"])
    store = loaded(tmp_path / "data", "esco-1.2.0")
    terms = {
        (quad.predicate.value.rpartition("#")[2], f"{quad.object.value}@{quad.object.language}")
        for quad in store.quads_for_pattern(NamedNode(BAKER), None, None, None)
        if quad.predicate.value.endswith("Term")
    }
    assert terms == {
        ("femaleTerm", "bakster@nl"),
        ("standardFemaleTerm", "bakster@nl"),
        ("neutralTerm", "bread maker@en"),
    }


POINTING = f"""
@base <http://example.org/bread/> . @prefix skos: <{SKOS}> .
<1> a skos:Concept ; skos:prefLabel "Bäckerin"@de ; skos:exactMatch <{BAKER}> ; skos:broader <2> ;
    skos:definition "Backt Brot."@de .
<2> a skos:Concept ; skos:prefLabel "Bäcker"@de ; skos:exactMatch <{SUBGROUP}> .
<3> a skos:Concept ; skos:prefLabel "Ohne ESCO"@de .
"""


def test_skos_that_points_to_esco_adds_a_language_to_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "de.ttl"
    path.write_text(POINTING, encoding="utf-8")
    release = imported(tmp_path, path, write_esco(tmp_path / "esco"))
    store = loaded(tmp_path / "data", "esco-1.1.1")
    said = said_of(store, BAKER)
    assert {("skos:prefLabel", "baker@en"), ("skos:prefLabel", "Bäckerin@de")} <= said
    assert ("dcterms:description", "Backt Brot.@de") in said
    assert not [quad for quad in store if quad.subject.value.startswith("http://example.org/")]
    assert release.counts["Occupation"] == 2
    assert release.triples == len(store)


def test_the_same_statements_in_tables_and_turtle_stand_once(tmp_path: Path) -> None:
    path = tmp_path / "esco.ttl"
    path.write_text(OFFICIAL_SHAPE, encoding="utf-8")
    release = imported(tmp_path, path, write_esco(tmp_path / "esco", ["en", "nl"]))
    assert release.triples == len(loaded(tmp_path / "data", "esco-1.1.1"))
    assert release.counts["Skill"] == 3


def test_a_new_column_of_a_later_version_is_reported(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    path = folder / "en" / "ISCOGroups_en.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([f"{lines[0]},naceCode", *(f"{line},C10" for line in lines[1:])]) + "\n", encoding="utf-8"
    )
    release = imported(tmp_path, folder)
    assert [warned["message"] for warned in release.warnings] == ["the column 'naceCode' is not known; left out"]


def test_a_collection_of_unknown_concepts_is_reported(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    row = {
        "conceptType": "KnowledgeSkillCompetence",
        "conceptUri": f"{ESCO}skill/eeee-0001",
        "preferredLabel": "float",
    }
    write_csv(folder / "en" / "digCompSkillsCollection_en.csv", COLLECTION_COLUMNS, [row])
    release = imported(tmp_path, folder)
    assert [warned["message"] for warned in release.warnings] == [
        "a collection names a concept that this release does not have; left out"
    ]
    assert "collection digcomp" not in release.counts


def many_occupations(folder: Path, count: int) -> Path:
    """As many occupations as an official version has; nothing else tells a version from its files."""
    row = {"conceptType": "Occupation", "iscoGroup": "7512", "preferredLabel": "x", "status": "released"}
    rows = [{**row, "conceptUri": f"{ESCO}occupation/{number}"} for number in range(count)]
    write_csv(folder / "occupations_en.csv", OCCUPATION_COLUMNS["1.1"], rows)
    return folder


@pytest.mark.parametrize(("count", "version"), [(3007, "1.1.1"), (3008, "1.1.0"), (3039, "1.2.0")])
def test_the_version_is_known_by_the_number_of_occupations(tmp_path: Path, count: int, version: str) -> None:
    assert import_release("esco", [many_occupations(tmp_path / "esco", count)], tmp_path / "data").version == version


def test_a_folder_named_for_another_version_is_refused(tmp_path: Path) -> None:
    folder = many_occupations(tmp_path / "v1.1.1", 3039)
    with pytest.raises(BadRelease, match=r"named 1\.1\.1, but with as many occupations as 1\.2\.0"):
        import_release("esco", [folder], tmp_path / "data")
    assert import_release("esco", [folder], tmp_path / "data", version="1.2.0").counts["Occupation"] == 3039
