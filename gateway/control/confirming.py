"""Codes for a person's other device, by way of the ministry's SMS gateway.

What is posted: {"version": 1, "room", "reference", "number", "code", "expires_in"}, and in the
header `Dawr-Signature: t=SECONDS,v1=HEX` the HMAC-SHA-256 of `SECONDS.BODY` by the shared secret.
Any 2xx means that the message is on its way; all else that it is not, and the visitor is told so.
The number stands in that request alone: it is neither kept nor logged; of the code a MAC is shared.
"""

import hmac
import logging
import secrets
from typing import Final

import aiohttp
import orjson

from gateway.building.rooms import code_key
from gateway.clock import SECOND, Clock
from gateway.settings.identities import ConfirmModel
from gateway.state.rooms import CODE_SECONDS, RoomLead
from gateway.waitingroom.joining import code_mac

_log: Final = logging.getLogger("dawr.rooms")
_AT_ONCE: Final = 64  # posts under way; who comes beyond that is told that it could not be sent
SENT: Final = "code"
UNSENT: Final = "unsent"


class Confirming:
    """Of one room."""

    def __init__(
        self, room: str, model: ConfirmModel, lead: RoomLead, keys: list[bytes], clock: Clock
    ) -> None:
        self._room = room
        self._model = model
        self._lead = lead
        self._key = code_key(keys)
        self._clock = clock
        self._under_way = 0

    async def send(self, opening: str, ticket: bytes, person: bytes, number: str) -> str:
        """Have a code sent to that person, for the device whose ticket has that hash: SENT, UNSENT,
        or nomore. Raises as the shared state does."""
        if self._under_way >= _AT_ONCE:
            return UNSENT
        code = f"{secrets.randbelow(1_000_000):06}"
        self._under_way += 1
        try:
            why = await self._lead.code(opening, person, ticket, code_mac(self._key, ticket, code))
            return why or (SENT if await self._posted(number, code) else UNSENT)
        finally:
            self._under_way -= 1

    async def _posted(self, number: str, code: str) -> bool:
        body = orjson.dumps(
            {
                "version": 1,
                "room": self._room,
                "reference": secrets.token_hex(8),
                "number": number,
                "code": code,
                "expires_in": CODE_SECONDS,
            }
        )
        at = str(int(self._clock.wall()))
        signed = hmac.digest(self._model.secret.encode(), f"{at}.".encode() + body, "sha256").hex()
        headers = {"Content-Type": "application/json", "Dawr-Signature": f"t={at},v1={signed}"}
        timeout = aiohttp.ClientTimeout(total=self._model.timeout / SECOND)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self._model.url, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                if 200 <= answer.status < 300:
                    return True
                _log.warning("room %s: the SMS gateway answers %d", self._room, answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning(
                "room %s: the SMS gateway cannot be had: %s", self._room, type(error).__name__
            )
        return False
