"""Queries said in other words give the answer of the words that were sent; what is not of a known shape is not touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from graph_api.rdf.namespaces import DCTERMS, SKOS
from graph_api.search.literals import FILE, write_literals
from graph_api.settings import Settings
from graph_api.store.rewriting import SUBSTRINGS, TOP_COUNTS
from graph_api.web.sparql.job import REWRITTEN
from graph_api.web.sparql.rewritten import Rewriter
from tests.sparql_fixtures import client_of, graph_directory

PREFIXES = f"PREFIX skos: <{SKOS}> PREFIX dct: <{DCTERMS}> PREFIX : <http://example.org/>\n"
PREF, ALT = NamedNode(f"{SKOS}prefLabel"), NamedNode(f"{SKOS}altLabel")
COMPARED: Counter[str] = Counter()
"""How many queries were compared with the plain engine, by what was done to them."""


def iri(name: str) -> NamedNode:
    return NamedNode(f"http://example.org/{name}")


PIECES = [
    "abc",
    "ABC",
    "bCa",
    "Straße",
    "ẞÉİıi",
    "ΣΑΣ",
    "Σ",
    "ǅ\U0001d504",
    "\U00010400x",
    " ",
    '"',
    "\\",
    "\n",
    "\0",
    "\ufffd",
    "?{#",
    "é",
]
texts = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
tags = st.sampled_from(["en", "EN-gb", "fr", "tr"])
literals = st.one_of(
    texts.map(Literal),
    st.builds(lambda text, tag: Literal(text, language=tag), texts, tags),
    st.integers(-2, 20).map(Literal),
    st.just(Literal("aab", datatype=iri("type"))),
)
names = st.sampled_from([iri(name) for name in "stuvw"])
subjects = st.one_of(names, names, names, st.just(BlankNode("b")))
values = st.one_of(literals, literals, names)
links = st.sampled_from([PREF, ALT, NamedNode(f"{DCTERMS}title"), iri("p"), iri("q")])
quads = st.builds(lambda s, p, o: Quad(s, p, o, DefaultGraph()), subjects, links, values)
named_quads = st.builds(lambda s, p, o: Quad(s, p, o, DefaultGraph()), names, links, values)
graphs = st.one_of(st.lists(named_quads, max_size=40), st.lists(named_quads, min_size=15), st.lists(quads, max_size=40))


def mostly(usual: list[str], unusual: list[str]) -> st.SearchStrategy[str]:
    """Nine times in ten one of the usual."""
    return st.integers(0, 9).flatmap(lambda chance: st.sampled_from(usual if chance else unusual))


needles = st.one_of(
    st.sampled_from(
        ["abc", "cab", "bca", "bcabc", "stra", "traße", "ßéi̇ıi", "σας", "ασσ", "\U00010428xa", "éab", "cst"]
    ),
    st.text("abcé\ufffd σ", max_size=5),
    st.sampled_from(["ab", "é", "", "ABC", "Straße", "\U00010428x"]),
)
calls = mostly(
    ['CONTAINS(LCASE(?l), "{}")', 'contains(lcase(str(?l)),"{}")', "CONTAINS(LCASE($l), '{}')"],
    [
        '!CONTAINS(LCASE(?l), "{}")',
        'CONTAINS(?l, "{}")',
        'CONTAINS(LCASE(?l), "{}"@en)',
        'STRSTARTS(LCASE(?l), "{}")',
        'CONTAINS(LCASE(?m), "{}")',
        '(CONTAINS(LCASE(?l), "{}"))',
        'CONTAINS(LCASE(?l), "{}") = true',
    ],
)
verbs = mostly(["skos:prefLabel", f"<{SKOS}altLabel>", "dct:title"], [":p", "?verb", "a", "skos:prefLabel/:p"])
others = st.sampled_from(['LANG(?l) = "en"', "?s != :t", "BOUND(?x)", 'STR(?l) = "a" || BOUND(?x)', "true"])


@st.composite
def substring_queries(draw: st.DrawFn) -> str:
    call = draw(calls).format(draw(needles))
    condition = draw(
        mostly(
            ["{0}", "{0} && ({1})", "({1}) && {0}", "({0} || {1}) && {0}"],
            ["{0} || {1}", "({1}) && ({0})", "{0} && {1}"],
        )
    ).format(call, draw(others))
    label = f"?s {draw(verbs)} ?l"
    pieces = [
        label + draw(st.sampled_from(["", " .", " ; :p ?x .", " , ?m ."])),
        draw(st.sampled_from([f"FILTER({condition})", f"FILTER ( {condition} ) ."])),
    ]
    extra = mostly(
        [
            "",
            "?s :q ?x .",
            "?x :p ?s .",
            "OPTIONAL { ?s :p ?x }",
            "OPTIONAL { ?s skos:altLabel ?m FILTER(?m = ?l) }",
            "{ ?s :p ?x } UNION { ?x :q ?s }",
            "?s skos:altLabel ?m .",
        ],
        ["MINUS { ?s :q ?y }", "BIND(:t AS ?y)", "?s :p+ ?y .", "[] :p ?s .", "VALUES ?s { :s }"],
    )
    pieces += [draw(extra), draw(extra)]
    pieces = draw(st.permutations(pieces))
    body = " ".join(_stopped(pieces))
    where = draw(
        mostly(
            [
                "{{ {0} }}",
                "{{ ?s :p ?w OPTIONAL {{ {0} }} }}",
                "{{ {{ {0} }} UNION {{ ?s :q ?x }} }}",
            ],
            [
                "{{ GRAPH ?g {{ {0} }} }}",
                "{{ ?s ?any ?w FILTER EXISTS {{ {0} }} }}",
            ],
        )
    ).format(body)
    head = draw(st.sampled_from(["SELECT *", "SELECT ?s ?l", "SELECT DISTINCT ?l", "select ?s (count(?l) as ?n)"]))
    tail = " GROUP BY ?s" if "count" in head else ""
    tail += draw(mostly(["", " ORDER BY ?s DESC(?l)", " # and no more"], [" LIMIT 2", " OFFSET 1"])) if not tail else ""
    return f"{PREFIXES}{head} {where}{tail}"


def _stopped(pieces: list[str]) -> Iterator[str]:
    """Triple patterns end with a full stop where another follows."""
    for piece in pieces:
        yield f"{piece} ." if piece.startswith("?") and not piece.endswith(".") else piece


@st.composite
def top_queries(draw: st.DrawFn) -> str:
    counted = draw(mostly(["COUNT(?x)", "COUNT(DISTINCT ?x)", "count(*)", "COUNT(?none)"], ["SUM(?x)", "SAMPLE(?x)"]))
    groups = draw(mostly(["s", "st", "t"], ["l", "sl"]))
    selected = [f"?{name}" for name in groups] + [f"({counted} AS ?n)"]
    selected = draw(st.permutations(selected))
    body = draw(
        st.sampled_from(
            [
                "?s :p ?x . ?t :q ?x ; skos:altLabel ?l .",
                "?s ?p ?x . ?t ?p ?x . ?t ?r ?l",
                ":s ?p ?x . ?s ?q ?x FILTER(?s != :s) ?t ?p ?l .",
                "?s ?p ?x OPTIONAL { ?t :q ?s } OPTIONAL { ?s skos:prefLabel ?l }",
                "{ ?s ?p ?x } UNION { ?s :q ?x } ?t ?p ?l",
            ]
        )
    )
    keys = [draw(mostly(["DESC(?n)"], ["ASC(?n)", "?n"]))]
    keys += [
        draw(st.sampled_from(["?{}", "DESC(?{})", "ASC(?{})"])).format(name) for name in draw(st.permutations(groups))
    ]
    keys = draw(mostly([" ".join(keys)], [keys[0], " ".join(keys[::-1])]))
    having = draw(mostly([""], [" HAVING(COUNT(?x) > 1)"]))
    distinct = draw(mostly([""], ["DISTINCT "]))
    end = draw(mostly(["LIMIT 1", "LIMIT 2", "LIMIT 5 # few"], ["LIMIT 0", "LIMIT 2 OFFSET 1", ""]))
    group = " ".join(f"?{name}" for name in groups)
    return (
        f"{PREFIXES}SELECT {distinct}{' '.join(selected)} WHERE {{ {body} }} GROUP BY {group} # so"
        f"\n{having} ORDER BY {keys} {end}"
    )


def store_of(found: list[Quad]) -> Store:
    store = Store()
    store.extend(found)
    return store


def rows_of(results: Any) -> tuple[list[str], list[tuple[str, ...]]]:
    return [variable.value for variable in results.variables], [tuple(map(str, row)) for row in results]


def compare(found: list[Quad], query: str, *, ordered: bool) -> str:
    """Both answers are the same; what was done to the query."""
    store = store_of(found)
    with TemporaryDirectory() as folder:
        write_literals(store, Path(folder) / FILE)
        rewriter = Rewriter(Path(folder))
        try:
            plain = rows_of(store.query(query))
        except SyntaxError as error:
            with pytest.raises(SyntaxError) as raised:
                rewriter.results(query, store.query, union=True)
            assert str(raised.value) == str(error)
            return "refused"
        results, done = rewriter.results(query, store.query, union=True)
        said = rows_of(results)
        rewriter.close()
    assert said[0] == plain[0]
    if ordered or not done:
        assert said[1] == plain[1], query
    else:
        assert Counter(said[1]) == Counter(plain[1]), query
    COMPARED[done or "as sent"] += 1
    return done


@examples(max_examples=150, deadline=None)
@given(graphs, substring_queries())
def test_labels_that_hold_a_text_are_those_of_the_engine(found: list[Quad], query: str) -> None:
    compare(found, query, ordered=False)


@examples(max_examples=150, deadline=None)
@given(graphs, top_queries())
def test_the_first_by_count_are_those_of_the_engine(found: list[Quad], query: str) -> None:
    compare(found, query, ordered=True)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service over a few labels, with the file by which they are found."""
    named = NamedNode("http://example.org/graph")
    found = [
        Quad(iri(f"s{number}"), PREF, Literal(f"Nursing {number}", language="en"), graph)
        for number in range(5)
        for graph in (named, DefaultGraph())
    ]
    directory = graph_directory(tmp_path_factory.mktemp("labels"), found)
    write_literals(Store.read_only(str(directory / "store")), directory / FILE)
    with client_of(directory) as service:
        yield service


