"""What readers propose: kept in a file of its own to which rows are only added, and never written into the graph."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, astuple, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from graph_api.errors import BadRequest, LimitReached

LONGEST: Final = {"thing": 300, "property": 300, "should_say": 2000, "source": 1000, "name": 100, "data_version": 40}
"""The most bytes of each text."""
_NEEDED: Final = ("thing", "should_say", "source")
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
"""What controls a screen or turns the direction of a text, and says nothing."""
_PAGES_EACH: Final = 3
_PAGES_OF_NONE: Final = 64
_BUSY_SECONDS: Final = 30.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS proposals (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, made_on TEXT NOT NULL, thing TEXT NOT NULL,
  property TEXT NOT NULL, should_say TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, data_version TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS never_changed BEFORE UPDATE ON proposals
  BEGIN SELECT RAISE(ABORT, 'rows are only added'); END;
CREATE TRIGGER IF NOT EXISTS never_deleted BEFORE DELETE ON proposals
  BEGIN SELECT RAISE(ABORT, 'rows are only added'); END;
"""


@dataclass(frozen=True)
class Proposal:
    """What a fact should say, and where that stands."""

    id: str
    """Made of what is proposed: the same said twice is one proposal."""
    made_on: str
    thing: str
    """The IRI of what the fact is about."""
    property: str
    """The IRI of the property; empty where the thing as a whole is meant."""
    should_say: str
    source: str
    name: str
    """Who proposes it, where somebody wants to be named."""
    data_version: str

    def as_file(self) -> bytes:
        """The proposal as a file to send to the curators."""
        return json.dumps({"passerelle_proposal": 1, **asdict(self)}, ensure_ascii=False, indent=1).encode() + b"\n"


_COLUMNS: Final = tuple(field.name for field in fields(Proposal))


def proposal_from(given: Mapping[str, Any], made_on: str) -> Proposal:
    """The proposal that somebody makes; texts without what cannot be seen. Raises BadRequest."""
    texts = {name: _text(name, given.get(name)) for name in LONGEST}
    for name in _NEEDED:
        if not texts[name]:
            raise BadRequest(name, f"{name} is empty; write what is wrong, what it should say, and where that stands")
    for name in ("thing", "property"):
        if texts[name] and not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", texts[name]):
            raise BadRequest(name, f"{name} is no address; write the one that stands at the foot of the page")
    said = "\x1f".join(texts[name] for name in ("thing", "property", "should_say", "source"))
    return Proposal(id=f"p-{sha256(said.encode()).hexdigest()[:16]}", made_on=made_on, **texts)


def _text(name: str, value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise BadRequest(name, f"{name} is no text; write it between quotation marks")
    try:
        seen = " ".join(_UNSEEN.sub(" ", value or "").split())
        size = len(seen.encode())
    except UnicodeEncodeError:
        raise BadRequest(name, f"{name} holds half of a character; write it whole") from None
    if size > LONGEST[name]:
        raise BadRequest(name, f"{name} has {size} bytes; write at most {LONGEST[name]}")
    return seen


def read_file(path: Path) -> Proposal:
    """A proposal as it was downloaded. Raises BadRequest."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(found, dict) and found.get("passerelle_proposal") == 1
    except (ValueError, AssertionError, RecursionError):
        raise BadRequest(str(path), f"{path} is no proposal; it is the file that the form gives") from None
    return proposal_from(found, _text("data_version", str(found.get("made_on", "")))[:10])


class Proposals:
    """The proposals in one file; many processes may add to it at once."""

    def __init__(self, path: Path, at_most: int = 0) -> None:
        self._path, self._at_most = path, at_most

    def add(self, proposal: Proposal) -> bool:
        """Keep a proposal; it is on the disk when this returns. Whether it is a new one. Raises LimitReached."""
        marks = ", ".join("?" * len(_COLUMNS))
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            if database.execute("SELECT 1 FROM proposals WHERE id = ?", (proposal.id,)).fetchone():
                return False
            if database.execute("SELECT COUNT(*) FROM proposals").fetchone()[0] >= self._at_most:
                what = (
                    f"{self._at_most} proposals are kept here, and no more; download yours and send it to the curators"
                )
                raise LimitReached("proposals_at_most", self._at_most, what)
            row = astuple(proposal)
            database.execute(f"INSERT INTO proposals ({', '.join(_COLUMNS)}) VALUES ({marks})", row)
            database.commit()
        return True

    def all(self, limit: int = -1, offset: int = 0) -> Sequence[Proposal]:
        """The proposals, the newest first."""
        if not self._path.exists():
            return ()
        text = f"SELECT {', '.join(_COLUMNS)} FROM proposals ORDER BY number DESC LIMIT ? OFFSET ?"
        with self._opened() as database:
            return [Proposal(*row) for row in database.execute(text, (limit, offset))]

    def count(self) -> int:
        """How many there are."""
        if not self._path.exists():
            return 0
        with self._opened() as database:
            return int(database.execute("SELECT COUNT(*) FROM proposals").fetchone()[0])

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as database:
            database.execute(f"PRAGMA max_page_count = {_PAGES_EACH * self._at_most + _PAGES_OF_NONE}")
            database.execute("PRAGMA synchronous = FULL")
            database.executescript(_TABLES)
            yield database
