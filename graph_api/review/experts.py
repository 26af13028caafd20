"""Who may sign: the rows of `mappings/experts.csv`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from graph_api.errors import UnknownIdentifier

TABLE: Final = "experts.csv"
ALL: Final = "all"


@dataclass(frozen=True)
class Expert:
    """One who may sign, with the states and the tables for which that holds, and the days."""

    slug: str
    name: str
    orcid: str
    state: str
    also_for: frozenset[str]
    competence: frozenset[str]
    public_key: str
    since: date
    until: date | None

    def why_not_on(self, day: date) -> str | None:
        """Why nothing can be signed on a day; None where it can."""
        if day < self.since:
            return f"{self.slug} may sign since {self.since} and not before"
        if self.until is not None and day > self.until:
            return f"{self.slug} might sign until {self.until}, not on {day}"
        return None

    def why_not_of(self, table: str, states: frozenset[str]) -> str | None:
        """Why a fact of a table, which speaks of some states, cannot be signed; None where it can."""
        if ALL not in self.competence and table not in self.competence:
            return f"{table} is outside the competence of {self.slug} ({', '.join(sorted(self.competence))})"
        if states and not states & {self.state, *self.also_for}:
            return f"it speaks of {', '.join(sorted(states))}, for which {self.slug} does not sign"
        return None


def read_experts(mappings: Path) -> Mapping[str, Expert]:
    """Everybody who may sign, or might once, by slug; the build says what is wrong with a row."""
    with (mappings / TABLE).open(encoding="utf-8", newline="") as rows:
        return {row["expert"]: _expert(row) for row in csv.DictReader(rows)}


def expert_named(experts: Mapping[str, Expert], slug: str) -> Expert:
    """The expert of that slug. Raises UnknownIdentifier."""
    if slug not in experts:
        raise UnknownIdentifier("expert", slug, sorted(experts)[:10])
    return experts[slug]


def _expert(row: Mapping[str, str]) -> Expert:
    return Expert(
        row["expert"],
        row["name"],
        row["orcid"],
        row["state"],
        frozenset(filter(None, row["also_for"].split(";"))),
        frozenset(filter(None, row["competence"].split(";"))),
        row["public_key"],
        date.fromisoformat(row["since"]),
        date.fromisoformat(row["until"]) if row["until"] else None,
    )
