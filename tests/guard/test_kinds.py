"""Each kind of attack is found in its scene, alone, and none where people are merely many."""

from dataclasses import replace

import pytest

from gateway.guard.kinds import KINDS, MALFORMED_BOUNDS, find
from gateway.guard.window import Account, Client, Target, Window
from gateway.http.faults import BOUNDS

# A minute before noon: 6,000 requests of 400 clients, on many pages.
HOME = Target("/", 1500, 300, 10, 0.25, 0.1)
SEARCH = Target("/search", 600, 200, 520, 0.1, 0.1)
FAMILY = Client("192.0.2.1", 60, 2, errors=1, error_targets=1, connections=8)
CARRIER = Client("192.0.2.9", 1200, 200, errors=60, error_targets=9, connections=700)
NOON = Window(
    60,
    6000,
    400,
    5600,
    targets=(HOME, SEARCH),
    top=(CARRIER, FAMILY),
    faults={"target": 3},
    bounds={"head-time": 4, "idle": 200, "body-rate": 1},
    logins=100,
    login_failures=20,
    accounts=(Account("a", 4, 1),),
    connections=900,
    open=800,
    idle=600,
    allowed=20_000,
)


def flooder(n: int, requests: int = 6000, **more: int) -> Client:
    return Client(f"198.51.100.{n}", requests, 1, **more)


ATTACKS = {
    "a flood from twenty machines": (
        "flood-from-few",
        replace(NOON, requests=126_000, top=(*(flooder(n) for n in range(20)), *NOON.top)),
    ),
    "a flood from one machine, before anything is known": (
        "flood-from-few",
        replace(NOON, requests=9000, expected=0, top=(flooder(1, 3000), *NOON.top)),
    ),
    "a flood of 3,000 addresses on the booking page": (
        "flood-on-target",
        replace(
            NOON,
            requests=66_000,
            clients=3400,
            targets=(Target("/booking/", 60_000, 3200, 1, 0.1, 0.95), HOME),
        ),
    ),
    "the same within the opening": (
        "flood-on-target",
        replace(
            NOON,
            requests=96_000,
            clients=9000,
            expected=40_000,
            opening=True,
            targets=(Target("/booking/", 80_000, 8000, 1, 0.3, 0.6), HOME),
        ),
    ),
    "slow headers": ("slow-headers", replace(NOON, bounds={"head-time": 300}, connections=1200)),
    "slow bodies": ("slow-body", replace(NOON, bounds={"body-rate": 80}, connections=1000)),
    "slow reading": ("slow-read", replace(NOON, bounds={"send-stall": 60}, connections=1000)),
    "connections that ask nothing, of thousands": (
        "connection-hoarding",
        replace(NOON, open=12_000, idle=11_500),
    ),
    "connections that ask nothing, of one": (
        "connection-hoarding",
        replace(NOON, top=(Client("203.0.113.5", 3, 1, connections=900), *NOON.top)),
    ),
    "a scanner": (
        "error-scanning",
        replace(NOON, top=(flooder(1, 300, errors=280, error_targets=270), *NOON.top)),
    ),
    "a stolen list, from one machine": (
        "credential-stuffing",
        replace(
            NOON,
            logins=700,
            login_failures=400,
            top=(flooder(1, 400, login_failures=390, login_accounts=390), *NOON.top),
        ),
    ),
    "a stolen list, one login an address": (
        "credential-stuffing",
        replace(NOON, logins=900, login_failures=800),
    ),
    "a stolen list, one login an address, accounts told apart": (
        "credential-stuffing",
        replace(NOON, logins=900, login_failures=800, login_accounts=780),
    ),
    "one account guessed from fifty addresses": (
        "credential-stuffing",
        replace(NOON, login_failures=50, logins=140, accounts=(Account("minister", 30, 25),)),
    ),
    "malformed requests": ("malformed", replace(NOON, faults={"line-end": 200, "chunk": 30})),
    "oversized requests": ("malformed", replace(NOON, bounds={"header-bytes": 300})),
    "random queries from ten machines": (
        "cache-busting",
        replace(NOON, requests=11_000, targets=(Target("/", 6000, 60, 5500, 0.25, 0.3), SEARCH)),
    ),
}


