"""Free text in, an answer out: what is meant, the path answer for it, and what can be said where the tables end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from graph_api.errors import BadRequest
from graph_api.recognition.answer_schema import PathAnswer, WholeAnswer
from graph_api.recognition.law import Reference
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import question_from
from graph_api.recognition.sentences import Where, said
from graph_api.recognition.states import state_code, state_name
from graph_api.search.resolve import Meant, Resolver
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris
from graph_api.store.things import Thing, every, label, one, read_things

FIRST_CONTACTS: Final = ("assistance-centre", "point-of-single-contact")
"""The kinds of contacts that every state must have under the directive (Art. 57 and 57b)."""
NOT_KNOWN: Final = "unknown"


class Matched(BaseModel):
    """Why a candidate was found."""

    label: str = Field(description="the label that matched, or the code given")
    lang: str
    role: Literal["preferred", "alternative", "hidden", "code", "title"]
    how: str = Field(description="exact, prefix, folded, typo; of a code the SKOS relation; `opened_by` of a title")
    of: str | None = Field(default=None, description="IRI of what bears the label or code")


class CandidateModel(BaseModel):
    """Something of the graph that may be meant."""

    id: str
    slug: str
    label: str
    lang: str | None
    score: float = Field(ge=0, le=1.1)
    sure: bool = Field(description="whether the text names it well enough to answer for it")
    matched: Matched


class Candidates(BaseModel):
    candidates: list[CandidateModel]


class RegisterRow(BaseModel):
    """The profession as one jurisdiction of the host organises or reports it."""

    id: str
    title: str | None
    jurisdiction: str
    regulation: str | None = Field(description="IRI; null where no source says it")
    regulation_label: str | None
    instrument: str | None
    reported_procedure: str | None
    authority: str | None
    verified: str | None
    sentence: str | None = Field(description="what can be said where the graph has no answer; null where it has one")


class ContactModel(BaseModel):
    id: str
    label: str | None
    kind: str | None
    country: str
    url: str | None
    languages: str | None
    verified: str | None


class Understood(BaseModel):
    """The question as it was understood."""

    qualification: str | None
    profession: str | None
    from_: str | None = Field(alias="from")
    from_name: str | None
    to: str | None
    lang: str
    model_config = ConfigDict(populate_by_name=True)


class ResolveAnswer(BaseModel):
    """What free text means, the answer to it, and what can be said where the tables end."""

    question: Understood
    answer: PathAnswer | None
    qualification: Candidates
    profession: Candidates
    covered: bool = Field(description="whether the graph can answer: false where no profession or rule fits")
    title_listed: bool | None = Field(description="whether the title is in the tables; null where none was written")
    why_not: str | None = Field(description="what the graph does not know, in a sentence")
    register_: list[RegisterRow] = Field(alias="register", description="what the host's rows say of the profession")
    contacts: list[ContactModel] = Field(description="the host's assistance centre and point of single contact")
    model_config = ConfigDict(populate_by_name=True)


@dataclass(frozen=True)
class FreeText:
    """Free text, as a form or a request gives it; what is not given is empty."""

    qualification: str = ""
    profession: str = ""
    home: str = ""
    host: str = ""
    place: str = ""
    lang: str = "en"


class Resolution:
    """Answers free text from one store; what pages and lookups call."""

    def __init__(self, store: GraphStore, resolver: Resolver, finder: PathFinder) -> None:
        self._store, self._resolver, self._finder = store, resolver, finder

    def answer(self, asked: FreeText) -> dict[str, Any]:
        """Candidates for both texts, the path answer for the best of them, and what is known beside it.

        Raises BadRequest for texts without letters, and for states that are not known.
        """
        if not asked.qualification.strip() and not asked.profession.strip():
            raise BadRequest("profession", "write a profession or a qualification, as you would say it")
        reference = self._finder.reference()
        home = state_code(reference, asked.home, "from") if asked.home.strip() else None
        host = self._host(reference, asked.host) if asked.host.strip() else None
        professions = self._professions(reference, asked, home, host)
        profession = next((found for found in professions if found.sure), None)
        titles = self._titles(reference, asked, home, profession)
        title = next((found for found in titles if found.sure), None)
        if profession is None and title is not None and not asked.profession.strip():
            professions = self._opened(title, asked.lang)
            profession = professions[0] if professions else None
        answer = self._path(asked, profession, title, home, host)
        covered = profession is not None and (answer is None or answer["outcome"] != NOT_KNOWN)
        rows = self._register(reference, answer, profession, asked.lang)
        if covered:
            rows = [{**row, "sentence": None} for row in rows]  # the answer says more than the row
        return {
            "question": {
                "qualification": title.slug if title else None,
                "profession": profession.slug if profession else None,
                "from": home,
                "from_name": state_name(home[:2], asked.lang) if home else None,
                "to": host,
                "lang": asked.lang,
            },
            "answer": answer,
            "qualification": {"candidates": [found.as_json() for found in titles]},
            "profession": {"candidates": [found.as_json() for found in professions]},
            "covered": covered,
            "title_listed": title is not None if asked.qualification.strip() else None,
            "why_not": None if covered else self._why_not(reference, profession, asked.lang),
            "register": rows,
            "contacts": self._contacts(reference, host, asked.lang) if host else [],
        }

    @staticmethod
    def _host(reference: Reference, text: str) -> str:
        """The host as paths take it: a code that they know as it stands, else the code of the state named."""
        try:
            return state_code(reference, text, "to")
        except BadRequest:
            if any(letter.isdigit() for letter in text) or "-" in text:
                return text.strip()
            raise

    def _professions(self, reference: Reference, asked: FreeText, home: str | None, host: str | None) -> list[Meant]:
        if not asked.profession.strip():
            return []
        near = _iris(reference, host) or _iris(reference, home)
        with _Naming("profession"):
            return self._resolver.professions(asked.profession, asked.lang, near)

    def _titles(self, reference: Reference, asked: FreeText, home: str | None, profession: Meant | None) -> list[Meant]:
        if not asked.qualification.strip():
            return []
        issued_in = _iris(reference, home)
        if home and not issued_in:
            return []  # a state outside the graph: none of its titles is in the tables
        opens = profession.id if profession else None
        with _Naming("qualification"):
            return self._resolver.qualifications(asked.qualification, asked.lang, issued_in, opens)

    def _opened(self, title: Meant, lang: str) -> list[Meant]:
        why = {"label": title.label, "lang": title.lang or "", "role": "title", "how": "opened_by", "of": title.id}
        opened = self._resolver.opened_by(title.id)
        return [
            self._resolver.named(iri, lang, why, score=title.score, sure=len(opened) == 1) for iri in sorted(opened)
        ]

    def _path(
        self, asked: FreeText, profession: Meant | None, title: Meant | None, home: str | None, host: str | None
    ) -> WholeAnswer | None:
        if profession is None or host is None:
            return None
        given = [("profession", profession.slug), ("country", host), ("lang", asked.lang), ("place", asked.place)]
        if title is not None:
            given.append(("qualification", title.slug))
        elif home is not None:
            given.append(("issued_in", home))
        return self._finder.find(question_from(given))

    def _register(
        self, reference: Reference, answer: WholeAnswer | None, profession: Meant | None, lang: str
    ) -> list[dict[str, Any]]:
        if answer is None or profession is None:
            return []
        hosts = [reference.jurisdiction(code, "to") for code in answer["question"]["hosts"]]
        rows = read_things(self._store, "profession_across", profession=iris([profession.id]))
        mine = {iri: row for iri, row in rows.items() if set(every(row, "inJurisdiction")) & set(hosts)}
        terms = {iri for row in mine.values() for key in _TERMS for iri in every(row, key)}
        names = self._resolver.names(sorted(terms), lang)
        return [_register_row(reference, iri, row, names, lang) for iri, row in sorted(mine.items())]

    def _why_not(self, reference: Reference, profession: Meant | None, lang: str) -> str | None:
        about = "regulation_unknown" if profession else "not_covered"
        return said(reference, about, Where(), {}, lang)

    def _contacts(self, reference: Reference, host: str, lang: str) -> list[dict[str, Any]]:
        try:
            hosts = [*reference.hosts(host)]
        except BadRequest:
            hosts = [iri for iri in (reference.jurisdictions.get(host[:2].upper()),) if iri]
        where = dict.fromkeys([*hosts, *map(reference.state, hosts)])
        return [
            found
            for place in where
            for iri, thing in sorted(read_things(self._store, "contacts_in", place=iris([place])).items())
            for found in _contact(reference, iri, thing, place, lang)
        ]


_TERMS: Final = ("regulation", "reportedProcedure")


def _iris(reference: Reference, code: str | None) -> Sequence[str]:
    """The jurisdiction with the code, and its parts that decide."""
    iri = reference.jurisdictions.get((code or "").upper())
    if iri is None:
        return ()
    return [iri, *(part for part in reference.deciding if iri in every(reference.things[part], "partOf"))]


def _register_row(
    reference: Reference, iri: str, row: Thing, names: Mapping[str, tuple[str, str | None]], lang: str
) -> dict[str, Any]:
    place = one(row, "inJurisdiction") or ""
    regulation = one(row, "regulation")
    procedures = [names[found][0] for found in every(row, "reportedProcedure")]
    words = {
        "title": label(row, lang)[0],
        "place": label(reference.thing(place), lang)[0],
        "instrument": one(row, "regulationText"),
        "regulation": names[regulation][0] if regulation else None,
        "procedure": "; ".join(procedures) or None,
    }
    return {
        "id": iri,
        "title": words["title"],
        "jurisdiction": reference.code(place),
        "regulation": regulation,
        "regulation_label": words["regulation"],
        "instrument": words["instrument"],
        "reported_procedure": words["procedure"],
        "authority": one(row, "authorityText"),
        "verified": one(row, "verified"),
        "sentence": said(reference, "register", Where(), words, lang),
    }


def _contact(reference: Reference, iri: str, thing: Thing, place: str, lang: str) -> Iterator[dict[str, Any]]:
    kind = one(thing, "contactKind")
    if kind in FIRST_CONTACTS:
        yield {
            "id": iri,
            "label": label(thing, lang)[0],
            "kind": kind,
            "country": reference.code(place),
            "url": one(thing, "homepage"),
            "languages": one(thing, "languagesText"),
            "verified": one(thing, "verified"),
        }


class _Naming:
    """Names the parameter of the caller in what the search says of its text."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Literal[False]:
        if isinstance(error, BadRequest) and error.parameter == "q":
            raise BadRequest(self._parameter, str(error).replace("q has", f"{self._parameter} has", 1)) from None
        return False
