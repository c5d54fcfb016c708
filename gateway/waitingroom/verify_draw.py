"""Check a draw of the waiting room yourself. Python 3.8 or later and nothing else is needed.

    python3 verify_draw.py https://booking.example/.dawr/draw/passports/2026-11-25/

All ranks are computed anew from what was published, there or in a folder. That it was not exchanged
is shown by what you kept: --before FILE, opening.json as it was before the opening; --digest HEX,
of the list, as your page, a newspaper or a witness showed it; --beacon https://api.drand.sh asks
there for the beacon's value. --ticket HASH tells its rank. Exit status 1: what is wrong is told.
"""
# mypy: ignore-errors

import argparse
import json
import re
import sys
import urllib.request
from hashlib import sha256
from pathlib import Path

PARTS = {1: ["all"], 16: [f"{n:x}" for n in range(16)], 256: [f"{n:02x}" for n in range(256)]}
LINE = re.compile("[0-9a-f]{32} [0-9a-f]{16} [1-9][0-9]?")


def need(right, sentence):
    if not right:
        sys.exit(f"WRONG: {sentence}.")


def fetch(where, name):
    try:
        if "://" not in where:
            return (Path(where) / name).read_bytes()
        return urllib.request.urlopen(f"{where.rstrip('/')}/{name}", timeout=60).read()  # noqa: S310
    except OSError as error:
        return need(False, f"{name} cannot be read: {error}")


def check_seeds(opening, drawn, server):
    witnesses, told = opening["witnesses"], drawn["witnesses"]
    given = [(one["name"], one["commitment"], told[one["name"]]) for one in witnesses]
    for name, promised, seed in [("", opening["commitment"], drawn["own_seed"]), *given]:
        text = f"dawr commit\n{opening['room']}/{opening['opening']}\n{name}\n".encode()
        made = promised if seed is None else sha256(text + bytes.fromhex(seed)).hexdigest()
        need(made == promised, f"{name or 'the gateway'} revealed another seed than it promised")
    missing = [name for name, _, seed in given if seed is None]
    need(missing == drawn["missing"], "those named as missing are not those who gave no seed")
    beacon, value, signature = opening["beacon"], drawn["beacon"], drawn["signature"]
    need((beacon is None) == (value is None), "not the beacon that was announced was used")
    if beacon:
        public = beacon["genesis"] + (beacon["round"] - 1) * beacon["period"]
        need(public > opening["reveal_by"], "the beacon was public before all had to reveal")
        made = sha256(bytes.fromhex(signature)).hexdigest() if signature else value
        need(made == value, "the beacon's value does not fit its signature")
        if server:
            said = json.loads(fetch(server, f"{beacon['chain']}/public/{beacon['round']}"))
            need(said["randomness"] == value, f"{server} says another value of the beacon")
    raw = b"dawr seed\n" + bytes.fromhex(drawn["own_seed"])
    raw += b"".join(b"-" if s is None else b"+" + bytes.fromhex(s) for *_, s in [*given, [value]])
    need(sha256(raw).hexdigest() == drawn["seed"], "the seed does not follow from its parts")
    return missing


def read_list(where, opening_raw, most_weight):
    """Tickets by group; (share, wider group) by group; the parts' names; the digest."""
    groups_raw = fetch(where, "groups.txt")
    head, _, parts, *lines = groups_raw.decode().splitlines()
    need(head == "dawr list 1", "groups.txt is of another version")
    names, groups, members, last = PARTS[int(parts.split()[1])], {}, {}, ""
    for label, share, wide in map(str.split, lines):
        need(label not in groups and share.isalnum(), f"the group {label} is told wrongly or twice")
        groups[label] = 2**32 - 1 if share == "all" else int(share), wide
    texts = [opening_raw, groups_raw, *(fetch(where, f"list/{name}.txt") for name in names)]
    digest = sha256(b"".join(len(text).to_bytes(8, "big") + text for text in texts)).digest()
    for name in names:
        for line in texts[2 + names.index(name)].decode().splitlines():
            need(LINE.fullmatch(line), f"in the list this is no ticket: {line[:60]}")
            ticket, label, weight = line.split()
            need(ticket > last, f"the ticket {ticket} is listed twice, or out of order")
            need(name in ("all", ticket[: len(name)]), f"the ticket {ticket} is in a wrong part")
            need(int(weight) <= most_weight, f"the weight of the ticket {ticket} is not allowed")
            members.setdefault(label, []).append((ticket, int(weight)))
            last = ticket
    return members, groups, names, digest


