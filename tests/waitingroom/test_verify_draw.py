"""The threat model, cheat by cheat: what verify_draw.py tells of it, and where it cannot.

A clever operator makes everything new from his own list and seeds, so that it all fits together.
That is told only by who kept something: opening.json, the digest, his own ticket.
"""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openings import (
    OPENING,
    QUICKNET,
    REVEAL,
    REVEALS,
    SEEDS,
    VALUE,
    crowd,
    digest_again,
    drawn,
    edit,
    edit_json,
    label,
    ticket,
    with_seed,
)  # fmt: skip
from waitingroom_lists import lists

from gateway.waitingroom import verify_draw
from gateway.waitingroom.draw import ALL, ONE, Group, Ticket, draw
from gateway.waitingroom.listing import read_list
from gateway.waitingroom.seeds import Beacon, Reveals, announce, combine, commitment

PUBLISHED = [
    "opening.json", "groups.txt", "list/all.txt", "closed.json", "draw.json", "ranks/all.txt",
]  # fmt: skip
SCRIPT = Path(verify_draw.__file__)


def said(folder: Path, **kept: Any) -> str:
    """All that the script says, as one text."""
    try:
        return "\n".join(verify_draw.verify(str(folder), **kept))
    except SystemExit as wrong:
        return str(wrong.code)
    except (ValueError, KeyError, TypeError, ArithmeticError, IndexError) as error:
        return f"WRONG: not in the form, as main says: {error!r}"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn(tmp_path_factory.mktemp("honest") / "day")


