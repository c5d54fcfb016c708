"""The settings of the challenge: what is asked of a browser that may be no browser."""

from pydantic import Field, field_validator

from gateway.clock import SECOND
from gateway.settings.model import Model, as_written
from gateway.settings.units import Duration

_SHORTEST = 60 * SECOND


class Difficulty(Model):
    """The highest number a browser may have to try; an old phone tries some 60,000 a second."""

    elevated: int = Field(
        50_000, ge=1000, le=1_000_000, description="numbers to try at most, on an ordinary day"
    )
    under_attack: int = Field(
        100_000, ge=1000, le=1_000_000, description="and while the site is under attack"
    )


class ChallengeModel(Model):
    pass_time: Duration = Field(
        as_written("1h"), description="how long who solved it is not challenged again"
    )
    wait: Duration = Field(
        as_written("15s"), description="what a browser without JavaScript waits instead"
    )
    waited_pass_time: Duration = Field(
        as_written("10min"), description="how long that lasts: waiting costs a machine nothing"
    )
    lifetime: Duration = Field(
        as_written("10min"), description="how long a challenge that is out can be met"
    )
    difficulty: Difficulty = Difficulty()

    @field_validator("pass_time", "waited_pass_time", "lifetime")
    @classmethod
    def _a_minute(cls, value: int) -> int:
        if value < _SHORTEST:
            raise ValueError("this is too short to use a page in: 1min at least")
        return value

    @field_validator("wait")
    @classmethod
    def _a_second(cls, value: int) -> int:
        if value < SECOND:
            raise ValueError("whole seconds are counted: write 1s at least")
        return value
