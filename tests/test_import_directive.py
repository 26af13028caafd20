"""`passerelle import directive`: what the text of Annex V says, held against our rows; layouts of EUR-Lex, invented titles."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from graph_api.__main__ import cli
from graph_api.errors import BadRelease
from graph_api.inputs.directive.comparison import Difference, compare
from graph_api.inputs.directive.layout import read_lists
from tests import directive_fixtures as annex
from tests.conftest import ROOT

LAYOUTS = {
    "html": annex.html,
    "xml": annex.formex,
    "amended.html": annex.amended_html,
    "amended.xml": annex.amended_formex,
}
COLUMNS = [
    "evidence",
    "profession",
    "speciality",
    "state",
    "title",
    "language",
    "title_2",
    "language_2",
    "title_3",
    "language_3",
    "other_title",
    "awarding_body",
    "professional_title",
    "accompanying_certificate",
    "accompanying_certificate_code",
    "reference_date",
    "reference_condition",
    "annex_point",
    "doubt",
    "source",
    "verified",
    "note",
]


def our_rows() -> list[dict[str, str]]:
    """The Belgian rows that the invented text has, in the form of our tables; the Austrian ones we do not hold."""
    rows = []
    for point in annex.POINTS:
        facts = {"awarding_body": "De scholen / Les écoles; De jury", "accompanying_certificate": "Attest"}
        facts |= {"professional_title": "Kenner", "reference_date": "1979-06-29"}
        rows.append({"title": f"Diploma {point}", "title_2": f"Diplôme {point}", "annex_point": point, **facts})
    rows.append({"title": "Sterren", "title_2": "Étoiles", "annex_point": "5.1.3", "speciality": "watching stars"})
    rows.append({"title": "Roede", "annex_point": "5.1.3", "speciality": "finding water"})
    rows.append(
        {"title": "Tandsterren", "awarding_body": "Minister", "annex_point": "5.3.3", "speciality": "star teeth"}
    )
    return [{"state": "be", **row} for row in rows]


def folder(tmp_path: Path, rows: list[dict[str, str]]) -> Path:
    """Our tables with these rows of Annex V."""
    mappings = tmp_path / "mappings"
    (mappings / "annex_v").mkdir(parents=True)
    shutil.copy(ROOT / "mappings" / "jurisdictions.csv", mappings)
    with (mappings / "annex_v" / "all.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return mappings


def text(tmp_path: Path, layout: str, lang: str, change: Callable[[str], str] = lambda text: text) -> Path:
    path = tmp_path / f"text.{layout}"
    path.write_text(change(LAYOUTS[layout](lang)), encoding="utf-8")
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("lang", annex.HEADS)
def test_in_every_layout_and_language_the_same_is_read(tmp_path: Path, layout: str, lang: str) -> None:
    found = read_lists(text(tmp_path, layout, lang))
    assert len(found) == 2 * len(annex.POINTS) + 4 + 1
    basic = next(listed for listed in found if listed.point == "5.1.1")
    assert basic.state == annex.STATES[0]
    assert basic.cells == {
        "title": "Diploma 5.1.1/Diplôme 5.1.1",
        "awarding_body": "— De scholen/Les écoles — De jury",
        "accompanying_certificate": "Attest",
        "professional_title": "Kenner",
        "reference_date": annex.DATES[lang],
    }
    special = [(listed.speciality, listed.cells["title"]) for listed in found if listed.point in ("5.1.3", "5.3.3")]
    one, other = annex.SPECIALITIES[lang]
    assert special == [
        (one, "Sterren/Étoiles"),
        (other, "Roede"),
        (one, "Sterne"),
        (other, "Rute"),
        (one, "Tandsterren"),
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("lang", annex.HEADS)
def test_rows_that_say_what_the_text_says_differ_in_nothing(tmp_path: Path, layout: str, lang: str) -> None:
    assert compare(text(tmp_path, layout, lang), folder(tmp_path, our_rows())) == []


def test_each_difference_names_file_row_and_both_sides(tmp_path: Path) -> None:
    rows = our_rows()
    rows[0] |= {"title": "Diploma of 5.1.1", "reference_date": "1980-06-29"}
    rows[1] |= {"awarding_body": "De scholen", "professional_title": "Meester"}
    rows[-1] |= {"title": "Iets heel anders"}
    found = compare(text(tmp_path, "html", "en"), folder(tmp_path, rows))
    file = "mappings/annex_v/all.csv"
    teeth = "star teeth"
    assert set(found) == {
        Difference(file, "2", "5.1.1", "be", "", "title", "Diploma of 5.1.1", "Diploma 5.1.1"),
        Difference(file, "2", "5.1.1", "be", "", "reference_date", "1980-06-29", "1979-06-29"),
        Difference(file, "3", "5.1.2", "be", "", "awarding_body", "De scholen", "De scholen / Les écoles / De jury"),
        Difference(file, "3", "5.1.2", "be", "", "professional_title", "Meester", "Kenner"),
        Difference("", "", "5.3.3", "be", "Stargazing", "missing", "", "Tandsterren"),
        Difference(file, "13", "5.3.3", "be", teeth, "extra", "Iets heel anders", ""),
    }


@pytest.mark.parametrize(
    ("layout", "change", "said"),
    [
        ("html", lambda text: text[: len(text) // 2], "breaks off before its end"),
        ("xml", lambda text: text[: len(text) // 2], "is damaged XML"),
        ("html", lambda text: text.replace("02005L0036", "").replace("2005/36", "2006/43"), "is no text of Directive"),
        ("html", lambda text: text.replace("5.6.2.", "V."), "has no table for 5.6.2"),
        ("html", lambda _: "<html><body>Directive 2005/36/EC, Article 1</body></html>", "has no table of Annex V"),
        ("xml", lambda _: "", "breaks off before its end"),
    ],
)
def test_damaged_and_foreign_files_are_refused_with_the_reason(
    tmp_path: Path, layout: str, change: Callable[[str], str], said: str
) -> None:
    with pytest.raises(BadRelease, match=said):
        read_lists(text(tmp_path, layout, "en", change))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.html"
    path.write_bytes(b"\xff\xfe\x00PK")
    with pytest.raises(BadRelease, match="cannot be read as text"):
        read_lists(path)


def test_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "text.fmx4.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("text.xml", annex.formex("en"))
    with pytest.raises(BadRelease, match="is an archive; unpack it"):
        read_lists(path)


def test_the_command_prints_the_differences_and_changes_no_table(tmp_path: Path) -> None:
    rows = our_rows()
    rows[0] |= {"reference_date": "1980-06-29"}
    mappings = folder(tmp_path, rows)
    (tmp_path / "ontology").mkdir()
    before = (mappings / "annex_v" / "all.csv").read_bytes()
    target = tmp_path / "found.csv"
    asked = ["import", "directive", str(text(tmp_path, "html", "fr")), "--sources", str(tmp_path), "--csv", str(target)]
    result = CliRunner().invoke(cli, asked)
    assert result.exit_code == 0
    assert "1 difference(s); no table was changed" in result.stdout
    with target.open(encoding="utf-8", newline="") as lines:
        assert [(row["row"], row["what"], row["ours"], row["text"]) for row in csv.DictReader(lines)] == [
            ("2", "reference_date", "1980-06-29", "1979-06-29")
        ]
    assert (mappings / "annex_v" / "all.csv").read_bytes() == before
