"""Has something changed? The cumulative sum of how far off the forecasts were.

Page, "Continuous inspection schemes", 1954: each error in standard deviations, less an allowance
`drift`, is added up, never below nothing; past `threshold` it is no chance any more. Between two
false alarms of independent normal errors lie, on average, as many steps as `average_run_length`
says (Siegmund, "Sequential Analysis", 1985): one-sided with drift 0.5 and threshold 4: 340, 5: 930,
8: 18,000; with drift 1 and threshold 4: 15,000, 8: 45 million. Errors that follow each other, or
have fat tails, make it fewer: bench/detection.py measures what the whole makes of a week.
"""

from math import exp


class Cusum:
    """One signal's. `up` and `down`: how far it has strayed, in deviations; at most `most`, so that
    it comes back in time when all is over."""

    def __init__(self, drift: float, threshold: float, *, two_sided: bool = False) -> None:
        self.drift = drift
        self.threshold = threshold
        self.two_sided = two_sided
        self.up = 0.0
        self.down = 0.0

    def add(self, error: float) -> None:
        """`error`: standard deviations above (or, negative, below) the forecast."""
        most = 2 * self.threshold
        self.up = min(most, max(0.0, self.up + error - self.drift))
        if self.two_sided:
            self.down = min(most, max(0.0, self.down - error - self.drift))

    def reset(self) -> None:
        self.up = self.down = 0.0

    @property
    def strayed(self) -> float:
        """The greater of both sides."""
        return max(self.up, self.down)

    @property
    def changed(self) -> bool:
        return self.strayed > self.threshold


def average_run_length(drift: float, threshold: float, shift: float = 0.0) -> float:
    """Steps until a one-sided alarm where errors are normal around `shift`: Siegmund's
    approximation, within a few per cent."""
    delta = shift - drift
    reach = threshold + 1.166
    if abs(delta) < 1e-9:
        return reach * reach
    return (exp(-2 * delta * reach) + 2 * delta * reach - 1) / (2 * delta * delta)
