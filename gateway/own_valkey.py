"""The embedded Valkey, kept alive by the supervisor: started again whenever it ends."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.children import cause_of_end, end_with_parent
from gateway.clock import SECOND, Clock
from gateway.errors import OperatorError
from gateway.state.embedded import EmbeddedValkey
from gateway.tasks import start_task

_log: Final = logging.getLogger("dawr.supervisor")
_AGAIN: Final = 0.1  # seconds until it is started anew; doubled each time it ends at once
_AGAIN_AT_MOST: Final = 10.0
_AT_ONCE: Final = 5 * SECOND


class OwnValkey:
    """`ended` is told each time it ends by itself; meanwhile each worker counts for itself."""

    def __init__(self, folder: Path, clock: Clock, ended: Callable[[], None]) -> None:
        self._server = EmbeddedValkey(folder, end_with_parent)
        self._clock = clock
        self._ended = ended
        self._stopping = False

    @property
    def pid(self) -> int:
        return self._server.pid

    async def start(self) -> None:
        """Raises OperatorError where it does not start the first time."""
        await self._server.start()
        start_task(self._keep(), name="keep the embedded Valkey")

    async def _keep(self) -> None:
        pause = _AGAIN
        while True:
            began = self._clock.now()
            status = await self._server.ended()
            if self._stopping:
                return
            _log.error("the embedded Valkey ended (%s); starting it again", cause_of_end(status))
            self._ended()
            pause = _AGAIN if self._clock.now() - began > _AT_ONCE else pause
            await asyncio.sleep(pause)
            pause = min(2 * pause, _AGAIN_AT_MOST)
            try:
                await self._server.start()
            except (OperatorError, OSError) as error:
                _log.error("%s", error)

    async def stop(self) -> None:
        self._stopping = True
        await self._server.stop()
