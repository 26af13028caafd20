"""European Digital Credentials: what is read in one, what it may be here, and that nothing of it is told or kept."""

from __future__ import annotations

import base64
import json
import runpy
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from fastapi.testclient import TestClient
from rdflib import Graph

from tests.conftest import ROOT, official

PATHS = "/api/v1/credentials/paths"
SAMPLES = ("data", "national", "eu")
HOLDER = "Selene Lunaris"
ELM_CONTEXT = ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"]


def credential(title: str = "Diplôme d'Etat d'infirmier", country: str = "FRA", level: int = 6) -> dict[str, Any]:
    """An invented credential of version 3, as small as its shape allows."""
    place = {"address": {"countryCode": {"id": f"http://publications.europa.eu/resource/authority/country/{country}"}}}
    body = {"id": "urn:b", "type": "Organisation", "legalName": {"fr": "Institut lunaire"}, "location": [place]}
    spec = {
        "type": "Qualification",
        "title": {"fr": title},
        "eqfLevel": {"id": f"http://data.europa.eu/snb/eqf/{level}"},
        "learningOutcome": {
            "title": {"en": "glow"},
            "relatedESCOSkill": {"id": "http://data.europa.eu/esco/skill/abc-1"},
        },
    }
    claim = {
        "type": "LearningAchievement",
        "title": {"fr": title},
        "specifiedBy": spec,
        "awardedBy": {"awardingBody": body, "awardingDate": "2015-07-01T00:00:00Z"},
    }
    return {
        "@context": ELM_CONTEXT,
        "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
        "credentialProfiles": {"id": "urn:p"},
        "displayParameter": {"id": "urn:d"},
        "validFrom": "2015-07-01T00:00:00Z",
        "issuer": {"type": "Organisation", "legalName": {"fr": "Institut lunaire"}},
        "credentialSubject": {"type": "Person", "fullName": {"fr": HOLDER}, "hasClaim": claim},
    }


