"""Peers side by side, in one run: what the gateway costs beside nginx, HAProxy and aiohttp.

Figures of two runs are never compared: the machine, its neighbours and its temperature differ.
Within a run the peers take turns, and a ratio is taken in each turn.
"""
