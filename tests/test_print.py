"""What comes out of the printer: one page for the citizen, two for the adviser, and all the rest on demand."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from graph_api.store.things import LANGUAGES
from tests.asked_of_all import Asked, asked_of_all
from tests.chromium import reader
from tests.conftest import in_turn
from tests.test_browser import address, browser, pytestmark  # noqa: F401

SHEETS = {
    "/path?profession={0}&issued_in={1}&country={2}": 1,
    "/factsheet?profession={0}&from={1}&to={2}": 1,
    "/roadmap?profession={0}&from={1}&to={2}": 2,
}
"""An address, and how many pages it may have on paper."""
LONG: tuple[Asked, ...] = (
    ("mason", "DE", "LU"),
    ("nurse-anaesthesia", "DE", "FR"),
    ("healthcare-assistant", "FR", "LU"),
)
"""Questions with much to say."""


@pytest.fixture(scope="module")
def printer(browser: Browser, address: str) -> Iterator[Page]:  # noqa: F811
    context = reader(browser, base_url=address, java_script_enabled=False)
    yield context.new_page()
    context.close()


def pages(printer: Page, path: str) -> int:
    """How many pages of A4 the page at the address fills."""
    printer.goto(path)
    return len(re.findall(rb"/Type\s*/Page\b", printer.pdf(format="A4")))


def too_long(printer: Page, asked: Asked, lang: str) -> dict[str, int]:
    found = {
        (path := f"{sheet.format(*asked)}&lang={lang}"): (pages(printer, path), most) for sheet, most in SHEETS.items()
    }
    return {path: count for path, (count, most) in found.items() if count > most}


@pytest.mark.parametrize("number", in_turn(range(len(LONG)), 3))
def test_a_long_answer_fills_one_page_and_a_long_roadmap_two(printer: Page, number: int) -> None:
    assert too_long(printer, LONG[number], LANGUAGES[-1 - number]) == {}


def test_law_and_sources_are_printed_when_asked_for(printer: Page) -> None:
    path = "/path?qualification=fr-dei&profession=nurse-general-care&country=LU&lang=en"
    printer.emulate_media(media="print")
    printer.goto(path)
    assert printer.locator(".todo").is_visible()
    assert not printer.locator(".law-part").is_visible()
    printer.goto(f"{path}&paper=full")
    assert printer.locator(".law-part").is_visible()
    assert pages(printer, f"{path}&paper=full") > 1


@pytest.mark.whole
@pytest.mark.parametrize(("number", "asked"), list(enumerate(asked_of_all(100))))
def test_every_sampled_sheet_keeps_its_length(printer: Page, number: int, asked: Asked) -> None:
    assert too_long(printer, asked, LANGUAGES[number % len(LANGUAGES)]) == {}
