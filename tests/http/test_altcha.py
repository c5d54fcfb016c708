"""ALTCHA's protocol: what solves a challenge, and every way not to."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SECOND
from gateway.http.altcha import EXPIRED, MALFORMED, SPENT, WRONG, Altcha, Spent

KEY, OTHER = b"k" * 32, b"x" * 32
WALL = 1_800_000_000
NOW = 1_000 * SECOND
LIFETIME = 600
DEVICE = 0x0123456789ABCDEF
MOST = 50


def an_altcha(*keys: bytes) -> Altcha:
    return Altcha(keys or (KEY,), Spent(), lifetime=LIFETIME)


def solved(challenge: bytes) -> dict[str, Any]:
    """What a browser hands back."""
    said = json.loads(challenge)
    number = next(
        n
        for n in range(said.pop("maxnumber") + 1)
        if hashlib.sha256(f"{said['salt']}{n}".encode()).hexdigest() == said["challenge"]
    )
    return {**said, "number": number}


def packed(solution: Any) -> bytes:
    return base64.b64encode(json.dumps(solution).encode())


def forged(salt: str, number: int, key: bytes = b"guessed") -> dict[str, Any]:
    challenge = hashlib.sha256(f"{salt}{number}".encode()).hexdigest()
    signature = hmac.new(key, challenge.encode(), "sha256").hexdigest()
    parts = {"challenge": challenge, "number": number, "salt": salt, "signature": signature}
    return {"algorithm": "SHA-256", **parts}


def test_a_challenge_is_as_the_protocol_has_it() -> None:
    said = json.loads(an_altcha().make(MOST, WALL, DEVICE))
    assert set(said) == {"algorithm", "challenge", "maxnumber", "salt", "signature"}
    assert (said["algorithm"], said["maxnumber"]) == ("SHA-256", MOST)
    assert said["salt"].endswith(f"?expires={WALL + LIFETIME}&")
    assert len(said["challenge"]) == len(said["signature"]) == 64


def test_the_salt_and_any_number_fit_into_one_block_of_sha256() -> None:
    """The page's own SHA-256 knows only one."""
    salt = json.loads(an_altcha().make(1_000_000, WALL, DEVICE))["salt"]
    assert len(salt) <= 47
    assert len(f"{salt}1000000") <= 55


def test_no_two_challenges_are_alike_and_numbers_reach_from_0_to_the_highest() -> None:
    altcha = an_altcha()
    made = [solved(altcha.make(3, WALL, DEVICE)) for _ in range(200)]
    assert len({one["salt"] for one in made}) == len({one["challenge"] for one in made}) == 200
    assert {one["number"] for one in made} == {0, 1, 2, 3}


def test_a_solution_is_good_once() -> None:
    altcha = an_altcha()
    payload = packed(solved(altcha.make(MOST, WALL, DEVICE)))
    assert altcha.check(payload, WALL, NOW)[0] == ""
    assert altcha.check(payload, WALL, NOW)[0] == SPENT


def test_another_order_of_keys_and_more_keys_change_nothing_and_spend_the_same() -> None:
    altcha = an_altcha()
    solution = solved(altcha.make(MOST, WALL, DEVICE))
    more = dict(reversed([*solution.items(), ("took", 812), ("test", False)]))
    assert altcha.check(packed(more), WALL, NOW)[0] == ""
    assert altcha.check(packed(solution), WALL, NOW)[0] == SPENT


def test_a_form_that_did_not_encode_its_plus_signs_is_understood() -> None:
    altcha = an_altcha()
    while b"+" not in (
        payload := packed({**solved(altcha.make(MOST, WALL, DEVICE)), "x": "~~~>>>"})
    ):
        pass
    assert altcha.check(payload.replace(b"+", b" "), WALL, NOW)[0] == ""


@pytest.mark.parametrize(
    ("seconds", "why"),
    [(LIFETIME - 1, ""), (LIFETIME, ""), (LIFETIME + 1, EXPIRED), (LIFETIME + 86_400, EXPIRED)],
)
def test_a_challenge_lives_for_its_time(seconds: int, why: str) -> None:
    altcha = an_altcha()
    payload = packed(solved(altcha.make(MOST, WALL, DEVICE)))
    assert altcha.check(payload, WALL + seconds, NOW)[0] == why


