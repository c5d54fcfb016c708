"""Cases: findings that last, with a step each by how sure we are.

    watch       listed, nothing is done          identity    only with an identity that is checked
    share       a lower share in the draw        block       refused, for a term
    challenge   asked to prove more

Going up takes the step's certainty (UP); going down takes SLACK of log-odds below it, so that a
case at the edge does not flicker. A block has a term; when it is over and the certainty still
holds, the next is longer (TERMS), and when it does not, the case goes down. While a term runs the
block stays, unless an officer rejects the case.

In learning mode nothing is done: `acts` is at most WATCH, `step` tells what would have been.

An officer's word stands over the score. Confirmed: IDENTITY at least, whatever the score says
later. Rejected: nothing is done, until half of its subjects are others than those that were judged;
then it is a new question. Either word may be followed by the other. Weights learn nothing from it.

A finding continues the case with which it shares most subjects, half of the smaller one at least;
so that a case keeps its number while it grows. Law: one finding, one case; one case, one finding.

Bound: `most` cases, 10,000 by default; some 100 bytes a subject. Beyond it the least certain that
no officer judged and that is not blocked is forgotten; where there is none, new ones are refused
and counted (`refused`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import inf, log
from typing import Final

from gateway.brokers.conclude import Finding
from gateway.brokers.links import DAY


class Step(IntEnum):
    NONE = 0
    WATCH = 1
    SHARE = 2
    CHALLENGE = 3
    IDENTITY = 4
    BLOCK = 5


UP: Final[dict[Step, float]] = {
    Step.WATCH: 0.5,
    Step.SHARE: 0.7,
    Step.CHALLENGE: 0.85,
    Step.IDENTITY: 0.95,
    Step.BLOCK: 0.99,
}
SLACK: Final = 0.7  # of log-odds: half the odds
TERMS: Final = (DAY, 7 * DAY, 30 * DAY)

OPEN: Final = "open"
CONFIRMED: Final = "confirmed"
REJECTED: Final = "rejected"


@dataclass(slots=True)
class Case:
    """`since`, `last`, `until` (of a block, 0: none) in microseconds since 1970. `judged`: the
    subjects an officer saw."""

    number: int
    subjects: frozenset[str]
    certainty: float
    since: int
    last: int
    step: Step = Step.NONE
    until: int = 0
    blocks: int = 0
    word: str = OPEN
    judged: frozenset[str] = frozenset()


class Cases:
    """All that are known. `learn`: only report."""

    def __init__(self, *, learn: bool = True, most: int = 10_000) -> None:
        self.learn = learn
        self._most = max(1, most)
        self._cases: dict[int, Case] = {}
        self._of: dict[str, int] = {}  # case by subject
        self._next = 1
        self.refused = 0

    def __len__(self) -> int:
        return len(self._cases)

    def known(self) -> list[Case]:
        """The surest first."""
        return sorted(self._cases.values(), key=lambda one: (-one.certainty, one.number))

    def acts(self, case: Case) -> Step:
        """What is done about a case."""
        return min(case.step, Step.WATCH) if self.learn else case.step

    def take(self, findings: Sequence[Finding], now: int) -> None:
        """The findings of one round; cases that none continues have lost their certainty."""
        seen: set[int] = set()
        for finding in sorted(findings, key=lambda one: -one.score.certainty):
            subjects = frozenset(finding.cluster.subjects)
            case = self._continued(subjects, seen)
            if case is None:
                if finding.score.certainty < UP[Step.WATCH]:
                    continue
                case = self._opened(subjects, now)
                if case is None:
                    continue
            seen.add(case.number)
            self._grown(case, subjects)
            case.certainty, case.last = finding.score.certainty, now
            self._step(case, now)
        for case in list(self._cases.values()):
            if case.number not in seen:
                case.certainty = 0.0
                self._step(case, now)
                if case.step is Step.NONE and case.word == OPEN:
                    self._forget(case)

    def confirm(self, number: int, now: int) -> None:
        """An officer's yes. KeyError: no such case."""
        self._judge(self._cases[number], CONFIRMED, now)

    def reject(self, number: int, now: int) -> None:
        """An officer's no: whatever was done ends. KeyError: no such case."""
        self._judge(self._cases[number], REJECTED, now)

    def _judge(self, case: Case, word: str, now: int) -> None:
        case.word, case.judged = word, case.subjects
        self._step(case, now)

    def _continued(self, subjects: frozenset[str], seen: set[int]) -> Case | None:
        shared = Counter(self._of[who] for who in subjects if who in self._of)
        for number, count in sorted(shared.items(), key=lambda one: (-one[1], one[0])):
            case = self._cases[number]
            if number not in seen and 2 * count >= min(len(subjects), len(case.subjects)):
                return case
        return None

    def _opened(self, subjects: frozenset[str], now: int) -> Case | None:
        if len(self._cases) >= self._most:
            free = [
                one for one in self._cases.values() if one.word == OPEN and one.step < Step.BLOCK
            ]
            if not free:
                self.refused += 1
                return None
            self._forget(min(free, key=lambda one: (one.certainty, one.number)))
        case = Case(self._next, frozenset(), 0.0, now, now)
        self._next += 1
        self._cases[case.number] = case
        return case

    def _grown(self, case: Case, subjects: frozenset[str]) -> None:
        self._release(case)
        case.subjects = subjects
        for who in subjects:
            self._of[who] = case.number
        if case.word == REJECTED and 2 * len(subjects & case.judged) < len(subjects):
            case.word = OPEN

    def _forget(self, case: Case) -> None:
        self._release(case)
        del self._cases[case.number]

    def _release(self, case: Case) -> None:
        for who in case.subjects:
            if self._of.get(who) == case.number:
                del self._of[who]

    @staticmethod
    def _step(case: Case, now: int) -> None:
        if case.word == REJECTED:
            case.step, case.until = Step.NONE, 0
            return
        step = stepped(case.step, case.certainty)
        if case.word == CONFIRMED:
            step = max(step, Step.IDENTITY)
        if case.step is Step.BLOCK and now < case.until:
            return
        case.step, case.until = step, 0
        if step is Step.BLOCK:
            case.until = now + TERMS[min(case.blocks, len(TERMS) - 1)]
            case.blocks += 1


def stepped(step: Step, certainty: float) -> Step:
    """The step after another, at a certainty."""
    risen = max((one for one, up in UP.items() if certainty >= up), default=Step.NONE)
    odds = _odds(certainty) + SLACK
    held = max((one for one, up in UP.items() if odds >= _odds(up)), default=Step.NONE)
    return max(risen, min(step, held))


def _odds(certainty: float) -> float:
    if certainty <= 0.0:
        return -inf
    return log(certainty / (1 - certainty)) if certainty < 1.0 else inf
