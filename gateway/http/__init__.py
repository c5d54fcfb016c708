"""Bytes in, bytes out: the data plane. It decides nothing; it asks a `Decider`."""
