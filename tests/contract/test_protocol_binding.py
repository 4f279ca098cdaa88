"""The method table and the handlers are one."""

import inspect
import typing

import pytest

from treadle.protocol.error_codes import NUMBERS
from treadle.protocol.methods import METHODS, NOTICES, Method, Serialises
from treadle.protocol.sessions import SessionGetEventsResponse, SessionGetResponse, SessionListResponse
from treadle.rpc.binding import BINDINGS, HANDLERS, LANES
from treadle.rpc.event_lane import EventBatch
from treadle.rpc.handlers.handler import Rest
from treadle.rpc.notice_queue import NOTICE_NAMES

BY_NAME = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)

WRITTEN_BY_STORAGE = (SessionGetResponse, SessionListResponse, SessionGetEventsResponse)
"""As JSON; the golden payloads hold them against their models."""


def test_every_method_has_one_handler_and_every_handler_a_method() -> None:
    assert set(HANDLERS) == set(BINDINGS) == {method.name for method in METHODS}


@BY_NAME
def test_a_handler_takes_and_gives_what_the_table_says(method: Method) -> None:
    handler = HANDLERS[method.name]
    hints = typing.get_type_hints(handler)
    answer = hints.pop("return")
    assert inspect.iscoroutinefunction(handler)
    assert list(hints.values())[1] is (EventBatch if method.name in LANES else method.params)
    expected = bytes if method.response in WRITTEN_BY_STORAGE else method.response
    assert answer in (expected, expected | Rest)


@BY_NAME
def test_changes_are_shielded(method: Method) -> None:
    assert BINDINGS[method.name].is_change == (method.serialises is not Serialises.NOTHING)


@BY_NAME
def test_every_declared_error_has_a_number(method: Method) -> None:
    assert {error.code for error in method.errors} <= NUMBERS.keys()


def test_every_notice_has_its_name() -> None:
    assert {notice.name for notice in NOTICES} == set(NOTICE_NAMES.values())
    assert len(NOTICE_NAMES) == len(NOTICES)
