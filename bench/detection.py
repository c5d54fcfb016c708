"""How good the guard's eyes are: `python -m bench.detection [weeks|attacks|cost|all]`.

`weeks`: false alarms in weeks of ordinary traffic (bench/traffic.py), after two weeks of learning;
the learning weeks are counted too. `attacks`: seconds until each attack is seen, on the learned
site, over many beginnings. `cost`: time and memory of what counts each request.
"""

import random
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

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
from gateway.guard.level import Level, Watch
from gateway.state.distinct import Distinct, DistinctBy
from gateway.state.heavy_hitters import HeavyHitters, Key

OPENS: Final = 8 * 3600
CALENDAR: Final = Calendar([Opening("passports", frozenset({0, 1, 2, 3, 6}), OPENS)])
BEGIN: Final = datetime(2026, 1, 4)  # noqa: DTZ001 - by the clock on the wall
WEEK: Final = 7 * 86_400
ATTACKS: Final[dict[str, tuple[str, Attack, Level]]] = {
    "flood from few, 2,000/s by day": ("10:00", flood_from_few(2000), Level.UNDER_ATTACK),
    "flood from few, 300/s by night": ("03:00", flood_from_few(300), Level.UNDER_ATTACK),
    "2,000 addresses on one page, 1,000/s by day": (
        "10:00", distributed_flood(1000), Level.UNDER_ATTACK,
    ),
    "the same, 250/s": ("10:00", distributed_flood(250), Level.UNDER_ATTACK),
    "the same within the opening, 6,000/s": (
        "08:01", distributed_flood(6000), Level.UNDER_ATTACK,
    ),
    "error scanning, 15/s by night": ("03:00", error_scan(15), Level.ELEVATED),
    "error scanning, 40/s by day": ("10:00", error_scan(40), Level.ELEVATED),
    "platform ten times slower": ("10:00", slow_platform(10), Level.ELEVATED),
    "a third of answers are 5xx": ("10:00", failing_platform(0.33), Level.ELEVATED),
    "three times the people (no attack)": ("10:00", popular(3), Level.ELEVATED),
}  # fmt: skip
STARTS: Final = 40
PATIENCE: Final = 120


def play(watch: Watch, site: Site, start: datetime, seconds: int) -> list[str]:
    """Ordinary seconds; a line for each rise of the level."""
    level, lines = Level.CALM, []
    for second in range(seconds):
        local = start + timedelta(seconds=second)
        report = watch.observe(site.second(local), CALENDAR.place(local))
        if report.level > level:
            reasons = ", ".join(
                f"{one.signal} {one.value:.3g} (usual {one.forecast:.3g})" for one in report.reasons
            )
            lines.append(f"{local:%a %d %H:%M:%S} {report.level.name}: {reasons}")
        level = report.level
    return lines


def weeks(seed: int) -> dict[str, Any]:
    baseline, site = Baseline(CALENDAR), Site(seed, opening=OPENS)
    watch = Watch(baseline)
    learned: dict[str, Any] = {}
    for week in range(4):
        start = time.perf_counter()
        lines = play(watch, site, BEGIN + timedelta(weeks=week), WEEK)
        took = (time.perf_counter() - start) / WEEK * 1e6
        print(f"seed {seed}, week {week + 1}: {len(lines)} false alarms, {took:.0f} µs a second")
        print("".join(f"    {line}\n" for line in lines), end="", flush=True)
        if week == 1:
            learned = baseline.export()
    return learned


def attacks(learned: dict[str, Any]) -> None:
    day = BEGIN + timedelta(days=15)
    for name, (clock, attack, level) in ATTACKS.items():
        hour, minute = map(int, clock.split(":"))
        seen = [
            _seconds_until(learned, seed, day.replace(hour=hour, minute=minute), attack, level)
            for seed in range(STARTS)
        ]
        missed = seen.count(PATIENCE)
        print(f"| {name} | {level.name} | {median(seen):.0f} s | {max(seen)} s | {missed} |")


def _seconds_until(
    learned: dict[str, Any], seed: int, start: datetime, attack: Attack, level: Level
) -> int:
    baseline, site = Baseline(CALENDAR), Site(100 + seed, opening=OPENS)
    baseline.restore(learned)
    watch = Watch(baseline)
    play(watch, site, start - timedelta(seconds=60), 60)
    for second in range(PATIENCE):
        local = start + timedelta(seconds=second)
        place = CALENDAR.place(local)
        if watch.observe(site.second(local, attack, second), place).level >= level:
            return second + 1
    return PATIENCE


def cost() -> None:
    dice = random.Random(1)
    streams: dict[str, list[Key]] = {
        "held keys": [dice.randrange(900) for _ in range(100_000)],
        "a few often, many once": [int(dice.paretovariate(1.1)) for _ in range(100_000)],
        "each key new": [dice.randrange(1 << 40) for _ in range(100_000)],
    }
    for name, keys in streams.items():
        print(f"heavy hitters, 1,000 entries, {name}: {_ns(_hitters, keys):.0f} ns")
    paths: list[Key] = [b"/photo/%d" % key for key in range(100_000)]
    print(f"distinct, an integer: {_ns(_sketch, streams['each key new']):.0f} ns")
    print(f"distinct, bytes: {_ns(_sketch, paths):.0f} ns")
    print(f"heavy hitters: {_bytes(_fill_hitters) / 10_000:.0f} bytes an entry")
    print(f"distinct by key, precision 6: {_bytes(_fill_by) / 10_000:.0f} bytes a key")


def _hitters() -> Callable[[Key, int], None]:
    table = HeavyHitters(1000)
    return lambda key, now: table.add(key, 1.0, now)


def _sketch() -> Callable[[Key, int], None]:
    return Distinct(10, span=1 << 60, seed=7).add


def _ns(make: Callable[[], Callable[[Key, int], None]], keys: list[Key]) -> float:
    """The best of seven, less what the loop takes."""
    best = [float("inf"), float("inf")]
    for turn in range(14):
        add = make() if turn % 2 else _nothing
        start = time.process_time()
        for key in keys:
            add(key, 5)
        best[turn % 2] = min(best[turn % 2], time.process_time() - start)
    return (best[1] - best[0]) / len(keys) * 1e9


def _nothing(_key: Key, _now: int) -> None:
    pass


def _bytes(fill: Callable[[], object]) -> int:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    held = fill()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del held
    return taken


def _fill_hitters() -> object:
    table = HeavyHitters(10_000)
    for key in range(30_000):
        table.add(1 << 40 | key, 1.0, 0)
    return table


def _fill_by() -> object:
    table = DistinctBy(20_000, span=1 << 60, seed=7)
    for key in range(10_000):
        table.add(1 << 40 | key, 1, 0)
    return table


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "all"
    if what in {"weeks", "attacks", "all"}:
        learned = weeks(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
        if what != "weeks":
            attacks(learned)
    if what in {"cost", "all"}:
        cost()


if __name__ == "__main__":
    main()
