"""The SPARQL editor in a browser: it comes from this server alone, obeys the page's policy, and does what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from graph_api.settings import Settings
from graph_api.store.examples import read_examples
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from tests.chromium import CHROMIUM, launched, reader
from tests.conftest import ROOT
from tests.sparql_fixtures import live

BUNDLE = ROOT / "graph_api" / "web" / "static" / "editor"
NURSES = "SELECT ?title WHERE { ?q pas:grantsAccessTo <https://w3id.org/passerelle/id/profession/midwife> ; skos:prefLabel ?title }"
PREFIXES = "PREFIX pas: <https://w3id.org/passerelle/def#>\nPREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
WATCH = """
window.refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective + " " + event.blockedURI));
"""


@pytest.fixture(scope="module", autouse=True)
def bundle() -> None:
    """The editor, bundled now where it is older than its sources."""
    subprocess.run([str(ROOT / "tools" / "editor")], check=True, timeout=600)


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    with live(create_app(Settings(data=data), CurrentStore(data))) as base:
        yield base


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "no browser; `tools/bring chromium chromium` installs it"
    yield from launched()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that may speak with this server only, and must break no rule of the policy."""
    context = reader(browser, base_url=address, locale="en-GB")
    page = context.new_page()
    page.add_init_script(WATCH)
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert page.evaluate("window.refused") == []
    assert faults == []
    assert {url for url in asked if not url.startswith((address, "data:"))} == set()
    context.close()


def opened(page: Page, query: str | None = None, lang: str = "en") -> None:
    page.goto(f"/sparql?lang={lang}" + (f"&query={quote(query)}" if query else ""))
    expect(page.locator(".yasqe .CodeMirror")).to_be_visible()


def written(page: Page) -> str:
    text: str = page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()")
    return text


def test_the_editor_takes_the_place_of_the_text_field(page: Page) -> None:
    opened(page, PREFIXES + NURSES)
    expect(page.locator("textarea#query")).to_be_hidden()
    assert written(page) == PREFIXES + NURSES
    box = page.locator(".CodeMirror [contenteditable=true]")
    assert box.get_attribute("aria-label") == "Query"


def test_a_shared_address_shows_its_result_at_once(page: Page) -> None:
    opened(page, PREFIXES + NURSES)
    rows = page.locator("#result tbody tr")
    expect(rows.first).to_be_visible()
    assert page.locator("#result thead th").all_inner_texts() == ["title"]
    assert "Hebamme" in " ".join(rows.all_inner_texts())
    expect(page.get_by_role("status")).to_contain_text(f"{rows.count()} rows in")


@pytest.mark.long
def test_the_examples_are_those_of_the_graph(page: Page) -> None:
    opened(page)
    questions = [example.header["question"] for example in read_examples(ROOT / "ontology")]
    expect(page.locator("a[data-example]")).to_have_count(len(questions))
    assert sorted(page.locator("a[data-example]").all_inner_texts()) == sorted(questions)


def test_an_example_runs_and_its_address_can_be_shared(page: Page) -> None:
    opened(page)
    example = next(each for each in read_examples(ROOT / "ontology") if each.name == "regulated-everywhere")
    page.get_by_role("link", name=example.header["question"]).click()
    expect(page.locator("#result tbody tr").first).to_be_visible()
    assert written(page) == example.text
    assert parse_qs(urlsplit(page.url).query) == {"query": [example.text], "lang": ["en"]}
    seen = page.locator("#result tbody").inner_text()
    page.reload()
    expect(page.locator("#result tbody tr").first).to_be_visible()
    assert page.locator("#result tbody").inner_text() == seen


@pytest.mark.long
def test_ctrl_enter_runs_the_query(page: Page) -> None:
    opened(page)
    page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue('ASK { ?s ?p ?o }')")
    page.locator(".CodeMirror").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result .verdict")).to_have_text("Yes")


@pytest.mark.long
def test_a_graph_is_shown_as_turtle(page: Page) -> None:
    opened(page, "CONSTRUCT { <http://a.example/s> <http://a.example/p> 1 } WHERE {}")
    expect(page.locator("#result pre")).to_contain_text("<http://a.example/s> <http://a.example/p> 1 .")
    expect(page.get_by_role("status")).to_contain_text("1 statements in")


