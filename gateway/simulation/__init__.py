"""A booking day played without sockets, by the waiting room's own code."""
