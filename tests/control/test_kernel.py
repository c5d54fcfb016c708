"""Blocks in the kernel: what is written, and what it does in a network namespace of the test."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from helpers import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from gateway.control.kernel import (
    Kernel,
    KernelError,
    Memo,
    Spared,
    difference,
    elements,
    frame,
    read,
)
from gateway.prefixes import parse_network

MINUTE = 60


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param("192.0.2.7", ("addresses4", "192.0.2.7"), id="an address"),
        pytest.param("192.0.2.7/32", ("addresses4", "192.0.2.7"), id="the same as a network"),
        pytest.param("::ffff:192.0.2.7", ("addresses4", "192.0.2.7"), id="in IPv6 clothes"),
        pytest.param("192.0.2.0/24", ("networks4", "192.0.2.0/24"), id="a network"),
        pytest.param("2001:db8::/64", ("sites6", "2001:db8::"), id="a /64"),
        pytest.param("2001:db8::1", ("networks6", "2001:db8::1"), id="an IPv6 address"),
        pytest.param("2001:db8::/48", ("networks6", "2001:db8::/48"), id="a /48"),
        pytest.param("10.0.0.0/8", ("networks4", "10.0.0.0/8"), id="as wide as may be"),
        pytest.param("10.0.0.0/7", None, id="a bit wider"),
        pytest.param("0.0.0.0/0", None, id="everybody"),
        pytest.param("2000::/15", None, id="too wide in IPv6"),
        pytest.param("192.0.2.7; flush ruleset", None, id="no network at all"),
        pytest.param("203.0.113.9", None, id="spared"),
        pytest.param("203.0.0.0/16", None, id="what holds a spared one"),
    ],
)
def test_where_a_network_goes(wanted: str, found: tuple[str, str] | None) -> None:
    expected = {} if found is None else {found: MINUTE}
    spared = Spared(["203.0.113.0/24"])
    memo: Memo = {}
    for _ in range(2):  # the second time by memory
        assert elements({wanted: MINUTE}, spared, memo=memo) == expected
    assert elements({}, spared, memo=memo) == memo == {}


SPARED = ["10.1.0.0/16", "10.1.2.0/24", "10.3.0.0/16", "10.3.255.255", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("network", "meets"),
    [
        pytest.param("10.0.255.255", False, id="one before"),
        pytest.param("10.1.0.0", True, id="the first"),
        pytest.param("10.1.3.0", True, id="behind one within"),
        pytest.param("10.2.0.0", False, id="between two"),
        pytest.param("10.3.255.255", True, id="the last"),
        pytest.param("10.4.0.0", False, id="one behind"),
        pytest.param("10.0.0.0/8", True, id="what holds some"),
        pytest.param("10.2.0.0/15", True, id="what holds one at its end"),
        pytest.param("2001:db8:9::/48", True, id="within, in IPv6"),
        pytest.param("2001:db9::/32", False, id="beside, in IPv6"),
    ],
)
def test_what_is_spared(network: str, meets: bool) -> None:
    assert Spared(SPARED).meets(parse_network(network)) is meets


def test_what_has_ended_is_left_out() -> None:
    assert elements({"192.0.2.1": 0, "192.0.2.2": -5, "192.0.2.3": 1}) == {
        ("addresses4", "192.0.2.3"): 1
    }


def test_beyond_the_bound_those_that_last_longest_stay() -> None:
    wanted = {f"192.0.2.{n}": n for n in range(1, 11)}
    assert set(elements(wanted, most=2).values()) == {9, 10}


def test_a_network_within_another_waits_until_that_is_gone() -> None:
    wanted = {"192.0.2.0/24": 60, "192.0.2.128/25": 600, "192.0.2.5": 60, "198.51.100.0/24": 60}
    assert elements(wanted) == {
        ("networks4", "192.0.2.0/24"): 60,
        ("addresses4", "192.0.2.5"): 60,
        ("networks4", "198.51.100.0/24"): 60,
    }


def test_of_two_spellings_the_longer_block_counts() -> None:
    wanted = {"192.0.2.1": 60, "192.0.2.1/32": 600, "2001:db8::/48": 600, "2001:0db8::/48": 60}
    assert set(elements(wanted).values()) == {600}
    assert len(elements(wanted)) == 2


A, B = ("addresses4", "192.0.2.1"), ("networks4", "192.0.2.0/24")


@pytest.mark.parametrize(
    ("wanted", "present", "script"),
    [
        pytest.param({}, {}, "", id="nothing"),
        pytest.param({A: 60}, {A: 60}, "", id="as wanted"),
        pytest.param({A: 600}, {A: 540}, "", id="an end off by a tenth"),
        pytest.param(
            {A: 600},
            {A: 539},
            "delete element inet dawr addresses4 { 192.0.2.1 }\n"
            "add element inet dawr addresses4 { 192.0.2.1 timeout 600s }\n",
            id="off by more: put anew",
        ),
        pytest.param(
            {A: 60},
            {},
            "add element inet dawr addresses4 { 192.0.2.1 timeout 60s }\n",
            id="a new one",
        ),
        pytest.param(
            {},
            {B: 60},
            "delete element inet dawr networks4 { 192.0.2.0/24 }\n",
            id="one that was lifted",
        ),
        pytest.param({}, {A: 3}, "", id="one about to end is left to end"),
        pytest.param(
            {},
            {A: 4},
            "delete element inet dawr addresses4 { 192.0.2.1 }\n",
            id="one that has a second more is lifted",
        ),
        pytest.param(
            {A: 60, B: 60},
            {("networks4", "198.51.100.0/24"): 60},
            "delete element inet dawr networks4 { 198.51.100.0/24 }\n"
            "add element inet dawr addresses4 { 192.0.2.1 timeout 60s }\n"
            "add element inet dawr networks4 { 192.0.2.0/24 timeout 60s }\n",
            id="what goes goes first",
        ),
    ],
)
def test_the_least_script(
    wanted: dict[tuple[str, str], int], present: dict[tuple[str, str], int], script: str
) -> None:
    assert difference(wanted, present) == script


TEXTS = st.dictionaries(
    st.sampled_from([f"10.0.{n}.0/{length}" for n in range(0, 16, 4) for length in (22, 24, 32)]),
    st.integers(6, 1000),
)


@given(TEXTS, TEXTS)
def test_what_is_as_wanted_needs_no_script(one: dict[str, int], other: dict[str, int]) -> None:
    wanted, present = elements(one), elements(other)
    assert difference(wanted, wanted) == ""
    if wanted.keys() != present.keys():
        assert difference(wanted, present) != ""


def test_the_frame_names_our_table_only() -> None:
    for line in frame([443, 80, 443]).splitlines():
        assert " inet dawr" in line
    assert "tcp dport { 80, 443 }" in frame([443, 80, 443])


async def test_without_the_program_it_says_so() -> None:
    kernel = Kernel([80], FakeClock(), command=["/nowhere/nft"])
    assert "cannot be run" in await kernel.available()


async def test_without_a_port_there_is_nothing_to_guard() -> None:
    assert "no TCP port" in await Kernel([], FakeClock()).available()


# In a network namespace.

NAMESPACE = f"dawr-test-{os.getpid()}"
IP = shutil.which("ip") or shutil.which("ip", path="/usr/sbin:/sbin") or "ip"
NFT = shutil.which("nft") or shutil.which("nft", path="/usr/sbin:/sbin") or ""
INSIDE = [IP, "netns", "exec", NAMESPACE]
PORT = 8080
CONNECT = """
import socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])), family=int(sys.argv[4]))
client = socket.socket(int(sys.argv[4]))
client.bind((sys.argv[3], 0))
client.settimeout(0.3)
try:
    client.connect((sys.argv[1], int(sys.argv[2])))
