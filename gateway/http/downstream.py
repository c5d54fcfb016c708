"""One connection of a client: reads requests, asks what becomes of them, writes the answers.

Requests are taken one at a time, in order; what a client pipelines behind one waits in a bounded
buffer. No Task and no await: the event loop calls in, the upstream connection calls back.

A connection from a blocked address is answered without being read: nothing it sends is ever passed
on, so where its requests end does not matter.
"""

import asyncio
from typing import Final

from gateway.address import NOWHERE, Address, parse_address
from gateway.http import faults
from gateway.http.bodies import UNTIL_CLOSE, Body, last_chunk
from gateway.http.chunks import chunk
from gateway.http.exchange import Exchange, Failure
from gateway.http.faults import Fault
from gateway.http.framing import Answer
from gateway.http.listener import Listener
from gateway.http.outgoing import answer_head, forwarded_lines, interim_head, request_head
from gateway.http.platform import Backend
from gateway.http.proxy_protocol import read_proxy_header
from gateway.http.upstream import Sink, Upstream
from gateway.request import CHUNKED, NO_BODY, Request
from gateway.verdict import Action, Decision

QUEUED_TOO_LONG: Final = Failure("platform-queue-time", 503, counts=False)

_PROXY: Final = 0  # the PROXY protocol's header is to come
_HEAD: Final = 1  # a request's head is to come
_BODY: Final = 2  # its body
_WAIT: Final = 3  # it is read; its answer is not complete
_TUNNEL: Final = 4
_LINGER: Final = 5  # the last answer is written; what still comes is thrown away
_CLOSED: Final = 6

_HELD_BYTES: Final = 64 * 1024  # pipelined requests, or a body that has no connection yet
_LINGER_TIME: Final = 2_000_000_000
_UNREAD_REFUSALS: Final = 1000  # a blocked connection's answers before it is closed
_RETRIED: Final = frozenset({b"GET", b"HEAD", b"OPTIONS"})


