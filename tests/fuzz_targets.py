"""What hostile bytes meet first: each parser of ours, and what may come of it. `make fuzz` looks for other ends."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Store

from graph_api.errors import BadRequest, BadTable, GraphError
from graph_api.inputs import tables
from graph_api.recognition.question import question_from, question_from_json
from graph_api.reform.folder import README, read_reform
from graph_api.review.proposals import LONGEST, proposal_from
from graph_api.search.pasted import pasted
from graph_api.store import queries, query_guard
from graph_api.web import negotiation, preconditions
from graph_api.web.conditional import not_modified
from graph_api.web.elm import envelope, reading
from graph_api.web.pages.desk_table import MOST_ROWS, read_table

MAPPINGS = Path(__file__).parent.parent / "mappings"


def guard(data: bytes) -> None:
    """A query is read or refused; what is read is not called an update, and is read the same way again."""
    try:
        found = query_guard.read(_text(data))
    except GraphError:
        return
    assert not found.calls
    try:
        again = query_guard.read(found.text)
    except GraphError:
        return
    assert (again.form, again.has_dataset) == (found.form, found.has_dataset)


def binder(data: bytes) -> None:
    """Whatever a term holds, a bound query stays one query that asks for this term."""
    text = _text(data)
    bound = queries.bind(_a_query(), _terms(text))
    assert query_guard.read(bound).form in ("SELECT", "ASK")
    assert [row["t"] for row in Store().query(f"SELECT ?t {{ VALUES ?t {{ {Literal(text)} }} }}")] == [Literal(text)]


@cache
def _a_query() -> str:
    return next(name for name in queries.names() if queries.parameters(name))


def _terms(text: str) -> dict[str, list[NamedNode | Literal]]:
    terms: list[NamedNode | Literal] = [Literal(text)]
    with suppress(ValueError):
        terms.append(NamedNode(f"http://e/{text}"))
    return {queries.parameters(_a_query())[0]: terms}


@cache
def _tables() -> Path:
    """A folder with one table, whose text is anything."""
    folder = Path(tempfile.mkdtemp(prefix="fuzzed-tables-"))
    shutil.copytree(MAPPINGS / "schemas", folder / "schemas")
    listed = {"tables": [{"url": "outcomes.csv", "tableSchema": "schemas/outcomes.json"}]}
    (folder / "csv-metadata.json").write_text(json.dumps(listed), encoding="utf-8")
    return folder


def table(data: bytes) -> None:
    """A table is read, or each of its defects is named with its file."""
    header = (MAPPINGS / "outcomes.csv").read_bytes().splitlines(keepends=True)[0]
    (_tables() / "outcomes.csv").write_bytes(data[1:] if data[:1] == b"\0" else header + data)
    try:
        tables.read_tables(_tables())
    except BadTable as error:
        assert all(defect.file.startswith("mappings/") for defect in error.defects)


def accept(data: bytes) -> None:
    """A header of any content is read; nothing is chosen that was not offered."""
    header = data.decode("latin-1")
    offered = ("text/turtle", "application/json", "text/html")
    try:
        assert negotiation.choose(header, offered) in offered
    except BadRequest:
        assert header.strip()
    assert negotiation.language_of(None, header) in ("en", "nl", "fr", "de")
    negotiation.takes_gzip(header)
    tags = {"if-match": header, "if-none-match": header, "if-modified-since": header, "if-unmodified-since": header}
    known = {"etag": '"a"', "ETag": '"a"', "last-modified": "Sat, 01 Jan 2022 00:00:00 GMT"}
    for name, value in tags.items():
        preconditions.failed({name: value}, known)
        not_modified({name: value}, known)


def credential(data: bytes) -> None:
    """A credential is read, or refused as a bad request."""
    try:
        reading.read(envelope.opened(data).credential)
    except BadRequest:
        return


def question(data: bytes) -> None:
    """A question is read, as parameters and as JSON, or refused as a bad request."""
    text = _text(data)
    for read in (
        lambda: question_from_json(data),
        lambda: question_from([tuple(line.partition("=")[::2]) for line in text.split("&")]),  # type: ignore[misc]
    ):
        try:
            read()
        except BadRequest:
            continue
    pasted(text)


def proposal(data: bytes) -> None:
    """A proposal is read from anything that a client may send as JSON, or refused; it is no longer than it may be."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        given = {name: _text(data) for name in LONGEST}
    if not isinstance(given, dict):
        return
    try:
        found = proposal_from(given, "2026-01-01")
    except BadRequest:
        return
    assert all(len(getattr(found, name).encode()) <= most for name, most in LONGEST.items())
    assert proposal_from(json.loads(found.as_file()), "2026-01-01") == found


