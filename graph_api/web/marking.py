"""What almost every line of a page says: a text in its language, a link to a thing, an icon. In Python, for speed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from graph_api.store.things import Text
from graph_api.web import i18n
from graph_api.web.addresses import page_path


def marking(environment: Environment, lang: str) -> Mapping[str, Callable[..., Any]]:
    """The functions that templates in a language call."""
    icons: Any = environment.get_template("icons.html").module
    icon: Callable[[str], Markup] = cache(icons.icon)

    def said(text: object, language: str | None) -> Markup:
        """A text, marked where it is in another language than the page."""
        if language and language != lang:
            tag, name = escape(language), escape(i18n.language_name(language, lang))
            return Markup(
                f'<span lang="{tag}">{escape(text)}</span>&#8288;<abbr class="tongue" title="{name}">{tag}</abbr>'
            )
        return escape(text)

    def plain(named: Text) -> Markup:
        """A text with its language, as pairs hold them."""
        return said(*named[:2])

    @pass_context
    def thing_link(context: Context, iri: str, text: object, language: str | None) -> Markup:
        """A link to the page of a thing, to where it is told elsewhere, or its name alone."""
        place = page_path(iri)
        if place.startswith("/"):
            return Markup(f'<a href="{escape(context["link"](place))}">{said(text, language)}</a>')
        if place.startswith("http"):
            return Markup(
                f'<a class="out" href="{escape(place)}" rel="external">{said(text, language)}{icon("out")}</a>'
            )
        return said(text, language)

    return {"icon": icon, "logo": cache(icons.logo), "said": said, "plain": plain, "thing_link": thing_link}


def translated(lang: str) -> Callable[..., Markup]:
    """What `_` gives in templates, as Jinja's new style does: markup, with what it names put in and escaped."""
    find = i18n.translations(lang).gettext

    @cache
    def markup(text: str) -> Markup:
        return Markup(find(text))

    @cache
    def whole(text: str) -> Markup:
        return markup(text) % {}

    def gettext(text: str, /, **named: object) -> Markup:
        return markup(text) % named if named else whole(text)

    return gettext
