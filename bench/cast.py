"""Who comes on a booking day, played: `python -m bench.cast PORT START DAY MODE PART PARTS`.

START: the opening, monotonic seconds. Each PART plays every PARTS-th of the visitors.

Prints JSON: `people`, for each `[kind, came, inside, booked, over, number, flags, refusals]` (times
in seconds from the opening, null: never); `pages`, for each request that was meant for the platform
`[at, kind, status, seconds]`; `refusals` by what they were; `polls` by second; `said`, see
`bench.waiters`; `driver`, seconds of CPU.
"""

import gc
import json
import sys
import time
import urllib.request
from collections import Counter
from typing import Final

from bench.day import BEST, DIRECT, Day
from bench.visitors import Visitor
from bench.waiters import Waiter
from bench.wire import Wire

AT_ONCE: Final = 50  # for the platform's own best: as many as it serves at full speed


class Crowd:
    """`run` once. `dates`: those that the platform offers, as its form shows them."""

    def __init__(self, port: int, start: float, day: Day, mode: str, part: int, parts: int,
                 dates: list[bytes]) -> None:  # fmt: skip
        self.day = day
        self.mode = mode
        self.wire = Wire(port, start, day.seconds)
        self.dates = dates
        self.pages: list[tuple[float, int, int, float]] = []
        self.refusals: Counter[tuple[str, str]] = Counter()
        self.polls: Counter[int] = Counter()
        self.early = 0
        self.said: list[tuple[float, int, int, int, str]] = []
        self.networks = day.networks()
        numbers = range(part, day.people, parts)
        if mode == BEST:
            numbers = range(day.people - day.places, day.people)  # bots: they take no time
        sources = day.sources()
        maker = Visitor if mode in {BEST, DIRECT} else Waiter
        self._people = [maker(self, number, sources[number]) for number in numbers]
        self._left = len(self._people)
        self._next = 0

    def run(self) -> None:
        if self.mode == BEST:
            for _ in range(AT_ONCE):
                self._start_next()
        else:
            for one in self._people:
                one.start()
        self.wire.run()

    def _start_next(self) -> None:
        if self._next < len(self._people):
            self._people[self._next].start()
            self._next += 1

    def finished(self) -> None:
        self._left -= 1
        if self.mode == BEST:
            self._start_next()
        if not self._left:
            self.wire.end()

    def told(self) -> dict[str, object]:
        return {
            "people": [one.told() for one in self._people],
            "pages": self.pages,
            "refusals": {" ".join(key): count for key, count in self.refusals.items()},
            "polls": self.polls,
            "early": self.early,
            "said": self.said,
            "starved": self.wire.starved,
        }


def main(argv: list[str]) -> None:
    port, start, day, mode, part, parts = argv
    gc.disable()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/availability", timeout=10) as answer:
        dates = [one.encode() for one in json.load(answer)["dates"]]
    crowd = Crowd(int(port), float(start), Day.read(day), mode, int(part), int(parts), dates)
    began = time.process_time()
    crowd.run()
    print(json.dumps({**crowd.told(), "driver": time.process_time() - began}))


if __name__ == "__main__":
    main(sys.argv[1:])
