"""What one visitor of a room is told, as numbers: the page and the JSON say it in words.

A view is made for each answer and never changed after. What is not known is -1 (a number: 0), and
nothing is said of it.
"""

from typing import Final

# Phases.
CLOSED: Final = 0  # no opening today, or its pre-queue has not begun
PREQUEUE: Final = 1  # who comes now is in the draw
DRAWING: Final = 2
OPEN: Final = 3
OVER: Final = 4  # the places are gone, or the day is
PAUSED: Final = 5  # the platform is in trouble, or by hand; places are kept
AWAY: Final = 6  # the shared state is
PHASES: Final[tuple[str, ...]] = (
    "closed",
    "prequeue",
    "drawing",
    "open",
    "over",
    "paused",
    "away",
)

# Whether today's places reach a number.
UNKNOWN: Final = 0
LIKELY: Final = 1
UNSURE: Final = 2
BEYOND: Final = 3
REACHES: Final[tuple[str, ...]] = ("unknown", "likely", "unsure", "beyond")

_NONE: Final[dict[str, str]] = {}


# How a ticket is over.
NOT_DONE: Final = 0
BOOKED: Final = 1
LEFT: Final = 2
EXPIRED: Final = 3  # its time inside
ANOTHER: Final = 4  # no: but this booking was for another person than the ticket is
REVOKED: Final = 5  # by hand
ELSEWHERE: Final = 6  # no: but it goes on on another device
DONE: Final[tuple[str, ...]] = (
    "no",
    "booked",
    "left",
    "expired",
    "another",
    "revoked",
    "elsewhere",
)

# Whether whom the ticket is for has to be said, and what became of what was said.
NOT_ASKED: Final = 0
ASKED: Final = 1
WRONG: Final = 2  # it is no number
REFUSED: Final = 3  # by the operator's check
CODE: Final = 4  # that person has a place elsewhere, and a code is sent
MISCODED: Final = 5
UNSENT: Final = 6  # it could not be sent
NO_MORE: Final = 7  # that person has had all codes, or all tries
SIGN_IN: Final = 8  # the platform's session says it, and there is none
ASKS: Final[tuple[str, ...]] = (
    "no",
    "asks",
    "wrong",
    "refused",
    "code",
    "miscoded",
    "unsent",
    "nomore",
    "signin",
)


class View:
    """`low` and `high` (an honest range of waiting), `opens_in`, `enter_within` and `poll_after`
    are seconds; `ticket` is 32 hex digits; `opens_at` is local time as b"2026-11-25 08:00";
    `message` is the operator's by language, shared by many views and replaced as a whole.
    """

    __slots__ = (
        "asks",
        "before",
        "challenge",
        "done",
        "enter_within",
        "high",
        "kept",
        "low",
        "message",
        "number",
        "opening",
        "opens_at",
        "opens_in",
        "pause",
        "phase",
        "places",
        "poll_after",
        "reach",
        "ticket",
        "turn",
        "waiting",
    )

    def __init__(
        self,
        phase: int,
        *,
        kept: bool = False,
        ticket: bytes = b"",
        number: int = 0,
        before: int = -1,
        waiting: int = -1,
        low: int = -1,
        high: int = -1,
        places: int = -1,
        reach: int = UNKNOWN,
        opens_in: int = -1,
        opens_at: bytes = b"",
        turn: bool = False,
        enter_within: int = -1,
        poll_after: int = 30,
        message: dict[str, str] | None = None,
        opening: bytes = b"",
    ) -> None:
        self.phase = phase
        self.kept = kept  # the ticket came back with this request
        self.ticket = ticket
        self.done: int = NOT_DONE
        self.asks: int = NOT_ASKED  # whom the ticket is for
        self.challenge: bytes = b""  # the work to be done before the ticket counts, as JSON
        self.pause: int = -1  # seconds that who cannot do it has to wait
        self.number = number
        self.before = before  # people
        self.waiting = waiting  # people, in all
        self.low = low
        self.high = high
        self.places = places  # that are left
        self.reach = reach
        self.opens_in = opens_in
        self.opens_at = opens_at
        self.turn = turn
        self.enter_within = enter_within
        self.poll_after = poll_after
        self.message: dict[str, str] = _NONE if message is None else message
        self.opening = opening
