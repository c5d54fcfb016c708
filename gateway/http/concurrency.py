"""How many requests a backend may be working on at once, learnt from how long it takes.

The kind is Netflix's Gradient2 (github.com/Netflix/concurrency-limits): the limit is multiplied by
what an answer takes without a queue, over what it takes now, and a small queue is allowed on top.
It was chosen before Vegas, which takes the least time ever seen for the time without a queue: a
static file among booking pages would make every booking look queued. Two things differ from
Gradient2, whose long average follows an overload that lasts until the limit is at its ceiling:

- The base, the time without a queue, is only taken where there is none: from windows in which few
  requests were under way, and from probes. When the base is old the limit is halved, and halved
  again for as long as that makes answers faster than the base; where they get no faster, there is
  no queue.
- A fall that makes answers no faster, twice, is a fall in vain: what takes longer is the work
  itself (other pages are asked for, or the platform is slow). Then that is the base, and the limit
  is what it was.

Laws: floor <= limit <= ceiling; it grows only when it is used, and with few under way nothing
changes; each change is judged by what was begun behind it, and ends no sooner than two answers'
time after it (else only the quick ones would be seen); a window with failures (no answer, 503, 504)
takes three tenths away. Where the limit is not used, one slow window is held for chance: it takes
two. Times beyond four times the last window's mean count as that, so that one slow page is no
overload.

Limits: where requests differ much, some windows are held for overload that are not, and the limit
may be half of what it could be for some seconds (measured with a model: 95 % of what the platform
can do where a tenth of the requests takes nine times as long as the others, 99 % where all are
alike). A base that a slowing platform has spoilt is right again with the next probe.

One of several: each worker learns its own share. All see the same platform's times, shrink by the
same ratio and grow by about the same step, which makes shares alike in the long run (Chiu and Jain,
1989); the queues they allow at the platform add up, and so do their floors: never less than
workers x floor are under way. A sample costs some additions; nothing is allocated.
"""

from typing import Final

from gateway.clock import MILLISECOND, SECOND

START: Final = 32  # before anything is known
FEW: Final = 8  # so many under way make no queue worth the name; below, nothing is learnt of one
_SAMPLES: Final = 32  # a window has as many, or a second's
_FEWEST: Final = 4
_WINDOW: Final = 50 * MILLISECOND
_PATIENT_WINDOW: Final = SECOND
_CLIP: Final = 4.0
_ALIKE: Final = 0.85  # two means of some thirty answers may differ by as much
_FASTER: Final = 0.8  # a fall to half helped if answers take at most that
_BASE_AGE: Final = 20 * SECOND
_BASE_AGES: Final = 200  # and so many answers, so that probes cost a hundredth or two
_FIRST_PROBE: Final = SECOND
_FAILED: Final = 0.7


