# ruff: noqa: DTZ001 - by the clock on the wall
"""Scenes of a site's life, second by second: how alarmed the guard is, and why.

The site has been watched for two weeks in the hours in which the scenes play, with its opening at
08:00 on working days; what was learned was kept as JSON and read again.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench.traffic import (
    Attack,
    Site,
    distributed_flood,
    error_scan,
    failing_platform,
    flood_from_few,
    popular,
    slow_platform,
)
from gateway.guard.baseline import Baseline
from gateway.guard.calendar import Calendar, Opening
from gateway.guard.kinds import Finding
from gateway.guard.level import Level, Report, Watch
from gateway.guard.signals import Observation
from gateway.guard.thresholds import Levels

OPENS = 8 * 3600
WORK = frozenset({0, 1, 2, 3, 6})
OPENING = Opening("passports", WORK, OPENS)
SUNDAY = datetime(2026, 1, 4)
MONDAY = SUNDAY + timedelta(days=15)
NIGHT, MORNING = "02:40", "07:40"
CALM, ELEVATED, ATTACK = Level.CALM, Level.ELEVATED, Level.UNDER_ATTACK


def watch(learned: dict[str, Any] | None = None, *, openings: bool = True) -> Watch:
    baseline = Baseline(CALENDAR if openings else Calendar())
    if learned is not None:
        assert baseline.restore(json.loads(json.dumps(learned)))
    return Watch(baseline)


CALENDAR = Calendar([OPENING])


def live(
    guard: Watch,
    site: Site,
    start: datetime,
    seconds: int,
    attack: Attack | None = None,
    *,
    calendar: Calendar = CALENDAR,
    findings: tuple[Finding, ...] = (),
) -> list[Report]:
    reports = []
    for second in range(seconds):
        local = start + timedelta(seconds=second)
        observation = site.second(local, attack, second)
        reports.append(guard.observe(observation, calendar.place(local), findings))
    return reports


def at(day: datetime, time: str) -> datetime:
    hour, minute = time.split(":")
    return day.replace(hour=int(hour), minute=int(minute))


@pytest.fixture(scope="module")
def learned() -> dict[str, Any]:
    """Two weeks, of each day an hour at night and one and a half around the opening."""
    kept: dict[str, Any] | None = None
    for time, seconds in (("02:30", 3600), ("07:30", 5400)):
        site = Site(1, opening=OPENS)
        for day in range(14):
            baseline = Baseline(CALENDAR)  # as after a restart: the hours between are not played
            assert kept is None or baseline.restore(kept)
            reports = live(Watch(baseline), site, at(SUNDAY + timedelta(days=day), time), seconds)
            assert worst(reports) is CALM, f"an ordinary day, the {day}th"
            kept = baseline.export()
    assert kept is not None
    return kept


def worst(reports: list[Report]) -> Level:
    return max(report.level for report in reports)


QUIET: dict[str, tuple[str, datetime, int]] = {
    "a quiet night": (NIGHT, MONDAY, 2400),
    "a Monday morning with its opening": (MORNING, MONDAY, 4500),
    "a Wednesday": (MORNING, MONDAY + timedelta(days=2), 4500),
    "a weekend": (MORNING, MONDAY + timedelta(days=4), 4500),
}


@pytest.mark.parametrize("scene", QUIET)
@pytest.mark.parametrize("seed", [2, 3])
def test_an_ordinary_day_alarms_nobody(scene: str, seed: int, learned: dict[str, Any]) -> None:
    time, day, seconds = QUIET[scene]
    reports = live(watch(learned), Site(seed, opening=OPENS), at(day, time), seconds)
    assert worst(reports) is CALM
    assert all(report.learning for report in reports)


def test_an_opening_that_is_known_only_by_its_time_alarms_nobody(learned: dict[str, Any]) -> None:
    learned = json.loads(json.dumps(learned))
    for table in learned["signals"].values():
        table.pop("opening:passports", None)
    reports = live(watch(learned), Site(2, opening=OPENS), at(MONDAY, MORNING), 4500)
    assert worst(reports) is CALM


def test_an_opening_that_nobody_told_of_is_volume_and_blocks_nobody() -> None:
    """It plays on a day on which the site was watched since half an hour, and knows of no
    opening."""
    guard, calendar = watch(openings=False), Calendar()
    reports = live(guard, Site(2, opening=OPENS), at(MONDAY, "07:20"), 4500, calendar=calendar)
    assert any("requests" in [r.signal for r in report.reasons] for report in reports)
    assert worst(reports) is ELEVATED or "path-entropy" in {
        reason.signal for report in reports for reason in report.reasons
    }


# What happens, from 07:42 or 02:42 on; the level within 60 seconds, and the seconds until it.
ATTACKS: dict[str, tuple[str, Attack, Level, int, set[str]]] = {
    "a flood from few, by day": (
        MORNING, flood_from_few(2000), ATTACK, 10, {"requests", "path-entropy"},
    ),
    "a flood from few, by night": (
        NIGHT, flood_from_few(300), ATTACK, 10, {"requests", "path-entropy"},
    ),
    "a flood from thousands on one page": (
        MORNING, distributed_flood(1000), ATTACK, 10, {"requests", "without-assets"},
    ),
    "a scanner that finds nothing, by night": (NIGHT, error_scan(15), ELEVATED, 15,
    {"client-errors"}), "scanners by day": (MORNING, error_scan(25), ELEVATED, 20,
    {"client-errors"}), "a slow platform": (MORNING, slow_platform(10), ELEVATED, 15, {"latency"}),
    "a failing platform": (MORNING, failing_platform(0.3), ELEVATED, 10, {"server-errors"}),
    "the evening news": (MORNING, popular(3.0), ELEVATED, 15, {"requests"}),
}  # fmt: skip


@pytest.mark.parametrize("scene", ATTACKS)
def test_an_attack_is_seen_within_seconds(scene: str, learned: dict[str, Any]) -> None:
    time, attack, level, within, signals = ATTACKS[scene]
    guard, site, start = watch(learned), Site(5, opening=OPENS), at(MONDAY, time)
    assert worst(live(guard, site, start, 120)) is CALM
    reports = live(guard, site, start + timedelta(seconds=120), 60, attack)
    assert worst(reports) is level
    assert next(n for n, report in enumerate(reports) if report.level is level) < within
    reasons = {reason.signal: reason for reason in reports[-1].reasons}
    assert signals <= set(reasons)
    assert all(reason.certainty > 0.5 for reason in reasons.values())
    assert not reports[-1].learning


def test_a_flood_within_the_opening_is_seen(learned: dict[str, Any]) -> None:
    guard, site, start = watch(learned), Site(5, opening=OPENS), at(MONDAY, "07:58")
    assert worst(live(guard, site, start, 150)) is CALM
    reports = live(guard, site, start + timedelta(seconds=150), 60, distributed_flood(6000))
    assert worst(reports) is ATTACK


def test_up_at_once_and_down_one_step_at_a_time(learned: dict[str, Any]) -> None:
    guard, site, start = watch(learned), Site(5, opening=OPENS), at(MONDAY, NIGHT)
    live(guard, site, start, 60, flood_from_few(300))
    after = live(guard, site, start + timedelta(seconds=60), 600)
    steps = [n for n in range(1, 600) if after[n].level != after[n - 1].level]
    assert [after[n].level for n in steps] == [ELEVATED, CALM]
    levels = Levels()
    assert levels.quiet_after_attack <= steps[0] < levels.quiet_after_attack + 30
    assert steps[1] - steps[0] == levels.quiet_after_elevated
    assert [report.learning for report in after] == [report.level is CALM for report in after]


def test_what_an_attack_taught_is_nothing(learned: dict[str, Any]) -> None:
    """Twenty minutes of flood; the next day the same flood is seen as soon as on the first."""
    guard, site, start = watch(learned), Site(5, opening=OPENS), at(MONDAY, "08:31")
    live(guard, site, start, 1200, distributed_flood(1000))
    assert live(guard, site, start + timedelta(seconds=1200), 480)[-1].level is CALM
    tomorrow = start + timedelta(days=1)
    assert worst(live(guard, site, tomorrow, 120)) is CALM
    reports = live(guard, site, tomorrow + timedelta(seconds=120), 30, distributed_flood(1000))
    assert next(n for n, report in enumerate(reports) if report.level is ATTACK) < 10


def test_growth_over_weeks_alarms_nobody(learned: dict[str, Any]) -> None:
    """Two in a hundred more each day for four weeks: 1.7 times in the end."""
    guard, site = watch(learned), Site(6, opening=OPENS)
    for day in range(28):
        site.growth = 1.02**day
        start = at(MONDAY + timedelta(days=day), "08:30")
        if start.weekday() in WORK:
            assert worst(live(guard, site, start, 960)) is CALM, day


def test_what_lasts_without_an_attack_is_the_new_usual(learned: dict[str, Any]) -> None:
    baseline = Baseline(CALENDAR)
    baseline.restore(learned)
    guard = Watch(baseline, Levels(accept_after=600))
    reports = live(guard, Site(5, opening=OPENS), at(MONDAY, "08:31"), 1500, popular(3.5))
    assert reports[500].level is ELEVATED
    assert worst(reports) is ELEVATED
    assert reports[-1].level is CALM


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        pytest.param(datetime(2026, 3, 29), "05:40", id="one hour on"),
        pytest.param(datetime(2026, 10, 25), "06:40", id="one hour back"),
    ],
)
def test_people_come_by_the_clock_on_the_wall(
    day: datetime, utc: str, learned: dict[str, Any]
) -> None:
    """On the Sundays on which Berlin changes its clocks it is 07:40 at another UTC."""
    zone = ZoneInfo("Europe/Berlin")
    start = at(day, utc).replace(tzinfo=ZoneInfo("UTC"))
    assert start.astimezone(zone).strftime("%H:%M") == MORNING
    guard, site = watch(learned), Site(2, opening=OPENS)
    for second in range(1800):
        local = (start + timedelta(seconds=second)).astimezone(zone)
        report = guard.observe(site.second(local), CALENDAR.place(local))
        assert report.level is CALM


# Before anything is known.


def test_at_first_nothing_is_compared() -> None:
    guard, site, start = watch(), Site(2), at(MONDAY, "11:00")
    reports = live(guard, site, start, 300)
    reports += live(guard, site, start + timedelta(seconds=300), 290, popular(5))
    assert worst(reports) is CALM


def test_what_is_wrong_by_itself_alarms_at_once() -> None:
    reports = live(watch(), Site(2), at(MONDAY, "11:00"), 30, failing_platform(0.7))
    assert worst(reports) is ELEVATED
    assert {reason.signal for reason in reports[-1].reasons} == {"server-errors"}


def test_on_the_first_day_a_flood_is_seen_after_the_warm_up() -> None:
    guard, site, start = watch(), Site(2), at(MONDAY, "11:00")
    assert worst(live(guard, site, start, 900)) is CALM
    reports = live(guard, site, start + timedelta(seconds=900), 60, distributed_flood(2000))
    assert worst(reports) is ATTACK


# The laws, on seconds made by hand.


def second(**more: Any) -> Observation:
    return Observation(
        **{
            "requests": 100, "new_clients": 3, "answers": 100, "client_errors": 3, "visitors": 50,
            "without_assets": 4, "entropy": 6.0, "entropy_of": 500, "latency": 0.05, **more,
        }
    )  # fmt: skip


def levels_of(seconds: list[Observation], findings: tuple[Finding, ...] = ()) -> list[Report]:
    guard, place = watch(), CALENDAR.place(at(MONDAY, "12:00"))
    for _ in range(900):
        assert guard.observe(second(), place).level is CALM
    return [guard.observe(one, place, findings) for one in seconds]


FINDING = Finding("credential-stuffing", 0.5, (), {})


@pytest.mark.parametrize(
    ("change", "findings", "level"),
    [
        pytest.param({}, (), CALM, id="nothing"),
        pytest.param({"requests": 1000, "new_clients": 60}, (), ELEVATED, id="volume alone"),
        pytest.param({"latency": 3.0}, (), ELEVATED, id="the platform alone"),
        pytest.param(
            {"requests": 5000, "latency": 9.0, "server_errors": 50}, (), ELEVATED,
            id="volume, and a platform that suffers of it",
        ),
        pytest.param({"client_errors": 60}, (), ELEVATED, id="behaviour alone"),
        pytest.param(
            {"client_errors": 60, "without_assets": 45, "entropy": 2.0}, (), ELEVATED,
            id="behaviour in every way, without pressure",
        ),
        pytest.param(
            {"client_errors": 60, "requests": 900}, (), ATTACK, id="behaviour and volume"
        ),
        pytest.param(
            {"without_assets": 45, "latency": 3.0}, (), ATTACK,
            id="behaviour and a platform that suffers",
        ),
        pytest.param({"refused": 50}, (), ELEVATED, id="what we refuse"),
        pytest.param({"refused": 50, "requests": 900}, (), ELEVATED, id="the same and volume"),
        pytest.param({}, (FINDING,), ELEVATED, id="a kind that was found"),
        pytest.param({}, (Finding("malformed", 0.1, (), {}),), CALM, id="a kind that is little"),
        pytest.param({"requests": 900}, (FINDING,), ATTACK, id="a kind and volume"),
    ],
)  # fmt: skip
def test_what_calls_for_which_level(
    change: dict[str, Any], findings: tuple[Finding, ...], level: Level
) -> None:
    reports = levels_of([second(**change)] * 60, findings)
    assert worst(reports) is level


def test_one_odd_second_is_none() -> None:
    reports = levels_of([second(requests=100_000, client_errors=100), *[second()] * 20])
    assert worst(reports) is CALM


def test_our_own_refusals_do_not_keep_it_raised() -> None:
    reports = levels_of([second(refused=50)] * (Levels().quiet_after_elevated + 60))
    assert reports[20].level is ELEVATED
    assert CALM in {report.level for report in reports[60:]}


@pytest.mark.parametrize("forced", list(Level))
def test_a_level_by_hand_is_in_force_and_what_is_watched_is_still_told(forced: Level) -> None:
    guard, place = watch(), CALENDAR.place(at(MONDAY, "12:00"))
    guard.forced = forced
    report = guard.observe(second(), place)
    assert (report.level, report.watched) == (forced, CALM)
    guard.forced = None
    assert guard.observe(second(), place).level is CALM


@pytest.mark.parametrize(
    ("every", "level"),
    [
        pytest.param(11, CALM, id="one in eleven seconds"),
        pytest.param(1, ELEVATED, id="each second"),
    ],
)
def test_too_few_to_tell_are_not_judged(every: int, level: Level) -> None:
    """Two of three answers are errors: of three every now and then that is nothing."""
    few = Observation(requests=3, answers=3, client_errors=2, visitors=2, without_assets=2)
    guard, place = watch(), CALENDAR.place(at(MONDAY, "03:00"))
    reports = [guard.observe(few if n % every == 0 else Observation(), place) for n in range(1200)]
    assert worst(reports) is level


def test_a_site_that_sleeps_alarms_nobody() -> None:
    guard, place = watch(), CALENDAR.place(at(MONDAY, "03:00"))
    assert {guard.observe(Observation(), place).level for _ in range(1200)} == {CALM}