class Downstream(Sink):
    """An `asyncio.Protocol` by its methods; `deadline` is watched by the listener's sweep."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._plane = listener.plane
        self._state: int = _PROXY if listener.proxy_protocol else _HEAD
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

    # What the event loop calls.

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        name = transport.get_extra_info("peername")
        peer = parse_address(name[0]) if isinstance(name, tuple) else None
        self._peer = peer or NOWHERE
        now = self._plane.clock.now()
        self.deadline = now + self._plane.bounds.head_time
        fault = self._listener.connections.opened(self, self._peer)
        if fault is not None:
            self._refuse_connection(fault, now)
        elif self._state == _PROXY:
            if self._plane.clients.guards and not self._plane.clients.trusts(self._peer):
                self._drop(faults.PROXY_HEADER)
        else:
            self._trusted = self._plane.clients.trusts(self._peer)

    def data_received(self, data: bytes) -> None:
        plane = self._plane
        plane.counts.client_received += len(data)
        state = self._state
        if state == _HEAD:
            self._buffer = self._buffer + data if self._buffer else data
            if self._stalled and len(self._buffer) > _HELD_BYTES:
                self._pause()
            self._read_heads(plane.clock.now())
        elif state == _BODY:
            self._window += len(data)
            self._read_body(data)
        elif state == _WAIT:
            self._buffer += data
            if len(self._buffer) > _HELD_BYTES:
                self._pause()
        elif state == _TUNNEL:
            if self._upstream is not None:
                self.deadline = plane.clock.now() + plane.bounds.tunnel_idle
                self._upstream.write(data)
        elif state == _PROXY:
            self._buffer += data
            self._read_proxy_header()

    def eof_received(self) -> bool:
        """A client that has said all may still want its answer."""
        self._eof = True
        if self.in_exchange and self.request_complete and self._state != _TUNNEL:
            return not self._listener.tls
        self._leave_tunnel()
        self._state = _CLOSED
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._listener.connections.closed(self, self._peer)
        self._leave_tunnel()
        self._state = _CLOSED
        self.gone = True
        self.deadline = 0
        if self.in_exchange:
            if not self._answering:
                self.exchange.status = 499
            self._end_exchange(self._plane.clock.now())
        self._let_go_of_upstream()

    def pause_writing(self) -> None:
        self._stalled = True
        self.deadline = self._plane.clock.now() + self._plane.bounds.send_stall
        if self._upstream is not None:
            self._upstream.pause(True)

    def resume_writing(self) -> None:
        now = self._plane.clock.now()
        self._stalled = False
        self.deadline = 0
        if self._state == _BODY:
            self.deadline = now + self._plane.bounds.body_grace
        elif self._state == _TUNNEL:
            self.deadline = now + self._plane.bounds.tunnel_idle
        if self._upstream is not None:
            self._upstream.pause(False)
        elif self._state == _HEAD:
            self.deadline = now + self._plane.bounds.idle
            self._read_heads(now)
            self._resume()
        elif self._state in {_LINGER, _CLOSED}:
            self.deadline = now + _LINGER_TIME

    # Heads.

    def _read_heads(self, now: int) -> None:
        """Take requests off the buffer until one has to wait, or none is complete."""
        if self._reading_on:
            return
        self._reading_on = True
        while self._state == _HEAD and self._buffer and not self._stalled:
            if self._standing_epoch != self._plane.epoch:
                self._admit()
            if self._is_blocked():
                self._refuse_unread(now)
                break
            if not self._read_head(now):
                break
        self._reading_on = False

    def _read_head(self, now: int) -> bool:
        """Take one request off the buffer; False: its head is not complete."""
        bounds = self._plane.bounds
        data = self._buffer
        start = 2 if data.startswith(b"\r\n") else 0
        end = data.find(b"\r\n\r\n", start)
        if end < 0:
            if len(data) > bounds.header_bytes + 3:  # so that its end cannot come in time
                self._refuse_fault(faults.HEADER_BYTES, now)
            elif data.count(b"\n") != data.count(b"\r\n"):
                self._refuse_fault(faults.LINE_END, now)
            elif self._eof:
                self._close()
            elif self._served:
                self.deadline = min(self.deadline, now + bounds.head_time)
            return False
        if end > bounds.header_bytes:
            self._refuse_fault(faults.HEADER_BYTES, now)
            return False
        read = self._plane.requests.read(data[start:end])
        if isinstance(read, Fault):
            self._refuse_fault(read, now)
            return False
        self._buffer = data[end + 4 :]
        self._begin(read, now)
        return True

    def _admit(self) -> None:
        plane = self._plane
        self._standing_epoch = plane.epoch
        self._trusted = plane.clients.trusts(self._peer)
        self._standing = None if self._trusted else plane.decider.admit(self._peer)

    def _is_blocked(self) -> bool:
        standing = self._standing
        return (
            standing is not None
            and standing.verdict is not None
            and standing.verdict.action is not Action.ALLOW
        )

    def _begin(self, request: Request, now: int) -> None:
        """Decide on a request and set it on its way."""
        plane = self._plane
        self._served += 1
        request.peer = self._peer
        request.client = self._peer
        request.secure = self._listener.tls
        request.now = now
        standing = self._standing
        if self._trusted:
            plane.clients.read(request)
            standing = plane.decider.admit(request.client)
            self._forwarded = b""
        if not request.id:
            request.id = plane.next_id()
        exchange = Exchange(self._peer, now)
        exchange.client = request.client
        exchange.request = request
        self.request = request
        self.exchange = exchange
        self.in_exchange = True
        self._answering = False
        self.attempts = 0
        self.deadline = 0
        self.request_complete = request.body == NO_BODY
        self._state = _WAIT if self.request_complete else _BODY
        self._close_after = not request.keep_alive or plane.draining
        if self._served >= plane.bounds.requests_per_connection:
            self._close_after = True
            self._count(faults.REQUESTS_PER_CONNECTION)
        if request.content_length > plane.bounds.body_bytes:
            self._answer_fault(faults.BODY_BYTES)
        elif self._listener.redirect_port:
            self._redirect()
        else:
            self._decide(request, exchange, standing, now)

    def _decide(
        self, request: Request, exchange: Exchange, standing: Decision | None, now: int
    ) -> None:
        if standing is not None and standing.verdict is not None:
            decision: Decision | None = standing
        else:
            decision = self._plane.decider.decide(request, standing)
        exchange.decision = decision
        if decision is not None:
            action = decision.action
            if action is Action.DROP:
                self._end_exchange(now)
                self._abort()
                return
            if action is not Action.ALLOW:
                self._refuse(decision)
                return
        self.asked_upgrade = bool(request.upgrade) and self._may_upgrade(request)
        if not self.request_complete:
            self._body = Body(request.body, request.content_length)
            self._window = 0
            self.deadline = now + self._plane.bounds.body_grace
            if self._buffer:
                # Before anybody is asked: what is bad from the start reaches nobody, and what is
                # short goes out with its head.
                data = self._buffer
                self._buffer = b""
                self._read_body(data)
                if not self.in_exchange:
                    return
        self._assign(now)

    def _may_upgrade(self, request: Request) -> bool:
        return (
            request.upgrade in self._plane.upgrades.protocols
            and self.request_complete
            and request.path.startswith(self._plane.upgrades.paths)
        )

    def _read_proxy_header(self) -> None:
        try:
            header = read_proxy_header(self._buffer)
        except ValueError:
            self._drop(faults.PROXY_HEADER)
            return
        if header is None:
            return
        if header.peer is not None:
            fault = self._listener.connections.renamed(self._peer, header.peer)
            self._peer = header.peer
            if fault is not None:
                self._refuse_connection(fault, self._plane.clock.now())
                return
        self._trusted = self._plane.clients.trusts(self._peer)
        self._state = _HEAD
        self._buffer = self._buffer[header.size :]
        self._read_heads(self._plane.clock.now())

    # The body of a request.

    def _read_body(self, data: bytes) -> None:
        body = self._body
        if body is None:
            return
        before = body.size
        read = body.feed(data)
        if isinstance(read, Fault):
            self._answer_fault(read)
            return
        if body.size > self._plane.bounds.body_bytes:
            self._answer_fault(faults.BODY_BYTES)
            return
        self.exchange.body_received += body.size - before
        out = chunk(read) if read and body.kind == CHUNKED else read
        if body.done:
            if body.kind == CHUNKED:
                out += last_chunk(body.trailers)
            self.request_complete = True
            self._state = _WAIT
            self._body = None
            self._buffer = body.rest
            self.deadline = 0
            if self._upstream is None and self._backend is not None:  # it waits for a connection
                self.deadline = self._plane.clock.now() + self._backend.first_byte
        if out:
            self._pass_on(out)

    def _pass_on(self, data: bytes) -> None:
        if self._upstream is not None:
            self._upstream.write(data)
            self._upstream.keep_waiting()
        else:
            self._early_body.append(data)
            self._early_bytes += len(data)
            if self._early_bytes > _HELD_BYTES:
                self._pause()

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
        head = answer_head(
            answer, self.request, chunked=self._answer_chunked, close=self._close_after
        )
        if self._answer_chunked:
            data = (chunk(data) if data else b"") + (last_chunk([]) if done else b"")
        self._write(head + data if data else head)
        if done:
            self._answer_complete(exchange.answer_started)

    def body(self, data: bytes) -> None:
        self.exchange.body_sent += len(data)
        self._write(chunk(data) if self._answer_chunked else data)

    def finished(self, trailers: list[bytes]) -> None:
        self._upstream = None
        if self._state == _TUNNEL:
            self._end_exchange(self._plane.clock.now())
            self._close()
            return
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
        self._state = _TUNNEL
        self._plane.counts.tunnels += 1
        self.deadline = self._plane.clock.now() + self._plane.bounds.tunnel_idle
        self._write(answer_head(answer, self.request, chunked=False, close=False) + data)
        if self._buffer and self._upstream is not None:
            self._upstream.write(self._buffer)
            self._buffer = b""
        self._resume()

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
            self._state = _HEAD
            if not self._stalled:
                self.deadline = now + self._plane.bounds.idle
            if self._buffer:
                self._read_heads(now)
            self._resume()

    def _end_exchange(self, now: int) -> None:
        if self.in_exchange:
            self.in_exchange = False
            self._leave_tunnel()
            self.exchange.ended = now
            self._plane.ended(self.exchange)

    def _leave_tunnel(self) -> None:
        if self._state == _TUNNEL:
            self._state = _WAIT
            self._plane.counts.tunnels -= 1

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
        status, answer, size = self._plane.responses.action(
            verdict.action,
            request.id,
            retry_after_seconds=verdict.retry_after_seconds,
            fields=verdict.fields,
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

    def _refuse_fault(self, fault: Fault, now: int) -> None:
        """A fault in bytes that are no request; the connection ends with the answer."""
        self._count(fault)
        self._served += 1
        request_id = self._plane.next_id()
        status, answer, size = self._plane.responses.fault(fault, request_id)
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
        close = not whole or self._served >= _UNREAD_REFUSALS or self._plane.draining
        if standing.action is Action.DROP:
            self._log_unread(self._plane.next_id(), now, 0, 0).decision = standing
            self._abort()
            return
        request_id = self._plane.next_id()
        status, answer, size = self._plane.responses.action(
            standing.action,
            request_id,
            retry_after_seconds=standing.verdict.retry_after_seconds,
            accept=b"json" if b"application/json" in self._buffer else b"",
            fields=standing.verdict.fields,
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
            if len(self._buffer) > _HELD_BYTES and (self._state == _WAIT or self._stalled):
                return
            self._paused = False
            self._window = 0
            if self._state == _BODY:
                self.deadline = self._plane.clock.now() + self._plane.bounds.body_grace
            self.transport.resume_reading()

    def _linger(self, now: int) -> None:
        """Close, but let the client read the answer first: closing on bytes that nobody has read
        makes the kernel tear the connection down, and the answer with it."""
        self._let_go_of_upstream()
        self._state = _LINGER
        self._body = None
        self._early_body = []
        self._held = False
        if self._listener.tls or self._eof:
            self._close()
            return
        unsent = self.transport.get_write_buffer_size() > 0
        self.transport.write_eof()
        self.deadline = now + (self._plane.bounds.send_stall if unsent else _LINGER_TIME)
        self._resume()

    def _close(self) -> None:
        self._state = _CLOSED
        self.deadline = self._plane.clock.now() + self._plane.bounds.send_stall
        self.transport.close()

    def _abort(self) -> None:
        self._let_go_of_upstream()
        self._state = _CLOSED
        self.transport.abort()

    def close_if_idle(self) -> None:
        if self._state in {_PROXY, _HEAD} and not self._buffer:
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
        elif self._state == _HEAD:
            if self._buffer and self._buffer != b"\r\n":  # which some clients send behind a body
                self._refuse_fault(faults.HEAD_TIME, now)
            else:
                self._count(faults.IDLE)
                self._close()
        elif self._upstream is None and self._backend is not None:
            self._backend.forget(self)
            self.failed(QUEUED_TOO_LONG, untouched=False)
        elif self._state == _BODY:
            if self._paused or self._window * 1_000_000_000 >= bounds.body_rate * bounds.body_grace:
                self._window = 0
                self.deadline = now + bounds.body_grace
            else:
                self._answer_fault(faults.BODY_RATE)
        else:
            if self.in_exchange:
                self._end_exchange(now)
            self._abort()
