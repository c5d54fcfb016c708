"""Several backends, real ones: who gets a request, and what happens when one fails."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from in_process import InProcess

from gateway.http.concurrency import START
from gateway.request import RANK_NAMES


class Scripted:
    """A backend that does as it is told to each request: answers with its name, or worse."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.does = "answer"
        self.seen: list[bytes] = []
        self.connections = 0
        self.met = asyncio.Event()
        self.release = asyncio.Event()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.seen.append(head)
                self.met.set()
                if self.does == "hang up":
                    break
                if self.does == "wait":
                    await self.release.wait()
                if self.does == "nonsense":
                    writer.write(b"HTTP/1.1 200 OK\r\n" + 2 * b"Content-Length: 1\r\n" + b"\r\na")
                    break
                body = self.name.encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
                if self.does == "answer once":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Scene:
    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self.backends: list[Scripted] = []

    async def start(self, names: str, more: str = "", top: str = "") -> None:
        for name in names:
            backend = Scripted(name)
            await backend.start()
            self._stack.push_async_callback(backend.stop)
            self._stack.callback(backend.release.set)
            self.backends.append(backend)
        self.gateway = await self._stack.enter_async_context(
            InProcess(self._folder, self.settings(more) + "\n" + top)
        )
        self._client = await self._stack.enter_async_context(aiohttp.ClientSession())

    def settings(self, more: str) -> str:
        urls = ", ".join(f"'{backend.url}'" for backend in self.backends)
        return f"platform: {{backends: [{urls}], {more}}}\nlimits: []"

    async def ask(self, method: str = "GET", data: bytes | None = None) -> tuple[int, str]:
        url = self.gateway.url + "/"
        headers = {"Accept": "application/json"}
        async with self._client.request(method, url, data=data, headers=headers) as response:
            return response.status, await response.text()

    async def backend_snapshot(self, index: int = 0) -> dict[str, object]:
        return {**(await self.gateway.snapshot())["backends"][index]}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        yield Scene(tmp_path, stack)


@pytest.mark.parametrize("balance", ["round_robin", "least_outstanding"])
async def test_all_backends_have_their_turn(scene: Scene, balance: str) -> None:
    await scene.start("abc", f"balance: {balance}")
    answers = Counter([(await scene.ask())[1] for _ in range(30)])
    assert answers == {"a": 10, "b": 10, "c": 10}


async def test_the_least_busy_one_is_next(scene: Scene) -> None:
    await scene.start("ab")
    for backend in scene.backends:
        backend.does = "wait"
    held = [asyncio.create_task(scene.ask()) for _ in range(2)]
    await asyncio.gather(*(backend.met.wait() for backend in scene.backends))
    scene.backends[1].release.set()
    assert [(await scene.ask())[1] for _ in range(4)] == ["b"] * 4
    scene.backends[0].release.set()
    assert sorted([(await one)[1] for one in held]) == ["a", "b"]


async def test_connections_are_kept_and_used_again(scene: Scene) -> None:
    await scene.start("a")
    for _ in range(10):
        await scene.ask()
    assert scene.backends[0].connections == 1


async def test_a_reused_connection_that_closed_is_tried_once_more(scene: Scene) -> None:
    await scene.start("a")
    scene.backends[0].does = "answer"
    assert await scene.ask() == (200, "a")
    scene.backends[0].does = "hang up"
    status, _ = await scene.ask()
    assert status == 502
    assert len(scene.backends[0].seen) == 3, "the second request came twice"
    assert (await scene.backend_snapshot())["retries"] == 1


@pytest.mark.parametrize(
    ("method", "data"),
    [
        pytest.param("POST", b"x", id="a POST"),
        pytest.param("DELETE", None, id="a DELETE"),
        pytest.param("GET", b"x", id="a GET with a body"),
    ],
)
async def test_what_may_have_been_done_is_not_done_twice(
    scene: Scene, method: str, data: bytes | None
) -> None:
    await scene.start("a")
    await scene.ask()
    scene.backends[0].does = "hang up"
    assert (await scene.ask(method, data))[0] == 502
    assert len(scene.backends[0].seen) == 2


