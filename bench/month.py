"""A month of booking attempts with known truth: many kinds of honest people, and of offices.

Each kind is a function that writes the events of **one** of its sort into a world: a household, a
café, an office. What the kinds do differs within wide bounds, drawn by the seed; nothing an event
carries tells its kind. Assumed of offices, because the answer has to reach them: all but `script`
and those whose name ends in `own` give telephones of theirs, each for six to twelve customers. One
customer of seven tried alone before; one of thirty has a family that goes on trying by itself.
"""

from collections.abc import Callable
from typing import Final

from bench.booking_offices import (
    amateur,
    drip,
    modems,
    professional,
    residential,
    residential_own,
    room_of_clerks,
    script,
    solved_by_people,
    tickets_sold_own,
)
from bench.crowds import (
    DAYS,
    World,
    alone,
    cafe,
    family,
    neighbour,
    ready,
    secretary,
    shared_line,
    university,
    volunteer,
)

Kind = Callable[[World], None]
HONEST: Final[dict[Kind, int]] = {
    alone: 9000, ready: 250, family: 1500, volunteer: 60, secretary: 60, cafe: 25, university: 8,
    shared_line: 25, neighbour: 300,
}  # fmt: skip
OFFICES: Final[dict[Kind, int]] = {
    amateur: 9, room_of_clerks: 9, script: 9, professional: 9, residential: 9, modems: 9,
    solved_by_people: 9, drip: 9, tickets_sold_own: 9, residential_own: 9,
}  # fmt: skip


def month(seed: int, share: float = 1.0) -> World:
    """`share`: of the numbers above, for a smaller one."""
    world = World(seed)
    for kinds in (HONEST, OFFICES):
        for kind, count in kinds.items():
            for number in range(max(1, round(count * share))):
                world.kind = (kind.__name__, number)
                kind(world)
    return world


def one_of(kind: Kind, seed: int, days: int = DAYS) -> World:
    """One household, café or office, and nobody else."""
    world = World(seed, days=days)
    world.kind = (kind.__name__, 0)
    kind(world)
    return world
