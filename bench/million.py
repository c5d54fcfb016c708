"""What a worker holds of very many clients: `python -m bench.million CONFIG CLIENTS PATH`.

The parts of a worker are built from a configuration, as it builds them, and given requests as
values: each from another address (every second one IPv6) with a device of its own, decided by the
chain and recorded, all at one moment, so that no key is dropped for its age. No sockets.

Prints JSON: `growth` of resident memory in bytes; `keys` by table; and what as many more clients
did: `more` growth, `forgotten` keys, whether a client who had spent its burst and went on asking is
still refused (`kept`), and whether one that fell silent got it back (`returned`).
"""

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Final

from bench import procfs
from gateway.address import Address, parse_address
from gateway.app import Built
from gateway.building.guard import configure_watch
from gateway.building.limits import Counters
from gateway.clock import SECOND, Clock
from gateway.config import load
from gateway.filters.block import BlockTable
from gateway.filters.flood import FloodState
from gateway.guard.facts import Facts
from gateway.guard.profiles import Profiles
from gateway.guard.watch import Watch
from gateway.http.exchange import Exchange
from gateway.http.framing import Answers
from gateway.http.plane import Plane
from gateway.ledger.journal import Journal
from gateway.request import NO_BODY, Request
from gateway.rules.engine import Counts as RuleCounts
from gateway.verdict import Action

_WARM: Final = 10_000  # requests before the first look: what is allocated once is not counted
_BATCH: Final = 100
_ENDLESS: Final = 100_000
_REFUSED: Final = 50  # requests in a row, by which a burst is spent for certain


class Standing(Clock):
    """Goes on when it is told."""

    def __init__(self) -> None:
        self.time = 1_000 * SECOND

    def now(self) -> int:
        return self.time

    def wall(self) -> float:
        return 1_800_000_000 + self.time / SECOND


class Parts:
    """Of one worker."""

    def __init__(self, config: Path, path: str) -> None:
        self.clock = Standing()
        self.counters = Counters()
        self.watch = Watch(Profiles(seed=0), Facts(seed=0))
        self._journal = Journal(self.clock)
        self._plane = Plane(self.clock, [self._journal, self.watch], os.urandom(5).hex().encode())
        self._path = path
        self._waiting: list[Exchange] = []
        loaded = load(config)
        Built(loaded, self.clock).apply(
            self._plane, self.counters, Answers(), BlockTable(), FloodState(), RuleCounts(), {},
            secrets=[os.urandom(32)], workers=1, health={},
        )  # fmt: skip
        configure_watch(self.watch, loaded.settings)
        for table in self.counters.tables.values():
            table.shared = True

    def ask(self, client: Address, device: int) -> bool:
        """One request. Whether it was let through."""
        now = self.clock.time
        request = Request(
            b"GET", self._path, self._path.encode(), b"", [(b"cookie", b"dawr=x")], [],
            b"a.example", 1, NO_BODY, -1, True, False, b"",
        )  # fmt: skip
        request.peer = request.client = client
        request.now = now
        request.device = device
        request.id = b"request"
        decider = self._plane.decider
        decision = decider.decide(request, decider.admit(client))
        exchange = Exchange(client, now)
        exchange.request = request
        exchange.decision = decision
        served = decision is None or decision.verdict is None
        if served:
            decider.answered(request, 200)
            exchange.handed_over = now
            exchange.answer_started = now
        exchange.status = 200 if served else 429
        exchange.ended = now
        self._waiting.append(exchange)
        if len(self._waiting) >= _BATCH:
            self._record()
        return (
            decision is None
            or decision.verdict is None
            or (decision.verdict.action is Action.ALLOW)
        )

    def _record(self) -> None:
        for recorder in (self._journal, self.watch):
            recorder.record(self._waiting)
        self._waiting.clear()

    def tick(self) -> None:
        """What happens ten times a second: the exchange takes what was spent."""
        for table in self.counters.tables.values():
            table.take_spent(self.clock.time)

    def second(self) -> None:
        self.watch.facts.take(self.clock.time)


def client(number: int) -> Address:
    text = f"2001:db8:{number >> 16:x}:{number & 65535:x}::1" if number % 2 else (
        f"{20 + (number >> 24)}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    )  # fmt: skip
    found = parse_address(text)
    assert found is not None
    return found


def feed(parts: Parts, first: int, count: int) -> None:
    """`count` clients at one moment, in ten ticks."""
    for tick in range(10):
        for number in range(first + count * tick // 10, first + count * (tick + 1) // 10):
            parts.ask(client(number), number + 1)
        parts.tick()
    parts.second()


def resident() -> int:
    gc.collect()
    return procfs.resident_bytes([os.getpid()])


def exhaust(parts: Parts, who: Address) -> None:
    """Until it is refused `_REFUSED` times in a row. Raises SystemExit if it never is."""
    refused = 0
    for _ in range(_ENDLESS):
        refused = 0 if parts.ask(who, 0) else refused + 1
        if refused == _REFUSED:
            return
    raise SystemExit("nothing limits this client: are all limits in shadow?")


def measure(config: Path, clients: int, path: str) -> dict[str, object]:
    parts = Parts(config, path)
    feed(parts, 0, _WARM)
    before = resident()
    began = time.process_time()
    feed(parts, _WARM, clients - _WARM)
    each = (time.process_time() - began) / clients
    after = resident()
    keys = {name: len(table) for name, table in parts.counters.tables.items()}
    lively, silent = client(300_000_001), client(300_000_003)
    exhaust(parts, lively)
    exhaust(parts, silent)
    kept = True
    for part in range(100):
        feed(parts, clients + clients * part // 100, clients // 100)
        kept = kept and not parts.ask(lively, 0)
    returned = parts.ask(silent, 0)
    return {
        "growth": after - before,
        "keys": keys,
        "profiles": len(parts.watch.profiles),
        "microseconds": each * 1e6,
        "more": resident() - after,
        "forgotten": sum(table.forgotten for table in parts.counters.tables.values()),
        "kept": kept,
        "returned": returned,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
