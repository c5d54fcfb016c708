"""What is usual at this time of day: a forecast for each signal, with how far off it may be.

A day is cut into slots; of each the median second is learned, and how far such medians lie apart
from day to day. One bad day moves a slot by a part of that spread at most, whatever it brought.
Today's difference from the usual day is learned within minutes, and bounded: a busy day is no
attack, and an attack that creeps is one once it is past that bound.

An opening has slots of its own, finer ones, learned from past openings; its volumes are expected to
peak up to 20 seconds earlier or later than they did.

Memory, and what `export` gives to be kept: four numbers a slot and signal; a week's two shapes and
one opening of 40 minutes are some 7,500 slots, 1 MiB, and 0.4 MiB as JSON. Nothing of it grows with
clients.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, sqrt
from statistics import fmean, median
from typing import Any, Final

from gateway.guard.calendar import Calendar, Place
from gateway.guard.signals import COUNT, SIGNALS, Signal
from gateway.guard.thresholds import Learning

_NEAR: Final = 2  # opening slots that a peak may come early or late
_SLACK: Final = 0.05  # nothing is forecast better than to 5 %
_FEW: Final = 60  # seconds of the last minutes that are no forecast yet
_FORMAT: Final = 1
_NORMAL: Final = 1.2533  # a normal deviate's standard deviation in mean absolute ones
_MAD: Final = 1.4826  # and in median absolute ones

Values = Mapping[str, tuple[float, int]]  # by signal: its value on its scale, of how many


@dataclass(frozen=True, slots=True)
class Forecast:
    """On the signal's scale; `known`: from days past, and not merely from the last minutes."""

    centre: float
    deviation: float
    known: bool


class _Slot:
    """`mean` of the medians of `days`; `spread` between days; `noise` between a slot's seconds."""

    __slots__ = ("days", "mean", "noise", "spread")

    def __init__(self, days: int, mean: float, spread: float, noise: float) -> None:
        self.days = days
        self.mean = mean
        self.spread = spread
        self.noise = noise

    def learn(self, centre: float, noise: float, learning: Learning) -> None:
        self.days += 1
        error = centre - self.mean
        most = learning.bound * max(self.spread, _SLACK)
        bounded = max(-most, min(most, error))
        weight = max(1 / self.days, learning.memory)
        self.mean += weight * bounded
        self.spread += weight * (abs(bounded) * _NORMAL - self.spread)
        self.noise += weight * (noise - self.noise)


@dataclass(slots=True)
class _Now:
    """One signal, today."""

    shift: float = 0.0
    recent: float = 0.0
    restless: float = 0.0  # mean absolute difference from `recent`
    seen: int = 0
    gathered: list[tuple[float, int]] = field(default_factory=list)  # of this slot, while calm
    alarming: list[float] = field(default_factory=list)  # of the last minutes, while not


