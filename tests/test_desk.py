"""The desk: many cases at once; a bad one says why and stops no other, nothing is kept, and no cell becomes a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from openpyxl import Workbook, load_workbook

from graph_api.errors import BadRequest
from graph_api.web.pages.desk_table import MOST_BYTES, MOST_ROWS, harmless, read_table, written_csv, written_xlsx

CASES = """case,qualification,profession,country,place
A1,fr-dei,nurse-general-care,DE,52062
A2,,baker,Atlantis,
"=cmd|'/C calc'!A0",nl-mbo-v,nurse-general-care,NL,
A4,fr-dei,no-such-work,NL,
"""


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def sheet(rows: list[list[object]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def send(client: TestClient, cases: str = "", wanted: str = "csv", lang: str = "en", **more: Any) -> Response:
    """The form as a browser sends it."""
    files = {"file": more["file"]} if "file" in more else {"file": ("", b"")}
    return client.post(f"/desk?lang={lang}", data={"cases": cases, "format": wanted}, files=files)


def test_every_case_is_answered_and_a_bad_row_reports_itself(client: TestClient) -> None:
    found = rows_of(send(client, CASES).text)
    assert [row["status"] for row in found] == ["open_if", "", "open", ""]
    assert "country: write `NL`" in found[1]["problem"]
    assert "no-such-work" in found[3]["problem"]
    assert found[2]["outcome"] == "own_title"
    assert "Münster" in found[0]["office"]
    assert "/path?qualification=fr-dei" in found[0]["address"]


def test_no_cell_becomes_a_formula(client: TestClient) -> None:
    assert rows_of(send(client, CASES).text)[2]["case"].startswith("'=")
    book = load_workbook(io.BytesIO(send(client, CASES, "xlsx").content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(str(cell.value).startswith(("=", "+", "@")) for cell in cells)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_takes_for_a_formula_is_written_as_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert next(csv.reader(io.StringIO(written_csv([[text]]), newline="")))[0].startswith("'")
    assert load_workbook(io.BytesIO(written_xlsx([[text]]))).worksheets[0]["A1"].data_type == "s"


def test_the_page_counts_the_answers_and_links_each(client: TestClient) -> None:
    answer = send(client, CASES, "html", "nl")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert "niet beantwoord" in answer.text
    assert answer.text.count('<th scope="row"><a href=') == 2
    assert "case" in answer.text.partition("niet gelezen")[2][:40]


def test_a_spreadsheet_is_read_as_its_text_would_be(client: TestClient) -> None:
    data = sheet(
        [["profession", "country", "qualification", "issued"], ["nurse-general-care", "NL", "fr-dei", "2019-07-01"]]
    )
    file = ("cases.xlsx", data, "application/octet-stream")
    assert [row["status"] for row in rows_of(send(client, file=file).text)] == ["open_if"]
    assert (
        read_table(data, "file").rows
        == read_table(b"profession;country;qualification;issued\nnurse-general-care;NL;fr-dei;2019-07-01", "cases").rows
    )


def test_names_are_understood_as_well_as_slugs(client: TestClient) -> None:
    found = rows_of(send(client, "profession\tcountry\tissued_in\nverpleegkundige algemene zorg\tLU\tNL\n").text)
    assert found[0]["problem"] == ""
    assert "profession=nurse-general-care" in found[0]["address"]


def test_a_host_whose_parts_decide_has_a_line_for_each(client: TestClient) -> None:
    found = rows_of(send(client, "profession,country,issued_in\nnurse-general-care,BE,FR\n").text)
    assert sorted(row["answer_for"] for row in found) == ["BE-de", "BE-fr", "BE-nl"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"profession,country,profession\nbaker,NL,baker\n", "twice"),
        (b"profession,country\n" + b"baker,NL\n" * (MOST_ROWS + 1), "too many"),
        (b"x" * (MOST_BYTES + 1), "bytes"),
        (b"PK\x03\x04 no workbook", "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: bytes, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        read_table(data, "cases")


def test_a_workbook_that_unpacks_without_end_is_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    with pytest.raises(BadRequest, match="unpacks"):
        read_table(made.getvalue(), "file")


def test_what_cannot_be_read_comes_back_with_a_reason(client: TestClient) -> None:
    page = send(client, "name,age\nAn,30\n", "html")
    assert page.status_code == 400
    assert "profession and country" in page.text
    assert "An,30" in page.text
    assert send(client, "name,age\nAn,30\n", "csv").headers["content-type"].startswith("application/problem+json")
    assert send(client, CASES, "pdf").status_code == 400
    assert send(client, "x" * (3 * MOST_BYTES)).status_code == 413
    assert client.post("/desk", content=iter([b"cases=1"])).status_code == 400


def test_the_desk_is_in_the_contract(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/desk"]["post"]
    assert "multipart/form-data" in operation["requestBody"]["content"]
    assert "text/csv" in operation["responses"]["200"]["content"]
