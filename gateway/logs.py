"""The one door for our own log: lines on the standard error, for people and their collectors."""

import logging
import sys


def configure_logging(level: str = "info") -> None:
    """Log at `level` (debug, info, warning, error) and above."""
    logging.basicConfig(
        stream=sys.stderr,
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(name)s[%(process)d]: %(message)s",
        force=True,
    )