except TimeoutError:
    print("dropped")
else:
    print("connected")
"""


def _why_not() -> str:
    if os.geteuid() != 0:
        return "needs root to make a network namespace"
    if not NFT:
        return "nft is not installed"
    made = subprocess.run(
        [IP, "netns", "add", NAMESPACE], check=False, capture_output=True, text=True
    )
    subprocess.run([IP, "netns", "delete", NAMESPACE], check=False, capture_output=True)
    return made.stderr.strip()


WHY_NOT = _why_not()
real = pytest.mark.skipif(bool(WHY_NOT), reason=f"no network namespace: {WHY_NOT}")


def inside(*argv: str, script: str = "") -> str:
    done = subprocess.run(
        [*INSIDE, *argv], check=False, input=script, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def connects(client: str, *, server: str = "127.0.0.1", port: int = PORT) -> bool:
    family = "10" if ":" in client else "2"
    said = inside(sys.executable, "-c", CONNECT, server, str(port), client, family)
    return said.strip() == "connected"


def held(table: str = "dawr") -> dict[tuple[str, str], int]:
    return read(inside(NFT, "-j", "list", "table", "inet", table))[0]


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    subprocess.run([IP, "netns", "add", NAMESPACE], check=True)
    try:
        inside(IP, "link", "set", "lo", "up")
        for address in ("2001:db8:1::1/64", "2001:db8:2::1/64"):
            inside(IP, "address", "add", address, "dev", "lo", "nodad")
        yield Kernel([PORT, 9443], FakeClock(), command=[*INSIDE, NFT])
    finally:
        subprocess.run([IP, "netns", "delete", NAMESPACE], check=True)


@real
async def test_a_blocked_client_is_dropped_and_others_are_not(kernel: Kernel) -> None:
    assert await kernel.available() == ""
    await kernel.apply({"127.0.0.2": 60, "127.0.3.0/24": 60, "2001:db8:1::/64": 60})
    assert kernel.size == 3
    assert not connects("127.0.0.2")
    assert not connects("127.0.3.77")
    assert connects("127.0.0.3")
    assert not connects("2001:db8:1::1", server="::1")
    assert connects("2001:db8:2::1", server="::1")
    assert connects("127.0.0.2", port=8081), "a port that is not ours"


@real
async def test_blocks_are_lifted_and_end_by_themselves(kernel: Kernel) -> None:
    await kernel.apply({"127.0.0.2": 60, "127.0.0.3": 600})
    assert held() == {("addresses4", "127.0.0.2"): pytest.approx(60, abs=2),
                      ("addresses4", "127.0.0.3"): pytest.approx(600, abs=2)}  # fmt: skip
    await kernel.apply({"127.0.0.3": 30})
    assert held() == {("addresses4", "127.0.0.3"): pytest.approx(30, abs=2)}
    assert connects("127.0.0.2")
    await kernel.apply({"127.0.0.3": 1})
    while held():  # noqa: ASYNC110 - the kernel tells nobody when one ends
        await asyncio.sleep(0.05)
    assert connects("127.0.0.3")
    await kernel.apply({})
    assert kernel.size == 0


@real
async def test_what_somebody_else_did_is_mended_within_a_minute(kernel: Kernel) -> None:
    await kernel.apply({"127.0.0.2": 600})
    inside(NFT, "flush", "ruleset")
    kernel._clock.advance(61)  # type: ignore[attr-defined]
    await kernel.apply({"127.0.0.2": 540})
    assert not connects("127.0.0.2")


@real
async def test_a_change_between_that_the_table_contradicts_is_mended_at_once(
    kernel: Kernel,
) -> None:
    await kernel.apply({"127.0.0.2": 600})
    inside(NFT, "delete", "table", "inet", "dawr")
    await kernel.apply({"127.0.0.2": 600, "127.0.0.3": 600})
    assert len(held()) == kernel.size == 2


@real
async def test_a_network_gives_way_to_a_wider_one_and_comes_back(kernel: Kernel) -> None:
    narrow, wide = {"127.0.4.128/25": 600}, {"127.0.4.0/24": 60}
    await kernel.apply(narrow)
    await kernel.apply({**narrow, **wide})
    assert list(held()) == [("networks4", "127.0.4.0/24")]
    await kernel.apply(narrow)
    assert list(held()) == [("networks4", "127.0.4.128/25")]


@real
async def test_two_gateways_on_one_machine_do_not_meet(kernel: Kernel) -> None:
    other = Kernel([9443], FakeClock(), command=[*INSIDE, NFT], table="dawr_9091")
    kernel.configure([PORT])
    await kernel.apply({"127.0.0.2": 60})
    await other.apply({"127.0.0.3": 60})
    for one in (kernel, other):  # each looks anew at what there is, and finds nothing to mend
        one._clock.advance(61)  # type: ignore[attr-defined]
    await kernel.apply({"127.0.0.2": 60})
    await other.apply({"127.0.0.3": 60})
    assert set(held()) == {("addresses4", "127.0.0.2")}
    assert set(held("dawr_9091")) == {("addresses4", "127.0.0.3")}
    assert not connects("127.0.0.2")
    assert not connects("127.0.0.3", port=9443)
    assert connects("127.0.0.2", port=9443)
    await kernel.remove()
    assert not connects("127.0.0.3", port=9443)


@real
async def test_other_tables_are_not_touched(kernel: Kernel) -> None:
    other = "table inet other {\n set dawr { type ipv4_addr; elements = { 192.0.2.1 } }\n}\n"
    inside(NFT, "-f", "-", script=other)
    before = inside(NFT, "list", "table", "inet", "other")
    await kernel.apply({"127.0.0.2": 60})
    await kernel.apply({})
    await kernel.remove()
    assert inside(NFT, "list", "tables").split() == ["table", "inet", "other"]
    assert inside(NFT, "list", "table", "inet", "other") == before
    await kernel.remove()


@real
async def test_a_table_of_ours_with_other_sets_is_made_anew(kernel: Kernel) -> None:
    inside(NFT, "-f", "-", script="table inet dawr {\n set addresses4 { type inet_service; }\n}\n")
    await kernel.apply({"127.0.0.2": 60})
    assert not connects("127.0.0.2")


@real
async def test_other_ports_come_with_the_next_change(kernel: Kernel) -> None:
    await kernel.apply({"127.0.0.2": 60})
    kernel.configure([9443])
    await kernel.apply({"127.0.0.2": 60})
    assert connects("127.0.0.2")
    assert not connects("127.0.0.2", port=9443)


@real
async def test_without_the_right_it_says_so(kernel: Kernel) -> None:
    argv = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", NFT]
    poor = Kernel([PORT], FakeClock(), command=[*INSIDE, *argv])
    assert "CAP_NET_ADMIN" in await poor.available()
    with pytest.raises(KernelError, match="not permitted"):
        await poor.apply({"127.0.0.2": 60})


@real
async def test_fifty_thousand_are_set_at_once(kernel: Kernel) -> None:
    wanted = {f"10.{n >> 8}.{n & 255}.7": 600 for n in range(25_000)}
    wanted |= {f"2001:db8:{n:x}::/64": 600 for n in range(25_000)}
    await kernel.apply(wanted)
    assert len(held()) == kernel.size == 50_000
    await kernel.apply({**wanted, "127.0.0.2": 600})
    assert not connects("127.0.0.2")
