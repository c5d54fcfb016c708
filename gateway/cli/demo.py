"""`gateway demo`: the bundled platform by itself."""

from gateway.demo.command import demo

command = demo
