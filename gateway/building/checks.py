"""An operator's own check of numbers: a function by its name, taken up at load."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from gateway.config import Loaded
from gateway.errors import OperatorError
from gateway.settings.identities import LUHN
from gateway.settings.rooms import RoomModel
from gateway.waitingroom.identity import Checker


def checkers(loaded: Loaded) -> dict[str, Checker]:
    """By room. Raises OperatorError where one cannot be had."""
    found = {}
    for model in loaded.settings.rooms:
        named = None if model.identity is None else model.identity.check
        if named is not None and named != LUHN:
            found[model.name] = _function(loaded, model, named)
    return found


def _function(loaded: Loaded, model: RoomModel, named: str) -> Checker:
    where, _, name = named.rpartition(":")
    try:
        module = (
            _of_file(loaded, where) if where.endswith(".py") else importlib.import_module(where)
        )
        found: Checker = getattr(module, name)
    except Exception as error:  # it is the operator's code that runs
        raise OperatorError(
            f"rooms.{model.name}.identity.check: {named} cannot be had: "
            f"{type(error).__name__}: {error}"
        ) from None
    if not callable(found):
        raise OperatorError(f"rooms.{model.name}.identity.check: {named} is no function")
    return found


def _of_file(loaded: Loaded, file: str) -> ModuleType:
    path = loaded.input(Path(file))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.exists():
        raise FileNotFoundError(f"there is no {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
