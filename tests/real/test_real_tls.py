"""TLS as clients meet it: names, versions, reload, the redirect."""

import datetime
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from running import PATIENCE, RunningGateway, StartGateway

pytestmark = pytest.mark.real

NO_PLATFORM = "http://127.0.0.1:9"


def make_certificate(folder: Path, *names: str) -> str:
    """The settings of a new self-signed certificate for `names`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
        .sign(key, hashes.SHA256())
    )
    stem = folder / names[0].replace("*", "any")
    Path(f"{stem}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = Path(f"{stem}.key")
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    private.chmod(0o600)
    return f"{{certificate: '{stem}.pem', key: '{private}'}}"


def start(start_gateway: StartGateway, tmp_path: Path, minimum: str = "1.2") -> RunningGateway:
    first = make_certificate(tmp_path, "booking.example", "www.booking.example")
    second = make_certificate(tmp_path, "*.passports.example")
    return start_gateway(
        NO_PLATFORM,
        "listen:\n"
        f"  - {{address: '127.0.0.1:0', tls: {{certificates: [{first}, {second}], "
        f"minimum: '{minimum}'}}}}\n",
    )


def shake_hands(
    gateway: RunningGateway, name: str | None, version: ssl.TLSVersion | None = None
) -> tuple[ssl.SSLSocket, list[str]]:
    """The socket, and the names of the certificate it was shown."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    if version is not None:
        context.minimum_version = context.maximum_version = version
    plain = socket.create_connection(gateway.address(), PATIENCE)
    try:
        secure = context.wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise
    shown = x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return secure, names.get_values_for_type(x509.DNSName)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        pytest.param("booking.example", "booking.example", id="the first name"),
        pytest.param("www.booking.example", "booking.example", id="its other name"),
        pytest.param("DAMASCUS.passports.example", "*.passports.example", id="a wildcard"),
        pytest.param("a.b.passports.example", "booking.example", id="one label too many"),
        pytest.param("stranger.example", "booking.example", id="a stranger: the first"),
        pytest.param(None, "booking.example", id="no name: the first"),
    ],
)
def test_shows_the_certificate_of_the_name_asked_for(
    start_gateway: StartGateway, tmp_path: Path, asked: str | None, shown: str
) -> None:
    secure, names = shake_hands(start(start_gateway, tmp_path), asked)
    with secure:
        assert names[0] == shown
        assert secure.selected_alpn_protocol() == "http/1.1"


def test_serves_over_tls_and_says_so_to_the_log(
    start_gateway: StartGateway, tmp_path: Path
) -> None:
    gateway = start(start_gateway, tmp_path)
    secure, _ = shake_hands(gateway, "booking.example")
    with secure:
        secure.sendall(b"GET / HTTP/1.1\r\nHost: booking.example\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: secure.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 502 ")
    request_id = answer.partition(b"X-Request-Id: ")[2].partition(b"\r\n")[0].decode()
    assert gateway.logged(request_id)["tls"] is True


@pytest.mark.parametrize(
    ("minimum", "version", "welcome"),
    [
        ("1.2", ssl.TLSVersion.TLSv1_2, True),
        ("1.2", ssl.TLSVersion.TLSv1_3, True),
        ("1.3", ssl.TLSVersion.TLSv1_2, False),
        ("1.3", ssl.TLSVersion.TLSv1_3, True),
    ],
)
def test_speaks_no_older_version_than_it_is_told(
    start_gateway: StartGateway,
    tmp_path: Path,
    minimum: str,
    version: ssl.TLSVersion,
    welcome: bool,
) -> None:
    gateway = start(start_gateway, tmp_path, minimum)
    if welcome:
        shake_hands(gateway, "booking.example", version)[0].close()
    else:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            shake_hands(gateway, "booking.example", version)


def test_a_reload_takes_up_a_renewed_certificate_and_drops_nobody(
    start_gateway: StartGateway, tmp_path: Path
) -> None:
    gateway = start(start_gateway, tmp_path)
    old, _ = shake_hands(gateway, "booking.example")
    before = old.getpeercert(binary_form=True)
    make_certificate(tmp_path, "booking.example", "www.booking.example")  # over the old files
    assert gateway.command("reload").returncode == 0
    new, _ = shake_hands(gateway, "booking.example")
    assert new.getpeercert(binary_form=True) != before
    for secure in (old, new):
        with secure:
            secure.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert secure.recv(12) == b"HTTP/1.1 502"


def test_a_certificate_without_its_key_is_refused(
    start_gateway: StartGateway, tmp_path: Path
) -> None:
    gateway = start(start_gateway, tmp_path)
    good = (tmp_path / "booking.example.key").read_bytes()
    make_certificate(tmp_path, "other.example")
    (tmp_path / "booking.example.key").write_bytes((tmp_path / "other.example.key").read_bytes())
    done = gateway.command("reload")
    assert done.returncode == 1
    assert "booking.example.pem and the key" in done.stderr
    assert "cannot be used together" in done.stderr
    (tmp_path / "booking.example.key").write_bytes(good)
    shake_hands(gateway, "booking.example")[0].close()


@pytest.mark.parametrize(
    ("request_line", "host", "status", "location"),
    [
        ("GET /booking/?x=1", "booking.example", 301, "https://booking.example/booking/?x=1"),
        ("GET /", "booking.example:8080", 301, "https://booking.example/"),
        ("POST /confirm", "booking.example", 308, "https://booking.example/confirm"),
        ("GET /", "[2001:db8::1]:80", 301, "https://[2001:db8::1]/"),
    ],
)
def test_redirects_to_https(
    start_gateway: StartGateway, request_line: str, host: str, status: int, location: str
) -> None:
    gateway = start_gateway(NO_PLATFORM, "listen:\n  - {address: '127.0.0.1:0', redirect: https}\n")
    with socket.create_connection(gateway.address(), PATIENCE) as sock:
        head = f"{request_line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        sock.sendall(head.encode())
        answer = b"".join(iter(lambda: sock.recv(65536), b"")).decode()
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert f"\r\nLocation: {location}\r\n" in answer
