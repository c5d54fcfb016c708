"""`python -m gateway.control CHANNEL_FD SOCKETS_FD`, as the supervisor starts it."""

import sys

from gateway.control.process import main

main(sys.argv[1:])
