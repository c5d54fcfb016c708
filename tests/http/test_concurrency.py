"""The limit on requests under way: against a model of a platform with some servers."""

import random
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clock import MILLISECOND, SECOND
from gateway.http.concurrency import FEW, START, Concurrency

Service = Callable[[random.Random], float]  # milliseconds that one request takes


class Model:
    """A platform of `servers`, each with one request at a time, and requests that never run out, or
    come at `rate` a second. Its own queue is first come, first served."""

    def __init__(self, servers: int, service: Service, **more: float) -> None:
        self.limit = Concurrency(**more)  # type: ignore[arg-type]
        self.servers = servers
        self.service = service
        self.now = 1_000 * SECOND
        self.latencies: list[float] = []
        self.limits: list[int] = []
        self._random = random.Random(7)
        self._begun: deque[int] = deque()
        self._done: list[tuple[int, int]] = []
        self._in_flight = 0
        self._working = 0

    def run(self, seconds: float, rate: float = 0) -> "Model":
        """Go on for a while; what is told afterwards is of that while."""
        self.latencies, self.limits = [], []
        end = self.now + int(seconds * SECOND)
        arrival = self.now
        waiting = 0 if rate else 1_000_000
        while True:
            while waiting and self._in_flight < self.limit.limit:
                waiting -= 1
                self._in_flight += 1
                self._begun.append(self.now)
            while self._begun and self._working < self.servers:
                self._working += 1
                took = int(self.service(self._random) * MILLISECOND)
                heappush(self._done, (self.now + took, self._begun.popleft()))
            done = self._done[0][0] if self._done else end + 1
            self.now = min(done, arrival) if rate else done
            if self.now > end:
                self.now = end
                return self
            if self.now == done:
                self._answer()
            else:
                arrival += int(self._random.expovariate(rate) * SECOND)
                waiting += 1

    def _answer(self) -> None:
        _, begun = heappop(self._done)
        self.limit.sample(self.now - begun, self.now, self._in_flight, False)
        self._working -= 1
        self._in_flight -= 1
        self.latencies.append((self.now - begun) / MILLISECOND)
        self.limits.append(self.limit.limit)

    @property
    def mean(self) -> float:
        return sum(self.latencies) / len(self.latencies)


def constant(milliseconds: float) -> Service:
    return lambda _: milliseconds


def exponential(mean: float) -> Service:
    return lambda source: source.expovariate(1 / mean)


@pytest.mark.parametrize(
    ("servers", "service"),
    [
        pytest.param(8, constant(40), id="eight at a time"),
        pytest.param(8, exponential(40), id="eight, of any length"),
        pytest.param(30, constant(10), id="thirty quick ones"),
        pytest.param(12, constant(500), id="twelve slow ones"),
    ],
)
def test_under_overload_all_servers_work_and_the_queue_is_short(
    servers: int, service: Service
) -> None:
    model = Model(servers, service)
    model.run(30)
    served = len(model.run(60).latencies)
    best = Model(servers, service, floor=servers, ceiling=servers)
    assert served >= 0.95 * len(best.run(60).latencies)
    assert model.mean <= 2.2 * best.mean


def test_an_overload_that_lasts_does_not_raise_the_limit() -> None:
    model = Model(8, constant(40)).run(20)
    early = max(model.run(20).limits)
    model.run(600)
    assert max(model.run(60).limits) <= early + 2


def test_it_falls_when_answers_take_twice_as_long_and_recovers() -> None:
    model = Model(60, constant(40)).run(10, rate=1000)
    assert model.limit.limit >= 40
    model.servers = 20  # a part of the platform is gone: the same number at once takes longer
    model.run(5)
    assert min(model.limits) <= 36
    model.run(60)
    assert max(model.run(5).limits) <= 40
    model.servers = 60
    model.run(60)
    assert max(model.run(5).limits) >= 55


def test_a_platform_that_is_slower_gets_less_at_first() -> None:
    model = Model(8, constant(40)).run(20)
    before = model.limit.limit
    model.service = constant(80)
    model.run(2)
    assert min(model.limits) <= before * 0.6


