"""One row a peer: what the README shows. Taken from the rounds of the scenarios that ran."""

from collections.abc import Mapping
from statistics import median
from typing import Final

from bench.peers import AIOHTTP, DAWR, HAPROXY, NGINX

Rounds = Mapping[str, Mapping[str, list[float]]]  # peer → key → rounds

# Heading, scenario, key, digits, and whose row stands for a peer where that is not its own.
_COLUMNS: Final[tuple[tuple[str, str, str, int, dict[str, str]], ...]] = (
    ("forward, µs CPU", "forward", "microseconds", 1, {}),
    ("requests/s a core", "forward", "per_core", 0, {}),
    ("p99 at the same rate, ms", "latency", "same_p99", 2, {}),
    (
        "refuse, µs CPU",
        "refuse",
        "microseconds",
        1,
        {
            NGINX: "nginx `return 403`",
            HAPROXY: "HAProxy deny, 403",
            DAWR: f"{DAWR}, blocked, HTML",
        },
    ),
    ("KiB an idle connection", "idle", "each", 2, {}),
    ("up, CPU s/GiB", "transfer", "up_cpu", 2, {}),
    ("down, CPU s/GiB", "transfer", "down_cpu", 2, {}),
)
_NOTHING: Final = "–"


def summary(scenarios: Mapping[str, Rounds]) -> str:
    """A Markdown table of medians; columns that nobody measured are left out."""
    columns = [column for column in _COLUMNS if column[1] in scenarios]
    lines = [["", *(column[0] for column in columns)], ["---", *("---:" for _ in columns)]]
    for peer in (DAWR, NGINX, HAPROXY, AIOHTTP):
        row = [_NOTHING] * len(columns)
        for at, (_, scenario, key, digits, rows) in enumerate(columns):
            rounds = scenarios[scenario].get(rows.get(peer, peer), {}).get(key)
            if rounds:
                row[at] = f"{median(rounds):,.{digits}f}"
        if set(row) - {_NOTHING}:
            lines.append([peer, *row])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
