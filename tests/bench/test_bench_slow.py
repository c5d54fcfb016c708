"""What slowhttptest prints; and what it is told to do in each mode."""

import pytest

from bench.slow import MODES, last_status

_SAID = """
\x1b[1;32mslow HTTP test status on \x1b[1;33m5\x1b[1;32mth second:\x1b[0m

initializing:        0
pending:             12
connected:           988
error:               0
closed:              0
service available:   \x1b[1;32mYES\x1b[0m

slow HTTP test status on 25th second:

initializing:        0
pending:             1
connected:           132
error:               0
closed:              867
service available:   YES

Test ended on 26th second
Exit status: Hit test time limit
"""


def test_the_last_status_counts() -> None:
    assert last_status(_SAID) == {"pending": 1, "connected": 132, "error": 0, "closed": 867}


def test_nothing_said_is_nothing_known() -> None:
    assert last_status("usage: slowhttptest") == {}


@pytest.mark.parametrize(("mode", "flag"), list(zip(MODES, ("-H", "-B", "-R", "-X"), strict=True)))
def test_each_mode_has_its_flag_and_ends_in_a_path(mode: str, flag: str) -> None:
    options = MODES[mode]
    assert options[0] == flag
    assert options[-1].startswith("/")
    assert sum(one in {"-H", "-B", "-R", "-X"} for one in options) == 1
