"""What is read out of the kernel's text."""

import os

import pytest

from bench import procfs

_TICKS = os.sysconf("SC_CLK_TCK")
_STAT = "4711 ({name}) S 17 4711 4711 0 -1 4194560 9 0 0 0 {user} {system} 0 0 20 0 1 0 99 1 2 3"
_ROLLUP = """\
55d4c3a00000-7ffd1c9fe000 ---p 00000000 00:00 0      [rollup]
Rss:               41936 kB
Pss:               30211 kB
Pss_Dirty:         25064 kB
"""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("nginx", id="a plain name"),
        pytest.param("nginx: worker process", id="with spaces"),
        pytest.param("odd) R 1 (name", id="with parentheses, which prove nothing"),
    ],
)
def test_reads_times_and_parent_whatever_the_name(name: str) -> None:
    stat = _STAT.format(name=name, user=3 * _TICKS, system=_TICKS // 2)
    assert procfs.cpu_seconds_of(stat) == 3.5
    assert procfs.parent_of(stat) == 17


def test_reads_one_line_of_memory_in_bytes() -> None:
    assert procfs.bytes_of(_ROLLUP, "Pss") == 30211 * 1024
    assert procfs.bytes_of(_ROLLUP, "Pss_Dirty") == 25064 * 1024


def test_a_line_that_is_not_there_is_told() -> None:
    with pytest.raises(KeyError, match="VmHWM"):
        procfs.bytes_of(_ROLLUP, "VmHWM")


def test_reads_this_process() -> None:
    mine = [os.getpid()]
    assert procfs.resident_bytes(mine) > 1024 * 1024
    assert procfs.cpu_seconds(mine) > 0
    assert os.getpid() in procfs.children(os.getppid())
