"""What pyproject.toml cannot say: DAWR_COMPILE=1 compiles the data plane to machine code, as
`make build` does where there is a C compiler. The same source runs interpreted.
"""

import os
import sys
from pathlib import Path

from setuptools import setup

# What a request passes through. Children of `Protocol`s, dataclasses and models stay interpreted.
_COMPILED = (
    "gateway/address.py",
    "gateway/body_fields.py",
    "gateway/chain.py",
    "gateway/clock.py",
    "gateway/decider.py",
    "gateway/prefixes.py",
    "gateway/evenly.py",
    "gateway/pressure.py",
    "gateway/request.py",
    "gateway/tokens.py",
    "gateway/verdict.py",
    "gateway/filters/*.py",
    "gateway/guard/facts.py",
    "gateway/guard/logins.py",
    "gateway/guard/profiles.py",
    "gateway/guard/waiters.py",
    "gateway/guard/watch.py",
    "gateway/http/*.py",
    "gateway/ledger/journal.py",
    "gateway/ledger/records.py",
    "gateway/ledger/tally.py",
    "gateway/rules/conditions.py",
    "gateway/rules/detectors/sqli.py",
    "gateway/rules/detectors/xss.py",
    "gateway/rules/engine.py",
    "gateway/rules/fields.py",
    "gateway/rules/patterns.py",
    "gateway/rules/search.py",
    "gateway/rules/subject.py",
    "gateway/rules/text.py",
    "gateway/state/batch.py",
    "gateway/state/concurrency.py",
    "gateway/state/distinct.py",
    "gateway/state/gcra.py",
    "gateway/state/heavy_hitters.py",
    "gateway/state/sliding_window.py",
    "gateway/waitingroom/answers.py",
    "gateway/waitingroom/desk.py",
    "gateway/waitingroom/door.py",
    "gateway/waitingroom/draw.py",
    "gateway/waitingroom/groups.py",
    "gateway/waitingroom/guarded.py",
    "gateway/waitingroom/identity.py",
    "gateway/waitingroom/joining.py",
    "gateway/waitingroom/looks.py",
    "gateway/waitingroom/page.py",
    "gateway/waitingroom/place.py",
    "gateway/waitingroom/price.py",
    "gateway/waitingroom/ranks.py",
    "gateway/waitingroom/room.py",
    "gateway/waitingroom/share.py",
    "gateway/waitingroom/sheets.py",
    "gateway/waitingroom/states.py",
    "gateway/waitingroom/tickets.py",
    "gateway/waitingroom/telling.py",
    "gateway/waitingroom/told.py",
    "gateway/waitingroom/view.py",
    "gateway/waitingroom/words.py",
)


def _extensions() -> list[object]:
    only_described = {"dist_info", "egg_info"} & set(sys.argv)
    if os.environ.get("DAWR_COMPILE") != "1" or only_described:
        return []
    from mypyc.build import mypycify  # noqa: PLC0415 - not needed to install as source

    files = [
        str(path)
        for pattern in _COMPILED
        for path in sorted(Path().glob(pattern))
        if path.name not in {"__init__.py", "tls.py"}
    ]
    # What -O3 adds takes the compiler minutes and no microsecond from a request; so does -Wall.
    extensions = mypycify([*files, "--config-file=pyproject.toml"], opt_level="1", debug_level="0")
    for extension in extensions:
        extension.extra_compile_args = [*extension.extra_compile_args, "-w", "-Wno-all"]
    return extensions


setup(ext_modules=_extensions())
