"""A rank is found for who was drawn, and none for anybody else, whatever their hashes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import OperatorError
from gateway.waitingroom.ranks import Ranks, records_of, write_ranks

HASHES = st.binary(min_size=16, max_size=16)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(HASHES, unique=True, max_size=50), HASHES)
def test_who_was_drawn_and_who_was_not(tmp_path: Path, order: list[bytes], other: bytes) -> None:
    write_ranks(tmp_path / "ranks.bin", records_of(order))
    ranks = Ranks(tmp_path / "ranks.bin")
    assert [ranks.of(hash_) for hash_ in order] == list(range(1, len(order) + 1))
    assert other in order or ranks.of(other) == 0
    assert len(ranks) == len(order)
    ranks.close()


@pytest.mark.parametrize(
    ("asked", "rank"),
    [
        pytest.param(b"\0" * 16, 0, id="before the first"),
        pytest.param(b"\1" * 16, 2, id="the first"),
        pytest.param(b"\1" * 15 + b"\2", 0, id="between"),
        pytest.param(b"\3" * 16, 1, id="the last"),
        pytest.param(b"\xff" * 16, 0, id="beyond the last"),
        pytest.param(b"\3" * 15, 0, id="cut off"),
        pytest.param(b"", 0, id="nothing"),
    ],
)
def test_the_ends(tmp_path: Path, asked: bytes, rank: int) -> None:
    write_ranks(tmp_path / "ranks.bin", records_of([b"\3" * 16, b"\1" * 16, b"\2" * 16]))
    assert Ranks(tmp_path / "ranks.bin").of(asked) == rank


HEAD, NONE = b"dawr ranks 1\n\0\0\0", b"\0\0\0\0"


def test_a_hash_that_stands_across_two_records_is_no_ticket_s(tmp_path: Path) -> None:
    first, second = b"\0\0" + b"a" * 14, b"\0\0" + b"b" * 14
    write_ranks(tmp_path / "ranks.bin", records_of([first, second]))
    across = (first + b"\0\0\0\1" + second)[16:32]
    assert across[:2] == first[:2]
    ranks = Ranks(tmp_path / "ranks.bin")
    assert [ranks.of(one) for one in (first, second, across)] == [1, 2, 0]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"dawr ranks 2\n\0\0\0" + NONE * 65_537, id="another version"),
        pytest.param(HEAD + NONE * 65_537 + b"x" * 19, id="a piece of a record"),
        pytest.param(HEAD + NONE * 65_537 + b"x" * 20, id="a record too many"),
        pytest.param(HEAD + NONE * 65_536 + b"\0\0\0\1", id="a record too few"),
        pytest.param(HEAD + NONE * 65_536, id="half an index"),
        pytest.param(b"dawr", id="shorter than its head"),
    ],
)
def test_what_is_no_file_of_ranks(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "ranks.bin").write_bytes(raw)
    with pytest.raises(OperatorError, match=r"ranks\.bin"):
        Ranks(tmp_path / "ranks.bin")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be read"):
        Ranks(tmp_path / "ranks.bin")


def test_who_mapped_the_old_file_goes_on_with_it(tmp_path: Path) -> None:
    write_ranks(tmp_path / "ranks.bin", records_of([b"a" * 16, b"b" * 16]))
    old = Ranks(tmp_path / "ranks.bin")
    write_ranks(tmp_path / "ranks.bin", records_of([b"b" * 16]))
    assert (old.of(b"a" * 16), old.of(b"b" * 16)) == (1, 2)
    assert Ranks(tmp_path / "ranks.bin").of(b"b" * 16) == 1
