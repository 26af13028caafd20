"""A damaged release is refused with file, line and what was expected, and changes nothing."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from graph_api.errors import BadRelease
from graph_api.inputs.importers.files import ReleaseFiles
from graph_api.inputs.releases import import_release
from tests.release_fixtures import BAKER, GLOW, KNEAD, MODEL, MOON_BAKER, gzipped, replace_in, write_csv, write_esco


class Damage(NamedTuple):
    """A way to damage a release that was whole, and what is said of it."""

    name: str
    damage: Callable[[Path], object]
    said: str


OCCUPATIONS, SKILLS = "en/occupations_en.csv", "en/skills_en.csv"
RELATIONS = "relations/occupationSkillRelations.csv"


def edit(file: str, old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: replace_in(folder / file, old, new)


def write(file: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / file).write_bytes(content)


def append(file: str, text: str) -> Callable[[Path], object]:
    return lambda folder: write(file, (folder / file).read_bytes() + text.encode())(folder)


def drop_column(file: str, column: str) -> Callable[[Path], object]:
    """The table without one of its columns."""

    def damage(folder: Path) -> None:
        import csv

        with (folder / file).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        columns = [name for name in rows[0] if name != column]
        write_csv(folder / file, columns, [{name: row[name] for name in columns} for row in rows])

    return damage


def truncated_gzip(folder: Path) -> None:
    packed = gzipped(folder / OCCUPATIONS)
    packed.write_bytes(packed.read_bytes()[:-40])


def corrupted_gzip(folder: Path) -> None:
    packed = gzipped(folder / OCCUPATIONS)
    content = bytearray(packed.read_bytes())
    content[-6] ^= 0xFF
    packed.write_bytes(content)


def unmarked_gzip(folder: Path) -> None:
    (folder / OCCUPATIONS).write_bytes(gzip.compress((folder / OCCUPATIONS).read_bytes()))


def copied_relations(folder: Path) -> None:
    (folder / "again").mkdir()
    (folder / "again" / "occupationSkillRelations.csv").write_bytes((folder / RELATIONS).read_bytes())


def second_english(folder: Path) -> None:
    (folder / "again").mkdir()
    (folder / "again" / "occupations_en.csv").write_bytes((folder / OCCUPATIONS).read_bytes())


def latin_1(folder: Path) -> None:
    replace_in(folder / OCCUPATIONS, "moon baker", "bâker")
    (folder / OCCUPATIONS).write_bytes((folder / OCCUPATIONS).read_text(encoding="utf-8").encode("latin-1"))


def no_language(folder: Path) -> None:
    (folder / OCCUPATIONS).rename(folder / "en" / "occupations.csv")


def no_skills(folder: Path) -> None:
    (folder / SKILLS).unlink()


TEXT_NODE = f"""
<{BAKER}> a <{MODEL}Occupation> ; <http://purl.org/dc/terms/description> <http://example.org/text> .
<http://example.org/text> <{MODEL}language> "e n" ; <{MODEL}nodeLiteral> "Bakes." .
"""
DAMAGES = [
    Damage("truncated gzip", truncated_gzip, "esco/en/occupations_en.csv.gz, line 6: the packed file is damaged"),
    Damage("corrupted gzip", corrupted_gzip, "esco/en/occupations_en.csv.gz, line 9: the packed file is damaged"),
    Damage(
        "gzip under another name",
        unmarked_gzip,
        "esco/en/occupations_en.csv, line 1: is gzipped but not named so",
    ),
    Damage(
        "no gzip at all",
        lambda folder: (folder / OCCUPATIONS).rename(folder / f"{OCCUPATIONS}.gz"),
        "esco/en/occupations_en.csv.gz: cannot be unpacked (Not a gzipped file",
    ),
    Damage(
        "row cut off in a cell",
        lambda folder: write(SKILLS, (folder / SKILLS).read_bytes()[:-20])(folder),
        "esco/en/skills_en.csv, line 6: the row that begins here is no well-formed CSV",
    ),
    Damage(
        "row cut off between cells",
        append(RELATIONS, f"{BAKER},essential\n"),
        f"esco/{RELATIONS}, line 5: the row has 2 cells; expected 4",
    ),
    Damage(
        "cell too many",
        append(RELATIONS, f"{BAKER},essential,knowledge,{KNEAD},x\n"),
        f"esco/{RELATIONS}, line 5: the row has 5 cells; expected 4",
    ),
    Damage(
        "missing column",
        drop_column(OCCUPATIONS, "iscoGroup"),
        "esco/en/occupations_en.csv, line 1: the column 'iscoGroup' is missing; expected conceptType",
    ),
    Damage(
        "missing column of relations",
        drop_column(RELATIONS, "relationType"),
        f"esco/{RELATIONS}, line 1: the column 'relationType' is missing",
    ),
    Damage(
        "column twice",
        edit(OCCUPATIONS, "hiddenLabels", "altLabels"),
        "esco/en/occupations_en.csv, line 1: a column stands there twice",
    ),
    Damage(
        "columns of another version",
        lambda folder: write_esco(folder, layout="1.0"),
        "esco/en/ISCOGroups_en.csv, line 1: has the columns of version 1.0, not of 1.1.1; expected",
    ),
    Damage("latin-1", latin_1, "esco/en/occupations_en.csv, line 8: byte 66 of the line is not UTF-8"),
    Damage(
        "UTF-16",
        lambda folder: write(SKILLS, (folder / SKILLS).read_text(encoding="utf-8").encode("utf-16"))(folder),
        "esco/en/skills_en.csv, line 1: is UTF-16; expected UTF-8",
    ),
    Damage(
        "NUL byte",
        edit(SKILLS, "dough,", "do\0ugh,"),
        "esco/en/skills_en.csv, line 2: holds a NUL byte; expected text",
    ),
    Damage(
        "duplicate concept",
        edit(OCCUPATIONS, MOON_BAKER, BAKER),
        f"esco/en/occupations_en.csv, line 8, column conceptUri: {BAKER} stands in line 2 already",
    ),
    Damage(
        "address that is none",
        edit(OCCUPATIONS, MOON_BAKER, "moon-baker"),
        "esco/en/occupations_en.csv, line 8, column conceptUri: 'moon-baker' is no ESCO address",
    ),
    Damage(
        "address of another site",
        edit(SKILLS, GLOW, "http://example.org/skill/1"),
        "esco/en/skills_en.csv, line 6, column conceptUri: 'http://example.org/skill/1' is no ESCO",
    ),
    Damage(
        "empty address",
        edit(RELATIONS, f"{BAKER},essential", ",essential"),
        f"esco/{RELATIONS}, line 2, column occupationUri: '' is no ESCO address",
    ),
    Damage(
        "unknown relation",
        edit(RELATIONS, "optional", "handy"),
        f"esco/{RELATIONS}, line 3, column relationType: 'handy' is no relation; expected essential",
    ),
    Damage(
        "unknown concept type",
        edit(SKILLS, "KnowledgeSkillCompetence,", "Spell,"),
        "esco/en/skills_en.csv, line 2, column conceptType: 'Spell' is no type for this table",
    ),
    Damage(
        "unknown skill type",
        edit(SKILLS, ",knowledge,", ",wisdom,"),
        "esco/en/skills_en.csv, line 4, column skillType: 'wisdom' is no skill type; expected skill",
    ),
    Damage(
        "unknown reuse level",
        edit(SKILLS, "sector-specific", "lunar"),
        "esco/en/skills_en.csv, line 2, column reuseLevel: 'lunar' is no reuse level",
    ),
    Damage(
        "code that is none",
        edit(OCCUPATIONS, ",7512,", ",C75,"),
        "esco/en/occupations_en.csv, line 2, column iscoGroup: 'C75' is no ISCO-08 code",
    ),
    Damage("empty file", write(SKILLS, b""), "esco/en/skills_en.csv, line 1: the column 'conceptType' is missing"),
    Damage(
        "empty table of relations",
        write(RELATIONS, b""),
        f"esco/{RELATIONS}, line 1: is empty; expected the columns occupationUri",
    ),
    Damage(
        "web page",
        write(OCCUPATIONS, b"\n \n<!DOCTYPE html><html><body>503</body></html>"),
        "esco/en/occupations_en.csv, line 3: is a web page, not a table",
    ),
    Damage(
        "web page from its first byte",
        write(OCCUPATIONS, b"<!DOCTYPE html><html>503</html>"),
        "esco/en/occupations_en.csv, line 1: is a web page, not a table",
    ),
    Damage(
        "open quotation mark",
        edit(SKILLS, ",dough,", ',"dough,'),
        "esco/en/skills_en.csv, line 4: the row that begins here is no well-formed CSV",
    ),
    Damage(
        "no language in the name",
        no_language,
        "esco/en/occupations.csv: does not say its language; expected a name like occupations_en.csv",
    ),
    Damage(
        "language twice",
        second_english,
        "esco/en/occupations_en.csv: holds occupations in 'en' like esco/again/occupations_en.csv",
    ),
    Damage(
        "relations twice",
        copied_relations,
        f"esco/{RELATIONS}: is the same table as esco/again/occupationSkillRelations.csv",
    ),
    Damage(
        "relations without their skills",
        no_skills,
        f"esco/{RELATIONS}: 3 of 3 rows name concepts that no given file lists",
    ),
    Damage(
        "one concept in two tables",
        edit("en/skillGroups_en.csv", "http://data.europa.eu/esco/skill/cccc-0001", MOON_BAKER),
        f"{MOON_BAKER} is of type Occupation in another table; expected one type each",
    ),
    Damage(
        "Turtle that ends early",
        write("esco.ttl", f"<{BAKER}> a <http://example.org/".encode()),
        "esco/esco.ttl, line 1: is no RDF here",
    ),
    Damage(
        "Turtle of something else",
        write("esco.ttl", b"<http://example.org/a> a <http://example.org/b> ."),
        "esco/esco.ttl: holds no ESCO concept",
    ),
    Damage(
        "truncated gzipped Turtle",
        lambda folder: (folder / "esco.ttl.gz").write_bytes(
            gzip.compress(f"<{BAKER}> a <{KNEAD}> .".encode() * 9)[:-9]
        ),
        "esco/esco.ttl.gz: cannot be unpacked",
    ),
    Damage(
        "Turtle with a language that is none",
        write("esco.ttl", TEXT_NODE.encode()),
        "esco/esco.ttl: 'e n' is no language; expected one like 'en'",
    ),
    Damage("RDF/XML that is none", write("esco.rdf", b"<rdf:RDF>"), "esco/esco.rdf"),
]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_damage_is_named_and_changes_nothing(tmp_path: Path, damage: Damage) -> None:
    folder, data = write_esco(tmp_path / "esco"), tmp_path / "data"
    import_release("esco", [folder], data, version="1.1.1")
    before = contents(data / "releases")
    damage.damage(folder)
    with pytest.raises(BadRelease) as error:
        import_release("esco", [folder], data, version="1.1.1")
    assert damage.said in str(error.value)
    assert contents(data / "releases") == before


def test_the_first_import_leaves_no_trace_when_it_fails(tmp_path: Path) -> None:
    folder, data = write_esco(tmp_path / "esco"), tmp_path / "data"
    replace_in(folder / RELATIONS, "optional", "handy")
    with pytest.raises(BadRelease):
        import_release("esco", [folder], data, version="1.1.1")
    assert contents(data / "releases") == {}


def whole_zip(path: Path) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("occupations_en.csv", "a,b\n1,2\n" * 50)
    return path.read_bytes()


def broken_member(path: Path) -> None:
    content = bytearray(whole_zip(path))
    content[60] ^= 0xFF
    path.write_bytes(content)


def empty_zip(path: Path) -> None:
    zipfile.ZipFile(path, "w").close()


def encrypted_zip(path: Path) -> None:
    """Both places that say whether a member is encrypted."""
    content = bytearray(whole_zip(path))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(whole_zip(path)[:-30]), "release.zip: is no whole zip archive"),
        (lambda path: path.write_bytes(b"<html>"), "release.zip: is no whole zip archive"),
        (empty_zip, "release.zip: is a zip without files; expected the release's files in it"),
        (encrypted_zip, "release.zip/occupations_en.csv: is encrypted; expected a zip without a password"),
        (broken_member, "release.zip/occupations_en.csv"),
        (
            lambda path: path.mkdir(),
            "release.zip: holds no file; expected the folder with the release's files",
        ),
        (lambda _path: None, "release.zip: is not there; expected a folder, a zip or a file"),
    ],
    ids=["cut off", "web page", "empty", "encrypted", "damaged member", "empty folder", "missing"],
)
def test_damaged_packing_is_named(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    path, data = tmp_path / "release.zip", tmp_path / "data"
    make(path)
    with pytest.raises(BadRelease) as error:
        import_release("esco", [path], data, version="1.1.1")
    assert said in str(error.value)
    assert not (data / "releases").exists() or contents(data / "releases") == {}


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all", encoding="utf-8")
    with pytest.raises(BadRelease, match=r"holds ESCO concepts; expected .* found: letter\.txt"):
        import_release("esco", [tmp_path / "letter.txt"], tmp_path / "data", version="1.1.1")


def test_no_file_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRelease, match="no file was named"):
        import_release("esco", [], tmp_path / "data")


def test_the_same_file_twice_is_refused(tmp_path: Path) -> None:
    path = write_esco(tmp_path / "esco") / OCCUPATIONS
    assert len(list(ReleaseFiles([path, path.parent]))) == 6
    with pytest.raises(BadRelease, match="is given twice; name it once"):
        ReleaseFiles([path, path, path])


def test_hidden_files_are_no_part_of_a_release(tmp_path: Path) -> None:
    folder = write_esco(tmp_path / "esco")
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "occupations_en.csv").write_bytes(b"\0")
    assert import_release("esco", [folder], tmp_path / "data", version="1.1.1").warnings == []


@pytest.mark.parametrize("version", ["../1.0", "", " ", "1/2", "-1"])
def test_a_version_that_is_no_name_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(BadRelease, match=r"is no version; expected letters, digits|say it with --version"):
        import_release("esco", [write_esco(tmp_path / "esco")], tmp_path / "data", version=version)


def test_an_unknown_source_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        BadRelease,
        match="there is no source 'astrology'; expected one of: ausbildungsordnungen, bcn, clq, crebo, ",
    ):
        import_release("astrology", [tmp_path], tmp_path / "data")
