"""A booking site to protect: it stands for the platform that cannot be changed.

A ministry's passport appointments, on aiohttp and SQLite. It knows nothing of the gateway and
imports nothing of it; it only lives in the same package. Run it with `python -m gateway.demo`.

It is a demonstration. No real person's data belongs in it.
"""
