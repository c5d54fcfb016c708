"""Whom a request is for: the walk from the right, as far as hops are trusted."""

import pytest
from helpers import a_request, networks

from gateway.http.client_address import ClientAddresses
from gateway.request import Request

HOP = "10.0.0.1"


def read(
    *values: str, header: str = "x-forwarded-for", peer: str = HOP, keep_id: bool = True,
    others: tuple[tuple[bytes, bytes], ...] = (),
) -> Request:  # fmt: skip
    clients = ClientAddresses(
        networks("10.0.0.0/8", "2001:db8:aaaa::/48"), header=header.encode(), keep_id=keep_id
    )
    request = a_request(
        client=peer, headers=[*((header.encode(), v.encode()) for v in values), *others]
    )
    request.id = b""
    clients.read(request)
    return request


@pytest.mark.parametrize(
    ("values", "client"),
    [
        pytest.param([], HOP, id="no header: the hop itself"),
        pytest.param(["192.0.2.1"], "192.0.2.1", id="one client"),
        pytest.param(["6.6.6.6, 192.0.2.1"], "192.0.2.1", id="a lie in front of it"),
        pytest.param(["192.0.2.1, 10.0.0.2"], "192.0.2.1", id="a second trusted hop"),
        pytest.param(["6.6.6.6, 192.0.2.1, 10.0.0.3, 10.0.0.2"], "192.0.2.1", id="three hops"),
        pytest.param(["6.6.6.6", "192.0.2.1"], "192.0.2.1", id="on two lines"),
        pytest.param(["192.0.2.1", "10.0.0.2"], "192.0.2.1", id="on two lines, trusted"),
        pytest.param(["10.0.0.4, 10.0.0.3"], "10.0.0.4", id="nothing but trusted hops"),
        pytest.param(["192.0.2.1, unknown"], HOP, id="a hop that is no address"),
        pytest.param(["192.0.2.1, unknown, 10.0.0.2"], "10.0.0.2", id="the same, further left"),
        pytest.param(["192.0.2.1,"], HOP, id="an empty hop"),
        pytest.param([""], HOP, id="an empty header"),
        pytest.param(["192.0.2.1:1234"], "192.0.2.1", id="with a port"),
        pytest.param(["[2001:db8::1]:1234"], "2001:db8::1", id="IPv6 with a port"),
        pytest.param(["[2001:db8::1]"], "2001:db8::1", id="IPv6 in brackets"),
        pytest.param(["2001:db8::1"], "2001:db8::1", id="IPv6"),
        pytest.param(["192.0.2.1, 2001:db8:aaaa::1"], "192.0.2.1", id="a trusted IPv6 hop"),
        pytest.param(["::ffff:192.0.2.1"], "192.0.2.1", id="IPv4 in IPv6 clothes"),
        pytest.param(["192.0.2.1, ::ffff:10.0.0.2"], "192.0.2.1", id="a hop in IPv6 clothes"),
        pytest.param(["  192.0.2.1\t"], "192.0.2.1", id="spaces around"),
        pytest.param(["192.0.2.01"], HOP, id="a zero in front"),
        pytest.param(["192.0.2.1.5"], HOP, id="five numbers"),
        pytest.param(["1" * 300], HOP, id="a very long hop"),
        pytest.param(["192.0.2.1, " + "10.0.0.2, " * 30 + "10.0.0.3"], "192.0.2.1", id="32 hops"),
        pytest.param(["192.0.2.1, " + "10.0.0.2, " * 31 + "10.0.0.3"], "10.0.0.2", id="33 hops"),
    ],
)
def test_x_forwarded_for_is_walked_from_the_right(values: list[str], client: str) -> None:
    assert read(*values).client.text == client


@pytest.mark.parametrize(
    ("values", "client"),
    [
        pytest.param(["for=192.0.2.1"], "192.0.2.1", id="one client"),
        pytest.param(["For=192.0.2.1;proto=https;by=1.1.1.1"], "192.0.2.1", id="other parameters"),
        pytest.param(["proto=https; for=192.0.2.1"], "192.0.2.1", id="behind others"),
        pytest.param(['for="192.0.2.1:1234"'], "192.0.2.1", id="quoted, with a port"),
        pytest.param(['for="[2001:db8::1]:1234"'], "2001:db8::1", id="IPv6 with a port"),
        pytest.param(['for="[2001:db8::1]"'], "2001:db8::1", id="IPv6"),
        pytest.param(["for=6.6.6.6, for=192.0.2.1"], "192.0.2.1", id="a lie in front of it"),
        pytest.param(["for=192.0.2.1, for=10.0.0.2"], "192.0.2.1", id="a second trusted hop"),
        pytest.param(["for=192.0.2.1", "for=10.0.0.2"], "192.0.2.1", id="on two lines"),
        pytest.param(["for=unknown"], HOP, id="unknown"),
        pytest.param(["for=_hidden"], HOP, id="a name"),
        pytest.param(["by=192.0.2.1"], HOP, id="no for"),
        pytest.param(["192.0.2.1"], HOP, id="no pair"),
        pytest.param(['for="192.0.2.1'], HOP, id="a quote left open"),
        pytest.param(['for="a, for=6.6.6.6"'], HOP, id="a comma in quotes"),
    ],
)
def test_forwarded_is_walked_from_the_right(values: list[str], client: str) -> None:
    assert read(*values, header="forwarded").client.text == client


def test_only_the_one_header_is_read() -> None:
    other = ((b"forwarded", b"for=6.6.6.6"), (b"x-real-ip", b"6.6.6.6"))
    assert read("192.0.2.1", others=other).client.text == "192.0.2.1"
    assert read(others=other).client.text == HOP


@pytest.mark.parametrize(
    ("value", "secure"), [(b"https", True), (b"HTTPS", True), (b"http", False), (b"", False)]
)
def test_a_hop_says_whether_it_spoke_tls(value: bytes, secure: bool) -> None:
    assert read(others=((b"x-forwarded-proto", value),)).secure is secure


@pytest.mark.parametrize(
    ("value", "host"),
    [(b"A.example", b"a.example"), (b"a:443", b"a:443"), (b"a b", b""), (b"a, b", b""), (b"", b"")],
)
def test_a_hop_says_which_host_it_was_asked_for(value: bytes, host: bytes) -> None:
    assert read(others=((b"x-forwarded-host", value),)).forwarded_host == host


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (b"1234567", False),
        (b"12345678", True),
        (b"a" * 128, True),
        (b"a" * 129, False),
        (b"bad id 12", False),
        (b"<script>1", False),
    ],
)
def test_a_hop_s_request_id_is_kept(value: bytes, kept: bool) -> None:
    id_ = ((b"x-request-id", value),)
    assert read(others=id_).id == (value if kept else b"")
    assert read(others=id_, keep_id=False).id == b""


def test_hops_remembered_are_bounded() -> None:
    clients = ClientAddresses(networks("10.0.0.0/8"))
    for n in range(20_000):
        request = a_request(client=HOP, headers=[(b"x-forwarded-for", b"192.0.2.1:%d" % n)])
        clients.read(request)
        assert request.client.text == "192.0.2.1"
    assert len(clients._known) <= 16_384


def test_nobody_is_trusted_by_default() -> None:
    clients = ClientAddresses(networks())
    assert not clients.guards
    assert not clients.trusts(a_request().peer)
