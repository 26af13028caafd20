"""Words as people write them -> our professions and titles, and how sure that is: "not covered" is an answer too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rapidfuzz.distance import OSA

from graph_api.rdf.terms import kind_and_slug
from graph_api.search.codes import CodeMatch, ProfessionCodes
from graph_api.search.index import CurrentIndex, Hit
from graph_api.search.stemming import DIPLOMA_WORDS, FUNCTION_WORDS, fold, stem
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_names
from graph_api.store.per_version import Current
from graph_api.store.things import Thing, called, read_things

_WHOLE: Final = 0.94
"""The score from which on a label as a whole is what was written."""
_ALIKE: Final = 0.88
_LONG_ENOUGH: Final = 7
_ENOUGH_WORDS: Final = 0.5
"""The score from which on a title that holds every word of the text is what was written."""
_HITS: Final = 60
_NOT_CURATED: Final = 0.02
"""By how much a title that was imported from a register comes after a curated one that is named alike."""
_ALIKE_SCORES: Final = 0.005
MOST_CANDIDATES: Final = 10
_BOTH_GENDERS: Final = re.compile(
    r"\(?\b[mwfhvx]\s?/\s?[mwfhvx](?:\s?/\s?[dx])?\b\)?"
    r"|(?<=\w)[/*:_·]-?(?:innen|in|ne|e|euse|se|trice|rice|ère|ster)\b"
    r"|(?<=\w)\(-?(?:innen|in|ne|e|euse|se|trice|rice|ère|ster)\)",
    re.IGNORECASE,
)
"""The marks by which a text names both genders, as in `Busfahrer/in`, `infirmier·ère` and `(m/w/d)`."""


@dataclass(frozen=True)
class Meant:
    """Something of ours that may be meant; `sure` where the text names it well enough to answer for it."""

    id: str
    slug: str
    label: str
    lang: str | None
    score: float
    sure: bool
    why: Mapping[str, Any]
    """The label that matched, its language and role, and how."""

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "slug": self.slug,
            "label": self.label,
            "lang": self.lang,
            "score": self.score,
            "sure": self.sure,
            "matched": dict(self.why),
        }


class Resolver:
    """Finds what is meant in one store and its index."""

    def __init__(self, store: GraphStore, index: CurrentIndex) -> None:
        self._store, self._index = store, index
        self.codes = ProfessionCodes(store)
        self._links: Current[dict[str, Thing]] = Current(store, lambda: read_things(store, "titles_and_professions"))

    def professions(self, text: str, lang: str, near: Sequence[str] = ()) -> list[Meant]:
        """The professions that the text, a code or an address may mean, best first.

        `near` are jurisdictions whose own titles count first where a word means something else elsewhere.
        Raises BadRequest for a text without letters or digits.
        """
        text = _plain(text)
        by_code = self.codes.of(text)
        if by_code:
            sure = self.codes.chosen(text)
            return [self._by_code(text, found, found == sure, lang) for found in by_code][:MOST_CANDIDATES]
        hits = self._index.current().search(text, kinds=("profession", "national-profession"), lang=lang, limit=_HITS)
        best: dict[str, Meant] = {}
        for hit in hits:
            for profession in self._professions_of(hit):
                found = self._candidate(text, hit, profession, near, lang)
                if profession not in best or found.score > best[profession].score:
                    best[profession] = found
        return _ranked(_with_the_only_one_that_says_it(text, best.values()))

    def qualifications(
        self, text: str, lang: str, issued_in: Sequence[str] = (), opens: str | None = None
    ) -> list[Meant]:
        """The titles that the text may mean, best first: those of the jurisdictions, those that open the profession.

        Raises BadRequest for a text without letters or digits.
        """
        text = _plain(text)
        links = self._links.get()
        found: dict[str, Meant] = {}
        for words in dict.fromkeys([text, " ".join(_telling(text)) or text]):
            for hit in self._index.current().search(
                words, kinds=("qualification", "joint-programme"), lang=lang, limit=_HITS
            ):
                if _issued(links.get(hit.id, {}), issued_in):
                    title = self._title(words, hit, opens, links.get(hit.id, {}))
                    found[hit.id] = max(found.get(hit.id, title), title, key=lambda item: item.score)
        short = [iri for iri in self._called_short(text) if _issued(links[iri], issued_in)]
        for iri, (name, language) in self.names(short, lang).items():
            why = {"label": text.strip(), "lang": "", "role": "code", "how": "exact", "of": iri}
            found[iri] = Meant(iri, _slug(iri), name, language, 1.0, True, why)
        return _ranked(found.values(), apart=self._apart)

    def _called_short(self, text: str) -> list[str]:
        """The titles whose slug is the text, whole or without the jurisdiction that begins it."""
        wanted = fold(text.strip().rsplit("/", 1)[-1]).replace(" ", "-")
        links = self._links.get()
        titles = ((iri, _slug(iri), link) for iri, link in links.items() if "issuedIn" in link)
        return sorted(
            iri
            for iri, slug, link in titles
            if wanted == slug or any(slug == f"{_slug(place)}-{wanted}" for place in link["issuedIn"])
        )

    def _apart(self, first: Meant, second: Meant) -> bool:
        """Whether two titles fit alike and are of different states or open different work: nobody can say which."""
        if not second.sure or first.score - second.score > _ALIKE_SCORES:
            return False
        links = self._links.get()
        one_, other = links.get(first.id, {}), links.get(second.id, {})
        return any(one_.get(key) != other.get(key) for key in ("state", "grantsAccessTo"))

    def opened_by(self, qualification: str) -> list[str]:
        """The professions that a title opens where it was issued."""
        return self._links.get().get(qualification, {}).get("grantsAccessTo", [])

    def names(self, things: Sequence[str], lang: str) -> dict[str, tuple[str, str | None]]:
        """What things are called in the reader's language."""
        names = read_names(self._store, things)
        return {iri: called(names, iri, lang) for iri in things}

    def named(self, profession: str, lang: str, why: Mapping[str, Any], *, score: float, sure: bool) -> Meant:
        """A profession as a candidate, for a reason given."""
        name, language = self.names([profession], lang)[profession]
        return Meant(profession, _slug(profession), name, language, score, sure, why)

    def _by_code(self, text: str, found: CodeMatch, sure: bool, lang: str) -> Meant:
        why = {"label": text.strip(), "lang": "", "role": "code", "how": found.predicate, "of": found.concept}
        score = {"exactMatch": 1.0, "closeMatch": 0.8}.get(found.predicate, 0.6)
        return self.named(found.profession, lang, why, score=score, sure=sure)

    def _professions_of(self, hit: Hit) -> Iterator[str]:
        if hit.kind == "profession":
            yield hit.id
        else:
            yield from self._links.get().get(hit.id, {}).get("profession", ())

    def _candidate(self, text: str, hit: Hit, profession: str, near: Sequence[str], lang: str) -> Meant:
        link = self._links.get().get(hit.id, {})
        here = bool({*link.get("inJurisdiction", ()), *link.get("state", ())} & set(near))
        score, how = _graded(text, hit)
        # a title of the place counts before one of elsewhere, the profession's own name before both
        score += 0.005 if hit.kind == "profession" else 0.003 * here
        why = {**_why(hit, how), "of": hit.id}
        if hit.kind == "profession":
            return Meant(hit.id, hit.slug, hit.label, hit.lang, round(score, 4), score >= _WHOLE, why)
        return self.named(profession, lang, why, score=round(score, 4), sure=score >= _WHOLE)

    def _title(self, text: str, hit: Hit, opens: str | None, link: Thing) -> Meant:
        score, how = _graded(text, hit)
        score -= _NOT_CURATED * ("ofRegister" in link)
        if opens is not None and "ofRegister" not in link:
            score = score + 0.03 if opens in link.get("grantsAccessTo", ()) else score * 0.6
        why = {**_why(hit, how), "of": hit.id}
        sure = score >= _ENOUGH_WORDS and (score >= _WHOLE or _says_it(text, f"{hit.matched.label} {hit.slug}"))
        return Meant(hit.id, hit.slug, hit.label, hit.lang, round(min(score, 1.0), 4), sure, why)


