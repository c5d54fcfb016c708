"""Dawr: a reverse-proxy protection gateway that gives everyone a fair turn."""

__version__ = "0.1.0"
