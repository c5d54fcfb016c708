"""What a worker tells of itself, as plain values that travel between processes."""

from typing import TypedDict


class BackendSnapshot(TypedDict):
    url: str
    up: bool
    ejected: bool
    idle: int
    busy: int
    connecting: int
    waiting: int
    connects: int
    connect_failures: int
    requests: int
    failures: int
    retries: int
    limit: int  # requests it may work on at once
    in_flight: int  # that it works on
    pressed: bool
    unhurried: float  # seconds an answer takes without a queue; 0: not known
    queued: int  # requests that were served after a wait
    queued_ns: int  # their waits together
    missed: int  # served in shadow mode, though they would have been shed
    shed: dict[str, int]  # by rank


class HistogramSnapshot(TypedDict):
    """`counts` by bound, not cumulative, one more than there are bounds; `sum` in seconds."""

    bounds: list[float]
    counts: list[int]
    sum: float


class TableSnapshot(TypedDict):
    keys: int
    bound: int
    forgotten: int
    unshared: int


class ExchangeSnapshot(TypedDict):
    """`seconds`: what the last exchange with the shared state took."""

    connected: bool
    keys: int
    failures: int
    seconds: float


class RulesSnapshot(TypedDict):
    enforced: dict[str, int]  # hits by rule
    shadowed: dict[str, int]
    bodies: dict[str, int]  # that were not looked at as a whole, by why
    failures: int  # searches that ran out of memory
    version: str
    asked: int  # rules


class Snapshot(TypedDict):
    """Counters since the worker started, and gauges of this moment."""

    pid: int
    worker: int
    generation: int
    uptime: float
    memory: int  # bytes, resident
    cpu: float  # seconds, user and system
    accepted: int
    open: int
    idle: int
    refused: int
    tunnels: int
    requests: dict[tuple[str, str, str, str], int]  # decision, filter, rule, status class
    shadowed: dict[tuple[str, str], int]  # filter, rule
    latency: dict[str, HistogramSnapshot]  # total, platform, own
    loop_lag: HistogramSnapshot
    bytes: dict[tuple[str, str], int]  # client or platform, received or sent
    bounds: dict[str, int]
    faults: dict[str, int]
    challenges: dict[tuple[str, str], int]  # what happened, its kind
    joining: dict[tuple[str, str], int]  # room, what happened to who joined
    filter_errors: dict[str, int]
    backends: list[BackendSnapshot]
    tables: dict[str, TableSnapshot]
    exchange: ExchangeSnapshot | None  # None: nothing is shared
    log_lost: int
    let_go: dict[str, int]  # tickets for which a room had no memory, by room
    strikes: dict[str, int]  # by kind
    profiles: int
    blocks: int
    rules: RulesSnapshot
