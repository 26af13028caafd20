"""The Python client, in turn and concurrently, over the real service; and against the contract."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from graph_api import client as clients
from graph_api.client import AsyncPasserelle, Passerelle, Patience, RequestFailed

NURSE = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "NL"}


@pytest.fixture
def passerelle(server: str) -> Iterator[Passerelle]:
    with Passerelle(server) as opened:
        yield opened


def served(client: TestClient, address: str) -> Any:
    return client.get(address).json()


def test_a_question_gets_the_answer_of_the_service(passerelle: Passerelle, client: TestClient) -> None:
    found = passerelle.paths(**NURSE, as_of="2026-11-23")
    assert found["outcome"] == "automatic"
    asked = "/api/v1/paths?qualification=fr-dei&profession=nurse-general-care&country=NL&as_of=2026-11-23"
    assert found["paths"] == served(client, asked)["paths"]


def test_many_questions_are_answered_in_their_order(passerelle: Passerelle) -> None:
    questions = [{**NURSE, "country": country} for country in ("NL", "LU", "XX", "FR")]
    found = list(passerelle.paths_many(questions))
    assert [item.get("outcome") or item["error"] for item in found] == [
        "automatic",
        "automatic",
        "BadRequest",
        "own_title",
    ]


def test_a_collection_is_read_to_its_end(passerelle: Passerelle, client: TestClient) -> None:
    small = [item["slug"] for item in passerelle.all("regimes", limit=7)]
    whole = [item["slug"] for item in served(client, "/api/v1/regimes?limit=500")["results"]]
    assert small == whole
    assert len(whole) > 70


def test_things_are_found_read_compared_and_asked(passerelle: Passerelle) -> None:
    assert passerelle.search("Hebamme", kind="profession")[0]["slug"] == "midwife"
    assert passerelle.one("professions", "midwife", lang="nl")["label"] == "verloskundige"
    assert passerelle.resolve(profession="coiffeuse", from_="FR", to="BE-fr")["covered"] is True
    assert len(passerelle.compare("fr-deas-2021", "nl-verzorgende-ig")["qualifications"]) == 2
    assert passerelle.query("SELECT (1 + 1 AS ?two) {}") == [{"two": "2"}]
    assert passerelle.query("ASK { ?s ?p ?o }") is True


def test_what_is_refused_says_what_to_change(passerelle: Passerelle) -> None:
    with pytest.raises(RequestFailed, match=r"400: .*'profession' is missing") as refused:
        passerelle.paths(country="NL")
    assert refused.value.status == 400
    with pytest.raises(RequestFailed, match="404: there is no profession 'astrologer'"):
        passerelle.one("professions", "astrologer")


def test_the_same_concurrently(server: str, passerelle: Passerelle) -> None:
    async def session() -> Any:
        async with AsyncPasserelle(server) as opened:
            several = await asyncio.gather(*(opened.paths(**{**NURSE, "country": to}) for to in ("NL", "LU", "FR")))
            many = [item async for item in opened.paths_many([NURSE])]
            slugs = [item["slug"] async for item in opened.all("regimes", limit=30)]
            rest = (
                await opened.search("Hebamme", kind="profession"),
                await opened.one("professions", "midwife", lang="nl"),
                await opened.resolve(profession="coiffeuse", from_="FR", to="BE-fr"),
                await opened.compare("fr-deas-2021", "nl-verzorgende-ig"),
                await opened.query("SELECT (1 + 1 AS ?two) {}"),
            )
            return several, many, slugs, rest

    several, many, slugs, rest = asyncio.run(session())
    assert [item["outcome"] for item in several] == ["automatic", "automatic", "own_title"]
    assert many[0]["outcome"] == "automatic"
    assert slugs == [item["slug"] for item in passerelle.all("regimes")]
    assert rest == (
        passerelle.search("Hebamme", kind="profession"),
        passerelle.one("professions", "midwife", lang="nl"),
        passerelle.resolve(profession="coiffeuse", from_="FR", to="BE-fr"),
        passerelle.compare("fr-deas-2021", "nl-verzorgende-ig"),
        [{"two": "2"}],
    )


class Flaky:
    """A service that is busy at first."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        status = self.statuses.pop(0)
        if status == 0:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(status, json={"results": [], "detail": "busy"}, headers={"Retry-After": "0"})


