"""The draw, measured: `python -m bench.draw` what a million tickets cost; `... model` who wins,
`... carry` who does where those who lost carry weight over.

The model is the day of docs/fairness.md: 20,000 citizens, 60 % of them behind 64 shared networks,
for 2,000 places; 100 broker offices with 3 addresses each and 40 bots an address. Day after day
with the gateway's own draw and shares; whatever is booked counts as honest, the worst for us.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final

import click

from gateway.address import Address, parse_address
from gateway.prefixes import Network, parse_network
from gateway.waitingroom.draw import ALL, MOST_WEIGHT, ONE, Group, Ticket, draw
from gateway.waitingroom.drawing import write_reveals
from gateway.waitingroom.history import Taught, kept, learned
from gateway.waitingroom.listing import Joined, close_list, publish_opening
from gateway.waitingroom.ranks import Ranks
from gateway.waitingroom.seeds import OWN, Opening, Reveals, commitment
from gateway.waitingroom.share import (
    AUTO,
    Entry,
    Labels,
    Membership,
    Shares,
    chance,
    weight,
)

PLACES: Final = 2000
KEPT: Final = 28  # days
MOST: Final = 4 * ONE  # of an address that is not listed

# The model


@dataclass(frozen=True)
class Crowd:
    """Who comes from one address. Bots are a broker's."""

    kind: str
    address: Address
    people: int
    bots: int = 0


@dataclass
class History:
    """What each day taught."""

    days: list[Taught] = field(default_factory=list)

    def learned(self) -> dict[bytes, int]:
        return learned(self.days[-KEPT:], MOST)


@dataclass
class Day:
    """Tickets and bookings by kind; a kind's bots apart from its people, as "bots"."""

    came: Counter[str]
    booked: Counter[str]
    learned: dict[bytes, int]

    @property
    def brokers_part(self) -> float:
        return self.booked["bots"] / self.booked.total()

    def chance(self, kind: str) -> float:
        return self.booked[kind] / self.came[kind]


def address(text: str) -> Address:
    found = parse_address(text)
    assert found is not None
    return found


def crowds(*, hidden: int = 0, unlisted: int = 0, bots: int = 40) -> list[Crowd]:
    """The model's day. Of the 100 offices `hidden` sit behind the shared networks instead; of those
    `unlisted` are not in the table. Networks are of very different sizes: 19 to 1,160 people."""
    weights = [1 / (rank + 6) for rank in range(64)]
    sizes = [round(12_000 * weight / sum(weights)) for weight in weights]
    sizes[0] += 12_000 - sum(sizes)
    found = [Crowd("own", address(f"20.{n >> 8}.{n & 255}.7"), 1) for n in range(8000)]
    for n in range(3 * (100 - hidden)):
        found.append(Crowd("bots", address(f"30.{n >> 8}.{n & 255}.7"), 0, bots))
    for n, size in enumerate(sizes):
        kind = "unlisted" if n >= 64 - unlisted else "shared"
        behind = sum(1 for office in range(hidden) if office % 64 == n) * 3 * bots
        found.append(Crowd(kind, address(f"10.{n}.0.1"), size, behind))
    return found


def table(unlisted: int = 0) -> list[tuple[Network, Entry]]:
    listed = range(64 - unlisted)
    return [(parse_network(f"10.{n}.0.0/16"), Entry(f"carrier {n}", AUTO)) for n in listed]


