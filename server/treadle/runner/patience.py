"""Asking again while the daemon is away or its disk is full: the one rule for events, outputs and results."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from treadle.client.errors import ClientError, RemoteError

RETRY_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
"""How long it keeps trying before the run stops."""
TRANSIENT = "storage_unavailable"

Answer = TypeVar("Answer")


def with_patience(
    ask: Callable[[], Answer], *, gives_up: Callable[[], bool], seconds: float = PATIENCE_SECONDS
) -> Answer:
    """For a request that may be repeated.

    :raises ClientError: the trouble lasts, or it is none that goes by itself
    """
    deadline = monotonic() + seconds
    pause = threading.Event()
    while True:
        try:
            return ask()
        except ClientError as error:
            lasts = isinstance(error, RemoteError) and error.code != TRANSIENT
            if lasts or gives_up() or monotonic() > deadline:
                raise
        pause.wait(RETRY_SECONDS)
