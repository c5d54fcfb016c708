"""The control process: metrics, health, status and the commands of the operator, on aiohttp."""
