"""Limits that tighten with the site's level, and loosen again, with what was spent."""

from pathlib import Path

import pytest
from in_process import InProcess

from gateway.config import ConfigError, loads

LIMITS = """
limits:
  - {name: a, rate: 100/min, elevated: {rate: 10/min}, under_attack: {rate: 1/min}}
  - {name: b, rate: 50/min}
"""


async def granted(gateway: InProcess) -> int:
    """How many more the limit grants one client, on a table of its own time."""
    table = gateway.worker._counters.tables["a"]
    now, count = gateway.worker._clock.now(), 0
    while count < 200 and table.take(7, now) == 0:
        count += 1
    return count


@pytest.mark.parametrize(("level", "most"), [(0, 100), (1, 10), (2, 1)])
async def test_each_level_has_its_numbers(tmp_path: Path, level: int, most: int) -> None:
    async with InProcess(tmp_path, f"state: {{url: off}}{LIMITS}") as gateway:
        await gateway.worker.alarm(level=level, targets=[], since=0, everywhere=False)
        assert await granted(gateway) == most
        await gateway.configure(f"state: {{url: off}}{LIMITS}")  # a reload keeps the level
        assert await granted(gateway) == 0


async def test_what_was_spent_stays_spent_and_calm_gives_the_rest(tmp_path: Path) -> None:
    async with InProcess(tmp_path, f"state: {{url: off}}{LIMITS}") as gateway:
        await gateway.worker.alarm(level=2, targets=[], since=0, everywhere=False)
        assert await granted(gateway) == 1
        await gateway.worker.alarm(level=0, targets=[], since=0, everywhere=False)
        assert await granted(gateway) == 99


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ("{name: a, rate: 1/s, elevated: {concurrent: 2}}", "elevated: the limit has a rate"),
        ("{name: a, concurrent: 2, under_attack: {rate: 1/s}}", "the limit has concurrent"),
        ("{name: a, rate: 1/s, elevated: {}}", "give a rate, or concurrent"),
    ],
)
def test_numbers_of_another_kind_are_refused(limit: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        loads(f"limits: [{limit}]", Path("gw.yaml"), {})
