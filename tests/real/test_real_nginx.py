"""A real nginx as the platform: what it says reaches clients as it said it."""

import hashlib
import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import PATIENCE, RunningGateway, RunningNginx, StartGateway

pytestmark = pytest.mark.real

MIB = 1024 * 1024
LARGE = 64 * MIB
BLOCK = bytes(range(256)) * 256  # 64 KiB

HEADERS = (
    "http_host",
    "http_x_forwarded_for",
    "http_x_forwarded_proto",
    "http_x_forwarded_host",
    "http_x_request_id",
    "http_traceparent",
    "http_x_real_ip",
    "http_connection",
)
SERVER = """
default_type text/plain;
location /moved { return 302 /elsewhere; }
location /none { return 204; }
location /headers { return 200 "HEADERS"; }
location /zipped { gzip on; gzip_types text/plain; gzip_min_length 1; alias WWW/text.txt; }
location /upload {
  client_body_in_file_only on; client_body_buffer_size 128k;
  proxy_pass http://127.0.0.1:PORT/received;
}
location /received { return 200 "$content_length"; }
""".replace("HEADERS", "|".join(f"${name}" for name in HEADERS))


@pytest.fixture
def nginx(tmp_path: Path, free_port: int) -> Iterator[RunningNginx]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    server = SERVER.replace("PORT", str(free_port)).replace("WWW", str(folder / "www"))
    with RunningNginx(folder, free_port, server) as running:
        (running.www / "text.txt").write_text("مرحبا " * 1000, "utf-8")
        (running.www / "large.bin").write_bytes(BLOCK * (LARGE // len(BLOCK)))
        yield running


@pytest.fixture
def gateway(start_gateway: StartGateway, nginx: RunningNginx) -> RunningGateway:
    return start_gateway(
        f"http://127.0.0.1:{nginx.port}", "workers: 1\nbounds: {body_bytes: 65MiB}"
    )


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[http.client.HTTPConnection]:
    made = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "length"),
    [
        pytest.param("GET", "/text.txt", {}, 200, 11_000, id="a file"),
        pytest.param("HEAD", "/text.txt", {}, 200, 0, id="its head alone"),
        pytest.param("GET", "/text.txt", {"Range": "bytes=10-19"}, 206, 10, id="a range of it"),
        pytest.param("GET", "/gone", {}, 404, None, id="no such file"),
        pytest.param("GET", "/none", {}, 204, 0, id="an answer without a body"),
        pytest.param("GET", "/moved", {}, 302, None, id="a redirect"),
        pytest.param("GET", "/zipped", {"Accept-Encoding": "gzip"}, 200, None, id="chunked"),
        pytest.param("GET", "/zipped", {}, 200, 11_000, id="the same with its length"),
    ],
)
def test_answers_arrive_as_they_were_said(
    client: http.client.HTTPConnection,
    nginx: RunningNginx,
    method: str,
    path: str,
    headers: dict[str, str],
    status: int,
    length: int | None,
) -> None:
    client.request(method, path, headers=headers)
    through = client.getresponse()
    body = through.read()
    direct = http.client.HTTPConnection("127.0.0.1", nginx.port, timeout=PATIENCE)
    direct.request(method, path, headers={**headers, "Host": ":".join(map(str, _address(client)))})
    expected = direct.getresponse()
    assert (through.status, body) == (expected.status, expected.read())
    assert (through.status, len(body) if length is not None else None) == (status, length)
    own = {"date", "connection", "x-request-id"}
    assert _headers(through, own) == _headers(expected, own)
    direct.close()


def test_the_connection_is_kept_after_each(client: http.client.HTTPConnection) -> None:
    client.connect()
    sock = client.sock
    for path in ("/text.txt", "/none", "/gone", "/zipped", "/moved"):
        client.request("GET", path, headers={"Accept-Encoding": "gzip"})
        client.getresponse().read()
        assert client.sock is sock, path


def test_an_unchanged_file_is_not_sent_again(client: http.client.HTTPConnection) -> None:
    client.request("GET", "/text.txt")
    first = client.getresponse()
    first.read()
    client.request("GET", "/text.txt", headers={"If-None-Match": first.headers["etag"]})
    second = client.getresponse()
    assert (second.status, second.read()) == (304, b"")


def test_the_platform_learns_who_asks_and_only_from_us(
    client: http.client.HTTPConnection, gateway: RunningGateway
) -> None:
    lies = {
        "Host": "booking.example",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "203.0.113.9",
        "X-Request-Id": "a-lie-of-the-client",
        "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    client.request("GET", "/headers", headers=lies)
    response = client.getresponse()
    host, for_, proto, fhost, id_, trace, real, connection = response.read().decode().split("|")
    assert (host, for_, proto, fhost) == ("booking.example", "127.0.0.1", "http", "booking.example")
    assert id_ == response.headers["x-request-id"] != lies["X-Request-Id"]
    assert trace == lies["Traceparent"]
    assert (real, connection) == ("", "")


def test_64_mib_come_down_whole_to_a_slow_reader(gateway: RunningGateway) -> None:
    digest = hashlib.sha256()
    with socket.create_connection(gateway.address(), PATIENCE) as sock:
        sock.sendall(b"GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        data = bytearray()
        while b"\r\n\r\n" not in data:
            data += sock.recv(512)
        # While we do not read, nothing is read for us: the worker holds next to nothing.
        before = gateway.status()["workers"][0]["memory_bytes"]
        head, _, first = bytes(data).partition(b"\r\n\r\n")
        digest.update(first)
        received = len(first)
        while piece := sock.recv(65536):
            digest.update(piece)
            received += len(piece)
        after = gateway.status()["workers"][0]["memory_bytes"]
    assert b"Content-Length: %d\r\n" % LARGE in head
    assert received == LARGE
    assert digest.digest() == hashlib.sha256(BLOCK * (LARGE // len(BLOCK))).digest()
    assert after - before < 16 * MIB


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_64_mib_go_up_whole(
    client: http.client.HTTPConnection, nginx: RunningNginx, chunked: bool
) -> None:
    blocks = (BLOCK for _ in range(LARGE // len(BLOCK)))
    headers = {} if chunked else {"Content-Length": str(LARGE)}
    client.request("POST", "/upload", body=blocks, headers=headers, encode_chunked=chunked)
    response = client.getresponse()
    assert (response.status, response.read()) == (200, str(LARGE).encode())
    (stored,) = (nginx.www.parent / "body").iterdir()
    assert stored.stat().st_size == LARGE
    with stored.open("rb") as file:
        assert all(piece == BLOCK for piece in iter(lambda: file.read(len(BLOCK)), b""))


def test_a_platform_that_went_away_is_answered_for(
    client: http.client.HTTPConnection, nginx: RunningNginx
) -> None:
    client.request("GET", "/none")
    client.getresponse().read()
    nginx.__exit__()
    client.request("GET", "/none", headers={"Accept": "application/json"})
    response = client.getresponse()
    assert response.status == 502
    body = response.read().decode()
    assert response.headers["x-request-id"] in body
    assert '"error": "unreachable"' in body
    nginx.__enter__()
    client.request("GET", "/none")
    assert client.getresponse().status == 204


def _address(client: http.client.HTTPConnection) -> tuple[str, int]:
    return client.host, client.port


def _headers(response: http.client.HTTPResponse, but: set[str]) -> list[tuple[str, str]]:
    return sorted((n.lower(), v) for n, v in response.getheaders() if n.lower() not in but)
