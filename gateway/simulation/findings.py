"""What a scenario's days come to: chances, waiting, truth, looks, the end of the places.

A citizen's *chance*: bookings / people of a kind. A broker's *advantage*: bookings for each real
customer / a citizen's chance; and the same to citizens who are *ready* as bots are: they came
before the opening, and come when called. A range of waiting was *true* if the call came within it,
by a second of what is counted in seconds; asked of all that was told to citizens who were called.
`high_to_low`: how wide it was, in the median.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from gateway.simulation.day import Day
from gateway.simulation.diary import Diary
from gateway.simulation.history import History
from gateway.simulation.order import Groups, order
from gateway.simulation.people import People
from gateway.simulation.scenario import BrokersModel, Scenario
from gateway.waitingroom.looks import estimate, reach
from gateway.waitingroom.view import BEYOND, LIKELY, UNSURE

_JUDGED: Final = 200_000  # looks of a day whose range is judged, evenly chosen
# Until how many seconds from the opening.
WHEN: Final[tuple[tuple[str, float], ...]] = (
    ("first minute", 60),
    ("1 to 5 min", 300),
    ("5 to 15 min", 900),
    ("later", float("inf")),
)
REACHED: Final = {LIKELY: "likely", UNSURE: "unsure", BEYOND: "beyond"}
Found = dict[str, Any]
Progress = Callable[[float], None]


def play(scenario: Scenario, progress: Progress | None = None) -> tuple[Found, list[Diary]]:
    """All days of a scenario: the findings, as data for JSON, and what was written down.
    `progress` is told how much is done, 0 to 1."""
    random = Random(scenario.seed)  # noqa: S311 - to be the same again, not to be secret
    people = People(scenario)
    history = History(people.known)
    for _ in range(scenario.warm_up):
        _only_drawn(scenario, people, history, random)
    diaries: list[Diary] = []
    for number in range(scenario.days):

        def told(second: int, ends: int, number: int = number) -> None:
            if progress is not None:
                progress((number + second / ends) / scenario.days)

        groups = Groups(people, history.learned())
        day = Day(scenario, people, groups, list(people.customers), random)
        diary = day.play(told)
        history.add(diary.groups, diary.chance)
        diaries.append(diary)
    if progress is not None:
        progress(1.0)
    return findings(scenario, people, diaries), diaries


def _only_drawn(scenario: Scenario, people: People, history: History, random: Random) -> None:
    """A day on which all come before the opening, and all who are called book."""
    groups = Groups(people, history.learned())
    found = order(scenario, people, groups, range(people.count), random)
    diary = Diary(0, 0, 0)
    wanted = list(people.customers)
    given = 0
    for visitor in found.visitors:
        office = people.office[visitor]
        if office >= 0:
            if wanted[office] <= 0:
                continue
            wanted[office] -= 1
        diary.groups[groups.at[people.place[visitor]].group] += 1
        given += 1
        if given == scenario.places:
            break
    history.add(diary.groups, found.chance)


def findings(scenario: Scenario, people: People, diaries: list[Diary]) -> Found:
    days = len(diaries)
    booked = [sum(diary.booked[kind] for diary in diaries) for kind in range(len(people.kinds))]
    came = [sum(diary.came[kind] for diary in diaries) for kind in range(len(people.kinds))]
    citizens = sum(came[: people.citizen_kinds])
    citizens_booked = sum(booked[: people.citizen_kinds])
    chance = citizens_booked / citizens
    total = sum(booked)
    kinds: list[Found] = []
    for number, model in enumerate(people.kinds):
        persons, is_broker = came[number], isinstance(model, BrokersModel)
        if isinstance(model, BrokersModel):
            persons = model.offices * model.customers * days
        waits = sorted(wait for diary in diaries for wait in diary.waits[number])
        own = booked[number] / persons
        kinds.append(
            {
                "name": model.name,
                "broker": is_broker,
                "tickets": came[number],
                "people": persons,
                "booked": booked[number],
                "chance": own,
                "advantage": own / chance if is_broker and chance else None,
                "wait": _spread_of(waits),
            }
        )
    wrongly = sum(diary.in_vain + diary.given_up for diary in diaries)
    return {
        "scenario": {"about": scenario.about, "policy": scenario.policy,
                     "identity": scenario.identity, "seed": scenario.seed, "days": days,
                     "places": scenario.places, "citizens": people.citizens},
        "kinds": kinds,
        "brokers": _brokers(kinds, total, diaries, people.citizen_kinds),
        "fairness": _fairness(kinds),
        "places": _places(scenario, diaries),
        "range": _truth(diaries),
        "reach": _reach(diaries),
        "polls": _polls(scenario, diaries),
        "called": _called(diaries),
        "wrongly_refused": {
            "form_in_vain": sum(diary.in_vain for diary in diaries),
            "left_as_told": sum(diary.given_up for diary in diaries),
            "part": wrongly / citizens,
        },
    }  # fmt: skip


def _spread_of(ordered: list[int]) -> Found | None:
    if not ordered:
        return None
    return {"median": part_of(ordered, 0.5), "p95": part_of(ordered, 0.95)}


def part_of(ordered: list[int], part: float) -> int:
    """The value below which such a part of them lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def _brokers(kinds: list[Found], total: int, diaries: list[Diary], citizen_kinds: int) -> Found:
    brokers = [kind for kind in kinds if kind["broker"]]
    citizens = [kind for kind in kinds if not kind["broker"]]
    customers = sum(kind["people"] for kind in brokers)
    booked = sum(kind["booked"] for kind in brokers)
    chance = sum(one["booked"] for one in citizens) / sum(one["people"] for one in citizens)
    came = sum(diary.ready for diary in diaries)
    ready = sum(diary.ready_booked for diary in diaries) / came if came else 0.0
    by_day = []
    for diary in diaries:
        own = sum(diary.booked[citizen_kinds:])
        by_day.append(own / sum(diary.booked) if sum(diary.booked) else 0.0)
    return {
        "part": booked / total if total else 0.0,
        "by_day": by_day,
        "advantage": booked / customers / chance if customers and chance else None,
        "advantage_to_ready": booked / customers / ready if customers and ready else None,
    }


