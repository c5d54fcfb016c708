"""What a room stands before, and which answers of the platform it listens for."""

from gateway.request import Request


class Answers:
    """Which answers of the platform mean what: a method, a beginning of the path, statuses."""

    __slots__ = ("method", "path", "statuses")

    def __init__(self, method: bytes, path: str, statuses: frozenset[int]) -> None:
        self.method = method
        self.path = path
        self.statuses = statuses

    def asked(self, request: Request) -> bool:
        return request.method == self.method and request.path.startswith(self.path)


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
