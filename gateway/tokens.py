"""Signed tokens: what we hand to a client and know again when it comes back.

A token is a 1 and base64url of a payload and its keyed BLAKE2b (RFC 7693) of 12 bytes; the kind of
token is part of the signature, so that one kind never stands in for another. Nothing is secret in a
payload. Keys rotate: the first signs, all are good for checking.
"""

import binascii
from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

_MAC: Final = 12  # bytes: one in 2^96 guesses is right
# Without it one token in tens of thousands would begin as a pickled object does, and whoever has it
# would be refused by the rules, day after day.
_FIRST: Final = b"1"
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")  # what binascii reads, of what a cookie may hold
_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")
_LONGEST: Final = 512  # characters; a longer one is none of ours


class Signer:
    """Makes and reads tokens of one `kind` (at most 16 bytes). `keys`: of 16 to 64 bytes each."""

    def __init__(self, kind: bytes, keys: Sequence[bytes]) -> None:
        # A keyed state is copied for each use: half the price of making it anew.
        self._states = [blake2b(key=key, digest_size=_MAC, person=kind) for key in keys]

    def make(self, payload: bytes) -> bytes:
        return _FIRST + _coded(payload + self._mac(0, payload))

    def read(self, token: bytes) -> bytes | None:
        """The payload of a token of ours; None of any other."""
        if len(token) > _LONGEST or not token.startswith(_FIRST):
            return None
        coded = token[1:]
        try:
            raw = binascii.a2b_base64(coded.translate(_STANDARD) + b"=" * (-len(coded) % 4))
        except ValueError:
            return None
        payload, mac = raw[:-_MAC], raw[-_MAC:]
        for index in range(len(self._states)):
            if compare_digest(self._mac(index, payload), mac):
                # Base64 has spellings that mean the same; only our own is good.
                return payload if _coded(raw) == coded else None
        return None

    def _mac(self, index: int, payload: bytes) -> bytes:
        state = self._states[index].copy()
        state.update(payload)
        return state.digest()


def _coded(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False).translate(_URLSAFE).rstrip(b"=")
