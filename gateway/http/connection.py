"""A client's connection as far as answering goes: its state, its socket, the answers of our own.

What it reads, and what becomes of that, is in downstream.py.
"""

import asyncio
import re
from typing import Final

from gateway.address import NOWHERE, Address
from gateway.http import faults
from gateway.http.backend import Backend
from gateway.http.bodies import Body
from gateway.http.exchange import Exchange, Failure
from gateway.http.faults import Fault
from gateway.http.listener import Listener
from gateway.http.own import Asker, OwnAnswer
from gateway.http.upstream import Sink, Upstream
from gateway.request import Request
from gateway.verdict import Action, Decision

QUEUED_TOO_LONG: Final = Failure("platform-queue-time", 503, counts=False)

PROXY: Final = 0  # the PROXY protocol's header is to come
HEAD: Final = 1  # a request's head is to come
BODY: Final = 2  # its body
WAIT: Final = 3  # it is read; its answer is not complete
TUNNEL: Final = 4
LINGER: Final = 5  # the last answer is written; what still comes is thrown away
CLOSED: Final = 6

HELD_BYTES: Final = 64 * 1024  # pipelined requests, or a body that has no connection yet
LINGER_TIME: Final = 2_000_000_000
_LOOKED_AT: Final = 4096  # bytes of a head that nobody parses, for what its sender accepts
_CLOSE: Final = re.compile(rb"\r\nconnection:[^\r\n]*\bclose\b", re.IGNORECASE)
_UNREAD_REFUSALS: Final = 1000  # a blocked connection's answers before it is closed


def seems_accepted(unread: bytes) -> bytes:
    """What who sent bytes that nobody parsed likely accepts, by the beginning of them."""
    seen = unread[:_LOOKED_AT]
    if b"text/html" in seen:
        return b"text/html"
    return b"json" if b"json" in seen else b""


def seems_to_leave(unread: bytes) -> bool:
    """Whether who sent a head that nobody parsed wants no other answer behind this one."""
    seen = unread[:_LOOKED_AT]
    if b" HTTP/1.0\r\n" in seen:
        return True
    return b"close" in seen.lower() and _CLOSE.search(seen) is not None


