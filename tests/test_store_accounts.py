"""An engine behind an account is asked with it, by each of three ways; the account is shown nowhere."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from graph_api.errors import BadRequest, StoreUnavailable
from graph_api.settings import Account, Settings, account, from_environment
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.remote import RemoteStore

USER, PASSWORD, TOKEN = "reader", "s3cret-word", "t0ken"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
ANSWER = b'{"head":{"vars":["x"]},"results":{"bindings":[]}}'


def hashed(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


class Guarded(BaseHTTPRequestHandler):
    """Answers whoever is known, by the way that the path names."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said, kind = self.headers.get("Authorization", ""), self.path.strip("/")
        known = {"basic": said == BASIC, "bearer": said == f"Bearer {TOKEN}", "digest": self.fits(said)}[kind]
        self.send_response(200 if known else 401)
        if not known and kind == "digest":
            self.send_header("WWW-Authenticate", 'Digest realm="moon", nonce="n1", qop="auth", algorithm=MD5')
        self.send_header("Content-Type", JSON_RESULTS)
        self.end_headers()
        self.wfile.write(ANSWER if known else b"")

    def fits(self, said: str) -> bool:
        parts = dict(re.findall(r'(\w+)="?([^",]+)"?', said))
        if not said.startswith("Digest "):
            return False
        first, second = hashed(f"{USER}:moon:{PASSWORD}"), hashed(f"POST:{self.path}")
        return parts["response"] == hashed(f"{first}:n1:{parts['nc']}:{parts['cnonce']}:auth:{second}")

    def log_message(self, *_: object) -> None:
        """Nothing is written down."""


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Guarded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


KNOWN = [Account("basic", USER, PASSWORD), Account("digest", USER, PASSWORD), Account("bearer", token=TOKEN)]


@pytest.mark.parametrize("known", KNOWN, ids=lambda each: each.kind)
def test_the_engine_is_asked_with_the_account(engine: str, known: Account) -> None:
    store = RemoteStore(f"{engine}/{known.kind}", 5, known)
    assert store.query("SELECT ?x { ?x ?y ?z }", JSON_RESULTS) == ANSWER


@pytest.mark.parametrize("kind", ["basic", "bearer"])
def test_without_it_the_engine_does_not_answer(engine: str, kind: str) -> None:
    with pytest.raises(StoreUnavailable):
        RemoteStore(f"{engine}/{kind}", 5).query("SELECT ?x { ?x ?y ?z }", JSON_RESULTS)


def test_the_account_is_read_and_not_shown() -> None:
    environment = {
        "PASSERELLE_STORE_AUTH": "basic",
        "PASSERELLE_STORE_USER": USER,
        "PASSERELLE_STORE_PASSWORD": PASSWORD,
    }
    settings = from_environment(environment)
    assert account(settings, environment) == KNOWN[0]
    assert PASSWORD not in repr(settings) + repr(KNOWN[0])


def test_a_part_that_is_missing_is_named() -> None:
    with pytest.raises(BadRequest, match="PASSERELLE_STORE_TOKEN is not set"):
        account(Settings(store_auth="bearer"), {})
    with pytest.raises(BadRequest, match="write basic, digest or bearer"):
        from_environment({"PASSERELLE_STORE_AUTH": "secret"})
