"""Hands on what Claude Code tells a command, where it calls nothing but commands: `python -m … URL`.

A quick program that fails silently: the terminal is the person's.
"""

import http.client
import os
import sys
from contextlib import suppress
from urllib.parse import urlsplit

TOKEN_VARIABLE = "TREADLE_HOOK_TOKEN"  # noqa: S105
SECONDS = 2.0
MAX_BYTES = 1024 * 1024


def hand_on(url: str, body: bytes) -> None:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=SECONDS)
    token = os.environ.get(TOKEN_VARIABLE, "")
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    with suppress(OSError, http.client.HTTPException):
        connection.request("POST", place.path, body, headers)
        connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    hand_on(sys.argv[1], sys.stdin.buffer.read(MAX_BYTES))
