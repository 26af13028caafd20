"""The people's door: what a page says, in which language, with which sources, and what it never does."""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from itertools import product
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
from fastapi.testclient import TestClient
from pyoxigraph import Store

from graph_api.competences.comparison import competences
from graph_api.rdf.terms import local_name, thing
from graph_api.store import queries
from graph_api.store.local import CurrentStore
from graph_api.store.things import LANGUAGES
from graph_api.web import addresses, layout
from graph_api.web.pages.drawings.path import WIDTH, Stop, draw
from graph_api.web.pages.facts import HEADINGS
from tests.conftest import in_turn

HTML = {"accept": "text/html"}
NURSE = "/path?profession=nurse-general-care&country=NL&qualification=fr-dei"
PAGES = (
    "/",
    "/path",
    NURSE,
    "/path?profession=nurse-general-care&country=BE&qualification=fr-dei",
    "/path?profession=industrial-electrician&country=DE&qualification=fr-cap-electricien&issued=2010-01-01",
    "/path?qualification_text=infirmier&profession=nurse-general-care&country=NL",
    "/roadmap",
    "/roadmap?profession=healthcare-assistant&from=FR&to=LU",
    "/roadmap?profession=nurse-general-care&from=NL&to=BE",
    "/factsheet",
    "/factsheet?profession=healthcare-assistant&from=FR&to=LU",
    "/factsheet?profession=nurse-general-care&from=NL&to=BE",
    "/common-training-framework",
    "/common-training-framework?profession=healthcare-assistant",
    "/compare?profession=healthcare-assistant",
    "/professions",
    "/qualifications?country=FR",
    "/authorities?country=BE-nl",
    "/regimes",
    "/compare",
    "/compare?qualification=fr-deas-2021&qualification=nl-verzorgende-ig",
    "/classifications",
    "/page/scheme/rome",
    "/page/framework/dqr",
    "/page/framework-level/dqr-6",
    "/dataset",
    "/unknown",
    "/unknown?lack=title&country=LU",
    "/unknown?lack=unread&offset=50",
    "/review",
    "/proposals",
    "/wrong?thing=https%3A%2F%2Fw3id.org%2Fpasserelle%2Fid%2Fqualification%2Ffr-dei",
    "/ontology",
    "/search?q=verpleegkundige",
    "/query",
    "/sparql",
    "/embed",
    "/about",
    "/page/profession/healthcare-assistant",
    "/page/qualification/fr-dei",
    "/page/regime/automatic-annex-v",
    "/page/authority/nl-cibg",
    "/page/jurisdiction/de",
    "/page/graph/mappings/professions",
    "/page/national-profession/nl-nurse-general-care",
    "/desk",
    "/regions",
    "/regions/emr",
    "/path/letters?qualification=fr-dei&profession=nurse-general-care&country=NL",
    "/path/days?qualification=fr-dei&profession=nurse-general-care&country=NL&a=2015-06-01",
    "/page/provision/dir-2005-36-21-1",
    "/page/legal-act/de-pflbg",
)


