"""Every IRI of our namespace answers: with a page for people and with RDF for machines."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import RdfFormat, Store, parse

from graph_api.build.pipeline import BUILD
from graph_api.rdf.terms import ESCO_KINDS, NAMESPACE, local_path
from graph_api.store.local import CurrentStore
from graph_api.web.addresses import page_path
from graph_api.web.linked_data import canonical

HTML = {"Accept": "text/html,application/xhtml+xml"}
TURTLE = {"Accept": "text/turtle"}
STATEMENT = re.compile(r"(?:<([^>]*)>|\S+) <[^>]*> (?:<([^>]*)>|.*) <([^>]*)> \.")
"""A line of N-Quads: what its subject, object and graph are called."""


@pytest.fixture(scope="module")
def our_iris(data: Path, stored: Store) -> list[str]:
    """What stands in the dump, and in what a build says of itself, which is in no dump."""
    lines = gzip.decompress((data / "current" / "dump.nq.gz").read_bytes()).decode().splitlines()
    lines += [f"{quad} ." for quad in stored.quads_for_pattern(None, None, None, BUILD)]
    named = {iri for line in lines if (found := STATEMENT.fullmatch(line)) for iri in found.groups() if iri}
    assert len(named) > 10_000
    return sorted({iri.partition("#")[0] for iri in named if iri.startswith(NAMESPACE)})


def follow(client: TestClient, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """The answer after the redirect. A thing's redirect is known (tested below), so its target is asked at once."""
    if path.startswith("/id/"):
        path = path.replace("/id/", "/page/" if headers is HTML else "/data/", 1)
    answer = client.get(path, headers=headers)
    if answer.status_code == 303:
        answer = client.get(answer.headers["location"], headers=headers)
    return answer.status_code, answer.headers.get("content-type", "")


@pytest.mark.long
def test_a_thing_of_every_kind_redirects(client: TestClient, our_iris: list[str]) -> None:
    kinds = {iri.split("/")[5]: iri for iri in our_iris if "/id/" in iri}
    assert len(kinds) > 25
    for kind, iri in kinds.items():
        for headers, place in ((HTML, "page"), (TURTLE, "data")):
            answer = client.get(local_path(iri) or "", headers=headers)
            assert answer.status_code == 303
            assert answer.headers["location"] == f"/{place}/{kind}/{iri.rsplit('/', 1)[1]}"


@pytest.mark.parametrize("kind", [*ESCO_KINDS, "profession", "scheme"])
def test_the_page_of_a_thing_is_found_from_its_address_and_back(kind: str) -> None:
    assert page_path(canonical(kind, "c-1")) == f"/page/{kind}/c-1"


FORMS = pytest.mark.parametrize(
    ("headers", "media", "one_in"), [(HTML, "text/html", 8000), (TURTLE, "text/turtle", 2000)], ids=["page", "turtle"]
)


def sampled(iris: list[str], version: str, one_in: int, few: int = 1) -> list[str]:
    """The IRIs of small kinds, and of the others a share that is another for every version of the data."""
    kinds: dict[str, list[str]] = {}
    for iri in iris:
        kinds.setdefault("/".join(iri.split("/")[:6]), []).append(iri)
    drawn = (iri for iri in iris if zlib.crc32(f"{version} {iri}".encode()) % one_in == 0)
    return sorted({*drawn, *(iri for kind in kinds.values() for iri in kind[:few])})


@FORMS
def test_an_iri_of_ours_answers(
    client: TestClient, store: CurrentStore, our_iris: list[str], headers: dict[str, str], media: str, one_in: int
) -> None:
    """Things, named graphs (with their rows), the vocabulary, concepts of national schemes: a sample of each kind."""
    some = sampled(our_iris, store.version, one_in)
    assert len(some) > 50
    assert_all_answer(client, some, headers, media)


