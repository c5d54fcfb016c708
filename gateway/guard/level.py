"""How alarmed the site is: CALM, ELEVATED or UNDER_ATTACK, and why.

The laws:
- Volume alone raises to ELEVATED at most. An attack is pressure (more traffic, or a platform that
  suffers) together with behaviour: errors, clients that fetch no page's assets, an aim.
- Up at once, down slowly and one step at a time.
- What we do ourselves (refusals) may raise, but never keeps raised: tightening would hold itself.
- While alarmed nothing is learned. But what lasts an hour without becoming an attack is the new
  usual: the operator was told, and nothing is gained by an alarm that never ends.
- Before anything is known only what is wrong by itself alarms (half of all answers are errors).
- In an opening that is known by its time but was not seen often enough, volume and aim are mute.

Source of the change detector: change.py; of the forecasts: baseline.py; the numbers: thresholds.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import exp, inf, log
from typing import Final

from gateway.guard.baseline import Baseline, Forecast
from gateway.guard.calendar import Place
from gateway.guard.change import Cusum
from gateway.guard.kinds import Finding
from gateway.guard.signals import BITS, COUNT, SECONDS, SIGNALS, Observation, Signal, Sort
from gateway.guard.thresholds import Levels

_POOLED: Final = 10  # seconds that a share is taken over at most: one that needs more is nobody's
_MANY: Final = 1_000_000
_SMOOTH: Final = 1 - exp(-log(2) / 3)  # three seconds are half of what "is" is


# What is wrong by itself, whatever is usual.
_CEILINGS: Final[dict[str, Callable[[Levels], float]]] = {
    "client-errors": lambda levels: levels.error_ceiling,
    "server-errors": lambda levels: levels.error_ceiling,
    "latency": lambda levels: levels.latency_ceiling,
}


class Level(IntEnum):
    CALM = 0
    ELEVATED = 1
    UNDER_ATTACK = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """One signal that alarms: what it is, what was expected, and how sure that is no chance (the
    cumulative sum over its threshold: 1 is the alarm, 2 the most)."""

    signal: str
    sort: Sort
    value: float
    forecast: float
    certainty: float


@dataclass(frozen=True, slots=True)
class Report:
    """`level` in force, `watched` what it would be if it were not forced."""

    level: Level
    watched: Level
    reasons: tuple[Reason, ...]
    findings: tuple[str, ...]
    learning: bool


class _Watched:
    """One signal: how far it strayed, and what it is now."""

    def __init__(self, signal: Signal, levels: Levels) -> None:
        self.signal = signal
        self.cusum = Cusum(levels.drift, levels.threshold, two_sided=signal.two_sided)
        self.smooth: float | None = None
        self.usual = 0.0  # the forecast, on the signal's scale
        ceiling = _CEILINGS.get(signal.name)
        self.ceiling = inf if ceiling is None else signal.scale.to(ceiling(levels), _MANY)
        self.alarmed = False
        self.told = False  # it alarmed since the site is elevated
        self._of = 0
        self._sum = 0.0
        self._seconds = 0

    def pool(self, observation: Observation) -> tuple[float, int] | None:
        """The value on its scale, and of how many; taken over as many seconds as it needs at night,
        up to ten. None where it is still too little."""
        signal = self.signal
        value, n = signal.read(observation)
        if n >= signal.least and not self._of:
            return signal.scale.to(value, n), n
        self._of += n
        self._sum += n * value
        self._seconds += 1
        enough = self._of >= signal.least
        found = None
        if enough:
            found = (signal.scale.to(self._sum / self._of, self._of), self._of)
        if enough or self._seconds >= _POOLED:
            if not enough:  # nobody is there: what strayed comes back as time goes by
                for _ in range(self._seconds):
                    self.cusum.add(0.0)
            self._of = self._seconds = 0
            self._sum = 0.0
        return found


class Watch:
    """Of one site. `forced`: a level by hand, or None."""

    def __init__(self, baseline: Baseline, levels: Levels | None = None) -> None:
        self._baseline = baseline
        self._levels = levels or Levels()
        self._watched = [_Watched(signal, self._levels) for signal in SIGNALS]
        self._seen = 0
        self._level = Level.CALM
        self._quiet = 0  # seconds without evidence for the present level
        self._lasting = 0  # seconds of alarm that did not become an attack
        self.forced: Level | None = None

    def observe(
        self,
        observation: Observation,
        place: Place,
        findings: Sequence[Finding] = (),
    ) -> Report:
        """One second more. `findings`: what the present window holds (kinds.find)."""
        self._seen += 1
        values: dict[str, tuple[float, int]] = {}
        for watched in self._watched:
            found = watched.pool(observation)
            if found is not None:
                values[watched.signal.name] = found
                self._look(watched, *found, place)
            self._judge(watched, place)
        strong = tuple(f.kind for f in findings if f.share >= self._levels.finding_share)
        self._go(self._called_for(strong))
        calm = self._level is Level.CALM
        self._baseline.step(place, values, calm=calm)
        self._accept(place)
        return Report(
            self._level if self.forced is None else self.forced,
            self._level,
            self._reasons(),
            strong,
            calm,
        )

    def _look(self, watched: _Watched, y: float, n: int, place: Place) -> None:
        """Add one second's error to what it strayed."""
        signal, levels = watched.signal, self._levels
        smooth = y if watched.smooth is None else watched.smooth
        watched.smooth = smooth + _SMOOTH * (y - smooth)
        forecast = self._baseline.forecast(signal, place, n)
        error = 0.0
        if forecast is not None:
            watched.usual = forecast.centre
            if self._may_compare(signal, place, forecast):
                error = (y - forecast.centre) / forecast.deviation
        if y >= watched.ceiling:
            error = levels.clip
        watched.cusum.add(max(-levels.clip, min(levels.clip, error)))

    def _may_compare(self, signal: Signal, place: Place, forecast: Forecast) -> bool:
        if signal.muted and place.opening and not forecast.known:
            return False
        return forecast.known or self._seen > self._levels.warm_up

    def _judge(self, watched: _Watched, place: Place) -> None:
        """Alarmed past the threshold, and until it is half-way back."""
        strayed = watched.cusum.strayed
        needed = self._levels.threshold / (2 if watched.alarmed else 1)
        watched.alarmed = strayed > needed and _matters(watched, place, self._levels)

    def _called_for(self, findings: Sequence[str]) -> Level:
        """What the evidence of this second calls for."""
        sorts = {watched.signal.sort for watched in self._watched if watched.alarmed}
        pressure = Sort.VOLUME in sorts or Sort.PLATFORM in sorts
        behaviour = Sort.BEHAVIOUR in sorts or bool(findings)
        if pressure and behaviour:
            return Level.UNDER_ATTACK
        if pressure or behaviour or (Sort.OURS in sorts and self._level is Level.CALM):
            return Level.ELEVATED
        return Level.CALM

    def _go(self, called_for: Level) -> None:
        if called_for >= self._level:
            self._level, self._quiet = called_for, 0
            return
        self._quiet += 1
        attack = self._level is Level.UNDER_ATTACK
        dwell = self._levels.quiet_after_attack if attack else self._levels.quiet_after_elevated
        if self._quiet >= dwell:
            self._level, self._quiet = Level(self._level - 1), 0

    def _accept(self, place: Place) -> None:
        """What lasts, and does not become an attack, becomes usual: all that alarmed meanwhile."""
        alarmed = False
        for watched in self._watched:
            watched.told = watched.alarmed or (watched.told and self._level is Level.ELEVATED)
            alarmed = alarmed or watched.alarmed
        self._lasting = self._lasting + alarmed if self._level is Level.ELEVATED else 0
        if self._lasting < self._levels.accept_after:
            return
        self._lasting = 0
        for watched in self._watched:
            if watched.told:
                self._baseline.accept(watched.signal, place)
                watched.cusum.reset()
                watched.told = False

    def _reasons(self) -> tuple[Reason, ...]:
        return tuple(
            Reason(
                watched.signal.name,
                watched.signal.sort,
                watched.signal.scale.back(watched.smooth or 0.0),
                watched.signal.scale.back(watched.usual),
                watched.cusum.strayed / self._levels.threshold,
            )
            for watched in self._watched
            if watched.alarmed
        )


def _matters(watched: _Watched, place: Place, levels: Levels) -> bool:
    """Whether the difference is one that somebody would care for."""
    signal = watched.signal
    smooth = 0.0 if watched.smooth is None else watched.smooth
    value, usual = signal.scale.back(smooth), signal.scale.back(watched.usual)
    if smooth >= watched.ceiling:
        return True
    if signal.scale is COUNT:
        floor = levels.request_floor if signal.name == "requests" else levels.client_floor
        ratio = levels.opening_ratio if place.opening else levels.volume_ratio
        return value >= floor and value >= ratio * usual
    if signal.scale is SECONDS:
        return value >= levels.latency_floor and value >= levels.latency_ratio * usual
    if signal.scale is BITS:
        return abs(value - usual) >= levels.entropy_difference
    return value - usual >= levels.share_difference
