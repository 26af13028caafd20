"""How tables and facts are named, in experts' competence and in decisions."""

from __future__ import annotations

from typing import Final

MATCHES: Final = "crosswalks"
PROPOSALS: Final = "proposals"
_MATCH: Final = "match"


def name_of_table(url: str) -> str:
    """A table as experts' competence names it.

    >>> name_of_table("qualifications/de.csv"), name_of_table("regimes.csv")
    ('qualifications', 'regimes')
    """
    return url.partition("/")[0].removesuffix(".csv")


def key_of_match(subject: str, other: str) -> str:
    """The name of the fact that two things have to do with each other, whatever they have."""
    return f"{_MATCH}#{subject} {other}"


def table_of(fact: str) -> str:
    """The table of a fact, by the name of the fact.

    >>> table_of("qualifications/de.csv#de-geselle@level"), table_of("match#a:1 b:2"), table_of("proposals#p-1")
    ('qualifications', 'crosswalks', 'proposals')
    """
    place = fact.partition("#")[0]
    return MATCHES if place == _MATCH else name_of_table(place)
