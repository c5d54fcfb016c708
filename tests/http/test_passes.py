"""The pass: good for its device, for its time, and for nobody else."""

import re

import pytest
from helpers import FakeClock, a_request
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SECOND
from gateway.filters.base import PassCheck
from gateway.http.counts import Counts
from gateway.http.devices import Devices
from gateway.http.passes import SOLVED, WAITED, Passes
from gateway.request import Request
from gateway.tokens import Signer

KEY, OTHER = b"k" * 32, b"x" * 32
DEVICE = 2**64 - 5


class Gate:
    """Passes and their clock."""

    def __init__(self, *keys: bytes, name: bytes = b"dawr-pass") -> None:
        self.clock = FakeClock()
        self.counts = Counts()
        self.passes = Passes(keys or (KEY,), name=name, clock=self.clock, counts=self.counts)
        self._number = 0

    def request(self, cookie: bytes = b"", device: int = DEVICE, client: str = "") -> Request:
        self._number += 1
        headers = [(b"cookie", cookie)] if cookie else []
        request = a_request(headers=headers, now=self.clock.now(), client=client or "198.51.100.7")
        request.device = device
        request.id = b"%d" % self._number
        return request

    def give(self, device: int = DEVICE, seconds: int = 3600, grade: int = SOLVED) -> bytes:
        """The cookie, as it comes back."""
        line = self.passes.give(self.request(), device, seconds, grade)
        found = re.fullmatch(
            rb"Set-Cookie: (dawr-pass=[A-Za-z0-9_-]+); Path=/; Max-Age=%d; HttpOnly; "
            rb"SameSite=Lax\r\n" % seconds,
            line,
        )
        assert found is not None, line
        return bytes(found[1])


@pytest.mark.parametrize("grade", [SOLVED, WAITED])
def test_who_got_one_is_let_pass(grade: int) -> None:
    gate = Gate()
    cookie = gate.give(grade=grade)
    for _ in range(3):
        assert gate.passes.grade(gate.request(b"a=b; " + cookie + b"; c=d")) == grade
    assert gate.passes.valid(gate.request(cookie)) is True


def test_it_belongs_to_the_device_and_to_no_address() -> None:
    gate = Gate()
    cookie = gate.give()
    assert gate.passes.valid(gate.request(cookie, client="203.0.113.9"))
    assert not gate.passes.valid(gate.request(cookie, device=DEVICE - 1))
    assert not gate.passes.valid(gate.request(cookie, device=0))


@pytest.mark.parametrize("seen_before", [True, False], ids=["remembered", "not remembered"])
@pytest.mark.parametrize(
    ("seconds", "good"), [(0, True), (3599, True), (3600, True), (3660, False), (90_000, False)]
)
def test_it_is_good_for_its_time_in_whole_minutes(
    seconds: int, good: bool, seen_before: bool
) -> None:
    gate = Gate()
    cookie = gate.give(seconds=3600)
    if seen_before:
        assert gate.passes.valid(gate.request(cookie))
    gate.clock.advance(seconds + (0.0 if seconds != 3600 else -0.5))
    assert gate.passes.valid(gate.request(cookie)) is good


def test_an_expired_pass_is_not_remembered() -> None:
    gate = Gate()
    cookie = gate.give(seconds=60)
    gate.clock.advance(300)
    assert not gate.passes.valid(gate.request(cookie))
    assert len(gate.passes._known) == 0


def changed(cookie: bytes, at: int) -> bytes:
    value = bytearray(cookie)
    value[at] = ord("A") if value[at] != ord("A") else ord("B")
    return bytes(value)


@pytest.mark.parametrize("at", range(len(b"dawr-pass="), len(b"dawr-pass=") + 34))
def test_every_character_counts(at: int) -> None:
    gate = Gate()
    assert not gate.passes.valid(gate.request(changed(gate.give(), at)))


