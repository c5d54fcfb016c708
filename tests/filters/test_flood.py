"""Who is challenged under attack: newcomers where the attack goes."""

import pytest
from helpers import a_request

from gateway.filters.base import PassCheck
from gateway.filters.flood import Flood, FloodState
from gateway.request import Request
from gateway.verdict import Action, Verdict

VERDICT = Verdict(Action.CHALLENGE, "under-attack")


class Passed(PassCheck):
    def valid(self, request: Request) -> bool:
        return request.header(b"x-passed") is not None


@pytest.mark.parametrize(
    ("everywhere", "path", "since", "passed", "challenged"),
    [
        pytest.param(False, "/search", 0, False, True, id="a stranger at the target"),
        pytest.param(False, "/", 0, False, False, id="elsewhere"),
        pytest.param(False, "/search", 0, True, False, id="who has passed"),
        pytest.param(False, "/search", 999, False, False, id="known from before"),
        pytest.param(False, "/search", 1000, False, True, id="new in the attack's minute"),
        pytest.param(True, "/", 0, False, True, id="everywhere: a stranger"),
        pytest.param(True, "/", 999, False, False, id="everywhere: known from before"),
        pytest.param(True, "/.dawr/challenge", 0, False, False, id="where it is solved"),
    ],
)
def test_who_is_challenged(
    everywhere: bool, path: str, since: int, passed: bool, challenged: bool
) -> None:
    state = FloodState()
    state.set(2, frozenset({"/search"}), 1000, everywhere=everywhere)
    request = a_request(path=path, headers=[(b"x-passed", b"1")] if passed else [])
    request.device, request.device_since = bool(since), since
    verdict = Flood(state, Passed(), VERDICT).check(request)
    assert (verdict is VERDICT) is challenged


def test_calm_nobody_is() -> None:
    assert Flood(FloodState(), Passed(), VERDICT).check(a_request()) is None