@pytest.mark.parametrize(
    ("makes", "checks", "why"),
    [
        pytest.param((KEY,), (OTHER, KEY), "", id="the old key is still known"),
        pytest.param((KEY, OTHER), (OTHER,), WRONG, id="signed by what is no longer known"),
        pytest.param((KEY,), (OTHER,), WRONG, id="another gateway's"),
    ],
)
def test_keys_rotate(makes: tuple[bytes, ...], checks: tuple[bytes, ...], why: str) -> None:
    payload = packed(solved(an_altcha(*makes).make(MOST, WALL, DEVICE)))
    assert an_altcha(*checks).check(payload, WALL, NOW)[0] == why


def with_(**change: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda solution: {**solution, **change}


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda solution: {key: value for key, value in solution.items() if key != name}


def shifted(solution: dict[str, Any]) -> dict[str, Any]:
    """The last digits of the expiry, and its delimiter, as the beginning of the number."""
    salt, number = solution["salt"], solution["number"]
    return {**solution, "salt": salt[:-3], "number": f"{salt[-3:]}{number}"}


def hidden(solution: dict[str, Any]) -> dict[str, Any]:
    """The whole expiry as the beginning of the number."""
    salt, _, rest = solution["salt"].partition("expires=")
    return {**solution, "salt": salt, "number": f"expires={rest}{solution['number']}"}


@pytest.mark.parametrize("device", [1, DEVICE, 2**64 - 1])
def test_a_solution_is_worth_the_device_it_was_made_for(device: int) -> None:
    altcha = an_altcha()
    solution = solved(altcha.make(MOST, WALL, device))
    other = {**solution, "salt": f"{device ^ 1:016x}" + solution["salt"][16:]}
    assert altcha.check(packed(other), WALL, NOW) == (WRONG, 0)
    assert altcha.check(packed(solution), WALL, NOW) == ("", device)


BAD: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "the next number": (lambda s: {**s, "number": s["number"] + 1}, WRONG),
    "another challenge": (with_(challenge="0" * 64), WRONG),
    "a challenge in capitals": (lambda s: {**s, "challenge": s["challenge"].upper()}, WRONG),
    "a challenge with more behind it": (lambda s: {**s, "challenge": s["challenge"] + "0"}, WRONG),
    "no challenge in the challenge": (with_(challenge=""), WRONG),
    "another signature": (with_(signature="0" * 64), WRONG),
    "an empty signature": (with_(signature=""), WRONG),
    "a signature in capitals": (lambda s: {**s, "signature": s["signature"].upper()}, WRONG),
    "half the signature": (lambda s: {**s, "signature": s["signature"][:32]}, WRONG),
    "another salt": (lambda s: {**s, "salt": "0" * 24 + s["salt"][24:]}, WRONG),
    "a later expiry": (lambda s: {**s, "salt": s["salt"][:-2] + "9&"}, WRONG),
    "all its own": (lambda s: forged(s["salt"], s["number"]), WRONG),
    "all its own, with an easy number": (lambda s: forged(s["salt"], 0), WRONG),
    "signed with the secret itself": (lambda s: forged(s["salt"], 0, KEY), WRONG),
    "digits moved to the number": (shifted, MALFORMED),
    "the expiry moved to the number": (hidden, MALFORMED),
    "a salt without a delimiter": (lambda s: forged(s["salt"][:-1], 5), MALFORMED),
    "a salt without an expiry": (lambda s: forged(s["salt"][:24], 5), MALFORMED),
    "a salt with no end": (lambda s: forged(s["salt"][:24] + "?expires=&", 5), MALFORMED),
    "a salt with a longer expiry": (lambda s: forged(s["salt"][:-1] + "0&", 5), MALFORMED),
    "a salt with two expiries": (lambda s: forged(s["salt"] + "expires=1&", 5), MALFORMED),
    "a salt with Arabic digits": (
        lambda s: {**s, "salt": s["salt"][:24] + "?expires=١٨٠٠٠٠٠٠٠٠&"},
        MALFORMED,
    ),
    "a salt and a line end": (lambda s: {**s, "salt": s["salt"] + "\n"}, MALFORMED),
    "an empty salt": (with_(salt=""), MALFORMED),
    "half of a pair as a challenge": (with_(challenge="\ud800"), MALFORMED),
    "a challenge that is not ASCII": (with_(challenge="é" * 64), MALFORMED),
    "a signature that is not ASCII": (with_(signature="é" * 64), MALFORMED),
    **{f"no {name}": (without(name), MALFORMED)
       for name in ("algorithm", "challenge", "number", "salt", "signature")},
    **{f"{name} is {value!r}": (with_(**{name: value}), MALFORMED)
       for name in ("algorithm", "challenge", "salt", "signature")
       for value in (None, True, 1, 1.5, [], {}, ["x"])},
    **{f"number is {value!r}": (with_(number=value), MALFORMED)
       for value in (None, True, False, "1", "", 1.0, 1.5, -1, 10_000_001, 2**63, 10**30, [], {})},
    **{f"algorithm is {value!r}": (with_(algorithm=value), MALFORMED)
       for value in ("", "SHA-1", "SHA-512", "sha-256", "SHA256", "SHA-256 ", "none")},
    **{f"a list of {value!r}": (lambda s, value=value: value, MALFORMED)
       for value in ([], None, 1, "x", True, [1, 2])},
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_solution_is_refused_and_spends_nothing(name: str) -> None:
    altcha = an_altcha()
    good = solved(altcha.make(MOST, WALL, DEVICE))
    change, why = BAD[name]
    assert altcha.check(packed(change(good)), WALL, NOW)[0] == why
    assert altcha.check(packed(good), WALL, NOW)[0] == ""


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"=", id="a sign of equality"),
        pytest.param(b"AAA", id="base64 that ends too early"),
        pytest.param(b"!!!!", id="no base64"),
        pytest.param("é".encode(), id="not ASCII"),
        pytest.param(base64.b64encode(b"\xff\xfe"), id="not UTF-8"),
        pytest.param(base64.b64encode(b"{"), id="no JSON"),
        pytest.param(base64.b64encode(b"NaN"), id="what only JavaScript takes for JSON"),
        pytest.param(base64.b64encode(b"[" * 1500), id="deeper than anybody nests"),
        pytest.param(b"A" * 2048, id="as long as may be"),
        pytest.param(b"A" * 2049, id="longer than may be"),
        pytest.param(b"A" * 16_384, id="as long as a body may be"),
    ],
)
def test_what_cannot_be_read_is_malformed(payload: bytes) -> None:
    assert an_altcha().check(payload, WALL, NOW)[0] == MALFORMED


