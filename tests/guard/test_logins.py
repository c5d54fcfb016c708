"""What is counted of logins, in a worker and over all of them."""

from datetime import datetime
from typing import Any

from helpers import a_request, address

from gateway.building.flood import site as a_site
from gateway.clock import SECOND
from gateway.guard.facts import Facts
from gateway.guard.profiles import Profiles
from gateway.guard.site import Gauges, join_facts
from gateway.guard.watch import Watch
from gateway.http.exchange import Exchange
from gateway.request import LOGIN_FAILED, LOGIN_TRIED
from gateway.settings.flood import FloodModel
from gateway.state.distinct import estimate

NOW = 1_000 * SECOND
BOT, CITIZEN, CARRIER = "203.0.113.9", "198.51.100.7", "192.0.2.1"
MOMENT = datetime(2026, 3, 2, 10, 0, 0)  # noqa: DTZ001 - by the clock on the wall


def a_login(
    client: str = CITIZEN, account: int = 1, *, failed: bool = True, now: int = NOW, **more: Any
) -> Exchange:
    exchange = Exchange(address(client), now)
    request = exchange.request = a_request(client=client, method="POST", path="/login")
    request.login = LOGIN_FAILED if failed else LOGIN_TRIED
    request.account = account
    exchange.status = 303
    exchange.handed_over, exchange.answer_started, exchange.ended = now, now + 1, now
    for name, value in more.items():
        setattr(exchange, name, value)
    return exchange


def facts(*, named: bool = True) -> Facts:
    made = Facts(seed=1)
    made.logins.named = named
    return made


def test_accounts_are_told_apart_and_workers_joined() -> None:
    one, other = facts(), facts()
    for worker in (one, other):  # the same twelve accounts, seen by both
        for account in range(1, 13):
            worker.see(a_login(BOT, account), False)
    other.see(a_login(CITIZEN, 3, failed=False), False)
    other.see(a_login(CITIZEN, 3), False)
    told = join_facts([one.take(NOW), other.take(NOW)])
    assert (told["logins"], told["login_failures"]) == (26, 25)
    assert round(estimate(told["login_accounts"])) in range(11, 14)
    bot = told["top_logins"][address(BOT).key]
    assert (bot["logins"], bot["failures"]) == (24, 24)
    assert round(estimate(bot["accounts"])) in range(11, 14)
    citizen = told["top_logins"][address(CITIZEN).key]
    assert (citizen["logins"], citizen["failures"]) == (2, 1)
    assert round(estimate(told["top_accounts"][3]["clients"])) == 2
    assert one.take(NOW)["logins"] == 0


def test_who_gets_in_is_not_looked_at() -> None:
    one = facts()
    for account in range(1, 50):
        one.see(a_login(CARRIER, account, failed=False), False)
    told = one.take(NOW)
    assert (told["logins"], told["login_failures"]) == (49, 0)
    assert told["top_logins"] == {}
    assert told["top_accounts"] == {}


def test_a_failure_without_an_account_is_a_failure() -> None:
    one = facts()
    one.see(a_login(BOT, 0), False)
    told = one.take(NOW)
    assert (told["login_failures"], estimate(told["login_accounts"])) == (1, 0)
    assert told["top_logins"][address(BOT).key]["failures"] == 1


def test_where_no_login_is_named_each_post_may_be_one() -> None:
    one = facts(named=False)
    one.see(a_login(status=401), False)
    one.see(a_login(status=200), False)
    one.see(a_login(status=403, answer_started=0), False)  # ours, not the platform's
    told = one.take(NOW)
    assert (told["logins"], told["login_failures"]) == (2, 1)


def test_a_redirect_back_is_a_strike_as_a_401_is() -> None:
    watch = Watch(Profiles(seed=1), facts())
    watch.configure({"denied": 1.0}, ())
    watch.record([a_login(), a_login(failed=False)])
    assert watch.strikes == {"denied": 1}


def stuffing(
    seconds: int, *logins: tuple[str, int, int, bool]
) -> list[tuple[str, tuple[str, ...]]]:
    """What is found after so many seconds, in each of which there were these logins: of a client,
    at so many accounts of its own from a number on, failed or not; behind citizens who get in."""
    site, one = a_site(FloodModel()), facts()
    devices = {BOT: 1, CITIZEN: 1, CARRIER: 300}
    clients = {address(text).key: (text, count) for text, count in devices.items()}
    now = NOW
    for second in range(seconds):
        now += SECOND
        for n in range(10):
            one.see(a_login(f"198.51.100.{n}", 5000 + n, failed=False, now=now), False)
        for client, first, count, failed in logins:
            for n in range(count):
                account = first + n + second * count
                one.see(a_login(client, account, failed=failed, now=now), False)
        site.second([one.take(now)], Gauges(allowed=1000), clients, MOMENT)
    return [(one.kind, one.who) for one in site.findings if one.kind == "credential-stuffing"]


def test_many_accounts_from_one_device_that_hardly_gets_in() -> None:
    assert stuffing(12, (BOT, 100, 2, True)) == [("credential-stuffing", (BOT,))]


def test_who_mostly_gets_in_is_no_list() -> None:
    """A proxy of an office: a few mistype, most get in."""
    assert stuffing(12, (BOT, 100, 2, True), (BOT, 900, 10, False)) == []


def test_a_carrier_whose_citizens_mistype_is_no_list() -> None:
    assert stuffing(12, (CARRIER, 100, 3, True)) == []


def test_an_application_with_an_old_password_is_no_list() -> None:
    """It is nearly all logins of a night, at one account."""
    site, one = a_site(FloodModel()), facts()
    clients = {address(BOT).key: (BOT, 1)}
    for second in range(12):
        now = NOW + second * SECOND
        for _ in range(5):
            one.see(a_login(BOT, 7, now=now), False)
        site.second([one.take(now)], Gauges(allowed=1000), clients, MOMENT)
    assert site.findings == []
    for n in range(40):  # but a list of forty is, though each comes from elsewhere
        one.see(a_login(f"198.51.100.{n}", 100 + n, now=now), False)
    site.second([one.take(now)], Gauges(allowed=1000), clients, MOMENT)
    assert [finding.kind for finding in site.findings] == ["credential-stuffing"]
    assert site.findings[0].evidence["tried"] > 30
