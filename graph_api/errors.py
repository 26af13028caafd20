"""What can go wrong, in one small tree; `web/problems` alone turns it into HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class GraphError(Exception):
    """Something that a person can act on; the message says what and how."""


class UnknownIdentifier(GraphError):
    """Nothing in the graph has this identifier."""

    def __init__(self, kind: str, slug: str, similar: Sequence[str] = ()) -> None:
        self.kind, self.slug, self.similar = kind, slug, tuple(similar)
        hint = f"; did you mean {', '.join(similar)}?" if similar else ""
        super().__init__(f"there is no {kind} '{slug}'{hint}")


class BadRequest(GraphError):
    """A parameter cannot be used; `parameter` names it and the message says what to write instead."""

    def __init__(self, parameter: str, message: str) -> None:
        self.parameter = parameter
        super().__init__(message)


class BadQuery(GraphError):
    """The text is not SPARQL, or asks for something that is not served."""


class QueryRefused(BadQuery):
    """The query is SPARQL, but asks for what this endpoint does not do: an update, an outbound call."""


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong in a file, in the words of the person who will mend it."""

    file: str
    message: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: {self.message}"


class BadTable(GraphError):
    """Rows cannot be read. All defects at once: file, line, column, what is wrong, what to write instead."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        self.defects = tuple(defects)
        super().__init__("\n".join(str(defect) for defect in defects))


class BadRelease(GraphError):
    """An official release is damaged, of another version, or of another layout than its source publishes."""


class CheckFailed(GraphError):
    """The graph was built, but a shape, a check or the reasoner found something in it."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        self.defects = tuple(defects)
        super().__init__("\n".join(str(defect) for defect in defects))


class NoGraph(GraphError):
    """There is no built graph to read."""


class LimitReached(GraphError):
    """A limit stopped the work; says which, its value, and how to get more."""

    def __init__(self, limit: str, value: float, message: str, *, retry_after: int | None = None) -> None:
        self.limit, self.value, self.retry_after = limit, value, retry_after
        super().__init__(message)


class NotTakenIn(GraphError):
    """This server does not keep what was sent; the message says where to send it instead."""


class StoreUnavailable(GraphError):
    """The store did not answer."""
