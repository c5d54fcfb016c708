"""What workers count of the site, joined, and the kinds of attack in it."""

from datetime import datetime
from typing import Any

from helpers import a_request, address

from gateway.building.flood import site as a_site
from gateway.clock import SECOND
from gateway.guard.facts import TARGETS, Facts, is_asset
from gateway.guard.site import Gauges, join_facts
from gateway.http.exchange import Exchange
from gateway.settings.flood import FloodModel
from gateway.state.distinct import estimate

NOW = 1_000 * SECOND


def ended(
    client: str = "198.51.100.7", path: str = "/", *, now: int = NOW, **more: Any
) -> Exchange:
    exchange = Exchange(address(client), now)
    exchange.request = a_request(client=client, path=path, query=more.pop("query", b""))
    exchange.status = 200
    exchange.handed_over, exchange.answer_started, exchange.ended = now, now + SECOND // 10, now
    for name, value in more.items():
        setattr(exchange, name, value)
    return exchange


def test_what_two_workers_counted_is_joined() -> None:
    one, other = Facts(seed=1), Facts(seed=1)
    for worker in (one, other):
        for n in range(20):
            worker.see(ended(f"198.51.100.{n}", "/search", query=b"q=%d" % n), True)
    other.see(ended(path="/gone", status=404), False)
    other.see(ended(path="/", status=502), False)
    joined = join_facts([one.take(NOW), other.take(NOW)])
    assert (joined["requests"], joined["answers"]) == (42, 42)
    assert (joined["client_errors"], joined["server_errors"]) == (1, 1)
    assert joined["targets"]["/search"] == 40
    target = joined["top_targets"]["/search"]
    assert round(estimate(target["clients"])) in range(17, 24)  # twenty, whoever saw them
    assert joined["top_clients"][address("198.51.100.3").key]["requests"] == 2
    assert one.take(NOW)["requests"] == 0


def test_who_fetches_no_assets_is_seen_a_while_after_its_page() -> None:
    facts = Facts(seed=1)
    facts.see(ended("198.51.100.1"), True)
    facts.see(ended("198.51.100.1", "/app.css"), False)
    facts.see(ended("198.51.100.2"), True)
    assert facts.take(NOW)["visitors"] == 0  # too early to tell
    told = facts.take(NOW + 4 * SECOND)
    assert (told["visitors"], told["without_assets"]) == (2, 1)


def test_targets_are_bounded() -> None:
    facts = Facts(seed=1)
    for n in range(TARGETS + 500):
        facts.see(ended(path=f"/{n}"), False)
    told = facts.take(NOW)
    assert len(told["targets"]) == TARGETS + 1
    assert told["targets"]["(others)"] == 500


def test_assets_are_told_by_their_extension() -> None:
    yes = ["/a.css", "/static/APP.JS", "/x/logo.svg"]
    no = ["/", "/a", "/a.css/b", "/a.html", "/css", "/.json/"]
    assert [is_asset(path) for path in [*yes, *no]] == [True] * 3 + [False] * 6


def test_a_flood_from_few_is_found_once_it_is_known_how_much_is_usual() -> None:
    site, facts = a_site(FloodModel()), Facts(seed=1)
    bot, citizen = address("203.0.113.9"), address("198.51.100.7")
    clients = {bot.key: (bot.text, 0), citizen.key: (citizen.text, 1)}
    moment = datetime(2026, 3, 2, 10, 0, 0)  # noqa: DTZ001 - by the clock on the wall
    found: list[list[str]] = []
    now = NOW
    for second in range(120):
        now += SECOND
        for _ in range(5):
            facts.see(ended(citizen.text, now=now), False)
        if second >= 100:
            for _ in range(400):
                facts.see(ended(bot.text, now=now), False)
        site.second([facts.take(now)], Gauges(allowed=1000), clients, moment)
        found.append([one.kind for one in site.findings])
    assert not any(found[:100])
    assert found[-1] == ["flood-from-few"]
    assert site.findings[0].who == (bot.text,)
    assert site.expected > 0
    assert site.heaviest > 0.9
