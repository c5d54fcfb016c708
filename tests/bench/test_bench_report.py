"""The tables, as people and programs read them."""

import io
import json

import pytest
from rich.console import Console

from bench import report
from bench.figures import Column, Goal, Row, Spread, Table, Value

_MACHINE = {"Machine": "a test's", "Pinned": "nowhere"}


def a_table(cost: float = 30.0) -> Table:
    ratio = cost / 20
    return Table(
        "forward",
        "Forwarding",
        [Column("microseconds", "CPU, µs"), Column("ratio", "× nginx", 2)],
        rows=[
            Row("nginx", {"microseconds": Spread(20.0, 19.0, 22.0), "ratio": 1.0}),
            Row("Dawr", {"microseconds": Spread(cost, cost, cost), "ratio": ratio}),
            Row("HAProxy", skipped="haproxy is not installed"),
        ],
        goals=[Goal("forward", ratio, 1.5, "× nginx")],
        how="As it was done.\n",
        raw={"nginx": {"microseconds": [19.0, 20.0, 22.0]}},
    )


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        pytest.param(None, 1, "–", id="not measured"),
        pytest.param(1234.56, 0, "1,235", id="a number"),
        pytest.param("text", 0, "text", id="text"),
        pytest.param(Spread(20.0, 19.0, 22.0), 1, "20.0 (19.0–22.0)", id="rounds"),
        pytest.param(Spread(20.0, 20.0, 20.0), 1, "20.0", id="one round"),
        pytest.param(Spread(20.0, 19.96, 20.04), 1, "20.0", id="rounds that look alike"),
    ],
)
def test_writes_a_cell(value: Value, digits: int, expected: str) -> None:
    assert report.cell(value, digits) == expected


def test_the_page_has_machine_goals_tables_and_notes_in_this_order() -> None:
    page = report.as_markdown([a_table()], _MACHINE, "## Where the time goes\n\nHere.\n")
    parts = [
        "# Benchmarks",
        "- Machine: a test's",
        "- forward: 1.50× nginx, goal ≤ 1.5× nginx: reached",
        "## Forwarding",
        "|  | CPU, µs | × nginx |\n| --- | ---: | ---: |\n| nginx | 20.0 (19.0–22.0) | 1.00 |",
        "| Dawr | 30.0 | 1.50 |",
        "| HAProxy | skipped: haproxy is not installed | – |",
        "As it was done.",
        "## Where the time goes",
    ]
    places = [page.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert page.endswith("Here.\n")


def test_the_page_says_where_a_goal_is_missed() -> None:
    page = report.as_markdown([a_table(40)], _MACHINE, "")
    assert "- forward: 2.00× nginx, goal ≤ 1.5× nginx: NOT reached" in page


def test_a_page_without_notes_ends_with_its_last_table() -> None:
    assert report.as_markdown([a_table()], _MACHINE, " \n").endswith("As it was done.\n")


def test_a_scenario_that_failed_is_told_and_the_others_stand() -> None:
    failed = Table("idle", "Idle", [], failed="nginx did not start: no such file")
    page = report.as_markdown([failed, a_table()], _MACHINE, "")
    assert "## Idle\n\nNot measured: nginx did not start: no such file\n" in page
    assert "| nginx | 20.0 (19.0–22.0) | 1.00 |" in page
    out = io.StringIO()
    report.show(failed, Console(file=out, width=120))
    assert "Idle: not measured. nginx did not start" in out.getvalue()


def test_json_holds_the_rounds_behind_the_medians() -> None:
    told = json.loads(report.as_json([a_table()], _MACHINE))
    forward = told["scenarios"]["forward"]
    assert told["machine"] == _MACHINE
    assert forward["rounds"]["nginx"]["microseconds"] == [19.0, 20.0, 22.0]
    assert forward["rows"][0]["values"]["microseconds"] == {
        "median": 20.0,
        "low": 19.0,
        "high": 22.0,
    }
    assert forward["goals"][0]["reached"] is True


def test_the_terminal_shows_rows_skips_and_goals() -> None:
    out = io.StringIO()
    report.show(a_table(), Console(file=out, width=120))
    shown = out.getvalue()
    assert "30.0" in shown
    assert "skipped: haproxy is not installed" in shown
    assert "goal ≤ 1.5× nginx: reached" in shown