class Baseline:
    def __init__(
        self,
        calendar: Calendar,
        learning: Learning | None = None,
        signals: Sequence[Signal] = SIGNALS,
    ) -> None:
        self._calendar = calendar
        self._learning = learning or Learning()
        self._signals = signals
        self._slots: dict[str, dict[str, dict[int, _Slot]]] = {one.name: {} for one in signals}
        self._now = {one.name: _Now() for one in signals}
        self._here: Place | None = None
        self._shift_weight = 1 - exp(-log(2) / self._learning.shift_half_life)
        self._recent_weight = 1 - exp(-log(2) / self._learning.recent_half_life)

    def knows(self, signal: Signal, place: Place) -> bool:
        """Whether the slot was learned often enough."""
        slot = self._slots[signal.name].get(place.table, {}).get(place.slot)
        needed = self._learning.openings_known if place.opening else 1
        return slot is not None and slot.days >= needed

    def forecast(self, signal: Signal, place: Place, n: int) -> Forecast | None:
        """What is usual here, for a number taken over `n`; None where nearly nothing was seen."""
        now = self._now[signal.name]
        if not self.knows(signal, place):
            if now.seen < _FEW:
                return None
            spread = sqrt(signal.spread**2 + (_NORMAL * now.restless) ** 2)
            chance = signal.scale.chance(now.recent, n)
            return Forecast(now.recent, sqrt(spread**2 + chance), known=False)
        slots = self._slots[signal.name][place.table]
        slot = slots[place.slot]
        centre = self._usual(signal, place) + now.shift
        # Of few days the spread is a guess: it counts as one day more of the signal's own.
        between = (slot.spread * slot.days + signal.spread) / (slot.days + 1)
        chance = signal.scale.chance(centre, n)
        deviation = sqrt(between**2 + slot.noise**2 + chance + _SLACK**2)
        return Forecast(centre, deviation, known=True)

    def step(self, place: Place, values: Values, *, calm: bool) -> None:
        """A second went by. Where all is calm it is learned from, else only held for `accept`."""
        here = self._here
        if here is not None and (here.table, here.slot) != (place.table, place.slot):
            self._close(here)
        self._here = place
        for signal in self._signals:
            found = values.get(signal.name)
            if found is None:
                continue
            if calm:
                self._learn(signal, place, *found)
            else:
                alarming = self._now[signal.name].alarming
                alarming.append(found[0])
                del alarming[: -self._calendar.slot]

    def accept(self, signal: Signal, place: Place) -> None:
        """What was seen in the last minutes, without being learned, is usual from now on."""
        now = self._now[signal.name]
        if now.alarming:
            now.recent = median(now.alarming)
            now.seen = max(now.seen, _FEW)
            if self.knows(signal, place):
                now.shift = now.recent - self._usual(signal, place)
            now.alarming.clear()

    def _usual(self, signal: Signal, place: Place) -> float:
        slots = self._slots[signal.name][place.table]
        own = slots[place.slot].mean
        if place.opening and signal.scale is COUNT:
            near = range(place.slot - _NEAR, place.slot + _NEAR + 1)
            return max(slots[one].mean for one in near if one in slots)
        away = place.within - 0.5  # a slot's median is its middle's
        beside = place.slot + (1 if away > 0 else -1)
        around = self._calendar.around(place)
        neighbour = slots.get(beside % around if around else beside)
        return own if neighbour is None else own + abs(away) * (neighbour.mean - own)

    def _learn(self, signal: Signal, place: Place, y: float, n: int) -> None:
        now = self._now[signal.name]
        now.gathered.append((y, n))
        now.alarming.clear()
        if now.seen == 0:
            now.recent = y
        # The first minutes count alike; later ones as far as the half-life goes.
        now.seen += 1
        weight = max(self._recent_weight, 1 / now.seen)
        away = y - now.recent
        now.recent += weight * away
        now.restless += weight * (abs(away) - now.restless)
        if self.knows(signal, place) and not place.opening:
            slot = self._slots[signal.name][place.table][place.slot]
            most = self._learning.bound * sqrt(
                slot.spread**2 + slot.noise**2 + signal.scale.chance(y, n) + _SLACK**2
            )
            error = y - self._usual(signal, place) - now.shift
            limit = max(signal.spread, abs(now.shift))  # what was accepted may only come back
            moved = now.shift + self._shift_weight * max(-most, min(most, error))
            now.shift = max(-limit, min(limit, moved))

    def _close(self, place: Place) -> None:
        """A slot is over: learn from it where enough of it was calm."""
        needed = self._learning.least * self._calendar.seconds(place)
        for signal in self._signals:
            now = self._now[signal.name]
            gathered, now.gathered = now.gathered, []
            if len(gathered) < needed:
                continue
            values = [y for y, _ in gathered]
            centre = median(values)
            chance = fmean(signal.scale.chance(centre, n) for _, n in gathered)
            scattered = _MAD * median([abs(y - centre) for y in values])
            noise = sqrt(max(0.0, scattered**2 - chance))
            slots = self._slots[signal.name].setdefault(place.table, {})
            slot = slots.get(place.slot)
            if slot is None:
                slots[place.slot] = _Slot(1, centre, signal.spread, noise)
            else:
                slot.learn(centre, noise, self._learning)

    # What outlives a restart.

    def export(self) -> dict[str, Any]:
        """All that was learned, as data that JSON can hold."""
        return {
            "format": _FORMAT,
            "slot": self._calendar.slot,
            "opening_slot": self._calendar.opening_slot,
            "signals": {
                name: {
                    table: {
                        str(number): [s.days, _short(s.mean), _short(s.spread), _short(s.noise)]
                        for number, s in slots.items()
                    }
                    for table, slots in tables.items()
                }
                for name, tables in self._slots.items()
            },
        }

    def restore(self, data: Mapping[str, Any]) -> bool:
        """What `export` gave; False, and nothing is taken, where it does not fit these slots."""
        sizes = (_FORMAT, self._calendar.slot, self._calendar.opening_slot)
        try:
            if (data["format"], data["slot"], data["opening_slot"]) != sizes:
                return False
            read = {
                str(name): {
                    str(table): {int(number): _slot(*four) for number, four in slots.items()}
                    for table, slots in tables.items()
                }
                for name, tables in data["signals"].items()
            }
        except (AttributeError, KeyError, TypeError, ValueError):
            return False
        for name in self._slots:
            self._slots[name] = read.get(name, {})
        return True


def _short(number: float) -> float:
    return round(number, 4)


def _slot(days: int, mean: float, spread: float, noise: float) -> _Slot:
    return _Slot(int(days), float(mean), float(spread), float(noise))
