"""`Accept` is read as RFC 9110 says, for every door."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from graph_api.errors import BadRequest
from graph_api.web.limits import LONGEST_HEADER
from graph_api.web.negotiation import choose, language_of, quality, takes_gzip, weighted
from tests.conftest import in_turn

JSON, TURTLE, HTML, XML = "application/json", "text/turtle", "text/html", "application/xml"
OFFERED = [TURTLE, JSON, HTML]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, TURTLE),
        ("", TURTLE),
        ("*/*", TURTLE),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/*", JSON),
        ("text/*", TURTLE),
        ("text/*;q=0.3, application/json;q=0.2", TURTLE),
        ("text/turtle;q=0.3, application/json;q=0.5", JSON),
        ("text/turtle;q=0, */*", JSON),
        ("*/*;q=0.1, text/html;q=0.2", HTML),
        ("text/html, */*", HTML),
        ("application/json, text/turtle", TURTLE),
        ("application/json; charset=utf-8", JSON),
        ("application/json;q=1.000", JSON),
        ('application/json;profile="a,b";q=0.9, text/turtle;q=0.1', JSON),
        ("image/png, application/json;q=0.001", JSON),
        ("text/turtle;q=high, application/json;q=0.1", JSON),
        (BROWSER, HTML),
        (" , application/json ,, ", JSON),
    ],
)
def test_accept_header_chooses(accept: str | None, chosen: str) -> None:
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize("accept", ["image/png", "text/turtle;q=0", "*/*;q=0", "nonsense", "text/turtle/x", "*"])
def test_what_cannot_be_had_is_refused_with_what_can(accept: str) -> None:
    with pytest.raises(BadRequest) as refused:
        choose(accept, [TURTLE])
    assert refused.value.parameter == "Accept"
    assert str(refused.value) == f"nothing here can be written as '{accept}'; ask for text/turtle"


def test_specific_range_wins_over_the_wide_one_even_when_it_likes_less() -> None:
    assert choose("text/turtle;q=0.1, text/*;q=0.9, */*;q=0.5", [TURTLE, JSON]) == JSON


def test_override_wins_over_accept() -> None:
    assert choose("text/html", OFFERED, "json") == JSON
    assert choose("text/html", OFFERED, "text/turtle") == TURTLE


def test_unknown_override_is_named_with_what_can_be_had() -> None:
    with pytest.raises(BadRequest) as refused:
        choose(None, [TURTLE], "word")
    assert refused.value.parameter == "format"
    assert str(refused.value) == "format is 'word'; write ttl, turtle or text/turtle"


def test_quality_of_one_type() -> None:
    assert quality("text/html, */*;q=0.1", TURTLE) == 0.1
    assert quality("text/html", TURTLE) == 0
    assert quality(None, TURTLE) == 1


RANGES = st.sampled_from([TURTLE, JSON, HTML, XML, "text/*", "application/*", "*/*", "image/png"])
WEIGHTED = st.tuples(RANGES, st.integers(0, 10)).map(lambda pair: f"{pair[0]};q={pair[1] / 10}")
ACCEPTS = st.lists(WEIGHTED, min_size=1, max_size=5).map(", ".join)


@given(ACCEPTS, st.permutations([TURTLE, JSON, HTML, XML]))
def test_nothing_offered_is_liked_better_than_the_choice(accept: str, offered: list[str]) -> None:
    likings = [quality(accept, media_type) for media_type in offered]
    if not any(likings):
        with pytest.raises(BadRequest):
            choose(accept, offered)
        return
    chosen = choose(accept, offered)
    assert quality(accept, chosen) == max(likings)


@given(ACCEPTS, st.sampled_from([TURTLE, JSON, HTML]))
def test_a_type_named_for_itself_gets_the_weight_it_was_given(accept: str, media_type: str) -> None:
    assert quality(f"{media_type};q=0.7, */*;q=1", media_type) == 0.7
    named = [part for part in accept.split(", ") if part.startswith(media_type)]
    if named:
        assert quality(accept, media_type) == max(float(part.partition("=")[2]) for part in named)


@given(st.text(max_size=200))
def test_any_header_is_answered_or_refused(accept: str) -> None:
    try:
        assert choose(accept, OFFERED) in OFFERED
    except BadRequest as refused:
        assert refused.parameter == "Accept"


LONG = 400_000


@pytest.mark.parametrize(
    "part",
    in_turn(['"', '"\\"', '\\"', ",", ";", ";q=", "; ", "a/b;", '"a,', "text/html;q=0.", ';q="', "de,", "é", " "], 3),
)
def test_a_header_of_any_length_is_read_in_bearable_time(part: str) -> None:
    """What is read anew at every quote would take hours here."""
    header = (part * LONG)[:LONG]
    list(weighted(header))
    assert takes_gzip(header) is False
    assert language_of(None, header) in ("de", "en")
    assert 0 <= quality(header, TURTLE) <= 1


def test_commas_in_quotes_part_nothing() -> None:
    assert list(weighted('a/b;c="d,e\\",f";q=0.5, g/h')) == [("a/b", 0.5), ("g/h", 1.0)]
    assert list(weighted('a/b;c="d, g/h')) == [("a/b", 1.0)]


@pytest.mark.parametrize("path", ["/", "/sparql?query=ASK%7B%7D", "/api/v1/regimes"])
@pytest.mark.parametrize("name", ["Accept", "Accept-Language", "If-None-Match"])
def test_a_header_that_is_too_long_is_refused(client: TestClient, path: str, name: str) -> None:
    assert client.get(path, headers={name: "a" * LONGEST_HEADER}).status_code != 431
    answer = client.get(path, headers={name: "a" * (LONGEST_HEADER + 1)})
    assert (answer.status_code, answer.headers["content-type"]) == (431, "application/problem+json")
    assert f"send at most {LONGEST_HEADER}" in answer.json()["detail"]