SUBSTRING = f'{PREFIXES}SELECT ?s ?l {{ ?s skos:prefLabel ?l FILTER(CONTAINS(LCASE(?l), "nursing 3")) }}'
TOP = f"{PREFIXES}SELECT ?s (COUNT(?l) AS ?n) {{ ?s skos:prefLabel ?l }} GROUP BY ?s ORDER BY DESC(?n) ?s LIMIT 2"


@pytest.mark.parametrize(("query", "done"), [(SUBSTRING, SUBSTRINGS), (TOP, TOP_COUNTS), ("ASK {}", None)])
def test_what_was_done_is_said_and_can_be_switched_off(client: TestClient, query: str, done: str | None) -> None:
    for _ in range(2):  # in a thread at first, then at once
        said = client.get("/sparql", params={"query": query})
        assert said.headers.get(REWRITTEN) == done
    plain = client.post("/sparql", data={"query": query, "rewrite": "off"})
    assert REWRITTEN not in plain.headers
    assert said.json() == plain.json()


def test_a_graph_that_is_named_is_asked_as_it_was_sent(client: TestClient) -> None:
    over = {"query": SUBSTRING, "default-graph-uri": "http://example.org/graph"}
    answer = client.get("/sparql", params=over)
    assert REWRITTEN not in answer.headers and len(answer.json()["results"]["bindings"]) == 1


def test_another_word_for_rewriting_is_400(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}", "rewrite": "maybe"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "rewrite")


def test_the_server_can_ask_all_queries_as_they_were_sent(tmp_path: Path) -> None:
    directory = graph_directory(tmp_path, [Quad(iri("s"), PREF, Literal("x"), DefaultGraph())])
    with client_of(directory, Settings(rewrite="off")) as service:
        assert REWRITTEN not in service.get("/sparql", params={"query": TOP}).headers
