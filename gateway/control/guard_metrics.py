"""The guard in numbers: level, kinds of attack, strikes, blocks."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from prometheus_client.core import Metric

from gateway.control.families import counter, gauge, keyed
from gateway.control.totals import Sums
from gateway.guard.kinds import KINDS
from gateway.guard.lockout import SIGNS
from gateway.ledger.snapshot import Snapshot

_LEVELS: Final = ("calm", "elevated", "under_attack")
NOTHING: Final[Mapping[str, Any]] = {
    "blocks": {},
    "made": {},
    "connected": True,
    "lag": 0.0,
    "kernel": {"blocks": 0, "dropped": 0, "why_not": "off"},
    "alarm": {
        "level": "calm",
        "forced": False,
        "forced_until": None,
        "found": {},
        "heaviest": 0.0,
        "lockout": [],
    },
}


def guard_families(
    sums: Sums, workers: list[Snapshot], guard: Mapping[str, Any]
) -> Iterable[Metric]:
    """`guard` as control/guard.py's `status` gives it."""
    alarm = guard["alarm"]
    yield gauge(
        "dawr_level",
        "How alarmed the site is: 0 calm, 1 elevated, 2 under attack.",
        (),
        {(): _LEVELS.index(alarm["level"])},
    )
    yield gauge(
        "dawr_level_forced", "1 if the level is set by hand.", (), {(): int(alarm["forced"])}
    )
    yield counter(
        "dawr_attack_seconds",
        "Seconds in which a kind of attack was found.",
        ("kind",),
        {(kind,): alarm["found"].get(kind, 0) for kind in KINDS},
    )
    yield gauge(
        "dawr_heaviest_client_share",
        "Share of the last second's requests that came from the busiest address.",
        (),
        {(): alarm["heaviest"]},
    )
    yield gauge(
        "dawr_lockout",
        "1 for each sign that holds that we are the outage.",
        ("sign",),
        {(sign,): int(sign in alarm["lockout"]) for sign in SIGNS},
    )
    yield counter("dawr_strikes", "Marks against clients, by kind.", ("kind",), keyed(sums.strikes))
    yield gauge(
        "dawr_blocks",
        "Blocks in force, by whom they are for, what is done and why.",
        ("scope", "measure", "reason"),
        guard["blocks"],
    )
    yield counter(
        "dawr_blocks_made",
        "Blocks made since the control process began, by whom they are for, why, and who made "
        "them: guard, hand, feed or import.",
        ("scope", "reason", "by"),
        guard["made"],
    )
    yield gauge(
        "dawr_blocks_held",
        "Blocks that the fullest worker holds; those beyond 200,000 are left out.",
        (),
        {(): max((worker["blocks"] for worker in workers), default=0)},
    )
    yield gauge(
        "dawr_kernel_blocks",
        "Blocked addresses and networks that the kernel drops.",
        (),
        {(): guard["kernel"]["blocks"]},
    )
    yield gauge(
        "dawr_kernel_dropped_packets",
        "Packets that the kernel dropped for us since our table was made, as of the last minute.",
        (),
        {(): guard["kernel"]["dropped"]},
    )
    yield gauge(
        "dawr_watched_clients",
        "Addresses that the workers remember the conduct of.",
        (),
        {(): sum(worker["profiles"] for worker in workers)},
    )
    yield gauge(
        "dawr_blocks_connected",
        "1 if blocks are shared through the shared state (or need not be), 0 while it is away.",
        (),
        {(): int(guard["connected"])},
    )
    yield gauge(
        "dawr_blocks_lag_seconds",
        "From the last change of ours to a block until the shared state had it.",
        (),
        {(): guard["lag"]},
    )
