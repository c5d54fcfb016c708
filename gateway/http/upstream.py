"""One connection to the platform: reads answers by the law, hands them to whoever asked.

The body of an answer is streamed, never held: a client that reads slowly stops the reading here, a
platform that reads slowly stops the reading there. An answer that nobody asked for, or bytes behind
one, close the connection: they could be taken for somebody else's.
"""

import asyncio
from typing import Final

from mypy_extensions import mypyc_attr

from gateway.http import faults
from gateway.http.bodies import UNTIL_CLOSE, Body
from gateway.http.counts import Counts
from gateway.http.exchange import Exchange, Failure
from gateway.http.faults import Fault
from gateway.http.framing import Answer, Answers
from gateway.http.origin import Origin
from gateway.request import NO_BODY, Request

TIMED_OUT: Final = Failure("platform-timeout", 504)
MALFORMED: Final = Failure("platform-malformed", 502)
CLOSED: Final = Failure("platform-closed", 502)

_POOLED: Final = 0
_HEAD: Final = 1
_BODY: Final = 2
_TUNNEL: Final = 3
_GONE: Final = 4
_OVERLOADED: Final = frozenset({503, 504})  # by which a platform says that it is
_INTERIM_ANSWERS: Final = 16  # 1xx before the answer


@mypyc_attr(allow_interpreted_subclasses=True)
class Sink:
    """Who asked: what an upstream connection tells it, in this order.

    attached, interim*, answered, body*, finished; or failed, at any moment after attached.
    """

    request: Request
    exchange: Exchange
    request_complete: bool  # all of it has been sent
    asked_upgrade: bool
    attempts: int
    gone: bool
    in_exchange: bool
    deadline: int  # watched by the sweep of connections; 0: none

    def attached(self, upstream: "Upstream") -> None:
        """The connection is the sink's: write the request."""
        raise NotImplementedError

    def interim(self, answer: Answer) -> None:
        raise NotImplementedError

    def answered(self, answer: Answer, data: bytes, *, done: bool) -> None:
        """The head, with what came of the body; `done`: all of it, and the connection is let go."""
        raise NotImplementedError

    def body(self, data: bytes) -> None:
        raise NotImplementedError

    def finished(self, trailers: list[bytes]) -> None:
        raise NotImplementedError

    def tunnelled(self, data: bytes) -> None:
        raise NotImplementedError

    def failed(self, failure: Failure, *, untouched: bool) -> None:
        """There will be no (more) answer. `untouched`: a reused connection closed before a byte of
        an answer came, so that the platform may never have seen the request."""
        raise NotImplementedError

    def expired(self, now: int) -> None:
        """The deadline has passed."""
        raise NotImplementedError

    def close_if_idle(self) -> None:
        """The worker drains: end what is between two requests."""
        raise NotImplementedError

    def hold(self, paused: bool) -> None:
        """The platform reads slowly: stop, or go on, sending it the request's body."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Pool:
    """What a connection asks of the pool it belongs to."""

    origin: Origin
    answers: Answers
    counts: Counts
    first_byte: int
    body_idle: int
    pooled_idle: int
    response_header_bytes: int

    def released(self, upstream: "Upstream") -> None:
        """It may serve another request."""
        raise NotImplementedError

    def lost(self, upstream: "Upstream", *, pooled: bool) -> None:
        """It is closed."""
        raise NotImplementedError

    def worked(self) -> None:
        """An answer began."""
        raise NotImplementedError

    def failed(self, failure: Failure) -> None:
        """An answer failed by the platform's fault."""
        raise NotImplementedError

    def asked(self, upstream: "Upstream", now: int) -> None:
        """The platform has all of a request, and works on it."""
        raise NotImplementedError

    def thought(self, upstream: "Upstream", failed: bool) -> None:
        """It has its answer, or failed to give one; that it is overloaded counts as failed."""
        raise NotImplementedError

    def given_up(self, upstream: "Upstream") -> None:
        """Nobody waits for the answer any more."""
        raise NotImplementedError

    def serve_on(self) -> None:
        """Serve who waits, if that is possible now."""
        raise NotImplementedError

    def now(self) -> int:
        raise NotImplementedError