def cases(data: bytes) -> None:
    """A table of cases is read or refused."""
    try:
        found = read_table(data, "cases")
    except BadRequest:
        return
    assert len(found.rows) <= MOST_ROWS
    assert found.columns[-1]


@cache
def _reform() -> Path:
    """A folder whose README is anything."""
    return Path(tempfile.mkdtemp(prefix="fuzzed-reform-"))


def reform(data: bytes) -> None:
    """The head of a reform is read, or its defects are named with its file."""
    (_reform() / README).write_bytes(data)
    try:
        read_reform(_reform())
    except BadTable as error:
        assert all(defect.file.endswith(README) for defect in error.defects)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "ignore")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "guard": guard,
    "binder": binder,
    "table": table,
    "accept": accept,
    "credential": credential,
    "question": question,
    "proposal": proposal,
    "cases": cases,
    "reform": reform,
}
SEEDS: dict[str, tuple[bytes, ...]] = {
    "guard": (
        b"SELECT ?a ?a { ?a ?b <http://e/#'> FILTER(1<2) SERVICE <http://e/> {} }",
        b"PREFIX a:<http://x/> ASK FROM NAMED a:service { '''it\\'s''' \"\"\"\\u0041\"\"\" @en-gb # \n a:%41\\~ }",
        b"ASK { FILTER(" + b"?a=<b>||" * 25 + b"?a=<b>) }",
    ),
    "binder": (b"nurse", b"' } SERVICE <http://e/> { \" \\ \n", "\u202e\u0000".encode()),
    "table": (b"a,b,c\n", b'"a\n', b"\xff\xfe,1,yes,\n", b"\0id\n"),
    "accept": (b'text/html;q=0.5, "a,b\\', b"Sat, 31 Feb 9999 99:99:99 GMT", b'W/"a", *', b"de-AT;q=1.0001"),
    "credential": (
        b'{"type":["VerifiableCredential","EuropeanDigitalCredential"],"credentialSubject":{"hasClaim":[{}]}}',
        b'{"payload":"e30","signatures":[{"protected":"e30","signature":"aa"}]}',
        b"e30.e30.aa",
    ),
    "question": (
        b'{"qualification":"fr-dei","country":"NL","experience":[{"from":"2020-01-01"}]}',
        b"qualification=fr-dei&country=NL&experience_years=1e309&issued=0000-00-00&certificates=a,b",
        b"https://w3id.org/passerelle/id/profession/x%ff",
    ),
    "proposal": (
        b'{"thing":"https://e/a","property":"https://e/b","should_say":"\\u202e","source":"x","name":"\\ud800"}',
        b'{"thing":"https://e/a","should_say":"b","source":"c","data_version":null}',
        b'{"thing":1e999}',
    ),
    "cases": (b"profession;country\nnurse;NL\n", b'a,"b\n', b"PK\x03\x04", b"\xef\xbb\xbfa\tb\n\t\n"),
    "reform": (
        b"---\ntitle: {en: a, nl: b, fr: c, de: d}\nin_force: 2026-02-31\n---\n",
        b"---\na: &a [*a]\n---\n",
        b"---\n" + b"[" * 2000 + b"\n---\n",
        b"\xff---\n",
    ),
}
