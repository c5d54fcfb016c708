"""The workers' numbers added up: whatever dies, no counter falls."""

import pickle
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.status import _challenges
from gateway.clock import SECOND
from gateway.control.guard_metrics import NOTHING
from gateway.control.status import make_status
from gateway.control.totals import Sums, Totals
from gateway.ledger.snapshot import BackendSnapshot, HistogramSnapshot, Snapshot

OVERVIEW = {
    "workers": 2, "restarts": 0, "reloads": {}, "last_reload_worked": True, "loaded_at": 0,
    "pid": 1, "config": "gateway.yaml", "generation": 1, "listen": [],
}  # fmt: skip
KIND = ("forward", "", "", "2xx")
URL = "http://a"


def times(count: int) -> HistogramSnapshot:
    return {"bounds": [1.0], "counts": [count, 0], "sum": float(count)}


def backend(count: int) -> BackendSnapshot:
    return {
        "url": URL, "up": True, "ejected": False, "idle": 0, "busy": 0, "connecting": 0,
        "waiting": 0, "connects": count, "connect_failures": 0, "requests": count, "failures": 0,
        "retries": 0, "limit": 1, "in_flight": 0, "pressed": False, "unhurried": 0.0, "queued": 0,
        "queued_ns": 0, "missed": 0, "shed": {"crawler": count},
    }  # fmt: skip


def a_snapshot(worker: int, pid: int, requests: int, *, anew: int | None = None) -> Snapshot:
    """`anew`: what is counted anew with each reload, else as many."""
    fresh = requests if anew is None else anew
    return {
        "pid": pid, "worker": worker, "generation": 1, "uptime": 1.0, "memory": 1, "cpu": 1.0,
        "accepted": requests, "open": 0, "idle": 0, "refused": 0, "tunnels": 0,
        "requests": {KIND: requests}, "shadowed": {}, "latency": {"total": times(requests)},
        "loop_lag": times(requests), "bytes": {}, "bounds": {"idle": requests}, "faults": {},
        "challenges": {("issued", "page"): requests}, "joining": {("r", "solved"): requests},
        "filter_errors": {"geo": fresh},
        "backends": [backend(requests)],
        "tables": {"login": {"keys": 0, "bound": 1, "forgotten": fresh, "unshared": 0}},
        "exchange": None, "log_lost": fresh, "let_go": {"passports": requests},
        "strikes": {}, "profiles": 0, "blocks": 0,
        "rules": {
            "enforced": {"union": requests}, "shadowed": {"quiet": requests},
            "bodies": {"beyond": requests}, "failures": fresh, "version": "none", "asked": 0,
        },
    }  # fmt: skip


def told(sums: Sums) -> dict[Any, float]:
    """Every counter there is."""
    found: dict[Any, float] = {}
    for name, value in vars(sums).items():
        if isinstance(value, Counter):
            found.update({(name, key): n for key, n in value.items()})
    for name, histogram in sums.histograms.items():
        found["sum", name] = histogram["sum"]
        found.update({(name, at): n for at, n in enumerate(histogram["counts"])})
    return found


def test_who_is_gone_stays_in_the_sum() -> None:
    totals = Totals()
    totals.update([a_snapshot(0, 10, 5), a_snapshot(1, 11, 7)], 0)
    totals.update([a_snapshot(1, 11, 8)], SECOND)  # one does not answer
    assert totals.sums().requests[KIND] == 13
    totals.update([a_snapshot(0, 12, 1), a_snapshot(1, 11, 8)], 2 * SECOND)
    assert totals.sums().requests[KIND] == 14
    totals.drop_beyond(1)
    assert totals.sums().requests[KIND] == 14
    assert [one["pid"] for one in totals.workers] == [12]


