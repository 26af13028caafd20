"""A hundred ways to make this server, or an import, call somebody: a listener that nobody calls stands by."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graph_api.errors import GraphError
from graph_api.inputs.releases import import_release
from graph_api.settings import Settings
from tests.sparql_fixtures import TWO_GRAPHS, Listener, client_of, graph_directory
from tests.test_credentials import credential, encoded
from tests.test_import_bombs import rdf
from tests.test_sparql_fence import NOT_FETCHED, SMUGGLED, at

Request = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    data = tmp_path_factory.mktemp("outbound")
    graph_directory(data / "graphs" / "v1", TWO_GRAPHS)
    graph_directory(data / "archives" / "a1", TWO_GRAPHS)
    (data / "archive").symlink_to("archives/a1")
    with client_of(data / "graphs" / "v1", Settings(data=data, query_seconds=5)) as client:
        yield client


E = "http://127.0.0.1:PORT/"
"""Where the listener waits."""


def queries() -> dict[str, Request]:
    texts = {**SMUGGLED, **{name: text for name, (text, _) in NOT_FETCHED.items()}}
    return {f"archive, {name}": ("POST", "/sparql/archive", {"data": {"query": text}}) for name, text in texts.items()}


def parameters() -> dict[str, Request]:
    places = {
        "/sparql?query=ASK{}": ("default-graph-uri", "named-graph-uri", "using-graph-uri", "update", "version"),
        "/sparql/archive?query=ASK{}": ("default-graph-uri", "named-graph-uri"),
        "/api/v1/paths?": ("qualification", "profession", "country", "place", "issued_in"),
        "/path?": ("qualification", "profession", "country", "lang", "from"),
        "/path/letters?": ("qualification", "profession"),
        "/api/v1/resolve?": ("profession", "qualification", "from", "to"),
        "/api/v1/search?": ("q", "kind", "scheme", "cursor"),
        "/search?": ("q",),
        "/embed?": ("profession", "url"),
        "/esco/api/resource/occupation?": ("uri", "isInScheme", "language"),
        "/esco/api/search?": ("text", "isInScheme"),
        "/reconcile/0.2?": ("queries", "extend", "callback"),
        "/reconcile/0.2/preview?": ("id",),
        "/reconcile/1.0/suggest/entity?": ("prefix", "cursor"),
        "/versions?": ("format", "from"),
        "/api/v1/mappings?": ("from", "to"),
    }
    return {
        f"{path} {name}": ("GET", f"{path}&{name}={E}".replace("?&", "?"), {})
        for path, names in places.items()
        for name in names
    }


def addresses() -> dict[str, Request]:
    paths = (
        f"/id/profession/{E}",
        f"/data/profession/{E}",
        f"/graph/{E}",
        f"/data/graph/{E}",
        f"/dumps/{E}",
        f"/static/{E}",
        f"/def/{E}",
        "//127.0.0.1:PORT/",
        f"/scheme/{E}/x",
    )
    return {f"address {path}": ("GET", path, {}) for path in paths}


def headers() -> dict[str, Request]:
    said = (
        *("Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Prefix", "Forwarded", "Referer", "Origin"),
        *("X-Original-URL", "X-Rewrite-URL", "X-Http-Destinationurl", "Link", "Content-Location", "From", "Via"),
        *("X-Wap-Profile", "Profile", "SOAPAction", "Destination", "True-Client-IP", "Proxy"),
    )
    value = {"Host": "127.0.0.1:PORT", "Link": f'<{E}>; rel="http://www.w3.org/ns/json-ld#context"'}
    return {f"header {name}": ("GET", "/versions", {"headers": {name: value.get(name, E)}}) for name in said}


def bodies() -> dict[str, Request]:
    body = credential()
    address = {"id": E, "type": "x"}
    changed = {
        "context": {"@context": [*body["@context"], E]},
        "context alone": {"@context": E},
        "context with an import": {"@context": [*body["@context"], {"@import": E}]},
        "scoped context": {"issuer": {**body["issuer"], "@context": E}},
        "schema": {"credentialSchema": address},
        "status": {"credentialStatus": address},
        "profile": {"credentialProfiles": address},
        "display": {"displayParameter": {**address, "image": E}},
        "evidence": {"evidence": address},
        "issuer": {"issuer": {**body["issuer"], "id": E, "logo": E}},
        "terms": {"termsOfUse": address},
        "refresh": {"refreshService": address},
        "proof": {"proof": {"type": "x", "verificationMethod": E}},
        "owl": {"owl:imports": E},
    }
    found: dict[str, Request] = {
        f"credential, {name}": ("POST", "/api/v1/credentials/paths", {"content": json.dumps({**body, **change})})
        for name, change in changed.items()
    }
    for header in ("jku", "x5u", "kid", "jwk", "iss"):
        head = {"alg": "RS256", header: {"kty": "RSA", "x5u": E} if header == "jwk" else E}
        sealed = {
            "payload": encoded(json.dumps(body).encode()),
            "signatures": [{"protected": encoded(json.dumps(head).encode()), "signature": "aa"}],
        }
        found[f"seal, {header}"] = ("POST", "/api/v1/credentials/paths", {"content": json.dumps(sealed)})
    xml = f'<!DOCTYPE x SYSTEM "{E}x.dtd"><x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{E}"/></x>'
    for kind in ("application/xml", "application/rdf+xml", "application/ld+json", "application/sparql-query"):
        for path in ("/sparql", "/api/v1/paths", "/api/v1/credentials/paths", "/desk"):
            found[f"{path} {kind}"] = ("POST", path, {"content": xml, "headers": {"content-type": kind}})
    found["desk"] = ("POST", "/desk", {"data": {"cases": f"{E};{E};{E}"}})
    found["batch"] = ("POST", "/reconcile/0.2", {"data": {"queries": json.dumps({"q": {"query": E, "type": E}})}})
    found["match"] = ("POST", "/reconcile/1.0/match", {"json": {"queries": [{"conditions": [{"propertyValue": E}]}]}})
    return found


FORMS = {**queries(), **parameters(), **addresses(), **headers(), **bodies()}


@pytest.mark.parametrize("form", FORMS)
def test_no_request_makes_the_server_call(client: TestClient, listener: Listener, form: str) -> None:
    method, path, given = FORMS[form]
    text = at(json.dumps([path, given]), listener.port).replace("PORT", str(listener.port))
    path, given = json.loads(text)
    answer = client.request(method, f"http://testserver{path}", **given, follow_redirects=False)
    assert answer.status_code < 500 or answer.status_code == 503
    assert not answer.headers.get("location", "").startswith(("http://127", "//"))
    assert listener.calls == 0


def test_there_are_more_than_a_hundred() -> None:
    assert len(FORMS) + len(FILES) >= 190


def turtle(text: str) -> Any:
    def written(folder: Path) -> Path:
        path = folder / "esco.ttl"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def zipped(name: str) -> Any:
    def written(folder: Path) -> Path:
        path = folder / "esco.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "conceptType,conceptUri\n")
        return path

    return written


FILES = {
    "external DTD": lambda folder: rdf(folder, f'<!DOCTYPE x SYSTEM "{E}x.dtd">'),
    "public DTD": lambda folder: rdf(folder, f'<!DOCTYPE x PUBLIC "-//x" "{E}x.dtd">'),
    "external entity": lambda folder: rdf(folder, f'<!DOCTYPE x [<!ENTITY e SYSTEM "{E}">]>', "&e;"),
    "parameter entity": lambda folder: rdf(folder, f'<!DOCTYPE x [<!ENTITY % e SYSTEM "{E}"> %e;]>'),
    "stylesheet": lambda folder: rdf(folder, f'<?xml-stylesheet href="{E}"?>'),
    "turtle, owl:imports": turtle(f"<{E}> <http://www.w3.org/2002/07/owl#imports> <{E}> ."),
    "turtle, base": turtle(f"@base <{E}> . <a> <b> <c> ."),
    "turtle, seeAlso": turtle(f"<{E}> <http://www.w3.org/2000/01/rdf-schema#seeAlso> <{E}> ."),
    "zip, a name that is an address": zipped(E + "occupations_en.csv"),
    "zip, a name on another host": zipped("//127.0.0.1/occupations_en.csv"),
}


@pytest.mark.parametrize("form", FILES)
def test_no_file_makes_an_import_call(tmp_path: Path, listener: Listener, form: str) -> None:
    path = FILES[form](tmp_path)
    if path.suffix != ".zip":
        path.write_text(path.read_text(encoding="utf-8").replace("PORT", str(listener.port)), encoding="utf-8")
    with suppress(GraphError):
        import_release("esco", [path], tmp_path / "data", version="9.0")
    assert listener.calls == 0
