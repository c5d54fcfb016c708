"""What the data plane asks of whatever decides: the chain implements it, tests may fake it."""

from mypy_extensions import mypyc_attr

from gateway.address import Address
from gateway.request import Request
from gateway.verdict import Decision


@mypyc_attr(allow_interpreted_subclasses=True)
class Decider:
    """Decides from memory alone, at once."""

    def admit(self, client: Address) -> Decision | None:
        """What an address alone decides, before anything it sent is read; None: go on.

        Asked once a connection, or once a request where a trusted hop names the client.
        """
        raise NotImplementedError

    def wants_body(self, request: Request) -> int:
        """How many bytes of the body of a request that may pass are to be held for `decide_body`;
        0: none."""
        return 0

    def decide_body(
        self, request: Request, body: bytes, whole: bool, decided: Decision | None
    ) -> Decision | None:
        """As `decide`, with the body, or its beginning; `decided` is what that said."""
        return decided

    def forget(self) -> None:
        """What an address is judged by has changed: forget what was said of any."""

    def answered(self, request: Request, status: int) -> None:
        """The platform's answer to a request with observers has begun."""

    def passed_by(self, request: Request, data: bytes, *, done: bool) -> None:
        """More of the body of an answer that somebody reads (`Request.tap`)."""

    def ended(self, request: Request) -> None:
        """A request with observers is over."""

    def decide(self, request: Request, standing: Decision | None) -> Decision | None:
        """What becomes of a request whose client was admitted; None: forward it, nothing to tell.

        `standing` is what `admit` said: nothing, or only what shadowed filters would have done.
        """
        raise NotImplementedError
