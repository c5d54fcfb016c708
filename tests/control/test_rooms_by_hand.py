"""Which numbers an operator may withdraw."""

import pytest

from gateway.control.rooms import check_number
from gateway.errors import OperatorError
from gateway.waitingroom.conductor import REVOKED

OPEN = {"high": 1200, "revoked": [7]}


@pytest.mark.parametrize(
    ("what", "number", "told", "why"),
    [
        ("revoke", 1, OPEN, ""),
        ("revoke", 1200, OPEN, ""),
        ("revoke", 7, OPEN, ""),
        ("restore", 7, OPEN, ""),
        ("revoke", 1201, OPEN, "nobody has number 1201: there are 1 to 1200"),
        ("revoke", 1, {"high": 0, "revoked": []}, "there are none yet"),
        ("revoke", 1, None, "there are none yet"),
        ("restore", 8, OPEN, "number 8 is not withdrawn"),
        ("revoke", 1, {"high": 9999, "revoked": list(range(REVOKED))}, "all a room remembers"),
    ],
)
def test_a_number_has_to_be_there(what: str, number: int, told: dict[str, object] | None,
                                  why: str) -> None:  # fmt: skip
    if not why:
        check_number(what, number, told)
        return
    with pytest.raises(OperatorError, match=why):
        check_number(what, number, told)
