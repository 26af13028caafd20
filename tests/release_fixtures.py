"""Small invented releases in the layouts that publishers use; nothing is copied from an official file."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from graph_api.inputs.releases import files, quads
from graph_api.rdf import nquads

ESCO = "http://data.europa.eu/esco/"
MODEL = f"{ESCO}model#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
BAKER, MOON_BAKER = f"{ESCO}occupation/aaaa-0001", f"{ESCO}occupation/aaaa-0002"
KNEAD, DOUGH, GLOW = f"{ESCO}skill/bbbb-0001", f"{ESCO}skill/bbbb-0002", f"{ESCO}skill/bbbb-0003"
BAKING, FOOD = f"{ESCO}skill/cccc-0001", f"{ESCO}isced-f/0721"
GROUP, SUBGROUP = f"{ESCO}isco/C7", f"{ESCO}isco/C7512"

OCCUPATION_COLUMNS = {
    "1.0": ["conceptType", "conceptUri", "iscoGroup", "preferredLabel", "altLabels", "description"],
    "1.1": [
        *["conceptType", "conceptUri", "iscoGroup", "preferredLabel", "altLabels", "hiddenLabels", "status"],
        *[
            "modifiedDate",
            "regulatedProfessionNote",
            "scopeNote",
            "definition",
            "inScheme",
            "description",
            "code",
        ],
    ],
}
SKILL_COLUMNS = {
    "1.0": [
        "conceptType",
        "conceptUri",
        "skillType",
        "reuseLevel",
        "preferredLabel",
        "altLabels",
        "description",
    ],
    "1.1": [
        *[
            "conceptType",
            "conceptUri",
            "skillType",
            "reuseLevel",
            "preferredLabel",
            "altLabels",
            "hiddenLabels",
        ],
        *["status", "modifiedDate", "scopeNote", "definition", "inScheme", "description"],
    ],
}
ISCO_COLUMNS = {
    "1.0": ["conceptType", "conceptUri", "code", "preferredLabel", "altLabels", "description"],
    "1.1": [
        "conceptType",
        "conceptUri",
        "code",
        "preferredLabel",
        "status",
        "altLabels",
        "inScheme",
        "description",
    ],
}
GROUP_COLUMNS = {
    "1.0": ["conceptType", "conceptUri", "preferredLabel", "altLabels", "description"],
    "1.1": [
        *[
            "conceptType",
            "conceptUri",
            "preferredLabel",
            "altLabels",
            "hiddenLabels",
            "status",
            "modifiedDate",
        ],
        *["scopeNote", "inScheme", "description", "code"],
    ],
}
COLLECTION_COLUMNS = ["conceptType", "conceptUri", "preferredLabel", "status", "altLabels", "description"]

_COMMON = {"status": "released", "modifiedDate": "2021-05-06T07:08:09Z"}
_LABELS: dict[str, dict[str, str]] = {
    "en": {
        BAKER: "baker",
        MOON_BAKER: "moon baker",
        KNEAD: "knead dough",
        DOUGH: "dough",
        GLOW: "make bread glow",
        BAKING: "baking",
        FOOD: "food processing",
        GROUP: "Craft workers",
        SUBGROUP: "Bakers",
    },
    "nl": {
        BAKER: "bakker",
        MOON_BAKER: "maanbakker",
        KNEAD: "deeg kneden",
        DOUGH: "deeg",
        GLOW: "brood laten gloeien",
        BAKING: "bakken",
        FOOD: "voedselverwerking",
        GROUP: "Ambachtslieden",
        SUBGROUP: "Bakkers",
    },
}


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[dict[str, str]], delimiter: str = ",") -> Path:
    """A table; what a row does not say stays empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_esco(folder: Path, languages: Sequence[str] = ("en",), layout: str = "1.1") -> Path:
    """An invented ESCO: two occupations, three skills, two groups of each kind, relations, a collection."""
    for language in languages:
        _write_concepts(folder / language, language, layout)
    _write_hierarchies(folder / "relations")
    _write_relations(folder / "relations")
    return folder


