"""What readers propose, as all doors take it in: where that is switched on, about what is there, and not too often.

Who sends is told apart by a hash under a key that lives in memory for a day: no address is kept or can be found again.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any, Final

from pyoxigraph import NamedNode

from graph_api.errors import LimitReached, NotTakenIn, UnknownIdentifier
from graph_api.review.proposals import Proposal, Proposals, proposal_from
from graph_api.settings import Settings
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import select
from graph_api.web.callers import whose

_MOST_SENDERS: Final = 100_000


class Senders:
    """How often each sender has sent something today."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._day: date | None = None
        self._key = b""
        self._sent: dict[bytes, int] = {}

    def count(self, address: str, today: date) -> None:
        """Note that somebody sends once more. Raises LimitReached where that is once too often."""
        with self._lock:
            if today != self._day or len(self._sent) > _MOST_SENDERS:
                self._day, self._key, self._sent = today, secrets.token_bytes(32), {}
            sender = blake2b(whose(address).encode(), key=self._key, digest_size=16).digest()
            if self._sent.get(sender, 0) >= self._most:
                what = (
                    f"more than {self._most} proposals in a day; send the others tomorrow, or as files to the curators"
                )
                raise LimitReached("proposals_a_day", self._most, what, retry_after=3600)
            self._sent[sender] = self._sent.get(sender, 0) + 1


class Proposing:
    """The proposals of one server."""

    def __init__(self, settings: Settings, store: GraphStore) -> None:
        self._store = store
        path = settings.proposals
        self._kept = Proposals(path, settings.proposals_at_most) if path else None
        self._senders = Senders(settings.proposals_a_day)

    @property
    def takes_in(self) -> bool:
        """Whether this server keeps proposals."""
        return self._kept is not None

    def made(self, given: Mapping[str, Any]) -> Proposal:
        """What somebody proposes, about what the graph says of a thing. Raises BadRequest or UnknownIdentifier."""
        proposal = proposal_from({**given, "data_version": self._store.version}, _today().isoformat())
        properties = self._properties(proposal.thing)
        if not properties:
            raise UnknownIdentifier("thing", proposal.thing)
        if proposal.property and proposal.property not in properties:
            raise UnknownIdentifier("property", proposal.property)
        return proposal

    def _properties(self, iri: str) -> set[str]:
        """What the graph says of a thing, by property; nothing where it does not know it."""
        try:
            return {row["property"] for row in select(self._store, "statements", thing=[NamedNode(iri)])}
        except ValueError:
            return set()

    def keep(self, proposal: Proposal, address: str) -> bool:
        """Keep a proposal; whether it is a new one. Raises NotTakenIn or LimitReached."""
        if self._kept is None:
            raise NotTakenIn("this server keeps no proposals; download yours at /wrong and send it to the curators")
        self._senders.count(address, _today())
        return self._kept.add(proposal)

    def listed(self, limit: int, offset: int) -> tuple[list[Proposal], int]:
        """Some of the proposals, the newest first, and how many there are."""
        if self._kept is None:
            return [], 0
        return list(self._kept.all(limit, offset)), self._kept.count()


def _today() -> date:
    return datetime.now(UTC).date()
