"""The supervisor: one process over the workers and the control process.

It holds the listening sockets, starts what is to run, starts again within a second what died, and
takes a new configuration through all workers in two steps: every one prepares it, and only when
none refuses do all go over to it. It serves no request itself.

A worker that does not answer for `_DEAF` is killed and started anew. Should the supervisor be
killed, its channels end, and every child with them.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gateway.channel import ChannelClosed, RemoteError
from gateway.children import Child, cause_of_end, reap_strangers
from gateway.clock import SECOND, Clock
from gateway.config import ConfigError, Loaded, with_rules_anew
from gateway.errors import OperatorError
from gateway.guard.book import Told
from gateway.guard.profiles import Report, Suspect
from gateway.http.faults import BOUNDS
from gateway.ledger.records import Value
from gateway.ledger.snapshot import Snapshot
from gateway.limits import raise_descriptor_limit
from gateway.listening import Listening, open_alone
from gateway.own_valkey import OwnValkey
from gateway.rules.settled import Settled, signature
from gateway.run_state import RunState
from gateway.settings.models import Settings
from gateway.settings.network import Endpoint
from gateway.tasks import start_task

_log: Final = logging.getLogger("dawr.supervisor")
_CONFIRM: Final = 12  # seconds; longer than the control process waits
_ANSWER: Final = 60.0  # seconds for a worker to build a configuration
_DEAF: Final = 10.0
_WATCHED_EVERY: Final = 2.0
_RULES_EVERY: Final = 0.25
_AGAIN: Final = 0.1  # seconds until what died is started anew; doubled each time it dies at once
_AGAIN_AT_MOST: Final = 10.0
_AT_ONCE: Final = 5 * SECOND

Load = Callable[[], Loaded]


class Supervisor:
    """`load` reads the configuration, now and at each reload; `ready` is told once, when all serve.

    `run` returns when all has ended after a signal, or raises OperatorError if it cannot begin.
    """

    def __init__(
        self, loaded: Loaded, load: Load, clock: Clock, ready: Callable[["Supervisor"], None]
    ) -> None:
        self.loaded = loaded
        self._load = load
        self._clock = clock
        self._ready = ready
        self._run_state = RunState(loaded.state_folder)
        self._listening: dict[str, Listening] = {}
        self._control_sockets: dict[str, socket.socket] = {}
        self._workers: dict[int, Child] = {}
        self._control: Child | None = None
        self._valkey: OwnValkey | None = None
        self._handed: dict[Child, set[str]] = {}
        self._health: dict[str, bool] = {}
        self._blocks: dict[str, Told] = {}  # what the workers hold, for those that start later
        self._kept: dict[str, Any] | None = None  # the control process' counts, for the next one
        self._generation = 1
        self._restarts = 0
        self._reloads = {"done": 0, "refused": 0}
        self._last_reload_worked = True
        self._loaded_at = clock.wall()
        self._reloading = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._control_began = asyncio.Event()

    @property
    def addresses(self) -> list[str]:
        """Where it listens, with the real ports."""
        return [one.text for one in self._listening.values()]

    @property
    def control_address(self) -> str:
        host, port = self._control_sockets["tcp"].getsockname()[:2]
        return str(Endpoint(host=host, port=port))

    async def run(self) -> None:
        settings = self.loaded.settings
        self._run_state.take()
        try:
            self._open(self.loaded)
            self._control_sockets = {
                "tcp": open_alone(settings.control),
                "unix": self._run_state.control_socket(),
            }
            raise_descriptor_limit(_descriptors(settings))
            self._take_signals()
            await self._start_state()
            await asyncio.gather(
                self._start_control(), *(self._begin(n) for n in range(settings.worker_count))
            )
            self._run_state.tell(self.addresses, self.control_address)
            self._ready(self)
            start_task(self._watch(), name="watch")
            start_task(self._watch_rules(), name="watch the rules")
            await self._stopping.wait()
            await self._drain()
        finally:
            await self._close()

    # Signals.

    def _take_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, self._stop)
        loop.add_signal_handler(
            signal.SIGHUP, lambda: start_task(self.reload(), name="reload by signal")
        )
        loop.add_signal_handler(
            signal.SIGUSR1, lambda: start_task(self.reopen_logs(), name="reopen logs")
        )
        if os.getpid() == 1:
            loop.add_signal_handler(signal.SIGCHLD, self._reap)

    def _children(self) -> list[Child]:
        return [*self._workers.values(), *([self._control] if self._control else [])]

    def _reap(self) -> None:
        ours = {child.pid for child in self._children()}
        reap_strangers(ours | ({self._valkey.pid} if self._valkey else set()))

    def _stop(self) -> None:
        if self._stopping.is_set():
            _log.warning("stopping at once")
            for worker in self._workers.values():
                worker.kill()
        self._stopping.set()

    async def _start_state(self) -> None:
        if self.loaded.settings.state.url != "embedded" or self._valkey is not None:
            return
        self._valkey = OwnValkey(self.loaded.state_folder, self._clock, self._count_restart)
        await self._valkey.start()

    def _count_restart(self) -> None:
        self._restarts += 1

    # Children.

    async def _begin(self, number: int) -> None:
        """Start a worker for the first time; raises OperatorError with what it says is wrong."""
        child = await self._start_worker(number)
        try:
            await self._set_to_work(child, number)
        except (ChannelClosed, RemoteError, TimeoutError):
            raise OperatorError(
                f"{child.name} does not start (see above); this is a fault of ours, not of the "
                "configuration: please report it"
            ) from None
        start_task(self._keep(child, number), name=f"keep {child.name}")

    async def _start_worker(self, number: int) -> Child:
        child = Child("gateway.worker", f"worker {number}", {"confirm": self.confirm})
        self._workers[number] = child
        await child.start()
        return child

    async def _set_to_work(self, child: Child, number: int) -> None:
        wrong = await self._prepare(child, number, self.loaded, self._generation)
        if wrong:
            raise OperatorError(wrong)
        await self._control_began.wait()  # it knows who is blocked, before anybody is served
        await child.channel.call(
            "blocks", added=list(self._blocks.values()), removed=[], anew=True, timeout=_ANSWER
        )
        await child.channel.call("commit", timeout=_ANSWER)

    async def _keep(self, child: Child, number: int) -> None:
        """Start a worker again whenever it has ended, until it is not wanted any more."""
        pause = _AGAIN
        while True:
            began = self._clock.now()
            status = await child.ended()
            self._handed.pop(child, None)
            if not self._wants(child, number):
                return
            _log.error("%s ended (%s); starting it again", child.name, cause_of_end(status))
            self._restarts += 1
            pause = _AGAIN if self._clock.now() - began > _AT_ONCE else pause
            await asyncio.sleep(pause)
            pause = min(2 * pause, _AGAIN_AT_MOST)
            async with self._reloading:
                if not self._wants(child, number):
                    return
                child = await self._start_worker(number)
                try:
                    await self._set_to_work(child, number)
                except (OperatorError, ChannelClosed, RemoteError, TimeoutError) as error:
                    _log.error("%s does not start: %s", child.name, error)
                    child.kill()

    def _wants(self, child: Child, number: int) -> bool:
        return not self._stopping.is_set() and self._workers.get(number) is child

    async def _start_control(self) -> None:
        child = Child("gateway.control", "control", self._handlers())
        await child.start()
        self._control = child
        start_task(self._control_ends(child), name="control's end")
        child.hand_over(list(self._control_sockets.values()))
        await child.channel.call(
            "begin",
            sockets=list(self._control_sockets),
            loaded=self._light(),
            kept=self._kept,
            timeout=_ANSWER,
        )
        self._control_began.set()

    async def _control_ends(self, child: Child) -> None:
        status = await child.ended()
        if self._stopping.is_set():
            return
        _log.error("the control process ended (%s); starting it again", cause_of_end(status))
        self._restarts += 1
        await asyncio.sleep(_AGAIN)
        await self._start_control()

    async def _watch(self) -> None:
        """Kill what does not answer: its end starts it again."""
        while True:
            await asyncio.sleep(_WATCHED_EVERY)
            for child in list(self._workers.values()):
                try:
                    await child.channel.call("ping", timeout=_DEAF)
                except TimeoutError:
                    _log.error("%s does not answer for %g s: killing it", child.name, _DEAF)
                    child.kill()
                except (ChannelClosed, RemoteError):
                    pass

    # Configurations.

    def _open(self, loaded: Loaded) -> list[str]:
        """Listen on all addresses of `loaded`; the ones that are new."""
        settings = loaded.settings
        new = [e.address for e in settings.listen if str(e.address) not in self._listening]
        opened: dict[str, Listening] = {}
        try:
            for endpoint in new:
                opened[str(endpoint)] = Listening(endpoint, settings.worker_count)
            for listening in self._listening.values():
                listening.resize(max(settings.worker_count, len(self._workers)))
        except OperatorError:
            for listening in opened.values():
                listening.close()
            raise
        self._listening |= opened
        return list(opened)

    def _close_all_but(self, loaded: Loaded) -> None:
        wanted = {str(entry.address) for entry in loaded.settings.listen}
        for address in [one for one in self._listening if one not in wanted]:
            self._listening.pop(address).close()
        for listening in self._listening.values():
            listening.resize(loaded.settings.worker_count)

    async def _prepare(self, child: Child, number: int, loaded: Loaded, generation: int) -> str:
        """Have a worker build a configuration; "" or what is wrong with it."""
        wanted = [str(entry.address) for entry in loaded.settings.listen]
        handed = self._handed.setdefault(child, set())
        new = [address for address in wanted if address not in handed]
        child.hand_over([self._listening[address].of(number) for address in new])
        wrong: str = await child.channel.call(
            "prepare",
            loaded=loaded,
            worker=number,
            workers=loaded.settings.worker_count,
            generation=generation,
            new=new,
            health=self._health,
            secrets=loaded.secrets(),
            timeout=_ANSWER,
        )
        self._handed[child] = handed | set(new)
        return wrong

    async def reload(self) -> dict[str, Any]:
        """Go over to the configuration as it now stands in its file, or stay with the old one."""
        return await self._take_up(self._load, "configuration")

    async def _watch_rules(self) -> None:
        """Take up the rules anew when their files have changed, and have settled."""
        watched: Path | None = None
        settled = Settled(())
        while True:
            await asyncio.sleep(_RULES_EVERY)
            rules = self.loaded.settings.rules
            folder = self.loaded.input(rules.path) if rules.path and rules.reload else None
            if folder is None or folder != watched:
                watched = folder
                settled = Settled(() if folder is None else signature(folder))
            elif settled.change(signature(folder)):
                await self._take_up(lambda: with_rules_anew(self.loaded), "ruleset")

    async def _take_up(self, load: Callable[[], Loaded], what: str) -> dict[str, Any]:
        async with self._reloading:
            try:
                loaded = await asyncio.to_thread(load)
                self._refuse_what_cannot_change(loaded)
                warnings = loaded.warnings
                await self._go_over(loaded)
            except OperatorError as error:
                self._reloads["refused"] += 1
                self._last_reload_worked = False
                _log.error("the new %s is refused, the old one stays:\n%s", what, error)
                faults = error.faults if isinstance(error, ConfigError) else []
                return {
                    "done": False,
                    "error": str(error),
                    "faults": [vars(fault) for fault in faults],
                }
            self._reloads["done"] += 1
            self._last_reload_worked = True
            self._loaded_at = self._clock.wall()
            for warning in warnings:
                _log.warning("%s", warning)
            version = self.loaded.ruleset.version
            _log.info("configuration %d is in force, rules %s", self._generation, version)
            return {"done": True, "generation": self._generation, "warnings": warnings}

    def _refuse_what_cannot_change(self, loaded: Loaded) -> None:
        for name, old, new in (
            ("control", self.loaded.settings.control, loaded.settings.control),
            ("state.folder", self.loaded.state_folder, loaded.state_folder),
        ):
            if old != new:
                raise OperatorError(
                    f"{name} cannot change from {old} to {new} while the gateway runs: restart it"
                )

    async def _go_over(self, loaded: Loaded) -> None:
        generation = self._generation + 1
        self._open(loaded)
        count = loaded.settings.worker_count
        staying = {n: child for n, child in self._workers.items() if n < count}
        try:
            said = await asyncio.gather(
                *(self._prepare(child, n, loaded, generation) for n, child in staying.items()),
                return_exceptions=True,
            )
            # A worker that died meanwhile is started again with what is then in force.
            wrong = [str(one) for one in said if one and not isinstance(one, ChannelClosed)]
            if wrong:
                raise OperatorError(wrong[0])
        except OperatorError:
            await self._tell(staying, "discard")
            self._close_all_but(self.loaded)
            self._note_handed(staying, self.loaded)
            raise
        self.loaded = loaded
        self._generation = generation
        await self._start_state()
        await self._tell(staying, "commit")
        self._note_handed(staying, loaded)
        await self._change_crew(count)
        self._close_all_but(loaded)
        self._health = {u: self._health.get(u, True) for u in loaded.settings.platform.backends}
        if self._control is not None:
            with contextlib.suppress(ChannelClosed, RemoteError, TimeoutError):
                await self._control.channel.call("reload", loaded=self._light(), timeout=_ANSWER)
        self._run_state.tell(self.addresses, self.control_address)

    def _note_handed(self, children: dict[int, Child], loaded: Loaded) -> None:
        """Workers close the sockets of addresses that `loaded` does not name."""
        named = {str(entry.address) for entry in loaded.settings.listen}
        for child in children.values():
            if child in self._handed:
                self._handed[child] &= named

    async def _change_crew(self, count: int) -> None:
        """Start the workers that are new, let go of those that are too many."""
        leaving = {n: self._workers.pop(n) for n in list(self._workers) if n >= count}
        await asyncio.gather(*(self._begin(n) for n in range(len(self._workers), count)))
        for child in leaving.values():
            start_task(self._let_go(child), name=f"{child.name} leaves")

    async def _let_go(self, child: Child) -> None:
        seconds = self.loaded.settings.drain / SECOND
        with contextlib.suppress(ChannelClosed, RemoteError, TimeoutError):
            await child.channel.call("drain", seconds=seconds, timeout=seconds + 1)
        await child.end(within=2)

    async def _tell(self, children: dict[int, Child], method: str, **arguments: Any) -> None:
        for child in list(children.values()):
            with contextlib.suppress(ChannelClosed, RemoteError, TimeoutError):
                await child.channel.call(method, timeout=_ANSWER, **arguments)

    def _light(self) -> Loaded:
        """The configuration without the block lists' networks, which only workers need."""
        loaded = self.loaded
        allowed = {entry.name for entry in loaded.settings.lists.allow}
        lists = {name: listed for name, listed in loaded.lists.items() if name in allowed}
        return Loaded(loaded.path, loaded.settings, lists, loaded.state_folder, loaded.warnings)

    # What the workers ask.

    async def confirm(self, **arguments: Any) -> str:
        """Have the control process send a code."""
        if self._control is None:
            raise ChannelClosed("confirm")
        found: str = await self._control.channel.call("confirm", timeout=_CONFIRM, **arguments)
        return found

    # What the control process asks.

    def _handlers(self) -> dict[str, Any]:
        return {
            "snapshots": self.snapshots,
            "reload": self.reload,
            "reopen_logs": self.reopen_logs,
            "explain": self.explain,
            "backends": self.backends,
            "blocks": self.blocks,
            "observe": self.observe,
            "about": self.about,
            "alarm": self.alarm,
            "overview": self.overview,
            "keep": self.keep,
        }

    async def snapshots(self) -> list[Snapshot]:
        return await self._ask_all("snapshot")

    async def explain(self, *, request_id: str) -> dict[str, Value] | None:
        found = await self._ask_all("explain", request_id=request_id)
        return next((one for one in found if one), None)

    async def backends(self, *, states: dict[str, bool]) -> None:
        """What the health checks found, for all workers."""
        self._health = states
        await self._ask_all("backends", states=states)

    async def blocks(self, *, added: list[Told], removed: list[str], anew: bool) -> None:
        """Who is blocked, for all workers and those to come."""
        if anew:
            self._blocks = {}
        for code in removed:
            self._blocks.pop(code, None)
        self._blocks.update({told[0]: told for told in added})
        await self._tell(self._workers, "blocks", added=added, removed=removed, anew=anew)

    async def observe(self, **arguments: Any) -> list[Report]:
        """What the workers saw of misbehaviour, and counted of the site."""
        return await self._ask_all("observe", **arguments)

    async def about(self, *, addresses: list[str]) -> list[list[Suspect]]:
        """What each worker knows of these addresses."""
        return await self._ask_all("about", addresses=addresses)

    async def alarm(self, **arguments: Any) -> None:
        """How alarmed the site is, for all workers."""
        await self._ask_all("alarm", **arguments)

    async def _ask_all(self, method: str, **arguments: Any) -> list[Any]:
        """The answers of all workers that answer within a second."""
        found = await asyncio.gather(
            *(c.channel.call(method, timeout=1, **arguments) for c in self._workers.values()),
            return_exceptions=True,
        )
        return [one for one in found if not isinstance(one, BaseException)]

    async def reopen_logs(self) -> None:
        await self._tell(self._workers, "reopen_logs")

    async def keep(self, *, kept: dict[str, Any]) -> None:
        """What the control process counted by now."""
        self._kept = kept

    async def overview(self) -> dict[str, Any]:
        """What only the supervisor knows."""
        settings = self.loaded.settings
        return {
            "pid": os.getpid(),
            "config": str(self.loaded.path),
            "generation": self._generation,
            "loaded_at": self._loaded_at,
            "workers": settings.worker_count,
            "restarts": self._restarts,
            "reloads": dict(self._reloads),
            "last_reload_worked": self._last_reload_worked,
            "ruleset": self.loaded.ruleset.version,
            "rules": len(self.loaded.ruleset.rules),
            "listen": self.addresses,
            "bounds": sorted(BOUNDS),
        }

    # The end.

    async def _drain(self) -> None:
        _log.info("stopping: no new connections, %s for the open ones", self._drain_text())
        if self._control is not None:
            start_task(self._control.end(within=2), name="control ends")
        await asyncio.gather(*(self._let_go(child) for child in self._workers.values()))

    def _drain_text(self) -> str:
        return f"{self.loaded.settings.drain / SECOND:g} s"

    async def _close(self) -> None:
        self._stopping.set()
        children = self._children()
        for child in children:
            child.kill()
        await asyncio.gather(*(child.ended() for child in children))
        if self._valkey is not None:
            await self._valkey.stop()
        for listening in self._listening.values():
            listening.close()
        for sock in self._control_sockets.values():
            sock.close()
        self._run_state.release()


def _descriptors(settings: Settings) -> int:
    """How many files one worker may have open: clients, those told there are too many, backends."""
    clients = settings.bounds.connections // settings.worker_count
    backends = settings.platform.pool.connections * len(settings.platform.backends)
    return clients + clients // 16 + backends + 128