NEW_BAKER, SHINE = f"{ESCO}occupation/aaaa-0003", f"{ESCO}skill/bbbb-0004"


def write_next_esco(folder: Path, languages: Sequence[str] = ("en",)) -> Path:
    """The release after that: the baker has another label; the moon baker and its skill gave way to new ones."""
    write_esco(folder, languages)
    for path in folder.rglob("*.csv"):
        text = path.read_text(encoding="utf-8").replace(MOON_BAKER, NEW_BAKER).replace(GLOW, SHINE)
        path.write_text(text.replace(",baker,", ",master baker,"), encoding="utf-8")
    return folder


def _write_hierarchies(relations: Path) -> None:
    columns = ["conceptType", "conceptUri", "broaderType", "broaderUri"]
    skill = "KnowledgeSkillCompetence"
    occupations = [
        ("ISCOGroup", SUBGROUP, "ISCOGroup", GROUP),
        ("Occupation", BAKER, "ISCOGroup", SUBGROUP),
        ("Occupation", MOON_BAKER, "Occupation", BAKER),
    ]
    skills = [("SkillGroup", BAKING, "SkillGroup", FOOD), (skill, KNEAD, "SkillGroup", BAKING)]
    for name, rows in (("Occ", occupations), ("Skill", skills)):
        path = relations / f"broaderRelations{name}Pillar.csv"
        write_csv(path, columns, [dict(zip(columns, row, strict=True)) for row in rows])


def _write_relations(relations: Path) -> None:
    write_csv(
        relations / "occupationSkillRelations.csv",
        ["occupationUri", "relationType", "skillType", "skillUri"],
        [
            {
                "occupationUri": BAKER,
                "relationType": "essential",
                "skillType": "skill/competence",
                "skillUri": KNEAD,
            },
            {"occupationUri": BAKER, "relationType": "optional", "skillType": "knowledge", "skillUri": DOUGH},
            {
                "occupationUri": MOON_BAKER,
                "relationType": "essential",
                "skillType": "skill/competence",
                "skillUri": GLOW,
            },
        ],
    )
    write_csv(
        relations / "skillSkillRelations.csv",
        ["originalSkillUri", "originalSkillType", "relationType", "relatedSkillType", "relatedSkillUri"],
        [
            {
                "originalSkillUri": KNEAD,
                "originalSkillType": "skill/competence",
                "relationType": "essential",
                "relatedSkillType": "knowledge",
                "relatedSkillUri": DOUGH,
            }
        ],
    )


def _write_concepts(folder: Path, language: str, layout: str) -> None:
    label = _LABELS[language]
    kinds = (
        ("occupations", OCCUPATION_COLUMNS, _occupations(label)),
        ("skills", SKILL_COLUMNS, _skills(label)),
        ("ISCOGroups", ISCO_COLUMNS, _isco_groups(label)),
        ("skillGroups", GROUP_COLUMNS, _skill_groups(label)),
    )
    for stem, columns, rows in kinds:
        kept = [{name: cell for name, cell in row.items() if name in columns[layout]} for row in rows]
        write_csv(folder / f"{stem}_{language}.csv", columns[layout], kept)
    if layout != "1.0":
        green = {"conceptType": "KnowledgeSkillCompetence", "conceptUri": GLOW, "preferredLabel": label[GLOW]}
        write_csv(folder / f"greenSkillsCollection_{language}.csv", COLLECTION_COLUMNS, [{**green, **_status()}])


def _status() -> dict[str, str]:
    return {
        "status": "released",
        "altLabels": "shine loaves | light up loaves",
        "description": "Bread that shines.",
    }


