"""What Linux tells of a process in /proc: its times, its memory, its children."""

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")
_RESET_PEAK: Final = "5"  # proc(5), clear_refs


def fields_of_stat(text: str) -> list[str]:
    """The fields of /proc/PID/stat behind the command's name, which may hold anything."""
    return text.rpartition(")")[2].split()


def cpu_seconds_of(stat: str) -> float:
    """utime + stime: all threads of the process, in user space and in the kernel for it."""
    fields = fields_of_stat(stat)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def cpu_seconds_with_ended(stat: str) -> float:
    """The same, and that of the children that have ended."""
    return sum(map(int, fields_of_stat(stat)[11:15])) / _TICKS


def parent_of(stat: str) -> int:
    return int(fields_of_stat(stat)[1])


def bytes_of(text: str, key: str) -> int:
    """A `key:   123 kB` line of smaps_rollup or status. Raises KeyError."""
    for line in text.splitlines():
        name, colon, rest = line.partition(":")
        if colon and name == key:
            return int(rest.split()[0]) * 1024
    raise KeyError(key)


def cpu_seconds(pids: list[int]) -> float:
    return sum(cpu_seconds_of((_PROC / str(pid) / "stat").read_text("utf-8")) for pid in pids)


def cpu_seconds_of_tree(pid: int) -> float:
    """Of a process and all below it, those that have ended included."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # it ended while we looked
    return cpu_seconds_with_ended(stat) + sum(map(cpu_seconds_of_tree, children(pid)))


def proportional_bytes(pids: list[int]) -> int:
    """Memory, where a page that n processes share counts as 1/n for each (PSS)."""
    return sum(
        bytes_of((_PROC / str(pid) / "smaps_rollup").read_text("ascii"), "Pss") for pid in pids
    )


def resident_bytes(pids: list[int]) -> int:
    return sum(_of_status(pid, "VmRSS") for pid in pids)


def peak_bytes(pids: list[int]) -> int:
    return sum(_of_status(pid, "VmHWM") for pid in pids)


def reset_peak(pids: list[int]) -> None:
    for pid in pids:
        (_PROC / str(pid) / "clear_refs").write_text(_RESET_PEAK, "ascii")


def children(pid: int) -> dict[int, str]:
    """The command lines of a process' children, by their ids."""
    found: dict[int, str] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                if parent_of((folder / "stat").read_text("utf-8", "replace")) == pid:
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(folder.name)] = line.decode("utf-8", "replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def pin(pid: int, cores: set[int]) -> None:
    """All threads of a process on these cores."""
    for task in (_PROC / str(pid) / "task").iterdir():
        os.sched_setaffinity(int(task.name), cores)


def processor() -> str:
    """The processor's name, for the report's head."""
    for line in (_PROC / "cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"


def _of_status(pid: int, key: str) -> int:
    return bytes_of((_PROC / str(pid) / "status").read_text("utf-8"), key)