@pytest.fixture
def folder(honest: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with."""
    return Path(shutil.copytree(honest, tmp_path / "day"))


def saved(folder: Path, tmp_path: Path) -> dict[str, str]:
    """What a careful visitor kept of an honest opening."""
    path = tmp_path / "saved.json"
    path.write_bytes(announce(OPENING))
    return {"before": str(path), "digest": read_list(folder).digest.hex()}


def test_an_honest_draw_is_right(honest: Path, tmp_path: Path) -> None:
    found = said(honest, **saved(honest, tmp_path), ticket=ticket("alone 0").hex())
    rank = dict(line.split() for line in (honest / "ranks/all.txt").read_text().splitlines())
    own = ticket("alone 0").hex()
    assert found.splitlines() == [
        f"RIGHT: {len(crowd())} tickets, digest {read_list(honest).digest.hex()}.",
        f"{own}: rank {rank[own]}; its group of 1 counts as 1.00.",
    ]


@pytest.mark.parametrize(
    ("name", "stands"),
    [
        pytest.param("bot 3", "its group of 12 counts as 1.00", id="bots"),
        pytest.param("pupil 3", "its group of 12 counts as 5.50", id="a school"),
        pytest.param("carrier 3", "its group of 40 counts as 40.00", id="a carrier"),
        pytest.param("v6 3", "its group of 1 counts as 0.33", id="one of twelve /64s worth four"),
    ],
)
def test_a_visitor_is_told_what_the_own_group_counts_as(
    honest: Path, name: str, stands: str
) -> None:
    assert stands in said(honest, ticket=ticket(name).hex())


# Cheats on the files, after the fact: nobody has to have kept anything.


def swap_ranks(text: str) -> str:
    lines = text.splitlines()
    first, second = lines[0].split(), lines[7].split()
    lines[0], lines[7] = f"{first[0]} {second[1]}", f"{second[0]} {first[1]}"
    return "\n".join(lines) + "\n"


def without_first_line(text: str) -> str:
    return text.partition("\n")[2]


def twice_first_line(text: str) -> str:
    return text.partition("\n")[0] + "\n" + text


def to_the_carrier(text: str) -> str:
    return text.replace(label("bots").hex(), label("carrier").hex())


def more_share(text: str) -> str:
    return text.replace(" 5500 ", " 9500 ")


def moved_first_line(text: str) -> str:
    first, _, rest = text.partition("\n")
    return rest + first + "\n"


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        pytest.param("ranks/all.txt", swap_ranks, "right is", id="two ranks swapped"),
        pytest.param("ranks/all.txt", without_first_line, "no rank is published of", id="no rank"),
        pytest.param("ranks/all.txt", twice_first_line, "right is None", id="a rank twice"),
        pytest.param("ranks/all.txt", lambda t: f"{'0' * 32} 7\n{t}", f"gives {'0' * 32} rank 7",
                     id="a rank for who is not listed"),
        pytest.param("list/all.txt", without_first_line, "digest", id="a ticket dropped"),
        pytest.param("list/all.txt", lambda t: f"{t}{'f' * 32} {'a' * 16} 1\n", "digest",
                     id="a ticket added"),
        pytest.param("list/all.txt", twice_first_line, "is listed twice", id="a ticket twice"),
        pytest.param("list/all.txt", moved_first_line, "out of order", id="another order"),
        pytest.param("list/all.txt", lambda t: t.replace(" 2\n", " 5\n", 1), "not allowed",
                     id="a weight beyond what was announced"),
        pytest.param("list/all.txt", lambda t: t.replace(" 1\n", " 01\n", 1), "no ticket",
                     id="another spelling"),
        pytest.param("list/all.txt", lambda t: t.upper(), "no ticket", id="in capitals"),
        pytest.param("list/all.txt", to_the_carrier,
                     "digest", id="bots put among a carrier's"),
        pytest.param("groups.txt", more_share, "digest", id="a share"),
        pytest.param("groups.txt", lambda t: t + f"{label('bots').hex()} all -\n", "digest",
                     id="a share added"),
        pytest.param("groups.txt", lambda t: t + t.splitlines()[3] + "\n", "or twice",
                     id="a group twice"),
        pytest.param("groups.txt", lambda t: t.replace(" 5500 ", " 0 "), "digest", id="no share"),
        pytest.param("groups.txt", lambda t: t.replace(" 5500 ", " -5 "), "told wrongly",
                     id="a share below none: before everybody"),
        pytest.param("groups.txt", lambda t: t.replace("tickets 116", "tickets 115"), "digest",
                     id="the number of tickets"),
        pytest.param("opening.json", lambda t: t.replace("1000", "2000"), "digest", id="a rule"),
        pytest.param("opening.json", lambda t: t.replace('"version":1', '"version": 1'), "digest",
                     id="a blank in what was promised"),
        pytest.param("closed.json", lambda t: t.replace(":116", ":115"), "tickets is 116, closed",
                     id="closed.json"),
        pytest.param("draw.json", lambda t: t.replace(SEEDS[""].hex(), "00" * 32),
                     "the gateway revealed another seed", id="the operator grinds the seed"),
        pytest.param("draw.json", lambda t: t.replace(SEEDS["Radio"].hex(), "00" * 32),
                     "Radio revealed another seed", id="a witness reveals another seed"),
        pytest.param("draw.json", lambda t: t.replace(f'"{SEEDS["Radio"].hex()}"', "null"),
                     "named as missing", id="a witness dropped in silence"),
        pytest.param("draw.json", lambda t: t.replace('"missing":[]', '"missing":["Radio"]'),
                     "named as missing", id="a witness defamed"),
        pytest.param("draw.json", lambda t: t.replace('"Radio":', '"TV":'), "form",
                     id="a witness replaced"),
        pytest.param("draw.json", lambda t: t.replace(f'"{VALUE.hex()}"', "null"), "the beacon",
                     id="the beacon left out"),
        pytest.param("draw.json", lambda t: t.replace(VALUE.hex(), "00" * 32), "its signature",
                     id="another beacon"),
    ],
)  # fmt: skip
def test_a_file_changed_afterwards(
    folder: Path, name: str, change: Callable[[str], str], sentence: str
) -> None:
    edit(folder / name, change)
    found = said(folder)
    assert found.startswith("WRONG"), found
    assert sentence in found


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        pytest.param("groups.txt", more_share, "right is", id="a share"),
        pytest.param("list/all.txt", without_first_line, "tickets is 115", id="a ticket dropped"),
        pytest.param("groups.txt", lambda t: t.replace(" 4000 -", " 0 -"), "form", id="no share"),
        pytest.param("list/all.txt", to_the_carrier,
                     "right is", id="bots put among a carrier's"),
    ],
)  # fmt: skip
def test_the_same_with_the_digests_made_to_fit(
    folder: Path, name: str, change: Callable[[str], str], sentence: str
) -> None:
    """The digest decides the draw: the old ranks fit no changed list."""
    edit(folder / name, change)
    digest_again(folder)
    found = said(folder)
    assert found.startswith("WRONG"), found
    assert sentence in found


def test_signature_withheld_and_another_beacon_does_not_fit_the_seed(folder: Path) -> None:
    edit_json(folder / "draw.json", beacon="00" * 32, signature=None)
    assert "the seed does not follow" in said(folder)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_file_that_is_missing(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert said(folder).startswith(f"WRONG: {name} cannot be read")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_byte_can_be_changed(honest: Path, data: st.DataObject) -> None:
    """Of any published file; of JSON, its meaning. The beacon's signature may be left out."""
    names = [
        "opening.json",
        "groups.txt",
        "list/all.txt",
        "closed.json",
        "draw.json",
        "ranks/all.txt",
    ]
    path = honest / data.draw(st.sampled_from(names))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    new = data.draw(st.integers(0, 255).filter(lambda byte: byte != before[at]))
    after = before[:at] + bytes([new]) + before[at + 1 :]
    if path.suffix == ".json" and path.name != "opening.json":
        try:
            if json.loads(after) == json.loads(before):
                return
        except ValueError:
            pass
    try:
        path.write_bytes(after)
        found = script(str(honest)) if data.draw(st.integers(0, 49)) == 0 else said(honest)
    finally:
        path.write_bytes(before)
    if path.name == "ranks/all.txt" and new in b"\n\r\v\f\x1c\x1d\x1e" and before[at] in b"\n":
        return
    assert found.startswith("WRONG"), (path.name, at, before[at], new, found)


def script(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == int(done.stderr.startswith("WRONG")), done.stderr
    assert (done.stderr == "") != (done.stdout == "")
    return done.stderr or done.stdout


# Cheats of who makes everything new: told by what others kept.


def forged(tmp_path: Path, **changes: Any) -> Path:
    return drawn(tmp_path / "forged" / "day", **changes)


def test_the_operator_chooses_a_seed_after_the_close(honest: Path, tmp_path: Path) -> None:
    """He tries seeds until he likes the draw, and changes what he promised."""
    other = b"x" * 32
    folder = forged(tmp_path, opening=with_seed(other), reveals=replace(REVEALS, own=other))
    assert said(folder).startswith("RIGHT"), "it fits together: a limit, written in the docs"
    kept = saved(honest, tmp_path)
    assert "opening.json is not as you saved it" in said(folder, before=kept["before"])
    assert "the list's digest is" in said(folder, digest=kept["digest"])


@pytest.mark.parametrize(
    "joined",
    [
        pytest.param([*crowd(), *((ticket(f"n{n}"), label(f"n{n}"), ONE, 1) for n in range(9))],
                     id="tickets added after the close"),
        pytest.param(crowd()[1:], id="a ticket dropped after the close"),
        pytest.param([(one[0], one[1], ALL, *one[3:]) for one in crowd()],  # type: ignore[misc]
                     id="shares changed after the close"),
    ],
)  # fmt: skip
def test_another_list_after_the_close(honest: Path, tmp_path: Path, joined: Any) -> None:
    folder = forged(tmp_path, joined=joined)
    assert said(folder).startswith("RIGHT")
    assert "the list's digest is" in said(folder, digest=saved(honest, tmp_path)["digest"])


def test_who_was_dropped_sees_it_alone(tmp_path: Path) -> None:
    folder = forged(tmp_path, joined=crowd()[1:])
    dropped = crowd()[0][0].hex()
    assert f"the ticket {dropped} is not in the list" in said(folder, ticket=dropped)


def test_two_lists_for_two_people_have_two_digests(honest: Path, tmp_path: Path) -> None:
    folder = forged(tmp_path, joined=crowd()[1:])
    assert said(folder) != said(honest)
    assert "the list's digest is" in said(folder, digest=read_list(honest).digest.hex())
    assert "the list's digest is" in said(honest, digest=read_list(folder).digest.hex())


def test_yesterday_s_commitment_of_a_witness_is_none_today(folder: Path) -> None:
    """Its seed is known by now: the operator would have a witness of his own making."""
    old = commitment("passports", "2026-11-24", "Radio", SEEDS["Radio"])
    edit(folder / "opening.json",
         lambda t: t.replace(dict(OPENING.witnesses)["Radio"].hex(), old.hex()))  # fmt: skip
    digest_again(folder)
    assert "Radio revealed another seed than it promised" in said(folder)


def test_a_beacon_that_was_public_too_early(folder: Path) -> None:
    """Who reveals last could have chosen. Our own gateway refuses to announce it."""
    early = Beacon(QUICKNET, QUICKNET.round_after(REVEAL) - 1)
    assert OPENING.beacon is not None
    announced, public = f'"round":{OPENING.beacon.number}', f'"round":{early.number}'
    edit(folder / "opening.json", lambda text: text.replace(announced, public))
    digest_again(folder)
    assert "the beacon was public before all had to reveal" in said(folder)


def test_a_beacon_of_the_operator_s_own_is_told_by_its_servers(
    honest: Path, tmp_path: Path
) -> None:
    """Without --beacon it is not: the signature needs more than the standard library."""
    folder = forged(tmp_path, reveals=replace(REVEALS, beacon=b"v" * 32, signature=b""))
    assert said(folder).startswith("RIGHT")
    assert OPENING.beacon is not None
    server = tmp_path / "drand"
    answer = server / QUICKNET.hash / "public" / str(OPENING.beacon.number)
    answer.parent.mkdir(parents=True)
    answer.write_text(json.dumps({"round": OPENING.beacon.number, "randomness": VALUE.hex()}))
    assert said(honest, beacon=str(server)).startswith("RIGHT")
    assert "says another value of the beacon" in said(folder, beacon=str(server))


# What is allowed, and what it is worth to a cheat. All are limits that docs/fairness.md tells.


def test_a_witness_that_withholds_is_named(tmp_path: Path) -> None:
    folder = forged(tmp_path, reveals=replace(REVEALS, witnesses={"Radio": SEEDS["Radio"]}))
    assert said(folder).startswith("Note: bar association revealed no seed.\nRIGHT")


def first_after(witnesses: dict[str, bytes], beacon: bool, values: int) -> list[bytes]:
    """Who would be first, for each of the beacon's values (or without one), as is known when the
    last witness decides."""
    tickets: list[Ticket] = [(ticket(f"{n}"), label(f"{n}"), 1) for n in range(10)]
    opening = OPENING if beacon else replace(OPENING, beacon=None)
    found = []
    for number in range(values):
        value = number.to_bytes(32, "big") if beacon else b""
        seed = combine(
            opening, replace(REVEALS, witnesses=witnesses, beacon=value, signature=b"")
        ).seed
        found.append(draw(seed, b"d" * 32, tickets, {}, {})[0])
    return found


def test_withholding_is_a_choice_between_two_draws_and_none_with_a_beacon() -> None:
    both, one = REVEALS.witnesses, {"Radio": SEEDS["Radio"]}
    assert first_after(both, False, 1) != first_after(one, False, 1), "known, so one can choose"
    revealed, withheld = first_after(both, True, 500), first_after(one, True, 500)
    favourite = ticket("3")
    for found in (revealed, withheld):  # a tenth either way, before the value is known
        assert 500 / 10 - 30 < found.count(favourite) < 500 / 10 + 30


def test_without_witness_and_beacon_it_is_said_that_lists_could_be_tried(tmp_path: Path) -> None:
    alone = replace(OPENING, witnesses=(), beacon=None)
    folder = forged(tmp_path, opening=alone, reveals=Reveals(REVEALS.own))
    assert said(folder).startswith("Note: no witness, no beacon")
    silent = replace(OPENING, beacon=None)
    folder = drawn(tmp_path / "silent", None, silent, Reveals(REVEALS.own))
    assert "Note: no witness, no beacon" in said(folder)
    one = Reveals(REVEALS.own, {"Radio": SEEDS["Radio"]})
    folder = drawn(tmp_path / "one", None, silent, one)
    assert "no witness, no beacon" not in said(folder)


def test_tickets_invented_before_the_close_are_not_told(tmp_path: Path) -> None:
    """They look like people's. Each wins as one person does, no more."""
    invented = [(ticket(f"n{n}"), label(f"n{n}"), ONE, 1) for n in range(50)]
    assert said(forged(tmp_path, joined=[*crowd(), *invented])).startswith("RIGHT")


# The script itself.


@given(lists(), st.binary(min_size=32, max_size=32))
def test_it_draws_as_the_gateway_does(
    listed: tuple[list[Ticket], dict[bytes, Group], dict[bytes, int]], seed: bytes
) -> None:
    """Written a second time, from the formula, on purpose."""
    tickets, groups, wides = listed
    members: dict[str, list[tuple[str, int]]] = {}
    for hash_, own, weight in tickets:
        members.setdefault(own.hex(), []).append((hash_.hex(), weight))
    told = {own.hex(): (share, wide.hex() or "-") for own, (share, wide) in groups.items()}
    told |= {wide.hex(): (share, "-") for wide, share in wides.items()}
    ranks, _ = verify_draw.draw(seed, b"d" * 32, members, told)
    order = draw(seed, b"d" * 32, tickets, groups, wides)
    assert ranks == {hash_.hex(): rank for rank, hash_ in enumerate(order, 1)}


def test_it_is_short_plain_and_old_enough() -> None:
    source = SCRIPT.read_text()
    assert source.count("\n") < 150
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {
        name.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {
        (node.module or "").partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported <= sys.stdlib_module_names
    for newer in (
        "removeprefix",
        "strict=",
        "match ",
        " | None",
        "itertools.pairwise",
        "bit_count",
    ):
        assert newer not in source


def test_it_is_published_as_it_is_here(honest: Path) -> None:
    assert (honest / "verify_draw.py").read_bytes() == SCRIPT.read_bytes()


def test_as_a_user_runs_it(honest: Path, folder: Path, tmp_path: Path) -> None:
    kept = saved(honest, tmp_path)
    options = ["--before", kept["before"], "--digest", kept["digest"]]
    found = script(str(honest), *options, "--ticket", ticket("bot 1").hex())
    assert found.startswith("RIGHT: 116 tickets")
    assert "rank" in found
    edit(folder / "ranks/all.txt", swap_ranks)
    assert script(str(folder)).startswith("WRONG: ranks/all.txt gives ")
    assert script(str(tmp_path / "nowhere")).startswith("WRONG: opening.json cannot be read")
    (folder / "draw.json").write_text("{}")
    assert "not in the form" in script(str(folder))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def test_over_http_and_in_sixteen_parts(tmp_path: Path) -> None:
    folder = drawn(tmp_path / "day", crowd(2600))

    def handler(*args: Any) -> Quiet:
        return Quiet(*args, directory=str(folder))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        where = f"http://127.0.0.1:{server.server_port}/"
        assert script(where).startswith("RIGHT: 5236 tickets")
        first = (folder / "list/0.txt").read_text().splitlines()[-1]
        edit(folder / "list/0.txt", lambda text: text.replace(first + "\n", ""))
        edit(folder / "list/1.txt", lambda text: f"{first}\n{text}")
        assert "is in a wrong part" in script(where)
        (folder / "groups.txt").unlink()
        assert "groups.txt cannot be read: HTTP Error 404" in script(where)
        server.shutdown()
        thread.join()
