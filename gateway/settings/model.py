"""The base of all models: closed, frozen, and said once."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

_LONGEST: Final = 80  # characters of a wrong value that are shown


class Model(BaseModel):
    """Unknown keys are refused; defaults are checked like what is written."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )


def as_written(value: Any) -> Any:
    """A default in the words of the file, so that the two read alike; validated like those."""
    return value


def off_is_none(value: Any) -> Any:
    """For a part that can be switched off as a whole, by the word `off`."""
    return None if value == "off" else value


def shown(value: Any) -> str:
    """A wrong value in the file's words."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "keys and values"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
