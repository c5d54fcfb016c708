"""The draw as a process: the same bytes each time, and no second draw."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from openings import OPENING, REVEALS, SEEDS, crowd, drawn, opened

from gateway.errors import OperatorError
from gateway.waitingroom.draw import draw
from gateway.waitingroom.drawing import (
    draw_folder,
    main,
    read_reveals,
    seeds_file,
    write_reveals,
)
from gateway.waitingroom.listing import close_list, read_list
from gateway.waitingroom.ranks import Ranks
from gateway.waitingroom.seeds import combine


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_is_written_is_the_draw_of_the_list(tmp_path: Path) -> None:
    folder = drawn(tmp_path / "day")
    listed = read_list(folder)
    order = draw(
        combine(OPENING, REVEALS).seed, listed.digest, listed.tickets, listed.groups, listed.wides
    )
    ranks = Ranks(folder / "ranks.bin")
    assert [ranks.of(hash_) for hash_ in order] == list(range(1, len(crowd()) + 1))
    told = dict(line.split() for line in (folder / "ranks/all.txt").read_text().splitlines())
    assert told == {hash_.hex(): str(rank) for rank, hash_ in enumerate(order, 1)}


def test_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = drawn(tmp_path / "day")
    before = files(folder)
    assert draw_folder(folder, REVEALS) == len(crowd())
    assert files(folder) == before
    assert files(drawn(tmp_path / "elsewhere" / "day")) == before


def test_who_died_in_between_is_carried_on(tmp_path: Path) -> None:
    folder = drawn(tmp_path / "day")
    before = files(folder)
    (folder / "draw.json").unlink()
    (folder / "ranks.bin").write_bytes(b"half")
    (folder / "ranks/all.txt").unlink()
    (folder / "ranks/all.txt.new").write_bytes(b"half")
    draw_folder(folder, REVEALS)
    assert files(folder) == before


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(REVEALS, witnesses={"Radio": SEEDS["Radio"]}), id="one witness less"),
        pytest.param(replace(REVEALS, witnesses={}), id="no witness"),
        pytest.param(replace(REVEALS, beacon=b"v" * 32, signature=b""), id="another beacon"),
    ],
)
def test_there_is_no_second_draw(tmp_path: Path, other: object) -> None:
    folder = drawn(tmp_path / "day")
    before = files(folder)
    with pytest.raises(OperatorError, match="no second draw"):
        draw_folder(folder, other)  # type: ignore[arg-type]
    assert files(folder) == before


def test_a_list_that_is_not_closed_is_not_drawn(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"closed\.json cannot be read"):
        draw_folder(opened(tmp_path / "day"), REVEALS)


def test_what_was_revealed_is_read_again(tmp_path: Path) -> None:
    write_reveals(tmp_path / "day", REVEALS)
    assert read_reveals(tmp_path / "day") == REVEALS


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"own": "x"}'])
def test_damaged_seeds_are_told(tmp_path: Path, raw: bytes) -> None:
    seeds_file(tmp_path / "day").write_bytes(raw)
    with pytest.raises(OperatorError, match=r"day\.seeds\.json is damaged"):
        read_reveals(tmp_path / "day")


def test_missing_seeds_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "day")]) == 1
    assert "day.seeds.json cannot be read" in capsys.readouterr().err


def test_no_folder_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert "usage" in capsys.readouterr().err


def test_as_a_process(tmp_path: Path) -> None:
    folder = opened(tmp_path / "day")
    close_list(folder, crowd())
    write_reveals(folder, REVEALS)
    run = [sys.executable, "-m", "gateway.waitingroom.drawing", str(folder)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout == f"{len(crowd())} tickets drawn\n"
    assert json.loads((folder / "draw.json").read_bytes())["missing"] == []
    write_reveals(folder, replace(REVEALS, own=b"x" * 32))
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the seed of the gateway is not the one it committed to" in done.stderr
