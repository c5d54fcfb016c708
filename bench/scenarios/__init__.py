"""What is measured, one scenario a file. Each is a function of a field and a plan."""

from collections.abc import Callable
from typing import Final

from bench.figures import Table
from bench.peers import Field
from bench.plan import Plan
from bench.scenarios.forward import forward
from bench.scenarios.idle import idle
from bench.scenarios.latency import latency
from bench.scenarios.refuse import refuse
from bench.scenarios.rules import rules
from bench.scenarios.transfer import transfer
from bench.scenarios.wait import wait

Scenario = Callable[[Field, Plan], Table]
SCENARIOS: Final[dict[str, Scenario]] = {
    "forward": forward,
    "latency": latency,
    "refuse": refuse,
    "rules": rules,
    "wait": wait,
    "idle": idle,
    "transfer": transfer,
}