def test_a_busy_service_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_FIRST_PAUSE", 0.0)
    flaky = Flaky(429, 503, 0, 200)
    with Passerelle("http://passerelle.test", transport=httpx.MockTransport(flaky)) as opened:
        assert opened.search("nurse") == []
    assert flaky.asked == 4


@pytest.mark.parametrize(("statuses", "asked"), [((400,), 1), ((503, 503, 503), 3)])
def test_what_cannot_succeed_is_not_asked_again(statuses: tuple[int, ...], asked: int) -> None:
    flaky = Flaky(*statuses)
    patience = Patience(retries=2)
    with (
        Passerelle("http://passerelle.test", patience=patience, transport=httpx.MockTransport(flaky)) as opened,
        pytest.raises(RequestFailed, match=f"{statuses[0]}: busy"),
    ):
        opened.search("nurse")
    assert flaky.asked == asked


def test_a_concurrent_client_is_as_patient() -> None:
    flaky = Flaky(429, 503, 200)

    async def session() -> Any:
        transport = httpx.MockTransport(flaky)
        async with AsyncPasserelle("http://passerelle.test", transport=transport) as opened:
            return await opened.search("nurse")

    assert asyncio.run(session()) == []
    assert flaky.asked == 3


def test_no_connection_is_no_answer() -> None:
    with (
        Passerelle("http://127.0.0.1:1", patience=Patience(retries=0)) as opened,
        pytest.raises(httpx.ConnectError),
    ):
        opened.search("nurse")


def test_every_call_stands_in_the_contract(client: TestClient) -> None:
    contract = served(client, "/openapi.json")["paths"]
    given: dict[str, Any] = {"lang": "en"}
    calls = [
        clients.paths_call(NURSE),
        clients.many_call([NURSE]),
        clients.resolve_call(
            {"from_": "FR", "to": "NL", "profession": "a", "qualification": "b", "place": "c", **given}
        ),
        clients.search_call("a", {"kind": "profession", "country": "FR", "limit": 2, **given}),
        clients.all_call("professions", {"limit": 2, "offset": 0, **given}),
        clients.compare_call(["a", "b"], {"profession": "c", "country": "NL", **given}),
        clients.query_call("ASK {}"),
    ]
    for call in calls:
        operation = contract[call.path]["get" if call.body is None else "post"]
        known = {item["name"] for item in operation.get("parameters", ())}
        assert {name for name, _ in call.params} <= known, call
    assert "/api/v1/professions/{slug}" in contract


def test_both_clients_offer_the_same() -> None:
    def offered(kind: type) -> set[str]:
        return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}

    assert offered(Passerelle) == offered(AsyncPasserelle) >= {"paths", "paths_many", "resolve", "all", "query"}


def test_the_example_of_its_docstring_runs(server: str) -> None:
    lines = [line[4:] for line in (clients.__doc__ or "").splitlines() if line.startswith("    ")]
    example = "\n".join(lines).replace("http://127.0.0.1:8000", server)
    names: dict[str, Any] = {}
    exec(compile(example, str(Path(clients.__file__)), "exec"), names)
    assert names["answer"]["outcome"] == "automatic"


def test_a_long_batch_is_sent_in_parts() -> None:
    sizes: list[int] = []

    def count(request: httpx.Request) -> httpx.Response:
        lines = request.content.splitlines()
        sizes.append(len(lines))
        return httpx.Response(200, text="\n".join('{"outcome": "none"}' for _ in lines))

    with Passerelle("http://passerelle.test", transport=httpx.MockTransport(count)) as opened:
        answers = opened.paths_many({"profession": "a", "country": "b"} for _ in range(450))
        assert len(list(islice(answers, 1))) == 1
        assert sizes == [200], "the first answer comes before the last question is sent"
        assert len(list(answers)) == 449
    assert sizes == [200, 200, 50]
