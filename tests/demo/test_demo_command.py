"""The command as it is run: its lines, its exit status, its end."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.demo.command import demo

COMMAND = [sys.executable, "-m", "gateway.demo"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--listen", "8000"], "'8000' is not HOST:PORT, such as 127.0.0.1:8000"),
        (["--listen", "127.0.0.1:x"], "'x' is not a port: a number from 0 to 65535"),
        (["--listen", "127.0.0.1:65536"], "'65536' is not a port: a number from 0 to 65535"),
        (["--listen", "127.0.0.1:"], "'' is not a port: a number from 0 to 65535"),
        (["--fail-share", "1.1"], "'1.1' is not from 0 to 1"),
        (["--fail-share", "half"], "'half' is not a number from 0 to 1"),
        (["--places", "-1"], "-1 is not in the range"),
        (["--capacity", "0"], "0 is not in the range"),
        (["--fail", "badly"], "'badly' is not one of"),
    ],
)
def test_wrong_usage_is_told_in_a_line(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(demo, arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_help_tells_the_options_and_the_exit_status() -> None:
    result = CliRunner().invoke(demo, ["--help"])
    assert result.exit_code == 0
    for word in ("--listen", "--database", "--places", "--capacity", "--fail-share", "Exit status"):
        assert word in result.output


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    options = ["--listen", "127.0.0.1:0", "--database", str(tmp_path / "demo.db")]
    with subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as site:
        line = site.stdout.readline()
        assert line.startswith("The demo platform listens on http://127.0.0.1:")
        with urllib.request.urlopen(line.split()[-1] + "/health") as answer:
            assert answer.status == 200
        site.send_signal(number)
        out, err = site.communicate(timeout=20)
    assert (site.returncode, out, err) == (0, "", "")


def run(*options: str) -> tuple[int, str]:
    done = subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.real
def test_a_port_in_use_is_told_in_a_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, told = run("--listen", f"127.0.0.1:{port}")
    assert (status, told) == (
        1,
        f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n",
    )


def not_sqlite(folder: Path) -> Path:
    (folder / "letter.txt").write_text("not a database, but a letter. " * 100)
    return folder / "letter.txt"


def somebody_elses(folder: Path) -> Path:
    import sqlite3

    connection = sqlite3.connect(folder / "other.db")
    connection.execute("CREATE TABLE other (id)")
    connection.close()
    return folder / "other.db"


@pytest.mark.real
@pytest.mark.parametrize(
    ("database", "reason"),
    [
        pytest.param(lambda folder: folder, "unable to open database file", id="a folder"),
        pytest.param(
            lambda folder: folder / "no" / "demo.db", "unable to open database file", id="no folder"
        ),
        pytest.param(not_sqlite, "file is not a database", id="another kind of file"),
        pytest.param(
            somebody_elses,
            "not a database of this site, or of another version of it",
            id="somebody else's database",
        ),
    ],
)
def test_a_database_of_no_use_is_told_in_a_line(tmp_path: Path, database, reason: str) -> None:
    path = database(tmp_path)
    status, told = run("--listen", "127.0.0.1:0", "--database", str(path))
    assert (status, told) == (1, f"Error: cannot use the database {path}: {reason}\n")


@pytest.mark.real
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_database_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "demo.db").touch(mode=0o400)
    status, told = run("--listen", "127.0.0.1:0", "--database", str(tmp_path / "demo.db"))
    assert status == 1
    assert "readonly database" in told
