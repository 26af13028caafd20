"""The official files are imported whole: the counts are those that their descriptions state.

Where a count differs from the number of rows, the test says why.
"""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from graph_api.inputs.releases import Release, import_release, quads
from graph_api.rdf.terms import local_name
from tests.conftest import official

pytestmark = pytest.mark.long

EN, NL, RELATIONS, RECONSTRUCTED = "en", "nl", "relations", "reconstructed"
RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
MODEL = "http://data.europa.eu/esco/model#"

CONCEPTS = {
    "1.1.1": {"Occupation": 3007, "Skill": 13896, "ISCOGroup": 619, "SkillGroup": 640, "ConceptScheme": 19},
    "1.2.0": {"Occupation": 3039, "Skill": 13939, "ISCOGroup": 619, "SkillGroup": 640, "ConceptScheme": 19},
    "1.0.3": {"Occupation": 2942, "Skill": 13485, "ISCOGroup": 619, "SkillGroup": 17},
}
COLLECTIONS = {
    "1.1.1": {
        "digcomp": 26,
        "digital": 1201,
        "green": 570,
        "language": 346,
        "research": 40,
        "research-occupations": 122,
        "transversal": 96,
    },
    "1.2.0": {
        "digcomp": 25,
        "digital": 1284,
        "green": 591,
        "language": 359,
        "research": 40,
        "research-occupations": 122,
        "transversal": 95,
    },
    "1.0.3": {},
}
# 155 rows of the skill hierarchy of version 1.0.3 stand there twice, under two types of the group above.
BROADER = {"1.1.1": 3617 - 1 + 20656, "1.2.0": 3652 + 20822, "1.0.3": 3551 + 7161 - 155}
RELATED = {"1.1.1": 123855 - 67, "1.2.0": 129004, "1.0.3": 0}
BETWEEN_SKILLS = {"1.1.1": 5899, "1.2.0": 5818, "1.0.3": 0}
FOLDERS = {
    "1.1.1": (EN, NL, RELATIONS, RECONSTRUCTED),
    "1.2.0": (EN, NL, RELATIONS, RECONSTRUCTED),
    "1.0.3": (EN, "fr", RELATIONS),
}
LABELLED = {
    "1.1.1": {
        **{f"Occupation {language}": 3007 for language in ("en", "nl", "de")},
        "Occupation fr": 2939,
        "Skill en": 13896,
        "Skill nl": 6939,
        "Skill de": 13891,
        "Skill fr": 13384,
    },
    "1.2.0": {**{f"Occupation {language}": 3039 for language in ("en", "nl", "de")}, "Skill en": 13939},
    # 13 rows of the American English table have no label.
    "1.0.3": {"Occupation en": 2942, "Occupation fr": 2942, "Skill fr": 13485, "Skill en-us": 13485 - 13},
}
FLAWS = {
    "1.1.1": {
        "a skill group stands in the hierarchy only; taken from there": 7,
        "a skill has no type": 6,
        "a skill has no reuse level": 5,
        "broaderRelationsOccPillar names a concept that this release does not have; left out": 1,
        "occupationSkillRelations names a concept that this release does not have; left out": 67,
        "the skill types in skillSkillRelations contradict those of the skills; not read": 5655,
        "not part of an ESCO release; left out": 3,
    },
    "1.2.0": {
        "a skill has no type": 5,
        "a skill has no reuse level": 115,
        "the skill types in skillSkillRelations contradict those of the skills; not read": 5586,
        "not part of an ESCO release; left out": 2,
    },
    "1.0.3": {
        "a concept has no preferred label": 13,
        "a relation stands there twice; taken once": 155,
        "a skill has 2 types": 1,
    },
}


def warned(release: Release) -> dict[str, int]:
    return {str(warning["message"]): int(warning["count"]) for warning in release.warnings}


