import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import HangUpError, RefusalError, ScriptedPeer
from treadle.client.channel import ConnectionLostError
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode, RemoteError


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[ScriptedPeer]:
    with ScriptedPeer(tmp_path / "s", lambda method, params: {"method": method, **params}) as peer:
        yield peer


@pytest.fixture
def connection(peer: ScriptedPeer) -> Iterator[Connection]:
    with Connection(peer.connect, client_name="test", timeout=5) as connection:
        yield connection


def test_a_call_gives_the_answer(connection: Connection) -> None:
    assert connection.call("a/b", {"x": "ä", "y": None}) == {"method": "a/b", "x": "ä", "y": None}


def test_what_is_no_unicode_crosses_as_a_question_mark(connection: Connection) -> None:
    assert connection.call("a/b", {"x": "\udce4"})["x"] == "?"


def test_a_refusal_keeps_its_code_and_gives_an_exit_code(peer: ScriptedPeer, connection: Connection) -> None:
    def answer(method: str, params: dict[str, Any]) -> Any:
        raise RefusalError("session_not_found", "There is no such session.", sessionId=7)

    peer.answer = answer
    with pytest.raises(RemoteError) as caught:
        connection.call("session/get", {})
    assert (caught.value.code, caught.value.message) == ("session_not_found", "There is no such session.")
    assert caught.value.details == {"sessionId": 7}
    assert caught.value.exit_code == ExitCode.USAGE


def test_a_lost_connection_is_opened_again_with_the_same_client_id(peer: ScriptedPeer, connection: Connection) -> None:
    connection.call("first")
    peer.hang_up()
    assert connection.call("second")["method"] == "second"
    assert peer.client_ids == [connection.client_id] * 2


def test_a_request_that_got_no_answer_is_repeated(peer: ScriptedPeer, connection: Connection) -> None:
    def hang_up_once(method: str, params: dict[str, Any]) -> Any:
        if len(peer.calls) == 1:
            raise HangUpError
        return {"seen": params}

    peer.answer = hang_up_once
    assert connection.call("session/handleResult", {"result": 1}) == {"seen": {"result": 1}}
    assert peer.methods() == ["session/handleResult"] * 2


@pytest.mark.parametrize(
    "method",
    [
        "session/create",
        "session/cancel",
        "session/reopen",
        "session/delete",
        "interaction/skip",
        "interaction/markDone",
        "interaction/rerun",
        "daemon/shutdown",
    ],
)
def test_what_must_not_happen_twice_is_not_repeated(peer: ScriptedPeer, connection: Connection, method: str) -> None:
    def hang_up(method: str, params: dict[str, Any]) -> Any:
        raise HangUpError

    peer.answer = hang_up
    with pytest.raises(ClientError, match="was lost while it worked"):
        connection.call(method)
    assert peer.methods() == [method]


def test_a_peer_that_never_answers_is_given_up(tmp_path: Path) -> None:
    released = threading.Event()
    with (
        ScriptedPeer(tmp_path / "s", lambda method, params: released.wait(30)) as peer,
        Connection(peer.connect, client_name="test", timeout=0.1) as connection,
    ):
        with pytest.raises(ClientError, match="does not answer"):
            connection.call("slow")
        released.set()


def test_threads_take_turns(connection: Connection) -> None:
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        for _ in range(20):
            answers[number] = connection.call("echo", {"number": number})["number"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == {number: number for number in range(4)}


def test_a_daemon_that_does_not_answer_holds_up_neither_a_bounded_call_nor_the_end(
    peer: ScriptedPeer, connection: Connection
) -> None:
    asked, released = threading.Event(), threading.Event()
    refusals: list[str] = []

    def hang(method: str, params: dict[str, Any]) -> Any:
        asked.set()
        released.wait(20)

    def ask() -> None:
        with pytest.raises(ClientError) as refused:
            connection.call("slow")
        refusals.append(refused.value.message)

    peer.answer = hang
    asking = threading.Thread(target=ask)
    asking.start()
    assert asked.wait(20)
    with pytest.raises(ClientError, match="does not answer"):
        connection.call("quick", timeout=0.05)
    connection.close()
    asking.join(5)
    released.set()
    assert refusals == ["The connection was closed."]


def test_notices_come_in_order_and_those_before_an_answer_are_kept(peer: ScriptedPeer, connection: Connection) -> None:
    def notify_first(method: str, params: dict[str, Any]) -> Any:
        peer.notify("session/didUpdate", sessionId=1)
        return {"subscribed": True}

    peer.answer = notify_first
    connection.call("session/subscribe")
    peer.notify("session/didUpdate", sessionId=2)
    notices = connection.notices(timeout=5)
    assert [next(notices).params["sessionId"] for _ in range(2)] == [1, 2]


def test_notices_end_when_none_comes_in_time(peer: ScriptedPeer, connection: Connection) -> None:
    connection.call("session/subscribe")
    assert list(connection.notices(timeout=0.05)) == []


def test_a_subscriber_learns_that_its_connection_was_lost(peer: ScriptedPeer, connection: Connection) -> None:
    connection.call("session/subscribe")
    peer.hang_up()
    with pytest.raises(ConnectionLostError):
        next(connection.notices(timeout=5))
