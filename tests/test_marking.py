"""What almost every line of a page says, against what templates would say."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment, UndefinedError

from graph_api.rdf.languages import LANGUAGES
from graph_api.web import i18n
from graph_api.web.layout import Reader, environment

HOSTILE = "<script>\"&' %(x)s {{ 1 }}"
AS_TEMPLATE = """
{%- if language and language != lang -%}
<span lang="{{ language }}">{{ text }}</span>&#8288;<abbr class="tongue" title="{{ language|language }}">{{ language }}</abbr>
{%- else -%}{{ text }}{%- endif -%}
"""


def rendered(lang: str, template: str, /, **given: Any) -> str:
    return (
        environment(lang).from_string(template).render({"lang": lang, "link": Reader(lang, chosen=False).link, **given})
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("language", [None, "", *LANGUAGES, "pl", "de-AT"])
def test_a_text_is_marked_where_it_is_in_another_language(lang: str, language: str | None) -> None:
    for text in ("Hebamme", HOSTILE, "", 7, None):
        given = {"text": text, "language": language}
        assert rendered(lang, "{{ said(text, language) }}", **given) == rendered(lang, AS_TEMPLATE, **given)
        assert rendered(lang, "{{ plain((text, language)) }}", **given) == rendered(lang, AS_TEMPLATE, **given)


def test_things_are_linked_where_they_are_told() -> None:
    def link(iri: str) -> str:
        return rendered("en", '{{ thing_link(iri, text, "fr") }}', iri=iri, text=HOSTILE)

    said = rendered("en", '{{ said(text, "fr") }}', text=HOSTILE)
    assert "<script>" not in said
    assert link("https://w3id.org/passerelle/id/profession/midwife") == f'<a href="/page/profession/midwife">{said}</a>'
    outside = link('https://eur-lex.example/?a="b"&c')
    assert outside.startswith(
        f'<a class="out" href="https://eur-lex.example/?a=&#34;b&#34;&amp;c" rel="external">{said}'
    )
    assert outside.endswith('<path d="M8 5H4v11h11v-4M11 4h5v5M16 4l-7 7"/></svg></a>')
    assert link("urn:nowhere") == said


def test_links_keep_the_language_that_was_chosen() -> None:
    asked = [("/a", {}), ("/a#b", {}), ("/a#b", {"x": "1 2", "y": None, "z": ""}), ("/a#", {})]
    plain, chosen = Reader("fr", chosen=False), Reader("fr", chosen=True)
    assert [plain.link(path, **given) for path, given in asked] == ["/a", "/a#b", "/a?x=1%202#b", "/a#"]
    assert [chosen.link(path, **given) for path, given in asked] == [
        *("/a?lang=fr", "/a?lang=fr#b", "/a?x=1%202&lang=fr#b", "/a?lang=fr#")
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_are_those_of_the_catalogue(lang: str) -> None:
    reference: Any = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    reference.install_gettext_translations(i18n.translations(lang), newstyle=True)
    theirs = reference.from_string("{{ _(text, **given) }}").render
    sentences = [
        ("Find a path", {}),
        ("100 %% sure", {}),
        ("Version of the data: %(version)s", {"version": HOSTILE}),
        ("%(kinds)s, at most %(time)s", {"kinds": "a & b", "time": 3}),
        ("a sentence of no catalogue <b>", {}),
    ]
    for text, given in sentences:
        assert rendered(lang, "{{ _(text, **given) }}", text=text, given=given) == theirs(text=text, given=given)
        assert rendered(lang, "{{ gettext(text, **given) }}", text=text, given=given) == theirs(text=text, given=given)
    with pytest.raises(KeyError):
        rendered(lang, '{{ _("%(missing)s") }}')


def test_what_a_page_does_not_know_is_a_mistake() -> None:
    with pytest.raises(UndefinedError):
        rendered("en", '{{ said(nobody_gave_it, "fr") }}')
