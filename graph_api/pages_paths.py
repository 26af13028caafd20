"""Pages that answer: the path finder, and the roadmap for a profession between two places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from graph_api import answers
from graph_api.catalogue import translations
from graph_api.diagram import Diagram
from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.finding import Finding
from graph_api.frame import Reader, page, public_address, reader_of, words
from graph_api.kept import Kept
from graph_api.lookups import question_from
from graph_api.paths import PathFinder
from graph_api.places import Places
from graph_api.queries import iris, select
from graph_api.question import Question
from graph_api.records import named
from graph_api.store import GraphStore
from graph_api.terms import is_slug, thing
from graph_api.things import Thing, one, read_things

FIELDS: Final = tuple(name for name in Question.model_fields if name not in ("experience", "lang"))
EXPERIENCE: Final = ("experience_years", "experience_country", "experience_status")
TYPED: Final = {"qualification": "qualification", "profession": "profession"}
"""Fields that people fill by typing, and the kind of thing that they search."""


@dataclass(frozen=True)
class Form:
    """What stands in the form: values by name, labels of what was chosen, choices, what is wrong."""

    values: Mapping[str, str]
    certificates: Sequence[str]
    labels: Mapping[str, answers.Text]
    choices: Mapping[str, Sequence[Any]]
    wrong: str | None = None
    wrong_field: str | None = None
    missing: Sequence[str] = ()


class PathPages:
    """The path finder and the roadmap over one store."""

    def __init__(self, store: GraphStore, finding: Finding, places: Kept[str, Places]) -> None:
        self._store, self._finding, self._places = store, finding, places
        self._finder = PathFinder(store)
        self._professions = Kept(store, self._profession_names)
        self._certificates = Kept(store, self._certificate_words)

    def add_to(self, router: APIRouter) -> None:
        for path, handler in (("/path", self.path), ("/roadmap", self.roadmap)):
            router.add_api_route(path, handler, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route("/path/card", self.card, include_in_schema=False)

    # ---- the path finder ----

    def path(self, request: Request) -> Response:
        """The form, and below a complete question its answer."""
        reader = reader_of(request)
        given = _given(request)
        moved = self._typed(request, reader, given)
        if moved is not None:
            return moved
        places = self._places.get(reader.lang)
        form = self.form(request, reader)
        asked = bool(request.query_params.keys() - {"lang"})
        if form.missing or form.choices:
            return self._form_page(request, reader, form, places, asked=asked)
        try:
            said = self._finder.find(question_from([*given, ("lang", reader.lang)]))
        except UnknownIdentifier as error:
            return self._form_page(request, reader, self._unknown(form, error, reader), places, asked=True)
        except BadRequest as error:
            wrong = Form(form.values, form.certificates, form.labels, {}, str(error), error.parameter)
            return self._form_page(request, reader, wrong, places, asked=True, status=400)
        answer = answers.answer_of(self._store, said, reader.lang)
        return page(
            request,
            "answer.html",
            form=form,
            places=places,
            answer=answer,
            drawings=_drawings(answer, places, reader.lang),
            can_help=answers.applicant_can_help,
            certificates=self._certificates.get(reader.lang),
            as_json=f"/api/v1/paths?{_encoded([*given, ('lang', reader.lang)])}",
            query=_encoded(given),
        )

    def card(self, request: Request) -> Response:
        """The answer in four lines, for a card on a foreign page."""
        reader = reader_of(request)
        given = _given(request)
        said = self._finder.find(question_from([*given, ("lang", reader.lang)]))
        answer = answers.answer_of(self._store, said, reader.lang)
        places = self._places.get(reader.lang)
        question = said["question"]
        body = {
            "lang": reader.lang,
            "status": answer.status,
            "verdict": words(reader.lang).verdict(said["outcome"], answer.status),
            "question": f"{question['profession_label'] or ''}, {places.named(question['home'])} → "
            f"{places.named(question['country'])}",
            "route": said["paths"][0]["steps"][-1]["regime"]["label"] if said["paths"] else None,
            "address": f"{public_address(request)}/path?{_encoded([*given, ('lang', reader.lang)])}",
        }
        return JSONResponse(body, headers={"Access-Control-Allow-Origin": "*"})

    def _form_page(
        self, request: Request, reader: Reader, form: Form, places: Places, *, asked: bool, status: int = 200
    ) -> Response:
        certificates = self._certificates.get(reader.lang)
        return page(
            request,
            "path.html",
            status,
            form=form,
            places=places,
            asked=asked,
            certificates=certificates,
            answer=None,
        )

    def _typed(self, request: Request, reader: Reader, given: list[tuple[str, str]]) -> Response | None:
        """Without scripts the address holds what was typed; a name with one meaning moves on to it."""
        params = request.query_params
        changed = dict(given)
        moved = False
        for name, kind in TYPED.items():
            text = params.get(f"{name}_text", "").strip()
            if f"{name}_text" not in params:
                continue
            found = self._meant(text, params.get(name, ""), kind, reader.lang)
            if found is None and text:
                return None
            moved = True
            changed.pop(name, None)
            if found:
                changed[name] = found
        empty = any(not value.strip() for value in params.values())
        if not moved and not empty:
            return None
        certificates = [(name, value) for name, value in given if name == "certificates"]
        rest = [(name, changed[name]) for name in (*FIELDS, *EXPERIENCE) if name in changed and name != "certificates"]
        address = reader.address(request.url.path, rest + certificates)
        return RedirectResponse(address, status_code=303)

    def _meant(self, text: str, slug: str, kind: str, lang: str) -> str | None:
        """The slug that a typed text stands for, when that is certain."""
        if not text:
            return None
        if slug and self._label(kind, slug, lang)[0] == text:
            return slug
        if is_slug(text) and self._label(kind, text, lang)[0] is not None:
            return text
        hits = self._finding.hits(text, lang, kinds=[kind], limit=2)
        exact = [hit for hit in hits if hit.matched.how == "exact"]
        return exact[0].slug if len(exact) == 1 else None

    def _label(self, kind: str, slug: str, lang: str) -> answers.Text:
        if not is_slug(slug):
            return None, None
        iri = thing(kind, slug).value
        return named(read_things(self._store, "labels", thing=iris([iri])).get(iri, {}), lang)

    def form(self, request: Request, reader: Reader) -> Form:
        """The form as the address fills it."""
        params = request.query_params
        values = {name: value for name, value in params.items() if name != "lang"}
        labels: dict[str, answers.Text] = {}
        choices: dict[str, Sequence[Any]] = {}
        for name, kind in TYPED.items():
            text = params.get(f"{name}_text", "").strip()
            if text:
                labels[name] = (text, None)
                choices[name] = self._finding.hits(text, reader.lang, kinds=[kind], limit=8)
                values.pop(name, None)
            elif params.get(name):
                found = self._label(kind, params[name], reader.lang)
                labels[name] = found if found[0] else (params[name], None)
        missing = [name for name in ("profession", "country") if not values.get(name) and name not in choices]
        if values.get("intent") == "level" and "profession" in missing:
            missing.remove("profession")
        return Form(values, params.getlist("certificates"), labels, choices, missing=missing)

    def _unknown(self, form: Form, error: UnknownIdentifier, reader: Reader) -> Form:
        """A slug that is not in the graph is taken for something typed."""
        text = error.slug.replace("-", " ")
        hits = self._finding.hits(text, reader.lang, kinds=[error.kind], limit=8)
        values = {name: value for name, value in form.values.items() if name != error.kind}
        return Form(values, form.certificates, {**form.labels, error.kind: (text, None)}, {error.kind: hits})

    def _certificate_words(self, lang: str) -> list[tuple[str, str, answers.Text]]:
        """Condition, certificate that meets it, and the condition's words."""
        found = read_things(self._store, "certificates")
        return [
            (iri.rpartition("/")[2], value, named(condition, lang))
            for iri, condition in sorted(found.items())
            for value in condition.get("value", ())[:1]
        ]

    # ---- the roadmap ----

    def roadmap(self, request: Request) -> Response:
        """Roadmap and factsheet for a profession between two places."""
        reader = reader_of(request)
        params = request.query_params
        places = self._places.get(reader.lang)
        home, host = places.with_code(params.get("from")), places.with_code(params.get("to"))
        profession = params.get("profession", "")
        names = self._professions.get(reader.lang)
        if home is None or host is None or profession not in {slug for slug, _ in names}:
            return page(request, "roadmap_form.html", places=places, professions=names, values=dict(params))
        titles = self._titles(profession, home.iri, reader.lang)
        chosen = params.get("qualification", "") or (titles[0][0] if titles else "")
        asked = {"profession": profession, "country": host.code, "issued_in": home.code, "lang": reader.lang}
        if chosen:
            asked = {
                "profession": profession,
                "country": host.code,
                "qualification": chosen,
                "lang": reader.lang,
            }
        said = self._finder.find(question_from(list(asked.items())))
        answer = answers.answer_of(self._store, said, reader.lang)
        hosts = [found.iri for code in said["question"]["hosts"] if (found := places.with_code(code))]
        return page(
            request,
            "roadmap.html",
            places=places,
            professions=names,
            values={**params, "qualification": chosen},
            profession=self._label("profession", profession, reader.lang),
            profession_slug=profession,
            home=home,
            host=host,
            titles=titles,
            answer=answer,
            drawings=_drawings(answer, places, reader.lang),
            contacts=self._contacts([home.iri, *hosts], reader.lang),
            acts=self._acts(profession, home.iri, hosts, reader.lang),
            sources=self._numbered(answer),
            as_json=f"/api/v1/paths?{_encoded(list(asked.items()))}",
            path_query={name: value for name, value in asked.items() if name != "lang"},
        )

    def _profession_names(self, lang: str) -> list[tuple[str, answers.Text]]:
        rows = select(self._store, "professions", page=(1000, 0))
        things = read_things(self._store, "labels", thing=iris([row["thing"] for row in rows]))
        found = [(iri.rpartition("/")[2], named(item, lang)) for iri, item in things.items()]
        return sorted(found, key=lambda item: (item[1][0] or "").lower())

    def _titles(self, profession: str, home: str, lang: str) -> list[tuple[str, answers.Text]]:
        """The titles of the place, or of its state, that open the profession there; current ones first."""
        found = read_things(self._store, "titles_of", profession=[thing("profession", profession)])
        mine = [item for item in found.values() if home in (*item.get("issuedIn", ()), *item.get("state", ()))]
        mine.sort(key=lambda item: ("validTo" in item, "listedAs" not in item, one(item, "iri") or ""))
        return [((one(item, "iri") or "").rpartition("/")[2], named(item, lang)) for item in mine]

    def _contacts(self, where: Sequence[str], lang: str) -> list[tuple[Thing, answers.Text]]:
        found = read_things(self._store, "contacts_in", place=iris(where))
        return [(item, named(item, lang)) for _, item in sorted(found.items())]

    def _acts(self, profession: str, home: str, hosts: Sequence[str], lang: str) -> list[dict[str, Any]]:
        """What the profession may do at home and in the host, act by act."""
        found = read_things(self._store, "permissions_of", profession=[thing("profession", profession)])
        state = {place.iri: place.state for place in self._places.get(lang).all}
        sides = {
            "home": {home, state.get(home, home)},
            "host": {place for host in hosts for place in (host, state.get(host, host))},
        }
        acts = {act for item in found.values() for act in item.get("act", ())}
        names = read_things(self._store, "labels", thing=iris(sorted(acts))) if acts else {}
        rows: dict[str, dict[str, Any]] = {}
        for item in found.values():
            act = one(item, "act") or ""
            for side, wanted in sides.items():
                if wanted & set(item.get("inJurisdiction", ())):
                    rows.setdefault(act, {"label": named(names.get(act, {}), lang)})[side] = item
        return [row for _, row in sorted(rows.items()) if "host" in row]

    def _numbered(self, answer: answers.Answer) -> list[Mapping[str, Any]]:
        """The sources of the best routes, each once, in the order of their first use."""
        found: dict[str, Mapping[str, Any]] = {}
        for place in answer.places:
            for step in (place.best or {"steps": []})["steps"]:
                for source in step["sources"]:
                    found.setdefault(source["id"], source)
        return list(found.values())


def _drawings(answer: answers.Answer, places: Places, lang: str) -> dict[int, Sequence[Diagram]]:
    """The best route of each place as a drawing, by its rank."""
    untitled = translations(lang).gettext("any title")
    best = [place.best for place in answer.places if place.best]
    return {path["rank"]: answers.diagrams(answer, path, places.named, untitled) for path in best}


def _given(request: Request) -> list[tuple[str, str]]:
    """The question's own parameters that are filled."""
    known = (*FIELDS, *EXPERIENCE)
    return [(name, value) for name, value in request.query_params.multi_items() if name in known and value.strip()]


def _encoded(pairs: Sequence[tuple[str, str]]) -> str:
    return urlencode(list(pairs), quote_via=quote)
