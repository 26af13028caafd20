"""The guard of queries alone, with no server around it: what it reads of a text, and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_api.errors import BadQuery, LimitReached, QueryRefused
from graph_api.store.query_guard import MOST_CALLS, MOST_TOKENS, UPDATES, read
from tests.test_sparql_fence import HARMLESS, SMUGGLED, at

HERE, THERE = "http://127.0.0.1:1/", "http://127.0.0.1:2/"
CALL = "SELECT * {{ SERVICE <{}> {{ ?s ?p ?o }} }}"


@pytest.mark.parametrize("spelling", SMUGGLED)
def test_every_spelling_of_a_call_is_refused(spelling: str) -> None:
    with pytest.raises(QueryRefused, match=r"^SERVICE is switched off here: a query may not call other endpoints$"):
        read(at(SMUGGLED[spelling], 1))


@pytest.mark.parametrize("query", HARMLESS)
def test_a_harmless_text_is_read_and_calls_nobody(query: str) -> None:
    assert not read(query).calls
    assert not read(query, [HERE]).calls


def test_what_may_be_called_is_called_and_nothing_else() -> None:
    assert read(CALL.format(HERE), [HERE, THERE]).calls
    assert read(CALL.format(HERE).replace("SERVICE", "service silent"), [HERE]).calls
    wrong = f"^SERVICE may call {HERE}, {THERE}, written as a full <IRI>, and nothing else$"
    for query in (
        CALL.format("http://127.0.0.1:3/"),
        CALL.format(HERE) + CALL.format("http://127.0.0.1:3/"),
        CALL.format("http://127.0.0.1:3/") + CALL.format(HERE),
        f"PREFIX h: <{HERE}> " + CALL.format("").replace("<>", "h:"),
    ):
        with pytest.raises(QueryRefused, match=wrong):
            read(query, [THERE, HERE])


@pytest.mark.parametrize(
    ("query", "form", "gives_graph"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT", False),
        ("ask {}", "ASK", False),
        ("Construct { ?s ?p ?o } { ?s ?p ?o }", "CONSTRUCT", True),
        ("DESCRIBE <http://x/>", "DESCRIBE", True),
        ("BASE <http://x/> PREFIX select: <http://x/> ASK { select:a ?p ?o }", "ASK", False),
    ],
)
def test_the_form_says_what_the_result_is(query: str, form: str, gives_graph: bool) -> None:
    assert (read(query).form, read(query).gives_graph) == (form, gives_graph)


@pytest.mark.parametrize("word", sorted(UPDATES))
def test_an_update_is_refused_by_its_name(word: str) -> None:
    with pytest.raises(QueryRefused, match=f"^{word} is an update; this endpoint only reads$"):
        read(f"PREFIX x: <http://x/> {word.lower()} x:a")


@pytest.mark.parametrize("text", ["", "hello", "?s", "@en", ";", "PREFIX x: <http://x/>", "EXPLAIN SELECT * {}"])
def test_what_begins_with_no_form_is_no_query(text: str) -> None:
    wrong = "^this is not SPARQL 1.1: a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE$"
    with pytest.raises(BadQuery, match=wrong):
        read(text)


@pytest.mark.parametrize(
    ("query", "has_dataset"),
    [
        ("SELECT * FROM <http://x/> { ?s ?p ?o }", True),
        ("ask from named <http://x/> {}", True),
        ("SELECT ?from { ?from ?p 'FROM' }", False),
    ],
)
def test_a_query_names_its_graphs_or_not(query: str, has_dataset: bool) -> None:
    assert read(query).has_dataset is has_dataset


@pytest.mark.parametrize("call", ["NOW()", "rand()", "UUID()", "STRUUID()"])
def test_what_differs_each_time_is_not_repeatable(call: str) -> None:
    assert not read(f"SELECT ({call} AS ?x) {{}}").repeatable
    assert read(f"SELECT ('{call}' AS ?x) {{}}").repeatable


def test_a_call_is_not_repeatable() -> None:
    assert not read(CALL.format(HERE), [HERE]).repeatable


@pytest.mark.parametrize(
    ("written", "handed_on"),
    [
        (r"\u0061", "a"),
        (r"\U00000061", "a"),
        (r"\u0022", r"\u0022"),
        (r"\u007B", r"\u007B"),
        (r"\uD800", r"\uD800"),
        (r"\uDFFF", r"\uDFFF"),
        (r"\uE000", "\ue000"),
        (r"\uD7FF", "\ud7ff"),
        (r"\U0010FFFF", "\U0010ffff"),
        (r"\U00110000", r"\U00110000"),
        (r"\\u0061", r"\\u0061"),
    ],
)
def test_escapes_of_characters_are_resolved_but_for_those_that_delimit(written: str, handed_on: str) -> None:
    """SPARQL 1.1, 19.2; a delimiter stays written, so that the engine reads what the guard has read."""
    assert read(f"SELECT * {{ ?s ?p '{written}' }}").text == f"SELECT * {{ ?s ?p '{handed_on}' }}"


def test_a_text_that_can_be_read_in_too_many_ways_is_refused() -> None:
    few, many = (f"SELECT * {{ FILTER({'?a<#>' * times}?b) }} # service" for times in (1, 600))
    read(few)
    with pytest.raises(QueryRefused, match=r"^this text can be read in too many ways; write its IRIs with prefixes$"):
        read(many)


def test_a_query_may_have_so_many_words_and_signs_and_not_one_more() -> None:
    """ASK and its two braces are three; blanks and comments are none."""
    words = "a " * (MOST_TOKENS - 3)
    assert read(f"ASK {{ # a comment\n{words} }}").form == "ASK"
    with pytest.raises(LimitReached, match=f"^the query has more than {MOST_TOKENS} words and signs; ask in parts$"):
        read(f"ASK {{ a {words} }}")


@pytest.mark.parametrize("word", ["", "service "])
@pytest.mark.parametrize("mark", ["'''", '"""'])
def test_twenty_long_strings_may_go_on_without_an_end_and_not_one_more(mark: str, word: str) -> None:
    """Each is searched for its end to the end of the text, which costs time: so few are allowed."""
    with pytest.raises(BadQuery, match=r"^this is not SPARQL 1\.1: long strings in it do not end$"):
        read(f"ASK {{ a {word}" + f"{mark}\\q" * 21)
    if not word:
        assert read("ASK { a " + f"{mark}\\q" * 20).form == "ASK"


