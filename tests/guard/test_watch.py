"""What counts as a strike, and what says nothing; what a client's profile becomes of it."""

from typing import Any

import pytest
from helpers import CLIENT, a_refusal, a_request, address

from gateway.clock import SECOND
from gateway.guard.facts import Facts
from gateway.guard.profiles import Profiles, prefix_text
from gateway.guard.watch import Watch
from gateway.http import faults
from gateway.http.exchange import Exchange, Failure
from gateway.state.distinct import estimate
from gateway.verdict import Action, Decision

NOW = 1_000 * SECOND
WEIGHTS = {
    "limit": 1.0, "rule": 20.0, "malformed": 10.0, "oversized": 5.0, "slow": 10.0, "denied": 1.0,
    "not_found": 0.5, "honeypot": 100.0,
}  # fmt: skip


def a_watch() -> Watch:
    watch = Watch(Profiles(seed=1), Facts(seed=1))
    watch.configure(WEIGHTS, ("/.env",))
    return watch


def ended(
    status: int = 200,
    *,
    client: str = CLIENT,
    path: str = "/",
    device: int = 0,
    now: int = NOW,
    parsed: bool = True,
    **more: Any,
) -> Exchange:
    exchange = Exchange(address(client), now)
    if parsed:
        exchange.request = a_request(path=path, client=client)
        exchange.request.device = device
    exchange.status = status
    exchange.ended = now
    for name, value in more.items():
        setattr(exchange, name, value)
    return exchange


def refused(action: Action, kind: str) -> dict[str, Any]:
    return {"decision": Decision(kind, a_refusal(action))}


def elsewhere() -> Exchange:
    """What a visitor's browser was made to ask for by a page that is not ours."""
    exchange = ended(404, path="/.env")
    assert exchange.request is not None
    exchange.request.headers.append((b"sec-fetch-site", b"cross-site"))
    return exchange


@pytest.mark.parametrize(
    ("exchange", "strikes"),
    [
        pytest.param(ended(200), {}, id="a good request"),
        pytest.param(ended(500), {}, id="the platform's own error"),
        pytest.param(ended(404), {"not_found": 1}, id="not found"),
        pytest.param(ended(403), {"denied": 1}, id="denied by the platform"),
        pytest.param(ended(401), {"denied": 1}, id="a failed login"),
        pytest.param(ended(200, path="/.env"), {"honeypot": 1}, id="a honeypot"),
        pytest.param(elsewhere(), {}, id="asked for by a page elsewhere"),
        pytest.param(ended(429, **refused(Action.LIMIT, "rate-limit")), {"limit": 1}, id="limit"),
        pytest.param(ended(403, **refused(Action.BLOCK, "rules")), {"rule": 1}, id="a rule"),
        pytest.param(ended(403, **refused(Action.BLOCK, "block")), {}, id="our own block"),
        pytest.param(ended(403, **refused(Action.BLOCK, "block-list")), {}, id="a list"),
        pytest.param(ended(403, **refused(Action.CHALLENGE, "flood")), {}, id="a challenge"),
        pytest.param(ended(503, **refused(Action.WAIT, "room")), {}, id="the waiting room"),
        pytest.param(ended(503, **refused(Action.MAINTENANCE, "m")), {}, id="maintenance"),
        pytest.param(ended(404, **refused(Action.ALLOW, "allow-list")), {}, id="on the allow list"),
        pytest.param(ended(404, own="unknown"), {}, id="a path of ours"),
        pytest.param(ended(503, failure=Failure("platform-down", 503)), {}, id="platform down"),
        pytest.param(
            ended(400, parsed=False, fault=faults.REQUEST_LINE), {"malformed": 1}, id="malformed"
        ),
        pytest.param(ended(408, parsed=False, fault=faults.HEAD_TIME), {"slow": 1}, id="slow head"),
        pytest.param(ended(408, fault=faults.BODY_RATE), {"slow": 1}, id="slow body"),
        pytest.param(ended(413, fault=faults.BODY_BYTES), {"oversized": 1}, id="oversized"),
        pytest.param(ended(0, fault=faults.SEND_STALL), {}, id="a phone that lost its network"),
    ],
)
def test_what_is_a_strike(exchange: Exchange, strikes: dict[str, int]) -> None:
    watch = a_watch()
    watch.record([exchange])
    assert watch.strikes == strikes
    found = watch.profiles.suspects(NOW, least=0.1, most=9)
    assert [one["score"] for one in found] == [WEIGHTS[kind] for kind in strikes]