class Page(HTMLParser):
    """An answer as its tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._texts: list[str] = []
        self._quiet = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._quiet += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self._texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._texts).replace("\u2060", "").split())

    def all(self, tag: str) -> Iterator[dict[str, str]]:
        return (attributes for name, attributes in self.tags if name == tag)

    def links(self) -> list[str]:
        return [link["href"] for link in self.all("a") if "href" in link]


def get(client: TestClient, address: str, **headers: str) -> Page:
    answer = client.get(address, headers={**HTML, **headers})
    assert answer.status_code == 200, (address, answer.status_code, answer.text[:300])
    return Page(answer.text)


# ---- every page ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def once(client: TestClient) -> Callable[[str], httpx.Response]:
    """What an address answers a browser; each is asked once for all the tests of this file."""
    return lru_cache(maxsize=None)(lambda address: client.get(address, headers=HTML))


@pytest.mark.parametrize(("address", "lang"), in_turn(product(PAGES, LANGUAGES), 9))
def test_every_page_speaks_the_language_asked_for(client: TestClient, address: str, lang: str) -> None:
    joined = f"{address}{'&' if '?' in address else '?'}lang={lang}"
    answer = client.get(joined, headers=HTML)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert answer.headers["content-language"] == lang
    assert next(page.all("html"))["lang"] == lang
    current = [link.get("hreflang") for link in page.all("a") if link.get("aria-current") == "true"]
    assert current == [lang]


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_fenced_and_whole(once: Callable[[str], httpx.Response], address: str) -> None:
    answer = once(address)
    policy = answer.headers["content-security-policy"]
    page = Page(answer.text)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not [tag for tag, attributes in page.tags if "style" in attributes or tag == "style"]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    inline = [tag for tag in page.all("script") if "src" not in tag and tag.get("type") != "application/ld+json"]
    assert inline == []
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert [tag for tag, _ in page.tags].count("main") == 1


@pytest.mark.parametrize("address", PAGES)
def test_every_field_has_a_label(once: Callable[[str], httpx.Response], address: str) -> None:
    page = Page(once(address).text)
    labelled = {label["for"] for label in page.all("label") if "for" in label}
    bare = [
        field
        for tag in ("input", "select", "textarea")
        for field in page.all(tag)
        if field.get("type") != "hidden" and field.get("id") not in labelled and "aria-label" not in field
    ]
    assert bare == []


@pytest.mark.parametrize("address", PAGES)
def test_no_file_of_a_page_comes_from_elsewhere(once: Callable[[str], httpx.Response], address: str) -> None:
    page = Page(once(address).text)
    fetched = [tag["src"] for name in ("script", "img", "iframe") for tag in page.all(name) if "src" in tag]
    fetched += [tag["href"] for tag in page.all("link") if tag.get("rel") in ("stylesheet", "icon")]
    assert fetched
    assert [place for place in fetched if not place.startswith("/static/")] == []
    assert [place for place in fetched if once(place).status_code != 200] == []


@pytest.mark.long
def test_three_links_of_each_kind_lead_somewhere(client: TestClient, store: CurrentStore) -> None:
    assert links_lead_somewhere(client, lambda found: Random(store.version).sample(found, min(3, len(found)))) > 1


@pytest.mark.whole
def test_a_dozen_links_of_each_kind_lead_somewhere(client: TestClient) -> None:
    assert links_lead_somewhere(client, lambda found: found[:12]) > 1


def links_lead_somewhere(client: TestClient, chosen: Callable[[list[str]], list[str]]) -> float:
    """How many links were tried of each kind, on average."""
    kinds: dict[str, list[str]] = {}
    for address in PAGES:
        for link in get(client, address).links():
            if link.startswith("/") and "/api/" not in link:
                kinds.setdefault(re.sub(r"(?<=/)[^/?#]+(?=$|[?#])|=[^&#]*", "*", link), []).append(link)
    tried = [link.partition("#")[0] for found in kinds.values() for link in chosen(list(dict.fromkeys(found)))]
    broken = [link for link in tried if client.get(link, headers=HTML).status_code >= 400]
    assert broken == []
    assert len(kinds) > 40
    return len(tried) / len(kinds)


def test_links_to_places_within_a_page_arrive(client: TestClient) -> None:
    for address in ("/ontology", NURSE, "/roadmap?profession=nurse-general-care&from=FR&to=LU"):
        page = get(client, address)
        ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
        assert [link for link in page.links() if link.startswith("#") and link[1:] not in ids] == []


def test_first_view_is_light(client: TestClient) -> None:
    page = client.get(NURSE, headers=HTML)
    files = [tag["href"] for tag in Page(page.text).all("link") if tag.get("rel") in ("stylesheet", "icon")]
    files += [tag["src"] for tag in Page(page.text).all("script") if "src" in tag] + ["/static/suggest.js"]
    weight = len(page.content) + sum(len(client.get(file).content) for file in files)
    assert weight < 200_000, "even without compression the first view stays near the budget of 150 kB compressed"


# ---- language ------------------------------------------------------------------------------------------------------


def test_language_comes_from_the_browser_and_stays_out_of_links(client: TestClient) -> None:
    page = get(client, "/professions", **{"accept-language": "nl-BE,nl;q=0.9,en;q=0.5"})
    assert next(page.all("html"))["lang"] == "nl"
    assert "Beroepen" in page.text
    assert [link for link in page.links() if link.startswith("/page/") and "lang=" in link] == []


def test_chosen_language_is_kept_in_every_own_link(client: TestClient) -> None:
    page = get(client, "/page/profession/midwife?lang=de")
    own = [link for link in page.links() if re.match(r"/(page|path|roadmap|qualifications|$)", link)]
    switches = {link["href"] for link in page.all("a") if "hreflang" in link}
    assert len(own) > 20
    assert [link for link in own if "lang=de" not in link and link not in switches] == []


def test_switcher_keeps_the_question(client: TestClient) -> None:
    page = get(client, NURSE)
    switches = [link["href"] for link in page.all("a") if link.get("hreflang") == "fr"]
    assert [parse_qs(urlsplit(link).query) for link in switches] == [
        {
            "profession": ["nurse-general-care"],
            "country": ["NL"],
            "qualification": ["fr-dei"],
            "lang": ["fr"],
        }
    ]


def test_text_in_another_language_is_marked(client: TestClient) -> None:
    answer = client.get("/page/qualification/fr-dei?lang=de", headers=HTML)
    assert '<span lang="fr">Diplôme d&#39;Etat d&#39;infirmier</span>' in answer.text
    assert 'title="Französisch">fr</abbr>' in answer.text
    assert '<span lang="fr">' not in client.get("/page/qualification/fr-dei?lang=fr", headers=HTML).text


# ---- the path finder -----------------------------------------------------------------------------------------------


def test_answer_says_what_the_interface_says(client: TestClient) -> None:
    page = get(client, NURSE)
    address = next(link for link in page.links() if link.startswith("/api/v1/paths"))
    said = client.get(address).json()
    best = said["paths"][0]["steps"][0]
    assert said["paths"][0]["status"] == "open_if"
    assert said["verdicts"][0]["sentence"] in page.text
    assert best["regime"]["label"] in page.text
    assert best["authority"]["label"] in page.text
    assert "3 months" in page.text
    for condition in best["conditions"]:
        assert condition["label"] in page.text
    for part in best["procedure"]:
        assert part["sentence"] in page.text
        assert all(document["label"] in page.text for document in part["documents"])
    for basis in best["legal_basis"]:
        assert basis["act"] in page.links()
    for source in best["sources"]:
        assert " ".join(source["label"].split()) in page.text


def test_verdict_becomes_certain_when_the_facts_are_given(client: TestClient) -> None:
    page = get(client, NURSE + "&nationality=EU&training_started=2012-09-01&issued=2015-07-01")
    assert "Yes, the title is recognised there without a comparison of the training." in page.text
    assert "Tell us more" not in page.text


def test_only_facts_that_the_best_route_waits_for_are_asked_first(client: TestClient) -> None:
    text = client.get(NURSE, headers=HTML).text
    asked = text[text.index('id="more-title"') : text.index("</form>", text.index('id="more-title"'))]
    names = {
        field["name"] for tag in ("input", "select") for field in Page(asked).all(tag) if field.get("type") != "hidden"
    }
    assert names == {"nationality", "training_started"}


def test_given_facts_survive_the_next_question(client: TestClient) -> None:
    text = client.get(NURSE + "&nationality=EU&issued=2015-07-01", headers=HTML).text
    asked = text[text.index('id="more-title"') : text.index("</form>", text.index('id="more-title"'))]
    kept = {field["name"]: field["value"] for field in Page(asked).all("input") if field.get("type") == "hidden"}
    assert kept == {
        "qualification": "fr-dei",
        "profession": "nurse-general-care",
        "country": "NL",
        "nationality": "EU",
        "issued": "2015-07-01",
    }


def test_closed_regimes_are_named_with_their_reason(client: TestClient) -> None:
    asked = f"{NURSE}&nationality=third_country"
    page = get(client, asked)
    refused = client.get("/api/v1/paths" + asked.removeprefix("/path")).json()["refused"]
    tried = [item for item in refused if "intent" not in {reason["fact"] for reason in item["because"]}]
    shown = [item for item in tried if item["regime"]["label"] in page.text]
    assert len(shown) >= 3
    for item in shown:
        for reason in item["because"]:
            assert reason["label"] in page.text


def test_titles_of_the_day_are_offered_with_the_same_question(client: TestClient) -> None:
    asked = "/path?lang=fr&qualification=fr-deas-2021&profession=healthcare-assistant&country=LU&issued=2015-06-01"
    page = get(client, asked)
    assert "De quel titre s&#39;agit-il" in page.text.replace("'", "&#39;")
    assert "le titre précédent, 22 octobre 2005 – 30 juin 2022" in " ".join(page.text.split())
    moved = asked.replace("lang=fr&qualification=fr-deas-2021&", "").replace("/path?", "")
    links = [attributes["href"] for attributes in page.all("a") if "qualification=fr-deas-2005" in attributes["href"]]
    assert set(moved.split("&")) <= set(links[0].partition("?")[2].split("&"))
    assert "le titre précédent" not in get(client, links[0]).text


def test_a_firm_of_ones_own_is_answered_beside_the_work(client: TestClient) -> None:
    asked = "/path?qualification=fr-cap-electricien&profession=industrial-electrician&country=DE"
    page = get(client, asked)
    assert "Running a firm of your own falls under another profession:" in page.text
    links = [attributes["href"] for attributes in page.all("a") if "profession=electrician" in attributes["href"]]
    assert "qualification=fr-cap-electricien" in links[0]
    assert "Running a firm of your own" not in get(client, links[0]).text


def test_no_route_is_said_plainly(client: TestClient) -> None:
    asked = NURSE + "&nationality=third_country&intent=establishment&as_of=1990-01-01"
    said = client.get("/api/v1/paths" + asked.removeprefix("/path")).json()
    assert (said["outcome"], said["paths"]) == ("none", [])
    assert said["verdicts"][0]["sentence"].startswith("No,")
    assert said["verdicts"][0]["sentence"] in get(client, asked).text


def test_a_state_whose_parts_decide_gets_one_answer_for_each_part(client: TestClient) -> None:
    page = get(client, NURSE.replace("country=NL", "country=BE"))
    places = [attributes["id"] for attributes in page.all("section") if attributes.get("id", "").startswith("place-")]
    assert sorted(places) == ["place-be-de", "place-be-fr", "place-be-nl"]


def test_the_drawing_has_an_equal_list(client: TestClient) -> None:
    text = client.get(NURSE, headers=HTML).text
    assert text.count('<svg class="drawing') == 2
    assert (
        "From Diplôme d&#39;Etat d&#39;infirmier (France), under Automatic recognition of a title in Annex V, to Verpleegkundige (Netherlands)."
        in text
    )


def test_typed_name_with_one_meaning_moves_on(client: TestClient) -> None:
    answer = client.get(
        "/path?qualification_text=&qualification=&profession_text=Hebamme&profession=&country=NL&lang=de", headers=HTML
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/path?profession=midwife&country=NL&lang=de"


def test_typed_name_with_several_meanings_asks_back(client: TestClient) -> None:
    page = get(client, "/path?qualification_text=infirmier&profession=nurse-general-care&country=NL")
    assert "Which one do you mean?" in page.text
    offered = [parse_qs(urlsplit(link).query) for link in page.links() if link.startswith("/path?")]
    assert {
        "qualification": ["fr-dei"],
        "profession": ["nurse-general-care"],
        "country": ["NL"],
    } in offered


def test_typed_nonsense_is_answered_with_advice(client: TestClient) -> None:
    page = get(client, "/path?profession_text=xqzxqz&country=NL")
    assert "We have no table for this profession yet." in page.text
    assert "Who knows more" in page.text


def test_changed_name_wins_over_the_thing_chosen_before(client: TestClient) -> None:
    answer = client.get("/path?profession_text=architect&profession=midwife&country=NL", headers=HTML)
    assert answer.headers["location"] == "/path?profession=architect&country=NL"


def test_a_qualification_that_is_not_listed_goes_on_by_its_state(client: TestClient) -> None:
    page = get(client, "/path?qualification_text=Syrian+nursing+diploma&profession=nurse-general-care&country=NL")
    on = next(link for link in page.links() if "unlisted=" in link)
    assert "Say which country issued your qualification." in get(client, on).text
    answer = get(client, f"{on}&issued_in=SY")
    assert "Syria" in answer.text
    assert "You wrote: Syrian nursing diploma" in answer.text


def test_where_the_place_decides_it_is_asked_and_its_office_named(client: TestClient) -> None:
    asked = "/path?qualification=fr-cap-electricien&profession=electrician&country=DE"
    assert "Postcode or town" in get(client, asked).text
    assert "Handwerkskammer Aachen" in get(client, f"{asked}&place=52062").text
    assert "We do not know the place “Atlantis” there." in get(client, f"{asked}&place=Atlantis").text


def test_a_title_of_another_profession_is_told_what_it_opens(client: TestClient) -> None:
    page = get(client, "/path?qualification=de-geselle-baker&profession=nurse-general-care&country=NL")
    assert "What this qualification opens there" in page.text
    assert any("profession=baker" in link for link in page.links())


def test_no_union_issues_titles_but_other_countries_do(client: TestClient) -> None:
    options = {option["value"] for option in get(client, "/path").all("option")}
    assert {"MA", "UA", "GB", "TR"} <= options
    assert "EU" not in options


def test_missing_parts_of_the_question_are_asked_for(client: TestClient) -> None:
    page = get(client, "/path?qualification=fr-dei")
    assert "Say which profession you want to work in." in page.text
    assert "Say in which country you want to work." in page.text
    assert "Say which" not in get(client, "/path").text


def test_unusable_fact_is_named(client: TestClient) -> None:
    answer = client.get(NURSE + "&issued=yesterday", headers=HTML)
    page = Page(answer.text)
    assert answer.status_code == 400
    assert "This question cannot be answered as it stands." in page.text
    assert "Write the day as year, month and day, such as 2019-07-01." in page.text
    assert "You wrote: yesterday" in page.text


def test_unknown_slug_is_taken_for_something_typed(client: TestClient) -> None:
    page = get(client, "/path?profession=nurse&country=NL")
    assert "Which one do you mean?" in page.text
    assert "/path?profession=nurse-general-care&country=NL" in page.links()


def test_card_speaks_the_readers_language_to_any_page(client: TestClient) -> None:
    answer = client.get("/path/card" + NURSE.removeprefix("/path") + "&lang=nl")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "lang": "nl",
        "status": "open_if",
        "verdict": client.get("/api/v1/paths" + NURSE.removeprefix("/path") + "&lang=nl").json()["verdicts"][0][
            "sentence"
        ],
        "question": "verpleegkundige algemene zorg, Frankrijk → Nederland",
        "route": "Automatische erkenning van een titel in bijlage V",
        "address": "http://testserver/path?profession=nurse-general-care&country=NL&qualification=fr-dei&lang=nl",
    }


# ---- roadmap, comparison, things -----------------------------------------------------------------------------------


def test_roadmap_numbers_its_sources(client: TestClient) -> None:
    page = get(client, "/roadmap?profession=nurse-general-care&from=FR&to=LU")
    ids = {attributes["id"] for attributes in page.all("li") if attributes.get("id", "").startswith("source-")}
    cited = {link[1:] for link in page.links() if link.startswith("#source-")}
    assert cited
    assert cited <= ids


def test_roadmap_of_an_incomplete_question_is_its_form(client: TestClient) -> None:
    page = get(client, "/roadmap?profession=midwife&from=FR")
    chosen = [field["value"] for field in page.all("option") if "selected" in field]
    assert chosen == ["midwife", "FR"]


def test_roadmap_says_what_the_host_permits(client: TestClient) -> None:
    page = get(client, "/roadmap?profession=healthcare-assistant&from=FR&to=LU")
    assert "What you may do at work" in page.text
    assert "Blood pressure" in page.text


def test_profession_is_compared_across_all_deciding_places(client: TestClient) -> None:
    page = get(client, "/page/profession/healthcare-assistant")
    heads = [cell for cell in page.all("th") if cell.get("scope") == "col"]
    assert len(heads) >= 8
    national = {link for link in page.links() if link.startswith("/page/national-profession/")}
    assert {
        f"/page/national-profession/{place}-healthcare-assistant"
        for place in ("be-fr", "be-nl", "de", "fr", "lu", "nl")
    } <= national


def test_compare_shows_what_is_shared_and_what_is_not(client: TestClient, store: CurrentStore) -> None:
    slugs = ("fr-deas-2021", "nl-verzorgende-ig")
    page = get(client, f"/compare?qualification={slugs[0]}&qualification={slugs[1]}")
    held = competences(store, [thing("qualification", slug).value for slug in slugs])
    french, dutch = (set(found) for found in held.values())
    assert french & dutch
    assert f"Shared competences {len(french & dutch)}" in page.text
    shown = {link.rpartition("/")[2] for link in page.links() if link.startswith("/page/competence/")}
    assert shown == {iri.rpartition("/")[2] for iri in french | dutch}


def test_thing_says_where_each_statement_comes_from(client: TestClient) -> None:
    page = get(client, "/page/authority/nl-cibg")
    assert "/page/graph/mappings/authorities" in page.links()
    assert "authorities.csv" in page.text
    formats = [link for link in page.links() if link.startswith("/data/authority/nl-cibg")]
    assert [link.rpartition("=")[2] for link in formats] == ["ttl", "jsonld", "nt"]
    assert [client.get(link).status_code for link in formats] == [200, 200, 200]


def test_a_named_graph_has_a_page_even_when_nothing_is_said_of_it(client: TestClient) -> None:
    page = get(client, "/page/graph/inferred")
    assert "graph/inferred" in page.text
    assert "/data/graph/inferred?format=ttl" in page.links()


def test_query_this_opens_a_query_that_runs(client: TestClient) -> None:
    page = get(client, "/page/profession/midwife")
    link = next(link for link in page.links() if link.startswith("/query?"))
    query = parse_qs(urlsplit(link).query)["query"][0]
    answer = client.get("/sparql", params={"query": query}, headers={"accept": "application/sparql-results+json"})
    assert answer.status_code == 200
    found = {row["qualification"]["value"].rpartition("/")[2] for row in answer.json()["results"]["bindings"]}
    titles = get(client, "/qualifications?profession=midwife").links()
    assert len(found) > 5
    assert {link.rpartition("/")[2] for link in titles if link.startswith("/page/qualification/")} == found
    shown = next(re.finditer(r"<textarea[^>]*>(.*?)</textarea>", client.get(link, headers=HTML).text, re.DOTALL))
    assert unescape(shown[1]).strip() == query.strip()


def test_a_thing_with_thousands_of_links_stays_small_and_is_paged(client: TestClient) -> None:
    address = "/page/jurisdiction/de"
    answer = client.get(address, headers=HTML)
    assert len(answer.content) < 200_000
    more = next(link for link in Page(answer.text).links() if "of=inJurisdiction" in link)
    first = get(client, more.partition("#")[0])
    following = next(link["href"] for link in first.all("a") if link.get("rel") == "next")
    second = get(client, following)
    things = [{link for link in page.links() if link.startswith("/page/")} for page in (first, second)]
    menu = things[0] & things[1]
    assert len(things[0] - menu) > 20
    assert (things[0] - menu) & (things[1] - menu) == set()


def test_regime_page_shows_its_law_and_its_rule(client: TestClient) -> None:
    page = get(client, "/page/regime/automatic-annex-v")
    assert "When this regime is open" in page.text
    assert "CONSTRUCT" in page.text
    assert "#+ basis:" in page.text


def test_refused_mappings_stay_visible_with_their_reason(client: TestClient) -> None:
    page = get(client, "/page/profession/architect")
    assert re.search(r"\d+ matches refused, with their reasons", page.text)
    assert "shares only the word" in page.text


def test_ontology_explains_every_term(client: TestClient) -> None:
    page = get(client, "/ontology?lang=fr")
    ids = {attributes["id"] for attributes in page.all("article") if "id" in attributes}
    assert {"Qualification", "Route", "grantsAccessTo", "Regulated"} <= ids
    assert len(ids) > 150


def test_dataset_counts_what_is_verified(client: TestClient) -> None:
    page = get(client, "/dataset")
    assert len(list(page.all("meter"))) > 20
    assert re.search(r"of the table rows read in their source \d+%", page.text)


def test_lists_are_filtered_and_paged(client: TestClient) -> None:
    french = get(client, "/qualifications?country=FR")
    slugs = [field["value"] for field in french.all("input") if field.get("type") == "checkbox"]
    assert slugs
    assert [slug for slug in slugs if not slug.startswith("fr-")] == []
    everything = get(client, "/qualifications")
    assert [link["href"] for link in everything.all("a") if link.get("rel") == "next"] == ["/qualifications?offset=60"]
    empty = get(client, "/qualifications?country=FR&profession=ski-instructor&offset=6000")
    assert "No qualification fits." in empty.text


# ---- what goes wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "shown"),
    [
        ("/page/profession/nurs", 404, "nursing assistant"),
        ("/page/profession/no-such-thing-anywhere", 404, "There is nothing at this address"),
        ("/page/Bad Kind/x", 404, "There is nothing at this address"),
        ("/nurse", 404, "nurse responsible for general care"),
        ("/page/profession/midwife?offset=many", 400, "This cannot be read as it stands"),
        ("/page/graph/no/such", 404, "There is nothing at this address"),
        ("/page/scheme/rome/nothing", 404, "There is nothing at this address"),
        ("/static/../frame.py", 404, "There is nothing at this address"),
    ],
)
def test_a_wrong_address_is_answered_with_help(client: TestClient, address: str, status: int, shown: str) -> None:
    answer = client.get(address, headers=HTML)
    page = Page(answer.text)
    assert answer.status_code == status
    assert shown in page.text
    assert [field["name"] for field in page.all("input") if field.get("id") == "q"] == ["q"]
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_programs_get_problems_and_not_pages(client: TestClient) -> None:
    answer = client.get("/page/profession/nurs", headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "{{7*7}}", "\x00\u202e", "%"])
@pytest.mark.parametrize("address", ["/search?q=", "/path?country=NL&profession_text=", "/query?query="])
def test_hostile_text_is_shown_and_not_run(client: TestClient, address: str, text: str) -> None:
    answer = client.get(address + quote(text), headers=HTML)
    page = Page(answer.text)
    assert answer.status_code == 200
    inline = [tag.get("type") for tag in page.all("script") if "src" not in tag]
    assert inline == ["application/ld+json"]
    assert len(structured(answer.text)) == 1
    assert list(page.all("img")) == []
    assert "49" not in [field.get("value") for field in page.all("input")]


@pytest.mark.parametrize(
    ("path", "accept", "wanted"),
    [
        ("/page/x/y", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("/page/x/y", "*/*", False),
        ("/page/x/y", "application/json", False),
        ("/page/x/y", "application/json, text/html;q=0.5", False),
        ("/page/x/y", "image/webp", False),
        ("/page/x/y", "", False),
        ("/api/v1/paths", "text/html", False),
        ("/sparql", "text/html", False),
        ("/data/profession/midwife", "text/html", False),
        ("/apiary", "text/html", True),
    ],
)
def test_who_gets_a_page(path: str, accept: str, wanted: bool) -> None:
    request: Any = SimpleNamespace(url=SimpleNamespace(path=path), headers={"accept": accept})
    assert addresses.wants_html(request) is wanted


# ---- machines ------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_sitemap_lists_pages_that_exist(client: TestClient) -> None:
    answer = client.get("/sitemap.xml")
    tree = ElementTree.fromstring(answer.content)
    places = [found.text or "" for found in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(set(places)) == len(places)
    assert len(places) > 500
    assert "http://testserver/page/profession/midwife" in places
    for place in places[::97]:
        assert client.get(place, headers=HTML).status_code == 200
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").text


def test_static_files_may_be_kept_only_under_their_stamp(client: TestClient) -> None:
    stamped = client.get(layout.static_address("passerelle.css"))
    bare = client.get("/static/passerelle.css")
    old = client.get("/static/passerelle.css?v=0000000000")
    assert stamped.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert bare.headers["cache-control"] == old.headers["cache-control"] == "no-cache"
    assert bare.headers["content-type"].startswith("text/css")


def structured(text: str) -> list[dict[str, Any]]:
    """The JSON-LD blocks of a page."""
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    return [json.loads(block) for block in blocks]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/", "WebSite"),
        ("/dataset", "Dataset"),
        ("/professions", "WebPage"),
        (NURSE, "WebPage"),
        ("/page/profession/midwife", "Occupation"),
        ("/page/national-profession/nl-nurse-general-care", "Occupation"),
        ("/page/qualification/fr-dei", "EducationalOccupationalCredential"),
        ("/page/authority/nl-cibg", "GovernmentOrganization"),
        ("/page/regime/automatic-annex-v", "Legislation"),
        ("/page/jurisdiction/de", "AdministrativeArea"),
        ("/page/scheme/rome", "DefinedTermSet"),
        ("/page/condition/nationality-covered", "Thing"),
    ],
)
def test_every_kind_of_page_says_what_it_is_to_search_engines(client: TestClient, address: str, kind: str) -> None:
    (said,) = structured(client.get(address, headers=HTML).text)
    assert said["@context"] == "https://schema.org"
    assert said.get("@type", said.get("@graph", [{}])[0].get("@type")) == kind


def test_a_qualification_is_described_as_schema_org_has_it(client: TestClient) -> None:
    (said,) = structured(client.get("/page/qualification/fr-dei?lang=fr", headers=HTML).text)
    assert said["@graph"] == [
        {
            "@type": "EducationalOccupationalCredential",
            "@id": "https://w3id.org/passerelle/id/qualification/fr-dei",
            "url": "http://testserver/page/qualification/fr-dei",
            "name": "Diplôme d'Etat d'infirmier",
            "educationalLevel": ["EQF 6"],
            "validIn": [{"@type": "AdministrativeArea", "name": "France"}],
        },
        {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": 1,
                    "name": "Qualifications",
                    "item": "http://testserver/qualifications",
                },
                {
                    "@type": "ListItem",
                    "position": 2,
                    "name": "Diplôme d'Etat d'infirmier",
                    "item": "http://testserver/page/qualification/fr-dei",
                },
            ],
        },
    ]


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_a_card_for_where_it_is_shared(once: Callable[[str], httpx.Response], address: str) -> None:
    page = Page(once(address).text)
    card = {tag["property"]: tag["content"] for tag in page.all("meta") if "property" in tag}
    (canonical,) = (link["href"] for link in page.all("link") if link.get("rel") == "canonical")
    assert card["og:url"] == canonical == f"http://testserver{address}"
    assert card["og:title"]
    assert card["og:locale"] == "en_GB"
    picture = once(card["og:image"].removeprefix("http://testserver"))
    assert picture.headers["content-type"] == "image/png"
    width, height = struct.unpack(">II", picture.content[16:24])
    assert (str(width), str(height)) == (card["og:image:width"], card["og:image:height"]) == ("1200", "630")


# ---- parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("standing", [True, False])
def test_boxes_of_a_drawing_do_not_touch(standing: bool) -> None:
    nodes = [Stop("title", "a title " * 9, "FR"), Stop("law", "law", ""), Stop("place", "", "NL")]
    drawing = draw(nodes, standing=standing)
    assert len(drawing.arrows) == 2
    for here, there in zip(drawing.boxes, drawing.boxes[1:], strict=False):
        if standing:
            assert here.y + here.height < there.y
        else:
            assert here.x + here.width < there.x
    for box in drawing.boxes:
        assert box.width == WIDTH
        assert box.x > 0
        assert box.x + box.width < drawing.width
        assert box.y + box.height < drawing.height
        assert all(box.y < height < box.y + box.height for height, _ in (*box.lines, *box.below))
        assert all(len(text) * 7.6 < WIDTH for _, text in box.lines)


def test_every_property_stands_under_a_heading_that_pages_have_and_in_a_place_of_its_own(stored: Store) -> None:
    shown = list(stored.query(queries.text_of("shown_properties")))
    assert {row["heading"].value for row in shown} == {*HEADINGS} - {"links"}
    assert len({(row["heading"].value, row["place"].value) for row in shown}) == len(shown) > 100
    assert len({local_name(row["property"].value) for row in shown}) == len(shown)
