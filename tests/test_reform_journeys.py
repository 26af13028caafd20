"""Somebody who makes law asks what a proposal would change: three clicks from the first page, on screen and on paper.

The graph is that of the real tables; the answers that change are invented, for asking them all takes minutes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from graph_api.obstacles import kept
from graph_api.obstacles.asking import LEVELS, professions_of
from graph_api.obstacles.figures import Figure
from graph_api.reform.folder import data_of
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.store.things import LANGUAGES
from graph_api.store.whole import led_to
from graph_api.web.app import create_app
from tests.chromium import reader as new_reader
from tests.conftest import in_turn
from tests.test_browser import AXE, Watched, _listening, browser, needs_axe, pytestmark, violations  # noqa: F401

NAME, DAY, EVE = "decision-within-30-days", date(2027, 1, 1), date(2026, 12, 31)
ADOPTED = "german-nursing-assistant-act"
LONG = Figure(
    "nurse-general-care", "BE-nl", "NL", True, None, "general_system", "open", decided=True, regime="general-system",
    longest="P4M", days=120, cost=100.0, currency="EUR", papers=5, steps=1, measures=("aptitude_test",), chosen_by="host",
)  # fmt: skip
SHORT = {"longest": "P30D", "days": 30}
BEFORE = [
    replace(LONG, profession=profession, home=home, host=host)
    for profession in ("nurse-general-care", "midwife", "baker")
    for home, host in (("BE-nl", "NL"), ("BE-fr", "NL"), ("FR", "LU"), ("DE", "FR"))
]
GAINS = {("nurse-general-care", "BE-nl"), ("nurse-general-care", "BE-fr"), ("midwife", "FR"), ("baker", "FR")}
AFTER = [
    replace(each, **SHORT) if (each.profession, each.home) in GAINS  # type: ignore[arg-type]
    else replace(each, papers=9) if (each.profession, each.home) == ("baker", "DE")
    else each
    for each in BEFORE
]  # fmt: skip
EARLIER = [
    replace(each, outcome="none") if (each.profession, each.home) == ("midwife", "DE") else each for each in BEFORE
]
PAGES = (
    "/reforms",
    f"/reforms/{NAME}",
    f"/reforms/{NAME}?home=FR&host=LU",
    f"/reforms/{ADOPTED}",
    f"/obstacles/changes?a={EVE}&b={DAY}",
    f"/obstacles?as_of={DAY}",
    f"/obstacles?as_of={DAY}&home=BE&host=NL&profession=nurse-general-care",
)


def written(data: Path, directory: Path, day: date, figures: list[Figure]) -> None:
    """The map of a day that holds these answers and no others."""
    asked = {name: [] for name in [*professions_of(EmbeddedStore(directory)), LEVELS]}
    by_profession: dict[str, list[Figure]] = {**asked}
    for figure in figures:
        by_profession[figure.profession] = [*by_profession[figure.profession], figure]
    kept.make(data, directory, day, known=lambda: by_profession)


@pytest.fixture(scope="module")
def address(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service over the real graph, with a reform that would change some invented answers."""
    folder, graph = tmp_path_factory.mktemp("ministry"), led_to(data / "current")
    own = data_of(folder, NAME)
    reformed = own / "graphs" / "then"
    (folder / "graphs").mkdir()
    (folder / "graphs" / graph.name).symlink_to(graph)
    (folder / "current").symlink_to(folder / "graphs" / graph.name)
    reformed.mkdir(parents=True)
    for name in ("store", "search.db"):
        (reformed / name).symlink_to(graph / name)
    report = json.loads((graph / "report.json").read_text(encoding="utf-8"))
    told = json.dumps({**report, "version": "then", "base": report["version"]})
    (reformed / "report.json").write_text(told, encoding="utf-8")
    (own / "current").symlink_to(reformed)
    written(folder, graph, EVE, EARLIER)
    written(folder, graph, DAY, BEFORE)
    written(own, reformed, DAY, AFTER)
    yield from _listening(create_app(Settings(data=folder), CurrentStore(folder)))


@dataclass
class Hand:
    """A reader of English who counts every link and button; fields are filled between two clicks."""

    page: Page
    clicks: int = field(default=0)

    def click(self, found: Locator) -> None:
        found.click()
        self.clicks += 1


@pytest.fixture(params=[(390, True), pytest.param((1280, False), marks=pytest.mark.whole)])
def hand(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Hand]:  # noqa: F811
    """On a telephone with scripts, on a screen without; never more than three clicks, no complaint, nothing too wide."""
    width, scripts = request.param
    context = new_reader(
        browser, base_url=address, java_script_enabled=scripts, locale="en-GB", viewport={"width": width, "height": 844}
    )
    watched = Watched(context, address)
    watched.page.goto("/")
    found = Hand(watched.page)
    yield found
    wide = watched.page.locator("html").bounding_box()
    context.close()
    assert 0 < found.clicks <= 3
    assert watched.complaints == []
    assert watched.outside == []
    assert wide is not None and wide["width"] <= width


