"""What a credential of the European Learning Model 3 says: its shape, and the achievements in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from graph_api.errors import BadRequest

_W3C: Final = "https://www.w3.org/2018/credentials/v1"
_TYPES: Final = ("VerifiableCredential", "EuropeanDigitalCredential")
_LEVEL: Final = re.compile(r"\Ahttp://data\.europa\.eu/snb/eqf/([1-8])\Z")
_COUNTRY: Final = re.compile(r"\Ahttp://publications\.europa\.eu/resource/authority/country/([A-Z]{3})\Z")
_ESCO: Final = re.compile(r"\Ahttp://data\.europa\.eu/esco/(?:skill|occupation)/[A-Za-z0-9-]+\Z")
_ACHIEVEMENTS: Final = "LearningAchievement"

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Achievement:
    """One achievement in a credential, with what tells which qualification it is."""

    titles: dict[str, str]
    awarding_body: str | None
    country: str | None
    """IRI of the authority table."""
    eqf_level: int | None
    nqf_level: str | None
    """IRI."""
    awarded: str | None
    issued: str | None
    valid_from: str | None
    valid_until: str | None
    skills: tuple[str, ...]
    occupations: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """The achievements, and what kinds of claims were passed over."""

    achievements: list[Achievement]
    passed_over: list[str]


def read(credential: Node) -> Read:
    """What the credential says. Raises BadRequest with every fault of its shape; no word of the holder is repeated."""
    faults = list(_faults(credential))
    if faults:
        raise BadRequest("credential", "this is no European Digital Credential of ELM 3: " + "; ".join(faults))
    claims = list(_claims(credential))
    kinds = [_type_of(claim) for claim in claims]
    achievements = [_achievement(claim, credential) for claim in claims if _type_of(claim) == _ACHIEVEMENTS]
    return Read(achievements, sorted({kind or "a claim without type" for kind in kinds if kind != _ACHIEVEMENTS}))


def _faults(credential: Node) -> Iterator[str]:
    if "@graph" in credential:
        yield "it is flattened (`@graph`); send it as it was issued, one object with its parts inside"
    elif "verifiableCredential" in credential:
        yield "it is a presentation; send the credential in it"
    else:
        yield from _faults_of_head(credential)
        for place, claim in enumerate(_claims(credential)):
            yield from _faults_of_claim(claim, f"credentialSubject.hasClaim[{place}]")


def _faults_of_head(credential: Node) -> Iterator[str]:
    contexts, issuer = _listed(credential.get("@context")), credential.get("issuer")
    if _W3C not in contexts or len(contexts) < 2:
        yield f"`@context` must name {_W3C} and the context of ELM"
    for name in _TYPES:
        if name not in _listed(credential.get("type")):
            yield f"`type` must hold {name}"
    for key in ("issuer", "credentialSubject"):
        if not isinstance(credential.get(key), dict):
            yield f"`{key}` must be an object"
    for key in ("validFrom", "credentialProfiles", "displayParameter"):
        if credential.get(key) is None:
            yield f"`{key}` is missing"
    if isinstance(issuer, dict) and not _text(issuer.get("legalName")):
        yield "`issuer.legalName` is missing"
    if isinstance(credential.get("credentialSubject"), dict) and not list(_claims(credential)):
        yield "`credentialSubject.hasClaim` is empty"


def _faults_of_claim(claim: Node, where: str) -> Iterator[str]:
    if not _text(claim.get("title")):
        yield f"`{where}.title` is missing"
    bodies = list(_bodies(claim))
    if not bodies:
        yield f"`{where}.awardedBy.awardingBody` is missing"
    for body in bodies:
        if _type_of(body) != "Person" and len(body) > 1 and not _text(body.get("legalName")):
            yield f"`{where}.awardedBy.awardingBody.legalName` is missing"


def _claims(credential: Node) -> Iterator[Node]:
    subject = credential.get("credentialSubject")
    for claim in _listed(subject.get("hasClaim") if isinstance(subject, dict) else None):
        if isinstance(claim, dict):
            yield claim


def _bodies(claim: Node) -> Iterator[Node]:
    for awarding in _listed(claim.get("awardedBy")):
        if isinstance(awarding, dict):
            yield from (body for body in _listed(awarding.get("awardingBody")) if isinstance(body, dict))


def _achievement(claim: Node, credential: Node) -> Achievement:
    spec = next((each for each in _listed(claim.get("specifiedBy")) if isinstance(each, dict)), {})
    body: Node = next(iter(_bodies(claim)), {})
    awarding: Node = next((each for each in _listed(claim.get("awardedBy")) if isinstance(each, dict)), {})
    outcomes = [each for each in _listed(spec.get("learningOutcome")) if isinstance(each, dict)]
    skills = [iri for each in outcomes for iri in _iris(each.get("relatedESCOSkill"))]
    entitled = [each for each in _listed(spec.get("entitlesTo")) if isinstance(each, dict)]
    occupations = [iri for each in entitled for iri in _iris(each.get("limitOccupation"))]
    levels = [found for iri in _iris(spec.get("eqfLevel")) if (found := _LEVEL.match(iri))]
    return Achievement(
        titles=_text(spec.get("title")) or _text(claim.get("title")),
        awarding_body=next(iter(_text(body.get("legalName")).values()), None),
        country=next(_countries(body), None),
        eqf_level=int(levels[0][1]) if levels else None,
        nqf_level=next(iter(_iris(spec.get("nqfLevel"))), None),
        awarded=_day(awarding.get("awardingDate")),
        issued=_day(credential.get("issuanceDate", credential.get("issued"))),
        valid_from=_day(credential.get("validFrom")),
        valid_until=_day(credential.get("validUntil", credential.get("expirationDate"))),
        skills=tuple(dict.fromkeys(iri for iri in skills if _ESCO.match(iri))),
        occupations=tuple(dict.fromkeys(iri for iri in occupations if _ESCO.match(iri))),
    )


def _countries(body: Node) -> Iterator[str]:
    for place in _listed(body.get("location")):
        for address in _listed(place.get("address") if isinstance(place, dict) else None):
            if isinstance(address, dict):
                yield from (iri for iri in _iris(address.get("countryCode")) if _COUNTRY.match(iri))


def _listed(value: Any) -> list[Any]:
    """JSON-LD writes one value with or without brackets."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _iris(value: Any) -> list[str]:
    found = [each.get("id") if isinstance(each, dict) else each for each in _listed(value)]
    return [each for each in found if isinstance(each, str)]


def _type_of(node: Node) -> str:
    return next((each for each in _listed(node.get("type")) if isinstance(each, str)), "")


def _text(value: Any) -> dict[str, str]:
    """A text by language."""
    if isinstance(value, str):
        return {"": value} if value.strip() else {}
    if not isinstance(value, dict):
        return {}
    texts = {
        str(lang): " / ".join(filter(lambda each: isinstance(each, str), _listed(said))) for lang, said in value.items()
    }
    return {lang: text for lang, text in texts.items() if text.strip() and not lang.startswith("@")}


def _day(value: Any) -> str | None:
    """A moment as the day it falls on; some issuers write milliseconds."""
    if isinstance(value, int) and 0 < value < 10**14:
        return datetime.fromtimestamp(value / 1000, UTC).date().isoformat()
    found = re.match(r"\d{4}-\d\d-\d\d", value) if isinstance(value, str) else None
    return found[0] if found else None