def run_day(
    random: Random, coming: list[Crowd], entries: list[tuple[Network, Entry]], history: History
) -> Day:
    """One opening; all who get a place book it."""
    known = history.learned()
    shares, labels = (
        Shares(entries, {}, known),
        Labels(b"s" * 32, "room", random.randbytes(8).hex()),
    )
    tickets: list[Ticket] = []
    groups: dict[bytes, Group] = {}
    who: dict[bytes, tuple[str, bytes]] = {}
    sizes: Counter[bytes] = Counter()
    for crowd in coming:
        at: Membership = shares.of(crowd.address)
        label = labels.of(at.group)
        groups[label] = (at.share, b"")
        sizes[label] += crowd.people + crowd.bots
        for number in range(crowd.people + crowd.bots):
            hash_ = random.randbytes(16)
            tickets.append((hash_, label, 1))
            who[hash_] = (crowd.kind if number < crowd.people else "bots", at.group)
    order = draw(random.randbytes(32), random.randbytes(32), tickets, groups, {})
    taught = kept(Counter(who[hash_][1] for hash_ in order[:PLACES]))
    history.days.append(Taught(0, chance(PLACES, sizes, groups, {}), taught))
    booked = Counter(who[hash_][0] for hash_ in order[:PLACES])
    return Day(Counter(kind for kind, _ in who.values()), booked, known)


def run_days(
    days: int,
    coming: list[Crowd],
    entries: list[tuple[Network, Entry]],
    *,
    seed: int = 1,
    history: History | None = None,
) -> list[Day]:
    random, history = Random(seed), history or History()
    return [run_day(random, coming, entries, history) for _ in range(days)]


def mean(days: list[Day], kind: str) -> float:
    return sum(day.booked[kind] for day in days) / sum(day.came[kind] for day in days)


def part(days: list[Day]) -> float:
    return sum(day.booked["bots"] for day in days) / sum(day.booked.total() for day in days)


# What a million cost


def a_million(kind: str, tickets: int) -> Iterator[Joined]:
    random = Random(1)
    for number in range(tickets):
        hash_ = random.randbytes(16)
        if kind == "addresses of their own":
            yield hash_, number.to_bytes(8, "big"), ONE, 1
        elif kind == "IPv6: each a /64, 50 to a /48":
            wide = (number // 50 + (1 << 40)).to_bytes(8, "big")
            yield hash_, number.to_bytes(8, "big"), ONE, 1, wide, 4 * ONE
        else:
            weight = 1 + number % 4 if "weights" in kind else 1
            if number % 10 < 6:
                yield hash_, (number % 64).to_bytes(8, "big"), ALL, weight
            else:
                yield hash_, (1 << 30 | number).to_bytes(8, "big"), ONE, weight


KINDS: Final = (
    "addresses of their own",
    "60 % behind 64 networks",
    "the same with weights 1 to 4",
    "IPv6: each a /64, 50 to a /48",
)


def child(*arguments: str) -> tuple[float, float, float]:
    """Seconds on the clock, CPU seconds and peak MiB of a process that must end well."""
    began = time.monotonic()
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException(f"{arguments} ended with {process.returncode}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(kind: str, tickets: int, folder: Path) -> dict[str, float]:
    reveals = Reveals(b"o" * 32)
    promised = commitment("room", folder.name, OWN, reveals.own)
    opening = Opening("room", folder.name, 0, 0, promised, sha256(b"").digest(), most_weight=4)
    write_reveals(folder, reveals)
    publish_opening(folder, opening)
    joined = list(a_million(kind, tickets))
    began = time.process_time()
    close_list(folder, joined)
    closed = time.process_time() - began
    asked = [joined[n * 7919 % tickets][0] for n in range(100_000)]
    del joined
    clock, cpu, peak = child("-m", "gateway.waitingroom.drawing", str(folder))
    _, verify_cpu, verify_peak = child(str(folder / "verify_draw.py"), str(folder))
    ranks = Ranks(folder / "ranks.bin")
    began = time.process_time()
    for hash_ in asked:
        ranks.of(hash_)
    looked_up = (time.process_time() - began) / len(asked) * 1e6
    size = sum(path.stat().st_size for path in folder.rglob("*.txt"))
    return {
        "close, CPU s": closed, "draw, CPU s": cpu, "draw, s": clock, "draw, peak MiB": peak,
        "verify, CPU s": verify_cpu, "verify, peak MiB": verify_peak, "look-up, us": looked_up,
        "published, MiB": size / 1024 / 1024,
    }  # fmt: skip


@click.group(invoke_without_command=True)
@click.option("--tickets", default=1_000_000, show_default=True)
@click.pass_context
def main(context: click.Context, tickets: int) -> None:
    """What the draw of very many tickets costs."""
    if context.invoked_subcommand:
        return
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"kind": kind} | measure(kind, tickets, Path(folder) / "day")))


