"""Files that nobody else may read."""

import os
import stat
from pathlib import Path

import pytest
from helpers import FakeClock

from gateway.control.alarm import Alarm
from gateway.control.level_by_hand import LevelByHand
from gateway.private_file import write_private
from gateway.run_state import RunState
from gateway.settings.models import Settings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_ours_alone_whatever_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for one in (path, tmp_path / "x.json.new"):
        one.write_text("old")
        one.chmod(0o666)
    old = os.umask(0)
    try:
        write_private(path, b"new")
    finally:
        os.umask(old)
    assert (path.read_bytes(), mode(path)) == (b"new", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]


def test_what_cannot_be_written_leaves_the_old(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_private(path, b"old")
    (tmp_path / "x.json.new").mkdir()
    with pytest.raises(OSError):  # noqa: PT011 - which one differs by system
        write_private(path, b"new")
    assert path.read_bytes() == b"old"


def test_what_lies_in_the_state_folder_is_ours_alone(tmp_path: Path) -> None:
    RunState(tmp_path).tell(["0.0.0.0:80"], "127.0.0.1:9090")
    LevelByHand(tmp_path, FakeClock()).set("calm", 10)

    async def tell(**_: object) -> None:
        """Nobody listens."""

    alarm = Alarm(tell, tmp_path, FakeClock())
    alarm.configure(Settings())
    alarm._keep()
    modes = {one.name: mode(one) for one in tmp_path.iterdir()}
    assert modes == {"run.json": 0o600, "level.json": 0o600, "baseline.json": 0o600}
