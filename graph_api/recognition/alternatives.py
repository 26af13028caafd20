"""What to ask instead: titles of the day on which a diploma was issued, where the title asked is not of that day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import Final

from graph_api.recognition.answer_schema import OtherTitle, Relation
from graph_api.recognition.case import Case
from graph_api.recognition.law import slug
from graph_api.store.graph_store import GraphStore
from graph_api.store.lookups import things_for_each
from graph_api.store.queries import iris
from graph_api.store.things import Thing, every, in_force, label, one

_RELATIONS: Final[tuple[Relation, ...]] = ("predecessor", "successor", "same_profession")


def titles_instead(store: GraphStore, case: Case) -> list[OtherTitle]:
    """Titles that the diploma may be, when it was issued outside the interval of the title named; else none.

    Each with its `relation` to the title named (`predecessor`, `successor`, `same_profession`), its interval and
    `of_that_day`: true, or null where its interval is not known. Titles that are certainly not of that day are
    given only when they are predecessor or successor. First those of that day.
    """
    issued, asked = case.question.issued, case.qualification
    if issued is None or asked is None or in_force(case.known[asked], issued):
        return []
    offered = _offered(case, asked, _of_its_kind(store, case.known[asked]), issued)
    order = {True: 0, None: 1, False: 2}
    return sorted(
        offered, key=lambda item: (order[item["of_that_day"]], _RELATIONS.index(item["relation"]), item["slug"])
    )


def _of_its_kind(store: GraphStore, title: Thing) -> dict[str, Thing]:
    """The titles before and after a title, and those of the same place that open the same profession."""
    iri = title["iri"][0]
    beside = product(title.get("issuedIn", ()), title.get("grantsAccessTo", ()))
    keys = [iri, *map(" ".join, beside)]
    found = things_for_each(store, "titles_of_its_kind", keys, qualification=iris([iri]))
    return {other: known for other, known in found.items() if other != iri}


def _offered(case: Case, asked: str, found: Mapping[str, Thing], issued: date) -> Iterator[OtherTitle]:
    for iri, title in found.items():
        relation = _relation(case.known[asked], title)
        of_that_day = _of_that_day(title, issued)
        serves = case.profession is None or case.profession in every(title, "grantsAccessTo")
        if relation == "same_profession" and not (serves and of_that_day):
            continue
        text, language = label(title, case.question.lang)
        yield {
            "id": iri,
            "slug": slug(iri),
            "label": text,
            "lang": language,
            "relation": relation,
            "valid_from": one(title, "validFrom"),
            "valid_to": one(title, "validTo"),
            "of_that_day": of_that_day,
        }


def _relation(asked: Thing, title: Thing) -> Relation:
    if asked["iri"][0] in every(title, "replacedBy"):
        return "predecessor"
    return "successor" if title["iri"][0] in every(asked, "replacedBy") else "same_profession"


def _of_that_day(title: Thing, day: date) -> bool | None:
    """Whether the title was issued on the day; None where neither end of its interval is known."""
    if not title.get("validFrom") and not title.get("validTo"):
        return None
    return in_force(title, day)
