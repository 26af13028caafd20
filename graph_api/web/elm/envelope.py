"""A credential as it arrives: plain JSON-LD or a JWS envelope (JAdES), and what can be said of its signature."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from graph_api.errors import BadRequest

Status = Literal["none", "not_verified", "intact", "broken"]
_SAID: Final[Mapping[Status, str]] = {
    "none": "The credential bears no signature that is read here; anybody may have written it.",
    "not_verified": "The credential is signed, and the signature was not verified: {reason}.",
    "intact": (
        "The signature fits the text and the certificate in the envelope. Whether that certificate is trusted, "
        "valid on the day or withdrawn was not checked."
    ),
    "broken": "The signature does not fit the text: the credential was changed, or never signed with this certificate.",
}
_HASHES: Final = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}


@dataclass(frozen=True)
class Envelope:
    """What was in the envelope, and the state of its signature."""

    credential: dict[str, Any]
    status: Status
    reason: str = ""

    @property
    def signature(self) -> dict[str, Any]:
        """The state in a word and in a sentence; `verified` is never true, since trust was not checked."""
        return {
            "status": self.status,
            "verified": False,
            "sentence": _SAID[self.status].format(reason=self.reason),
        }


def opened(body: bytes) -> Envelope:
    """The credential in a body. Raises BadRequest, which repeats nothing of what is in it."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        what = "this is XML, as version 2 of the European Learning Model wrote it; send a credential of version 3"
        raise BadRequest("credential", f"{what} (JSON-LD, or its signed JSON envelope)")
    outer = _object(text, "the body")
    if "payload" in outer or "signatures" in outer:
        return _signed(outer)
    inner = outer.get("credential")
    return Envelope(inner if isinstance(inner, dict) and "credentialSubject" in inner else outer, "none")


def _object(text: bytes | str, what: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("credential", f"{what} is no JSON; send JSON-LD, or a JWS in its JSON form") from None
    if not isinstance(found, dict):
        raise BadRequest("credential", f"{what} is no JSON object; send one credential")
    return found


def _signed(outer: Mapping[str, Any]) -> Envelope:
    payload = outer.get("payload")
    signatures = outer.get("signatures") or [outer]
    if not isinstance(payload, str) or not isinstance(signatures, list) or not isinstance(signatures[0], dict):
        raise BadRequest("credential", "the envelope holds no payload with signatures; send the JWS as it was sealed")
    written = signatures[0].get("protected")
    try:
        head = json.loads(_decoded(written))
    except (ValueError, RecursionError):
        raise BadRequest("credential", "the protected header of the envelope cannot be read") from None
    if not isinstance(head, dict):
        raise BadRequest("credential", "the protected header of the envelope is no JSON object")
    credential = _object(
        payload if head.get("b64") is False or payload.lstrip().startswith("{") else _text(payload), "the payload"
    )
    status, reason = _status(head, f"{written}.{payload}".encode(), signatures[0].get("signature"))
    return Envelope(credential, status, reason)


def _text(payload: str) -> bytes:
    try:
        return _decoded(payload)
    except ValueError:
        raise BadRequest("credential", "the payload of the envelope is neither JSON nor base64url") from None


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise ValueError from None


def _status(head: Mapping[str, Any], signed: bytes, signature: object) -> tuple[Status, str]:
    chain = head.get("x5c")
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return "not_verified", "the envelope holds no certificate"
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(chain[0]))
        key, value = certificate.public_key(), _decoded(signature)
    except (ValueError, TypeError):
        return "not_verified", "its certificate or its signature cannot be read"
    algorithm = str(head.get("alg", ""))
    digest = _HASHES.get(algorithm[2:])
    try:
        if digest is not None and algorithm.startswith("RS") and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, signed, padding.PKCS1v15(), digest())
        elif digest is not None and algorithm.startswith("PS") and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, signed, padding.PSS(padding.MGF1(digest()), digest().digest_size), digest())
        elif digest is not None and algorithm.startswith("ES") and isinstance(key, ec.EllipticCurvePublicKey):
            half = len(value) // 2
            numbers = (int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
            key.verify(encode_dss_signature(*numbers), signed, ec.ECDSA(digest()))
        else:
            return "not_verified", "its algorithm is not read here"
    except InvalidSignature:
        return "broken", ""
    return "intact", ""
