"""Label search, measured: time and size of the index, time of a query, and how well it answers.

    python benchmarks/search.py ../shared/data/esco/v1.1.1
    python benchmarks/search.py http://127.0.0.1:8000      # a server that runs over the full graph

The index holds our tables and every label of the ESCO release, in four languages. SQLite FTS5 is what the
service uses. For comparison tantivy finds the candidates for the same ranking, with its own fuzzy terms
(`pip install tantivy`). The judged queries are those of `tests/cases/search.csv`.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import os
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import httpx
from pyoxigraph import Literal, NamedNode, Quad, Store
from rapidfuzz.distance import OSA

from graph_api.inputs.tables import read_tables
from graph_api.rdf.terms import ESCO, PREF_LABEL, RDF_TYPE
from graph_api.search import index as search
from graph_api.search import writer
from graph_api.search.index import Index
from graph_api.search.labels import CODE
from graph_api.search.ranking import Term
from graph_api.search.stemming import FUNCTION_WORDS, keys_of, stem, written_out
from graph_api.search.writer import write_index
from graph_api.store.things import LANGUAGES

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "cases" / "search.csv"
SKOS = "http://www.w3.org/2004/02/skos/core#"
RELEASE = NamedNode("https://w3id.org/passerelle/graph/releases/esco-1.1.1")
FILES = {
    "en": (
        "en/occupations_en.csv.gz",
        "en/skills_en.csv.gz",
        "en/ISCOGroups_en.csv",
        "en/skillGroups_en.csv",
    ),
    "nl": (
        "nl/occupations_nl.csv.gz",
        "reconstructed/skills_nl.csv.gz",
        "nl/ISCOGroups_nl.csv",
        "nl/skillGroups_nl.csv",
    ),
    "fr": ("reconstructed/occupations_fr.csv.gz", "reconstructed/skills_fr.csv.gz"),
    "de": ("reconstructed/occupations_de.csv.gz", "reconstructed/skills_de.csv.gz"),
}
_SAMPLE = 400
LABEL_COLUMNS = {"preferredLabel": "prefLabel", "altLabels": "altLabel", "hiddenLabels": "hiddenLabel"}
CLASSES = {"Occupation": "Occupation", "KnowledgeSkillCompetence": "Skill"}


def esco_quads(folder: Path) -> Iterator[Quad]:
    """The labels, codes and classes of the release in the folder, as ESCO models them."""
    csv.field_size_limit(sys.maxsize)
    for lang, names in FILES.items():
        for name in names:
            for row in _rows(folder / name):
                yield from _concept(row, lang)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
    else:
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _concept(row: dict[str, str], lang: str) -> Iterator[Quad]:
    subject = NamedNode(row["conceptUri"])
    yield Quad(subject, RDF_TYPE, NamedNode(f"{SKOS}Concept"), RELEASE)
    if row["conceptType"] in CLASSES:
        yield Quad(subject, RDF_TYPE, NamedNode(f"{ESCO}model#{CLASSES[row['conceptType']]}"), RELEASE)
    for column, name in LABEL_COLUMNS.items():
        for text in re.split(r"\n| \| ", row.get(column) or ""):
            if text.strip():
                predicate = PREF_LABEL if name == "prefLabel" else NamedNode(SKOS + name)
                yield Quad(subject, predicate, Literal(text, language=lang), RELEASE)
    if row.get("code"):
        yield Quad(subject, NamedNode(f"{SKOS}notation"), Literal(row["code"]), RELEASE)


def main(folder: Path) -> None:
    """Build, query and judge with each engine on the same labels, one after the other."""
    store = Store()
    store.bulk_extend(read_tables(ROOT / "mappings").quads)
    store.bulk_extend(esco_quads(folder))
    with CASES.open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "search.db"
        seconds, _ = _timed(lambda: write_index(store, path))
        index = Index(path)
        rows = _label_rows(path)
        print(f"{len(rows)} labels, {len(index._vocabulary)} words, {len(cases)} judged queries")
        print(f"write_index: {seconds:.1f} s of processor time, {path.stat().st_size / 1e6:.1f} MB")
        words, _ = _timed(lambda: _fts_alone(rows, Path(temporary) / "fts.db"))
        _report("SQLite FTS5", words, Path(temporary) / "fts.db", index, cases)
        if importlib.util.find_spec("tantivy") is None:
            print("tantivy is not installed")
        else:
            directory = Path(temporary) / "tantivy"
            words, engine = _timed(lambda: _tantivy_alone(rows, directory))
            _report("tantivy", words, directory, TantivyIndex(path, engine), cases)


def over_http(address: str) -> None:
    """Ask a running server the judged queries and a sample of its labels, one after the other on one connection."""
    with CASES.open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    with httpx.Client(base_url=address, timeout=60) as client:
        version, labels = _sample(client)
        for case in cases[:20]:
            _asked(client, case["query"], case["kind"], case["lang"])
        firsts = [_asked(client, label, "", lang) for label, lang in labels]
        judged = [_asked(client, case["query"], case["kind"], case["lang"]) for case in cases]
    exact = sum(_is_label(hits, label) for (_, hits), (label, _) in zip(firsts, labels, strict=True))
    ranks = [
        next((place for place, hit in enumerate(hits, 1) if _fits(hit, case)), 0)
        for (_, hits), case in zip(judged, cases, strict=True)
    ]
    top = sum(0 < rank <= 3 for rank in ranks)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"over HTTP, data version {version}, load average {load}")
    print(f"exact labels: {exact} of {len(labels)} come first")
    print(f"judged: right first {ranks.count(1)}, among three {top} of {len(cases)} ({top / len(cases):.1%})")
    for name, answers in (("exact labels", firsts), ("judged", judged)):
        times = [seconds * 1000 for seconds, _ in answers]
        median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{name}: p50 {median:.1f} ms, p95 {p95:.1f} ms, slowest {max(times):.1f} ms (budget p95 50 ms)")
    missed = [case["query"] for case, rank in zip(cases, ranks, strict=True) if not 0 < rank <= 3]
    print(f"missed: {', '.join(missed)}")


def _asked(client: httpx.Client, text: str, kinds: str, lang: str) -> tuple[float, list[dict[str, Any]]]:
    """The seconds that the answer took, and its hits."""
    asked = {"q": text, "kind": kinds.split(), "lang": lang if lang in LANGUAGES else "en"}
    began = time.perf_counter()
    answer = client.get("/api/v1/search", params=asked)
    seconds = time.perf_counter() - began
    answer.raise_for_status()
    return seconds, answer.json()["results"]


def _sample(client: httpx.Client) -> tuple[str, list[tuple[str, str]]]:
    """The version of the data, and preferred labels of occupations, skills and our titles, from A to Z."""
    query = f"""SELECT DISTINCT ?label WHERE {{
      VALUES ?class {{ <{ESCO}model#Occupation> <{ESCO}model#Skill> <https://w3id.org/passerelle/def#Qualification> }}
      ?thing a ?class ; <{SKOS}prefLabel> ?label }} ORDER BY ?label"""
    answer = client.post("/sparql", data={"query": query, "timeout": "60"}, headers={"Accept": "application/json"})
    answer.raise_for_status()
    cells = [row["label"] for row in answer.json()["results"]["bindings"]]
    chosen = cells[:: max(1, len(cells) // _SAMPLE)]
    return answer.headers["x-passerelle-version"], [(cell["value"], cell.get("xml:lang", "")) for cell in chosen]


def _is_label(hits: Sequence[dict[str, Any]], label: str) -> bool:
    """Whether the first hit has this very label."""
    return bool(hits) and " ".join(label.split()).casefold() == hits[0]["matched"]["label"].casefold()


def _fits(hit: dict[str, Any], case: dict[str, str]) -> bool:
    return any(fnmatchcase(f"{hit['kind']}/{hit['slug']}", pattern) for pattern in case["expected"].split())


def _timed(work: Any) -> tuple[float, Any]:
    """The processor seconds that the work takes, which other work on the machine does not stretch."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _report(name: str, seconds: float, place: Path, index: Index, cases: Sequence[dict[str, str]]) -> None:
    size = sum(file.stat().st_size for file in (place.iterdir() if place.is_dir() else [place])) / 1e6
    for case in cases:
        _hits(index, case)
    times, ranks = [], []
    for case in cases:
        taken, hits = _timed(lambda case=case: _hits(index, case))
        times.append(taken * 1000)
        ranks.append(next((place for place, hit in enumerate(hits, 1) if _right(hit, case)), 0))
    median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    print(f"{name}: words indexed in {seconds:.1f} s, {size:.1f} MB", end="; ")
    print(f"query median {median:.1f} ms, p95 {p95:.1f} ms, slowest {max(times):.1f} ms", end="; ")
    print(f"right first {ranks.count(1)}, among three {sum(0 < rank <= 3 for rank in ranks)} of {len(cases)}")
    missed = [case["query"] for case, rank in zip(cases, ranks, strict=True) if not 0 < rank <= 3]
    print(f"  missed: {', '.join(missed)}")


def _hits(index: Index, case: dict[str, str]) -> Sequence[search.Hit]:
    return index.search(case["query"], kinds=case["kind"].split(), lang=case["lang"] or "en").results


def _right(hit: search.Hit, case: dict[str, str]) -> bool:
    return any(fnmatchcase(f"{hit.kind}/{hit.slug}", pattern) for pattern in case["expected"].split())


# ---- the engines alone, from the same rows ----------------------------------------------------------------


def _label_rows(path: Path) -> list[writer._LabelRow]:
    """The label rows of a written index, in their order."""
    select = "SELECT text, lang, role, concept, words FROM label ORDER BY id"
    with sqlite3.connect(path) as database:
        return [
            writer._LabelRow(False, 0, 0, text, lang, role, concept, words)
            for text, lang, role, concept, words in database.execute(select)
        ]


def _fts_alone(rows: Sequence[writer._LabelRow], path: Path) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(writer._SCHEMA)
    database.execute("BEGIN")
    writer._fill_words(database, rows)
    database.execute("INSERT INTO words(words) VALUES ('optimize')")
    database.execute("COMMIT")
    database.close()


def _tantivy_alone(rows: Sequence[writer._LabelRow], directory: Path) -> Any:
    import tantivy

    directory.mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", stored=True, fast=True)
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("terms", tokenizer_name="default", index_option="basic")
    engine = tantivy.Index(builder.build(), path=str(directory))
    writer = engine.writer(256_000_000, 1)
    for number, row in enumerate(rows, 1):
        folded = written_out(row.text, row.words, row.role < CODE)
        terms = {term for form in folded for term in form.split()}
        keys = sorted(keys_of(folded))
        text = " ".join(sorted(terms | set(map(stem, terms))))
        writer.add_document(tantivy.Document(number=number, key=keys, terms=text))
    writer.commit()
    writer.wait_merging_threads()
    engine.reload()
    return engine


@dataclass
class FuzzyTerm(Term):
    """A word that is compared with the words of labels as they come, for want of a list of kin."""

    def likeness(self, word: str) -> tuple[float, str]:
        known, how = super().likeness(word)
        if known or len(self.word) < 4 or not self.word.isalpha() or self.word in FUNCTION_WORDS:
            return known, how
        if len(self.word) > 4 and self.word in word:
            return 0.75, "folded"
        near = OSA.normalized_similarity(self.word, word, score_cutoff=0.7)
        return 0.85 * near, "typo"


class TantivyIndex(Index):
    """The same ranking over candidates that tantivy finds."""

    def __init__(self, path: Path, engine: Any) -> None:
        super().__init__(path)
        self._engine, self._searcher = engine, engine.searcher()

    def _widened(self, word: str) -> list[Term]:
        return [FuzzyTerm(word, self._weight(word))]

    def _whole(self, database: Any, question: Any, only: Any) -> Iterator[Any]:
        import tantivy

        query, schema = tantivy.Query, self._engine.schema
        for wanted in (
            query.term_query(schema, "key", question.key),
            query.term_query(schema, "key", question.stem_key),
            query.regex_query(schema, "key", re.escape(question.key) + ".*"),
        ):
            yield from self._found(database, wanted, only)

    def _matching(self, database: Any, terms: Sequence[Term], only: Any, loose: bool) -> Iterator[Any]:
        import tantivy

        every = [(tantivy.Occur.Must, self._any_of(term, loose)) for term in terms]
        yield from self._found(database, tantivy.Query.boolean_query(every), only)

    def _any_of(self, term: Term, loose: bool) -> Any:
        import tantivy

        query, schema = tantivy.Query, self._engine.schema
        forms = [
            query.term_query(schema, "terms", stem(term.word)),
            query.regex_query(schema, "terms", re.escape(term.word) + ".*"),
        ]
        if loose and len(term.word) > 3 and term.word.isalpha() and term.word not in FUNCTION_WORDS:
            distance = 1 if len(term.word) < 6 else 2
            forms.append(query.fuzzy_term_query(schema, "terms", term.word, distance=distance))
            forms.append(query.regex_query(schema, "terms", f".*{term.word}.*"))
        return query.boolean_query([(tantivy.Occur.Should, form) for form in forms])

    def _found(self, database: Any, query: Any, only: Any) -> Iterator[Any]:
        import tantivy

        found = self._searcher.search(
            query, limit=4 * search._CANDIDATES, count=False, order_by_field="number", order=tantivy.Order.Asc
        )
        numbers = [self._searcher.doc(address)["number"][0] for _, address in found.hits]
        if numbers:
            yield from self._rows(database, f"label.id IN ({','.join(map(str, numbers))})", (), only)


if __name__ == "__main__":
    if sys.argv[1].startswith("http"):
        over_http(sys.argv[1])
    else:
        main(Path(sys.argv[1]))