def draw(seed, digest, members, groups):
    """The rank of each ticket; for how many people each group stands."""
    base, held, sums, keyed = seed + digest, {}, {}, []
    for label, own in members.items():
        share, wide = groups.get(label, (1000, "-"))
        held[label] = min(share, 1000 * len(own)), 1000, wide
        sums[wide] = sums.get(wide, 0) + held[label][0]
    for label, own in members.items():
        over, under, wide = held[label]
        if wide != "-" and sums[wide] > groups[wide][0]:
            over, under = over * groups[wide][0], under * sums[wide]
        held[label], best = over / under, {}
        for index in range(max(weight for _, weight in own)):
            part = [ticket for ticket, weight in own if weight > index]
            lots = [(sha256(base + bytes.fromhex(t) + bytes([index])).digest(), t) for t in part]
            for k, (lot, ticket) in enumerate(sorted(lots)):
                point = (k << 64) + int.from_bytes(lot[24:], "big")
                key = point * under * len(own) // (over * len(part))
                best[ticket] = min(key, best.get(ticket, key))
        keyed += [(key, ticket) for ticket, key in best.items()]
    return {one: rank for rank, (_, one) in enumerate(sorted(keyed), 1)}, held


def verify(where, before=None, digest=None, beacon=None, ticket=None):
    """Sentences on what is right; leaves with the first thing that is wrong."""
    raw = fetch(where, "opening.json")
    need(not before or Path(before).read_bytes() == raw, "opening.json is not as you saved it")
    opening = json.loads(raw)
    members, groups, names, found = read_list(where, raw, opening["most_weight"])
    need(digest in (None, found.hex()), f"the list's digest is {found.hex()}, not {digest}")
    tickets = sum(map(len, members.values()))
    facts = {"digest": found.hex(), "tickets": tickets, "parts": len(names)}
    for name in ("closed.json", "draw.json"):
        drawn = json.loads(fetch(where, name))
        for key, fact in facts.items():
            need(drawn[key] == fact, f"{key} is {fact}, {name} says {drawn[key]}")
    notes = [f"Note: {name} revealed no seed." for name in check_seeds(opening, drawn, beacon)]
    if len(notes) == len(opening["witnesses"]) and not opening["beacon"]:
        notes.append("Note: no witness, no beacon: who ran this draw could have tried many lists.")
    ranks, held = draw(bytes.fromhex(drawn["seed"]), found, members, groups)
    left = dict(ranks)
    for name in names:
        for line in fetch(where, f"ranks/{name}.txt").decode().splitlines():
            one, told = line.split(" ")
            rank = left.pop(one, None) if name in ("all", one[: len(name)]) else None
            need(told == str(rank), f"ranks/{name}.txt gives {one} rank {told}, right is {rank}")
    need(not left, f"no rank is published of {list(left)[:3]}")
    notes.append(f"RIGHT: {len(ranks)} tickets, digest {found.hex()}.")
    if ticket:
        need(ticket in ranks, f"the ticket {ticket} is not in the list")
        size, people = next((len(m), held[g]) for g, m in members.items() if ticket in dict(m))
        notes.append(f"{ticket}: rank {ranks[ticket]}; its group of {size} counts as {people:.2f}.")
    return notes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.strip())
    parser.add_argument("where", help="a folder, or a URL")
    for option in ("--before", "--digest", "--beacon", "--ticket"):
        parser.add_argument(option)
    try:
        sys.stdout.write("\n".join(verify(**vars(parser.parse_args()))) + "\n")
    except (ValueError, KeyError, TypeError, ArithmeticError, IndexError) as error:
        sys.exit(f"WRONG: a file is not in the form that is published: {error!r}.")