class Connection(Sink):
    """`deadline` is watched by the listener's sweep."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._plane = listener.plane
        self._state: int = PROXY if listener.proxy_protocol else HEAD
        self._buffer: bytes = b""  # of a head that is not complete, or of requests to come
        self._peer: Address = NOWHERE
        self._trusted: bool = False
        self._standing: Decision | None = None
        self._standing_epoch: int = -1
        self._forwarded: bytes = b""
        self._served: int = 0
        self._reading_on: bool = False
        self._eof: bool = False
        self._stalled: bool = False  # the client does not read
        self._paused: bool = False
        self._held: bool = False  # the platform does not read
        self._body: Body | None = None
        self._window: int = 0  # bytes of body since the rate was last looked at
        self._early_body: list[bytes] = []  # has no upstream connection yet
        self._early_bytes: int = 0
        self._hold_most: int = 0  # bytes of body to be seen before a decision; 0: none, or decided
        self._held_body: list[bytes] = []
        self._held_bytes: int = 0
        self._upstream: Upstream | None = None
        self._backend: Backend | None = None
        self.in_exchange: bool = False
        self._answering: bool = False  # the answer's head is written
        self._answer_chunked: bool = False
        self._close_after: bool = False
        self.request_complete: bool = False
        self.asked_upgrade: bool = False
        self.attempts: int = 0
        self.gone: bool = False
        self.deadline: int = 0
        self.transport: asyncio.Transport

    def _read_heads(self, now: int) -> None:
        """Take requests off the buffer until one has to wait, or none is complete."""
        raise NotImplementedError

    # Ends.

    def _answer_complete(self, now: int) -> None:
        self._end_exchange(now)
        self._backend = None
        self._held = False
        if not self.request_complete:
            self._linger(now)
        elif self._close_after or self._plane.draining or (self._eof and not self._buffer):
            self._close()
        else:
            self._state = HEAD
            if not self._stalled:
                self.deadline = now + self._plane.bounds.idle
            if self._buffer:
                self._read_heads(now)
            self._resume()

    def _end_exchange(self, now: int) -> None:
        if self.in_exchange:
            self.in_exchange = False
            self._leave_tunnel()
            self._drop_body()
            if self.request.observers is not None:
                self._plane.decider.ended(self.request)
            self.exchange.ended = now
            self._plane.ended(self.exchange)

    def _leave_tunnel(self) -> None:
        if self._state == TUNNEL:
            self._state = WAIT
            self._plane.counts.tunnels -= 1

    def _drop_body(self) -> None:
        """What was kept of the body reaches nobody: above all not with the next request."""
        self._let_go_of_held()
        self._early_body = []
        self._early_bytes = 0

    def _let_go_of_held(self) -> None:
        self._plane.counts.held -= self._held_bytes
        self._hold_most = 0
        self._held_body = []
        self._held_bytes = 0

    def _let_go_of_upstream(self) -> None:
        if self._upstream is not None:
            self._upstream.abandon()
            self._upstream = None
        elif self._backend is not None:
            self._backend.forget(self)
        self._backend = None

    def _must_close(self) -> bool:
        return self._close_after or not self.request_complete or self._plane.draining

    # Answers of our own.

    def _refuse(self, decision: Decision) -> None:
        verdict = decision.verdict
        if verdict is None:
            return
        request = self.request
        close = self._must_close()
        challenge, desk = self._plane.challenge, self._plane.desk
        own: OwnAnswer | None = None
        if verdict.action is Action.CHALLENGE and challenge is not None:
            own = challenge.refusal(request)
        elif verdict.action is Action.WAIT and desk is not None:
            own = desk.refusal(request, verdict)
        if own is not None:
            status, answer, size = self._plane.responses.own(
                own, request.id, head=request.method == b"HEAD", close=close
            )
            self._answer_ourselves(status, answer, size, close=close)
            return
        status, answer, size = self._plane.responses.refusal(
            verdict,
            request.id,
            self._plane.clock.now(),
            accept=request.header(b"accept") or b"",
            head=request.method == b"HEAD",
            close=close,
        )
        self._answer_ourselves(status, answer, size, close=close)

    def _redirect(self) -> None:
        request = self.request
        if not request.host:
            self._answer_fault(faults.HOST_MISSING)  # HTTP/1.0: there is nowhere to send it
            return
        port = self._listener.redirect_port
        host = (
            request.host.partition(b":")[0]
            if request.host[:1] != b"["
            else (request.host[: request.host.index(b"]") + 1])
        )
        path = b"/" if request.target == b"*" else request.target
        location = b"https://" + host + (b"" if port == 443 else b":%d" % port) + path
        self.exchange.redirected = True
        close = self._must_close()
        status, answer, size = self._plane.responses.redirect(
            location,
            request.id,
            permanent_as_sent=request.method not in {b"GET", b"HEAD"},
            close=close,
        )
        self._answer_ourselves(status, answer, size, close=close)

    def _answer_own(self, body: bytes) -> None:
        """The answer to a request for a path of ours."""
        request = self.request
        name = request.path.split("/", 3)[2]
        own = self._plane.own.get(name)
        if own is None:
            self.exchange.own = "unknown"
            answer = OwnAnswer(404, b"Not found.\n", b"text/plain")
        elif own.waits(request):
            self.exchange.own = name
            self.deadline = 0  # it is us who take the time
            own.find_out(request, body, _Waiting(self))
            return
        else:
            self.exchange.own = name
            answer = own.answer(request, body)
        self.answer_own(request, answer)

    def answer_own(self, request: Request, answer: OwnAnswer) -> None:
        """What one of our paths says."""
        if not self.in_exchange or self.request is not request:
            return  # the client has left
        close = self._must_close()
        head = request.method == b"HEAD"
        self._answer_ourselves(
            *self._plane.responses.own(answer, request.id, head=head, close=close), close=close
        )

    def _answer_ourselves(self, status: int, answer: bytes, size: int, *, close: bool) -> None:
        self._close_after = close
        self._answering = True
        self.exchange.status = status
        self.exchange.body_sent = size
        self._write(answer)
        self._answer_complete(self._plane.clock.now())

    def _answer_fault(self, fault: Fault) -> None:
        """A fault in a request whose head was understood."""
        self._count(fault)
        self.exchange.fault = fault
        self._let_go_of_upstream()
        if self._answering:
            self._end_exchange(self._plane.clock.now())
            self._abort()
            return
        request = self.request
        status, answer, size = self._plane.responses.fault(
            fault,
            request.id,
            accept=request.header(b"accept") or b"",
            head=request.method == b"HEAD",
        )
        self.request_complete = False
        self._answer_ourselves(status, answer, size, close=True)

    def _refuse_fault(self, fault: Fault, now: int, accept: bytes = b"") -> None:
        """A fault in bytes that are no request; the connection ends with the answer."""
        self._count(fault)
        self._served += 1
        request_id = self._plane.next_id()
        status, answer, size = self._plane.responses.fault(fault, request_id, accept=accept)
        self._log_unread(request_id, now, status, size).fault = fault
        self._write(answer)
        self._buffer = b""
        self._linger(now)

    def _refuse_unread(self, now: int) -> None:
        standing = self._standing
        if standing is None or standing.verdict is None:
            return
        self._served += 1
        whole = self._buffer.endswith(b"\r\n\r\n")
        close = (
            not whole
            or self._served >= _UNREAD_REFUSALS
            or self._plane.draining
            or seems_to_leave(self._buffer)
        )
        if standing.action is Action.DROP:
            self._log_unread(self._plane.next_id(), now, 0, 0).decision = standing
            self._abort()
            return
        request_id = self._plane.next_id()
        status, answer, size = self._plane.responses.refusal(
            standing.verdict,
            request_id,
            now,
            accept=seems_accepted(self._buffer),
            head=self._buffer.startswith(b"HEAD "),
            close=close,
        )
        self._log_unread(request_id, now, status, size).decision = standing
        self._buffer = b""
        self._write(answer)
        self.deadline = now + self._plane.bounds.idle
        if close:
            self._linger(now)

    def _log_unread(self, request_id: bytes, now: int, status: int, size: int) -> Exchange:
        exchange = Exchange(self._peer, now)
        # Only the line itself: what stands behind any line end may be a cookie.
        lines = self._buffer[:256].lstrip(b"\r\n").splitlines()
        exchange.line = lines[0] if lines else b""
        exchange.unread_id = request_id
        exchange.status = status
        exchange.body_sent = size
        exchange.ended = now
        self._plane.ended(exchange)
        return exchange

    def _refuse_connection(self, fault: Fault, now: int) -> None:
        """There are too many connections; say so before anything is read."""
        self._plane.counts.refused += 1
        self._count(fault)
        self._write(self._plane.responses.fault(fault, self._plane.next_id())[1])
        self._linger(now)

    def _drop(self, fault: Fault) -> None:
        self._count(fault)
        self._abort()

    def _count(self, fault: Fault) -> None:
        self._plane.counts.fault(fault)

    # The socket.

    def _write(self, data: bytes) -> None:
        self._plane.counts.client_sent += len(data)
        self.transport.write(data)

    def _pause(self) -> None:
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self._held and not self.transport.is_closing():
            if len(self._buffer) > HELD_BYTES and (self._state == WAIT or self._stalled):
                return
            self._paused = False
            self._window = 0
            if self._state == BODY:
                self.deadline = self._plane.clock.now() + self._plane.bounds.body_grace
            self.transport.resume_reading()

    def _linger(self, now: int) -> None:
        """Close, but let the client read the answer first: closing on bytes that nobody has read
        makes the kernel tear the connection down, and the answer with it."""
        self._let_go_of_upstream()
        self._state = LINGER
        self._body = None
        self._drop_body()
        self._held = False
        if self._listener.tls or self._eof:
            self._close()
            return
        unsent = self.transport.get_write_buffer_size() > 0
        self.transport.write_eof()
        self.deadline = now + (self._plane.bounds.send_stall if unsent else LINGER_TIME)
        self._resume()

    def _close(self) -> None:
        self._state = CLOSED
        self.deadline = self._plane.clock.now() + self._plane.bounds.send_stall
        self.transport.close()

    def _abort(self) -> None:
        self._let_go_of_upstream()
        self._state = CLOSED
        self.transport.abort()

    def close_if_idle(self) -> None:
        if self._state in {PROXY, HEAD} and not self._buffer:
            self._close()

    def expired(self, now: int) -> None:
        bounds = self._plane.bounds
        self.deadline = 0
        if self._stalled:
            self._count(faults.SEND_STALL)
            if self.in_exchange:
                self.exchange.fault = faults.SEND_STALL
                self._end_exchange(now)
            self._abort()
        elif self._state == HEAD:
            if self._buffer and self._buffer != b"\r\n":  # which some clients send behind a body
                self._refuse_fault(faults.HEAD_TIME, now)
            else:
                self._count(faults.IDLE)
                self._close()
        elif self._upstream is None and self._backend is not None:
            self._backend.forget(self)
            self.failed(QUEUED_TOO_LONG, untouched=False)
        elif self._state == BODY:
            if self._paused or self._window * 1_000_000_000 >= bounds.body_rate * bounds.body_grace:
                self._window = 0
                self.deadline = now + bounds.body_grace
            else:
                self._answer_fault(faults.BODY_RATE)
        else:
            if self.in_exchange:
                self._end_exchange(now)
            self._abort()


class _Waiting(Asker):
    """A connection whose answer is being found out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def told(self, request: Request, answer: OwnAnswer) -> None:
        self._connection.answer_own(request, answer)