async def test_without_retries_nothing_is_tried_again(scene: Scene) -> None:
    await scene.start("a", "retries: false")
    await scene.ask()
    scene.backends[0].does = "hang up"
    assert (await scene.ask())[0] == 502
    assert len(scene.backends[0].seen) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_where_nobody_listens_the_next_backend_serves(scene: Scene, method: str) -> None:
    await scene.start("ab", "balance: round_robin")
    await scene.backends[0].stop()
    answers = [await scene.ask(method) for _ in range(8)]
    assert answers == [(200, "b")] * 8


async def test_a_backend_that_fails_in_a_row_is_left_alone(scene: Scene) -> None:
    await scene.start("ab", "balance: round_robin, ejection: {failures: 2, time: 1h}")
    scene.backends[0].does = "nonsense"
    answers = Counter([(await scene.ask())[0] for _ in range(20)])
    assert answers == {502: 2, 200: 18}
    assert (await scene.backend_snapshot())["ejected"] is True


async def test_the_last_one_standing_is_never_ejected(scene: Scene) -> None:
    await scene.start("a", "ejection: {failures: 1, time: 1h}")
    scene.backends[0].does = "nonsense"
    assert (await scene.ask())[0] == 502
    scene.backends[0].does = "answer"
    assert await scene.ask() == (200, "a")


async def test_a_malformed_answer_is_a_502(scene: Scene) -> None:
    await scene.start("a")
    scene.backends[0].does = "nonsense"
    status, body = await scene.ask()
    assert status == 502
    assert '"error": "unreachable"' in body


async def test_an_answer_that_does_not_come_is_a_504(scene: Scene) -> None:
    await scene.start("a", "timeouts: {first_byte: 50ms}")
    scene.backends[0].does = "wait"
    status, body = await scene.ask()
    assert status == 504
    assert '"error": "timed-out"' in body


async def test_a_backend_that_the_checks_find_down_gets_nothing(scene: Scene) -> None:
    await scene.start("ab")
    await scene.gateway.worker.backends(states={scene.backends[0].url: False})
    assert {(await scene.ask())[1] for _ in range(6)} == {"b"}
    await scene.gateway.worker.backends(states={b.url: False for b in scene.backends})
    status, body = await scene.ask()
    assert status == 503
    assert '"error": "unavailable"' in body
    await scene.gateway.worker.backends(states={scene.backends[0].url: True})
    assert await scene.ask() == (200, "a")


async def test_beyond_the_pool_requests_wait_and_beyond_that_they_are_refused(
    scene: Scene,
) -> None:
    await scene.start("a", "pool: {connections: 1, waiting: 1}")
    backend = scene.backends[0]
    backend.does = "wait"
    first = asyncio.create_task(scene.ask())
    await backend.met.wait()
    others = [asyncio.create_task(scene.ask()) for _ in range(2)]
    refused, _ = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
    assert [(await one)[0] for one in refused] == [503]
    backend.release.set()
    assert await first == (200, "a")
    assert sorted([(await one)[0] for one in others]) == [200, 503]
    assert backend.connections == 1


@pytest.mark.parametrize(
    ("overload", "at_work"),
    [
        pytest.param("overload: {queue: 5s}", START, id="as learnt, so as at the start"),
        pytest.param("overload: off", START + 3, id="off: as many as there are connections"),
        pytest.param("overload: {shadow: true}", START + 3, id="in shadow: the same"),
    ],
)
async def test_a_backend_gets_as_many_as_it_may_work_on(
    scene: Scene, overload: str, at_work: int
) -> None:
    await scene.start("a", top=overload)
    backend = scene.backends[0]
    backend.does = "wait"
    asked = [asyncio.create_task(scene.ask()) for _ in range(START + 3)]
    found = await scene.backend_snapshot()
    while (found["requests"], found["waiting"]) != (at_work, START + 3 - at_work):
        await asyncio.sleep(0)
        found = await scene.backend_snapshot()
    assert (found["in_flight"], found["shed"]) == (at_work, dict.fromkeys(RANK_NAMES, 0))
    backend.release.set()
    assert [(await one)[0] for one in asked] == [200] * (START + 3)
    found = await scene.backend_snapshot()
    assert (found["in_flight"], found["waiting"], found["pressed"]) == (0, 0, False)


async def test_a_reload_keeps_the_connections_of_a_backend_that_stays(scene: Scene) -> None:
    await scene.start("ab")
    for _ in range(4):
        await scene.ask()
    del scene.backends[1]
    await scene.gateway.configure(scene.settings(""))
    assert [(await scene.ask())[1] for _ in range(4)] == ["a"] * 4
    assert scene.backends[0].connections == 1