@given(st.binary(max_size=3000))
def test_whatever_comes_is_refused(payload: bytes) -> None:
    altcha = an_altcha()
    assert altcha.check(payload, WALL, NOW)[0] in {MALFORMED, WRONG}
    assert altcha.check(base64.b64encode(payload), WALL, NOW)[0] in {MALFORMED, WRONG}


@given(
    st.dictionaries(
        st.sampled_from(["algorithm", "challenge", "number", "salt", "signature", "took"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=70),
            st.just("SHA-256"), st.from_regex(r"[0-9a-f]{24}\?expires=[0-9]{10}&", fullmatch=True),
        ),
    )
)  # fmt: skip
def test_whatever_is_said_in_the_right_form_is_refused(said: dict[str, Any]) -> None:
    assert an_altcha().check(packed(said), WALL, NOW)[0] in {MALFORMED, WRONG}


# What was spent.


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3 * LIFETIME)), min_size=1, max_size=60)
)
def test_nothing_is_spent_twice_within_its_lifetime(events: list[tuple[int, int]]) -> None:
    spent, last = Spent(), dict[int, int]()
    now = NOW
    for key, seconds in events:
        now += seconds * SECOND
        first = spent.spend(key, now, LIFETIME * SECOND)
        if key in last and now - last[key] <= LIFETIME * SECOND:
            assert not first
        if first:
            last[key] = now


def test_what_was_spent_long_ago_is_forgotten() -> None:
    spent = Spent()
    assert spent.spend(1, NOW, SECOND)
    assert not spent.spend(1, NOW + SECOND, SECOND)
    assert spent.spend(1, NOW + 3 * SECOND, SECOND)


def test_a_flood_of_solutions_makes_the_oldest_forgotten_and_holds_no_more() -> None:
    spent = Spent()
    for key in range(2 * 65_536 + 1):
        assert spent.spend(key, NOW, SECOND)
    assert not spent.spend(65_536, NOW, SECOND)
    assert spent.spend(0, NOW, SECOND)
    assert len(spent._young) + len(spent._old) <= 2 * 65_536
