"""Which kinds of attack a window holds, who takes part, and the numbers that say so.

The law: each kind needs evidence that people do not make, however many they are and however many
share an address. What one address does is divided by the devices behind it; many clients on one
page are a flood only where they fetch none of what the page needs; nothing follows from volume.

A finding blocks nobody. It names kind and keys for log, metrics and score; `who` is empty where no
single one stands out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.guard.thresholds import Kinds
from gateway.guard.window import Client, Target, Window

_MOST_NAMED: Final = 100  # keys of one finding
MALFORMED_BOUNDS: Final = frozenset({"target-bytes", "header-bytes", "header-count", "body-bytes"})


@dataclass(frozen=True, slots=True)
class Finding:
    """`share`: of the window's requests (or connections, or logins) that it makes up, 0 to 1;
    `who`: the clients or targets, the worst first."""

    kind: str
    share: float
    who: tuple[str, ...]
    evidence: Mapping[str, float]


def find(window: Window, limits: Kinds | None = None) -> list[Finding]:
    """All kinds that are in the window, in the table's order."""
    known = limits or Kinds()
    found = [look(window, known) for look in KINDS.values()]
    return [one for one in found if one is not None]


def _flood_from_few(window: Window, limits: Kinds) -> Finding | None:
    """Some few devices ask faster than any page makes a browser ask, and that is much of all."""
    if not _floods(window, limits):
        return None
    fast = [
        client
        for client in window.top
        if client.requests >= limits.device_rate * window.seconds * max(1, client.devices)
    ]
    requests = sum(client.requests for client in fast)
    share = _share(requests, window.requests)
    if not 0 < len(fast) <= limits.few_clients or share < limits.few_share:
        return None
    evidence = {"requests": requests, "clients": len(fast), "expected": window.expected}
    return Finding("flood-from-few", share, _keys(fast, lambda one: one.requests), evidence)


def _flood_on_target(window: Window, limits: Kinds) -> Finding | None:
    """Many clients, one target, and none of what a browser fetches with it. An opening is many on
    one target as well: there too, only those who fetch no assets count."""
    if not _floods(window, limits):
        return None
    for target in window.targets:
        share = _share(target.requests, window.requests)
        if (
            share >= limits.target_share
            and share >= limits.target_growth * target.usual_share
            and target.clients >= limits.target_clients
            and target.without_assets is not None
            and target.without_assets >= limits.without_assets
        ):
            evidence = {
                "requests": target.requests,
                "clients": target.clients,
                "without-assets": target.without_assets,
                "usual-share": target.usual_share,
            }
            return Finding("flood-on-target", share, (target.name,), evidence)
    return None


def _slow(kind: str, bound: str) -> Callable[[Window, Kinds], Finding | None]:
    def look(window: Window, limits: Kinds) -> Finding | None:
        cut = window.bounds.get(bound, 0)
        share = _share(cut, max(window.connections, cut))
        if cut < _a_minute(limits.slow, window) or share < limits.slow_share:
            return None
        return Finding(kind, share, (), {"cut": cut, "connections": window.connections})

    return look


def _hoarding(window: Window, limits: Kinds) -> Finding | None:
    """Connections held open that ask nothing: by one client for each of its devices, or by all."""
    many = [
        client
        for client in window.top
        if client.connections >= limits.hoard_devices * max(1, client.devices)
        and client.requests < client.connections
    ]
    held = sum(client.connections for client in many)
    full = _share(window.open, window.allowed) >= limits.hoard_share
    idle = _share(window.idle, window.open)
    all_idle = full and idle >= limits.hoard_idle
    if not many and not all_idle:
        return None
    evidence = {"open": window.open, "idle": window.idle, "allowed": window.allowed, "held": held}
    share = idle if all_idle else _share(held, max(window.open, held))
    return Finding("connection-hoarding", share, _keys(many, lambda one: one.connections), evidence)


def _error_scanning(window: Window, limits: Kinds) -> Finding | None:
    """Devices that try many paths, most of which are errors."""
    scanning = [
        client
        for client in window.top
        if client.errors >= limits.scan_errors * max(1, client.devices)
        and client.errors >= limits.scan_share * client.requests
        and client.error_targets >= limits.scan_targets
    ]
    if not scanning:
        return None
    errors = sum(client.errors for client in scanning)
    evidence = {"errors": errors, "targets": max(client.error_targets for client in scanning)}
    share = _share(sum(client.requests for client in scanning), window.requests)
    return Finding("error-scanning", share, _keys(scanning, lambda one: one.errors), evidence)