@pytest.mark.parametrize("version", ["1.1.1", "1.2.0", "1.0.3"])
def test_esco_is_whole(tmp_path: Path, version: str) -> None:
    paths = [official("data", "esco", f"v{version}", folder) for folder in FOLDERS[version]]
    release = import_release("esco", paths, tmp_path)
    counts = release.counts
    assert release.version == version
    assert {kind: counts[kind] for kind in CONCEPTS[version]} == CONCEPTS[version]
    collections = {key.removeprefix("collection "): n for key, n in counts.items() if key.startswith("collection ")}
    assert collections == COLLECTIONS[version]
    assert counts["broader"] == BROADER[version]
    related = [counts.get(f"occupationSkillRelations {kind}", 0) for kind in ("essential", "optional")]
    between = [counts.get(f"skillSkillRelations {kind}", 0) for kind in ("essential", "optional")]
    assert (sum(related), sum(between)) == (RELATED[version], BETWEEN_SKILLS[version])
    labelled = {key: counts[key.replace(" ", " labelled in ")] for key in LABELLED[version]}
    assert labelled == LABELLED[version]
    assert warned(release) == FLAWS[version]
    assert counted_in_the_statements(tmp_path, release) == {
        "lines": release.triples,
        "Occupation": counts["Occupation"],
        "Skill": counts["Skill"],
        "relatedSkill": sum(related) + sum(between),
        "isSkillFor": sum(related) + sum(between),
    }


def counted_in_the_statements(data: Path, release: Release) -> dict[str, int]:
    """The same counts, from the file that was written."""
    found: Counter[str] = Counter(dict.fromkeys(("relatedSkill", "isSkillFor"), 0))
    with gzip.open(quads(data, release.name), "rt", encoding="utf-8") as stream:
        for line in stream:
            predicate = line.split(" ", 2)[1]
            found["lines"] += 1
            found["relatedSkill"] += predicate.startswith(f"<{MODEL}related")
            found["isSkillFor"] += predicate.startswith(f"<{MODEL}is")
            if predicate == RDF_TYPE:
                found["Occupation"] += f"<{MODEL}Occupation>" in line
                found["Skill"] += f"<{MODEL}Skill>" in line
    return dict(found)


def test_german_esco_as_turtle_is_whole(tmp_path: Path) -> None:
    release = import_release("esco", [official("data", "esco", "v1.2.0", "de")], tmp_path)
    assert {key: n for key, n in release.counts.items() if key != "broaderTransitive"} == {
        "Occupation": 3039,
        "ISCOGroup": 619,
        "Occupation labelled in de": 3039,
        "ISCOGroup labelled in de": 619,
    }
    assert (release.version, release.languages, release.warnings) == ("1.2.0", ["de"], [])


CROSSWALKS = [
    # 11,118 titles, and through them 2,626 pairs of an ESCO occupation and one of 532 ROME codes
    ("esco-rome", ["FR_20230607_mapping_esco_rome.csv.gz", "rome_v3_lookup"], 11118, 11118 + 2626, {}),
    ("esco-kldb", ["DE_mapping_18.05.22.csv.gz"], 8735, 8735, {}),
    # two rows more than other readers find: an unclosed quotation mark hides them
    (
        "esco-kompetenzsystematik",
        ["DE_Mapping_ESCO_Kompetenzen_220518_0.csv.gz"],
        24465 + 2,
        24465 + 2,
        {"a national concept has no match; left out": 1125},
    ),
    ("esco-noc", ["NL_mapping.csv.gz"], 5651, 5651, {}),
    ("esco-ams", ["AT_mapping.csv.gz"], 6569, 6569, {}),
    # every pair stands there in Dutch and in French
    ("esco-competent", ["BLM_mapping.csv.gz"], 7012, 3506, {"a match stands there twice; taken once": 3506}),
    ("esco-competent-skills", ["escocompetencemappingfinalreport-fr-nl-45-v3.8.csv.gz"], 11183, 11183, {}),
    ("esco-onet", ["crosswalk_esco_onet.csv.gz"], 4253, 4253, {}),
]


@pytest.mark.parametrize(
    ("source", "names", "rows", "mappings", "flaws"),
    CROSSWALKS,
    ids=[crosswalk[0] for crosswalk in CROSSWALKS],
)
def test_every_row_of_a_crosswalk_is_a_mapping(
    tmp_path: Path, source: str, names: list[str], *, rows: int, mappings: int, flaws: dict[str, int]
) -> None:
    paths = [official("data", "esco", "crosswalks", name) for name in names]
    release = import_release(source, paths, tmp_path)
    assert (release.counts["rows"], release.counts["mappings"], warned(release)) == (rows, mappings, flaws)


