"""The scene played before one peer, and what follows from who was answered how."""

import json
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from typing import Any, Final

from bench import procfs
from bench.citizens import ASSET, DROPPED, LATE, PAGE, Asked
from bench.figures import percentile
from bench.processes import BenchError, ours
from bench.scene import Scene

_PAST: Final = 2.0  # seconds past a minute of the wall's clock at which the flood begins
_LEAD: Final = 1.5  # seconds that the drivers need to start
_OPENING: Final = 5.0  # seconds of the flood that are told apart
_STOPPED: Final = 5.0  # all refused for so long, to the end of the flood: stopped
_SPENT: Final = 20.0  # seconds that a driver may still need behind its end
NEVER: Final = float("inf")


@dataclass(frozen=True)
class Flood:
    """What the flooders found (`bench.flooders`), and how many of their requests the platform got,
    by the second of the flood."""

    tries: dict[int, int]
    results: dict[str, int]
    refused_at: list[float]
    passed_at: list[float]
    pages: list[int]
    reached: dict[int, int]

    def reached_share(self) -> float:
        return sum(self.reached.values()) / sum(self.tries.values()) * 100

    def reached_a_second(self, scene: Scene) -> float:
        """Behind the first five seconds."""
        late = sum(count for second, count in self.reached.items() if second >= _OPENING)
        return late / max(1.0, scene.flood - _OPENING)

    def reached_first(self) -> int:
        return sum(count for second, count in self.reached.items() if second < _OPENING)

    def tries_a_second(self, scene: Scene) -> float:
        return sum(self.tries.values()) / scene.flood

    def refused(self) -> int:
        """Tries that came to nothing by the peer's doing."""
        return sum(count for what, count in self.results.items() if what not in {"200", "late"})

    def first_refused(self, share: float) -> float:
        return self._percentile([at if at >= 0 else NEVER for at in self.refused_at], share)

    def stopped_at(self, scene: Scene) -> list[float]:
        """Of each flooder: when it asked for the last time without being refused, or NEVER if that
        went on to the end."""
        return [
            max(0.0, at) if scene.flood - at >= min(_STOPPED, scene.flood / 2) else NEVER
            for at in self.passed_at
        ]

    def stopped(self, scene: Scene, share: float) -> float:
        return self._percentile(self.stopped_at(scene), share)

    def stopped_share(self, scene: Scene, *, hidden: bool) -> float:
        """Of those behind shared addresses, or of the others, in %."""
        at = self.stopped_at(scene)
        of = at[: scene.hidden] if hidden else at[scene.hidden :]
        return sum(one < NEVER for one in of) / len(of) * 100 if of else 100.0

    def hidden_pages(self, scene: Scene) -> float:
        """Pages a second that each flooder behind a shared address got."""
        return sum(self.pages[: scene.hidden]) / max(1, scene.hidden) / scene.flood

    @staticmethod
    def _percentile(values: list[float], share: float) -> float:
        return percentile(sorted(values), share)


