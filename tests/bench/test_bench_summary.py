"""The README's table, out of the scenarios' rounds."""

from bench.summary import summary

FORWARD = {
    "nginx": {"microseconds": [20.0, 21.0, 40.0], "per_core": [50_000.0, 47_619.0, 25_000.0]},
    "Dawr": {"microseconds": [30.0], "per_core": [33_333.3]},
    "uvloop alone, bytes passed on": {"microseconds": [17.0], "per_core": [58_823.0]},
}
REFUSE = {
    "nginx `return 403`": {"microseconds": [10.0]},
    "Dawr, blocked, HTML": {"microseconds": [9.0]},
    "Dawr, limited, HTML": {"microseconds": [19.0]},
}


def test_has_a_row_a_peer_and_the_columns_that_were_measured() -> None:
    assert summary({"forward": FORWARD, "refuse": REFUSE}) == (
        "|  | forward, µs CPU | requests/s a core | refuse, µs CPU |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| Dawr | 30.0 | 33,333 | 9.0 |\n"
        "| nginx | 21.0 | 47,619 | 10.0 |\n"
    )


def test_a_peer_without_a_figure_has_a_dash() -> None:
    said = summary(
        {
            "forward": {"nginx": FORWARD["nginx"]},
            "refuse": {"Dawr, blocked, HTML": {"microseconds": [9.0]}},
        }
    )
    assert "| Dawr | – | – | 9.0 |" in said
    assert "| nginx | 21.0 | 47,619 | – |" in said
