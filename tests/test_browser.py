"""The journeys of a person, in a real browser: with scripts and without, by keyboard alone, for every eye."""

from __future__ import annotations

import re
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pyoxigraph import NamedNode

from graph_api.build.top_concepts import top_concepts
from graph_api.rdf.terms import GRAPH
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.store.things import LANGUAGES
from graph_api.web.app import create_app
from graph_api.web.layout import environment
from graph_api.web.pages.drawings.path import PADDING, Stop, draw
from tests.chromium import CHROMIUM, launched, reader
from tests.conftest import in_turn
from tests.invented_woods import woods

AXE = Path(__file__).parent / "browser" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHANGING = ["color-contrast", "html-has-lang", "html-lang-valid", "label", "link-name", "button-name", "valid-lang"]
NURSE = "/path?qualification=fr-dei&profession=nurse-general-care&country=NL"
SEEN = (
    "/",
    "/path",
    NURSE,
    "/path?qualification=fr-dei&profession=nurse-general-care&country=BE",
    "/path?qualification_text=infirmier&profession=nurse-general-care&country=NL",
    "/roadmap",
    "/roadmap?profession=healthcare-assistant&from=FR&to=LU",
    "/factsheet?profession=healthcare-assistant&from=FR&to=LU",
    "/factsheet?profession=nurse-general-care&from=NL&to=BE",
    "/common-training-framework?profession=healthcare-assistant",
    "/common-training-framework?profession=industrial-electrician&min_countries=5",
    "/compare?profession=industrial-electrician",
    "/professions",
    "/qualifications",
    "/authorities",
    "/regimes",
    "/compare?qualification=fr-deas-2021&qualification=nl-verzorgende-ig",
    "/classifications",
    "/page/scheme/rome",
    "/page/framework/dqr",
    "/page/framework-level/dqr-6",
    "/page/graph/rules/automatic-annex-v",
    "/page/jurisdiction/de",
    "/dataset",
    "/unknown",
    "/unknown?lack=title&country=LU",
    "/review",
    "/wrong?thing=https%3A%2F%2Fw3id.org%2Fpasserelle%2Fid%2Fqualification%2Ffr-dei",
    "/dumps/",
    "/versions",
    "/ontology",
    "/search?q=verpleegkundige",
    "/query",
    "/embed",
    "/page/profession/healthcare-assistant",
    "/page/qualification/fr-dei",
    "/page/regime/automatic-annex-v",
    "/page/authority/nl-cibg",
    "/page/profession/nobody",
    "/desk",
    "/regions/emr",
    "/path/letters?qualification=fr-dei&profession=nurse-general-care&country=NL",
    "/path/days?qualification=fr-dei&profession=nurse-general-care&country=NL&a=2015-06-01",
    "/page/provision/dir-2005-36-21-1",
    "/page/legal-act/de-pflbg",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here; apt-get install chromium")


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    """The service, listening on a free port of this machine."""
    yield from _listening(create_app(Settings(data=data), CurrentStore(data)))


@pytest.fixture(scope="module")
def wood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service over an invented classification with levels."""
    tops = top_concepts(woods()._store, NamedNode(f"{GRAPH}build"))
    store = woods("\n".join(f"{quad.triple} ." for quad in tops))
    yield from _listening(create_app(Settings(data=tmp_path_factory.mktemp("wood")), store))


def _listening(app: FastAPI) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from launched()


class Watched:
    """A page of which every complaint and every request is kept."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url, address))

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "404 (Not Found)" not in text:
            self.complaints.append(text)

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:")):
            self.outside.append(url)


@pytest.fixture(params=["with scripts", pytest.param("without scripts", marks=pytest.mark.long)])
def person(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A reader of English, who must see no error and whose browser asks nobody else."""
    yield from _reading(browser, address, scripts=request.param == "with scripts")


@pytest.fixture
def scripted(browser: Browser, address: str) -> Iterator[Page]:
    """The same with scripts only, for what needs them."""
    yield from _reading(browser, address, scripts=True)


def _reading(browser: Browser, address: str, *, scripts: bool) -> Iterator[Page]:
    context = reader(
        browser, base_url=address, java_script_enabled=scripts, locale="en-GB", viewport={"width": 1280, "height": 900}
    )
    watched = Watched(context, address)
    yield watched.page
    context.close()
    assert watched.complaints == []
    assert watched.outside == []


# ---- the six journeys, with scripts and without -------------------------------------------------------------------


def test_find_a_path(person: Page) -> None:
    person.goto("/")
    person.locator("#profession-text").fill("Hebamme")
    person.locator("#country").select_option("NL")
    person.get_by_role("button", name="Find my path").click()
    expect(person).to_have_url(re.compile(r"/path\?.*profession(_text)?="))
    choice = person.get_by_role("main").get_by_role("link", name="midwife", exact=True)
    if choice.count():
        choice.first.click()
    expect(person).to_have_url(re.compile(r"/path\?profession=midwife&country=NL$"))
    expect(person.get_by_role("heading", level=1)).not_to_be_empty()
    expect(person.locator("svg.drawing.lying").or_(person.locator(".refused")).first).to_be_attached()


def test_answer_the_open_questions(person: Page) -> None:
    person.goto(NURSE)
    expect(person.get_by_role("heading", level=1)).to_contain_text(
        "Yes, without a comparison of the training, if you are a citizen of the EU"
    )
    person.locator(".more #nationality").select_option("EU")
    person.locator(".more #training_started").fill("2012-09-01")
    person.get_by_role("button", name="Update the answer").first.click()
    expect(person.get_by_role("heading", level=1)).to_contain_text(
        "Yes, the title is recognised there without a comparison of the training."
    )
    assert "training_started=2012-09-01" in person.url
    assert "nationality=EU" in person.url


def test_make_and_print_a_roadmap(person: Page) -> None:
    person.goto("/roadmap")
    person.locator("#profession").select_option("nurse-general-care")
    person.locator("#from").select_option("FR")
    person.locator("#to").select_option("LU")
    person.get_by_role("button", name="Make the roadmap").click()
    expect(person.get_by_role("heading", level=1)).to_have_text("nurse responsible for general care")
    expect(person.get_by_role("heading", name="What to bring")).to_be_visible()
    sheet = person.pdf(format="A4")
    assert sheet.startswith(b"%PDF")
    person.emulate_media(media="print")
    expect(person.locator("nav.sections")).to_be_hidden()
    expect(person.get_by_role("heading", name="What to do next", exact=True)).to_be_visible()


@pytest.mark.long
def test_make_and_print_a_factsheet(person: Page) -> None:
    person.goto("/roadmap")
    person.locator("#profession").select_option("healthcare-assistant")
    person.locator("#from").select_option("NL")
    person.locator("#to").select_option("BE-nl")
    person.get_by_role("button", name="Make the factsheet").click()
    expect(person).to_have_url(re.compile(r"/factsheet\?profession=healthcare-assistant&from=NL&to=BE-nl$"))
    for heading in (
        "May I work there?",
        "Your rights",
        "Your duties",
        "Language",
        "What you may do at work",
        "Sources",
    ):
        expect(person.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    person.emulate_media(media="print")
    expect(person.locator("nav.sections")).to_be_hidden()
    expect(person.locator("select").first).to_be_hidden()
    expect(person.get_by_role("heading", name="Your duties")).to_be_visible()
    assert person.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize(
    "path",
    in_turn([NURSE, "/roadmap?profession=midwife&from=FR&to=LU", "/factsheet?profession=midwife&from=FR&to=LU"], 3),
)
def test_the_same_as_json_ld_is_one_click_away(person: Page, path: str) -> None:
    person.goto(path)
    with person.expect_response(re.compile("format=jsonld")) as waited:
        person.get_by_role("main").get_by_role("link", name="JSON-LD").click()
    assert waited.value.headers["content-type"].startswith("application/ld+json")
    things = {node["@id"] for node in waited.value.json()["@graph"]}
    assert person.url.partition("&format")[0].partition("?")[2]
    assert any(iri.endswith("#answer") for iri in things)


@pytest.mark.long
def test_choose_how_many_countries_make_the_core(person: Page) -> None:
    person.goto("/page/profession/industrial-electrician")
    person.get_by_role("main").get_by_role("link", name="Common training framework").click()
    person.locator("#min_countries").select_option("5")
    person.get_by_role("button", name="Show").click()
    expect(person).to_have_url(re.compile(r"profession=industrial-electrician&min_countries=5$"))
    expect(person.locator("table.matrix .group th").first).to_have_text(re.compile("Shared by all"))
    expect(person.locator("table.matrix .group th").nth(1)).to_have_text(re.compile("Shared by fewer"))


def test_compare_a_profession_across_the_countries(person: Page) -> None:
    person.goto("/compare")
    person.locator("#profession").select_option("healthcare-assistant")
    person.get_by_role("button", name="Compare").click()
    expect(person).to_have_url(re.compile(r"/compare\?profession=healthcare-assistant$"))
    expect(person.locator("table.by-place thead th")).to_have_count(6)
    expect(person.locator("table.overlap svg.strip").first).to_be_visible()


@pytest.mark.long
def test_compare_two_qualifications(person: Page) -> None:
    person.goto("/qualifications?profession=healthcare-assistant&country=FR")
    boxes = person.locator("input[name=qualification]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    person.get_by_role("button", name="Compare the chosen ones").click()
    expect(person).to_have_url(re.compile(r"/compare\?qualification=.*&qualification="))
    expect(person.locator("table.across thead th")).to_have_count(3)
    expect(person.get_by_role("heading", name="Shared competences")).to_be_visible()


@pytest.mark.long
def test_browse_from_profession_to_skill_to_occupation(person: Page) -> None:
    person.goto("/professions")
    person.get_by_role("link", name="nursing assistant", exact=True).click()
    expect(person.get_by_role("heading", level=1)).to_have_text("nursing assistant")
    person.locator("table.across a[href='/page/qualification/fr-deas-2021']").click()
    person.locator("a[href^='/page/competence/']").first.click()
    expect(person).to_have_url(re.compile(r"/page/competence/"))
    expect(person.get_by_role("heading", name="What refers to it")).to_be_visible()
    person.go_back()
    person.go_back()
    person.locator(".mappings a[href^='/page/occupation/']").first.click()
    expect(person).to_have_url(re.compile(r"/page/occupation/"))


def test_run_an_example_query(person: Page) -> None:
    person.goto("/query")
    scripts = person.locator("[role=combobox]").count() > 0
    person.get_by_role("link", name="Who decides on most professions in each country?").click()
    person.get_by_role("button", name="Run the query").click()
    if scripts:
        expect(person.locator("#result table tbody tr").first).to_contain_text("BE")
    else:
        expect(person.locator("body")).to_contain_text('"bindings"')


@pytest.mark.long
def test_change_language(person: Page) -> None:
    person.goto(NURSE)
    person.locator("nav.languages a[hreflang=fr]").click()
    expect(person.locator("html")).to_have_attribute("lang", "fr")
    expect(person.get_by_role("heading", level=1)).to_contain_text(
        "Oui, sans comparaison des formations, si vous êtes citoyen de l’UE"
    )
    person.get_by_role("link", name="Professions", exact=True).click()
    expect(person.locator("html")).to_have_attribute("lang", "fr")


def test_walk_down_a_classification(browser: Browser, wood: str) -> None:
    """Without scripts each arrow is a link to the page of the next level."""
    for page in _reading(browser, wood, scripts=False):
        page.goto("/classifications")
        page.get_by_role("link", name="woods", exact=True).click()
        page.get_by_role("link", name="Below broadleaves").click()
        expect(page).to_have_url(re.compile(r"/page/scheme/woods/1#below$"))
        page.get_by_role("link", name="11 oaks", exact=True).click()
        page.get_by_role("link", name="111 cork oak", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("cork oak")
        page.get_by_role("navigation", name="Where this stands").get_by_role("link", name="1 broadleaves").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("broadleaves")


def test_open_the_branches_of_a_classification_by_keyboard(browser: Browser, wood: str) -> None:
    for page in _reading(browser, wood, scripts=True):
        page.goto("/page/scheme/woods")
        first = page.get_by_role("button", name="Below broadleaves")
        expect(first).to_have_attribute("aria-expanded", "false")
        first.focus()
        page.keyboard.press("Enter")
        expect(first).to_have_attribute("aria-expanded", "true")
        expect(first).to_be_focused()
        expect(page.get_by_role("link", name="12 beeches", exact=True)).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Below oaks")).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("link", name="111 cork oak", exact=True)).to_be_visible()
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_role("link", name="111 cork oak", exact=True)).to_be_hidden()
        expect(page.get_by_role("link", name="11 oaks", exact=True)).to_be_visible()
        expect(page).to_have_url(re.compile(r"/page/scheme/woods$"))


@pytest.mark.long
def test_no_page_makes_the_browser_complain(scripted: Page) -> None:
    """Neither the policy against foreign content nor structured data gives an error in the console."""
    for path in SEEN:
        scripted.goto(path)


# ---- what scripts add ---------------------------------------------------------------------------------------------


def test_suggestions_are_used_by_keyboard_alone(scripted: Page) -> None:
    scripted.goto("/")
    field = scripted.get_by_role("combobox", name="I want to work as")
    field.focus()
    scripted.keyboard.type("sage-femme")
    option = scripted.locator(".suggestions [role=option]").first
    expect(option).to_contain_text("midwife")
    expect(option).to_contain_text("sage-femme")
    expect(field).to_have_attribute("aria-expanded", "true")
    scripted.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    scripted.keyboard.press("Enter")
    expect(field).to_have_value("midwife")
    expect(scripted.locator("#profession-slug")).to_have_value("midwife")
    scripted.keyboard.press("Tab")
    scripted.keyboard.type("Netherlands")
    scripted.keyboard.press("Tab")
    scripted.keyboard.press("Enter")
    expect(scripted).to_have_url(re.compile(r"/path\?profession=midwife&country=NL$"))


@pytest.mark.long
def test_escape_closes_the_suggestions_and_typing_on_forgets_the_choice(scripted: Page) -> None:
    scripted.goto(NURSE)
    scripted.get_by_text("Ask something else").click()
    field = scripted.get_by_role("combobox", name="I want to work as")
    field.fill("archi")
    expect(scripted.locator(".suggestions [role=option]").first).to_be_visible()
    expect(scripted.locator("#profession-slug")).to_have_value("")
    scripted.keyboard.press("Escape")
    expect(scripted.get_by_role("listbox")).to_have_count(0)
    expect(field).to_have_value("archi")


def test_keyboard_reaches_the_content_first(scripted: Page) -> None:
    scripted.goto(NURSE)
    scripted.keyboard.press("Tab")
    expect(scripted.get_by_role("link", name="Skip to the content")).to_be_focused()
    scripted.keyboard.press("Enter")
    scripted.keyboard.press("Tab")
    focused = scripted.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert focused is True


def test_embedded_components_work_on_a_foreign_page(browser: Browser, address: str) -> None:
    context = reader(browser)
    page = context.new_page()
    page.route(
        "http://foreign.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<!doctype html><script type="module" src="{address}/static/embed.js"></script>'
            '<passerelle-path lang="nl" qualification="fr-dei" profession="nurse-general-care" country="NL">'
            '</passerelle-path><passerelle-search lang="de"></passerelle-search>',
        ),
    )
    page.goto("http://foreign.example/")
    expect(
        page.get_by_role(
            "heading", name=re.compile("Ja, zonder vergelijking van de opleiding, als u burger bent van de EU")
        )
    ).to_be_visible()
    page.get_by_role("combobox").press_sequentially("Hebamme")
    expect(page.locator("[role=option]").first).to_contain_text("Hebamme")
    assert context.cookies() == []
    context.close()


@pytest.mark.long
def test_an_embedded_card_that_cannot_be_answered_says_so(browser: Browser, address: str) -> None:
    context = reader(browser)
    page = context.new_page()
    page.route(
        "http://foreign.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<!doctype html><script type="module" src="{address}/static/embed.js"></script>'
            '<passerelle-path lang="fr" profession="astrologer" country="NL"></passerelle-path>',
        ),
    )
    page.goto("http://foreign.example/")
    link = page.get_by_role("link", name="Passerelle")
    expect(link).to_have_attribute("href", re.compile(r"/path\?.*profession=astrologer"))
    context.close()


# ---- for every eye ------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_is_wider_than_the_screen(browser: Browser, address: str, width: int) -> None:
    context = reader(browser, base_url=address, viewport={"width": width, "height": 800})
    page = context.new_page()
    wide = []
    for path in SEEN:
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)
    context.close()
    assert wide == []


LABELS = """
PREFIX pas: <https://w3id.org/passerelle/def#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?label WHERE {
  VALUES ?kind { pas:Qualification pas:NationalProfession pas:Regime pas:EvidenceOfQualification }
  ?thing a ?kind ; skos:prefLabel ?label FILTER (lang(?label) = LANG)
}"""


@pytest.mark.long
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_of_a_drawing_is_wider_than_its_box(browser: Browser, address: str, lang: str) -> None:
    """The longest labels of the graph, and those with the longest words, measured as they are drawn."""
    context = reader(browser, base_url=address)
    page = context.new_page()
    query = LABELS.replace("LANG", f'"{lang}"')
    answer = page.request.get("/sparql", params={"query": query}, headers={"accept": "application/sparql-results+json"})
    labels = [row["label"]["value"] for row in answer.json()["results"]["bindings"]]
    longest = sorted(labels, key=len)[-30:] + sorted(labels, key=lambda text: max(map(len, text.split())))[-30:]
    assert len(longest) == 60
    nodes = [Stop("title", text, text) for text in longest]
    lying = draw(nodes, standing=False)
    page.goto(NURSE)
    steps = environment(lang).get_template("steps.html").make_module({"lang": lang})
    page.evaluate(
        "svg => { document.querySelector('main').innerHTML = svg }", str(vars(steps)["drawing"]([lying], "all"))
    )
    found = page.evaluate(
        """() => [...document.querySelectorAll('main .box')].flatMap(box => [...box.querySelectorAll('text')].map(
            line => [line.textContent, line.getComputedTextLength(), box.querySelector('rect').width.baseVal.value]))"""
    )
    context.close()
    assert len(found) > 120
    assert all(width > 0 for _, width, _ in found)
    assert [(text, width) for text, width, room in found if width > room - 2 * PADDING + 1] == []


PARTS = 12
"""In how many parts the pages are looked at; `make test` takes one of them."""
needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed; run npm ci in tests/browser")


@needs_axe
@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, PARTS))])
def test_axe_finds_nothing(browser: Browser, address: str, store: CurrentStore, part: int) -> None:
    """Every rule on every page, once, and no page wider than a small telephone; which part comes first moves with the data."""
    some = SEEN[(zlib.crc32(str(store.version).encode()) + part) % PARTS :: PARTS]
    assert_axe_finds_nothing(browser, address, some, "en", "light", {"values": RULES, "type": "tag"})


@pytest.mark.long
@needs_axe
@pytest.mark.parametrize(("lang", "scheme"), [("de", "dark")])
def test_axe_finds_nothing_where_words_and_colours_differ(
    browser: Browser, address: str, store: CurrentStore, lang: str, scheme: Literal["light", "dark"]
) -> None:
    """The rules that a translation, the longest words or other colours can break; other pages for every version."""
    some = SEEN[zlib.crc32(str(store.version).encode()) % 3 :: 3]
    assert_axe_finds_nothing(browser, address, some, lang, scheme, {"values": CHANGING, "type": "rule"})


@pytest.mark.long
@needs_axe
@pytest.mark.parametrize(("lang", "scheme"), [("en", "dark"), ("de", "light")])
def test_axe_finds_nothing_on_any_page_where_words_and_colours_differ(
    browser: Browser, address: str, lang: str, scheme: Literal["light", "dark"]
) -> None:
    assert_axe_finds_nothing(browser, address, SEEN, lang, scheme, {"values": CHANGING, "type": "rule"})


@pytest.mark.whole
@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_in_any_language_and_scheme(
    browser: Browser, address: str, lang: str, scheme: Literal["light", "dark"]
) -> None:
    assert_axe_finds_nothing(browser, address, SEEN, lang, scheme, {"values": RULES, "type": "tag"})


def assert_axe_finds_nothing(
    browser: Browser,
    address: str,
    paths: Sequence[str],
    lang: str,
    scheme: Literal["light", "dark"],
    rules: dict[str, Any],
) -> None:
    context = reader(browser, base_url=address, bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    found = []
    for path in paths:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        found += [(path, *violation) for violation in violations(page, rules)]
        page.set_viewport_size({"width": 320, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            found.append((path, "wider than 320 pixels", ""))
        page.set_viewport_size({"width": 1280, "height": 720})
    context.close()
    assert found == []


@pytest.mark.long
@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_an_open_classification(
    browser: Browser, wood: str, scheme: Literal["light", "dark"]
) -> None:
    context = reader(browser, base_url=wood, bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    page.goto("/page/scheme/woods")
    page.get_by_role("button", name="Below broadleaves").click()
    page.get_by_role("button", name="Below oaks").click()
    expect(page.get_by_role("link", name="111 cork oak", exact=True)).to_be_visible()
    found = violations(page)
    page.goto("/page/scheme/woods/111")
    for folded in page.locator("main summary").all():
        folded.click()
    found += violations(page)
    context.close()
    assert found == []


def violations(page: Page, rules: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """The rules that the page breaks, each with the first element that does."""
    page.add_script_tag(path=AXE)
    only = rules or {"values": RULES, "type": "tag"}
    result = page.evaluate("only => axe.run(document, {runOnly: only, resultTypes: ['violations']})", only)
    return [(item["id"], item["nodes"][0]["html"][:160]) for item in result["violations"]]
