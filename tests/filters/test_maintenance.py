"""Maintenance: closed for all but those who work on it."""

import pytest
from helpers import a_refusal, a_request, networks

from gateway.filters.maintenance import Maintenance
from gateway.http.target import ASTERISK
from gateway.verdict import Action

CLOSED = Maintenance(
    a_refusal(Action.MAINTENANCE), paths=("/booking/", "/pay"), allowed=networks("10.0.0.0/8")
)


@pytest.mark.parametrize(
    ("path", "client", "refused"),
    [
        ("/booking/", "192.0.2.1", True),
        ("/booking/x", "192.0.2.1", True),
        ("/booking", "192.0.2.1", False),
        ("/pay", "192.0.2.1", True),
        ("/payment", "192.0.2.1", True),
        ("/", "192.0.2.1", False),
        ("/booking/x", "10.255.255.255", False),
        ("/booking/x", "11.0.0.0", True),
    ],
)
def test_closes_paths(path: str, client: str, refused: bool) -> None:
    assert (CLOSED.check(a_request(path=path, client=client)) is not None) is refused


def test_a_closed_site_is_closed_to_its_asterisk() -> None:
    whole = Maintenance(a_refusal(Action.MAINTENANCE), paths=("/",), allowed=networks())
    assert whole.check(a_request(path=ASTERISK.path)) is not None
