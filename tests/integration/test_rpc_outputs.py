"""`output/write` and `output/read` at a real daemon: pieces that go wrong, full disks, kills."""

import base64
import hashlib
import resource
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.large_sessions import make_sessions
from tests.daemon_fixtures import DaemonProcess, new_data_dir
from tests.wire_client import WireClient
from treadle.protocol.interactions import MAX_PIECE_BYTES

MEBIBYTE = 1024 * 1024
SESSIONS = 40
ABC = hashlib.sha256(b"abc").hexdigest()

Prepared = tuple[DaemonProcess, Iterator[int]]


@pytest.fixture(scope="module")
def prepared() -> Iterator[Prepared]:
    folder = new_data_dir()
    session_ids = make_sessions(folder, *([0] * SESSIONS))
    daemon = DaemonProcess(folder)
    assert "error" not in daemon.start()
    yield daemon, iter(session_ids)
    daemon.end()
    shutil.rmtree(folder)


@pytest.fixture
def daemon(prepared: Prepared) -> DaemonProcess:
    return prepared[0]


@pytest.fixture
def session_id(prepared: Prepared) -> int:
    """Of the test's own."""
    return next(prepared[1])


@pytest.fixture
def client(daemon: DaemonProcess) -> Iterator[WireClient]:
    with daemon.client() as client:
        yield client


def piece(session_id: int, data: bytes, *, offset: int = 0, last: bool = True, upload: str = "u") -> dict[str, object]:
    encoded = base64.b64encode(data).decode()
    return {"sessionId": session_id, "uploadId": upload, "offset": offset, "data": encoded, "last": last}


def read(client: WireClient, session_id: int, output_id: object, **fields: object) -> bytes:
    """The whole of it."""
    whole, offset = b"", 0
    while True:
        params = {"sessionId": session_id, "outputId": output_id, "offset": offset, **fields}
        answer = client.call("output/read", params)
        whole += base64.b64decode(answer["data"])
        if answer["nextOffset"] is None:
            assert len(whole) == answer["size"]
            return whole
        offset = answer["nextOffset"]


