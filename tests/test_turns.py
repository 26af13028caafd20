"""Few requests are worked on at once, by turns between clients; costly ones are answered beside, as if in place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from graph_api.errors import LimitReached
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web import turns
from graph_api.web.app import create_app
from graph_api.web.in_scope import BESIDE
from graph_api.web.maps import MAPS_AN_HOUR, Maps
from graph_api.web.reconcile.shared import FEW
from graph_api.web.turns import (
    FORGOTTEN,
    MOST_SECONDS,
    MUCH_SECONDS,
    OTHERS_SECONDS,
    PLACES,
    PLACES_BESIDE,
    Taken,
    Turns,
)

GREEDY, USER = "198.51.100.1", "203.0.113.9"


class Work:
    """An application whose answers come one by one, when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.begun: list[str] = []
        self.statuses: list[tuple[str, int]] = []
        self._ends: list[asyncio.Event] = []
        self.besides: list[bool] = []
        self._door = Turns(self._app, Taken(self._now), self._now, lambda scope: scope["method"] == "GET")

    def _now(self) -> float:
        return self.seconds

    async def _app(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.begun.append(scope["client"][0])
        self.besides.append(BESIDE in scope)
        end = asyncio.Event()
        self._ends.append(end)
        await end.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    def ask(self, client: str, path: str = "/api/v1/search", method: str = "POST") -> asyncio.Task[None]:
        """A client asks."""

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.statuses.append((client, message["status"]))

        async def receive() -> Message:
            return {"type": "http.request"}

        scope = {"type": "http", "method": method, "path": path, "headers": [], "client": (client, 1)}
        return asyncio.create_task(self._door(scope, receive, send))

    async def settle(self) -> None:
        """Whatever can go on has gone on."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def end(self, number: int) -> None:
        """The answer to the request that began as that one is there."""
        self._ends[number].set()
        await self.settle()


def test_who_asks_once_does_not_wait_for_those_who_ask_without_end() -> None:
    async def run() -> None:
        work = Work()
        tasks = [work.ask(GREEDY) for _ in range(20)]
        await work.settle()
        assert work.begun == [GREEDY] * PLACES, "so few are worked on at once"
        tasks += [work.ask(USER)]
        await work.end(0)
        assert work.begun == [*[GREEDY] * PLACES, USER], "the next place is the user's"
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def test_clients_take_turns() -> None:
    async def run() -> None:
        work = Work()
        tasks = [work.ask(client) for client in "aaaabbbcc"]
        await work.settle()
        for number in range(7):
            await work.end(number)
        assert work.begun == ["a", "a", "b", "c", "a", "b", "c", "a", "b"]
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def test_who_asks_without_a_pause_comes_after_the_others_and_leaves_them_the_last_place() -> None:
    async def run() -> None:
        work = Work()
        tasks = [work.ask(GREEDY) for _ in range(PLACES + 4)]
        await work.settle()
        work.seconds += MUCH_SECONDS * 2
        for number in range(PLACES):
            await work.end(number)
        assert len(work.begun) == PLACES + max(1, PLACES - 1), "who has taken much leaves the last place free"
        tasks += [work.ask(USER)]
        await work.settle()
        assert work.begun[-1] == USER
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def test_who_asks_without_a_pause_is_answered_beside_while_others_ask() -> None:
    async def run() -> None:
        work = Work()
        tasks = [work.ask(GREEDY, "/sparql"), work.ask(GREEDY)]
        await work.settle()
        work.seconds += MUCH_SECONDS * 2
        await work.end(1)
        work.seconds += OTHERS_SECONDS
        tasks += [work.ask(GREEDY, method="GET")]
        await work.settle()
        assert work.besides == [False] * 3, "where nobody else asks, it is answered here"
        tasks += [work.ask(USER, method="GET"), *(work.ask(GREEDY, method="GET") for _ in range(3))]
        await work.settle()
        assert work.begun[3:] == [USER, *[GREEDY] * PLACES_BESIDE]
        for number in (4, 5):
            await work.end(number)
        assert work.begun[3:] == [USER, *[GREEDY] * 3]
        assert work.besides[3:] == [False, *[True] * 3], "one after the other"
        tasks += [work.ask(GREEDY, method="POST")]
        await work.settle()
        await work.end(2)
        assert work.besides[7:] == [False], "what cannot be answered beside has the place that it had"
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def test_what_was_taken_is_work_of_this_process_and_not_time_that_goes_by() -> None:
    async def run() -> None:
        work = Work()
        work._door = Turns(work._app, Taken(work._now), lambda: work.seconds / 1000)
        tasks = [work.ask(USER)]
        await work.settle()
        work.seconds += MUCH_SECONDS * 100
        await work.end(0)
        assert not work._door._taken.is_much(USER)
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def test_what_was_taken_is_forgotten_while_nothing_is_asked() -> None:
    now = [100.0]
    taken = Taken(lambda: now[0])
    taken.came(GREEDY)
    taken.add(GREEDY, 1000)
    taken.went(GREEDY)
    assert taken.is_much(GREEDY)
    assert not taken.is_much(USER)
    now[0] += (MOST_SECONDS - MUCH_SECONDS) / FORGOTTEN - 1
    taken.came(GREEDY)
    assert taken.is_much(GREEDY)
    now[0] += 1000
    taken.came(GREEDY)
    taken.went(GREEDY)
    taken.went(GREEDY)
    assert taken.is_much(GREEDY), "to wait for an answer is no pause"
    now[0] += 2
    taken.came(GREEDY)
    assert not taken.is_much(GREEDY)


def test_to_ask_at_another_door_is_no_pause() -> None:
    async def run() -> None:
        work = Work()
        tasks = [work.ask(GREEDY)]
        await work.settle()
        work.seconds += MUCH_SECONDS * 2
        await work.end(0)
        tasks += [work.ask(GREEDY, "/sparql")]
        await work.settle()
        work.seconds += 1000
        await work.end(1)
        tasks += [work.ask(GREEDY)]
        await work.settle()
        assert work._door._taken.is_much(GREEDY)
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def test_a_full_queue_turns_away_whoever_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 3)

    async def run() -> None:
        work = Work()
        tasks = [work.ask(GREEDY) for _ in range(PLACES + 3)]
        await work.settle()
        tasks += [work.ask(GREEDY)]
        await work.settle()
        assert work.statuses == [(GREEDY, 429)]
        tasks += [work.ask(USER)]
        await work.settle()
        assert work.statuses == [(GREEDY, 429)] * 2, "the last of those who wait makes room"
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def test_who_has_gone_gives_the_place_back_and_operators_never_wait() -> None:
    async def run() -> None:
        work = Work()
        tasks = [work.ask(GREEDY) for _ in range(PLACES + 1)]
        await work.settle()
        tasks += [work.ask(USER, "/health")]
        await work.settle()
        assert work.begun[PLACES:] == [USER]
        tasks[0].cancel()
        tasks[PLACES].cancel()
        tasks += [work.ask(USER)]
        await work.settle()
        assert work.begun[PLACES:] == [USER, USER]
        for task in tasks:
            task.cancel()

    asyncio.run(run())


@pytest.fixture(scope="module")
def own(data: Path, store: CurrentStore) -> Iterator[TestClient]:
    """A service of its own, whose processes end with it, and which answers anew what is asked again."""
    with TestClient(create_app(Settings(data=data, kept_megabytes=0), store)) as client:
        yield client


def test_a_costly_request_is_answered_beside_as_it_would_be_in_place(
    own: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {f"q{number}": {"query": f"nurse {number}", "limit": 2} for number in range(FEW + 1)}
    asked: dict[str, Any] = {"data": {"queries": json.dumps(names)}, "headers": {"accept-language": "de"}}
    beside = own.post("/reconcile/0.2", **asked)
    services = own.app.state.services  # type: ignore[attr-defined]
    assert services.beside._hands._idle, "a process has answered"
    monkeypatch.setattr(services.beside, "_can", False)
    in_place = own.post("/reconcile/0.2", **asked)
    assert (beside.status_code, beside.json()) == (200, in_place.json())
    told = {"content-type", "x-passerelle-version", "content-length", "access-control-allow-origin"}
    for name in told:
        assert beside.headers.get(name) == in_place.headers.get(name)


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api/v1/professions/midwife", "application/json"),
        ("/api/v1/paths?qualification=fr-dei&profession=nurse-general-care&country=NL", "application/json"),
        ("/page/profession/midwife", "text/html"),
        ("/data/profession/midwife", "text/turtle"),
        ("/api/v1/professions/no-such-thing", "application/json"),
    ],
)
def test_who_asks_without_a_pause_is_answered_beside_as_in_place(
    own: TestClient, path: str, accept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Accept": accept, "Accept-Language": "nl"}
    in_place = own.get(path, headers=headers)
    monkeypatch.setattr(turns, "MUCH_SECONDS", -1.0)
    monkeypatch.setattr(turns.Turns, "_others_ask", lambda _: True)
    asked: list[object] = []
    beside = own.app.state.services.beside  # type: ignore[attr-defined]
    do = beside._hands.do
    monkeypatch.setattr(beside._hands, "do", lambda *given, **named: (asked.append(given), do(*given, **named))[1])
    answer = own.get(path, headers=headers)
    assert len(asked) == 1
    of_the_request = {"x-request-id", "ratelimit-remaining", "ratelimit-reset"}
    assert (answer.status_code, answer.content) == (in_place.status_code, in_place.content)
    assert {name: value for name, value in answer.headers.items() if name not in of_the_request} == {
        name: value for name, value in in_place.headers.items() if name not in of_the_request
    }


def test_what_is_wrong_with_a_costly_request_is_told_as_elsewhere(own: TestClient) -> None:
    extension = {"ids": ["qualification/fr-dei"] * (FEW + 1), "properties": [{"id": "no-property"}]}
    answer = own.post("/reconcile/1.0/extend", json=extension)
    assert answer.status_code == 400 and "no-property" in answer.json()["detail"]


def test_a_full_row_beside_is_429(own: TestClient) -> None:
    beside = own.app.state.services.beside  # type: ignore[attr-defined]
    table = "qualification,profession,country\nfr-dei,nurse-general-care,NL"
    answers = [own.post("/desk", data={"cases": table, "format": "csv"})]
    places, beside._admission._places = beside._admission._places, 0
    waiting, beside._admission._most_waiting = beside._admission._most_waiting, 0
    try:
        answers.append(own.post("/desk", data={"cases": table, "format": "csv"}))
    finally:
        beside._admission._places, beside._admission._most_waiting = places, waiting
    assert [answer.status_code for answer in answers] == [200, 429]
    assert int(answers[1].headers["Retry-After"]) > 0


def test_one_client_has_so_many_maps_of_other_days_made() -> None:
    maps = Maps()
    for _ in range(MAPS_AN_HOUR):
        maps._note(GREEDY)
    with pytest.raises(LimitReached, match="ask again later") as refused:
        maps._note(GREEDY)
    assert refused.value.retry_after and refused.value.limit == "maps_an_hour"
    maps._note(USER)


@pytest.mark.long
def test_maps_that_are_read_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from graph_api.obstacles import kept

    monkeypatch.setattr(kept, "_MOST_KEPT", 2)
    graph = tmp_path / "graphs" / "one"
    graph.mkdir(parents=True)
    (graph / "report.json").write_text('{"version": "one"}')
    monkeypatch.setattr(kept, "all_figures", lambda *_: iter(()))
    days = [date(2026, 1, day) for day in (1, 2, 3)]
    for day in days:
        kept.make(tmp_path, graph, day)
        kept.read(kept.file_of(tmp_path, "one", days[0]))
    assert [kept.file_of(tmp_path, "one", day).exists() for day in days] == [True, False, True]