def test_slower_work_without_a_queue_is_not_held_for_an_overload() -> None:
    model = Model(400, constant(40)).run(5, rate=500)
    model.service = constant(300)  # other pages are asked for
    assert min(model.run(10, rate=500).limits) >= 10
    model.run(10, rate=500)
    assert min(model.limits) > 150
    assert model.mean == pytest.approx(300)
    model.service = constant(900)  # and no probe is due
    model.run(20, rate=100)
    assert min(model.run(10, rate=100).limits) > 100
    assert model.mean == pytest.approx(900)


def test_with_few_under_way_nothing_changes() -> None:
    model = Model(400, exponential(40)).run(120, rate=40)
    assert set(model.limits) == {START}
    model.service = constant(200)
    assert set(model.run(20, rate=10).limits) == {START}


def test_it_does_not_grow_where_it_is_not_used() -> None:
    model = Model(400, constant(40)).run(60, rate=500)  # some twenty at once
    assert max(model.limits) <= 2 * START
    model.run(5)
    assert model.limit.limit == 256


def test_one_slow_page_is_no_overload() -> None:
    model = Model(400, lambda source: 5000 if source.random() < 0.005 else 40)
    model.run(10, rate=300)
    model.run(50, rate=300)
    assert min(model.limits) >= 16


@pytest.mark.parametrize("failed", [True, False])
def test_failures_make_it_fall(failed: bool) -> None:
    limit = Concurrency()
    now = 1_000 * SECOND
    for _ in range(400):
        now += 10 * MILLISECOND
        limit.sample(30 * MILLISECOND, now, 20, failed)
    assert limit.limit == (4 if failed else START)


def test_some_failures_among_many_answers_do_not() -> None:
    limit = Concurrency()
    now = 1_000 * SECOND
    for number in range(2000):
        now += 10 * MILLISECOND
        limit.sample(30 * MILLISECOND, now, 20, number % 12 == 0)
    assert limit.limit == START


def test_failures_that_come_at_once_count_once() -> None:
    limit = Concurrency()
    limit.sample(30 * MILLISECOND, 999 * SECOND, 32, False)
    now = 1_000 * SECOND
    for _ in range(40):
        limit.sample(30 * SECOND, now, 32, True)
    assert limit.limit == int(START * 0.7)


def test_a_reload_brings_it_within_the_new_bounds() -> None:
    limit = Concurrency(floor=4, ceiling=256)
    limit.configure(floor=2, ceiling=10, tolerance=1.5)
    assert limit.limit == 10
    limit.configure(floor=20, ceiling=256, tolerance=1.5)
    assert limit.limit == 20


def test_patience_follows_what_answers_take() -> None:
    assert Concurrency().patience == SECOND
    model = Model(4, constant(2000)).run(60)
    assert model.limit.patience >= 8 * SECOND
    assert FEW < START


SAMPLES = st.lists(
    st.tuples(
        st.integers(1, 10 * SECOND), st.integers(0, SECOND), st.integers(1, 400), st.booleans()
    ),
    max_size=300,
)


@settings(max_examples=50)
@given(SAMPLES, st.integers(1, 50), st.integers(1, 300))
def test_always_within_its_bounds(
    samples: list[tuple[int, int, int, bool]], floor: int, ceiling: int
) -> None:
    limit = Concurrency(floor=floor, ceiling=ceiling)
    now = 1_000 * SECOND
    for latency, later, in_flight, failed in samples:
        now += later
        limit.sample(latency, now, in_flight, failed)
        assert min(floor, ceiling) <= limit.limit <= ceiling


@settings(max_examples=50)
@given(st.integers(1, 9), st.lists(st.integers(MILLISECOND, SECOND), min_size=1, max_size=400))
def test_never_grows_unused(in_flight: int, latencies: list[int]) -> None:
    limit = Concurrency()
    now, before = 1_000 * SECOND, limit.limit
    for latency in latencies:
        now += 7 * MILLISECOND
        limit.sample(latency, now, in_flight, False)
        if in_flight < 0.9 * before:
            assert limit.limit <= before
        before = limit.limit