def sent(client: TestClient, body: object, **parameters: object) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(PATHS, content=content, params=dict(parameters), headers={"Content-Type": "application/json"})  # type: ignore[arg-type]


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def sealed(said: Mapping[str, Any]) -> dict[str, Any]:
    """The credential in a JWS as issuers seal it: the payload as it stands, the certificate beside it."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Moon")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    head = {"alg": "RS256", "b64": False, "crit": ["b64"], "x5c": [base64.b64encode(certificate).decode()]}
    protected, payload = encoded(json.dumps(head).encode()), json.dumps(said, ensure_ascii=False)
    signature = key.sign(f"{protected}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return {"payload": payload, "signatures": [{"protected": protected, "signature": encoded(signature)}]}


def test_a_diploma_is_found_and_leads_to_an_answer(client: TestClient) -> None:
    body = sent(client, credential(), country="NL").json()
    (found,) = body["achievements"]
    assert found["read"] == {
        "titles": {"fr": "Diplôme d'Etat d'infirmier"},
        "awarding_body": "Institut lunaire",
        "country": "http://publications.europa.eu/resource/authority/country/FRA",
        "eqf_level": 6,
        "nqf_level": None,
        "awarded": "2015-07-01",
        "issued": None,
        "valid_from": "2015-07-01",
        "valid_until": None,
        "skills": ["http://data.europa.eu/esco/skill/abc-1"],
        "occupations": [],
    }
    best = found["candidates"][0]
    assert (best["slug"], best["sure"]) == ("fr-dei", True)
    assert best["reasons"][1:] == ["country: FR"] or best["reasons"][1:] == ["country: FR", "EQF level: 6"]
    (answer,) = found["answers"]
    assert (answer["question"]["qualification"], answer["question"]["issued"]) == ("fr-dei", "2015-07-01")
    assert answer["outcome"] == "automatic"


def test_a_country_outside_the_graph_has_no_candidates(client: TestClient) -> None:
    (found,) = sent(client, credential(country="ESP"), country="NL").json()["achievements"]
    assert (found["candidates"], found["answers"]) == ([], [])


def test_the_signature_is_reported_as_it_is(client: TestClient) -> None:
    assert sent(client, credential()).json()["signature"]["status"] == "none"
    envelope = sealed(credential())
    intact = sent(client, envelope).json()["signature"]
    assert (intact["status"], intact["verified"]) == ("intact", False)
    assert "trusted" in intact["sentence"]
    changed = {**envelope, "payload": envelope["payload"].replace("2015-07-01", "2005-07-01")}
    broken = sent(client, changed, country="NL").json()
    assert broken["signature"]["status"] == "broken"
    assert broken["achievements"][0]["answers"] == []
    head = json.loads(base64.urlsafe_b64decode(envelope["signatures"][0]["protected"] + "=="))
    bare = encoded(json.dumps({key: value for key, value in head.items() if key != "x5c"}).encode())
    unknown = {**envelope, "signatures": [{**envelope["signatures"][0], "protected": bare}]}
    assert sent(client, unknown).json()["signature"]["status"] == "not_verified"


WRONG: list[tuple[str, bytes]] = [
    ("version 2 of the European Learning Model", b"\xef\xbb\xbf<?xml version='1.0'?><vp/>"),
    ("is no JSON", b"{"),
    ("is no JSON", b"[" * 100_000),
    ("is no JSON object", b"[]"),
    ("holds no payload with signatures", b'{"payload": 1}'),
    ("`type` must hold EuropeanDigitalCredential", b"{}"),
    ("it is a presentation", b'{"verifiableCredential": []}'),
    ("it is flattened", b'{"@graph": []}'),
    ("protected header", b'{"payload": "{}", "signatures": [{"protected": "!"}]}'),
]


@pytest.mark.parametrize(("said", "body"), WRONG, ids=[f"{said} {body[:12]!r}" for said, body in WRONG])
def test_what_is_no_credential_is_refused_with_the_reason(client: TestClient, said: str, body: bytes) -> None:
    answer = sent(client, body)
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize("missing", ["validFrom", "credentialProfiles", "displayParameter", "issuer"])
def test_what_is_missing_is_named(client: TestClient, missing: str) -> None:
    said = {key: value for key, value in credential().items() if key != missing}
    assert f"`{missing}`" in sent(client, said).json()["detail"]


def test_a_body_without_legal_name_is_refused(client: TestClient) -> None:
    said = credential()
    said["credentialSubject"]["hasClaim"]["awardedBy"]["awardingBody"]["legalName"] = {}
    assert "awardingBody.legalName` is missing" in sent(client, said).json()["detail"]


def test_nothing_of_the_holder_is_told_kept_or_written_down(
    client: TestClient, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = {path for path in data.rglob("*") if path.is_file()}
    answer = sent(client, credential(), country="NL")
    refused = sent(client, {**credential(), "validFrom": None})
    assert HOLDER not in answer.text + refused.text + caplog.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert {path for path in data.rglob("*") if path.is_file()} == before


def test_a_broken_signature_is_told_beside_the_faults_of_the_shape(client: TestClient) -> None:
    shapeless = {key: value for key, value in credential().items() if key != "validFrom"}
    envelope = sealed(shapeless)
    changed = {**envelope, "payload": envelope["payload"].replace("2015-07-01", "2005-07-01")}
    for body, told in ((envelope, False), (changed, True)):
        detail = sent(client, body).json()["detail"]
        assert ("`validFrom` is missing" in detail, "does not fit the text" in detail) == (True, told)


def test_the_page_of_official_samples_says_what_they_give(client: TestClient) -> None:
    folder = official(*SAMPLES)
    written = (ROOT / "docs" / "credentials.md").read_text(encoding="utf-8")
    script = runpy.run_path(str(ROOT / "docs" / "credentials.py"))
    assert script["page"](client, folder) == written, "run `python docs/credentials.py DATA FOLDER`"
    folders = [*script["SAMPLES"], script["SAMPLES_OF_ELM"]]
    samples = [path for name in folders for path in folder.joinpath(name).iterdir()]
    assert [path.name for path in samples if f"{path.name} |" not in written] == []


def test_the_page_of_official_samples_refuses_every_invalid_one() -> None:
    read, refused = (ROOT / "docs" / "credentials.md").read_text(encoding="utf-8").split("## Refused")
    assert "/invalid/" not in read
    assert refused.count("/invalid/") == 4
    assert read.count("/valid/") == 3  # the fourth, Sample.jsonld, is flattened
    assert all(len(line.split(" | ")[1]) > 20 for line in refused.splitlines() if "/invalid/" in line)


# ---- out -------------------------------------------------------------------------------------------------


def test_qualifications_without_a_level_are_left_out_with_the_reason(client: TestClient) -> None:
    body = client.get("/api/v1/elm/qualifications").json()
    published = {node["id"] for node in body["@graph"] if node["type"] == "elm:Qualification"}
    assert published
    assert published.isdisjoint(body["left_out"])
    for iri, reasons in list(body["left_out"].items())[:3]:
        answer = client.get(f"/api/v1/qualifications/{iri.rpartition('/')[2]}/elm")
        assert (answer.status_code, reasons[0] in answer.json()["detail"]) == (400, True)


@pytest.mark.whole
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
def test_the_export_conforms_to_the_official_shapes(client: TestClient) -> None:
    import pyshacl

    shapes = Graph().parse(official(*SAMPLES, "elm", "shacl", "LOQ-constraints.ttl"))
    body = client.get("/api/v1/elm/qualifications").json()
    graph = Graph().parse(data=json.dumps(body), format="json-ld")
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes, advanced=True)
    assert conforms, text
    node = next(node for node in body["@graph"] if node["type"] == "elm:Qualification")
    del node["eqf_level"]
    worse = Graph().parse(data=json.dumps(body), format="json-ld")
    assert not pyshacl.validate(worse, shacl_graph=shapes, advanced=True)[0]
