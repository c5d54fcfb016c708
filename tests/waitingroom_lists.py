"""Any list that a draw may be given: groups of any share, wider groups, weights."""

from hashlib import sha256

from hypothesis import strategies as st

from gateway.waitingroom.draw import ALL, MOST_WEIGHT, ONE, Group, Ticket


def hash_of(name: str) -> bytes:
    return sha256(name.encode()).digest()[:16]


def label_of(name: str) -> bytes:
    return sha256(b"group" + name.encode()).digest()[:8]


SHARES = st.one_of(st.just(ALL), st.integers(1, 12 * ONE))


@st.composite
def lists(draw_: st.DrawFn, most_weight: int = MOST_WEIGHT) -> tuple[
    list[Ticket], dict[bytes, Group], dict[bytes, int]
]:  # fmt: skip
    tickets: list[Ticket] = []
    groups: dict[bytes, Group] = {}
    wides = {label_of(f"wide {n}"): draw_(SHARES) for n in range(2)}
    for number in range(draw_(st.integers(0, 6))):
        name = f"{number}"
        for n in range(draw_(st.integers(1, 9))):
            weight = draw_(st.integers(1, most_weight))
            tickets.append((hash_of(f"{name} {n}"), label_of(name), weight))
        if draw_(st.booleans()):
            wide = draw_(st.sampled_from([b"", *wides]))
            groups[label_of(name)] = (draw_(SHARES), wide)
    return tickets, groups, wides
