"""The base of all models: closed, frozen, and said once."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Unknown keys are refused; defaults are checked like what is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
