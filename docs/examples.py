"""Asks the service for an example of every operation and writes graph_api/web/contract_examples.json.

    PYTHONPATH=. python docs/examples.py DATA

DATA is a built graph with a release of ESCO. Lists are cut to their first entry and texts to their first lines, so that
the contract stays small; `tests/test_contract_examples.py` holds what is written against the schemas of the contract.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi.testclient import TestClient

from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app

TARGET: Final = Path(__file__).parent.parent / "graph_api" / "web" / "contract_examples.json"
_LINES: Final = 12
_MOST_KEYS: Final = 50
_FORM: Final = "application/x-www-form-urlencoded"
_NURSE: Final = "http://data.europa.eu/esco/occupation/8d3e8aaa-791b-4c75-a465-f3f827028f50"
_QUESTION: Final = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "NL", "lang": "fr"}
_ASKED: Final = "qualification=fr-dei&profession=nurse-general-care&country=NL"
_LIST: Final = "SELECT ?regime { ?regime a <https://w3id.org/passerelle/def#Regime> } LIMIT 2"
_SELECT: Final = quote(_LIST, safe="")
_MATCH: Final = {"q0": {"query": "aide-soignant", "type": "qualification", "limit": 1}}
_CONDITION: Final = {"matchType": "name", "propertyValue": "aide-soignant"}
_EXTEND: Final = {"ids": ["qualification/fr-dei"], "properties": [{"id": "country"}, {"id": "path-to-NL"}]}
_BODY: Final = {
    "id": "urn:example:body",
    "type": "Organisation",
    "legalName": {"fr": "Exemple"},
    "location": [
        {"address": {"countryCode": {"id": "http://publications.europa.eu/resource/authority/country/FRA"}}},
    ],
}
_TITLE: Final = {"fr": "Diplôme d'Etat d'infirmier"}
_CREDENTIAL: Final = {
    "@context": ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"],
    "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
    "credentialProfiles": {"id": "urn:example:profile"},
    "displayParameter": {"id": "urn:example:display"},
    "validFrom": "2015-07-01T00:00:00Z",
    "issuer": {"type": "Organisation", "legalName": {"fr": "Exemple"}},
    "credentialSubject": {
        "type": "Person",
        "fullName": {"fr": "Exemple"},
        "hasClaim": {
            "type": "LearningAchievement",
            "title": _TITLE,
            "specifiedBy": {"type": "Qualification", "title": _TITLE},
            "awardedBy": {"awardingBody": _BODY, "awardingDate": "2015-07-01T00:00:00Z"},
        },
    },
}

_PROPOSAL: Final = {
    "thing": "https://w3id.org/passerelle/id/national-profession/nl-midwife",
    "should_say": "what the act says now, in a sentence",
    "source": "the act, its article, and the date of the text",
}
"""An invented proposal: it is kept in a file that goes with the script."""

GET: Final = {
    "/api/v1/paths": f"/api/v1/paths?{_ASKED}",
    "/api/v1/paths/calendar": f"/api/v1/paths/calendar?{_ASKED}&applied_on=2026-11-02",
    "/api/v1/resolve": "/api/v1/resolve?profession=infirmi%C3%A8re&from=FR&to=NL&lang=fr",
    "/api/v1/search": "/api/v1/search?q=midwife&kind=profession&limit=1",
    "/api/v1/unknown": "/api/v1/unknown?limit=1",
    "/api/v1/obstacles/changes": "/api/v1/obstacles/changes?a=2026-12-31&b=2027-01-01&limit=1",
    "/api/v1/reforms": "/api/v1/reforms",
    "/api/v1/reforms/{slug}": "/api/v1/reforms/benelux-levels-france-germany",
    "/api/v1/reforms/{slug}/changes": "/api/v1/reforms/benelux-levels-france-germany/changes?limit=1",
    "/api/v1/obstacles": "/api/v1/obstacles?as_of=2026-11-28&profession=midwife&home=FR&host=NL",
    "/api/v1/compare": "/api/v1/compare?qualification=fr-dei&qualification=nl-hbo-v",
    "/api/v1/qualifications/{slug}/equivalents": "/api/v1/qualifications/fr-dei/equivalents?country=NL&limit=1",
    "/api/v1/professions/{slug}/across-countries": "/api/v1/professions/midwife/across-countries",
    "/api/v1/professions/{slug}/common-training-framework": "/api/v1/professions/midwife/common-training-framework",
    "/api/v1/green": "/api/v1/green?profession=roofer",
    "/api/v1/crosswalk": "/api/v1/crosswalk",
    "/api/v1/crosswalk/{scheme}/{code}": "/api/v1/crosswalk/isco08/2221?to=esco&limit=1",
    "/api/v1/mappings": "/api/v1/mappings?from=profession&to=isco08&limit=1",
    "/api/v1/elm/qualifications": "/api/v1/elm/qualifications",
    "/api/v1/qualifications/{slug}/elm": "/api/v1/qualifications/fr-dei/elm",
    "/api/v1/provisions/{slug}/rests-on": "/api/v1/provisions/dir-2005-36-21-1/rests-on",
    "/api/v1/legal-acts/{slug}/rests-on": "/api/v1/legal-acts/dir-2005-36/rests-on",
    "/api/v1/proposals": "/api/v1/proposals",
    "/api/v1/reviews": "/api/v1/reviews?limit=1",
    "/context.jsonld": "/context.jsonld",
    "/reconcile/0.2": "/reconcile/0.2",
    "/reconcile/0.2/suggest/entity": "/reconcile/0.2/suggest/entity?prefix=midw",
    "/reconcile/0.2/suggest/property": "/reconcile/0.2/suggest/property?prefix=eqf",
    "/reconcile/0.2/suggest/type": "/reconcile/0.2/suggest/type?prefix=prof",
    "/reconcile/0.2/preview": "/reconcile/0.2/preview?id=profession%2Fmidwife",
    "/reconcile/0.2/properties": "/reconcile/0.2/properties?type=qualification&limit=2",
    "/reconcile/1.0": "/reconcile/1.0",
    "/reconcile/1.0/extend/propose": "/reconcile/1.0/extend/propose?type=qualification&limit=2",
    "/reconcile/1.0/preview": "/reconcile/1.0/preview?id=profession%2Fmidwife",
    "/reconcile/1.0/suggest/entity": "/reconcile/1.0/suggest/entity?prefix=midw",
    "/reconcile/1.0/suggest/property": "/reconcile/1.0/suggest/property?prefix=eqf",
    "/reconcile/1.0/suggest/type": "/reconcile/1.0/suggest/type?prefix=prof",
    "/esco/api/search": "/esco/api/search?text=midwife&type=occupation&language=en&limit=1",
    "/esco/api/suggest2": "/esco/api/suggest2?text=midw&type=occupation&language=en&limit=1",
    "/esco/api/resource/related": f"/esco/api/resource/related?uri={_NURSE}&relation=broaderIscoGroup&language=en",
    "/esco/api/resource/{kind}": f"/esco/api/resource/occupation?uri={_NURSE}&language=en",
    "/data/scheme/{scheme}/{code}": "/data/scheme/rome/J1506",
    "/data/graph/{name}": "/data/graph/mappings/degrees",
    "/data/{kind}/{slug}": "/data/degree/bachelor",
    "/health": "/health",
    "/ready": "/ready",
    "/metrics": "/metrics",
    "/dataset": "/dataset",
    "/.well-known/void": "/.well-known/void",
    "/dumps/": "/dumps/",
    "/dumps/{name}.sha256": "/dumps/graph/mappings/degrees.ttl.gz.sha256",
    "/versions": "/versions",
    "/versions/feed": "/versions/feed",
    "/versions/{name}": "/versions/{version}",
    "/versions/{older}/changes/{newer}": "/versions/{version}/changes/{version}",
    "/ontology.{suffix}": "/ontology.ttl",
    "/sparql": f"/sparql?query={_SELECT}",
    "/sparql/archive": f"/sparql/archive?query={_SELECT.replace('regime', 'graph')}",
}
"""The request that is made for each operation of GET; collections are added."""

POST: Final[dict[str, dict[str, Any]]] = {
    "/api/v1/paths": {
        "application/json": _QUESTION,
        "application/x-ndjson": "\n".join(json.dumps({**_QUESTION, "country": host}) for host in ("NL", "XX")),
    },
    "/api/v1/credentials/paths": {"application/json": _CREDENTIAL},
    "/api/v1/proposals": {"application/json": _PROPOSAL},
    "/reconcile/0.2": {_FORM: {"queries": json.dumps(_MATCH)}},
    "/reconcile/1.0/match": {
        "application/json": {"queries": [{"type": "qualification", "limit": 1, "conditions": [_CONDITION]}]}
    },
    "/reconcile/1.0/extend": {"application/json": _EXTEND},
    "/sparql": {"application/sparql-query": _LIST, _FORM: {"query": _LIST}},
    "/sparql/archive": {"application/sparql-query": _LIST, _FORM: {"query": _LIST}},
}
"""The bodies that are sent, by media type."""

_QUERIES: Final = {
    ("/api/v1/credentials/paths", "application/json"): "?country=NL&lang=fr",
    ("/api/v1/paths", "application/x-ndjson"): "?fields=outcome",
}
_COLLECTIONS: Final = {
    "professions": "midwife",
    "national-professions": "lu-midwife",
    "qualifications": "fr-dei",
    "competences": "fed5b267-73fa-461d-9f69-827c78beb39d",
    "authorities": "fr-ars",
    "regimes": "automatic-annex-v",
    "legal-acts": "dir-2005-36",
    "joint-programmes": "isfates-dfhi",
}
_CSV: Final = ("/api/v1/search", "/api/v1/unknown", *(f"/api/v1/{name}" for name in _COLLECTIONS))
"""Operations that give tables as well."""


def requests(version: str) -> list[tuple[str, str, str]]:
    """Operation, address and `Accept` of every GET."""
    found = [(path, address.replace("{version}", version), "*/*") for path, address in GET.items()]
    for name, slug in _COLLECTIONS.items():
        found += [(f"/api/v1/{name}", f"/api/v1/{name}?limit=1", "*/*")]
        found += [(f"/api/v1/{name}/{{slug}}", f"/api/v1/{name}/{slug}", "*/*")]
    narrow = "?fields=slug,label"
    for path in _CSV:
        address = GET.get(path, f"{path}{narrow}").replace("limit=1", "limit=2")
        found.append((path, address, "text/csv"))
    return found


def written(client: TestClient, version: str) -> dict[str, Any]:
    """What is asked and answered, by operation."""
    found: dict[str, Any] = {}
    for path, address, accept in requests(version):
        answer = client.get(address, headers={"Accept": accept})
        _add(found, f"get {path}", address, answer)
    for path, bodies in POST.items():
        for media_type, body in bodies.items():
            sent = (
                {"data": body}
                if media_type == _FORM
                else {"content": body if isinstance(body, str) else json.dumps(body)}
            )
            query = _QUERIES.get((path, media_type), "")
            answer = client.post(path + query, headers={"Content-Type": media_type}, **sent)
            _add(found, f"post {path}", path + query, answer)
            found[f"post {path}"].setdefault("bodies", {})[media_type] = body
    form = {"cases": "qualification,profession,country\nfr-dei,nurse-general-care,NL", "format": "csv"}
    _add(
        found, "post /desk", "/desk", client.post("/desk", files={name: (None, value) for name, value in form.items()})
    )
    found["post /desk"]["bodies"] = {"multipart/form-data": form}
    return found


def _add(found: dict[str, Any], operation: str, address: str, answer: Any) -> None:
    if answer.status_code != 200:
        sys.exit(f"{operation}: {address} gives {answer.status_code}: {answer.text[:300]}")
    media_type = answer.headers["content-type"].partition(";")[0]
    is_json = media_type.endswith(("/json", "+json"))
    said = found.setdefault(operation, {"request": address, "answers": {}})
    said["answers"][media_type] = shortened(answer.json()) if is_json else _first_lines(answer.text)


def shortened(value: Any) -> Any:
    """The value with the first entry of each list, and two of a mapping that is long or whose keys are addresses."""
    if isinstance(value, list):
        return [shortened(each) for each in value[:1]]
    if isinstance(value, dict):
        pairs = list(value.items())
        if len(pairs) > _MOST_KEYS or (len(pairs) > 2 and all(key.startswith("http") for key, _ in pairs)):
            pairs = pairs[:2]
        return {key: shortened(each) for key, each in pairs}
    return value


def _first_lines(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:_LINES])


def main() -> None:
    """Ask everything and write the file."""
    data = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=data, base="https://passerelle.example", proposals=Path(folder) / "proposals.sqlite")
        with TestClient(create_app(settings, CurrentStore(data)), follow_redirects=False) as client:
            client.post("/api/v1/proposals", json=_PROPOSAL)
            version = client.get("/ready").json()["data_version"]
            found = written(client, version)
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True).replace(version, "0123456789ab")
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(f"{len(found)} operations, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
