"""What can go wrong, by whose fault it is.

Only the operator's faults are exceptions here. A client's fault is a value with a status (4xx,
`gateway.http.framing.Fault`), the platform's is a value too (502, 504); all else is our bug.
"""


class DawrError(Exception):
    """Base of every error that is told to a person; its text is the whole message."""


class OperatorError(DawrError):
    """Something the operator gave us is wrong; the text says what, where and what to do."""
