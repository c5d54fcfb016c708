"""From events to findings: clusters, what each did, how sure we are. Values in, values out.

Whoever calls hands in events once, in any order, and asks as often as it likes. Events are kept by
subject for as long as links live; bound: `most_events`, 1,000,000 by default, 0.9 to 1.3 KB each
with their texts; beyond it the oldest tenth is forgotten and counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.brokers.events import Event
from gateway.brokers.features import Feature, Surroundings, features
from gateway.brokers.links import DAY, Cluster, Links, subject
from gateway.brokers.score import Score, Weights, judge


@dataclass(frozen=True, slots=True)
class Finding:
    """A cluster, its features and its score."""

    cluster: Cluster
    features: dict[str, Feature]
    score: Score


class Conclusions:
    """`keep`: microseconds that events and links live."""

    def __init__(
        self,
        around: Surroundings,
        weights: Weights,
        *,
        keep: int = 35 * DAY,
        most_events: int = 1_000_000,
    ) -> None:
        self._around = around
        self._weights = weights
        self._keep = keep
        self._most = max(10, most_events)
        self._links = Links(around.network, keep=keep)
        self._events: dict[str, list[Event]] = {}
        self._count = 0
        self.forgotten = 0

    def add(self, events: Iterable[Event]) -> None:
        for event in events:
            who = subject(event)
            if not who:
                continue
            self._links.add(event)
            self._events.setdefault(who, []).append(event)
            self._count += 1
            if self._count > self._most:
                self._crowded()

    def findings(self, now: int) -> list[Finding]:
        """Of all clusters, the surest first. `now`: microseconds since 1970."""
        self._drop(now - self._keep)
        found = []
        for cluster in self._links.clusters(now):
            events = [one for who in cluster.subjects for one in self._events.get(who, ())]
            seen = features(events, self._around)
            if seen:
                found.append(Finding(cluster, seen, judge(seen, self._weights)))
        found.sort(key=lambda one: (-one.score.certainty, one.cluster.subjects))
        return found

    def _crowded(self) -> None:
        times = sorted(one.at for events in self._events.values() for one in events)
        before = self._count
        self._drop(times[len(times) - self._most * 9 // 10 - 1])
        self.forgotten += before - self._count

    def _drop(self, until: int) -> None:
        for who, events in list(self._events.items()):
            kept = [one for one in events if one.at > until]
            self._count -= len(events) - len(kept)
            if kept:
                self._events[who] = kept
            else:
                del self._events[who]
