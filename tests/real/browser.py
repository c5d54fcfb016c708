"""A real Chromium, driven over its DevTools protocol: what a page looks like to who opens it."""

import asyncio
import base64
import contextlib
import json
from pathlib import Path
from typing import Any, Self

import aiohttp
from running import PATIENCE


class Browser:
    """`async with Browser(folder)`: one window with one page; `profile` lies in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._profile = folder / "profile"
        self._number = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.events: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", "--hide-scrollbars", f"--user-data-dir={self._profile}"),
            *("--remote-debugging-port=0", "about:blank"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        port = (await self._eventually_a_port()).splitlines()[0]
        self._http = aiohttp.ClientSession()
        async with self._http.get(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = [one for one in await answer.json() if one["type"] == "page"]
        self._socket = await self._http.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)
        self._reading = asyncio.get_running_loop().create_task(self._read())
        for domain in ("Page", "Runtime", "Network", "Log"):
            await self.do(f"{domain}.enable")
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.do("Browser.close"), 5)
        self._reading.cancel()
        await self._socket.close()
        await self._http.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _eventually_a_port(self) -> str:
        file = self._profile / "DevToolsActivePort"
        for _ in range(round(PATIENCE / 0.05)):
            if file.exists() and (text := file.read_text("utf-8")):
                return text
            await asyncio.sleep(0.05)
        raise AssertionError("the browser does not start")

    async def _read(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._waiting.pop(said["id"]).set_result(said)
            else:
                self.events.append(said)

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol, and its result."""
        self._number += 1
        future = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = future
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        said = await asyncio.wait_for(future, PATIENCE)
        assert "error" not in said, said
        found: dict[str, Any] = said["result"]
        return found

    async def as_new(self) -> None:
        """As it was when it was opened: nothing emulated, an empty page, nothing noted."""
        await self.do("Emulation.setScriptExecutionDisabled", value=False)
        await self.do("Emulation.clearDeviceMetricsOverride")
        await self.do("Emulation.setEmulatedMedia", features=[])
        await self.online(True)
        await self.open("about:blank")
        self.events.clear()

    async def online(self, is_so: bool) -> None:
        await self.do(
            "Network.emulateNetworkConditions", offline=not is_so, latency=0,
            downloadThroughput=-1, uploadThroughput=-1,
        )  # fmt: skip

    async def open(self, url: str) -> None:
        await self.do("Page.navigate", url=url)

    async def value(self, expression: str) -> Any:
        """What JavaScript makes of it, also where the page may run none of its own."""
        result = await self.do("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    async def until(self, expression: str) -> Any:
        """What `expression` is, as soon as that is true."""
        for _ in range(round(PATIENCE / 0.01)):
            with contextlib.suppress(AssertionError):  # between two pages there is no context
                if found := await self.value(expression):
                    return found
            await asyncio.sleep(0.01)
        text = await self.value("document.documentElement.innerText")
        raise AssertionError(f"waited in vain for {expression}; the page says: {text}")

    async def click(self, selector: str) -> None:
        place = await self.value(
            f"(one => {{ one.scrollIntoView({{block: 'center'}}); "
            f"const r = one.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]"
            f"; }})(document.querySelector({json.dumps(selector)}))"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.do(
                "Input.dispatchMouseEvent",
                type=kind, x=place[0], y=place[1], button="left", clickCount=1,
            )  # fmt: skip

    async def look(self, file: Path, *, width: int, height: int, dark: bool = False) -> None:
        """A picture of the page as such a screen has it."""
        await self.screen(width, height, dark=dark)
        picture = await self.do("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(picture["data"]))  # noqa: ASYNC240

    async def screen(self, width: int, height: int, *, dark: bool = False) -> None:
        await self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.do("Emulation.setEmulatedMedia", features=[scheme])

    @property
    def asked(self) -> list[str]:
        """The URLs that were asked for."""
        return [
            one["params"]["request"]["url"]
            for one in self.events
            if one["method"] == "Network.requestWillBeSent"
        ]

    @property
    def complaints(self) -> list[str]:
        """What the browser found wrong: with the policy, or exceptions; not the 403 itself."""
        logged = [
            str(one["params"]["entry"]["text"])
            for one in self.events
            if one["method"] == "Log.entryAdded"
        ]
        thrown = [
            str(one["params"]) for one in self.events if one["method"] == "Runtime.exceptionThrown"
        ]
        return [text for text in logged if "status of 40" not in text] + thrown
