"""Whose requests the receiver takes: POSTs of JSON objects, by a program on this computer that has a terminal's token.

Any web page may make a browser send something to a port of this computer, under whatever name it gives it. So the
name must be the computer's own, and nothing is taken that a browser has signed as its own.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus

import h11
import orjson

from treadle.agents.lenient import JsonObject
from treadle.domain.errors import TooLargeError
from treadle.protocol.value_count import require_few_values

HOOK_PATH, LOGS_PATH = "/hook", "/v1/logs"
PATHS = frozenset({HOOK_PATH, LOGS_PATH})
MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 32 * 1024 * 1024
"""What a tool has answered is in it whole, such as some pictures."""
LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
MAX_BRACKETS = 200
"""Fewer than that are never nested too deeply to be written again."""
OF_BROWSERS = frozenset({b"origin", b"sec-fetch-site", b"sec-fetch-dest", b"sec-fetch-user"})
"""Of the last three a browser sends two with each request. `Sec-Fetch-Mode` alone is sent by Node, too."""
SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class HookRequest:
    token: str = field(repr=False)
    path: str
    body: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """Of a request that is welcome, before its body."""

    token: str = field(repr=False)
    path: str


class RefusedError(Exception):
    """What is wrong with a request is nobody's business but the status."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def welcome(request: h11.Request, *, port: int, knows: Callable[[str], bool]) -> Head:
    """:raises RefusedError:"""
    headers, size = _headers(request)
    if size > MAX_HEAD_BYTES:
        raise RefusedError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    if headers.get(b"host", "").lower() not in (f"127.0.0.1:{port}", f"localhost:{port}"):
        raise RefusedError(HTTPStatus.FORBIDDEN)
    if not OF_BROWSERS.isdisjoint(headers):
        raise RefusedError(HTTPStatus.FORBIDDEN)
    scheme, _, token = headers.get(b"authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not token or not knows(token):
        raise RefusedError(HTTPStatus.UNAUTHORIZED)
    path = request.target.decode("latin-1")
    if path not in PATHS:
        raise RefusedError(HTTPStatus.NOT_FOUND)
    if request.method != b"POST":
        raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED)
    _require_plain_json(headers)
    return Head(token, path)


def json_object(body: bytes) -> JsonObject:
    """:raises RefusedError:"""
    try:
        require_few_values(body)
        value = _loaded(body)
        if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
            orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        raise RefusedError(HTTPStatus.BAD_REQUEST) from None
    except TooLargeError:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from None
    if not isinstance(value, dict):
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    return value


def _loaded(body: bytes) -> object:
    """Half a character, where a program has cut a text in two, is no reason to refuse the rest.

    :raises orjson.JSONDecodeError:
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if LONE_SURROGATE.search(body) is None:
            raise
        with suppress(ValueError, RecursionError):
            return orjson.loads(json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace"))
        raise


def _require_plain_json(headers: Mapping[bytes, str]) -> None:
    media_type = headers.get(b"content-type", "").partition(";")[0].strip().lower()
    coding = headers.get(b"content-encoding", "identity").lower()
    if media_type != "application/json" or coding != "identity":
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    # That it is a number, and only one, h11 has seen to.
    if int(headers.get(b"content-length") or 0) > MAX_BODY_BYTES:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _headers(request: h11.Request) -> tuple[dict[bytes, str], int]:
    """With how many bytes they are. One that is there twice is empty: nobody says which of the two counts."""
    headers: dict[bytes, str] = {}
    size = 0
    for name, value in request.headers:
        headers[name] = "" if name in headers else value.decode("latin-1").strip()
        size += len(name) + len(value)
    return headers, size