def _issued(link: Thing, places: Sequence[str]) -> bool:
    """Whether a title was issued, or a joint programme awards, in one of the places; in any where none is named."""
    where = {*link.get("issuedIn", ()), *link.get("state", ()), *link.get("inJurisdiction", ())}
    return not places or bool(where & set(places))


def _why(hit: Hit, how: str) -> dict[str, Any]:
    return {"label": hit.matched.label, "lang": hit.matched.lang, "role": hit.matched.role, "how": how}


def _graded(text: str, hit: Hit) -> tuple[float, str]:
    """The score of the index, better where the label is the text but for a slip of the pen."""
    asked, label = fold(text), fold(hit.matched.label)
    if hit.score < _WHOLE and len(asked) >= _LONG_ENOUGH:
        alike = OSA.normalized_similarity(asked, label)
        if alike >= _ALIKE and asked[:2] == label[:2]:
            return _WHOLE, "typo"
    return min(hit.score, _WHOLE - 0.02) if hit.matched.how == "prefix" else hit.score, hit.matched.how


def _plain(text: str) -> str:
    """The text without the marks of both genders.

    >>> _plain("Busfahrer/in (m/w/d)"), _plain("CAP/BEP")
    ('Busfahrer', 'CAP/BEP')
    """
    return _BOTH_GENDERS.sub("", text).strip() or text


def _telling(text: str) -> list[str]:
    """The words of a text that tell one title or profession from another."""
    return [word for word in fold(text).split() if word not in FUNCTION_WORDS and word not in DIPLOMA_WORDS]


def _says_it(text: str, label: str) -> bool:
    """Whether a label holds every telling word of the text, in some form."""
    held = fold(label).replace("-", " ").split()
    stems = {stem(word) for word in held}
    telling = _telling(text)
    return bool(telling) and all(
        stem(word) in stems or any(word[:6] == other[:6] for other in held if len(word) > 6) for word in telling
    )


def _with_the_only_one_that_says_it(text: str, found: Iterable[Meant]) -> list[Meant]:
    """The candidates; where none is named whole, one that alone holds all words of a text of several is sure."""
    candidates = list(found)
    said = [candidate for candidate in candidates if _says_it(text, str(candidate.why["label"]))]
    if len(_telling(text)) < 2 or len(said) != 1 or any(candidate.sure for candidate in candidates):
        return candidates
    return [replace(candidate, sure=candidate is said[0]) for candidate in candidates]


def _ranked(found: Iterable[Meant], apart: Callable[[Meant, Meant], bool] | None = None) -> list[Meant]:
    """The candidates, best first; only the first can be sure, and only where it stands alone."""
    ordered = sorted(found, key=lambda candidate: (-candidate.score, candidate.slug))[:MOST_CANDIDATES]
    several = len(ordered) > 1 and apart is not None and apart(ordered[0], ordered[1])
    return [
        replace(candidate, sure=candidate.sure and place == 0 and not several)
        for place, candidate in enumerate(ordered)
    ]


def _slug(iri: str) -> str:
    named = kind_and_slug(iri)
    return named[1] if named else iri
