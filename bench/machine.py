"""What was measured, where and when: the head of a report."""

import importlib.metadata
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from bench import procfs
from bench.peers import AIOHTTP, HAPROXY, NGINX, which
from bench.processes import BenchError, Cores

_PROGRAMS = {NGINX: "nginx", HAPROXY: "haproxy"}


def missing_peers() -> dict[str, str]:
    """Those that this machine does not have, and why."""
    missing: dict[str, str] = {}
    for name, program in _PROGRAMS.items():
        try:
            which(program)
        except BenchError as error:
            missing[name] = str(error)
    try:
        importlib.metadata.version("aiohttp")
    except importlib.metadata.PackageNotFoundError:
        missing[AIOHTTP] = "aiohttp is not installed"
    return missing


def describe(gateway: Path, cores: Cores, plan: str) -> dict[str, str]:
    """Lines for people, by what they are about."""
    versions = [_first_line([str(gateway), "version"])]
    for name, program in _PROGRAMS.items():
        if name not in missing_peers():
            versions.append(_first_line([which(program), "-v"]).partition(" - ")[0])
    pinned = f"peers on core {cores.peer}, load and origin on core {cores.rest}"
    if cores.shared:
        pinned = "ONE core for peers, load and origin: rates and latencies say little here"
    return {
        "When": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Machine": f"{procfs.processor()}, {os.cpu_count()} cores, Linux {platform.release()}",
        "Pinned": pinned,
        "Versions": "; ".join(versions),
        "Measured": plan,
    }


def _first_line(argv: list[str]) -> str:
    said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=20)
    return ((said.stdout + said.stderr).strip().splitlines() or [""])[0]
