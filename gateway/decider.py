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

    def decide(self, request: Request, standing: Decision | None) -> Decision | None:
        """What becomes of a request whose client was admitted; None: forward it, nothing to tell.

        `standing` is what `admit` said: nothing, or only what shadowed filters would have done.
        """
        raise NotImplementedError
