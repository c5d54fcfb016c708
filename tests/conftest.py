"""Hypothesis without a deadline: the machine that runs the tests is nobody's subject. By itself it
tries the same examples each time; `--hypothesis-profile=search` looks for new ones."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "search", deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("house", settings.get_profile("search"), derandomize=True, database=None)
settings.load_profile("house")
