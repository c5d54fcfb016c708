"""The waiting rooms in numbers, as the leader counts them; who stands by tells zeros."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from prometheus_client.core import Metric

from gateway.control.families import counter, gauge
from gateway.waitingroom.view import PHASES

_GAUGES: Final = (
    ("waiting", "People who wait and have not been called."),
    ("inside", "Passes in use."),
    ("places", "Places left; -1 where there is no end of them."),
    ("serving", "The last number that was called in this opening."),
    ("joined", "Tickets that joined before the draw."),
    ("booked", "Places taken in this opening, cancelled ones given back."),
    ("came", "Called tickets that came in, in this opening."),
)


def room_families(
    rooms: Sequence[dict[str, Any]],
    joining: Mapping[tuple[str, str], int],
    let_go: Mapping[str, int],
) -> Iterable[Metric]:
    """`rooms` as control/rooms.py's `told` gives them; `joining` by room and what happened, and
    `let_go` by room, of all workers."""
    yield counter(
        "dawr_room_joining",
        "What became of who joined, where that takes more than to come back: the work was solved, "
        "waited for or failed; a number was wrong or refused, or its check failed; codes.",
        ("room", "happened"),
        joining,
    )
    yield gauge(
        "dawr_room_leading",
        "1 if this gateway leads the room, 0 if it stands by.",
        ("room",),
        {(one["name"],): int(one["leading"]) for one in rooms},
    )
    yield gauge(
        "dawr_room_phase",
        "1 for the phase that a room is in.",
        ("room", "phase"),
        {(one["name"], phase): int(one["phase"] == phase) for one in rooms for phase in PHASES},
    )
    for name, meaning in _GAUGES:
        yield gauge(
            f"dawr_room_{name}", meaning, ("room",), {(one["name"],): one[name] for one in rooms}
        )
    yield gauge(
        "dawr_room_platform_factor",
        "The part of the room's rate that the platform bears now, 0 to 1.",
        ("room",),
        {(one["name"],): one["factor"] for one in rooms},
    )
    yield counter(
        "dawr_room_failed_seconds",
        "Seconds in which the leader could not reach the shared state.",
        ("room",),
        {(one["name"],): one["failed"] for one in rooms},
    )
    yield counter(
        "dawr_room_tickets_let_go",
        "Tickets that a worker could not hand over, for it held 200,000; each comes again.",
        ("room",),
        {(one["name"],): let_go.get(one["name"], 0) for one in rooms},
    )
