"""Every feature has its sentence in both languages."""

import pytest

from gateway.brokers.features import FEATURES
from gateway.brokers.score import Contribution
from gateway.brokers.words import ARABIC, ENGLISH, SHARES, TEXTS, said


def test_every_feature_is_said_in_both_languages() -> None:
    assert set(TEXTS) == set(FEATURES) >= SHARES
    assert all(set(texts) == {ENGLISH, ARABIC} for texts in TEXTS.values())
    assert all(text.count("{value}") == 1 for texts in TEXTS.values() for text in texts.values())


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (Contribution("persons_a_phone", 12, 3, 3.0), "one telephone number, at most: 12"),
        (Contribution("form_seconds", 31.234, 9, 0.4), "as a rule: 31.23"),
        (Contribution("swift", 0.825, 40, 3.5), "can fill them in: 82%"),
    ],
)
def test_says_the_value_that_made_it(part: Contribution, text: str) -> None:
    assert said(part, ENGLISH).endswith(text)