def patterned(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@pytest.mark.requirement("output.by-content", "output.in-pieces")
@pytest.mark.parametrize("sizes", [(0,), (1,), (0, 0), (3, 0), (MAX_PIECE_BYTES,), (MAX_PIECE_BYTES, 7), (5, 5, 5)])
def test_pieces_come_back_byte_for_byte(client: WireClient, session_id: int, sizes: tuple[int, ...]) -> None:
    whole, offset = patterned(sum(sizes)), 0
    for number, size in enumerate(sizes):
        data, is_last = whole[offset : offset + size], number == len(sizes) - 1
        answer = client.call("output/write", piece(session_id, data, offset=offset, last=is_last))
        offset += size
        assert answer["size"] == offset
        assert answer["outputId"] == (hashlib.sha256(whole).hexdigest() if is_last else None)
    assert read(client, session_id, answer["outputId"]) == whole
    assert read(client, session_id, answer["outputId"], limit=MAX_PIECE_BYTES) == whole


@pytest.mark.parametrize(
    ("data", "offset", "what"),
    [
        (b"x", 7, "out of order"),
        (b"efX", 4, "longer than what it repeats"),
        (b"cdX", 2, "other bytes in the middle"),
        (b"Xbcdef", 0, "other bytes from the beginning"),
        (b"abcdefgh", 0, "what is there, and more"),
        (b"x", 2**62, "far behind"),
    ],
)
def test_a_piece_that_does_not_fit_is_refused_and_changes_nothing(
    client: WireClient, session_id: int, data: bytes, offset: int, what: str
) -> None:
    client.call("output/write", piece(session_id, b"abc", last=False))
    client.call("output/write", piece(session_id, b"def", offset=3, last=False))
    refusal = client.refusal("output/write", piece(session_id, data, offset=offset))
    if offset > MAX_PIECE_BYTES:
        assert refusal["data"]["code"] == "too_large", "an upload that cannot end is given up"
        return
    assert refusal["data"]["code"] == "upload_conflict", what
    assert refusal["data"]["details"] == {"size": 6, "offset": offset}
    for repeated, at in ((b"abc", 0), (b"bcd", 1), (b"def", 3), (b"", 6)):
        again = client.call("output/write", piece(session_id, repeated, offset=at, last=False))
        assert again == {"size": 6, "outputId": None}
    assert read(client, session_id, client.call("output/write", piece(session_id, b"g", offset=6))["outputId"]) == (
        b"abcdefg"
    )


def test_a_piece_has_its_limit(client: WireClient, session_id: int) -> None:
    client.call("output/write", piece(session_id, b"abc", last=False))
    too_large = piece(session_id, bytes(MAX_PIECE_BYTES + 1), offset=3)
    refusal = client.refusal("output/write", too_large)
    assert refusal["data"] == {"code": "too_large", "details": {"limit": MAX_PIECE_BYTES}}
    answer = client.call("output/write", piece(session_id, bytes(MAX_PIECE_BYTES), offset=3))
    assert answer["size"] == MAX_PIECE_BYTES + 3
    for limit in (0, -1, MAX_PIECE_BYTES + 1):
        params = {"sessionId": session_id, "outputId": answer["outputId"], "limit": limit}
        assert client.refusal("output/read", params)["data"]["code"] == "invalid_params"


@pytest.mark.parametrize(
    "fields",
    [
        {"data": "a"},
        {"data": "YWJj\n"},
        {"data": "YWJ$"},
        {"data": None},
        {"offset": -1},
        {"offset": 1.5},
        {"offset": 2**63},
        {"uploadId": ""},
        {"uploadId": "x" * 65},
        {"last": 1},
        {"unknown": 1},
    ],
    ids=str,
)
def test_what_is_no_piece_is_refused(client: WireClient, session_id: int, fields: dict[str, Any]) -> None:
    refusal = client.refusal("output/write", {**piece(session_id, b"abc"), **fields})
    assert refusal["data"]["code"] == "invalid_params"


def test_an_offset_behind_the_end_is_an_empty_end(client: WireClient, session_id: int) -> None:
    client.call("output/write", piece(session_id, b"abc"))
    for offset in (3, 4, 2**40):
        answer = client.call("output/read", {"sessionId": session_id, "outputId": ABC, "offset": offset})
        assert answer == {"data": "", "size": 3, "nextOffset": None}


@pytest.mark.requirement("output.of-its-session")
def test_an_output_is_read_through_its_own_session_only(
    client: WireClient, prepared: Prepared, session_id: int
) -> None:
    client.call("output/write", piece(session_id, b"abc"))
    other = next(prepared[1])
    for output_id in (ABC, ABC.upper(), "0" * 64, "", "../../treadle.db", f"../{ABC[:2]}/{ABC}", "x" * 10_000):
        params = {"sessionId": other, "outputId": output_id}
        assert client.refusal("output/read", params)["data"]["code"] == "output_not_found"
    for method, params in (
        ("output/read", {"sessionId": 99_999, "outputId": ABC}),
        ("output/write", piece(99_999, b"abc")),
    ):
        assert client.refusal(method, params)["data"]["code"] == "session_not_found"


def test_the_same_content_from_many_at_once_is_one_file_that_each_can_read(
    daemon: DaemonProcess, prepared: Prepared
) -> None:
    session_ids = [next(prepared[1]) for _ in range(4)]
    data = patterned(3 * MEBIBYTE)
    together = threading.Barrier(2 * len(session_ids), timeout=30)

    def write(number: int) -> tuple[int, str]:
        session_id, upload = session_ids[number // 2], f"upload {number}"
        with daemon.client(clientId=f"client-{number}") as client:
            together.wait()
            for offset in range(0, len(data), MEBIBYTE):
                part, is_last = data[offset : offset + MEBIBYTE], offset + MEBIBYTE == len(data)
                answer = client.call(
                    "output/write", piece(session_id, part, offset=offset, last=is_last, upload=upload)
                )
            return session_id, answer["outputId"]

    with ThreadPoolExecutor(2 * len(session_ids)) as pool:
        found = list(pool.map(write, range(2 * len(session_ids))))
    output_id = hashlib.sha256(data).hexdigest()
    with daemon.client() as client:
        for session_id, answered in found:
            assert answered == output_id
            assert read(client, session_id, output_id) == data
    assert len({path.stat().st_ino for path in (daemon.data_dir / "outputs").rglob(output_id)}) == 1


def test_a_disk_that_is_full_in_the_middle_costs_no_byte_that_was_taken(
    daemon: DaemonProcess, client: WireClient, session_id: int
) -> None:
    whole = patterned(3 * MEBIBYTE)
    client.call("output/write", piece(session_id, whole[:MEBIBYTE], last=False))
    rest = piece(session_id, whole[MEBIBYTE:], offset=MEBIBYTE)
    _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (2 * MEBIBYTE, hard))
    try:
        for _ in range(2):
            refusal = client.refusal("output/write", rest)
            assert refusal["data"]["code"] == "storage_unavailable"
            assert refusal["message"] == "The output could not be stored: File too large."
        again = client.call("output/write", piece(session_id, whole[:MEBIBYTE], last=False))
        assert again == {"size": MEBIBYTE, "outputId": None}
    finally:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert read(client, session_id, client.call("output/write", rest)["outputId"]) == whole


def test_a_kill_between_two_pieces_or_before_an_answer_costs_nothing(data_dir: Path) -> None:
    (session_id,) = make_sessions(data_dir, 0)
    whole, last = patterned(3_000), 2_000
    parts = {
        offset: piece(session_id, whole[offset : offset + 1_000], offset=offset, last=offset == last)
        for offset in (0, 1_000, last)
    }
    daemon = DaemonProcess(data_dir)
    # Killed before it answered, and after it, and before it answered the last one; what is not answered is repeated.
    for offset, waits_for_answer in ((0, False), (0, True), (1_000, True), (last, False)):
        assert "error" not in daemon.start()
        with daemon.client() as client:
            client.send({"jsonrpc": "2.0", "id": "w", "method": "output/write", "params": parts[offset]})
            if waits_for_answer:
                assert client.answer("w")["result"] == {"size": offset + 1_000, "outputId": None}
            daemon.kill()
    daemon.start()
    try:
        with daemon.client() as client:
            answer = client.call("output/write", parts[last])
            assert answer == {"size": 3_000, "outputId": hashlib.sha256(whole).hexdigest()}
            assert read(client, session_id, answer["outputId"]) == whole
    finally:
        daemon.end()


def test_what_was_acknowledged_can_be_read_however_often_others_with_it_are_deleted_and_the_daemon_is_killed(
    data_dir: Path,
) -> None:
    """The same content in a session that is being deleted and in one that stays, and a kill somewhere between."""
    rounds = 3
    going = make_sessions(data_dir, *([200] * rounds))
    (staying,) = make_sessions(data_dir, 0)
    acknowledged: list[str] = []
    daemon = DaemonProcess(data_dir)
    for number, session_id in enumerate(going):
        assert "error" not in daemon.start()
        contents = [f"{number} {each}".encode() for each in range(40)]
        with daemon.client(clientId="other") as deleting, daemon.client() as client:
            for each, data in enumerate(contents):
                client.call("output/write", piece(session_id, data, upload=f"{each}"))
            deletion = {"sessionId": session_id, "workDoneToken": "t"}
            deleting.send({"jsonrpc": "2.0", "id": "d", "method": "session/delete", "params": deletion})
            for each, data in enumerate(contents[: 10 * (number + 1)]):
                part = piece(staying, data, upload=f"{number} {each}")
                acknowledged.append(client.call("output/write", part)["outputId"])
            daemon.kill()
    daemon.start()
    try:
        with daemon.client() as client:
            for output_id in acknowledged:
                assert hashlib.sha256(read(client, staying, output_id)).hexdigest() == output_id
            require_nothing_else(client, data_dir, set(acknowledged))
    finally:
        daemon.end()


def require_nothing_else(client: WireClient, data_dir: Path, wanted: set[str]) -> None:
    """Neither rows nor files: the daemon looks for them when it starts. Asking it is a way to wait."""
    for _ in range(2_000):
        with closing(sqlite3.connect(data_dir / "treadle.db")) as connection:
            rows = {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM outputs")}
        files = {path.name for path in (data_dir / "outputs").glob("??/*")}
        if rows == files == wanted:
            return
        client.call("daemon/status")
    assert (rows, files) == (wanted, wanted)
