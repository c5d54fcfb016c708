"""Requests made up for trying the shipped rules: life as it is, and attacks as they come.

`benign(n, seed)` and `attacks(n, seed)` give the same requests for the same arguments. What stands
in the rules' own tests does not stand here (test_ruleset.py sees to that): those speak of `kelb`.
"""

from corpus.attacks import attacks
from corpus.benign import benign
from corpus.sending import Sent

__all__ = ["Sent", "attacks", "benign"]
