"""Who agreed on what, as the built graph says it: decisions by fact and by thing, and how it stands with each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from graph_api.rdf.terms import local_name
from graph_api.review.decisions import Standing, standing
from graph_api.review.names import MATCHES, PROPOSALS, table_of
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import select
from graph_api.store.things import Thing, one, read_things


@dataclass(frozen=True)
class Review:
    """One signed decision."""

    iri: str
    fact: str
    table: str
    thing: str
    """The IRI of what it is about; empty where the graph has none."""
    states: Sequence[str]
    sentence: str
    decision: str
    should_say: str
    reason: str
    day: str
    expert: str
    """IRI."""
    name: str
    orcid: str
    state: str
    """IRI of the state for which the expert speaks."""
    content: str

    @property
    def number(self) -> str:
        """Its running number."""
        return local_name(self.iri)


@dataclass(frozen=True)
class Judged:
    """A fact with the last decision of each expert on what it says, and how it stands with it."""

    fact: str
    standing: Standing
    reviews: Sequence[Review]


@dataclass(frozen=True)
class Ledger:
    """All decisions, the newest first."""

    reviews: Sequence[Review]
    experts: Sequence[Thing]

    @cached_property
    def judged(self) -> Mapping[str, Judged]:
        """The facts on which there are decisions, by table, row and column."""
        found: dict[str, list[Review]] = {}
        for review in self.reviews:
            found.setdefault(review.fact, []).append(review)
        return {fact: _judged(fact, reviews) for fact, reviews in found.items()}

    def of_thing(self, iri: str) -> Sequence[Review]:
        """The decisions on facts about a thing, the newest first."""
        return [review for review in self.reviews if review.thing == iri]

    def standing(self, fact: str) -> Standing:
        """How it stands with a fact."""
        return self.judged[fact].standing if fact in self.judged else "open"

    def of_proposal(self, proposal: str) -> Judged | None:
        """What was decided on a reader's proposal."""
        return self.judged.get(f"{PROPOSALS}#{proposal}")

    @cached_property
    def counts(self) -> Mapping[tuple[str, str, Standing], int]:
        """How many facts stand how, by table and state; the state is empty where a fact speaks of none."""
        return Counter(
            (judged.reviews[0].table, state, judged.standing)
            for judged in self.judged.values()
            for state in judged.reviews[0].states or [""]
        )

    @cached_property
    def disputed(self) -> Sequence[Judged]:
        """The facts on which experts do not agree."""
        return [judged for judged in self.judged.values() if judged.standing == "disputed"]


def read_ledger(store: GraphStore) -> Ledger:
    """The decisions in a store."""
    things = read_things(store, "reviews")
    states: dict[str, list[str]] = {}
    for row in select(store, "reviewed_states"):
        if "state" in row:
            states.setdefault(row["review"], []).append(row["state"])
    reviews = [_review(iri, thing, things, states.get(iri, ())) for iri, thing in things.items() if "decision" in thing]
    experts = [thing for _, thing in sorted(things.items()) if "publicKey" in thing]
    return Ledger(sorted(reviews, key=lambda review: review.number, reverse=True), experts)


def _review(iri: str, thing: Thing, things: Mapping[str, Thing], states: Sequence[str]) -> Review:
    who = one(thing, "reviewer_id") or ""
    expert, fact = things.get(who, {}), one(thing, "reviewedFact") or ""
    return Review(
        iri=iri,
        fact=fact,
        table=table_of(fact),
        thing=one(thing, "reviewOf") or "",
        states=sorted(states),
        sentence=one(thing, "reviewedSentence") or "",
        decision=one(thing, "decision") or "",
        should_say=one(thing, "shouldSay") or "",
        reason=one(thing, "reason") or "",
        day=one(thing, "review_date") or "",
        expert=who,
        name=one(expert, "name") or local_name(who),
        orcid=one(expert, "orcid") or "",
        state=one(expert, "state") or "",
        content=one(thing, "reviewedContent") or "",
    )


def _judged(fact: str, newest_first: Sequence[Review]) -> Judged:
    """The last decision of each expert on what the fact said when it was judged last; of a match, whatever it said."""
    now = newest_first[0].content
    counted = [each for each in newest_first if each.table == MATCHES or each.content == now]
    last = list({each.expert: each for each in reversed(counted)}.values())
    return Judged(fact, standing([(each.decision, each.state) for each in last]), last)
