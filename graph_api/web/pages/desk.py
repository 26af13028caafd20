"""The desk: many cases at once, as a table of questions; the answers as a table with links, counted by outcome.

Nothing is stored: the table comes with the request and goes with the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from graph_api.errors import BadRequest, LimitReached, UnknownIdentifier
from graph_api.recognition.question import question_from
from graph_api.web.addresses import encoded, public_address
from graph_api.web.admission import Admission
from graph_api.web.contract_parts import BODY_PROBLEMS, PROBLEMS, Answers, described
from graph_api.web.csv_text import CSV
from graph_api.web.layout import page, reader_of, words
from graph_api.web.negotiation import HTML
from graph_api.web.pages.answer_view import answer_of
from graph_api.web.pages.desk_table import MOST_BYTES, MOST_ROWS, Table, read_table, written_csv, written_xlsx
from graph_api.web.pages.meant import label_of, meant
from graph_api.web.pages.search import PageSearch
from graph_api.web.pages.shared import EXPERIENCE, FIELDS
from graph_api.web.services import Services
from graph_api.web.statuses import status_of

DESK: Final = "/desk"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Final = ("html", "csv", "xlsx")
_WAITING: Final = 4
_SECONDS: Final = 60.0
_NAMED: Final = ("qualification", "profession")
"""Columns that hold a slug or a name in any language."""
_ADDED: Final = ("answer_for", "status", "outcome", "answer", "office", "time", "address", "problem")
_FOR_PEOPLE: Final = {**PROBLEMS[400], "content": {**PROBLEMS[400]["content"], **described(HTML)}}
_ERRORS: Final[Answers] = {**BODY_PROBLEMS, 400: _FOR_PEOPLE, 429: _FOR_PEOPLE, 503: PROBLEMS[503]}
_CONTENT: Final = {**described(CSV), XLSX: {"schema": {"type": "string", "format": "binary"}}}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "cases": {"type": "string", "description": "CSV: the question's parameters in the first line"},
                        "file": {"type": "string", "format": "binary", "description": "the same as CSV or XLSX"},
                        "format": {"type": "string", "enum": list(FORMATS), "default": "html"},
                    },
                }
            }
        }
    }
}


@dataclass(frozen=True)
class Line:
    """One answer of the table: of one case, for one place that decides."""

    number: int
    cells: Sequence[str]
    """The case as it was sent."""
    country: str = ""
    status: str = ""
    outcome: str = ""
    answer: str = ""
    office: str = ""
    longest: str = ""
    address: str = ""
    asked: str = ""
    """The case in words: profession, from where, to where."""
    problem: str = ""


class DeskPages:
    """The desk over one store."""

    def __init__(self, services: Services) -> None:
        self._services, self._store, self._finder = services, services.store, services.path_finder
        self._search = PageSearch(services.index)
        self._admission = Admission(1, _WAITING, _SECONDS)

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of the desk."""
        router.add_api_route(DESK, self.form, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route(
            DESK,
            self.answered,
            methods=["POST"],
            response_class=HTMLResponse,
            summary="Many cases at once: a table of questions gives a table of answers, as a page, CSV or XLSX",
            tags=["paths"],
            responses={**_ERRORS, 200: {"content": _CONTENT}},
            openapi_extra=_BODY,
        )

    def form(self, request: Request) -> Response:
        """The empty form."""
        return self._page(request, "", ())

    async def answered(self, request: Request) -> Response:
        """The answers to the table in the body; they are worked out beside the loop that serves everybody else."""
        self._services.beside.alone(request)
        async with request.form(max_files=1, max_fields=8, max_part_size=MOST_BYTES) as form:
            sent = form.get("file")
            data = await sent.read(MOST_BYTES + 1) if isinstance(sent, UploadFile) else b""
            text, wanted = str(form.get("cases") or ""), str(form.get("format") or "html")
        if wanted not in FORMATS:
            raise BadRequest("format", f"'{wanted}' is not made here; write {', '.join(FORMATS)}")
        return await run_in_threadpool(
            self._answered, request, data or text.encode(), "file" if data else "cases", wanted
        )

    def _answered(self, request: Request, data: bytes, name: str, wanted: str) -> Response:
        lang = reader_of(request).lang
        try:
            table = read_table(data, name)
            unread = [column for column in table.columns if column and column not in (*FIELDS, *EXPERIENCE)]
            if not {"profession", "country"} & set(table.columns):
                raise BadRequest(
                    name, "the first line names no column of the question; write at least profession and country"
                )
            with self._admission.place():
                lines = [
                    line for number, cells in table.rows for line in self._lines(request, table, number, cells, lang)
                ]
        except (BadRequest, LimitReached) as error:
            if wanted != "html":
                raise
            text = "" if data.startswith(b"PK") else data.decode("utf-8", "replace")
            return self._page(request, text, (), status_of(error), wrong=str(error))
        if wanted == "html":
            return self._page(request, table.as_text(), lines, table=table, unread=unread)
        rows = [[*table.columns, *_ADDED], *(_row(line, len(table.columns)) for line in lines)]
        body: str | bytes = written_csv(rows) if wanted == "csv" else written_xlsx(rows)
        headers = {"Content-Disposition": f'attachment; filename="passerelle.{wanted}"', "Cache-Control": "no-store"}
        return Response(body, media_type="text/csv; charset=utf-8" if wanted == "csv" else XLSX, headers=headers)

    def _lines(self, request: Request, table: Table, number: int, cells: Sequence[str], lang: str) -> Iterator[Line]:
        """The answers to one case; a case that cannot be answered says why and stops no other."""
        known = (*FIELDS, *EXPERIENCE)
        given = [(name, cell) for name, cell in zip(table.columns, cells, strict=False) if name in known and cell]
        try:
            given = [(name, self._slug(name, cell, lang)) for name, cell in given]
            said = self._finder.find(question_from([*given, ("lang", lang)]))
            answer = answer_of(self._store, said, lang, dict(given).get("intent"))
        except (BadRequest, UnknownIdentifier) as error:
            yield Line(number, cells, problem=str(error))
            return
        question, places = answer.said["question"], self._services.jurisdictions.get(lang)
        home = places.named(question["home"]) if question["home"] else question["issued_in"] or "…"
        address = f"{public_address(request)}/path?{encoded([*given, ('lang', lang)])}"
        for place in answer.places:
            way = place.way
            told = str(words(lang).verdict(answer.outcome(place.best) if place.best else "none", place.status)).strip()
            verdict = place.verdicts[0] if place.verdicts else None
            authority = way["steps"][-1]["authority"] if way else None
            yield Line(
                number,
                cells,
                place.country,
                place.status,
                verdict["outcome"] if verdict else answer.said["outcome"],
                (verdict["sentence"] or "") if verdict else told,
                (authority["label"] or "") if authority else "",
                way["total"]["longest"] or "" if way else "",
                address,
                f"{question['profession_label'] or ''}: {home} → {places.named(place.country)}",
            )

    def _slug(self, name: str, cell: str, lang: str) -> str:
        """The cell as the question takes it: of a title or profession its slug. Raises UnknownIdentifier."""
        found = meant(self._store, self._search, cell, name, lang) if name in _NAMED else cell
        if found is None and " " in cell:
            raise UnknownIdentifier(name, cell)
        return found or cell

    def _outcomes(self, lines: Sequence[Line], lang: str) -> Mapping[str, str]:
        """The outcomes of the answers in words."""
        named = {line.outcome for line in lines if line.outcome}
        return {code: label_of(self._store, "outcome", code.replace("_", "-"), lang)[0] or code for code in named}

    def _page(self, request: Request, text: str, lines: Sequence[Line], status: int = 200, /, **more: Any) -> Response:
        answer = page(
            request,
            "desk.html",
            status,
            text=text,
            lines=lines,
            statuses=_counted(lines),
            outcomes=self._outcomes(lines, reader_of(request).lang),
            most=MOST_ROWS,
            columns=(*FIELDS, *EXPERIENCE),
            **{"wrong": None, "table": None, "unread": (), **more},
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _counted(lines: Sequence[Line]) -> Mapping[tuple[str, str], int]:
    """How many answers have which status and outcome, the commonest first."""
    return dict(Counter((line.status, line.outcome) for line in lines).most_common())


def _row(line: Line, width: int) -> list[str]:
    cells = [*line.cells[:width], *[""] * (width - len(line.cells))]
    added = (
        line.country,
        line.status,
        line.outcome,
        line.answer,
        line.office,
        line.longest,
        line.address,
        line.problem,
    )
    return [*cells, *added]
