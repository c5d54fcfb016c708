"""Who is handed to the kernel: blocked addresses that go on knocking, and nobody else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from helpers import FakeClock

from gateway.config import Loaded, loads
from gateway.control import offload as module
from gateway.control.offload import Offload, table_name
from gateway.guard.block import Block, read_whom
from gateway.guard.book import Book


class FakeKernel:
    """Remembers what it was told; the real one is tested in test_kernel.py."""

    def __init__(self, ports: Any, clock: Any, *, spared: Any = (), table: str = "") -> None:
        self.table = table
        self.ports, self.spared = list(ports), list(spared)
        self.applied: list[dict[str, int]] = []
        self.removed = 0
        self.size = self.dropped = 0

    def configure(self, ports: Any, spared: Any = ()) -> None:
        self.ports, self.spared = list(ports), list(spared)

    async def available(self) -> str:
        return ""

    async def apply(self, wanted: Mapping[str, int]) -> None:
        self.applied.append(dict(wanted))

    async def remove(self) -> None:
        self.removed += 1


CLOCK = FakeClock()


def settings(text: str = "") -> Loaded:
    return loads(f"listen: ['127.0.0.1:8080']\n{text}", Path("gw.yaml"), {})


@pytest.fixture
def offload(monkeypatch: pytest.MonkeyPatch) -> Offload:
    monkeypatch.setattr(module, "Kernel", FakeKernel)
    return Offload(CLOCK)


def a_book(*whom: str, measure: str = "block") -> Book:
    book = Book([60.0], forgive=1e9)
    for text in whom:
        scope, key = read_whom(text)
        book.put(
            Block(scope, key, reason="flood", since=0, until=CLOCK.wall() + 60, by="guard",
                  measure=measure)
        )  # fmt: skip
    return book


@pytest.mark.parametrize(
    ("book", "knocking", "handed"),
    [
        pytest.param(a_book("203.0.113.7"), [], [], id="blocked, and gone"),
        pytest.param(a_book("203.0.113.7"), ["203.0.113.7"], ["203.0.113.7"], id="knocks on"),
        pytest.param(
            a_book("203.0.113.0/24"), ["203.0.113.7"], ["203.0.113.0/24"], id="its network"
        ),
        pytest.param(
            a_book("203.0.113.7", measure="challenge"), ["203.0.113.7"], [], id="a shared address"
        ),
        pytest.param(a_book(), ["203.0.113.7"], [], id="no block of ours: a list"),
    ],
)
async def test_who_is_handed_over(
    offload: Offload, book: Book, knocking: list[str], handed: list[str]
) -> None:
    await offload.configure(settings())
    await offload.tick(book, knocking)
    kernel = offload._kernel
    assert isinstance(kernel, FakeKernel)
    assert kernel.applied == [dict.fromkeys(handed, 60)]
    assert kernel.ports == [8080]


async def test_a_block_that_is_over_is_taken_back_and_all_is_looked_at_each_minute(
    offload: Offload,
) -> None:
    await offload.configure(settings())
    book = a_book("203.0.113.7")
    await offload.tick(book, ["203.0.113.7"])
    await offload.tick(book, [])  # silent now: it stays until its block ends
    kernel = offload._kernel
    assert isinstance(kernel, FakeKernel)
    assert len(kernel.applied) == 1
    CLOCK.advance(60)
    await offload.tick(book, [])
    assert len(kernel.applied) == 2
    book.replace([])
    await offload.tick(book, [])
    assert kernel.applied[-1] == {}


async def test_hops_and_the_allow_list_are_spared(offload: Offload) -> None:
    await offload.configure(
        settings("client_address: {trusted: [10.0.0.0/8]}\nlists: {allow: [198.51.100.0/24]}")
    )
    kernel = offload._kernel
    assert isinstance(kernel, FakeKernel)
    assert sorted(kernel.spared) == ["10.0.0.0/8", "198.51.100.0/24"]


@pytest.mark.parametrize(
    ("mode", "removed"), [("auto", 1), ("keep", 0)], ids=["nothing is left", "it is kept"]
)
async def test_what_is_left_at_the_end(offload: Offload, mode: str, removed: int) -> None:
    await offload.configure(settings(f"blocking: {{kernel: {mode}}}"))
    kernel = offload._kernel
    assert isinstance(kernel, FakeKernel)
    await offload.close()
    assert kernel.removed == removed


@pytest.mark.parametrize("blocking", ["{kernel: off}", "{mode: shadow}", "{mode: off}"])
async def test_off_is_off(offload: Offload, blocking: str) -> None:
    await offload.configure(settings(f"blocking: {blocking}"))
    await offload.tick(a_book("203.0.113.7"), ["203.0.113.7"])
    assert (offload.why, offload.size) == ("off", 0)


@pytest.mark.parametrize(
    ("control", "folder", "name"),
    [
        pytest.param("127.0.0.1:9090", "/var/lib/dawr", "dawr", id="the default"),
        pytest.param("0.0.0.0:9090", "/srv/x", "dawr", id="its port, at all addresses"),
        pytest.param("127.0.0.1:9091", "/var/lib/dawr", "dawr_9091", id="another port"),
        pytest.param("10.0.0.5:9090", "/var/lib/dawr", "dawr_4c7f554c", id="another address"),
        pytest.param("127.0.0.1:0", "/srv/a", "dawr_28772618", id="any free port"),
        pytest.param("127.0.0.1:0", "/srv/b", "dawr_99aa6870", id="and another folder"),
    ],
)
def test_no_two_gateways_have_one_table(control: str, folder: str, name: str) -> None:
    assert table_name(control, Path(folder)) == name


async def test_the_table_has_that_name(offload: Offload) -> None:
    await offload.configure(settings("control: 127.0.0.1:9091"))
    kernel: Any = offload._kernel
    assert kernel.table == "dawr_9091"
