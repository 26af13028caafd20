"""SSH signatures, as `ssh-keygen -Y sign` makes them (OpenSSH, PROTOCOL.sshsig)."""

from __future__ import annotations

import base64
from typing import Final

from graph_api.errors import GraphError

PURPOSE: Final = "passerelle-review"
"""The namespace in which experts sign, so that a signature made for something else is of no use here."""
_HASHES: Final = (b"sha256", b"sha512")


class Refused(GraphError):
    """A file of decisions is not taken; the message says why, and what to do."""


def signer(data: bytes, signature: bytes) -> str:
    """The public key that signed the data, in two words as a `.pub` file has them.

    Raises Refused where the signature is of other data, of another namespace, or none.
    """
    from sshsig import InvalidSignature, check_signature
    from sshsig.sshsig import SshsigSignature, ssh_dearmor_sshsig

    try:
        made = SshsigSignature.from_armored(signature)
        if made.namespace != PURPOSE.encode():
            found = made.namespace.decode("utf-8", "replace")
            raise Refused(f"the signature was made for '{found}'; sign again with `-n {PURPOSE}`")
        if made.hash_algo not in _HASHES:
            raise Refused("the signature rests on another hash than SHA-256 or SHA-512; sign with `ssh-keygen -Y sign`")
        whole = bytes(made) == ssh_dearmor_sshsig(signature) and base64.b64encode(bytes(made)) == _letters(signature)
        if not whole or not _is_whole(made.signature):
            raise Refused("the signature is damaged; sign the file again")
        key = check_signature(data, signature, PURPOSE)
    except (InvalidSignature, AssertionError):
        raise Refused(
            "the signature is not one of this file: it was changed after it was signed; sign it again"
        ) from None
    except NotImplementedError as error:
        raise Refused(f"the signature cannot be checked ({error}); sign with a key of the kind ssh-ed25519") from None
    except (ValueError, EOFError, OverflowError, TypeError) as error:
        raise Refused(f"this is no SSH signature ({error}); make it with `ssh-keygen -Y sign -n {PURPOSE}`") from None
    kind, letters = key.openssh_str().split()[:2]
    if base64.b64decode(letters) != made.public_key:
        raise Refused("the key in the signature is damaged; sign the file again")
    return f"{kind} {letters}"


def _letters(armoured: bytes) -> bytes:
    """The letters between the first and the last line; others may stand for the same bytes, and are no signature."""
    return b"".join(b" ".join(armoured.strip().splitlines()[1:-1]).split())


def _is_whole(pair: bytes) -> bool:
    """Whether two strings stand there, each as long as it says: the library reads on where one says it is longer."""
    first = 4 + int.from_bytes(pair[:4], "big")
    return first + 4 + int.from_bytes(pair[first : first + 4], "big") == len(pair)