def _credential_stuffing(window: Window, limits: Kinds) -> Finding | None:
    """Logins fail: many accounts from one device that hardly ever gets in, one account from many
    clients, or nearly all logins, at many accounts: an application with an old password tries
    one."""
    failures = window.login_failures
    if failures < _a_minute(limits.login_failures, window):
        return None
    lists = [
        client
        for client in window.top
        if client.login_accounts >= limits.login_accounts * max(1, client.devices)
        and client.login_failures >= limits.login_share * client.logins
    ]
    guessed = [one for one in window.accounts if one.clients >= limits.login_clients]
    share = _share(failures, max(window.logins, failures))
    many = not window.login_accounts or window.login_accounts >= limits.login_accounts
    if not lists and not guessed and not (many and share >= limits.login_share):
        return None
    who = _keys(lists, lambda one: one.login_accounts)
    named = tuple(one.key for one in sorted(guessed, key=lambda one: -one.failures))
    evidence = {
        "failures": failures,
        "logins": window.logins,
        "clients": len(lists),
        "accounts": len(guessed),
        "tried": window.login_accounts,
    }
    return Finding("credential-stuffing", share, (who + named)[:_MOST_NAMED], evidence)


def _malformed(window: Window, limits: Kinds) -> Finding | None:
    """Bytes that no browser sends, or more of them than any page does."""
    malformed = sum(window.faults.values())
    oversized = sum(window.bounds.get(name, 0) for name in MALFORMED_BOUNDS)
    share = _share(malformed + oversized, max(window.requests, malformed + oversized))
    if (
        malformed + oversized < _a_minute(limits.malformed, window)
        or share < limits.malformed_share
    ):
        return None
    wrong = [client for client in window.top if client.faults > 0]
    evidence: dict[str, float] = {"malformed": malformed, "oversized": oversized}
    return Finding("malformed", share, _keys(wrong, lambda one: one.faults), evidence)


def _cache_busting(window: Window, limits: Kinds) -> Finding | None:
    """Each request of a target asks something else, more than its clients can have typed."""
    busted = [target for target in window.targets if _busted(target, window, limits)]
    if not busted:
        return None
    requests = sum(target.requests for target in busted)
    queries = sum(target.queries for target in busted)
    evidence = {"queries": queries, "requests": requests, "clients": busted[0].clients}
    who = tuple(target.name for target in busted)
    return Finding("cache-busting", _share(requests, window.requests), who, evidence)


def _busted(target: Target, window: Window, limits: Kinds) -> bool:
    minutes = max(1.0, window.seconds / 60)
    usual = target.usual_share * window.expected
    return (
        target.requests >= limits.query_requests
        and target.queries >= limits.query_distinct * target.requests
        and target.queries >= limits.query_clients * minutes * max(1, target.clients)
        and target.requests >= limits.query_growth * usual
    )


KINDS: Final[dict[str, Callable[[Window, Kinds], Finding | None]]] = {
    "flood-from-few": _flood_from_few,
    "flood-on-target": _flood_on_target,
    "slow-headers": _slow("slow-headers", "head-time"),
    "slow-body": _slow("slow-body", "body-rate"),
    "slow-read": _slow("slow-read", "send-stall"),
    "connection-hoarding": _hoarding,
    "error-scanning": _error_scanning,
    "credential-stuffing": _credential_stuffing,
    "malformed": _malformed,
    "cache-busting": _cache_busting,
}


def _floods(window: Window, limits: Kinds) -> bool:
    return window.requests >= max(limits.requests, limits.volume_ratio * window.expected)


def _a_minute(limit: int, window: Window) -> float:
    """So many in a window of a minute, and in a shorter one as many less; at least 5."""
    return max(5.0, limit * window.seconds / 60)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _keys(clients: list[Client], by: Callable[[Client], int]) -> tuple[str, ...]:
    worst = sorted(clients, key=lambda one: -by(one))
    return tuple(one.key for one in worst[:_MOST_NAMED])
