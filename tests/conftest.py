"""Hypothesis without a deadline: the machine that runs the tests is nobody's subject."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house", deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")
