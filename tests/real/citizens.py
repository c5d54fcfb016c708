"""People before their browsers, and a platform that takes bookings: the cast of a room's tests."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Answer:
    """`cookies` as they were set."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.text = response.read().decode("utf-8", "replace")
        self.location = response.getheader("Location") or ""
        self.cookies = response.headers.get_all("Set-Cookie") or []
        self.person = response.getheader("X-Person")

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


class Citizen:
    """Keeps cookies as a browser does; comes from `source`."""

    def __init__(self, address: tuple[str, int], source: str = "127.0.0.1") -> None:
        self.address = address
        self.source = source
        self.jar: dict[str, str] = {}

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: str | None = None,
        accept: str = "text/html",
    ) -> Answer:
        connection = http.client.HTTPConnection(
            *self.address, timeout=20, source_address=(self.source, 0)
        )
        headers = {"Accept": accept}
        if self.jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for cookie in answer.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            if value:
                self.jar[name] = value
            else:
                self.jar.pop(name, None)
        return answer

    def come(self, path: str = "/booking/") -> Answer:
        """Open a guarded page, and go where one is sent."""
        answer = self.ask(path)
        for _ in range(3):
            if answer.status != 303:
                break
            answer = self.ask(answer.location)
        return answer

    def look(self, room: str = "passports") -> dict[str, Any]:
        """What the room says. Who looks too early is told so, and looks at the page instead."""
        answer = self.ask(f"/.dawr/rooms/{room}", accept="application/json")
        if answer.status == 429:
            page = self.ask(f"/.dawr/rooms/{room}").text
            view = page.partition('id="view">')[2].partition("</script>")[0]
            found: dict[str, Any] = json.loads(view)
            return found
        return answer.json

    def book(self) -> int:
        """The platform's answer, or the room's."""
        return self.ask("/booking/confirm", method="POST", body="national_id=1").status


class BookingPlatform:
    """Says 201 to each booking and counts; /login?NUMBER signs in; `ill`: 500 to all. With `places`
    it says 200 to each, and in JSON whether there was one; at /api/places how many are left."""

    def __init__(self) -> None:
        platform = self
        self.booked = 0
        self.asked = 0
        self.slow = 0.0  # seconds that a booking takes
        self.ill = False
        self.places: int | None = None
        self._lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if platform.places is not None and self.path == "/api/places":
                    left = platform.places - platform.booked
                    self._answer(200, json.dumps({"today": {"left": left}}).encode())
                    return
                who, _, number = self.path.partition("/login?")
                self._answer(200, person=number if not who and number else None)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                threading.Event().wait(platform.slow)
                with platform._lock:
                    there = platform.places is None or platform.booked < platform.places
                    platform.booked += there and not platform.ill
                if platform.places is None:
                    self._answer(201)
                else:
                    self._answer(200, json.dumps({"ok": there}).encode())

            def _answer(self, status: int, body: bytes = b"ok", person: str | None = None) -> None:
                with platform._lock:
                    platform.asked += 1
                self.send_response(500 if platform.ill else status)
                self.send_header("Content-Length", str(len(body)))
                if person is not None:  # whose session it now is
                    self.send_header("X-Person", person)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
