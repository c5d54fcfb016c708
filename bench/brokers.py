"""`python -m bench.brokers`: a month with known truth, and who of it is found.

Two truths are told beside each other: of the cases, how many are an office's (nine of ten of its
persons), and of the persons in them, how many are customers of an office. An office is found when
half of its customers are in cases; recall is over offices with ten customers a week and more.
"""

import time
from collections import Counter, defaultdict
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from bench.crowds import DAYS, START, World
from bench.month import OFFICES, month
from gateway.brokers.conclude import Conclusions, Finding
from gateway.brokers.links import DAY, person
from gateway.brokers.score import CASE, default_weights

_OFFICES: Final = {kind.__name__ for kind in OFFICES}
_MANY: Final = 10
Actor = tuple[str, int]


class Outcome:
    """Of one month at one threshold."""

    def __init__(self, world: World, findings: list[Finding], threshold: float) -> None:
        self.cases = [one for one in findings if one.score.certainty >= threshold]
        self.right = 0
        self.persons: Counter[Actor] = Counter()
        self.wrong: Counter[str] = Counter()
        self.sizes = Counter(world.truth.values())
        self.volume = world.volume
        self.surest = max(
            (
                one.score.certainty
                for one in findings
                if not any(kind in _OFFICES for kind, _ in _actors(world, one))
            ),
            default=0.0,
        )
        for case in self.cases:
            actors = _actors(world, case)
            self.persons.update(actors)
            customers = sum(count for (kind, _), count in actors.items() if kind in _OFFICES)
            if customers >= 0.9 * actors.total():
                self.right += 1
            else:
                self.wrong[actors.most_common(1)[0][0][0]] += 1

    def offices(self, kind: str, *, many: bool = True) -> list[Actor]:
        return [one for one, week in self.volume.items()
                if one[0] == kind and (week >= _MANY) == many]  # fmt: skip

    def found(self, office: Actor) -> bool:
        return 2 * self.persons[office] >= self.sizes[office]

    @property
    def recall(self) -> tuple[int, int]:
        all_ = [one for kind in _OFFICES for one in self.offices(kind)]
        return sum(map(self.found, all_)), len(all_)

    @property
    def citizens(self) -> Counter[str]:
        return Counter({
            kind: sum(n for (of, _), n in self.persons.items() if of == kind)
            for kind in {of for of, _ in self.persons} - _OFFICES
        })  # fmt: skip


def _actors(world: World, finding: Finding) -> Counter[Actor]:
    """Whose persons are in a cluster."""
    persons = {person(who)[1:] for who in finding.cluster.subjects}
    return Counter(world.truth[one] for one in persons if one in world.truth)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seed", "seeds", type=int, multiple=True, help="[default: 101, 102, 103]")
@click.option("--share", default=1.0, help="Of the month's size.")
@click.option("--threshold", default=CASE, help="Certainty from which on a cluster is a case.")
@click.option("--why", default=0, help="So many wrong cases with their contributions.")
def main(seeds: tuple[int, ...], share: float, threshold: float, why: int) -> None:
    """Precision and recall over generated months. The weights were chosen by seed 1."""
    console = Console()
    outcomes = []
    for seed in seeds or (101, 102, 103):
        started = time.process_time()
        world = month(seed, share)
        made = time.process_time()
        conclusions = Conclusions(world.around, default_weights())
        conclusions.add(world.events)
        findings = conclusions.findings(START + DAYS * DAY)
        done = time.process_time()
        outcome = Outcome(world, findings, threshold)
        outcomes.append(outcome)
        _tell(console, seed, world, outcome)
        console.print(
            f"  {made - started:.1f} s to make, {done - made:.1f} s to conclude "
            f"({(done - made) / len(world.events) * 1e6:.0f} µs an event)", highlight=False
        )  # fmt: skip
        if why:
            _explain(console, world, outcome, findings, why)
    console.print(_by_kind(outcomes))
    console.print(_citizens(outcomes))


def _tell(console: Console, seed: int, world: World, outcome: Outcome) -> None:
    found, of = outcome.recall
    inside = outcome.persons.total()
    wrongly = outcome.citizens.total()
    cases = len(outcome.cases)
    console.print(
        f"seed {seed}: {len(world.events):,} events, {len(world.truth):,} persons; {cases} cases\n"
        f"  precision: cases {outcome.right / max(1, cases):.2%}, persons "
        f"{(inside - wrongly) / max(1, inside):.2%}   recall: {found / max(1, of):.1%} "
        f"({found} of {of})   wrong: {dict(outcome.wrong)}   "
        f"surest honest cluster: {outcome.surest:.2f}",
        highlight=False,
    )


def _by_kind(outcomes: list[Outcome]) -> Table:
    table = Table(title="Offices found, by kind")
    for column in ("kind", "ten a week and more", "%", "fewer"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    for kind in (one.__name__ for one in OFFICES):
        counts: defaultdict[bool, list[bool]] = defaultdict(list)
        for one in outcomes:
            for many in (True, False):
                counts[many] += [one.found(office) for office in one.offices(kind, many=many)]
        large, small = counts[True], counts[False]
        table.add_row(
            kind.replace("_", " "), f"{sum(large)} of {len(large)}",
            f"{sum(large) / max(1, len(large)):.0%}", f"{sum(small)} of {len(small)}",
        )  # fmt: skip
    return table


def _citizens(outcomes: list[Outcome]) -> Table:
    table = Table(title="Citizens in cases, by kind")
    table.add_column("kind")
    table.add_column("in cases", justify="right")
    table.add_column("of", justify="right")
    kinds = sorted({kind for one in outcomes for kind, _ in one.sizes} - _OFFICES)
    for kind in kinds:
        inside = sum(one.citizens[kind] for one in outcomes)
        of = sum(n for one in outcomes for (name, _), n in one.sizes.items() if name == kind)
        table.add_row(kind.replace("_", " "), str(inside), f"{of:,}")
    return table


def _explain(
    console: Console, world: World, outcome: Outcome, findings: list[Finding], many: int
) -> None:
    """Wrong cases, and the largest clusters of offices that were missed."""
    shown: Counter[str] = Counter()
    for one in findings:
        actors = _actors(world, one)
        if not actors:
            continue
        actor, _ = actors.most_common(1)[0]
        case = one in outcome.cases
        missed = actor in world.volume and world.volume[actor] >= _MANY and not outcome.found(actor)
        if ((actor[0] not in _OFFICES and case) or (missed and not case)) and shown[
            actor[0]
        ] < many:
            shown[actor[0]] += 1
            parts = ", ".join(f"{c.feature} {c.value:.2f} {c.log_odds:+.1f}"
                              for c in one.score.contributions)  # fmt: skip
            bonds = dict(Counter(sort for sort, _ in one.cluster.bonds))
            console.print(
                f"{actor} {dict(actors.most_common(3))} of {world.volume.get(actor)} a week, "
                f"{one.score.certainty:.2f}: {parts}; {bonds}",
                highlight=False,
            )


if __name__ == "__main__":
    main()