NATIONAL: list[tuple[str, list[str], str | None, dict[str, int], dict[str, int]]] = [
    (
        "rome",
        ["fr/rome-v347"],
        None,
        {
            "top domains": 14,
            "domains": 110,
            "occupation sheets": 532,
            "job titles": 11118,
            "rows of skills": 13670,
            "skills": 12197,
            "links to skills": 32321,
            "lines of definition": 1502,
            "lines of cond_exercice_activite": 1820,
            "lines of acces_a_em": 1732,
        },
        {"apostrophes are written twice; read once": 3259},
    ),
    (
        "rome",
        ["fr/rome-arbo/arbo_rome_ogr_202107.csv"],
        "2021",
        {"top domains": 14, "domains": 110, "occupation sheets": 532, "job titles": 11118},
        {},
    ),
    (
        "kldb",
        ["de/kldb/KldB_2010_V2020-DE-2025-02-03-Gliederung_mit_Erlaeuterung.csv.gz"],
        None,
        {"level 1": 10, "level 2": 37, "level 3": 144, "level 4": 703, "level 5": 2195 - 10 - 37 - 144 - 703},
        {"a code has lost its leading zeros; restored from its level": 13},
    ),
    (
        "crebo",
        ["nl/nl-crebo-2015.derived.csv"],
        None,
        {"rows": 470, "crebo": 470, "crebo groups": 172 + 17},
        {},
    ),
    # 5,954 diploma codes where one that is a number in its cell is counted apart; 4,588 with "NR"
    (
        "rncp",
        ["fr/rncp/Kit_apprentissage_20250131.xlsx"],
        None,
        {
            "rows": 6822,
            "diploma codes": 5954 - 1,
            "certifications": 4588 - 1,
            "pairs": 6822 - 31,
            "successions": 4193,
        },
        {"a diploma code has no certification": 31},
    ),
    (
        "rncp",
        ["fr/rncp/Kit_apprentissage_et_RNCP_v3.0.csv"],
        None,
        {"rows": 5546, "diploma codes": 5465, "certifications": 3344 - 1, "pairs": 5496},
        {"a diploma code has lost its leading zero; restored": 70, "a diploma code has no certification": 50},
    ),
    (
        "rncp",
        ["fr/rncp/france-competences-export-fiches-csv-2024-02-22.sample.zip"],
        None,
        {"certifications": 9, "links to ROME": 15, "certifying bodies": 6, "successions": 11},
        {"a certification is not in the main table; left out": 1},
    ),
    (
        "bcn",
        ["fr/bcn"],
        "2026",
        {
            "rows of N_FORMATION_DIPLOME.csv": 3923,
            "rows of N_FORMATION_DIPLOME_ENQUETE_51.csv": 6954,
            "diplomas": 3923 + 6954,
            "levels": 206,
        },
        {"letters were lost before the table was published": 3969},
    ),
    (
        "eu-authority-tables",
        ["eu/op-vocab-genericode"],
        None,
        {
            "country": 246,
            "eu-country": 27,
            "eea-country": 30,
            "language": 147,
            "eu-official-language": 24,
            "nuts-bel-lvl3": 45,
            "nuts-nld-lvl3": 41,
            "nuts-lux-lvl3": 2,
            "nuts-fra-lvl3": 102,
            "nuts-deu-lvl3": 401,
            "buyer-legal-type": 19,
        },
        {},
    ),
    (
        "vks",
        ["be/vks-beroepskwalificaties-index.csv"],
        "2026",
        {"rows": 274, "vks": 274},
        {"a newer version of the qualification was recognised": 5},
    ),
    (
        "hwo",
        ["de/de-hwo-crafts-annex-A-B.derived.csv"],
        "2022",
        {"rows": 166, "hwo": 53 + 56 + 57 - 17, "hwo groups": 3},
        {"a number of the annex is empty ('entfällt'); left out": 17},
    ),
    (
        "ausbildungsordnungen",
        ["de/de-ausbildungsordnungen-2022.derived.csv"],
        None,
        {"rows": 286, "ausbildungsordnungen": 286},
        {"the ordinance names no single occupation; no title": 22},
    ),
    ("clq", ["lu/lu-clq-levels.derived.csv"], "2026", {"rows": 15, "clq": 8}, {}),
    (
        "lu-crafts",
        ["lu/lu-craft-activities-lists-ABC.derived.csv"],
        "2023",
        {"rows": 105, "lu-crafts": 29 + 50 + 26, "lu-crafts groups": 20},
        {},
    ),
    (
        "lu-health-professions",
        ["lu/lu-health-professions-art1.derived.csv"],
        "2026",
        {"rows": 22, "lu-health-professions": 22},
        {},
    ),
    (
        "lu-formations",
        ["lu/lu-vocational-formations-2025.derived.csv"],
        None,
        {"rows": 284, "lu-formations": 284},
        {"a certificate is written twice; read once": 4},
    ),
    (
        "isco-brc",
        ["nl/isco08-brc2014-crosswalk.csv"],
        "2014",
        {"rows": 588, "mappings": 588, "broadMatch": 588, "brc2014": 114 + 13},
        {},
    ),
    (
        "kldb-isco",
        ["de/auxco/kldb2010-isco08-pairs.derived.csv"],
        "1.2.3",
        {"rows": 1415, "mappings": 1415 - 1, "relatedMatch": 1415 - 1},
        {"a special code of AuxCO, outside both classifications; left out": 1},
    ),
]


