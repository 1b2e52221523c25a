"""Which request are we carrying out? Its id follows the work into jobs and the event log."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request, job or command under way; empty outside one."""
    return _request_id.get()


@contextmanager
def carrying(identifier: str = "") -> Iterator[str]:
    """Carry out a piece of work under a request id; a fresh one where none is given."""
    chosen = identifier or secrets.token_hex(8)
    token = _request_id.set(chosen)
    try:
        yield chosen
    finally:
        _request_id.reset(token)