def reform(hand: Hand) -> Page:
    """From the first page to the proposal, in two clicks."""
    main = hand.page.get_by_role("main")
    hand.click(main.get_by_role("link", name="Reforms to try"))
    hand.click(main.get_by_role("link", name=re.compile("^Recognition decided within 30 days")))
    return hand.page


def test_what_would_a_proposal_change_for_nurses_from_belgium_in_the_netherlands(hand: Hand) -> None:
    page = reform(hand)
    page.locator("#profession").select_option("nurse-general-care")
    page.locator("#home").select_option("BE")
    page.locator("#host").select_option("NL")
    hand.click(page.get_by_role("main").get_by_role("button", name="Show"))
    expect(page).to_have_url(re.compile(r"\?profession=nurse-general-care&home=BE&host=NL"))
    expect(page.get_by_role("main")).to_contain_text("Answers compared: 2; changed: 2. No answer gets worse.")
    changes = page.locator("details.part:has(.pill)")
    expect(changes).to_have_count(2)
    times = changes.locator("tr", has_text="Longest time")
    assert [cell.replace("\xa0", " ") for cell in times.first.locator("td").all_text_contents()] == [
        "4 months",
        "30 days",
    ]


def test_which_professions_gain_between_lorraine_and_luxembourg(hand: Hand) -> None:
    """Lorraine has no law of its own in the tables: what France and Luxembourg say is said of it."""
    page = reform(hand)
    hand.click(page.get_by_role("link", name="France → Luxembourg", exact=True))
    rows = page.locator("section:has(#by-profession) tbody tr")
    expect(rows.locator("th")).to_have_text(["baker", "midwife"])
    expect(rows.locator("td")).to_have_text(["1", "1"])
    expect(page.get_by_role("main")).to_contain_text("No answer gets worse.")


def test_who_is_worse_off(hand: Hand) -> None:
    page = reform(hand)
    expect(page.locator(".figures div").filter(has_text="worse").first.locator("dd")).to_have_text("1")
    first = page.locator("details.part:has(.pill)").first
    expect(first.locator("summary")).to_contain_text("baker: Germany → France")
    hand.click(first.locator("summary"))
    expect(first.get_by_role("row", name=re.compile("^Papers"))).to_contain_text("9")


def test_what_does_an_adopted_law_change(hand: Hand) -> None:
    main = hand.page.get_by_role("main")
    hand.click(main.get_by_role("link", name="Reforms to try"))
    hand.click(main.get_by_role("link", name="The German nursing assistant act of 2027"))
    hand.click(main.get_by_role("link", name=re.compile("^31 December 2026 → 1 January 2027")))
    expect(main.get_by_role("heading", level=1)).to_contain_text("What differs between 31 December 2026")
    expect(main.locator("details.part summary").first).to_contain_text("midwife: Germany → France")


def test_where_is_recognition_hardest(hand: Hand) -> None:
    hand.click(hand.page.get_by_role("main").get_by_role("link", name="Map of obstacles"))
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Map of obstacles")


@pytest.mark.parametrize(
    ("path", "lang"), in_turn([(path, lang) for path in PAGES for lang in LANGUAGES], 7, pytest.mark.whole)
)
def test_what_is_printed_says_what_it_is(browser: Browser, address: str, path: str, lang: str) -> None:  # noqa: F811
    """Forms stay off paper; that it is no law in force, and what was asked for, do not."""
    context = new_reader(browser, base_url=address, locale="en-GB")
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if path.startswith("/reforms"):
        expect(page.locator("strong", has_text=NOT_IN_FORCE[lang]).first).to_be_visible()
    if "home=" in path:
        expect(page.locator(".given")).to_be_visible()
    expect(page.locator("main form").first).to_be_hidden()
    context.close()


NOT_IN_FORCE = {
    "en": "Not law in force",
    "nl": "Geen geldend recht",
    "fr": "Pas du droit en vigueur",
    "de": "Kein geltendes Recht",
}


@needs_axe
@pytest.mark.parametrize(
    ("path", "lang"), in_turn([(path, lang) for path in PAGES for lang in LANGUAGES], 7, pytest.mark.whole)
)
def test_axe_finds_nothing_and_nothing_is_too_wide(browser: Browser, address: str, path: str, lang: str) -> None:  # noqa: F811
    context = new_reader(browser, base_url=address, bypass_csp=True, viewport={"width": 320, "height": 800})
    page = context.new_page()
    page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []
    context.close()