@pytest.mark.long
def test_an_error_is_told_in_the_words_of_the_server(page: Page) -> None:
    opened(page, "SELECT * WHERE { SERVICE <http://a.example/> { ?s ?p ?o } }")
    expect(page.get_by_role("alert")).to_contain_text("SERVICE")
    expect(page.locator("#result table")).to_have_count(0)


def test_completion_offers_what_is_in_the_graph(page: Page) -> None:
    opened(page)
    page.wait_for_load_state("networkidle")
    text = f"{PREFIXES}SELECT * {{ ?s a pas:Qual"
    page.evaluate("text => document.querySelector('.CodeMirror').CodeMirror.setValue(text)", text)
    page.locator(".CodeMirror").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Space")
    expect(page.locator(".CodeMirror-hints")).to_contain_text("pas:Qualification")


@pytest.mark.long
def test_the_keyboard_is_not_caught_in_the_editor(page: Page) -> None:
    opened(page)
    page.locator(".CodeMirror").click()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.CodeMirror') === null")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('.CodeMirror') !== null")


@pytest.mark.long
def test_a_file_can_be_had_in_another_form(page: Page) -> None:
    opened(page, PREFIXES + NURSES)
    page.get_by_label("Result as").select_option("csv")
    with page.expect_download() as download:
        page.get_by_role("button", name="Run the query").click()
    assert "format=csv" in download.value.url
    assert "Hebamme" in download.value.path().read_text(encoding="utf-8")


@pytest.mark.long
def test_links_lead_to_this_server(page: Page) -> None:
    opened(page, "SELECT ?p WHERE { VALUES ?p { <https://w3id.org/passerelle/id/profession/midwife> } }")
    link = page.locator("#result td a")
    expect(link).to_have_attribute("href", "/id/profession/midwife")
    expect(link).to_have_text("id/profession/midwife")


def test_the_address_of_a_query_is_a_page_for_browsers_only(address: str) -> None:
    asked = {"query": "ASK { ?s ?p ?o }"}
    browsing = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    assert (
        httpx2.get(f"{address}/sparql", params=asked, headers=browsing).headers["content-type"].startswith("text/html")
    )
    table = "application/sparql-results+json"
    for accept in ("*/*", f"{table}, text/html;q=0.5, */*;q=0.1", f"{table}, */*;q=0.1"):
        answer = httpx2.get(f"{address}/sparql", params=asked, headers={"accept": accept})
        assert answer.headers["content-type"] == table
    formed = httpx2.get(f"{address}/sparql", params={**asked, "format": "json"}, headers=browsing)
    assert formed.json()["boolean"] is True


@pytest.mark.long
def test_many_rows_come_in_pieces(page: Page) -> None:
    opened(page, "SELECT ?p WHERE { ?s ?p ?o } LIMIT 450")
    expect(page.locator("#result tbody tr")).to_have_count(200)
    more = page.get_by_role("button", name="Show more rows")
    more.click()
    expect(page.locator("#result tbody tr")).to_have_count(400)
    more.click()
    expect(page.locator("#result tbody tr")).to_have_count(450)
    expect(more).to_be_hidden()


@pytest.mark.parametrize(
    ("lang", "word"),
    [
        ("nl", "Tabel"),
        pytest.param("fr", "Tableau", marks=pytest.mark.long),
        pytest.param("de", "Tabelle", marks=pytest.mark.long),
        pytest.param("en", "Table", marks=pytest.mark.long),
    ],
)
def test_the_editor_speaks_the_language_of_the_page(page: Page, lang: str, word: str) -> None:
    opened(page, lang=lang)
    assert page.locator("#format option").first.inner_text() == word


def test_without_scripts_the_form_works_as_it_stands(browser: Browser, address: str) -> None:
    context = reader(browser, base_url=address, java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    page.goto("/sparql")
    page.get_by_label("Query").fill("ASK { ?s ?p ?o }")
    with page.expect_response(lambda response: "format=json" in response.url) as response:
        page.get_by_role("button", name="Run the query").click(no_wait_after=True)
    assert response.value.status == 200
    context.close()


def test_the_bundle_carries_the_licences_of_its_parts() -> None:
    text = (BUNDLE / "LICENSES.txt").read_text(encoding="utf-8")
    assert "@zazuko/yasqe 4.6.2, licence MIT" in text
    assert "Marijn Haverbeke" in text
    assert sorted(path.name for path in BUNDLE.iterdir()) == ["LICENSES.txt", "editor.css", "editor.js"]
