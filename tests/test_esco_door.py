"""The door shaped like ESCO's own service, over an invented release: whole answers, three shapes of collections, errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from graph_api.build import pipeline
from graph_api.inputs.folders import Sources
from graph_api.inputs.releases import import_release
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from graph_api.web.esco.concepts import Reading
from tests.release_fixtures import BAKER, BAKING, DOUGH, ESCO, GLOW, KNEAD, MODEL, MOON_BAKER, SUBGROUP, write_esco
from tests.small_sources import small_sources

API = "/esco/api"


@pytest.fixture(scope="module")
def esco(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service over an invented ESCO 1.1.1, and hardly anything else."""
    folder = tmp_path_factory.mktemp("esco-door")
    data = folder / "data"
    import_release("esco", [write_esco(folder / "esco", ["en", "nl"])], data, version="1.1.1")
    sources = small_sources(folder / "sources")
    pipeline.build(Sources(sources / "ontology", sources / "mappings"), data)
    with TestClient(create_app(Settings(data=data), CurrentStore(data)), follow_redirects=False) as client:
        yield client


def asked(esco: TestClient, route: str, **params: Any) -> Any:
    answer = esco.get(f"{API}{route}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def followed(esco: TestClient, link: dict[str, str]) -> Any:
    parts = urlsplit(link["href"])
    return esco.get(f"{parts.path}?{parts.query}").json()


def test_a_resource_has_its_texts_and_links(esco: TestClient) -> None:
    found = asked(esco, "/resource/occupation", uri=BAKER, language="en")
    links = found.pop("_links")
    assert found == {
        "className": "Occupation",
        "classId": f"{MODEL}Occupation",
        "uri": BAKER,
        "title": "baker",
        "referenceLanguage": ["en"],
        "code": "7512.1",
        "status": "released",
        "preferredLabel": {"en": "baker", "nl": "bakker"},
        "alternativeLabel": {"en": ["bread maker", "loafer"], "nl": ["bread maker", "loafer"]},
        "alternativeTerms": {},
        "description": {lang: {"literal": "Bakers bake.", "mimetype": "plain/text"} for lang in ("en", "nl")},
        "selectedVersion": "v1.1.1",
    }
    assert links["self"]["uri"] == BAKER
    assert [link["uri"] for link in links["broaderIscoGroup"]] == [SUBGROUP]
    assert links["broaderIscoGroup"][0]["code"] == "7512"
    assert [link["uri"] for link in links["narrowerOccupation"]] == [MOON_BAKER]
    assert {link["uri"] for link in links["isInScheme"]} >= {f"{ESCO}concept-scheme/occupations"}


def test_a_link_is_a_call_and_names_the_concept(esco: TestClient) -> None:
    links = asked(esco, "/resource/occupation", uri=BAKER, language="nl")["_links"]
    (skill, *_) = links["hasEssentialSkill"]
    assert skill["uri"] in (KNEAD, DOUGH)
    assert skill["skillType"].startswith(f"{ESCO}skill-type/")
    there = followed(esco, skill)
    assert (there["uri"], there["title"]) == (skill["uri"], skill["title"])
    assert BAKER in [link["uri"] for link in there["_links"]["isEssentialForOccupation"]]


def test_terms_have_the_roles_that_the_rdf_of_a_release_gives_them() -> None:
    thing = {"altLabel@nl": ["bakster", "broodmaker"], "altLabel@en": ["bread maker"], "femaleTerm@nl": ["bakster"]}
    record = Reading("", "nl", {BAKER: {"iri": [BAKER], **thing}}, {}, {}, whole=False).record(BAKER)
    assert record["alternativeTerms"] == {
        "nl": [{"roles": ["female"], "label": "bakster"}, {"roles": [], "label": "broodmaker"}]
    }


def test_search_has_one_shape(esco: TestClient) -> None:
    found = asked(esco, "/search", text="bread maker", type="occupation", language="nl")
    assert (found["total"], found["offset"], found["limit"]) == (1, 0, 20)
    (hit,) = found["_embedded"]["results"]
    assert (hit["uri"], hit["title"], hit["searchHit"]) == (BAKER, "bakker", "bread maker")
    assert set(hit["_links"]) == {"self"}
    assert "hasEssentialSkill" in asked(esco, "/search", text="baker", full=True)["_embedded"]["results"][0]["_links"]
    assert asked(esco, "/suggest2", text="bread maker", type="occupation", language="nl")["total"] == 1
    assert asked(esco, "/search", text="bread maker", type="skill")["total"] == 0


def test_without_a_text_a_type_is_read_to_its_end(esco: TestClient) -> None:
    page = asked(esco, "/search", type="skill", limit=2)
    assert page["total"] == 3
    seen = [hit["uri"] for hit in page["_embedded"]["results"]]
    while "next" in page["_links"]:
        page = followed(esco, page["_links"]["next"])
        seen += [hit["uri"] for hit in page["_embedded"]["results"]]
    assert sorted(seen) == sorted([KNEAD, DOUGH, GLOW])
    assert "prev" in page["_links"]


def test_the_members_of_a_scheme_are_keyed_by_their_addresses(esco: TestClient) -> None:
    scheme = f"{ESCO}concept-scheme/occupations"
    found = asked(esco, "/resource/occupation", isInScheme=scheme, limit=1, offset=1)
    assert (found["total"], list(found["_embedded"])) == (2, [MOON_BAKER])
    assert found["_embedded"][MOON_BAKER]["title"] == "moon baker"
    assert "next" not in found["_links"]


def test_what_is_related_is_named_by_the_relation(esco: TestClient) -> None:
    found = asked(esco, "/resource/related", uri=BAKER, relation="narrowerOccupation")
    assert (found["total"], [item["uri"] for item in found["_embedded"]["narrowerOccupation"]]) == (1, [MOON_BAKER])
    assert asked(esco, "/resource/related", uri=MOON_BAKER, relation="narrowerOccupation")["_embedded"] == {
        "narrowerOccupation": []
    }
    full = asked(esco, "/resource/related", uri=BAKER, relation="broaderIscoGroup", full=True)
    assert full["_embedded"]["broaderIscoGroup"][0]["className"] == "Concept"


def test_groups_and_schemes_are_concepts_and_taxonomies(esco: TestClient) -> None:
    assert asked(esco, "/resource/concept", uri=SUBGROUP)["code"] == "7512"
    assert asked(esco, "/resource/concept", uri=BAKING)["className"] == "Concept"


def test_hal_is_given_to_who_asks_for_it(esco: TestClient) -> None:
    address = f"{API}/resource/occupation?uri={BAKER}"
    assert (
        esco.get(address, headers={"Accept": "application/hal+json"}).headers["content-type"] == "application/hal+json"
    )
    assert esco.get(address).headers["content-type"] == "application/json"


@pytest.mark.parametrize("version", ["1.1.1", "v1.1.1", "latest", ""])
def test_the_version_is_honoured_and_echoed(esco: TestClient, version: str) -> None:
    assert asked(esco, "/resource/occupation", uri=BAKER, selectedVersion=version)["selectedVersion"] == "v1.1.1"


@pytest.mark.parametrize(
    ("address", "status", "logref", "says"),
    [
        (
            f"/resource/occupation?uri={BAKER}&version=v1.0.9",
            400,
            "BadInputException",
            "'version' is no parameter here",
        ),
        (
            f"/resource/occupation?uri={BAKER}&selectedVersion=v1.0.9",
            400,
            "BadInputException",
            "'v1.0.9' is not served here",
        ),
        (
            f"/resource/occupation?uri={ESCO}occupation/none&version=1",
            400,
            "BadInputException",
            "'version' is no parameter here",
        ),
        (f"/resource/label?uri={BAKER}", 400, "BadInputException", "'label' is no class"),
        ("/resource/occupation", 400, "BadInputException", "give the concept with uri="),
        ("/resource/occupation?uri=http://example.org/x", 400, "BadInputException", "no IRI of ESCO"),
        (f"/resource/occupation?uri={ESCO}occupation/%3E", 400, "BadInputException", "no IRI of ESCO"),
        (f"/resource/occupation?uri={ESCO}occupation/none", 404, "NotFoundException", "there is no concept"),
        (f"/resource/skill?uri={BAKER}", 404, "NotFoundException", "there is no skill"),
        (f"/resource/related?uri={BAKER}&relation=eats", 400, "BadInputException", "'eats' is no relation"),
        ("/search?type=food", 400, "BadInputException", "type"),
        ("/search?text=a&limit=0", 400, "BadInputException", "limit"),
        ("/resource/occupation?isInScheme=http://example.org/scheme", 400, "BadInputException", "no concept scheme"),
        ("/nothing", 404, "NotFoundException", "/esco/api/nothing"),
    ],
)
def test_errors_have_the_shape_of_the_official_service(
    esco: TestClient, address: str, status: int, logref: str, says: str
) -> None:
    answer = esco.get(API + address)
    assert answer.status_code == status
    body = answer.json()
    assert (body["logref"], body["status"], body["_links"]) == (logref, status, None)
    assert says in body["message"]


def test_where_no_release_is_loaded_the_version_is_unknown(client: TestClient) -> None:
    found = client.get(f"{API}/search?text=nurse").json()
    assert found["selectedVersion"] is None
    assert client.get(f"{API}/search?text=nurse&selectedVersion=v1.1.1").json()["message"].endswith("none is loaded")
