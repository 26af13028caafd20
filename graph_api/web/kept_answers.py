"""Whole answers, given again while the same data are served: nobody waits for what was worked out a moment ago.

What these doors answer follows from the request, the version of the data and the day. So an answer is known by the
three, and goes with the version. Requests alike that come while the first is answered wait for it (single flight).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from itertools import chain
from typing import Final
from urllib.parse import unquote_to_bytes

from cachetools import LRUCache
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.errors import GraphError
from graph_api.store.graph_store import GraphStore
from graph_api.web.counts import COUNTS, door_of
from graph_api.web.in_scope import BASE

MOST_OF_ONE: Final = 256 * 1024
"""An answer of more bytes is made each time."""
_LOOKUPS: Final = frozenset(
    {
        *("authorities", "compare", "competences", "crosswalk", "elm", "green", "joint-programmes", "legal-acts"),
        *("mappings", "national-professions", "paths", "professions", "provisions", "qualifications", "regimes"),
        *("resolve", "search", "unknown"),
    }
)
_PAGES: Final = frozenset(
    {
        *("", "page", "path", "search", "professions", "qualifications", "authorities", "regimes", "classifications"),
        *("compare", "roadmap", "ontology", "below", "data", "embed", "days", "regions"),
    }
)
"""Doors whose answers follow from request, version and day alone, by the first part of their address."""
_SAYS_NOTHING: Final = (
    *(
        b"user-agent",
        b"connection",
        b"keep-alive",
        b"referer",
        b"origin",
        b"x-request-id",
        b"priority",
        b"dnt",
        b"sec-",
    ),
    *(b"cache-control", b"pragma", b"upgrade-insecure-requests", b"via", b"x-forwarded-", b"x-real-ip"),
)
"""How headers begin on which no answer here depends; what a proxy says stands in the base of the scope."""
_PASSED_ON: Final = (b"if-", b"range", b"authorization", b"cookie", b"content-", b"transfer-", b"expect")
"""How headers begin with which a request is always answered anew."""
_OF_ANOTHER_LAW: Final = b"reform"
_OF_A_MESSAGE: Final = 500
"""About so many bytes a message takes besides what it holds."""

Key = tuple[str, date, str, str, bytes, tuple[tuple[bytes, bytes], ...]]


class Sent:
    """What was sent of one answer: its messages, as long as they are few enough bytes to be kept."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.size = 0

    def add(self, message: Message) -> None:
        """One more message, with headers of its own, as those outside add to them."""
        self.size += len(message.get("body", b"")) + sum(map(len, chain(*message.get("headers", ())))) + _OF_A_MESSAGE
        if self.size <= MOST_OF_ONE:
            self.messages.append(copied(message))

    @property
    def may_be_kept(self) -> bool:
        """Whether this is the whole of an answer that others may be given."""
        if self.size > MOST_OF_ONE or len(self.messages) < 2 or self.messages[-1].get("more_body"):
            return False
        start = self.messages[0]
        return start.get("status") == 200 and b"no-store" not in dict(start["headers"]).get(b"cache-control", b"")


class KeptAnswers:
    """Gives whole answers again, as they were sent; at most so many bytes of them are kept, those used last."""

    def __init__(self, app: ASGIApp, store: GraphStore, most: int, today: Callable[[], date] = date.today) -> None:
        self._app, self._store, self._today = app, store, today
        self._kept: LRUCache[Key, Sent] = LRUCache(most, getsizeof=lambda sent: sent.size)
        self._version = ""
        self._making: dict[Key, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self._key(scope) if may_be_kept(scope) else None
        if key is None:
            await self._app(scope, receive, send)
            return
        if (first := self._making.get(key)) is not None:
            await first.wait()
        if (kept := self._kept.get(key)) is not None:
            COUNTS.add("passerelle_answers_given_again_total", f'door="{door_of(scope["path"])}"')
            for message in kept.messages:
                await send(copied(message))
        elif key in self._making:  # the first was not to be kept, and all who waited for it are answered at once
            await self._app(scope, receive, send)
        else:
            await self._answered(key, scope, receive, send)

    def _key(self, scope: Scope) -> Key | None:
        """By what the answer is known; None where no version is served."""
        try:
            version = self._store.version
        except GraphError:
            return None  # which the door will say
        if version != self._version:
            self._version = version
            self._kept.clear()
        told = tuple(each for each in scope["headers"] if not each[0].startswith(_SAYS_NOTHING))
        return version, self._today(), scope[BASE], scope["path"], scope["query_string"], told

    async def _answered(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and keep what was sent where it came to its end while the same data were served."""
        self._making[key], sent = asyncio.Event(), Sent()

        async def noted(message: Message) -> None:
            sent.add(message)
            await send(message)

        try:
            await self._app(scope, receive, noted)
            if sent.may_be_kept and sent.size <= self._kept.maxsize and self._store.version == key[0]:
                self._kept[key] = sent
        finally:
            self._making.pop(key).set()


def may_be_kept(scope: Scope) -> bool:
    """Whether this is a request whose answer follows from the request, the version and the day alone."""
    if (
        scope["type"] != "http"
        or scope["method"] != "GET"
        or _OF_ANOTHER_LAW in unquote_to_bytes(scope["query_string"])
    ):
        return False
    _, first, *rest = scope["path"].split("/")
    lookup = first == "api" and len(rest) > 1 and rest[1] in _LOOKUPS
    return (lookup or first in _PAGES) and not any(name.startswith(_PASSED_ON) for name, _ in scope["headers"])


def copied(message: Message) -> Message:
    """The message with headers of its own."""
    return {**message, "headers": list(message["headers"])} if "headers" in message else message
