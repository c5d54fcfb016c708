"""The public list: one spelling, whatever came in which order; closed once; handed out in time."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openings import OPENING, REVEALS, crowd, drawn, edit, label, opened, ticket

from gateway.errors import OperatorError
from gateway.waitingroom.draw import ALL, ONE
from gateway.waitingroom.drawing import draw_folder
from gateway.waitingroom.listing import (
    Joined,
    close_list,
    part_names,
    parts_for,
    publish_opening,
    published,
    read_list,
)


def test_what_was_closed_is_read_again(tmp_path: Path) -> None:
    opened(tmp_path / "day")
    digest = close_list(tmp_path / "day", crowd())
    found = read_list(tmp_path / "day")
    assert found.digest == digest
    assert found.opening == OPENING
    assert sorted(found.tickets) == sorted((one[0], one[1], one[3]) for one in crowd())
    assert found.groups[label("carrier")] == (ALL, b"")
    assert found.groups[label("school")] == (5500, b"")
    assert found.groups[label("64 0")] == (ONE, label("48"))
    assert label("bots") not in found.groups, "what has a share of one needs no line"
    assert found.wides == {label("48"): 4 * ONE}


def test_the_files_by_hand(tmp_path: Path) -> None:
    folder = opened(tmp_path / "day")
    close_list(folder, [
        (b"\xff" * 16, b"\1" * 8, ONE, 4),
        (b"\x0a" * 16, b"\2" * 8, ALL, 1),
        (b"\x0b" * 16, b"\3" * 8, 2500, 2, b"\4" * 8, 9000),
    ])  # fmt: skip
    assert (folder / "list/all.txt").read_text() == (
        f"{'0a' * 16} {'02' * 8} 1\n{'0b' * 16} {'03' * 8} 2\n{'ff' * 16} {'01' * 8} 4\n"
    )
    assert (folder / "groups.txt").read_text() == (
        "dawr list 1\ntickets 3\nparts 1\n"
        f"{'02' * 8} all -\n{'03' * 8} 2500 {'04' * 8}\n{'04' * 8} 9000 -\n"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.permutations(crowd(3)))
def test_the_order_in_which_they_joined_leaves_no_trace(
    tmp_path: Path, joined: list[Joined]
) -> None:
    opened(tmp_path / "day")
    assert close_list(tmp_path / "day", joined) == close_list(tmp_path / "day", crowd(3))


def test_nobody_came(tmp_path: Path) -> None:
    assert draw_folder(drawn(tmp_path / "day", []), REVEALS) == 0


@pytest.mark.parametrize(
    ("given", "weight"),
    [
        pytest.param(0, 1, id="none is one"),
        pytest.param(4, 4, id="the most that was announced"),
        pytest.param(5, 4, id="one more"),
    ],
)
def test_no_weight_beyond_what_was_announced(tmp_path: Path, given: int, weight: int) -> None:
    opened(tmp_path / "day")
    close_list(tmp_path / "day", [(ticket("a"), label("a"), ONE, given)])
    assert read_list(tmp_path / "day").tickets == [(ticket("a"), label("a"), weight)]


def test_a_ticket_given_twice_is_listed_once(tmp_path: Path) -> None:
    opened(tmp_path / "day")
    twice: list[Joined] = [
        (ticket("a"), b"\2" * 8, ONE, 1), (ticket("a"), b"\1" * 8, ONE, 1),
        (ticket("a"), b"\1" * 8, ONE, 2), (ticket("b"), b"\1" * 8, ONE, 1),
    ]  # fmt: skip
    close_list(tmp_path / "day", twice)
    assert sorted(read_list(tmp_path / "day").tickets) == sorted(
        [(ticket("a"), b"\1" * 8, 1), (ticket("b"), b"\1" * 8, 1)]
    )


def test_one_group_has_one_share_whatever_its_tickets_were_told(tmp_path: Path) -> None:
    opened(tmp_path / "day")
    told = [ONE, 3000, 2000, 500]
    close_list(
        tmp_path / "day",
        [(ticket(f"{n}"), label("a"), share, 1) for n, share in enumerate(told)],
    )
    assert read_list(tmp_path / "day").groups == {label("a"): (3000, b"")}


def test_a_label_is_a_group_s_or_a_wider_one_s(tmp_path: Path) -> None:
    opened(tmp_path / "day")
    with pytest.raises(ValueError, match="one label"):
        close_list(tmp_path / "day", [(ticket("a"), label("a"), 2000, 1, label("a"), 5000)])


@pytest.mark.parametrize(
    ("tickets", "parts"),
    [
        pytest.param(0, 1, id="none"),
        pytest.param(5000, 1, id="as many as one part holds"),
        pytest.param(5001, 16, id="one more"),
        pytest.param(80_000, 16, id="as many as sixteen hold"),
        pytest.param(80_001, 256, id="one more than that"),
        pytest.param(1_000_000, 256, id="a million"),
    ],
)
def test_how_many_parts(tickets: int, parts: int) -> None:
    assert parts_for(tickets) == parts
    assert len(part_names(parts)) == parts


def test_each_part_holds_the_hashes_that_begin_so(tmp_path: Path) -> None:
    folder = drawn(tmp_path / "day", crowd(2600))
    for below in ("list", "ranks"):
        lines = 0
        assert {path.stem for path in (folder / below).iterdir()} == set("0123456789abcdef")
        for path in (folder / below).iterdir():
            own = path.read_text().splitlines()
            lines += len(own)
            assert own == sorted(own)
            assert all(line.startswith(path.stem) for line in own)
        assert lines == len(crowd(2600)) == 5236


def test_a_closed_list_stays_as_it_is(tmp_path: Path) -> None:
    folder = opened(tmp_path / "day")
    digest = close_list(folder, crowd())
    assert close_list(folder, crowd()) == digest, "by who takes over from one that died"
    for other in (crowd()[1:], [*crowd(), (ticket("late"), label("late"), ONE, 1)]):
        with pytest.raises(OperatorError, match="cannot be changed"):
            close_list(folder, other)
    assert read_list(folder).digest == digest


def test_what_an_interrupted_close_left_is_cleared(tmp_path: Path) -> None:
    folder = opened(tmp_path / "day")
    (folder / "list").mkdir()
    (folder / "list/7f.txt").write_text("left")
    close_list(folder, crowd())
    assert [path.name for path in (folder / "list").iterdir()] == ["all.txt"]


def test_what_was_promised_cannot_be_changed(tmp_path: Path) -> None:
    folder = opened(tmp_path / "day")
    publish_opening(folder, OPENING)
    with pytest.raises(OperatorError, match="take another opening, as day-2"):
        publish_opening(folder, replace(OPENING, most_weight=5))


def test_a_list_that_was_edited_is_not_drawn(tmp_path: Path) -> None:
    folder = opened(tmp_path / "day")
    close_list(folder, crowd())
    edit(folder / "list/all.txt", lambda text: text[text.index("\n") + 1 :])
    with pytest.raises(OperatorError, match="changed after it was closed"):
        draw_folder(folder, REVEALS)


@pytest.mark.parametrize("name", ["opening.json", "groups.txt", "list/all.txt", "closed.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = opened(tmp_path / "day")
    close_list(folder, crowd())
    (folder / name).unlink()
    with pytest.raises(OperatorError, match=f"{name} cannot be read"):
        read_list(folder)


BEFORE = {"opening.json", "verify_draw.py"}
CLOSED = BEFORE | {"groups.txt", "list/all.txt", "closed.json"}
DRAWN = CLOSED | {"ranks/all.txt", "draw.json"}
NEVER = {
    "ranks.bin", "../day.seeds.json", "list/../opening.json", "list/all.txt.new", "", ".", "list",
    "/etc/passwd", "list/0.txt", "OPENING.JSON", "opening.json\n", "list/all.txt\n",
}  # fmt: skip


def test_what_is_handed_out_when(tmp_path: Path) -> None:
    folder = tmp_path / "day"

    def handed_out() -> set[str]:
        return {name for name in DRAWN | NEVER if published(folder, name) is not None}

    assert handed_out() == set()
    opened(folder)
    assert handed_out() == BEFORE
    (folder / "list").mkdir()
    (folder / "list/all.txt").write_text("not closed yet")
    (folder / "groups.txt").write_text("not closed yet")
    assert handed_out() == BEFORE
    close_list(folder, crowd())
    assert handed_out() == CLOSED
    (folder / "ranks").mkdir()
    (folder / "ranks/all.txt").write_text("not drawn yet")
    assert handed_out() == CLOSED
    draw_folder(folder, REVEALS)
    assert handed_out() == DRAWN


def test_no_secret_lies_in_the_folder(tmp_path: Path) -> None:
    folder = opened(tmp_path / "day")
    close_list(folder, crowd())
    text = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert REVEALS.own.hex().encode() not in text
    assert REVEALS.own not in text
    seeds = tmp_path / "day.seeds.json"
    assert json.loads(seeds.read_bytes())["own"] == REVEALS.own.hex()
    assert seeds.stat().st_mode & 0o777 == 0o600
