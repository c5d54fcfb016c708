"""TLS for listeners: several certificates chosen by the name a client asks for (SNI).

TLS 1.2 at least, ALPN http/1.1. A reload builds new contexts; the listening context stays and hands
each new handshake over to them, so that no listener has to be opened anew.
"""

import ssl
from pathlib import Path
from typing import Final

from cryptography import x509

from gateway.errors import OperatorError

_MINIMUM: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class TlsContexts:
    """The certificates of one listener. Raises OperatorError where a file does not fit."""

    def __init__(self, files: list[tuple[Path, Path]], *, minimum: str) -> None:
        self._by_name: dict[str, ssl.SSLContext] = {}
        contexts = [_context(certificate, key, minimum) for certificate, key in files]
        self.default = contexts[0]
        for context, (certificate, _) in zip(contexts, files, strict=True):
            for name in _names(certificate):
                self._by_name.setdefault(name, context)

    def choose(self, name: str | None) -> ssl.SSLContext:
        """The context for the host that a client names; a wildcard covers one label."""
        if not name:
            return self.default
        name = name.lower()
        wildcard = "*." + name.partition(".")[2]
        return self._by_name.get(name) or self._by_name.get(wildcard) or self.default


class TlsSwitch:
    """What a listener speaks TLS with, for its whole life; `current` changes with a reload."""

    def __init__(self, current: TlsContexts) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.sni_callback = self._chosen
        self.turn_to(current)

    def turn_to(self, current: TlsContexts) -> None:
        """Speak by these certificates from the next handshake on. The oldest version is settled
        before a certificate is chosen, so it is the listening context's to know."""
        self.current = current
        self.context.minimum_version = current.default.minimum_version

    def _chosen(self, handshake: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        handshake.context = self.current.choose(name)


def _context(certificate: Path, key: Path, minimum: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _MINIMUM[minimum]
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OperatorError(
            f"the certificate {certificate} and the key {key} cannot be used together: {reason}"
        ) from None
    return context


def _names(certificate: Path) -> list[str]:
    """The DNS names in a certificate, lower case; its common name where there are none."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        common = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        names = [str(attribute.value) for attribute in common]
    return [name.lower() for name in names]
