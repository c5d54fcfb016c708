"""A little booking day, played once for each way it is asked for."""

from functools import cache
from pathlib import Path

from gateway.simulation.diary import Diary
from gateway.simulation.findings import Found, play
from gateway.simulation.scenario import Scenario, loads

LITTLE = """\
places: 50
warm_up: 2
citizens:
  - {name: own, people: 200}
  - {name: carriers, people: 300, network: shared, networks: 6, sizes: uneven, share: auto}
brokers:
  - {name: offices, offices: 5, addresses: 3, bots: 20, customers: 20}
room: {prequeue: 2min, end: 20min, polls: 20, admit: {active: 25}}
"""


def scenario(more: str = "") -> Scenario:
    """`more`: lines that are added to it."""
    return loads(LITTLE + more, Path("little.yaml"))


@cache
def played(more: str = "", days: int = 1) -> tuple[Found, list[Diary]]:
    return play(scenario(more).model_copy(update={"days": days}))
