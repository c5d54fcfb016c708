"""What a room stands before."""

from gateway.request import Request


class Guarded:
    """What lies behind a room: paths that begin so, besides some, by these methods (none: all).
    `passed` by header, in lower case: by whose exact value staff goes in."""

    __slots__ = ("besides", "methods", "passed", "paths")

    def __init__(
        self,
        paths: tuple[str, ...],
        besides: tuple[str, ...] = (),
        methods: frozenset[bytes] = frozenset(),
        passed: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self.paths = paths
        self.besides = besides
        self.methods = methods
        self.passed = passed

    def holds(self, request: Request) -> bool:
        path = request.path
        return (
            path.startswith(self.paths)
            and not (self.besides and path.startswith(self.besides))
            and not (self.methods and request.method not in self.methods)
            and not any(request.header(name) == value for name, value in self.passed)
        )