@pytest.mark.parametrize("case", NATIONAL, ids=lambda case: f"{case[0]} {Path(case[1][0]).name}")
def test_national_releases_are_whole(
    tmp_path: Path, case: tuple[str, list[str], str | None, dict[str, int], dict[str, int]]
) -> None:
    source, names, version, counts, flaws = case
    paths = [official("data", "national", name) for name in names]
    release = import_release(source, paths, tmp_path, version=version)
    assert (release.counts, warned(release)) == (counts, flaws)


DIVIDED = [
    (
        *("crebo", "nl/nl-crebo-2015.derived.csv", "2015", "levelText"),
        {"niveau 1": 12, "niveau 2": 126, "niveau 3": 154, "niveau 4": 178},
    ),
    ("vks", "be/vks-beroepskwalificaties-index.csv", "2026", "nqfLevel", {"2": 34, "3": 83, "4": 156, "5": 1}),
    # 53, 56 and 57 rows, of which 17 of the second and third list are empty
    ("hwo", "de/de-hwo-crafts-annex-A-B.derived.csv", "2022", "broader", {"A": 53, "B1": 56 - 14, "B2": 57 - 3}),
]


@pytest.mark.parametrize(("source", "name", "version", "by", "counts"), DIVIDED, ids=[each[0] for each in DIVIDED])
def test_titles_of_registers_are_divided_as_their_descriptions_state(
    tmp_path: Path, source: str, name: str, version: str, by: str, counts: dict[str, int]
) -> None:
    release = import_release(source, [official("data", "national", name)], tmp_path, version=version)
    found: Counter[str] = Counter()
    with gzip.open(quads(tmp_path, release.name), "rt", encoding="utf-8") as stream:
        for quad in parse(stream.read().encode(), format=RdfFormat.N_QUADS):
            if local_name(quad.predicate.value) == by:
                found[local_name(quad.object.value)] += 1
    assert found == counts


def test_the_job_titles_of_the_crosswalk_are_those_of_rome(tmp_path: Path) -> None:
    """Two releases of two publishers speak of the same concepts."""
    names = [official("data", "esco", "crosswalks", "FR_20230607_mapping_esco_rome.csv.gz")]
    crosswalk = import_release("esco-rome", names, tmp_path)
    rome = import_release("rome", [official("data", "national", "fr", "rome-v347")], tmp_path)
    titles = [ogr_concepts(quads(tmp_path, release.name)) for release in (crosswalk, rome)]
    assert len(titles[0]) == 11118
    assert titles[0] == titles[1]


def ogr_concepts(path: Path) -> set[str]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        subjects = (line.split(" ", 1)[0] for line in stream if RDF_TYPE in line)
        return {subject for subject in subjects if "/scheme/ogr/" in subject}