def _fairness(kinds: list[Found]) -> Found:
    """The best chance of a kind of citizens / the worst."""
    chances = [kind["chance"] for kind in kinds if not kind["broker"]]
    return {"best_to_worst": max(chances) / min(chances) if min(chances) > 0 else None}


def _places(scenario: Scenario, diaries: list[Diary]) -> Found:
    full = [diary for diary in diaries if len(diary.taken_at) >= scenario.places]
    last = [diary.taken_at[-1] - diary.opens for diary in full]
    best = [diary.best for diary in full]
    return {
        "taken": [len(diary.taken_at) for diary in diaries],
        "most": max(len(diary.taken_at) for diary in diaries),
        "exceeded": any(len(diary.taken_at) > scenario.places for diary in diaries),
        "days_full": len(full),
        "last_taken": sum(last) / len(last) if last else None,
        "platforms_best": sum(best) / len(best) if best else None,
        "most_inside": max(diary.most_inside for diary in diaries),
    }


def _judged(diary: Diary) -> Iterator[tuple[int, int]]:
    """Second and number of what was told, at most `_JUDGED` of them."""
    step = max(1, len(diary.told_at) // _JUDGED)
    for index in range(0, len(diary.told_at), step):
        yield diary.told_at[index], diary.told_number[index]


def _truth(diaries: list[Diary]) -> list[Found]:
    counts = {name: [0, 0, 0, 0] for name, _ in WHEN}  # told, true, came sooner, came later
    widths: dict[str, list[float]] = {name: [] for name in counts}
    for diary in diaries:
        for at, number in _judged(diary):
            low, high = estimate(diary.told[at], number)
            if number >= len(diary.called) or low < 0 or high < 0:
                continue
            name = next(name for name, until in WHEN if at - diary.opens < until)
            wait = diary.called[number] - at
            own = counts[name]
            own[0] += 1
            own[2 if wait < low - 1 else 3 if wait > high + 1 else 1] += 1
            widths[name].append(high / max(1, low))
    return [
        {"when": name, "told": told, "true": true / told if told else None,
         "sooner": sooner / told if told else None, "later": later / told if told else None,
         "high_to_low": _middle(widths[name])}
        for name, (told, true, sooner, later) in counts.items()
    ]  # fmt: skip


def _middle(found: list[float]) -> float | None:
    return sorted(found)[len(found) // 2] if found else None


def _reach(diaries: list[Diary]) -> Found:
    """Of those told that places will, may, or will not reach them: how many were called."""
    counts = {name: [0, 0] for name in REACHED.values()}
    for diary in diaries:
        for at, number in _judged(diary):
            name = REACHED.get(reach(diary.told[at], number))
            if name is not None:
                counts[name][0] += 1
                counts[name][1] += number < len(diary.called)
    return {
        name: {"told": told, "called": called / told if told else None}
        for name, (told, called) in counts.items()
    }


def _polls(scenario: Scenario, diaries: list[Diary]) -> Found:
    bound = scenario.room.polls
    seconds = sum(diary.seconds + 1 for diary in diaries)
    over = sum(one > bound for diary in diaries for one in diary.looks)
    return {
        "bound": bound,
        "most": max(max(diary.looks) for diary in diaries),
        "mean": sum(sum(diary.looks) for diary in diaries) / seconds,
        "seconds_over": over,
        "most_arrivals": max(max(diary.arrivals) for diary in diaries),
    }


def _called(diaries: list[Diary]) -> Found:
    heard = sorted(one for diary in diaries for one in diary.heard)
    told_over = sorted(one for diary in diaries for one in diary.end_told)
    return {
        "called": sum(diary.called_numbers for diary in diaries),
        "entered": sum(diary.entered for diary in diaries),
        "heard_after": _spread_of(heard),
        "too_late": sum(diary.too_late for diary in diaries),
        "never_in": sum(diary.never_in for diary in diaries),
        "expired": sum(diary.expired for diary in diaries),
        "failed": sum(diary.failed for diary in diaries),
        "brokers_refused": sum(diary.refused for diary in diaries),
        "told_of_the_end": _spread_of(told_over),
    }