class Concurrency:
    """`limit` is read by who hands requests over; `sample` is told how each ended.

    `floor` and `ceiling` in requests; `tolerance`: how many times the base an answer may take
    before it counts as queued.
    """

    __slots__ = (
        "_base",
        "_before",
        "_before_latency",
        "_began",
        "_ceiling",
        "_changed",
        "_count",
        "_doubted",
        "_exact",
        "_failed",
        "_floor",
        "_peak",
        "_probe_at",
        "_probing",
        "_recent",
        "_resume",
        "_settled",
        "_sum",
        "_tolerance",
        "_vain",
        "limit",
    )

    def __init__(self, *, floor: int = 4, ceiling: int = 256, tolerance: float = 1.5) -> None:
        self._base: float = 0.0  # nanoseconds; 0: not known
        self._probe_at: int = 0  # when the base is too old
        self._recent: float = 0.0  # the last window's mean
        self._before: float = 0.0  # the limit before it fell; 0: it did not
        self._before_latency: float = 0.0
        self._resume: float = 0.0  # the limit to return to if it fell in vain
        self._vain: int = 0  # steps of the fall that made answers no faster
        self._probing: bool = False
        self._changed: int = 0
        self._settled: int = 0  # from when on answers tell of the present limit
        self._doubted: bool = False  # the last window was slow, and held for chance
        self._began: int = 0
        self._count: int = 0
        self._sum: float = 0.0
        self._peak: int = 0
        self._failed: int = 0
        self._exact: float = float(START)
        self.limit: int = START
        self.configure(floor=floor, ceiling=ceiling, tolerance=tolerance)

    def configure(self, *, floor: int, ceiling: int, tolerance: float) -> None:
        """Go on with other bounds; what was learnt stays."""
        self._floor: int = min(floor, ceiling)
        self._ceiling: int = ceiling
        self._tolerance: float = tolerance
        self._exact = min(max(self._exact, float(self._floor)), float(ceiling))
        self.limit = int(self._exact)

    @property
    def base(self) -> int:
        """What an answer takes without a queue, nanoseconds; 0: not known yet."""
        return int(self._base)

    @property
    def patience(self) -> int:
        """Nanoseconds after which a request that has no answer yet takes no place any more."""
        return max(SECOND, int(max(4.0 * self._recent, 8.0 * self._base)))

    def sample(self, latency: int, now: int, in_flight: int, failed: bool) -> int:
        """One request is over: it took `latency` to the head of its answer, with `in_flight` under
        way, itself included. `failed`: there was none, or it said that the platform is overloaded.
        The limit from now on."""
        if not self._began:
            self._began = now
        if failed:
            self._failed += 1
        elif now < self._settled or now - latency < self._changed:
            return self.limit
        else:
            clip = self._recent * _CLIP
            self._sum += clip if 0.0 < clip < latency else float(latency)
        self._count += 1
        self._peak = max(self._peak, in_flight)
        span = now - self._began
        if self._count >= _SAMPLES or self._failed >= _FEWEST:
            if span >= _WINDOW:
                self._close(now)
        elif self._count >= _FEWEST and span >= _PATIENT_WINDOW:
            self._close(now)
        return self.limit

    def _close(self, now: int) -> None:
        """Judge a window, and begin the next."""
        answered = self._count - self._failed
        peak = min(float(self._peak), self._exact)
        if self._failed > 1 and self._failed * 10 > self._count:
            self._before = 0.0
            self._probing = False
            self._set(peak * _FAILED if peak > FEW else self._exact * _FAILED, now)
        elif answered:
            latency = self._sum / answered
            self._recent = latency
            self._learn(latency, peak, now)
            self._judge(latency, peak, now)
        self._began = max(now, self._settled)
        self._count = self._peak = self._failed = 0
        self._sum = 0.0

    def _learn(self, latency: float, peak: float, now: int) -> None:
        if self._base == 0.0:
            self._base = latency
            self._probe_at = now + (_BASE_AGE if peak <= FEW else _FIRST_PROBE)
        elif peak <= FEW:
            self._base += (latency - self._base) * 0.2
            self._probe_at = now + _BASE_AGE
        elif latency < self._base:
            self._base += (latency - self._base) * 0.1

    def _judge(self, latency: float, peak: float, now: int) -> None:
        if self._before and self._exact <= self._before * 0.6 and self._has_fallen(latency, now):
            return
        if peak <= FEW < self.limit:
            return  # whatever the times are, it is not the number that makes them
        used = peak >= self._exact * 0.9
        if used and now > self._probe_at:
            self._probe(latency, now)
            return
        gradient = self._tolerance * self._base / latency
        queue = self._exact**0.5 / 2
        doubted, self._doubted = self._doubted, gradient < 1.0
        if gradient < 1.0:
            if not used and not doubted:
                return
            if not self._before:
                self._begin_fall(latency)
            self._set(min(self._exact, peak * max(0.5, gradient) + queue), now)
        elif used:
            self._before = 0.0
            # As long as answers are nowhere near slow there is no reason to be timid.
            quick = gradient >= 1.0 + (self._tolerance - 1.0) / 2
            self._set(self._exact + (self._exact / 2 if quick else queue), now)

    def _begin_fall(self, latency: float) -> None:
        self._resume = self._before = self._exact
        self._before_latency = latency
        self._vain = 0

    def _has_fallen(self, latency: float, now: int) -> bool:
        """The limit is at half: what did it do? True: and all is done about it.

        Times that were still growing when it fell hide that it helped: one step in vain is no
        proof, unless it is a probe's.
        """
        helped = latency <= self._before_latency * _FASTER
        if helped:
            self._vain = 0
            self._resume = max(self._exact, self._resume if self._probing else 0.0)
        else:
            self._vain += 1
        least = self._exact <= self._floor
        alike = self._base * _ALIKE <= latency <= self._base / _ALIKE
        confirmed = self._probing and helped and alike
        if least or confirmed or (not helped and (self._probing or self._vain > 1)):
            # There is no queue, or there is nothing less: this is what the work takes. Or it takes
            # at half the limit what was known, and there is nothing new to learn.
            self._base = min(self._base, latency) if confirmed else latency
            self._probe_at = now + max(_BASE_AGE, _BASE_AGES * int(latency))
            self._before = 0.0
            self._probing = False
            self._set(self._resume, now)
            return True
        self._before, self._before_latency = self._exact, latency
        if self._probing:
            self._set(self._exact / 2, now)
        return self._probing

    def _probe(self, latency: float, now: int) -> None:
        self._probe_at = now + max(_BASE_AGE, _BASE_AGES * int(latency))
        if self._exact * 0.6 < self._floor:
            self._base = latency
            return
        self._begin_fall(latency)
        self._probing = True
        self._set(self._exact / 2, now)

    def _set(self, limit: float, now: int) -> None:
        self._exact = min(max(limit, float(self._floor)), float(self._ceiling))
        before, self.limit = self.limit, int(self._exact)
        if self.limit != before:
            self._changed = now
            self._settled = now + 2 * int(self._recent)