@pytest.mark.parametrize("scene", ATTACKS)
def test_each_kind_is_found_and_no_other(scene: str) -> None:
    kind, window = ATTACKS[scene]
    assert [finding.kind for finding in find(window)] == [kind]
    assert find(window)[0].share > 0
    assert find(window)[0].evidence


def test_every_kind_has_its_scene() -> None:
    assert {kind for kind, _ in ATTACKS.values()} == set(KINDS)


ORDINARY = {
    "before noon": NOON,
    "nothing at all": Window(60, 0, 0),
    "one person at night": Window(
        60, 40, 1, 30, targets=(Target("/", 2, 1, 1),), top=(Client("192.0.2.1", 40),)
    ),
    "a page with a hundred assets, opened by one in ten seconds": Window(
        10, 120, 1, 20, top=(Client("192.0.2.1", 99),)
    ),
    "the opening": replace(
        NOON,
        requests=72_000,
        clients=9000,
        expected=70_000,
        opening=True,
        targets=(Target("/booking/", 50_000, 8800, 1, 0.6, 0.05),),
        top=(Client("192.0.2.9", 18_000, 2200, connections=9000), FAMILY),
        open=12_000,
        idle=7000,
    ),
    "an opening that nobody foresaw": replace(
        NOON,
        requests=72_000,
        clients=9000,
        targets=(Target("/booking/", 60_000, 8800, 1, 0.02, 0.08),),
        top=(Client("192.0.2.9", 18_000, 2200, connections=9000), FAMILY),
    ),
    "a campus behind one address": replace(
        NOON,
        requests=14_000,
        top=(
            Client("192.0.2.50", 9000, 700, errors=400, error_targets=12, connections=3000),
            FAMILY,
        ),
    ),
    "a campus whose students mistype their passwords": replace(
        NOON,
        login_failures=60,
        logins=260,
        top=(Client("192.0.2.50", 900, 300, login_failures=55, login_accounts=50),),
    ),
    "an office whose proxy is one device, most of which get in": replace(
        NOON,
        login_failures=30,
        logins=260,
        login_accounts=30,
        top=(Client("192.0.2.50", 900, 1, logins=200, login_failures=30, login_accounts=30),),
    ),
    "an application with an old password": replace(
        NOON, logins=60, login_failures=55, login_accounts=2
    ),
    "a page with a broken picture": replace(
        NOON, top=(Client("192.0.2.9", 1200, 2, errors=300, error_targets=1),)
    ),
    "a bad mobile network": replace(NOON, bounds={"head-time": 15, "send-stall": 12}),
    "a busy search": replace(NOON, targets=(Target("/search", 2400, 800, 2200, 0.1, 0.1), HOME)),
    "one broken application": replace(NOON, faults={"line-end": 15}),
    "browsers that keep their connections": replace(NOON, open=9000, idle=8500),
}


@pytest.mark.parametrize("scene", ORDINARY)
def test_nothing_is_found_where_people_are_merely_many(scene: str) -> None:
    assert find(ORDINARY[scene]) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param({"bounds": {"head-time": 49}, "connections": 1000}, False, id="one below"),
        pytest.param({"bounds": {"head-time": 50}, "connections": 1000}, True, id="the share"),
        pytest.param({"bounds": {"head-time": 19}, "connections": 20}, False, id="too few"),
        pytest.param({"bounds": {"head-time": 20}, "connections": 20}, True, id="enough"),
    ],
)
def test_where_slowness_begins(change: dict[str, object], found: bool) -> None:
    assert bool(find(replace(NOON, **change))) is found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("devices", "found"),
    [pytest.param(9, True, id="ten a second each"), pytest.param(11, False, id="less")],
)
def test_a_flood_is_judged_by_each_device(devices: int, found: bool) -> None:
    window = replace(NOON, requests=12_000, top=(Client("192.0.2.66", 6000, devices),))
    assert bool(find(window)) is found


def test_names_are_those_of_the_bounds() -> None:
    assert {"head-time", "body-rate", "send-stall"} | MALFORMED_BOUNDS <= BOUNDS


def test_keys_of_a_finding_are_bounded_and_the_worst_first() -> None:
    top = tuple(Client(f"c{n}", 5000, 1, errors=20 + n, error_targets=20 + n) for n in range(300))
    window = replace(NOON, top=tuple(replace(one, requests=one.errors) for one in top))
    (finding,) = find(window)
    assert len(finding.who) == 100
    assert finding.who[0] == "c299"
