"""A level that an operator set: until when it holds, and through what."""

from pathlib import Path
from typing import Any

import pytest
from helpers import FakeClock

from gateway.cli.common import forced
from gateway.control.alarm import Alarm
from gateway.control.level_by_hand import LONGEST, LevelByHand
from gateway.guard.level import Level
from gateway.settings.models import Settings

ATTACK, CALM = Level.UNDER_ATTACK, Level.CALM


class Scene:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.told: list[int] = []
        self.begin()

    def begin(self) -> None:
        """The control process begins, or begins anew."""
        self.alarm = Alarm(self.tell, self.folder, self.clock)
        self.alarm.configure(Settings())

    async def tell(self, *, level: int, **_: Any) -> None:
        self.told.append(level)

    async def second(self) -> int:
        """The level that the workers were told last, a second later."""
        self.clock.advance(1)
        await self.alarm.second([], [], {})
        return self.told[-1]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_it_holds_until_its_time_is_over(scene: Scene) -> None:
    scene.alarm.by_hand.set("under_attack", 10)
    assert await scene.second() == ATTACK
    status = scene.alarm.status()
    assert (status["level"], status["forced"], status["watched"]) == ("under_attack", True, "calm")
    assert status["forced_until"] == scene.clock.wall() + 9
    scene.clock.advance(7.5)
    assert await scene.second() == ATTACK  # after 9.5 seconds
    assert await scene.second() == CALM  # and after 10.5
    assert scene.alarm.status()["forced"] is False
    assert not (scene.folder / "level.json").exists()


async def test_it_holds_through_a_reload(scene: Scene) -> None:
    scene.alarm.by_hand.set("elevated", 10)
    await scene.second()
    scene.alarm.configure(Settings())
    assert await scene.second() == Level.ELEVATED
    assert scene.alarm.status()["level"] == "elevated"


async def test_it_holds_when_the_process_comes_back(scene: Scene) -> None:
    scene.alarm.by_hand.set("under_attack", 10)
    scene.begin()
    assert scene.alarm.status()["level"] == "under_attack"
    assert await scene.second() == ATTACK
    scene.clock.advance(10)
    scene.begin()
    assert await scene.second() == CALM


async def test_auto_ends_it(scene: Scene) -> None:
    scene.alarm.by_hand.set("under_attack", 10)
    await scene.second()
    scene.alarm.by_hand.set(None, 0)
    assert await scene.second() == CALM
    scene.begin()
    assert await scene.second() == CALM


async def test_it_goes_before_what_the_settings_hold(scene: Scene) -> None:
    scene.alarm.configure(Settings.model_validate({"flood": {"level": "elevated"}}))
    assert await scene.second() == Level.ELEVATED
    scene.alarm.by_hand.set("calm", 1.5)
    assert await scene.second() == CALM
    assert await scene.second() == Level.ELEVATED
    assert scene.alarm.status()["forced_until"] is None


def test_a_level_that_is_none_changes_nothing(tmp_path: Path) -> None:
    one = LevelByHand(tmp_path, FakeClock())
    one.set("elevated", 10)
    with pytest.raises(KeyError):
        one.set("panic", 10)
    assert one.level is Level.ELEVATED


@pytest.mark.parametrize(
    ("content", "level"),
    [
        pytest.param('{"level": "elevated", "until": 1e18}', Level.ELEVATED, id="a time far off"),
        pytest.param('{"level": "panic", "until": 1e18}', None, id="no level"),
        pytest.param('{"level": "elevated"}', None, id="no time"),
        pytest.param('["elevated"]', None, id="another document"),
        pytest.param("{", None, id="no document"),
    ],
)
def test_a_file_that_somebody_touched_is_no_fault(
    tmp_path: Path, content: str, level: Level | None
) -> None:
    (tmp_path / "level.json").write_text(content)
    clock = FakeClock()
    one = LevelByHand(tmp_path, clock)
    assert one.level is level
    assert one.until <= clock.wall() + LONGEST


@pytest.mark.parametrize(
    ("alarm", "told"),
    [
        ({"forced": False, "forced_until": None}, ""),
        ({"forced": True, "forced_until": None}, " by flood.level in the configuration"),
        ({"forced": True, "forced_until": 1_800_000_000.0}, " by hand until 2027-01-15 08:00 UTC"),
    ],
)
def test_what_is_told_of_it(alarm: dict[str, Any], told: str) -> None:
    assert forced(alarm) == told
