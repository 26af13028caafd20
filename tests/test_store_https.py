"""An engine behind https is asked only where its certificate is good: of whom this machine trusts, and for that name."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from graph_api.errors import StoreUnavailable
from graph_api.settings import Account
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.remote import RemoteStore

ANSWER = b'{"head":{"vars":["x"]},"results":{"bindings":[]}}'
QUERY = "SELECT ?x { ?x ?y ?z }"


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, *, days: int = 1
) -> x509.Certificate:
    """A certificate of the issuer, for the loopback's address where the subject is a server; past where days are < 0."""
    now = datetime.now(UTC)
    ends = now + timedelta(days=days)
    build = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
    build = build.serial_number(x509.random_serial_number())
    build = build.not_valid_before(min(now, ends) - timedelta(days=1)).not_valid_after(ends)
    is_authority = subject == issuer
    build = build.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    build = build.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    of_signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    build = build.add_extension(of_signer, critical=False)
    if is_authority:
        allowed = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        build = build.add_extension(allowed, critical=True)
    else:
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        build = build.add_extension(here, critical=False)
    return build.sign(signer, hashes.SHA256())


class Asked(BaseHTTPRequestHandler):
    """Answers everybody, and notes what was said."""

    said: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.said.append(self.headers.get("Authorization", ""))
        self.send_response(200)
        self.send_header("Content-Type", JSON_RESULTS)
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Nothing is written down."""


class Quiet(HTTPServer):
    """A server that is used to clients that hang up over its certificate."""

    def handle_error(self, *_: object) -> None:
        """They say so themselves."""


@pytest.fixture
def days() -> int:
    """For how many days the certificate is valid yet."""
    return 1


@pytest.fixture
def engine(tmp_path: Path, days: int) -> Iterator[tuple[int, Path, list[str]]]:
    """The port of an engine behind https, the file of its authority, and what it was told."""
    authority, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    signed = certificate("moon", authority, "moon", authority, days=30)
    trusted, own = tmp_path / "authority.pem", tmp_path / "server.pem"
    trusted.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    own.write_bytes(
        key + certificate("engine", server_key, "moon", authority, days=days).public_bytes(serialization.Encoding.PEM)
    )
    said: list[str] = []
    server = Quiet(("127.0.0.1", 0), type("Noting", (Asked,), {"said": said}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, trusted, said
    server.shutdown()
    server.server_close()


def asked(port: int, host: str = "127.0.0.1") -> bytes:
    store = RemoteStore(f"https://{host}:{port}/sparql", 5, Account("bearer", token="t0ken"))
    return store.query(QUERY, JSON_RESULTS)


def test_a_good_certificate_is_asked_with_the_account(
    engine: tuple[int, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, trusted, said = engine
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    assert asked(port) == ANSWER
    assert set(said) == {"Bearer t0ken"}


def test_an_authority_that_nobody_trusts_is_told_nothing(engine: tuple[int, Path, list[str]]) -> None:
    port, _, said = engine
    with pytest.raises(StoreUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        asked(port)
    assert said == []


def test_a_certificate_for_another_name_is_told_nothing(
    engine: tuple[int, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, trusted, said = engine
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with pytest.raises(StoreUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        asked(port, "localhost")
    assert said == []


@pytest.mark.parametrize("days", [-1])
def test_a_certificate_that_is_past_is_told_nothing(
    engine: tuple[int, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, trusted, said = engine
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with pytest.raises(StoreUnavailable, match="expired"):
        asked(port)
    assert said == []
