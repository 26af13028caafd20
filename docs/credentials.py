"""Writes docs/credentials.md, what the official sample credentials give: `python docs/credentials.py DATA FOLDER`.

DATA is a built graph; FOLDER has the samples of the Commission's own repositories as `edc-testdata/` and
`elm/credentials/`. They are read where they lie and never copied. A test keeps the page equal to what is written here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from graph_api.rdf.terms import local_name
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app

PAGE = Path(__file__).parent / "credentials.md"
SAMPLES = ("edc-testdata/valid", "edc-testdata/invalid", "edc-testdata/other", "edc-testdata/accreditation")
SAMPLES_OF_ELM = "elm/credentials"
HOSTS = ("BE-fr", "NL", "LU", "FR", "DE")

_READ = f"""# What the official sample credentials give

Written by `python docs/credentials.py DATA FOLDER`, which sends every sample of the Commission's repositories
*European-Learning-Model* and *european-digital-credentials* (EUPL-1.2) to `POST /api/v1/credentials/paths`, with
`{"&".join(f"country={host}" for host in HOSTS)}`. The samples are not part of this repository.

## Read

Their titles are invented, or of states that are no host of this graph: none names a qualification of the tables, so
that there is no candidate and no way is told. A title that is not known is not taken for another of its state.
`tests/test_credentials.py` has invented credentials of titles that are known, with their ways.
"""
_REFUSED = """
## Refused

Everything in `invalid/`, and what is no credential of version 3 as it was issued. `credential-jws-invalid` is refused
for its shape: its signature fits its text.
"""


def page(client: TestClient, folder: Path) -> str:
    """The page for the samples in a folder."""
    answers = {str(path.relative_to(folder)): _sent(client, path) for path in _samples(folder)}
    read = ((name, *_read(body)) for name, (status, body) in answers.items() if status == 200)
    refused = ((name, body["detail"]) for name, (status, body) in answers.items() if status != 200)
    head = ("sample", "signature", "what was read", "candidates", "ways")
    lines = [_READ, *_table(head, read), _REFUSED, *_table(("sample", "message"), refused)]
    return "\n".join(lines) + "\n"


def _samples(folder: Path) -> Iterator[Path]:
    for under in (*SAMPLES, SAMPLES_OF_ELM):
        yield from sorted(path for path in (folder / under).iterdir() if path.is_file())


def _sent(client: TestClient, sample: Path) -> tuple[int, dict[str, Any]]:
    asked, headers = {"country": list(HOSTS)}, {"Content-Type": "application/json"}
    answer = client.post("/api/v1/credentials/paths", content=sample.read_bytes(), params=asked, headers=headers)
    return answer.status_code, answer.json()


def _read(body: Mapping[str, Any]) -> Iterator[str]:
    found = body["achievements"]
    passed = ", ".join(body["passed_over"])
    said = [*(_said(each["read"]) for each in found), *([f"passed over: {passed}"] if passed else [])]
    yield f"`{body['signature']['status']}`"
    yield "; ".join(said) or "nothing"
    yield ", ".join(each["slug"] for achieved in found for each in achieved["candidates"]) or "none"
    yield ", ".join(each["outcome"] for achieved in found for each in achieved["answers"]) or "none"


def _said(read: Mapping[str, Any]) -> str:
    """An achievement without a word of its holder."""
    title = next(iter(read["titles"].values()), "")
    level = f"EQF {read['eqf_level']}" if read["eqf_level"] else "no EQF level"
    country = local_name(read["country"]) if read["country"] else "no state"
    days = ", ".join(
        f"{name} {read[name]}" for name in ("awarded", "issued", "valid_from", "valid_until") if read[name]
    )
    return f"“{title}”, {country}, {level}, {days or 'no day'}, {len(read['skills'])} ESCO skills"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    columns = list(head)
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


if __name__ == "__main__":
    data = Path(sys.argv[1])
    with TestClient(create_app(Settings(data=data), CurrentStore(data))) as served:
        PAGE.write_text(page(served, Path(sys.argv[2])), encoding="utf-8")