@pytest.mark.long
@FORMS
def test_more_iris_of_ours_answer(
    client: TestClient, store: CurrentStore, our_iris: list[str], headers: dict[str, str], media: str, one_in: int
) -> None:
    assert_all_answer(client, sampled(our_iris, store.version, one_in // 20, few=2), headers, media)


@pytest.mark.whole
@FORMS
def test_every_iri_of_ours_answers(
    client: TestClient, store: CurrentStore, our_iris: list[str], headers: dict[str, str], media: str, one_in: int
) -> None:
    assert_all_answer(client, our_iris, headers, media)


def test_the_sample_moves_with_the_data_and_leaves_out_no_kind() -> None:
    iris = [f"{NAMESPACE}id/{kind}/{number}" for kind in ("a", "b") for number in range(400)]
    one, other = (sampled(iris, version, 10) for version in ("one", "other"))
    assert one != other
    assert 60 < len(one) < 200
    assert sampled([iris[0], iris[-1]], "one", 10**9) == [iris[0], iris[-1]]


def assert_all_answer(client: TestClient, iris: list[str], headers: dict[str, str], media: str) -> None:
    silent = []
    for iri in iris:
        status, kind = follow(client, local_path(iri) or "", headers)
        if status != 200 or not kind.startswith(media):
            silent.append((iri, status, kind))
    assert silent == []


@pytest.mark.parametrize(
    ("accept", "place"),
    [
        ("text/html", "/page/profession/midwife"),
        ("text/turtle", "/data/profession/midwife"),
        ("application/ld+json", "/data/profession/midwife"),
        ("application/n-triples", "/data/profession/midwife"),
        ("text/html;q=0.2, text/turtle", "/data/profession/midwife"),
        ("*/*", "/page/profession/midwife"),
    ],
)
def test_a_thing_sends_everyone_to_the_right_place(client: TestClient, accept: str, place: str) -> None:
    answer = client.get("/id/profession/midwife", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("wanted", ["ttl", "nt", "rdf", "jsonld"])
def test_the_same_statements_in_every_format(client: TestClient, wanted: str) -> None:
    formats = {
        "ttl": RdfFormat.TURTLE,
        "nt": RdfFormat.N_TRIPLES,
        "rdf": RdfFormat.RDF_XML,
        "jsonld": RdfFormat.JSON_LD,
    }
    reference = client.get("/data/profession/midwife?format=nt").content
    expected = {quad.triple for quad in parse(reference, format=RdfFormat.N_TRIPLES)}
    answer = client.get(f"/data/profession/midwife?format={wanted}")
    assert {quad.triple for quad in parse(answer.content, format=formats[wanted])} == expected
    assert len(expected) > 10


def test_who_asks_for_json_gets_json_ld(client: TestClient) -> None:
    """JSON-LD 1.1 is JSON; `/sparql` sends it so too."""
    asked = {"Accept": "application/json"}
    assert client.get("/id/profession/midwife", headers=asked).headers["location"] == "/data/profession/midwife"
    answer = client.get("/data/profession/midwife", headers=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert {node["@id"] for node in answer.json()} >= {"https://w3id.org/passerelle/id/profession/midwife"}


def test_a_format_that_is_not_offered_is_406(client: TestClient) -> None:
    answer = client.get("/data/profession/midwife", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert "text/turtle" in answer.json()["detail"]


def test_what_is_not_in_the_graph_is_404_and_says_so(client: TestClient) -> None:
    answer = client.get("/id/profession/astrologer", headers=TURTLE)
    assert answer.status_code == 404
    assert answer.json()["error"] == "unknown_identifier"
    assert "astrologer" in answer.json()["detail"]


def test_an_answer_says_which_version_it_was_made_from(client: TestClient, store: CurrentStore) -> None:
    for path in ("/data/profession/midwife?format=ttl", "/api/v1/professions/midwife"):
        assert client.get(path).headers["x-passerelle-version"] == store.version
