"""What a visitor's page is about: the view's phases, told apart by what they mean to a person.

The script in the page decides the same in the browser; it is given these tables with the page.
"""

from typing import Final

from gateway.waitingroom.view import (
    ASKED,
    ASKS,
    AWAY,
    BEYOND,
    CLOSED,
    DONE,
    OPEN,
    OVER,
    PAUSED,
    PHASES,
    View,
)

# The lines that each state has, as far as they are known. The other lines are always there.
SHOWS: Final[dict[str, tuple[str, ...]]] = {
    "closed": ("steps", "clock", "at", "check", "itself", "about"),
    "first": ("steps", "clock", "at", "first", "check", "itself", "about"),
    "cookies": ("check",),
    "work": ("steps", "clock", "at", "pause", "check", "itself", "about"),
    "prequeue": (
        "steps", "clock", "at", "waiting", "sound", "check", "itself", "keep", "about", "proof",
        "leave",
    ),
    "drawing": ("steps", "waiting", "sound", "check", "itself", "keep", "about", "proof"),
    "nonumber": ("steps", "waiting", "sound", "check", "itself", "keep", "about", "proof", "leave"),
    "waiting": (
        "steps", "number", "before", "wait", "places", "reach", "sound", "check", "itself", "keep",
        "about", "proof", "leave",
    ),
    "beyond": (
        "steps", "number", "before", "places", "sound", "check", "itself", "keep", "about", "proof",
        "leave",
    ),
    "turn": ("steps", "within", "enter", "about", "proof", "leave"),
    "over": ("at", "check", "itself", "about", "proof"),
    "gone": ("at", "check", "itself", "about", "proof"),
    "paused": ("number", "before", "sound", "check", "itself", "keep", "about", "proof", "leave"),
    "away": ("number", "sound", "check", "itself", "about"),
    "left": ("check",),
    "asks": ("steps", "clock", "at", "join", "about"),
    "wrong": ("steps", "clock", "at", "join", "about"),
    "refused": ("steps", "clock", "at", "join", "about"),
    "code": ("steps", "join", "about"),
    "miscoded": ("steps", "join", "about"),
    "unsent": ("steps", "join", "about"),
    "nomore": ("steps", "join", "about"),
    "signin": ("steps", "clock", "at", "signin", "check", "about"),
    "elsewhere": ("number", "here", "about", "proof"),
    "another": ("about",),
    "revoked": ("number", "check", "itself", "about"),
    "booked": ("about",),
    "expired": ("at", "check", "itself", "about", "proof"),
}  # fmt: skip
STATES: Final[tuple[str, ...]] = tuple(SHOWS)
# Those from which one comes back with a new place.
OVER_AND_AGAIN: Final = frozenset({"left", "expired"})
# Those that answer a form: the script has no words for them, and gets them with the page.
ANSWERED: Final = frozenset({"left", "wrong", "refused", "code", "miscoded", "unsent", "nomore"})
# Those that only a room is in that asks whom a place is for.
OF_IDENTITY: Final = frozenset(ASKS[ASKED:]) | {"elsewhere", "another"}
# Of the four steps (arrive, draw, wait, book) the one that is under way.
STEPS: Final[dict[str, int]] = {
    "first": 1,
    "work": 1,
    "asks": 1,
    "wrong": 1,
    "refused": 1,
    "signin": 1,
    "code": 1,
    "miscoded": 1,
    "unsent": 1,
    "nomore": 1,
    "prequeue": 1,
    "drawing": 2,
    "nonumber": 3,
    "waiting": 3,
    "beyond": 3,
    "turn": 4,
}


def state_of(view: View) -> str:
    """The state of a page that the server writes. Whether a browser keeps no cookies ("cookies")
    only shows in the browser; who has "left" is told so by who let them."""
    phase = view.phase
    if view.done:
        return DONE[view.done]
    if view.asks:
        return ASKS[view.asks]
    if phase == OVER and view.places == 0:
        return "gone"
    if phase in {CLOSED, OVER, PAUSED, AWAY}:
        return PHASES[phase]
    if view.challenge:
        return "work"
    if not view.kept:
        return "first"
    if phase != OPEN:
        return PHASES[phase]
    if view.turn:
        return "turn"
    if view.number <= 0:
        return "nonumber"
    return "beyond" if view.reach == BEYOND else "waiting"
