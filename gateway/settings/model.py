"""The base of all models: closed, frozen, and said once."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Unknown keys are refused; defaults are checked like what is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def as_written(value: Any) -> Any:
    """A default in the words of the file, so that the two read alike; validated like those."""
    return value
