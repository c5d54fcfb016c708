"""ALTCHA's protocol, version 1: a proof of work that a browser does and hands back.

A challenge is the SHA-256 of a salt and a number, signed; who has tried the numbers up to
`maxnumber` hands the right one back. We keep nothing while a challenge is out.

The salt is taken in our own form alone, and the number as a number: what could move the border
between the two would give an old solution another expiry (CVE-2025-68113, and altcha-lib 2.10.0).

The law: one solution is worth one device. The number of the device it was made for stands in the
salt, and the pass is that device's, whoever hands it in. What was spent is remembered in each
worker for as long as it would be good. A second worker, or gateway, does not know of it; but all
that can be had there is the same device's pass again, which ends later by a challenge's lifetime at
most.

Source: altcha.org/docs (v1, "Proof-of-work"), with its security advisories.
"""

import base64
import binascii
import hmac
import os
import re
from collections.abc import Sequence
from hashlib import blake2b, sha256
from typing import Final

import orjson

from gateway.clock import SECOND

MALFORMED: Final = "malformed"
WRONG: Final = "wrong"
EXPIRED: Final = "expired"
SPENT: Final = "spent"

_PAYLOAD: Final = 2048  # characters of a solution; ours have some 350
_NUMBER: Final = 10_000_000  # larger ones were never ours
_SALT: Final = re.compile(r"([0-9a-f]{16})[0-9a-f]{8}\?expires=([0-9]{10})&")
_REMEMBERED: Final = 65_536  # of each half, some 7 MiB


class Spent:
    """What was spent, in two halves: when the younger is as old as a solution can get, or full, it
    becomes the elder, whose predecessor is forgotten. In a flood of more than 65,536 solutions in
    that time the first could be spent again: each was work all the same."""

    def __init__(self) -> None:
        self._young: set[int] = set()
        self._old: set[int] = set()
        self._since: int = 0

    def spend(self, key: int, now: int, lifetime: int) -> bool:
        """Whether `key` is spent for the first time; `lifetime` in nanoseconds."""
        if now - self._since > lifetime or len(self._young) >= _REMEMBERED:
            fresh = now - self._since <= 2 * lifetime
            self._old = self._young if fresh else set()
            self._young = set()
            self._since = now
        if key in self._young or key in self._old:
            return False
        self._young.add(key)
        return True


class Altcha:
    """Makes and checks challenges. `keys` as for `Signer`; `lifetime` in seconds."""

    def __init__(self, keys: Sequence[bytes], spent: Spent, *, lifetime: int) -> None:
        self._keys = [blake2b(b"altcha", key=key, digest_size=32).digest() for key in keys]
        self._spent = spent
        self._lifetime = lifetime

    def make(self, maxnumber: int, wall: int, device: int) -> bytes:
        """A challenge for a device, as JSON; `wall` in seconds."""
        random = os.urandom(8)
        number = int.from_bytes(random[4:], "big") % (maxnumber + 1)
        salt = f"{device:016x}{random[:4].hex()}?expires={wall + self._lifetime:010d}&"
        challenge = sha256(b"%b%d" % (salt.encode(), number)).hexdigest()
        return (
            b'{"algorithm":"SHA-256","challenge":"%b","maxnumber":%d,"salt":"%b","signature":"%b"}'
            % (challenge.encode(), maxnumber, salt.encode(), _sign(self._keys[0], challenge))
        )

    def check(self, payload: bytes, wall: int, now: int) -> tuple[str, int]:
        """ "" for a solution that is right, and spent by this, and the device it was made for; else
        why it is none.

        `payload` is base64 of JSON: algorithm, challenge, number, salt, signature.
        """
        said = _read(payload)
        if said is None:
            return MALFORMED, 0
        challenge, number, salt, signature = said
        parts = _SALT.fullmatch(salt)
        if parts is None:
            return MALFORMED, 0
        if sha256(b"%b%d" % (salt.encode(), number)).hexdigest() != challenge:
            return WRONG, 0
        if not any(hmac.compare_digest(_sign(key, challenge), signature) for key in self._keys):
            return WRONG, 0
        if wall > int(parts[2]):
            return EXPIRED, 0
        spent = int(challenge[:16], 16)
        if not self._spent.spend(spent, now, (self._lifetime + 1) * SECOND):
            return SPENT, 0
        return "", int(parts[1], 16)


def _sign(key: bytes, challenge: str) -> bytes:
    return hmac.digest(key, challenge.encode(), "sha256").hex().encode()


def _read(payload: bytes) -> tuple[str, int, str, bytes] | None:
    """Challenge, number, salt and signature of a solution; None of what is none."""
    if len(payload) > _PAYLOAD:
        return None
    try:
        # A form that forgot to encode its plus signs sends blanks.
        said = orjson.loads(base64.b64decode(payload.replace(b" ", b"+"), validate=True))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(said, dict) or said.get("algorithm") != "SHA-256":
        return None
    texts = [said.get("challenge"), said.get("salt"), said.get("signature")]
    number = said.get("number")
    if not all(isinstance(text, str) and text.isascii() for text in texts):
        return None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _NUMBER:
        return None
    return str(texts[0]), number, str(texts[1]), str(texts[2]).encode()