class Upstream:
    """An `asyncio.Protocol` by its methods; `deadline` is watched by the pool's sweep (0: none).

    `asked_at`: when the platform had the request, 0 while it does not work on one; `counted` by the
    pool among those that it works on.
    """

    __slots__ = (
        "_body",
        "_buffer",
        "_full",
        "_interim",
        "_paused",
        "_reusable",
        "_reused",
        "_sink",
        "_state",
        "_touched",
        "asked_at",
        "counted",
        "deadline",
        "pool",
        "transport",
    )

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._sink: Sink | None = None
        self._state: int = _POOLED
        self._buffer: bytes = b""
        self._body: Body | None = None
        self._interim: int = 0
        self._reusable: bool = False  # after the answer being read
        self._reused: bool = False
        self._touched: bool = False  # a byte of this answer has come
        self._paused: bool = False  # the client reads slowly
        self._full: bool = False  # the platform does
        self.asked_at: int = 0
        self.counted: bool = False
        self.deadline: int = 0
        self.transport: asyncio.Transport

    # What the pool and the sink call.

    @property
    def usable(self) -> bool:
        return self._state == _POOLED and not self.transport.is_closing()

    def begin(self, sink: Sink, now: int) -> None:
        """Serve one request of `sink`."""
        self._sink = sink
        self._state = _HEAD
        self._touched = False
        self._interim = 0
        self.deadline = now + self.pool.first_byte
        if sink.request_complete:
            self._works(now)
        sink.attached(self)

    def write(self, data: bytes) -> None:
        self.pool.counts.platform_sent += len(data)
        self.transport.write(data)

    def pause(self, paused: bool) -> None:
        """Stop, or go on, reading the answer."""
        if self.transport.is_closing():
            return
        self._paused = paused
        if paused:
            self.deadline = 0
            self.transport.pause_reading()
            return
        self.transport.resume_reading()
        if self._state == _BODY:
            self.deadline = self.pool.now() + self.pool.body_idle
        elif self._state == _HEAD:
            self.deadline = self.pool.now() + self.pool.first_byte

    def keep_waiting(self) -> None:
        """The request's body goes on: the platform need not answer before its end."""
        if self._state == _HEAD:
            now = self.pool.now()
            self.deadline = now + self.pool.first_byte
            if not self.asked_at and self._sink is not None and self._sink.request_complete:
                self._works(now)

    def _works(self, now: int) -> None:
        self.asked_at = now
        self.counted = True
        self.pool.asked(self, now)

    def _thought(self, *, failed: bool) -> None:
        if self.asked_at:
            self.pool.thought(self, failed)
            self.asked_at = 0

    def abandon(self) -> None:
        """The sink wants no more of it; the connection cannot be used again."""
        self._sink = None
        self._close()

    def expired(self) -> None:
        """The deadline has passed."""
        sink = self._sink
        if self._state == _POOLED:
            self._close()
        elif self._state == _HEAD and sink and not sink.request_complete and not self._full:
            # It waits for a client, whose own time is watched; a backend is not to blame.
            self.deadline = self.pool.now() + self.pool.first_byte
        else:
            self._fail(TIMED_OUT)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.pool.counts.platform_received += len(data)
        state = self._state
        if state == _HEAD:
            self._touched = True
            self._read_head(data)
        elif state == _BODY:
            self.deadline = self.pool.now() + self.pool.body_idle
            self._read_body(data)
        elif state == _TUNNEL and self._sink is not None:
            self._sink.tunnelled(data)
        elif state == _POOLED:
            self._close()

    def eof_received(self) -> None:
        if self._state == _BODY and self._until_close():
            self._finish([], reusable=False)

    def connection_lost(self, error: Exception | None) -> None:
        if self._state == _GONE:
            return
        ended = error is None and self._state == _BODY and self._until_close()
        if ended or self._state == _TUNNEL:
            self._finish([], reusable=False)
        else:
            self._fail(CLOSED, faults.EARLY_END if self._state == _BODY else None)

    def pause_writing(self) -> None:
        self._full = True
        if self._sink is not None:
            self._sink.hold(True)

    def resume_writing(self) -> None:
        self._full = False
        if self._sink is not None:
            self._sink.hold(False)

    # Reading an answer.

    def _until_close(self) -> bool:
        return self._body is not None and self._body.kind == UNTIL_CLOSE

    def _read_head(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        sink = self._sink
        while sink is not None:
            end = data.find(b"\r\n\r\n")
            if end > self.pool.response_header_bytes or (
                end < 0 and len(data) > self.pool.response_header_bytes + 3
            ):
                self._fail(MALFORMED, faults.HEADER_BYTES)
                return
            if end < 0:
                if _has_bare_lf(data):
                    self._fail(MALFORMED, faults.LINE_END)
                else:
                    self._buffer = data
                return
            head = data[:end]
            answer = self.pool.answers.read(head, to_head=sink.request.method == b"HEAD")
            data = data[end + 4 :]
            if isinstance(answer, Fault):
                self._fail(MALFORMED, faults.LINE_END if _has_bare_lf(head) else answer)
                return
            if answer.status >= 200:
                self._begin_body(sink, answer, data)
                return
            if answer.status == 101:
                self._switch(sink, answer, data)
                return
            self._interim += 1
            if self._interim > _INTERIM_ANSWERS:
                self._fail(MALFORMED, faults.UNASKED)
                return
            sink.interim(answer)

    def _switch(self, sink: Sink, answer: Answer, data: bytes) -> None:
        if not sink.asked_upgrade or answer.upgrade != sink.request.upgrade:
            self._fail(MALFORMED, faults.UNASKED)
            return
        self.pool.worked()
        self._thought(failed=False)
        self._state = _TUNNEL
        self.deadline = 0
        sink.answered(answer, data, done=False)
        self.pool.serve_on()

    def _begin_body(self, sink: Sink, answer: Answer, data: bytes) -> None:
        self.pool.worked()
        self._thought(failed=answer.status in _OVERLOADED)
        if answer.body == NO_BODY:
            self._let_go(reusable=answer.reusable and not data)
            sink.answered(answer, b"", done=True)
            return
        body = Body(answer.body, answer.length)
        read = body.feed(data)
        if isinstance(read, Fault):
            self._fail(MALFORMED, read)
        elif body.done and not body.trailers:
            self._let_go(reusable=answer.reusable and not body.rest)
            sink.answered(answer, read, done=True)
        else:
            self._state = _BODY
            self._body = body
            self._reusable = answer.reusable
            self.deadline = self.pool.now() + self.pool.body_idle
            sink.answered(answer, read, done=False)
            if body.done and self._sink is not None:
                self._finish(body.trailers, reusable=answer.reusable and not body.rest)
            else:
                self.pool.serve_on()

    def _read_body(self, data: bytes) -> None:
        sink = self._sink
        body = self._body
        if sink is None or body is None:
            return
        read = body.feed(data)
        if isinstance(read, Fault):
            self._fail(MALFORMED, read)
            return
        if read:
            sink.body(read)
        if body.done and self._sink is not None:
            self._finish(body.trailers, reusable=self._reusable and not body.rest)

    def _finish(self, trailers: list[bytes], *, reusable: bool) -> None:
        sink = self._sink
        self._let_go(reusable=reusable)
        if sink is not None:
            sink.finished(trailers)

    def _let_go(self, *, reusable: bool) -> None:
        """The answer is complete; whether the request is, decides who else may use us."""
        sink = self._sink
        self._sink = None
        self._body = None
        if not reusable or sink is None or not sink.request_complete:
            self._close()
            return
        self._state = _POOLED
        self._reused = True
        if self._paused:  # by the end of the answer; the next one is to be read
            self._paused = False
            self.transport.resume_reading()
        self.deadline = self.pool.now() + self.pool.pooled_idle
        self.pool.released(self)

    def _fail(self, failure: Failure, fault: Fault | None = None) -> None:
        sink = self._sink
        untouched = self._reused and not self._touched and failure is CLOSED
        pooled = self._state == _POOLED
        self._sink = None
        if not untouched:
            self._thought(failed=failure is not MALFORMED)
        self._close()
        if sink is None or pooled:
            return
        if not untouched:
            self.pool.failed(failure)
        if fault is not None:
            self.pool.counts.fault(fault)
            sink.exchange.fault = fault
        sink.failed(failure, untouched=untouched)

    def _close(self) -> None:
        if self._state == _GONE:
            return
        pooled = self._state == _POOLED
        self._state = _GONE
        self.deadline = 0
        if self.asked_at:
            self.pool.given_up(self)
            self.asked_at = 0
        self.transport.abort()
        self.pool.lost(self, pooled=pooled)


def _has_bare_lf(head: bytes) -> bool:
    return head.count(b"\n") != head.count(b"\r\n")
