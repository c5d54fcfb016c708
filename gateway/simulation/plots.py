"""A day in four pictures: chances, its course, waiting, looks. Needs matplotlib, an extra."""

from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from gateway.simulation.diary import Diary
from gateway.simulation.findings import Found
from gateway.simulation.scenario import Scenario

ENDINGS: Final = (".svg", ".png")
_CITIZENS: Final = "#1f6f54"
_BROKERS: Final = "#b4451f"


class PlotError(Exception):
    """matplotlib is not installed."""


def draw_plots(scenario: Scenario, found: Found, diary: Diary, path: Path) -> None:
    """Chances of all days; the rest of the first. Raises PlotError, OSError."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra
    except ImportError:
        raise PlotError(
            "a picture needs matplotlib, which is not installed: pip install 'dawr[plot]', or "
            "pip install matplotlib; all else goes without it"
        ) from None
    figure = Figure(figsize=(11, 7.5), layout="constrained")
    if scenario.about:
        figure.suptitle(scenario.about, fontsize=10)
    axes = figure.subplots(2, 2)
    _chances(axes[0][0], found)
    _course(axes[0][1], scenario, diary)
    _waiting(axes[1][0], found, diary)
    _looks(axes[1][1], scenario, diary)
    # The same day gives the same file.
    figure.savefig(path, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)


def _chances(axes: Any, found: Found) -> None:
    kinds = found["kinds"]
    colours = [_BROKERS if kind["broker"] else _CITIZENS for kind in kinds]
    axes.barh([kind["name"] for kind in kinds], [kind["chance"] * 100 for kind in kinds],
              color=colours)  # fmt: skip
    axes.invert_yaxis()
    axes.set(title="Places for a hundred people (brokers: customers)", xlabel="%")


def _course(axes: Any, scenario: Scenario, diary: Diary) -> None:
    called = [at - diary.opens for at in diary.called[1:]]
    taken = [at - diary.opens for at in diary.taken_at]
    for label, times, colour in (("called", called, "#555555"), ("places taken", taken, _CITIZENS)):
        axes.step([at / 60 for at in times], range(1, len(times) + 1), label=label, color=colour)
    axes.axhline(scenario.places, linestyle=":", color="#999999")
    axes.axvline(diary.best / 60, linestyle="--", color="#999999", label="platform's best")
    axes.set(title="The course of the day", xlabel="minutes after the opening")
    axes.legend()


def _waiting(axes: Any, found: Found, diary: Diary) -> None:
    for kind, waits in zip(found["kinds"], diary.waits, strict=True):
        if waits:
            ordered = sorted(waits)
            parts = [100 * (at + 1) / len(ordered) for at in range(len(ordered))]
            style = "--" if kind["broker"] else "-"
            axes.step([one / 60 for one in ordered], parts, label=kind["name"], linestyle=style)
    axes.set(title="Who came in had waited", xlabel="minutes at most", ylabel="%")
    if any(diary.waits):
        axes.legend()


def _looks(axes: Any, scenario: Scenario, diary: Diary) -> None:
    looks = list(diary.looks[: diary.seconds + 1])
    sums = [0, *accumulate(looks)]
    means = [(sums[at + 10] - sums[at]) / 10 for at in range(0, max(1, len(looks) - 10), 10)]
    axes.plot([(10 * at - diary.opens) / 60 for at in range(len(means))], means, color=_CITIZENS)
    axes.axhline(scenario.room.polls, linestyle=":", color=_BROKERS)
    axes.set(title="Looks a second (dotted: allowed)", xlabel="minutes after the opening")
