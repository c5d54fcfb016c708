"""What the leader tells all workers of an opening, each second: enough to answer everybody by.

Moments are seconds since 1970, numbers those of tickets. `UNKNOWN` where nothing is known.
"""

from typing import Any, Final

UNKNOWN: Final = -1


class Told:
    """`version` rises with each change; 0: nothing was ever told.

    drawn     tickets that took part in the draw: they have the numbers 1 to `drawn`
    high      the highest number given out
    serving   all numbers up to it have been called
    floor     all numbers up to it were called longer than the time of grace ago
    late      people a second who were called and come later than that may come in
    quota     places of the opening; `places` those that are left
    waiting   people who have not been called
    tight     more may be inside than there are places left: each booking needs a reserved one
    free      numbers that there is room for now: they are called as fast as `rate`, in a second
    pace_low, pace_high   numbers called in a second after those, between which it will likely be
    lag       seconds until any of the others is called, at most
    sure, maybe   numbers up to which there will be, and may be, a place
    poll, poll_near       seconds between two looks of one who waits, and who is nearly called
    revoked   numbers that were taken back by hand, at most 1000
    then      when the next opening is, in people's words
    """

    def __init__(self) -> None:
        self.version: int = 0
        self.opening: str = ""
        self.phase: int = 0
        self.guarded: bool = True
        self.begins: float = 0.0
        self.opens: float = 0.0
        self.ends: float = 0.0
        self.local: str = ""
        self.then: str = ""
        self.drawn: int = 0
        self.high: int = 0
        self.serving: int = 0
        self.floor: int = 0
        self.late: float = 0.0
        self.waiting: int = UNKNOWN
        self.tight: bool = False
        self.places: int = UNKNOWN
        self.quota: int = UNKNOWN
        self.free: int = 0
        self.rate: float = 0.0
        self.lag: float = 0.0
        self.pace_low: float = 0.0
        self.pace_high: float = 0.0
        self.sure: int = UNKNOWN
        self.maybe: int = UNKNOWN
        self.poll: float = 10.0
        self.poll_near: float = 5.0
        self.message: dict[str, str] = {}
        self.revoked: list[int] = []

    def as_data(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in FIELDS}


FIELDS: Final[tuple[str, ...]] = (
    "begins", "drawn", "ends", "floor", "free", "guarded", "high", "lag", "late", "local", "maybe",
    "message", "opening", "opens", "pace_high", "pace_low", "phase", "places", "poll", "poll_near",
    "quota", "rate", "revoked", "serving", "sure", "then", "tight", "version", "waiting",
)  # fmt: skip


def told_from(data: dict[str, Any]) -> Told:
    """What `as_data` gave; a field that is not there keeps its default, so that gateways of two
    versions understand each other."""
    told = Told()
    for name in FIELDS:
        if name in data:
            setattr(told, name, data[name])
    return told
