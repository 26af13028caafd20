"""Five people, each with a task: on a telephone and on a desk's screen, with scripts and without, and in four languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect

from graph_api.store.things import LANGUAGES
from tests.chromium import reader as new_reader
from tests.conftest import in_turn
from tests.test_browser import Watched, address, browser, pytestmark  # noqa: F401

TELEPHONE, SCREEN = (390, 844), (1280, 900)
WAYS = [
    pytest.param((TELEPHONE, True), id="telephone, with scripts"),
    pytest.param((SCREEN, False), id="screen, without scripts", marks=pytest.mark.long),
    pytest.param((TELEPHONE, False), id="telephone, without scripts", marks=pytest.mark.whole),
    pytest.param((SCREEN, True), id="screen, with scripts", marks=pytest.mark.whole),
]
NEW_PAGES = (
    "/desk",
    "/regions",
    "/regions/emr",
    "/path/letters?qualification=fr-dei&profession=nurse-general-care&country=DE&place=52062",
    "/path/days?qualification=fr-dei&profession=nurse-general-care&country=NL&a=2015-06-01&b=2017-06-01",
    "/page/provision/dir-2005-36-21-1",
    "/page/legal-act/de-pflbg",
)
CASES = "profession,country,issued_in\nnurse-general-care,LU,FR\nbaker,Atlantis,DE\n"


@pytest.fixture(params=WAYS)
def reader(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:  # noqa: F811
    """A reader of English, who must see no error, whose browser asks nobody else, and who never scrolls sideways."""
    (width, height), scripts = request.param
    context = new_reader(
        browser,
        base_url=address,
        java_script_enabled=scripts,
        locale="en-GB",
        viewport={"width": width, "height": height},
    )
    watched = Watched(context, address)
    yield watched.page
    wide = watched.page.locator("html").bounding_box()
    context.close()
    assert watched.complaints == []
    assert watched.outside == []
    assert wide is not None
    assert wide["width"] <= width


def test_a_nurse_keeps_her_file(reader: Page) -> None:
    """From the first page to the days, the letters and the calendar of her own case."""
    reader.goto("/")
    reader.get_by_role("link", name="A French nurse who wants to work in the Netherlands").click()
    expect(reader.get_by_role("heading", name="What to do next")).to_be_visible()
    reader.get_by_label("On which day was your file complete?").fill("2026-11-02")
    reader.get_by_role("button", name="Count the days").click()
    expect(reader).to_have_url(re.compile("applied_on=2026-11-02"))
    expect(reader.locator(".clock time").first).to_be_visible()
    days = [each.get_attribute("datetime") for each in reader.locator(".clock time").all()]
    calendar = reader.request.get(reader.get_by_role("link", name="Days for my calendar").get_attribute("href") or "")
    events = Calendar.from_ical(calendar.text()).walk("VEVENT")
    assert [event["dtstart"].dt for event in events] == [date.fromisoformat(day or "") for day in days]
    reader.get_by_role("link", name="Letters to the office").click()
    expect(reader.locator("div.letter[lang=nl]")).to_have_count(3)
    reader.get_by_role("link", name="Back to the answer").click()
    expect(reader).to_have_url(re.compile("applied_on=2026-11-02"))


@pytest.mark.long
def test_ticks_stay_in_the_browser(browser: Browser, address: str) -> None:  # noqa: F811
    """What is ticked is ticked after a visit elsewhere, in this browser alone; without scripts the boxes are plain."""
    question = f"{address}/path?qualification=fr-dei&profession=nurse-general-care&country=NL"
    context = new_reader(browser, locale="en-GB")
    page = context.new_page()
    page.goto(question)
    page.locator(".ticks input").first.check()
    page.goto(f"{address}/professions")
    page.goto(f"{question}&lang=fr")
    expect(page.locator(".ticks input").first).to_be_checked()
    page.locator("[data-forget]").first.click()
    page.reload()
    expect(page.locator(".ticks input").first).not_to_be_checked()
    assert context.cookies() == []
    context.close()
    plain = new_reader(browser, java_script_enabled=False).new_page()
    plain.goto(question)
    plain.locator(".ticks input").first.check()
    expect(plain.locator("[data-ticks-kept]").first).to_be_hidden()
    plain.context.close()


def test_a_case_worker_answers_many_cases(reader: Page, tmp_path: Path) -> None:
    """A table pasted, another uploaded, and on to the sheet of one case."""
    reader.goto("/")
    reader.get_by_role("contentinfo").get_by_role("link", name="The desk").click()
    reader.get_by_label("Cases, one a line").fill(CASES)
    reader.get_by_role("button", name="Answer all cases").click()
    expect(reader.get_by_role("heading", name="The answers", exact=True)).to_be_visible()
    expect(reader.locator("tr.wrong")).to_have_count(1)
    kept = tmp_path / "cases.csv"
    kept.write_text(CASES, encoding="utf-8")
    reader.get_by_label("Or a file: CSV or XLSX").set_input_files(kept)
    with reader.expect_download() as waited:
        reader.get_by_role("button", name="As CSV").click()
    assert "own_title" not in waited.value.path().read_text(encoding="utf-8")
    reader.locator("th[scope=row] a").first.click()
    expect(reader.get_by_role("heading", name="What to do next")).to_be_visible()


@pytest.mark.long
def test_a_case_worker_looks_across_a_border_region(reader: Page) -> None:
    reader.goto("/regions")
    reader.get_by_role("link", name="Upper Rhine", exact=True).click()
    reader.locator("#profession").select_option("nurse-general-care")
    reader.get_by_role("main").get_by_role("button", name="Show").click()
    expect(reader).to_have_url(re.compile("profession=nurse-general-care"))
    reader.locator("td a[href^='/path?']").first.click()
    expect(reader.get_by_role("heading", level=1)).not_to_be_empty()


def test_a_lawyer_follows_a_provision(reader: Page) -> None:
    """From an answer to the provision, to what rests on it, and to the same question under older law."""
    reader.goto("/path?qualification=fr-dei&profession=nurse-general-care&country=NL")
    reader.locator(".law-part a", has_text="about this provision").first.click()
    expect(reader.get_by_role("heading", name="What rests on this provision")).to_be_visible()
    reader.get_by_role("link", name=re.compile("^an answer that rests on it")).first.click()
    expect(reader).to_have_url(re.compile(r"/path\?"))
    reader.get_by_role("link", name="On another day, or in an older version").click()
    reader.get_by_label("First day").fill("2015-06-01")
    reader.get_by_role("main").get_by_role("button", name="Compare").click()
    expect(reader).to_have_url(re.compile("a=2015-06-01"))
    expect(reader.locator("table").first).to_be_visible()


@pytest.mark.long
def test_a_linked_data_reader_takes_the_answer_as_data(reader: Page) -> None:
    reader.goto("/page/provision/dir-2005-36-21-1")
    address_ = reader.locator("#rests ~ .links a, section:has(#rests) .links a").first.get_attribute("href") or ""
    assert reader.request.get(address_).json()["things"]
    turtle = reader.request.get("/data/provision/dir-2005-36-21-1?format=ttl")
    assert "LegalProvision" in turtle.text()


@pytest.mark.long
def test_a_developer_finds_the_contract(reader: Page) -> None:
    reader.goto("/")
    contract = reader.request.get("/openapi.json").json()["paths"]
    assert {"/api/v1/paths/calendar", "/api/v1/provisions/{slug}/rests-on", "/desk"} <= set(contract)
    answer = reader.request.get("/api/v1/paths/calendar?profession=baker&country=LU")
    assert answer.status == 400
    assert "applied_on" in answer.json()["detail"]


@pytest.mark.long
@pytest.mark.parametrize("path", in_turn(NEW_PAGES, 7))
def test_nothing_is_wider_than_a_small_telephone(browser: Browser, address: str, path: str) -> None:  # noqa: F811
    context = new_reader(browser, base_url=address, viewport={"width": 320, "height": 700}, locale="de")
    page = context.new_page()
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


@pytest.mark.whole
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", NEW_PAGES)
def test_every_new_page_speaks_every_language(browser: Browser, address: str, path: str, lang: str) -> None:  # noqa: F811
    context = new_reader(browser, base_url=address, locale="en-GB")
    watched = Watched(context, address)
    watched.page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
    expect(watched.page.locator("html")).to_have_attribute("lang", lang)
    context.close()
    assert watched.complaints == []
