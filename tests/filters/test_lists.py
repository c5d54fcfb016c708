"""Lists: refuse, or let by, exactly what is listed."""

import pytest
from helpers import a_request

from gateway.filters.lists import NetworkList
from gateway.prefixes import PrefixTable, parse_network
from gateway.verdict import Action, Verdict

LISTED = NetworkList(
    "block-list",
    PrefixTable(
        (parse_network(text), Verdict(Action.BLOCK, name))
        for text, name in [("203.0.113.0/24", "brokers.txt"), ("2001:db8::/48", "scanners.txt")]
    ),
)


@pytest.mark.parametrize(
    ("client", "rule"),
    [
        pytest.param("203.0.112.255", None, id="one before it"),
        pytest.param("203.0.113.0", "brokers.txt", id="first address of the network"),
        pytest.param("203.0.113.255", "brokers.txt", id="last address of the network"),
        pytest.param("203.0.114.0", None, id="one past it"),
        pytest.param("::ffff:203.0.113.7", "brokers.txt", id="the same address in IPv6 clothes"),
        pytest.param("64:ff9b::203.0.113.7", "brokers.txt", id="behind NAT64"),
        pytest.param("2002:cb00:7107::1", "brokers.txt", id="by 6to4"),
        pytest.param("2001:db8:0:ffff::1", "scanners.txt", id="inside the /48"),
        pytest.param("2001:db8:1::", None, id="one past the /48"),
    ],
)
def test_refuses_exactly_what_is_listed(client: str, rule: str | None) -> None:
    verdict = LISTED.check(a_request(client=client))
    assert (verdict and verdict.rule) == rule
