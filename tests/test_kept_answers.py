"""Whole answers, given again while the same data are served: the same to the byte, never another's, and not for long."""

from __future__ import annotations

import asyncio
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from graph_api.errors import NoGraph
from graph_api.web.in_scope import BASE
from graph_api.web.kept_answers import MOST_OF_ONE, KeptAnswers

PAGE = "/page/profession/nurse-general-care"
LOOKUP = "/api/v1/professions/nurse-general-care"


class Door:
    """Answers with what it is told, and counts how often it is asked."""

    def __init__(
        self, status: int = 200, body: bytes = b"whole", headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        self.status, self.body, self.headers = status, body, headers
        self.asked = 0
        self.breaks_off = False
        self.opened: asyncio.Event | None = None

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.opened is not None:
            await self.opened.wait()
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body, "more_body": self.breaks_off})


def scope_of(
    path: str = PAGE, query: bytes = b"", base: str = "http://a", method: str = "GET", **headers: str
) -> Scope:
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "path": path, "query_string": query, BASE: base, "headers": told}


async def heard(app: Any, scope: Scope) -> list[Message]:
    """What is sent, by somebody who adds a header of their own to it on the way."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        if "headers" in message:
            message["headers"].append((b"x-request-id", b"%d" % len(messages)))
        messages.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    await app(scope, receive, send)
    return messages


def asked_twice(door: Door, first: Scope, second: Scope, **served: Any) -> int:
    """How often the door was asked when the two requests came one after the other."""
    app = KeptAnswers(door, **{"store": SimpleNamespace(version="1"), "most": 1 << 20, **served})

    async def both() -> None:
        answers = [await heard(app, first), await heard(app, second)]
        if door.asked == 1:
            assert answers[0] == answers[1]

    asyncio.run(both())
    return door.asked


def test_the_same_request_is_answered_again_without_asking_the_door() -> None:
    assert asked_twice(Door(headers=((b"etag", b'W/"1"'),)), scope_of(), scope_of()) == 1


@pytest.mark.parametrize(
    "header", ["user_agent", "referer", "origin", "sec_fetch_mode", "cache_control", "x_request_id"]
)
def test_what_says_nothing_of_the_answer_does_not_part_requests(header: str) -> None:
    assert asked_twice(Door(), scope_of(), scope_of(**{header: "other"})) == 1


@pytest.mark.parametrize(
    "other",
    [
        scope_of(LOOKUP),
        scope_of(query=b"lang=nl"),
        scope_of(base="http://elsewhere"),
        scope_of(accept="text/turtle"),
        scope_of(accept_language="nl"),
        scope_of(accept_encoding="gzip"),
        scope_of(x_of_tomorrow="1"),
    ],
    ids=["address", "question", "host", "accept", "language", "packing", "a header that nobody knows"],
)
def test_another_request_has_an_answer_of_its_own(other: Scope) -> None:
    assert asked_twice(Door(), scope_of(), other) == 2


@pytest.mark.parametrize(
    "asked",
    [
        scope_of(method="POST"),
        scope_of("/api/v1/proposals"),
        scope_of("/api/v1/obstacles"),
        scope_of("/api/v1"),
        scope_of("/api"),
        scope_of("/obstacles"),
        scope_of("/sparql"),
        scope_of("/ready"),
        scope_of("/path", b"reform=decision-within-30-days"),
        scope_of("/path", b"re%66orm=x"),
        scope_of(if_none_match='"1"'),
        scope_of(range="bytes=0-1"),
        scope_of(authorization="Basic eA=="),
        scope_of(cookie="a=b"),
        scope_of(content_length="3"),
    ],
)
def test_what_depends_on_more_is_answered_anew(asked: Scope) -> None:
    assert asked_twice(Door(), asked, asked) == 2


@pytest.mark.parametrize(
    "door",
    [
        Door(404),
        Door(503),
        Door(headers=((b"cache-control", b"no-store"),)),
        Door(body=b"x" * (MOST_OF_ONE + 1)),
    ],
    ids=["not found", "broken", "not to be kept", "large"],
)
def test_what_is_not_a_whole_good_answer_is_not_kept(door: Door) -> None:
    assert asked_twice(door, scope_of(), scope_of()) == 2


def test_an_answer_that_breaks_off_is_not_kept() -> None:
    door = Door()
    door.breaks_off = True
    assert asked_twice(door, scope_of(), scope_of()) == 2


def test_an_answer_goes_with_its_version_and_its_day() -> None:
    store, days = SimpleNamespace(version="1"), [date(2026, 1, 1)]
    door = Door()
    app = KeptAnswers(door, store=store, most=1 << 20, today=lambda: days[-1])  # type: ignore[arg-type]
    asyncio.run(heard(app, scope_of()))
    store.version = "2"
    asyncio.run(heard(app, scope_of()))
    assert door.asked == 2
    days.append(date(2026, 1, 2))
    asyncio.run(heard(app, scope_of()))
    assert door.asked == 3


def test_what_was_made_while_the_version_changed_is_not_kept() -> None:
    store, door = SimpleNamespace(version="1"), Door()

    async def switching(scope: Scope, receive: Receive, send: Send) -> None:
        await door(scope, receive, send)
        store.version = "2" if door.asked == 1 else store.version

    app = KeptAnswers(switching, store=store, most=1 << 20)  # type: ignore[arg-type]
    for _ in range(3):
        asyncio.run(heard(app, scope_of()))
    assert door.asked == 2


def test_where_no_version_is_served_the_door_says_so() -> None:
    class Without:
        @property
        def version(self) -> str:
            raise NoGraph("no graph")

    assert asked_twice(Door(), scope_of(), scope_of(), store=Without()) == 2


def test_requests_alike_that_come_at_once_are_answered_by_one() -> None:
    door = Door()
    app = KeptAnswers(door, store=SimpleNamespace(version="1"), most=1 << 20)  # type: ignore[arg-type]

    async def ten() -> list[list[Message]]:
        door.opened = asyncio.Event()
        waiting = [asyncio.ensure_future(heard(app, scope_of())) for _ in range(10)]
        await asyncio.sleep(0)
        door.opened.set()
        return await asyncio.gather(*waiting)

    answers = asyncio.run(ten())
    assert door.asked == 1
    assert all(answer == answers[0] for answer in answers)


def test_who_waited_for_an_answer_that_is_not_kept_or_failed_is_answered_all_the_same() -> None:
    door = Door(404)
    app = KeptAnswers(door, store=SimpleNamespace(version="1"), most=1 << 20)  # type: ignore[arg-type]

    async def ten() -> list[list[Message]]:
        door.opened = asyncio.Event()
        waiting = [asyncio.ensure_future(heard(app, scope_of())) for _ in range(10)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        door.opened.set()
        return await asyncio.gather(*waiting[1:])

    answers = asyncio.run(ten())
    assert [answer[0]["status"] for answer in answers] == [404] * 9


def test_few_bytes_are_kept_and_those_not_asked_for_longest_go() -> None:
    door = Door(body=b"x" * 10_000)
    app = KeptAnswers(door, store=SimpleNamespace(version="1"), most=25_000)  # type: ignore[arg-type]

    async def asked(*names: str) -> None:
        for name in names:
            await heard(app, scope_of(f"/page/profession/{name}"))

    asyncio.run(asked("a", "b", "a", "c", "a"))
    assert door.asked == 3
    asyncio.run(asked("b"))
    assert door.asked == 4


@pytest.mark.parametrize("address", [PAGE, LOOKUP, "/", "/search?q=nurse", "/api/v1/search?q=nurse"])
def test_a_reader_sees_the_same_page_again(client: TestClient, address: str) -> None:
    first, again = client.get(address), client.get(address)
    assert (again.status_code, again.content) == (200, first.content)
    own = ("x-request-id", "ratelimit-remaining", "ratelimit-reset")
    assert [{k: v for k, v in each.headers.items() if k not in own} for each in (first, again)].count(
        {k: v for k, v in first.headers.items() if k not in own}
    ) == 2
    assert first.headers["x-request-id"] != again.headers["x-request-id"]
    assert client.get(address, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert "passerelle_answers_given_again_total" in client.get("/metrics").text
    other = client.get(address, headers={"accept-language": "nl"})
    assert other.headers.get("content-language", "nl") == "nl"
