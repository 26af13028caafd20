"""Pages that answer: the path finder, its form and its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.recognition.places import UnknownPlace
from graph_api.recognition.question import question_from
from graph_api.store.jurisdictions import Jurisdictions
from graph_api.store.per_version import PerVersion
from graph_api.store.queries import iris
from graph_api.store.things import Text, label, one, read_things
from graph_api.web.addresses import encoded, public_address
from graph_api.web.layout import Reader, page, reader_of, words
from graph_api.web.pages import answer_jsonld, answer_view
from graph_api.web.pages.case_file import case_file_words
from graph_api.web.pages.meant import kinds_of, label_in, meant
from graph_api.web.pages.search import PageSearch
from graph_api.web.pages.shared import EXPERIENCE, FIELDS, QuestionForm, drawings, given_in, wants_data
from graph_api.web.reforms import InForce
from graph_api.web.services import Services

_FIRST_HELP: Final = ("assistance-centre", "point-of-single-contact")
TYPED: Final = ("qualification", "profession")
"""Fields that people fill by typing."""


class PathPages:
    """The path finder over one store."""

    def __init__(self, services: Services) -> None:
        self._store, self._places, self._finder = services.store, services.jurisdictions, services.path_finder
        self._reforms = services.reforms
        self._search = PageSearch(services.index)
        self._certificates = PerVersion(self._store, self._certificate_words)

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of these pages."""
        router.add_api_route("/path", self.path, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route("/path/card", self.card, include_in_schema=False)

    # ---- the path finder ----

    def path(self, request: Request) -> Response:
        """The form, and below a complete question its answer."""
        reader = reader_of(request)
        given = given_in(request)
        moved = self._typed(request, reader, given)
        if moved is not None:
            return moved
        name = request.query_params.get("reform") or None
        law = self._reforms.in_force(name) if name else None
        if wants_data(request):
            if law:
                raise BadRequest("reform", "linked data are given of the law in force alone")
            return self._as_data(request, given)
        places = self._places.get(reader.lang)
        form = self.form(request, reader)
        asked = bool(request.query_params.keys() - {"lang"})
        changing = bool(request.query_params.get("change"))
        if form.missing or form.choices or changing:
            return self._form_page(request, reader, form, places, asked=asked and not changing)
        unplaced: UnknownPlace | None = None
        try:
            try:
                answer = self._answer(given, reader.lang, law)
            except UnknownPlace as error:
                unplaced = error
                given = [(name, value) for name, value in given if name != "place"]
                answer = self._answer(given, reader.lang, law)
        except UnknownIdentifier as error:
            return self._form_page(request, reader, self._unknown(form, error, reader), places, asked=True)
        except BadRequest as error:
            wrong = QuestionForm(form.values, form.certificates, form.labels, {}, str(error), error.parameter)
            return self._form_page(request, reader, wrong, places, asked=True, status=400)
        kept = [*given, ("reform", name)] if name else given
        return page(
            request,
            "answer.html",
            form=form,
            places=places,
            answer=answer,
            reform=law.told(reader.lang) if law else None,
            drawings=drawings(answer, places, reader.lang),
            unlisted=request.query_params.get("unlisted"),
            unplaced=request.query_params.get("place") if unplaced else None,
            near=unplaced.candidates if unplaced else (),
            certificates=self._certificates.get(reader.lang),
            as_json=f"/api/v1/paths?{encoded([*kept, ('lang', reader.lang)])}",
            as_data=reader.address("/path", [*given, ("format", "jsonld")]),
            days_address=reader.address("/path/days", given),
            letters_address=reader.address("/path/letters", given),
            **case_file_words(given, reader.lang),
            without=lambda *names: reader.address("/path", [pair for pair in kept if pair[0] not in names]),
            **{"with": lambda **changed: reader.address("/path", _changed(kept, changed))},
        )

    def _answer(
        self, given: Sequence[tuple[str, str]], lang: str, law: InForce | None = None
    ) -> answer_view.AnswerView:
        question = question_from([*given, ("lang", lang)])
        if law:
            said = law.finder.find(law.on_its_day(question, "as_of" in dict(given)))
            return answer_view.answer_of(law.store, said, lang, dict(given).get("intent"))
        said = self._finder.find(question)
        return answer_view.answer_of(self._store, said, lang, dict(given).get("intent"))

    def _as_data(self, request: Request, given: list[tuple[str, str]]) -> Response:
        """The same answer as linked data; a question that cannot be answered is a problem then."""
        lang = reader_of(request).lang
        answer = self._answer(given, lang)
        address = f"{public_address(request)}/path?{encoded(given)}"
        verdict = answer.headline or words(lang).verdict(answer.said["outcome"], answer.status)
        places = self._places.get(lang)
        body = answer_jsonld.answer_document(answer, address, lang, verdict, places.iri_of)
        return answer_jsonld.response(self._store, body)

    def card(self, request: Request) -> Response:
        """The answer in four lines, for a card on a foreign page."""
        reader = reader_of(request)
        given = given_in(request)
        answer = self._answer(given, reader.lang)
        said, places = answer.said, self._places.get(reader.lang)
        question = said["question"]
        body = {
            "lang": reader.lang,
            "status": answer.status,
            "verdict": answer.headline or words(reader.lang).verdict(said["outcome"], answer.status),
            "question": f"{question['profession_label'] or ''}, {places.named(question['home'])} → "
            f"{places.named(question['country'])}",
            "route": said["paths"][0]["steps"][-1]["regime"]["label"] if said["paths"] else None,
            "address": f"{public_address(request)}/path?{encoded([*given, ('lang', reader.lang)])}",
        }
        return JSONResponse(body, headers={"Access-Control-Allow-Origin": "*"})

    def _form_page(
        self,
        request: Request,
        reader: Reader,
        form: QuestionForm,
        places: Jurisdictions,
        *,
        asked: bool,
        status: int = 200,
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
            helpers=self._helpers(form, places, reader.lang) if asked else (),
        )

    def _helpers(self, form: QuestionForm, places: Jurisdictions, lang: str) -> list[tuple[Text, str | None]]:
        """Who knows more in the host, where a profession has no table here: its contacts for everybody."""
        host = places.with_code(form.values.get("country"))
        if host is None or form.choices.get("profession", None) is None:
            return []
        parts = [place for place in places.deciding if host.iri in (place.iri, place.state)]
        where = sorted({host.iri, host.state, *(place.iri for place in parts)})
        found = read_things(self._store, "contacts_in", place=iris(where))
        kinds = [item for kind in _FIRST_HELP for item in found.values() if kind in item.get("contactKind", ())]
        general = [item for item in kinds if not item.get("servesProfession") and not item.get("servesGroup")]
        return [(label(item, lang), one(item, "homepage")) for item in general]

    def _typed(self, request: Request, reader: Reader, given: list[tuple[str, str]]) -> Response | None:
        """Without scripts the address holds what was typed; a name with one meaning moves on to it."""
        params = request.query_params
        changed = dict(given)
        moved = False
        for name in TYPED:
            text = params.get(f"{name}_text", "").strip()
            if f"{name}_text" not in params:
                continue
            found = self._meant(text, params.get(name, ""), name, reader.lang)
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
        kept = [(name, params[name]) for name in ("unlisted", "format") if params.get(name)]
        address = reader.address(request.url.path, rest + certificates + kept)
        return RedirectResponse(address, status_code=303)

    def _meant(self, text: str, slug: str, name: str, lang: str) -> str | None:
        """The slug that a typed text stands for, when that is certain."""
        if not text:
            return None
        if slug and self._label(name, slug, lang)[0] == text:
            return slug
        return meant(self._store, self._search, text, name, lang)

    def _label(self, name: str, slug: str, lang: str) -> Text:
        return label_in(self._store, name, slug, lang)

    def form(self, request: Request, reader: Reader) -> QuestionForm:
        """The form as the address fills it."""
        params = request.query_params
        values = {name: value for name, value in params.items() if name not in ("lang", "format")}
        labels: dict[str, Text] = {}
        choices: dict[str, Sequence[Any]] = {}
        for name in TYPED:
            text = params.get(f"{name}_text", "").strip()
            if text:
                labels[name] = (text, None)
                choices[name] = self._search.hits(text, reader.lang, kinds=kinds_of(name), limit=12)
                values.pop(name, None)
            elif params.get(name):
                found = self._label(name, params[name], reader.lang)
                labels[name] = found if found[0] else (params[name], None)
        missing = [name for name in ("profession", "country") if not values.get(name) and name not in choices]
        if values.get("intent") == "level" and "profession" in missing:
            missing.remove("profession")
        if values.get("unlisted") and not values.get("issued_in"):
            missing.append("issued_in")
        return QuestionForm(values, params.getlist("certificates"), labels, choices, missing=missing)

    def _unknown(self, form: QuestionForm, error: UnknownIdentifier, reader: Reader) -> QuestionForm:
        """A slug that is not in the graph is taken for something typed."""
        text = error.slug.replace("-", " ")
        hits = self._search.hits(text, reader.lang, kinds=[error.kind], limit=12)
        values = {name: value for name, value in form.values.items() if name != error.kind}
        return QuestionForm(values, form.certificates, {**form.labels, error.kind: (text, None)}, {error.kind: hits})

    def _certificate_words(self, lang: str) -> list[tuple[str, str, Text]]:
        """Condition, certificate that meets it, and the condition's words."""
        found = read_things(self._store, "certificates")
        return [
            (iri.rpartition("/")[2], value, label(condition, lang))
            for iri, condition in sorted(found.items())
            for value in condition.get("value", ())[:1]
            if label(condition, lang)[0]
        ]


def _changed(given: Sequence[tuple[str, str]], changed: Mapping[str, str]) -> list[tuple[str, str]]:
    """The same question with other facts."""
    return [*((name, value) for name, value in given if name not in changed), *changed.items()]