SCENES: Final = {
    "as in the model": {},
    "8 of the 64 shared networks not listed": {"unlisted": 8},
    "20 offices hidden behind shared networks": {"hidden": 20},
    "all 100 hidden": {"hidden": 100},
    "400 bots an address": {"bots": 400},
}


@main.command()
@click.option("--days", default=30, show_default=True)
def model(days: int) -> None:
    """Who gets the places, over many days of learning."""
    for name, scene in SCENES.items():
        found = run_days(days, crowds(**scene), table(scene.get("unlisted", 0)))
        kinds = [kind for kind in ("own", "shared", "unlisted") if found[0].came[kind]]
        chances = ", ".join(f"{kind} {mean(found, kind):.4f}" for kind in kinds)
        print(
            f"{name}: brokers {part(found):.2%} (first 5 days {part(found[:5]):.2%}, "
            f"last 5 {part(found[-5:]):.2%}); chances: {chances}"
        )


RETURN: Final = 0.7  # of citizens who lost, that come again the next day


@dataclass
class Device:
    """Of one citizen or bot; `group`: its address or carrier."""

    holder: bytes
    group: bytes
    share: int
    bot: bool
    lost: int = 0


def a_crowd(random: Random) -> list[Device]:
    found: list[Device] = []
    for crowd in crowds():
        for number in range(crowd.people + crowd.bots):
            share = ALL if crowd.kind == "shared" else ONE
            group = sha256(crowd.address.text.encode()).digest()[:8]
            found.append(Device(random.randbytes(8), group, share, number >= crowd.people))
    return found


def carry_days(most: int, days: int, *, seed: int = 1) -> tuple[float, dict[int, float]]:
    """Brokers' part of the places, and citizens' chances by the days they have lost: each day who
    won goes, and so do some of who lost; as many come who were never there. Bots come every day."""
    random = Random(seed)
    devices = a_crowd(random)
    places: Counter[str] = Counter()
    came: Counter[int] = Counter()
    won: Counter[int] = Counter()
    for day in range(days):
        tickets = [(d.holder + b"12345678", d.group, weight(d.lost, most)) for d in devices]
        groups = {d.group: (d.share, b"") for d in devices}
        order = draw(random.randbytes(32), random.randbytes(32), tickets, groups, {})
        winners = {hash_[:8] for hash_ in order[:PLACES]}
        for device in devices:
            lost = min(device.lost, MOST_WEIGHT)
            has_won = device.holder in winners
            if day >= days // 3:
                places["bot" if device.bot else "citizen"] += has_won
                if not device.bot:
                    came[lost] += 1
                    won[lost] += has_won
            stays = not has_won and (device.bot or random.random() < RETURN)
            device.lost = device.lost + 1 if stays else 0
            if not stays:
                device.holder = random.randbytes(8)
    chances = {lost: won[lost] / came[lost] for lost in sorted(came)}
    return places["bot"] / places.total(), chances


@main.command()
@click.option("--days", default=15, show_default=True)
def carry(days: int) -> None:
    """What weight for who lost gives to citizens, and to bots that come every day."""
    for most in (1, 2, 4):
        brokers, chances = carry_days(most, days)
        told = ", ".join(f"{lost}: {chances[lost]:.4f}" for lost in list(chances)[:5])
        print(f"weight {most} at most: brokers {brokers:.2%}; chance by days lost: {told}")


if __name__ == "__main__":
    main()
