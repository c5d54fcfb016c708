"""A level that an operator set, kept in `level.json` of the state folder until its time is over.

It outlives the control process, a reload and a restart. Each gateway has its own, as it has a level
of its own.
"""

import logging
from pathlib import Path
from typing import Final

import orjson

from gateway.building.flood import LEVELS
from gateway.clock import Clock
from gateway.guard.level import Level
from gateway.private_file import write_private

_log: Final = logging.getLogger("dawr.guard")
LONGEST: Final = 30 * 86_400  # seconds


class LevelByHand:
    """`level` None: none is set. `until`: seconds since 1970."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._file = folder / "level.json"
        self._clock = clock
        self._level: Level | None = None
        self.until: float = 0.0
        self._read()

    def set(self, name: str | None, seconds: float) -> None:
        """Hold a level for so long; None: none. Raises KeyError for a name that is no level's,
        OSError where it cannot be kept: then nothing has changed."""
        level = None if name is None else LEVELS[name]
        until = self._clock.wall() + seconds
        if level is None:
            self._file.unlink(missing_ok=True)
        else:
            told = orjson.dumps({"level": name, "until": until})
            write_private(self._file, told, durable=True)
        self._level, self.until = level, until

    @property
    def level(self) -> Level | None:
        """What is in force now."""
        if self._level is not None and self._clock.wall() >= self.until:
            self._level = None
            _log.warning("the level by hand is over: it goes by what is seen again")
            self._file.unlink(missing_ok=True)
        return self._level

    def _read(self) -> None:
        try:
            found = orjson.loads(self._file.read_bytes())
            level, until = LEVELS[found["level"]], float(found["until"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("%s cannot be read (%s): no level by hand", self._file, error)
            return
        self._level, self.until = level, min(until, self._clock.wall() + LONGEST)
