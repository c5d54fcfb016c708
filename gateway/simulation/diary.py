"""What is written down of a day while it is played; findings.py makes sense of it.

Times are whole seconds from the beginning of the pre-queue. Memory: some 8 bytes for each look of a
citizen after the opening, and 200 for each second.
"""

from array import array
from collections import Counter

from gateway.waitingroom.told import Told

NEVER = -1


class Diary:
    """`called`: when each number was; `looks` and `arrivals` by second; `told` by second from the
    opening on. `told_at` and `told_number`: whom of the citizens was told a range of waiting, and
    when. `waits` by kind: from the opening, or from coming later, to going in."""

    def __init__(self, kinds: int, opens: int, ends: int) -> None:
        self.opens = opens
        self.came = [0] * kinds
        self.booked = [0] * kinds
        self.waits: list[list[int]] = [[] for _ in range(kinds)]
        self.looks = array("I", bytes(4 * (ends + 1)))
        self.arrivals = array("I", bytes(4 * (ends + 1)))
        self.called = array("i")
        self.told: dict[int, Told] = {}
        self.told_at = array("I")
        self.told_number = array("I")
        self.heard: list[int] = []  # seconds from the call to the look that told it
        self.end_told: list[int] = []  # seconds from the opening until told that it is over
        self.groups: Counter[bytes] = Counter()  # bookings by group
        self.taken_at: list[int] = []  # of each place
        self.most_inside = 0
        self.called_numbers = 0
        self.entered = 0
        self.in_vain = 0  # citizens who filled in the form, and all places were gone
        self.given_up = 0  # citizens who left as they were told, and whose number was called
        self.too_late = 0  # citizens who came when called, after the grace, and had to wait again
        self.never_in = 0  # and got in no more
        self.expired = 0
        self.failed = 0  # bookings given up after failures of the platform
        self.refused = 0  # bookings of brokers with a ticket of another person, or for nobody
        self.best = 0.0  # seconds from the opening, in which the platform could have given all
        self.chance = 0
        self.ready = 0  # citizens who came before the opening, and come when called
        self.ready_booked = 0
        self.seconds = 0  # that were played