def test_a_kind_of_no_weight_is_none() -> None:
    watch = a_watch()
    watch.configure({**WEIGHTS, "not_found": 0.0}, ())
    watch.record([ended(404)])
    assert watch.strikes == {}


def test_strikes_fade_to_half_in_a_half_life() -> None:
    watch = a_watch()
    watch.record([ended(403)] * 10)
    [later] = watch.profiles.suspects(NOW + 60 * SECOND, least=0.1, most=9)
    assert later["score"] == pytest.approx(5)
    assert later["kinds"] == {"denied": pytest.approx(5)}


def test_an_address_knows_its_devices_and_a_device_its_own_strikes() -> None:
    watch = a_watch()
    watch.record([ended(200, device=n) for n in range(1, 11)] + [ended(200)] * 3)
    watch.record([ended(403, device=7)] * 20)
    [found] = watch.profiles.suspects(NOW, least=1, most=9)
    assert (found["score"], found["good"], found["bad"], found["lone"]) == (20, 13, 20, 3)
    assert estimate(found["devices"]) == pytest.approx(10, abs=1.5)
    assert estimate(found["struck"]) == pytest.approx(1, abs=0.1)
    [device] = watch.profiles.struck_devices(NOW, least=1, most=9)
    assert (device["key"], device["score"], device["address"]) == (f"{7:016x}", 20, CLIENT)
    assert device["sample"] == "request-1"


def test_who_was_answered_begins_anew() -> None:
    watch = a_watch()
    watch.record([ended(403, device=7)] * 20)
    watch.profiles.forgive(address(CLIENT).key)
    watch.profiles.forgive(7, device=True)
    assert watch.profiles.suspects(NOW, least=0.1, most=9) == []
    assert watch.profiles.struck_devices(NOW, least=0.1, most=9) == []


def test_a_device_that_is_answered_for_takes_its_part_off_its_address() -> None:
    watch = a_watch()
    watch.record([ended(403, device=7)] * 20 + [ended(403)] * 5)
    watch.profiles.forgive(7, device=True)
    [left] = watch.profiles.suspects(NOW, least=0.1, most=9)
    assert left["score"] == pytest.approx(5)


def test_one_refusal_does_not_make_a_device_one_that_misbehaves() -> None:
    watch = a_watch()
    watch.profiles.struck_from = 10
    watch.record([ended(403, device=n) for n in range(1, 10)] + [ended(403, device=99)] * 10)
    [found] = watch.profiles.suspects(NOW, least=1, most=9)
    assert estimate(found["struck"]) == pytest.approx(1, abs=0.1)


def test_the_worst_are_told_and_no_more_than_asked_for() -> None:
    watch = a_watch()
    for n in range(1, 6):
        watch.record([ended(403, client=f"203.0.113.{n}")] * n)
    found = watch.profiles.suspects(NOW, least=2, most=2)
    assert [one["key"] for one in found] == ["203.0.113.5", "203.0.113.4"]
    assert found[0]["neighbours"] == pytest.approx(5, abs=1)


def test_what_clients_can_make_grow_is_bounded() -> None:
    profiles = Profiles(seed=1)
    for n in range(100_000):
        profiles.seen(address(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"), 0, NOW)
    assert len(profiles) <= 65_536


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("2001:db8::3", "2001:db8::/48"),
        ("2001::3", "2001::/48"),
    ],
)
def test_the_network_around_an_address(text: str, prefix: str) -> None:
    assert prefix_text(address(text)) == prefix
