"""What we sign, and what we take for ours."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.tokens import Signer

OLD, NEW = b"o" * 32, b"n" * 32
SIGNER = Signer(b"device", [NEW, OLD])
TOKEN = SIGNER.make(b"12345678")


@given(st.binary(max_size=64))
def test_what_was_made_is_read(payload: bytes) -> None:
    assert SIGNER.read(SIGNER.make(payload)) == payload


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"A", id="no base64 length"),
        pytest.param(b"====", id="only padding"),
        pytest.param(TOKEN + b"=", id="padding that we do not write"),
        pytest.param(TOKEN + b" ", id="a space behind"),
        pytest.param(TOKEN[:-1], id="one character short"),
        pytest.param(TOKEN + b"AAAA", id="more behind"),
        pytest.param(TOKEN[1:], id="without its first character"),
        pytest.param(b"2" + TOKEN[1:], id="with another first character"),
        pytest.param(b"1A" + TOKEN[2:], id="another payload"),
        pytest.param(TOKEN[:-2] + b"AA", id="another signature"),
        pytest.param(Signer(b"pass", [NEW]).make(b"12345678"), id="another kind"),
        pytest.param(Signer(b"device", [b"x" * 32]).make(b"12345678"), id="another key"),
        pytest.param("\u0661".encode() * 8, id="no ASCII"),
        pytest.param(base64.urlsafe_b64encode(b"x" * 600), id="too long"),
    ],
)
def test_what_is_not_ours_is_not_read(token: bytes) -> None:
    assert SIGNER.read(token) is None


def test_one_token_has_one_spelling() -> None:
    # The last character holds unused bits: others decode to the same bytes.
    payload = SIGNER.make(b"1")
    spellings = [payload[:-1] + bytes([c]) for c in range(33, 127)]
    assert [one for one in spellings if SIGNER.read(one) is not None] == [payload]


def test_keys_rotate() -> None:
    before, after = Signer(b"device", [OLD]), Signer(b"device", [NEW])
    assert SIGNER.read(before.make(b"old")) == b"old"
    assert SIGNER.read(after.make(b"new")) == b"new"
    assert after.read(SIGNER.make(b"both")) == b"both"
    assert after.read(before.make(b"old")) is None