def test_empty_strings_and_names_side_by_side_are_no_long_string() -> None:
    """`?a?b?a?b` and `'' ''` begin like what follows them, and are whole."""
    assert read("SELECT ?a?a { " + "?a" * 50 + " '' \"\" " * 50 + "''\"\"" * 50 + " }").form == "SELECT"


def names_that_hold_the_word(count: int, start: str = "http://e/") -> str:
    """A query with so many names, each of ten letters after its prefix, that the engine could split at a call."""
    return f"PREFIX a: <{start}> ASK {{ " + " ".join(f"a:service{number:03}" for number in range(count)) + " }"


@pytest.mark.parametrize(
    ("fits", "exceeds"),
    [
        (names_that_hold_the_word(2000), names_that_hold_the_word(2001)),
        (
            names_that_hold_the_word(100, "http://e/" + "x" * 1981),
            names_that_hold_the_word(101, "http://e/" + "x" * 1981),
        ),
        ("PREFIX a: <http://e/> ASK { " + "a:service " * 2001 + "}", names_that_hold_the_word(2001)),
    ],
    ids=["2,000 names", "200,000 letters", "one name again and again"],
)
def test_so_many_names_that_hold_the_word_are_looked_at_and_not_one_more(fits: str, exceeds: str) -> None:
    assert not read(fits).calls
    with pytest.raises(QueryRefused, match=r"^too many names hold the word 'service'; write them as <IRI>$"):
        read(exceeds)


def test_a_query_calls_no_more_than_so_many_times() -> None:
    call = "SERVICE <http://a.example/> {} "
    allowed = {"http://a.example/"}
    assert read(f"SELECT * {{ {call * MOST_CALLS} }}", allowed).calls
    with pytest.raises(QueryRefused, match=f"at most {MOST_CALLS} times"):
        read(f"SELECT * {{ {call * (MOST_CALLS + 1)} }}", allowed)


BEGINNINGS = st.lists(
    st.sampled_from(
        [
            *(
                "PREFIX",
                "prefix",
                "BASE",
                "SELECT",
                "select",
                "Ask",
                "CONSTRUCT",
                "DESCRIBE",
                "DROP",
                "WHERE",
                "VERSION",
            ),
            *(
                " ",
                "\n",
                "\u00a0",
                "# SELECT\n",
                "a:",
                ":",
                "é:",
                "select:",
                "<http://x/>",
                "<a b>",
                "<>",
                "'s'",
                "?x",
                "{",
                "*",
            ),
        ]
    ),
    max_size=9,
)


@settings(max_examples=2000, deadline=None)
@given(BEGINNINGS)
def test_a_plain_beginning_is_read_at_once_as_it_is_read_token_by_token(pieces: list[str]) -> None:
    text = "".join(pieces) + " { }"
    assert outcome(text) == outcome(f"{text} # service")  # which may be a call, so it is read token by token


def outcome(text: str) -> object:
    try:
        reading = read(text)
    except (BadQuery, QueryRefused) as error:
        return type(error), str(error)
    return reading.form, reading.has_dataset, reading.repeatable, reading.calls
