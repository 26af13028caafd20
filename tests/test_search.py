"""Label search: an invented trade in an invented state, hostile texts, judged queries over real tables."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from fnmatch import fnmatchcase
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from benchmarks.search import esco_quads
from graph_api.errors import BadRequest, NoGraph
from graph_api.inputs.tables import read_tables
from graph_api.rdf.terms import ESCO, PREF_LABEL, RDF_TYPE, RDFS_LABEL, pas, thing
from graph_api.search.index import CurrentIndex, Hit, Index, Results
from graph_api.search.stemming import fold, forms, stem
from graph_api.search.writer import write_index
from graph_api.store.local import CurrentStore
from tests.conftest import ROOT, official

SKOS = "http://www.w3.org/2004/02/skos/core#"
GRAPH = NamedNode("https://w3id.org/passerelle/graph/test")
CASES = list(csv.DictReader((ROOT / "tests" / "cases" / "search.csv").read_text(encoding="utf-8").splitlines()))
SMITH = f"{ESCO}occupation/0001"
MELT = f"{ESCO}skill/0002"


def _skos(name: str) -> NamedNode:
    return NamedNode(SKOS + name)


def _label(subject: NamedNode, text: str, lang: str, predicate: NamedNode = PREF_LABEL) -> Quad:
    return Quad(subject, predicate, Literal(text, language=lang), GRAPH)


def _quads() -> Iterator[Quad]:
    """Bell founders in Arcadia (AR), whose north is AR-n."""
    founder, land, north = (
        thing("profession", "bell-founder"),
        thing("jurisdiction", "ar"),
        thing("jurisdiction", "ar-n"),
    )
    for place, code, name in ((land, "AR", "Arcadia"), (north, "AR-n", "North Arcadia")):
        yield Quad(place, pas("code"), Literal(code), GRAPH)
        yield _label(place, name, "en")
    yield Quad(north, pas("partOf"), land, GRAPH)
    for text, lang in (
        ("bell founder", "en"),
        ("klokkengieter", "nl"),
        ("fondeur de cloches", "fr"),
        ("Glockengießer", "de"),
    ):
        yield _label(founder, text, lang)
    yield Quad(founder, pas("iscoCode"), Literal("7211"), GRAPH)
    yield Quad(founder, _skos("broadMatch"), NamedNode("https://w3id.org/passerelle/scheme/crafts/Z99"), GRAPH)
    yield Quad(
        NamedNode("https://w3id.org/passerelle/scheme/crafts/Z99"),
        RDFS_LABEL,
        Literal("Founders of metal"),
        GRAPH,
    )
    master = thing("qualification", "ar-n-master")
    yield _label(master, "Staatlich geprüfte/r Glockengießer/in (Meister, SGGM)", "de")
    yield Quad(master, pas("issuedIn"), north, GRAPH)
    yield _label(thing("qualification", "ar-diplome"), "Diplôme d'État de fondeur(euse) de cloches", "fr")
    yield Quad(thing("qualification", "ar-diplome"), pas("issuedIn"), land, GRAPH)
    yield _label(thing("source", "a-book"), "bell founder", "en")
    yield Quad(NamedNode(SMITH), RDF_TYPE, NamedNode(f"{ESCO}model#Occupation"), GRAPH)
    yield _label(NamedNode(SMITH), "bell founder", "en")
    yield _label(NamedNode(SMITH), "metal founder", "en", _skos("altLabel"))
    yield Quad(NamedNode(SMITH), RDFS_LABEL, Literal("bell founder"), GRAPH)
    yield Quad(NamedNode(SMITH), _skos("notation"), Literal("7211.1"), GRAPH)
    yield _label(NamedNode(MELT), "melt bronze", "en")
    yield _label(NamedNode(MELT), "brnz", "en", _skos("hiddenLabel"))


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return _index(_store(_quads()), tmp_path_factory.mktemp("invented"))


@pytest.fixture(scope="module")
def tables() -> Store:
    return _store(read_tables(ROOT / "mappings").quads)


@pytest.fixture(scope="module")
def ours(data: Path) -> Index:
    """The index that the build made of our tables."""
    return Index(data / "current" / "search.db")


@pytest.fixture(scope="module")
def with_esco(tables: Store, tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = official("data", "esco", "v1.1.1")
    store = _store(tables)
    store.bulk_extend(esco_quads(folder))
    return _index(store, tmp_path_factory.mktemp("with-esco"))


def _store(quads: Iterable[Quad]) -> Store:
    store = Store()
    store.bulk_extend(quads)
    return store


def _index(store: Store, folder: Path) -> Index:
    write_index(store, folder / "search.db")
    return Index(folder / "search.db")


def _brief(results: Results) -> list[tuple[str, str, str, str, str]]:
    return [(hit.kind, hit.slug, hit.matched.label, hit.matched.role, hit.matched.how) for hit in results]


def test_an_exact_label_leads_and_one_concept_is_one_hit(invented: Index) -> None:
    found = invented.search("bell founder", lang="de")
    assert [asdict(hit) for hit in found] == [
        {
            "id": "https://w3id.org/passerelle/id/profession/bell-founder",
            "slug": "bell-founder",
            "kind": "profession",
            "label": "Glockengießer",
            "lang": "de",
            "matched": {"label": "bell founder", "lang": "en", "role": "preferred", "how": "exact"},
            "score": 1.0,
        },
        {
            "id": SMITH,
            "slug": "0001",
            "kind": "occupation",
            "label": "bell founder",
            "lang": "en",
            "matched": {"label": "bell founder", "lang": "en", "role": "preferred", "how": "exact"},
            "score": 1.0,
        },
    ]
    assert [hit.as_json() for hit in found] == [asdict(hit) for hit in found]
    assert (found.query, found.next) == ("bell founder", None)


FOUNDER = ("profession", "bell-founder", "Glockengießer", "preferred")
MASTER = (
    "qualification",
    "ar-n-master",
    "Staatlich geprüfte/r Glockengießer/in (Meister, SGGM)",
    "preferred",
)
DIPLOMA = ("qualification", "ar-diplome", "Diplôme d'État de fondeur(euse) de cloches", "preferred")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("glockengiesser", (*FOUNDER, "folded"), id="ss for ß"),
        pytest.param("GLOCKENGIEẞER", (*FOUNDER, "exact"), id="capitals"),
        pytest.param("Glocken-Gießer", (*FOUNDER, "folded"), id="a hyphen"),
        pytest.param("Glockengießerin", (*FOUNDER, "folded"), id="feminine of a masculine label"),
        pytest.param("Glockengi", (*FOUNDER, "prefix"), id="beginning"),
        pytest.param("Glokengießer", (*FOUNDER, "typo"), id="a letter missing"),
        pytest.param("Glockengiesserei", (*FOUNDER, "folded"), id="compound that begins alike"),
        pytest.param("staatlich geprüfte Glockengießerin", (*MASTER, "folded"), id="feminine of a label with marks"),
        pytest.param("SGGM", (*MASTER, "folded"), id="abbreviation in a remark"),
        pytest.param("diplome d etat de fondeuse de cloches", (*DIPLOMA, "folded"), id="feminine without accents"),
        pytest.param("cloches diplome", (*DIPLOMA, "folded"), id="words in another order"),
        pytest.param(
            "brnz",
            ("competence", "0002", "brnz", "hidden", "exact"),
            id="a hidden label finds what it belongs to",
        ),
        pytest.param("7211", ("profession", "bell-founder", "7211", "code", "exact"), id="a code"),
        pytest.param("7211.1", ("occupation", "0001", "7211.1", "code", "exact"), id="a code with a dot"),
        pytest.param("z99", ("concept", "Z99", "Z99", "code", "exact"), id="the concept that has the code"),
    ],
)
def test_the_best_hit_says_why_it_matched(invented: Index, text: str, expected: tuple[str, ...]) -> None:
    assert _brief(invented.search(text))[0] == expected


def test_a_code_also_finds_what_is_matched_to_it(invented: Index) -> None:
    assert _brief(invented.search("Z99")) == [
        ("concept", "Z99", "Z99", "code", "exact"),
        ("profession", "bell-founder", "Z99", "code", "exact"),
    ]


def test_what_resembles_nothing_finds_nothing(invented: Index) -> None:
    assert invented.search("xylophone quartz") == Results("xylophone quartz", (), None)


def test_parts_of_answers_are_not_looked_for(invented: Index) -> None:
    assert [(hit.kind, hit.slug) for hit in invented.search("bell founder", limit=200)] == [
        ("profession", "bell-founder"),
        ("occupation", "0001"),
    ]


def test_filters_keep_kinds_countries_and_languages(invented: Index) -> None:
    def slugs(kinds: Sequence[str] = (), countries: Sequence[str] = (), languages: Sequence[str] = ()) -> list[str]:
        found = invented.search("cloches Glockengießer", kinds=kinds, countries=countries, languages=languages)
        return [hit.slug for hit in found]

    assert slugs() == ["bell-founder", "ar-n-master", "ar-diplome"]
    assert slugs(kinds=["qualification"]) == ["ar-n-master", "ar-diplome"]
    assert slugs(kinds=["profession", "occupation"]) == ["bell-founder"]
    assert slugs(countries=["AR-n"]) == ["ar-n-master"]
    assert slugs(countries=["ar"]) == ["ar-n-master", "ar-diplome"]
    assert slugs(languages=["fr"], kinds=["qualification"]) == ["ar-diplome"]
    assert slugs(kinds=["planet"]) == slugs(countries=["Atlantis"]) == slugs(languages=["\ud800"]) == []
    assert [hit.slug for hit in invented.search("7211", languages=["fr"])] == ["bell-founder", "0001"]


def test_the_label_shown_is_the_readers_or_else_another(invented: Index) -> None:
    def shown(lang: str) -> tuple[str, str]:
        hit = invented.search("7211.1", lang=lang).results[0]
        return hit.label, hit.lang

    assert shown("en") == shown("nl") == ("bell founder", "en")
    hit = invented.search("SGGM", lang="en").results[0]
    assert (hit.label, hit.lang) == ("Staatlich geprüfte/r Glockengießer/in (Meister, SGGM)", "de")


def test_pages_follow_each_other_without_gap_or_repeat(ours: Index) -> None:
    whole = ours.search("diplôme", limit=60)
    pages: list[Hit] = []
    offset: int | None = 0
    while offset is not None and offset < 60:
        page = ours.search("diplôme", limit=7, offset=offset)
        pages.extend(page)
        offset = page.next
    assert tuple(pages[: len(whole.results)]) == whole.results
    assert len({hit.id for hit in pages}) == len(pages) > 20
    assert ours.search("diplôme", offset=100_000) == Results("diplôme", (), None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "q has no letter or digit; write a title, a part of one, or a code"),
        (" \t\n", "q has no letter or digit; write a title, a part of one, or a code"),
        ('"*():-^', "q has no letter or digit; write a title, a part of one, or a code"),
        ("\0", "q has no letter or digit; write a title, a part of one, or a code"),
        ("\ud800", "q has no letter or digit; write a title, a part of one, or a code"),
        ("a" * 10_000, "q has 10000 characters; write at most 500"),
    ],
)
def test_a_text_that_cannot_be_looked_for_is_refused(invented: Index, text: str, message: str) -> None:
    with pytest.raises(BadRequest) as refused:
        invented.search(text)
    assert (refused.value.parameter, str(refused.value)) == ("q", message)


@pytest.mark.parametrize(("limit", "offset", "parameter"), [(0, 0, "limit"), (201, 0, "limit"), (1, -1, "offset")])
def test_a_page_out_of_bounds_is_refused(invented: Index, limit: int, offset: int, parameter: str) -> None:
    with pytest.raises(BadRequest) as refused:
        invented.search("bell", limit=limit, offset=offset)
    assert refused.value.parameter == parameter


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [
                "bell",
                "AND",
                "OR",
                "NOT",
                "NEAR(",
                '"',
                "*",
                "(",
                ")",
                ":",
                "-",
                "^",
                "{words}:",
                "'",
                ";",
                "\0",
                "ß",
                "ﬁ",
                "ก็",
            ]
        ),
        max_size=20,
    ).map(" ".join),
)


@given(HOSTILE)
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_search(invented: Index, text: str) -> None:
    try:
        found = invented.search(text)
    except BadRequest as refused:
        assert refused.parameter == "q"
        assert fold(text) == ""
    else:
        assert all(0 < hit.score <= 1 for hit in found)
        assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


@pytest.mark.parametrize(
    "syntax", ["bell AND founder", "bell NEAR founder", "bell* founder", '"bell founder"', "^bell:founder"]
)
def test_signs_of_the_engines_own_language_mean_nothing(invented: Index, syntax: str) -> None:
    assert invented.search(syntax).results[0].slug == "bell-founder"


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    quads = list(_quads())
    write_index(_store(quads), tmp_path / "a.db")
    write_index(_store(reversed(quads)), tmp_path / "b.db")
    assert (tmp_path / "a.db").read_bytes() == (tmp_path / "b.db").read_bytes()


def test_an_index_is_written_anew_over_an_old_one(tmp_path: Path) -> None:
    (tmp_path / "search.db").write_text("left over")
    assert _brief(_index(_store(_quads()), tmp_path).search("Z99"))[0][1] == "Z99"


def test_an_empty_graph_has_an_index_that_finds_nothing(tmp_path: Path) -> None:
    assert _index(Store(), tmp_path).search("bell") == Results("bell", (), None)


def test_an_index_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoGraph, match="run `passerelle build`"):
        Index(tmp_path / "search.db")


def test_an_index_is_only_read(invented: Index) -> None:
    with invented._database.reading() as database, pytest.raises(sqlite3.OperationalError, match="readonly"):
        database.execute("DELETE FROM label")


def test_threads_share_an_index(invented: Index) -> None:
    alone = invented.search("Glockengießer")
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(invented.search, ["Glockengießer"] * 64)) == [alone] * 64


@pytest.mark.long
def test_processes_share_an_index(tmp_path: Path) -> None:
    alone = _index(_store(_quads()), tmp_path).search("Glockengießer")
    with get_context("spawn").Pool(2) as processes:
        assert processes.map(_search_elsewhere, [tmp_path / "search.db"] * 2) == [alone] * 2


def _search_elsewhere(path: Path) -> Results:
    return Index(path).search("Glockengießer")


def test_the_served_index_follows_the_served_graph(data: Path, store: CurrentStore) -> None:
    indexes = CurrentIndex(data, store)
    assert indexes.current() is indexes.current()
    assert indexes.current().search("midwife").results[0].slug == "midwife"


def test_forms_write_out_what_a_label_says_in_one_breath() -> None:
    assert forms("infirmier(ère)") == ["infirmier", "infirmière"]
    assert forms("Erzieher/-in") == ["Erzieher", "Erzieherin"]
    assert forms("KrankenpflegerIn") == ["Krankenpfleger", "Krankenpflegerin"]
    assert forms("coiffeur/euse") == ["coiffeur", "coiffeuse"]
    assert forms("Pflegefachfrau/-mann") == ["Pflegefachfrau", "Pflegefachmann"]
    assert forms("Zimmerer/Zimmerin; Tischler/in") == ["Zimmerer", "Zimmerin", "Tischler", "Tischlerin"]
    assert forms("Verzorgende IG (mbo-3)") == ["Verzorgende IG"]
    assert forms("nurse") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("infirmier", "infirmiere"),
        ("conducteur", "conductrice"),
        ("technicien", "technicienne"),
        ("coiffeur", "coiffeuse"),
        ("macon", "maconne"),
        ("boulanger", "boulangere"),
        ("pflegefachkraft", "pflegefachmann"),
        ("pflegefachkrafte", "pflegefachfrau"),
        ("arzt", "aerztin"),
        ("leraar", "lerares"),
        ("verpleegkundige", "verpleegkundigen"),
        ("nurse", "nurses"),
    ],
)
def test_forms_of_one_title_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("infirmier", "information"), ("arzt", "arbeit"), ("baker", "bank"), ("nurse", "nun")]
)
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_preferred_label_as_written_comes_first(ours: Index, draw: st.DataObject) -> None:
    with ours._database.reading() as database:
        count = database.execute("SELECT count(*) FROM label").fetchone()[0]
        number = draw.draw(st.integers(1, count))
        labels = "SELECT text, iri FROM label JOIN concept ON concept.id = label.concept"
        row = database.execute(f"{labels} WHERE label.id >= ? AND role = 0 LIMIT 1", (number,)).fetchone()
    if row is None:
        return
    text, iri = row
    found = ours.search(text, limit=200)
    first = found.results[0]
    assert (first.matched.label.lower(), first.matched.how, first.score) == (text.lower(), "exact", 1.0)
    same = [hit.id for hit in found if hit.matched.how == "exact"]
    assert iri in same
    assert same == [hit.id for hit in found][: len(same)]


def test_judged_queries_over_our_tables(ours: Index) -> None:
    _judge(ours, [case for case in CASES if not case["needs"]], share=0.97)


@pytest.mark.long
def test_judged_queries_among_all_labels_of_esco(with_esco: Index) -> None:
    _judge(with_esco, CASES, share=0.95)


def _judge(index: Index, cases: list[dict[str, str]], share: float) -> None:
    """At least this share of the queries has a right answer among the first three, and exact labels lead."""
    missed = []
    for case in cases:
        hits = index.search(case["query"], kinds=case["kind"].split(), lang=case["lang"] or "en", limit=3).results
        if not any(_right(hit, case) for hit in hits):
            missed.append(f"{case['query']}: {[f'{hit.kind}/{hit.slug}' for hit in hits]} ({case['why']})")
        exact = [hit.matched.label.lower() == case["query"].lower() for hit in hits]
        assert exact == sorted(exact, reverse=True), case["query"]
    assert len(missed) <= (1 - share) * len(cases), "\n".join(missed)


def _right(hit: Hit, case: dict[str, str]) -> bool:
    return any(fnmatchcase(f"{hit.kind}/{hit.slug}", pattern) for pattern in case["expected"].split())


def test_judged_queries_expect_what_the_tables_hold(ours: Index) -> None:
    with ours._database.reading() as database:
        known = {name for (name,) in database.execute("SELECT kind || '/' || slug FROM concept")}
    foreign = ("occupation/", "competence/", "isco-group/")
    unknown = [
        pattern
        for case in CASES
        for pattern in case["expected"].split()
        if not pattern.startswith(foreign) and not any(fnmatchcase(name, pattern) for name in known)
    ]
    assert unknown == []
