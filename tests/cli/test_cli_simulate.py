"""`gateway simulate`, as typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from little_day import LITTLE

from gateway.cli import main
from gateway.simulation.scenario import load

SHIPPED = sorted((Path(__file__).parents[2] / "config/simulations").glob("*.yaml"))


@pytest.fixture
def little(tmp_path: Path) -> Path:
    path = tmp_path / "little.yaml"
    path.write_text(LITTLE)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["simulate", *map(str, arguments)])


def test_without_a_scenario_it_tells_what_there_is() -> None:
    done = run()
    assert done.exit_code == 0
    for path in SHIPPED:
        assert path.stem in done.output
    assert json.loads(run("--json").output).keys() == {path.stem for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_is_shipped_is_right_and_says_what_it_shows(path: Path) -> None:
    assert path.read_text("utf-8").startswith("# ")
    assert load(path).about


def test_it_prints_who_got_what(little: Path) -> None:
    done = run(little, "--seed", 3, "--citizens", 200)
    assert done.exit_code == 0, done.output
    assert "200 citizens for 20 places" in done.output
    for word in ("own", "carriers", "offices (brokers)", "last place", "beyond today's places",
                 "looks a second", "refused wrongly", "true"):  # fmt: skip
        assert word in done.output


def test_as_json_it_is_what_was_found(little: Path) -> None:
    done = run(little, "--json", "--citizens", 100, "--policy", "first-come", "--days", 2)
    found = json.loads(done.stdout)
    assert found["scenario"]["policy"] == "first-come"
    assert found["scenario"]["days"] == 2
    assert {"kinds", "brokers", "places", "range", "reach", "polls", "called"} <= found.keys()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("places: 0\n", "little.yaml:1:9: places", id="a value that cannot be"),
        pytest.param("citizens: []\n", "citizens", id="nobody comes"),
        pytest.param("palces: 5\n", 'did you mean "places"?', id="a key that there is not"),
        pytest.param("- 5\n", "keys and values", id="no scenario at all"),
        pytest.param(
            LITTLE.replace("customers: 20", "network: behind, behind: nobody"),
            "there are: carriers",
            id="behind nobody",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(little: Path, text: str, told: str) -> None:
    little.write_text(text)
    done = run(little)
    assert done.exit_code == 1
    assert str(little) in done.output.replace("\n", "")
    assert told in done.output


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        pytest.param(["nowhere"], 1, "model-day", id="no such name: those that there are"),
        pytest.param(["nowhere.yaml"], 1, "cannot be read", id="no such file"),
        pytest.param(["model-day", "--plot", "a.pdf"], 2, ".svg or .png", id="no such picture"),
        pytest.param(["model-day", "--policy", "luck"], 2, "first-come", id="no such policy"),
        pytest.param(["model-day", "--citizens", "9000000"], 1, "too many", id="too many"),
    ],
)
def test_used_wrongly_it_says_what_instead(arguments: list[str], status: int, told: str) -> None:
    done = run(*arguments)
    assert done.exit_code == status
    assert told in done.output


def test_without_matplotlib_it_says_what_to_install(
    little: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    done = run(little, "--citizens", 50, "--plot", tmp_path / "day.svg")
    assert done.exit_code == 1
    assert "pip install 'dawr[plot]'" in done.output


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_it_draws(little: Path, tmp_path: Path, ending: str) -> None:
    pytest.importorskip("matplotlib", reason="an extra: dawr[plot]")
    picture = tmp_path / f"day.{ending}"
    assert run(little, "--citizens", 50, "--plot", picture).exit_code == 0
    assert picture.stat().st_size > 10_000
