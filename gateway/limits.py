"""The system's limits on us."""

import logging
import resource
from typing import Final

_log: Final = logging.getLogger("dawr.limits")


def raise_descriptor_limit(wanted: int) -> int:
    """Allow this process, and those it starts, as many open files as the system grants.

    Says so where that is less than `wanted`, two for each connection and some. Returns the limit.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < wanted:
        _log.warning(
            "each process may open %d files, bounds.connections needs %d: raise the limit "
            "(LimitNOFILE= in a systemd unit, ulimit -n in a shell), or lower the bound",
            hard,
            wanted,
        )
    return hard
