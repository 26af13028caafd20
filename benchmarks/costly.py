"""The costliest request of each door that is cheap to send: what it costs the server, written into docs/reliability.md.

    python -m benchmarks.costly DATA

Each is sent ten times, twice where it takes long; what is told is the processor time of the server process, the mean
of all but the first, and what the query processes spent besides. A request is cheap where it has at most 8 KiB, or
is a body within its limit.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.systems import passerelle

PAGE = Path(__file__).parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- costs: written by python -m benchmarks.costly -->", "<!-- end of costs -->"
TURNS = 10
LONG = 2000
"""Milliseconds in all."""
ASKED = "qualification=fr-dei&profession=nurse-general-care&country=NL"
LINE = json.dumps({"qualification": "fr-dei", "profession": "nurse-general-care", "country": "NL"})
NDJSON = {"Content-Type": "application/x-ndjson"}
Request = tuple[str, str, str, bytes | None, dict[str, str]]


def requests() -> Iterator[Request]:
    """Door, what is costly, address, body, headers."""
    for name, value in (("Accept", "a/b;q=0.1,"), ("Accept-Language", "de;q=0.1,"), ("If-None-Match", '"a",')):
        yield "any", f"`{name}` of 8,190 bytes", "/versions", None, {name: (value * 1000)[:8190]}
    yield "any", "1,000 parameters", "/health?" + "&".join("a=b" for _ in range(1000)), None, {}
    many = "SELECT * { " + "?a<a:b>?c." * 3100 + "}"
    yield (
        "SPARQL",
        "12,500 words and signs, read",
        "/sparql",
        many[:-1].encode(),
        {"Content-Type": "application/sparql-query"},
    )
    marked = "SELECT * { 'service' " + "1 " * 12_400
    yield (
        "SPARQL",
        "the same, with the word of a call",
        "/sparql",
        marked.encode(),
        {"Content-Type": "application/sparql-query"},
    )
    quoted = "SELECT * { " + "\\\\" * 149_000
    yield (
        "SPARQL",
        "300,000 characters of escapes",
        "/sparql",
        quoted.encode(),
        {"Content-Type": "application/sparql-query"},
    )
    yield (
        "SPARQL",
        "everything, 10 s",
        "/sparql?query=" + quote("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c"),
        None,
        {},
    )
    yield "lookups", "one question, all of the answer", f"/api/v1/paths?{ASKED}&explain=full", None, {}
    yield "lookups", "16 questions as lines", "/api/v1/paths", "\n".join([LINE] * 16).encode(), NDJSON
    yield "lookups", "10,000 blank lines", "/api/v1/paths", b"\n" * 10_000, NDJSON
    yield "lookups", "search for 200 letters", "/api/v1/search?limit=100&q=" + "abcdefghij" * 20, None, {}
    yield (
        "lookups",
        "free text",
        "/api/v1/resolve?from=France&to=Belgium&profession=" + quote("verpleegkundige " * 12),
        None,
        {},
    )
    yield "lookups", "a hundred of a collection", "/api/v1/qualifications?limit=100", None, {}
    yield "lookups", "what is not known", "/api/v1/unknown", None, {}
    yield "lookups", "green competences", "/api/v1/green?profession=nurse-general-care", None, {}
    yield "lookups", "titles like this one", "/api/v1/qualifications/fr-dei/equivalents", None, {}
    yield "lookups", "reforms", "/api/v1/reforms", None, {}
    yield "lookups", "the map of another day", "/api/v1/obstacles?as_of=2019-01-01", None, {}
    yield (
        "lookups",
        "a body of 1 MiB of nesting",
        "/api/v1/credentials/paths",
        b"[" * 1_000_000,
        {"Content-Type": "application/json"},
    )
    yield "pages", "an answer", f"/path?{ASKED}", None, {"Accept": "text/html"}
    yield "pages", "a sheet", "/roadmap?profession=healthcare-assistant&from=FR&to=LU", None, {"Accept": "text/html"}
    yield "pages", "professions across countries", "/compare", None, {"Accept": "text/html"}
    yield "pages", "what is not known", "/unknown", None, {"Accept": "text/html"}
    yield (
        "pages",
        "a table of 200 cases",
        "/desk",
        ("cases=" + quote("qualification;profession;country\n" + "fr-dei;nurse-general-care;NL\n" * 200)).encode(),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    yield "pages", "what was reviewed", "/review", None, {"Accept": "text/html"}
    yield "pages", "a page of a profession", "/page/profession/nurse-general-care", None, {"Accept": "text/html"}
    yield "pages", "all pages, for robots", "/sitemap.xml", None, {}
    ways = {"ids": ["qualification/fr-dei"] * 40, "properties": [{"id": "path-to-NL"}]}
    yield "reconciliation", "40 ways", "/reconcile/0.2?extend=" + quote(json.dumps(ways)), None, {}
    ten = json.dumps({f"q{n}": {"query": f"nurse {n}", "limit": 50} for n in range(10)})
    yield "reconciliation", "10 names", "/reconcile/0.2?queries=" + quote(ten), None, {}
    yield (
        "reconciliation",
        "40 names",
        "/reconcile/0.2?queries="
        + quote(json.dumps({f"q{n}": {"query": f"nurse {n}", "limit": 10} for n in range(40)})),
        None,
        {},
    )
    yield (
        "linked data",
        "a whole named graph",
        "/data/graph/mappings/qualifications/fr",
        None,
        {"Accept": "text/turtle"},
    )
    yield "linked data", "the vocabulary", "/ontology.ttl", None, {}
    yield "ESCO", "a search", "/esco/api/search?text=nurse&limit=100", None, {}
    yield "dumps", "the dump itself", "/dumps/passerelle.nq.gz", None, {}


def spent(number: int) -> tuple[float, float]:
    """Milliseconds of the process, and of the processes below it."""
    mine = _ticks(number)
    below = sum(_ticks(child) for child in _children(number))
    each = 1000 / os.sysconf("SC_CLK_TCK")
    return mine * each, below * each


def _ticks(number: int) -> int:
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _children(number: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{number}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def main(data: Path) -> None:
    """Send each, write the table."""
    rows = ["| door | request | bytes sent | status | ms of the server | ms besides |", "|---|---|---|---|---|---|"]
    with passerelle(data) as (address, number, _):
        for door, what, path, body, headers in requests():
            costs, status = [], 0
            for _ in range(TURNS if "10 s" not in what else 1):
                before = spent(number)
                status = ask(address, path, body, headers)
                after = spent(number)
                costs.append((after[0] - before[0], max(0.0, after[1] - before[1])))
                if len(costs) > 1 and sum(map(sum, costs)) > LONG:
                    break
            size = len(path) + len(body or b"") + sum(len(value) for value in headers.values())
            mean, besides = (
                sum(cost for cost, _ in costs[1:] or costs) / max(1, len(costs) - 1),
                min(each for _, each in costs),
            )
            rows.append(f"| {door} | {what} | {size:,} | {status} | {mean:.0f} | {besides:.0f} |")
            print(rows[-1], flush=True)
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    table = "\n".join(rows)
    PAGE.write_text(f"{text[:start]}\n\n{table}\n\n{text[end:]}", encoding="utf-8")


def ask(address: str, path: str, body: bytes | None, headers: dict[str, str]) -> int:
    """The status of the answer, once it is there."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
    connection.request("POST" if body is not None else "GET", path, body, {"Accept": "*/*", **headers})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


if __name__ == "__main__":
    main(Path(sys.argv[1]))
