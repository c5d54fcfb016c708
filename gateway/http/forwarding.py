"""A client's connection as far as forwarding goes: the way to the platform, and what comes back."""

from typing import Final

from gateway.http.backend import Backend
from gateway.http.bodies import UNTIL_CLOSE, last_chunk
from gateway.http.chunks import chunk
from gateway.http.connection import TUNNEL, Connection
from gateway.http.exchange import Failure
from gateway.http.framing import Answer
from gateway.http.outgoing import answer_head, forwarded_lines, interim_head, request_head
from gateway.http.upstream import Upstream
from gateway.request import CHUNKED, NO_BODY

_RETRIED: Final = frozenset({b"GET", b"HEAD", b"OPTIONS"})


class Forwarding(Connection):
    """What an upstream connection calls back, in the order that `Sink` tells."""

    # The way to the platform, and what it calls back.

    def _assign(self, now: int, *, avoid: Backend | None = None, fresh: bool = False) -> None:
        self.attempts += 1
        self._backend = None
        given = self._plane.platform.assign(self, now, avoid=avoid, fresh=fresh)
        if isinstance(given, Failure):
            self.failed(given, untouched=False)
            return
        self._backend = given
        if self._upstream is None and self.request_complete:
            self.deadline = now + given.first_byte

    def attached(self, upstream: Upstream) -> None:
        self._upstream = upstream
        backend = upstream.pool
        exchange = self.exchange
        exchange.backend = backend.origin.url
        exchange.handed_over = backend.now()
        if self.request_complete:
            self.deadline = 0
        if not self._forwarded or self._trusted:
            self._forwarded = forwarded_lines(self.request)
        host = backend.origin.host or (b"" if self.request.host else backend.origin.authority)
        data = request_head(self.request, host, self._forwarded, upgrade=self.asked_upgrade)
        if self._early_body:
            data += b"".join(self._early_body)
            self._early_body = []
            self._early_bytes = 0
            self._resume()
        upstream.write(data)
        if self._stalled:
            upstream.pause(True)

    def interim(self, answer: Answer) -> None:
        if self.request.minor == 1:
            self._write(interim_head(answer))

    def answered(self, answer: Answer, data: bytes, *, done: bool) -> None:
        exchange = self.exchange
        exchange.answer_started = self._plane.clock.now()
        exchange.status = answer.status
        exchange.body_sent += len(data)
        if self.request.observers is not None:
            if self.request.login and 300 <= answer.status < 400:
                self.request.redirected_to = answer.header(b"location")
            self.request.answered = answer.headers
            self._plane.decider.answered(self.request, answer.status)
            if self.request.tap is not None:
                self._plane.decider.passed_by(self.request, data, done=done)
        self._answering = True
        if done:
            self._upstream = None
        if answer.status == 101:
            self._switch(answer, data)
            return
        if self._plane.draining or (done and not self.request_complete):
            self._close_after = True
        self._answer_chunked = False
        if answer.body in {UNTIL_CLOSE, CHUNKED}:
            if self.request.minor == 1:
                self._answer_chunked = True
            else:
                self._close_after = True
        devices = self._plane.devices
        fields = self.request.fields
        if devices is not None:
            fields += devices.field(self.request)
        for sessions in self._plane.sessions:
            fields += sessions.told(self.request, answer)
        head = answer_head(
            answer, self.request, fields, chunked=self._answer_chunked, close=self._close_after
        )
        if self._answer_chunked:
            data = (chunk(data) if data else b"") + (last_chunk([]) if done else b"")
        self._write(head + data if data else head)
        if done:
            self._answer_complete(exchange.answer_started)

    def body(self, data: bytes) -> None:
        self.exchange.body_sent += len(data)
        if self.request.tap is not None:
            self._plane.decider.passed_by(self.request, data, done=False)
        self._write(chunk(data) if self._answer_chunked else data)

    def finished(self, trailers: list[bytes]) -> None:
        self._upstream = None
        if self._state == TUNNEL:
            self._end_exchange(self._plane.clock.now())
            self._close()
            return
        if self.request.tap is not None:
            self._plane.decider.passed_by(self.request, b"", done=True)
        if self._answer_chunked:
            self._write(last_chunk(trailers))
        if not self.request_complete:
            self._close_after = True
        self._answer_complete(self._plane.clock.now())

    def tunnelled(self, data: bytes) -> None:
        self.deadline = self._plane.clock.now() + self._plane.bounds.tunnel_idle
        self.exchange.body_sent += len(data)
        self._write(data)

    def failed(self, failure: Failure, *, untouched: bool) -> None:
        backend = self._backend
        self._upstream = None
        self._backend = None
        self._held = False
        exchange = self.exchange
        if untouched and self._may_retry(failure):
            exchange.retries += 1
            if backend is not None:
                backend.retries += 1
            fresh = failure.name == "platform-closed"  # others in the pool may be as stale
            self._assign(self._plane.clock.now(), avoid=backend, fresh=fresh)
            return
        exchange.failure = failure
        if self._answering:
            self._end_exchange(self._plane.clock.now())
            self._abort()
            return
        accept = self.request.header(b"accept") or b""
        close = self._must_close()
        status, answer, size = self._plane.responses.failure(
            failure,
            self.request.id,
            accept=accept,
            head=self.request.method == b"HEAD",
            close=close,
        )
        self._answer_ourselves(status, answer, size, close=close)

    def hold(self, paused: bool) -> None:
        self._held = paused
        if paused:
            self._pause()
        else:
            self._resume()

    def _may_retry(self, failure: Failure) -> bool:
        """Nothing of the request is lost, and doing it twice does no more than doing it once.

        A connection that was never made has seen nothing, so that any method may be tried again;
        with a body only while we still hold all of it.
        """
        if self.attempts > 1 or not self._plane.platform.retries:
            return False
        if failure.name == "platform-unreachable":
            return len(self._plane.platform.backends) > 1
        return self.request.method in _RETRIED and self.request.body == NO_BODY

    def _switch(self, answer: Answer, data: bytes) -> None:
        self._state = TUNNEL
        self._plane.counts.tunnels += 1
        self.deadline = self._plane.clock.now() + self._plane.bounds.tunnel_idle
        self._write(answer_head(answer, self.request, b"", chunked=False, close=False) + data)
        if self._buffer and self._upstream is not None:
            self._upstream.write(self._buffer)
            self._buffer = b""
        self._resume()