@dataclass(frozen=True)
class People:
    """Requests of citizens that were due in one phase."""

    asked: list[Asked]

    def of(self, *, shared: bool) -> "People":
        return People([one for one in self.asked if bool(one[2]) == shared])

    def refused_share(self) -> float:
        """Answered with something else than the page, turned away, or dropped, in %."""
        refused = sum(one[3] not in {200, LATE} for one in self.asked)
        return refused / len(self.asked) * 100 if self.asked else 0.0

    def shed_share(self) -> float:
        """Answered that the platform cannot keep up, in %; among the refused."""
        return sum(one[3] == 503 for one in self.asked) / max(1, len(self.asked)) * 100

    def goodput(self) -> float:
        """Pages that came in time, of those that were due, in %."""
        pages = [one for one in self.asked if one[1] == PAGE]
        return sum(one[3] == 200 for one in pages) / len(pages) * 100 if pages else 100.0

    def challenged(self) -> float:
        """Of the requests, in %, whose citizen solved a challenge first."""
        return sum(one[5] for one in self.asked) / len(self.asked) * 100 if self.asked else 0.0

    def p99(self) -> float:
        """Milliseconds, of the pages that came."""
        took = sorted(one[4] for one in self.asked if one[1] == PAGE and one[3] == 200)
        return percentile(took, 0.99) * 1000 if took else NEVER

    def by_status(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for one in self.asked:
            name = f"{'asset' if one[1] == ASSET else 'page'} {_WORDS.get(one[3], one[3])}"
            counts[name] = counts.get(name, 0) + 1
        return dict(sorted(counts.items()))


_WORDS: Final = {LATE: "late", DROPPED: "dropped", -1: "broken"}


@dataclass(frozen=True)
class Encounter:
    """`cpu`: seconds of the peer's processor time in the calm and in the flood, and how many
    requests it passed on in each."""

    scene: Scene
    flood: Flood
    asked: list[Asked]
    cpu_calm: float
    cpu_flood: float
    driver: float
    flooder: float

    def phase(self, begin: float, end: float) -> People:
        return People([one for one in self.asked if begin <= one[0] < end])

    @property
    def before(self) -> People:
        """The second half of the calm: in the first, connections are opened."""
        return self.phase(self.scene.calm / 2, self.scene.calm)

    @property
    def during(self) -> People:
        return self.phase(self.scene.calm, self.scene.calm + self.scene.flood)

    @property
    def after(self) -> People:
        return self.phase(self.scene.calm + self.scene.flood, NEVER)

    def microseconds(self) -> float:
        """Of the peer's processor time for a try that it refused: what it took in the flood, less
        what its forwarded requests took, at the price that they had in the calm."""
        refused = self.flood.refused()
        calm = self.before.asked
        if not refused or not calm:
            return 0.0
        each = self.cpu_calm / len(calm)
        served = sum(one[3] == 200 for one in self.during.asked)
        forwarded = served + sum(self.flood.reached.values())
        return max(0.0, self.cpu_flood - each * forwarded) / refused * 1e6

    def figures(self) -> dict[str, float]:
        flood, scene, during = self.flood, self.scene, self.during
        return {
            "tries": flood.tries_a_second(scene),
            "refused_p50": flood.first_refused(0.5),
            "refused_p95": flood.first_refused(0.95),
            "stopped_p50": flood.stopped(scene, 0.5),
            "stopped_p95": flood.stopped(scene, 0.95),
            "stopped": flood.stopped_share(scene, hidden=False),
            "stopped_hidden": flood.stopped_share(scene, hidden=True),
            "hidden_pages": flood.hidden_pages(scene),
            "reached": flood.reached_share(),
            "reached_first": float(flood.reached_first()),
            "reached_later": flood.reached_a_second(scene),
            "microseconds": self.microseconds(),
            "wrongly": during.refused_share(),
            "shed": during.shed_share(),
            "wrongly_shared": during.of(shared=True).refused_share(),
            "wrongly_own": during.of(shared=False).refused_share(),
            "wrongly_before": self.before.refused_share(),
            "wrongly_after": self.after.refused_share(),
            "goodput": during.goodput(),
            "goodput_shared": during.of(shared=True).goodput(),
            "challenged": during.challenged(),
            "p99_before": self.before.p99(),
            "p99": during.p99(),
            "afterwards": self.after.goodput(),
            "driver": self.driver,
            "flooder": self.flooder,
        }


def play(port: int, origin: int, processes: list[int], scene: Scene) -> Encounter:
    """Citizens, then the flood among them, then citizens; `processes` are the peer's, with all
    below them. Raises BenchError."""
    start = time.monotonic() + _LEAD
    if scene.on_the_minute:
        start += (_PAST - scene.calm - time.time() - _LEAD) % 60
    citizens = _driver("bench.citizens", port, start, scene)
    flooders = _driver("bench.flooders", port, start + scene.calm, scene)
    try:
        marks = []
        for at in (scene.calm / 2, scene.calm, scene.calm + scene.flood):
            time.sleep(max(0.0, start + at - time.monotonic()))
            marks.append(sum(map(procfs.cpu_seconds_of_tree, processes)))
        flooded = _told(flooders, "flooders", _SPENT)
        crowd = _told(citizens, "citizens", scene.after + _SPENT)
    finally:
        for driver in (citizens, flooders):
            driver.kill()
            driver.communicate()
    began = start + scene.calm
    reached = {
        int(second) - int(began): count for second, count in _counts(origin)["flood"].items()
    }
    flood = Flood(
        {int(second): count for second, count in flooded["tries"].items()},
        flooded["results"],
        flooded["refused_at"],
        flooded["passed_at"],
        flooded["pages"],
        reached,
    )
    asked = [tuple(one) for one in crowd["found"]]
    return Encounter(
        scene, flood, asked, marks[1] - marks[0], marks[2] - marks[1],
        crowd["driver"], flooded["driver"],
    )  # fmt: skip


def _driver(module: str, port: int, start: float, scene: Scene) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ours(module, port, start, scene.as_json()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _told(driver: subprocess.Popen[str], name: str, seconds: float) -> dict[str, Any]:
    try:
        said, wrong = driver.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise BenchError(f"the {name} did not come to an end") from None
    if driver.returncode:
        raise BenchError(f"the {name} failed: {wrong.strip()[-500:]}")
    told: dict[str, Any] = json.loads(said)
    return told


def _counts(origin: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{origin}/counts", timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
        return told