def test_what_is_counted_anew_after_a_reload_is_added() -> None:
    totals = Totals()
    totals.update([a_snapshot(0, 10, 5)], 0)
    totals.update([a_snapshot(0, 10, 6, anew=1)], SECOND)
    totals.update([a_snapshot(0, 10, 7, anew=2)], 2 * SECOND)
    sums = totals.sums()
    assert (sums.requests[KIND], sums.filter_errors["geo"]) == (7, 7)
    assert (sums.plain["log_lost"], sums.forgotten["login"]) == (7, 7)


def test_it_goes_on_where_a_predecessor_ended() -> None:
    one = Totals()
    one.update([a_snapshot(0, 10, 5), a_snapshot(1, 11, 7)], 0)
    one.update([a_snapshot(0, 12, 1), a_snapshot(1, 11, 8)], SECOND)
    kept = pickle.loads(pickle.dumps(one.export()))  # as it travels
    other = Totals()
    other.restore(kept)
    assert told(other.sums()) == told(one.sums())
    other.update([a_snapshot(0, 12, 2), a_snapshot(1, 13, 1)], 2 * SECOND)  # one died as well
    assert other.sums().requests[KIND] == 5 + 2 + 8 + 1


def test_status_tells_what_became_of_challenges() -> None:
    one = a_snapshot(0, 10, 0)
    one["challenges"] = {
        ("issued", "page"): 4, ("issued", "text"): 3, ("passed", "solved"): 2,
        ("passed", "waited"): 1, ("failed", "early"): 5, ("honoured", "solved"): 9,
    }  # fmt: skip
    totals = Totals()
    totals.update([one], 0)
    status = make_status(totals, OVERVIEW, {}, NOTHING)
    assert status["challenges"] == {"issued": 7, "passed": 3, "failed": 5}
    shown = str(_challenges({**status["challenges"], "issued": 7000}))
    assert "7,000 handed out  ·  3 met  ·  5 answered wrongly" in shown


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("count"), st.integers(0, 2), st.integers(1, 9)),
        st.tuples(st.sampled_from(["kill", "mute"]), st.integers(0, 2), st.just(0)),
        st.tuples(
            st.sampled_from(["reload", "control dies", "fewer", "ask"]), st.just(0), st.just(0)
        ),
    ),
    max_size=40,
)  # fmt: skip


@given(EVENTS)
def test_no_counter_ever_falls(events: list[tuple[str, int, int]]) -> None:
    totals, pids, now = Totals(), iter(range(100, 1000)), 0
    workers = {number: [next(pids), 0, 0] for number in range(3)}  # pid, requests, those anew
    before: dict[Any, float] = {}
    for what, number, count in [*events, ("ask", 0, 0)]:
        mute = number if what == "mute" else -1
        if what == "count" and number in workers:
            workers[number][1] += count
            workers[number][2] += count
        elif what == "kill" and number in workers:
            workers[number] = [next(pids), 0, 0]
        elif what == "reload":
            for one in workers.values():
                one[2] = 0
        elif what == "control dies":
            successor = Totals()
            successor.restore(totals.export())
            totals = successor
        elif what == "fewer":
            workers.pop(max(workers)) if len(workers) > 1 else None
        now += SECOND
        answers = [
            a_snapshot(n, pid, requests, anew=anew)
            for n, (pid, requests, anew) in workers.items()
            if n != mute
        ]
        totals.update(answers, now)
        totals.drop_beyond(len(workers))
        after = told(totals.sums())
        for name, value in before.items():
            assert after[name] >= value, name
        before = after


@pytest.mark.parametrize("died", ["worker", "control"])
def test_the_sum_is_exact_for_what_was_told(died: str) -> None:
    totals = Totals()
    totals.update([a_snapshot(0, 10, 5)], 0)
    if died == "control":
        successor = Totals()
        successor.restore(totals.export())
        totals = successor
    totals.update([a_snapshot(0, 11 if died == "worker" else 10, 6)], SECOND)
    assert totals.sums().requests[KIND] == (11 if died == "worker" else 6)