def _occupations(label: dict[str, str]) -> list[dict[str, str]]:
    schemes = f"{ESCO}concept-scheme/occupations,\n{ESCO}concept-scheme/member-occupations"
    common = {"conceptType": "Occupation", **_COMMON, "inScheme": schemes, "iscoGroup": "7512"}
    note = f"{ESCO}regulated-professions/unregulated"
    return [
        {
            **common,
            "conceptUri": BAKER,
            "preferredLabel": label[BAKER],
            "altLabels": f"{label[BAKER]}\nbread maker\nbread maker\nloafer",
            "hiddenLabels": "loafer\nbreadman",
            "description": "Bakers bake.",
            "code": "7512.1",
            "regulatedProfessionNote": note,
        },
        {
            **common,
            "conceptUri": MOON_BAKER,
            "preferredLabel": label[MOON_BAKER],
            "description": "Bakes, on the moon.",
            "code": "7512.1.1",
            "regulatedProfessionNote": note,
        },
    ]


def _skills(label: dict[str, str]) -> list[dict[str, str]]:
    schemes = f"{ESCO}concept-scheme/skills,\n{ESCO}concept-scheme/member-skills"
    common = {"conceptType": "KnowledgeSkillCompetence", **_COMMON, "inScheme": schemes}
    types = {KNEAD: "skill/competence", DOUGH: "knowledge", GLOW: "skill/competence"}
    return [
        {
            **common,
            "conceptUri": uri,
            "skillType": kind,
            "reuseLevel": "sector-specific",
            "preferredLabel": label[uri],
        }
        for uri, kind in types.items()
    ]


def _isco_groups(label: dict[str, str]) -> list[dict[str, str]]:
    common = {"conceptType": "ISCOGroup", "status": "released", "inScheme": f"{ESCO}concept-scheme/isco"}
    return [
        {**common, "conceptUri": GROUP, "code": "7", "preferredLabel": label[GROUP]},
        {**common, "conceptUri": SUBGROUP, "code": "7512", "preferredLabel": label[SUBGROUP]},
    ]


def _skill_groups(label: dict[str, str]) -> list[dict[str, str]]:
    common = {"conceptType": "SkillGroup", "status": "released", "inScheme": f"{ESCO}concept-scheme/skills"}
    return [
        {**common, "conceptUri": BAKING, "preferredLabel": label[BAKING], "code": "S9.9"},
        {**common, "conceptUri": FOOD, "preferredLabel": label[FOOD]},
    ]


def zipped(folder: Path, path: Path) -> Path:
    """The folder's files in a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return path


def gzipped(path: Path) -> Path:
    """The file, gzipped in its place."""
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    return packed


def replace_in(path: Path, old: str, new: str, count: int = 1) -> None:
    """Change the text of a file; the text that is replaced must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def loaded(data: Path, name: str) -> Store:
    """The statements of one release."""
    store = Store()
    store.bulk_load(io.BytesIO(gzip.decompress(quads(data, name).read_bytes())), format=RdfFormat.N_QUADS)
    return store


def said_of(store: Store, iri: str) -> set[tuple[str, str]]:
    """Everything that the release says of a thing: property and value, prefixes shortened."""
    found = set()
    for quad in store.quads_for_pattern(NamedNode(iri), None, None, None):
        value = quad.object
        text = f"{value.value}@{value.language}" if isinstance(value, Literal) and value.language else value.value
        found.add((short(quad.predicate.value), short(text)))
    return found


def short(text: str) -> str:
    """The IRI with its prefix shortened."""
    prefixes = {
        MODEL: "model:",
        ESCO: "esco:",
        SKOS: "skos:",
        "http://purl.org/dc/terms/": "dcterms:",
        "https://w3id.org/passerelle/def#": "pas:",
        "https://w3id.org/passerelle/scheme/": "scheme:",
        "https://w3id.org/passerelle/id/": "id:",
        "https://w3id.org/sssom/": "sssom:",
        "http://www.w3.org/2002/07/owl#": "owl:",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
        "http://purl.org/iso25964/skos-thes#": "thes:",
    }
    for start, prefix in prefixes.items():
        if text.startswith(start):
            return prefix + text.removeprefix(start)
    return text


def load_into(store: Store, data: Path) -> None:
    """Load the newest release of each source into a store, each in its own named graph."""
    for path in files(data):
        with nquads.opened(path) as statements:
            store.extend(nquads.quads(statements))