def of_another_kind(kind: bytes, payload: bytes) -> bytes:
    return b"dawr-pass=" + Signer(kind, [KEY]).make(payload)


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param(b"", id="no cookie"),
        pytest.param(b"dawr-pass=", id="an empty one"),
        pytest.param(b"dawr-pass=AAAA", id="no signature"),
        pytest.param(b"xdawr-pass=" + Gate().give()[10:], id="another name"),
        pytest.param(b"dawr=" + Gate().give()[10:], id="the device's name"),
        pytest.param(Gate(OTHER).give(), id="another gateway's"),
        pytest.param(Gate().give() + b"=", id="with padding"),
        pytest.param(Gate().give()[:-1], id="cut short"),
        pytest.param(Gate().give() + b"A", id="with more behind it"),
        pytest.param(b"dawr-pass=" + b"A" * 600, id="longer than any"),
        pytest.param(of_another_kind(b"device", b"\0" * 13), id="signed as a device"),
        pytest.param(of_another_kind(b"wait", b"\0" * 13), id="signed as a wait"),
        pytest.param(of_another_kind(b"pass", b"\xff" * 12), id="signed, and too short"),
        pytest.param(of_another_kind(b"pass", b"\xff" * 14), id="signed, and too long"),
    ],
)
def test_what_is_no_pass_is_none(cookie: bytes) -> None:
    gate = Gate()
    assert gate.passes.grade(gate.request(cookie)) == 0
    assert gate.counts.challenges == {}


def test_old_keys_are_known_and_new_ones_sign() -> None:
    old, new, gone = Gate(KEY), Gate(OTHER, KEY), Gate(OTHER)
    assert new.passes.valid(new.request(old.give()))
    assert not gone.passes.valid(gone.request(old.give()))
    assert gone.passes.valid(gone.request(new.give()))


def test_what_a_pass_spared_is_counted_once_a_request() -> None:
    gate = Gate()
    cookie = gate.give(grade=WAITED)
    request = gate.request(cookie)
    for _ in range(3):
        gate.passes.valid(request)
    gate.passes.valid(gate.request(cookie))
    assert gate.counts.challenges == {("honoured", "waited"): 2}


def test_over_tls_it_is_secure() -> None:
    gate = Gate()
    request = gate.request()
    request.secure = True
    assert gate.passes.give(request, 1, 60, SOLVED).endswith(b"; SameSite=Lax; Secure\r\n")


def test_no_more_are_remembered_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.http.cookies._REMEMBERED", 10)
    gate = Gate()
    cookies = [gate.give(device) for device in range(1, 26)]
    for device, cookie in enumerate(cookies, 1):
        assert gate.passes.valid(gate.request(cookie, device=device))
        assert len(gate.passes._known) <= 10
    assert gate.passes.valid(gate.request(cookies[0], device=1)), "what was forgotten is read again"


@given(
    st.integers(1, 2**64 - 1), st.integers(60, 86_400), st.sampled_from([SOLVED, WAITED]),
    st.integers(0, 100_000),
)  # fmt: skip
def test_it_never_lasts_longer_than_said_and_a_minute(
    device: int, seconds: int, grade: int, later: int
) -> None:
    gate = Gate()
    cookie = gate.give(device, seconds, grade)
    gate.clock.advance(later)
    found = gate.passes.grade(gate.request(cookie, device=device))
    if later < seconds:
        assert found == grade
    if later >= seconds + 60:
        assert found == 0


@given(st.binary(max_size=60))
def test_whatever_a_cookie_holds_is_no_pass(value: bytes) -> None:
    gate = Gate()
    assert gate.passes.grade(gate.request(b"dawr-pass=" + value)) == 0


def test_without_challenges_nobody_has_passed() -> None:
    request = Gate().request()
    assert (PassCheck().grade(request), PassCheck().valid(request)) == (0, False)


def test_a_device_without_a_signature_spares_nothing() -> None:
    gate = Gate()
    devices = Devices([KEY], FakeClock(), name=b"dawr", max_age=60)
    request = gate.request(gate.give() + b"; dawr=AAAAAAAAAAA", device=0)
    devices.read(request)
    assert not gate.passes.valid(request)
    assert request.now == 1_000 * SECOND
