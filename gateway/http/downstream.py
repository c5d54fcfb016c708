"""One connection of a client: reads requests, asks what becomes of them, writes the answers.

Requests are taken one at a time, in order; what a client pipelines behind one waits in a bounded
buffer. No Task and no await: the event loop calls in, the upstream connection calls back.

A connection from a blocked address is answered without being read: nothing it sends is ever passed
on, so where its requests end does not matter.
"""

import asyncio

from gateway.address import NOWHERE, parse_address
from gateway.http import faults
from gateway.http.bodies import Body, last_chunk
from gateway.http.chunks import chunk
from gateway.http.connection import (
    BODY,
    CLOSED,
    HEAD,
    HELD_BYTES,
    LINGER,
    LINGER_TIME,
    PROXY,
    TUNNEL,
    WAIT,
    seems_accepted,
)
from gateway.http.exchange import Exchange
from gateway.http.faults import Fault
from gateway.http.forwarding import Forwarding
from gateway.http.own import BODY_BYTES, Learned
from gateway.http.proxy_protocol import read_proxy_header
from gateway.request import CHUNKED, NO_BODY, OWN_PATHS, Request
from gateway.verdict import Action, Decision, Verdict


class Downstream(Forwarding):
    """An `asyncio.Protocol` by its methods."""

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
        elif peer is None and transport.get_extra_info("socket") is not None:
            # It was reset before it was accepted: whose requests these are nobody knows any more,
            # and nobody waits for an answer.
            self._abort()
        elif self._state == PROXY:
            if self._plane.clients.guards and not self._plane.clients.trusts(self._peer):
                self._drop(faults.PROXY_HEADER)
        else:
            self._trusted = self._plane.clients.trusts(self._peer)

    def data_received(self, data: bytes) -> None:
        plane = self._plane
        plane.counts.client_received += len(data)
        state = self._state
        if state == HEAD:
            self._buffer = self._buffer + data if self._buffer else data
            if self._stalled and len(self._buffer) > HELD_BYTES:
                self._pause()
            self._read_heads(plane.clock.now())
        elif state == BODY:
            self._window += len(data)
            self._read_body(data)
        elif state == WAIT:
            self._buffer += data
            if len(self._buffer) > HELD_BYTES:
                self._pause()
        elif state == TUNNEL:
            if self._upstream is not None:
                self.deadline = plane.clock.now() + plane.bounds.tunnel_idle
                self._upstream.write(data)
        elif state == PROXY:
            self._buffer += data
            self._read_proxy_header()

    def eof_received(self) -> bool:
        """A client that has said all may still want its answer."""
        self._eof = True
        if self.in_exchange and self.request_complete and self._state != TUNNEL:
            return not self._listener.tls
        self._leave_tunnel()
        self._state = CLOSED
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._listener.connections.closed(self, self._peer)
        self._leave_tunnel()
        self._state = CLOSED
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
        if self._state == BODY:
            self.deadline = now + self._plane.bounds.body_grace
        elif self._state == TUNNEL:
            self.deadline = now + self._plane.bounds.tunnel_idle
        if self._upstream is not None:
            self._upstream.pause(False)
        elif self._state == HEAD:
            self.deadline = now + self._plane.bounds.idle
            self._read_heads(now)
            self._resume()
        elif self._state in {LINGER, CLOSED}:
            self.deadline = now + LINGER_TIME

    # Heads.

    def _read_heads(self, now: int) -> None:
        """Take requests off the buffer until one has to wait, or none is complete."""
        if self._reading_on:
            return
        self._reading_on = True
        while self._state == HEAD and self._buffer and not self._stalled:
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
            # A bad line end is found before the head is whole: no more of it can be looked at.
            whole = read is not faults.LINE_END
            self._refuse_fault(read, now, seems_accepted(data[start:end]) if whole else b"")
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
            # Who is to meet a challenge has to be understood when it comes with an answer to it.
            and standing.verdict.action is not Action.CHALLENGE
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
        if plane.devices is not None:
            plane.devices.read(request)
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
        self._state = WAIT if self.request_complete else BODY
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
        challenge = self._plane.challenge
        if (
            standing is not None
            and standing.verdict is not None
            and not (
                standing.action is Action.CHALLENGE
                and challenge is not None
                and challenge.passes.valid(request)
            )
        ):
            decision: Decision | None = standing
        else:
            decision = self._plane.decider.decide(request, standing)
        own = request.path.startswith(OWN_PATHS)
        if own and decision is not None and decision.action is Action.CHALLENGE:
            decision = None  # or nobody could ever meet it
        exchange.decision = decision
        if decision is not None and self._refused(decision, now):
            return
        if own and self.request_complete:
            self._answer_own(b"")
            return
        self.asked_upgrade = bool(request.upgrade) and self._may_upgrade(request)
        if not self.request_complete:
            self._body = Body(request.body, request.content_length)
            self._window = 0
            self.deadline = now + self._plane.bounds.body_grace
            if own:
                self._hold_most = BODY_BYTES
            elif decision is None or decision.verdict is None:
                self._hold_most = self._plane.decider.wants_body(request)
            held = self._hold_most > 0
            if held and request.expects_continue:
                request.expects_continue = False
                self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if self._buffer:
                # Before anybody is asked: what is bad from the start reaches nobody, and what is
                # short goes out with its head.
                data = self._buffer
                self._buffer = b""
                self._read_body(data)
                if not self.in_exchange:
                    return
            if held:
                return  # the body decides
        self._assign(now)

    def _refused(self, decision: Decision, now: int) -> bool:
        """Whether the decision is not to forward; then it is done."""
        action = decision.action
        if action is Action.DROP:
            self._end_exchange(now)
            self._abort()
        elif action is Action.DEFER:
            self._defer(decision)
        elif action is not Action.ALLOW:
            self._refuse(decision)
        else:
            return False
        return True

    def _defer(self, decision: Decision) -> None:
        """A filter has to learn something first: only this request waits."""
        desk = self._plane.desk
        self.deadline = 0  # it is us who take the time
        if desk is None or decision.verdict is None:
            self._assign(self._plane.clock.now())
        else:
            desk.learn(self.request, decision.verdict, Resumed(self))

    def resume(self, request: Request, verdict: Verdict | None) -> None:
        """What was deferred is known."""
        if not self.in_exchange or self.request is not request:
            return  # the client has left
        shadowed = () if self.exchange.decision is None else self.exchange.decision.shadowed
        if verdict is None:
            self.exchange.decision = Decision("", None, shadowed) if shadowed else None
            self._assign(self._plane.clock.now())
        else:
            self.exchange.decision = Decision("room", verdict, shadowed)
            self._refuse(self.exchange.decision)

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
        self._state = HEAD
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
            self._state = WAIT
            self._body = None
            self._buffer = body.rest
            self.deadline = 0
            if self._upstream is None and self._backend is not None:  # it waits for a connection
                self.deadline = self._plane.clock.now() + self._backend.first_byte
        if self._hold_most:
            self._hold(read, out)
        elif out:
            self._pass_on(out)

    def _hold(self, read: bytes, out: bytes) -> None:
        """Keep a piece of the body, `read` as data and `out` as framed, until it can be decided."""
        counts = self._plane.counts
        self._held_body.append(read)
        self._held_bytes += len(read)
        counts.held += len(read)
        if out:
            self._early_body.append(out)
            self._early_bytes += len(out)
        full = counts.held > self._plane.bounds.held_bodies
        if full:
            self._count(faults.HELD_BODIES)
        if self.request_complete or full or self._held_bytes > self._hold_most:
            self._decide_body()

    def _decide_body(self) -> None:
        request, exchange = self.request, self.exchange
        body = b"".join(self._held_body)
        self._let_go_of_held()
        if request.path.startswith(OWN_PATHS):
            if self.request_complete and len(body) <= BODY_BYTES:
                self._answer_own(body)
            else:
                self._answer_fault(faults.BODY_BYTES)
            return
        decision = self._plane.decider.decide_body(
            request, body, self.request_complete, exchange.decision
        )
        exchange.decision = decision
        now = self._plane.clock.now()
        if decision is not None and self._refused(decision, now):
            return
        self._assign(now)
        if self._early_bytes > HELD_BYTES:
            self._pause()

    def _pass_on(self, data: bytes) -> None:
        if self._upstream is not None:
            self._upstream.write(data)
            self._upstream.keep_waiting()
        else:
            self._early_body.append(data)
            self._early_bytes += len(data)
            if self._early_bytes > HELD_BYTES:
                self._pause()


class Resumed(Learned):
    """Goes on with a connection's request."""

    def __init__(self, connection: Downstream) -> None:
        self._connection = connection

    def learned(self, request: Request, verdict: Verdict | None) -> None:
        self._connection.resume(request, verdict)
