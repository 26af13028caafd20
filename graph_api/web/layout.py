"""What all pages share: language, addresses, headers, the templates and their words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Undefined
from jinja2.bccache import Bucket
from jinja2.utils import missing
from starlette.staticfiles import StaticFiles

from graph_api.rdf.dates import no_time
from graph_api.recognition import citation
from graph_api.store.things import LANGUAGES
from graph_api.web import i18n
from graph_api.web.addresses import encoded, page_path, public_address
from graph_api.web.marking import marking, translated
from graph_api.web.negotiation import language_of
from graph_api.web.pages.drawings.code import qr_code
from graph_api.web.pages.papers import papers
from graph_api.web.services import services_of

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SEVERAL_LINES = re.compile(r"\n\s*\n+")

CARD_SIZE: Final = (1200, 630)
"""Width and height of the picture that stands for a page elsewhere."""

Value = str | int | None


@dataclass(frozen=True)
class Reader:
    """Who reads a page: the language, and whether the address asks for it."""

    lang: str
    chosen: bool

    def address(self, path: str, pairs: list[tuple[str, str]]) -> str:
        """A link that keeps the language which the reader chose."""
        kept = [*pairs, ("lang", self.lang)] if self.chosen else pairs
        return path + (f"?{encoded(kept)}" if kept else "")

    def link(self, path: str, /, **given: Value) -> str:
        """The address of a page; parameters that are None or empty are left out."""
        if not given and not self.chosen:
            return path
        path, mark, fragment = path.partition("#")
        pairs = [(name, str(value)) for name, value in given.items() if value not in (None, "")]
        return self.address(path, pairs) + mark + fragment


def reader_of(request: Request) -> Reader:
    """Who reads the answer to the request."""
    asked = request.query_params.get("lang")
    lang = language_of(asked, request.headers.get("accept-language", ""))
    return Reader(lang, asked in LANGUAGES)


@cache
def _stamp(name: str) -> str:
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "none"


def static_address(name: str) -> str:
    """The address of a static file, which changes when the file does, so that browsers may keep it."""
    return f"/static/{name}?v={_stamp(name)}"


def has_static(name: str) -> bool:
    """Whether there is a static file of that name."""
    return (STATIC / name).is_file()


class Absent(Undefined):
    """A key that a mapping lacks is empty; anything else that is absent is a mistake in a template."""

    __slots__ = ()

    def __new__(cls, hint: str | None = None, obj: Any = missing, *rest: Any, **more: Any) -> Any:
        if isinstance(obj, Mapping):
            return super().__new__(cls)
        return StrictUndefined(hint, obj, *rest, **more)


class Compiled(FileSystemBytecodeCache):
    """Templates as Python compiled them, for the next start and the other languages, in a folder of this user alone."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write it down where that can be done; a full disk costs time at the next start, and no page."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled() -> Compiled | None:
    """None where there is no folder for it, as on a root that cannot be written to."""
    try:
        return Compiled()
    except (OSError, RuntimeError):
        return None


@cache
def environment(lang: str) -> Environment:
    """The templates with the words, dates and numbers of a language."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        bytecode_cache=_compiled(),
        autoescape=True,
        undefined=Absent,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    made.policies["ext.i18n.trimmed"] = True
    install: Callable[..., None] = vars(made)["install_gettext_translations"]
    install(i18n.translations(lang), newstyle=True)
    made.filters |= {
        "date": partial(i18n.written_date, lang=lang),
        "duration": partial(i18n.written_duration, lang=lang),
        "years": partial(i18n.written_years, lang=lang),
        "number": partial(i18n.written_number, lang=lang),
        "share": partial(i18n.written_share, lang=lang),
        "listed": partial(i18n.written_list, lang=lang),
        "article": partial(citation.written_article, lang=lang),
        "act": partial(citation.act_name, lang=lang),
        "language": partial(i18n.language_name, lang=lang),
    }
    made.tests["no_time"] = no_time
    made.globals |= {
        "card_size": CARD_SIZE,
        "locales": i18n.LOCALES,
        "fee": partial(i18n.written_fee, lang=lang),
        "page_path": page_path,
        "static": static_address,
        "has_static": has_static,
        "other_countries": i18n.countries(lang),
        "papers": papers,
        "qr_code": qr_code,
        "language_names": i18n.NAMES,
    }
    made.globals |= {**marking(made, lang), **dict.fromkeys(("_", "gettext"), translated(lang))}
    return made


def page(request: Request, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """A page in the reader's language, with the headers that every page carries."""
    reader = reader_of(request)
    services = services_of(request)
    text = (
        environment(reader.lang)
        .get_template(template)
        .render(
            request=request,
            lang=reader.lang,
            link=reader.link,
            here=request.url.path,
            versions_of_page=[(name, _in_language(request, name)) for name in LANGUAGES],
            address=public_address(request) + _itself(request, reader),
            acknowledgements=services.acknowledgements.releases().texts,
            public=public_address(request),
            data_version=services.store.version,
            **{"reform": None, **context},
        )
    )
    return HTMLResponse(_SEVERAL_LINES.sub("\n", text), status_code=status, headers=headers(reader.lang))


@cache
def words(lang: str) -> Any:
    """The sentences of `words.html` as functions, where an answer needs one without a page."""
    return environment(lang).get_template("words.html").make_module({"lang": lang})


def headers(lang: str) -> Mapping[str, str]:
    """The headers that every page carries."""
    return {
        "Content-Security-Policy": POLICY,
        "Content-Language": lang,
        "Vary": "Accept, Accept-Language",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cache-Control": "no-cache",
    }


def _in_language(request: Request, lang: str) -> str:
    """The address of this page in another language."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{request.url.path}?{encoded([*kept, ('lang', lang)])}"


def _itself(request: Request, reader: Reader) -> str:
    """The path and question of this page, in the language that the address asks for."""
    if reader.chosen:
        return _in_language(request, reader.lang)
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return request.url.path + (f"?{encoded(kept)}" if kept else "")


_files = StaticFiles(directory=STATIC, check_dir=False)


async def static_file(request: Request, path: str) -> Response:
    """A file of the design; one asked for with its stamp never changes."""
    answer = await _files.get_response(path, request.scope)
    stamped = request.query_params.get("v") == _stamp(path)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if stamped else "no-cache"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
