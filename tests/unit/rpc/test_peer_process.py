"""Which agents are above the process at the other end of a socket: real processes, each in its own way below one."""

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from treadle.agents.claude_code_command import AGENT_SESSION
from treadle.domain.errors import OwnAskError
from treadle.rpc.peer_process import agent_sessions, peer_process

pytestmark = pytest.mark.requirement("trust.no-own-answer")

WAIT = shlex.join([sys.executable, "-c", "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"])
MARK = f"env {AGENT_SESSION}="
SCRUB = f"env -u {AGENT_SESSION} "


@contextmanager
def waiting(command: str) -> Iterator[int]:
    """The id of the innermost process, which has said it; all end when their input does."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec {command}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        assert process.stdout.read() == ""
        process.stdout.close()
        process.wait(30)


def nested(*shells: str) -> str:
    """Each shell command below the one before."""
    command = WAIT
    for shell in reversed(shells):
        command = f"{shell}sh -c {shlex.quote(f'{command}; true')}"
    return command


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (WAIT, set()),
        (f"{MARK}a {WAIT}", {"a"}),
        (nested(f"{MARK}a "), {"a"}),
        (nested(f"{MARK}a ", "", ""), {"a"}),
        (nested(f"{MARK}a ", SCRUB), {"a"}),
        (nested(f"{MARK}a ", SCRUB, "", SCRUB), {"a"}),
        (nested(f"{MARK}a ", f"{MARK}b "), {"a", "b"}),
        (nested(f"{MARK}a ", "", f"{MARK}b ", SCRUB), {"a", "b"}),
        (nested(f"{MARK} "), set()),
    ],
    ids=["nobody's", "itself", "child", "grandchild", "scrubbed", "far below", "two", "two and scrubbed", "empty"],
)
def test_the_agents_above_a_process_are_found_whatever_it_has_taken_out_of_its_environment(
    command: str, found: set[str]
) -> None:
    with waiting(command) as process_id:
        assert set(agent_sessions(process_id)) == found


@pytest.mark.parametrize(("scrub", "found"), [("", {"a"}), (SCRUB, set())], ids=["as it was", "scrubbed as well"])
def test_a_process_that_has_left_its_parents_is_known_by_its_environment(scrub: str, found: set[str]) -> None:
    """One that has taken the mark out too is anybody: scope is no security against the user's own processes."""
    program = (
        "import os, sys\n"
        "parents_end, parents = os.pipe()\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "if os.fork(): os._exit(0)\n"
        "os.close(parents)\n"
        "os.read(parents_end, 1)\n"
        "os.execvp('sh', ['sh', '-c', 'exec ' + sys.argv[1]])\n"
    )
    forking = shlex.join([sys.executable, "-c", program, f"{scrub}{WAIT}"])
    with waiting(f"{MARK}a {forking}") as process_id:
        assert set(agent_sessions(process_id)) == found


def test_what_the_daemon_was_started_by_is_not_above_its_clients() -> None:
    """A command of an agent may have been the first to need it."""
    program = (
        "import os, subprocess, sys\n"
        "from treadle.rpc.peer_process import agent_sessions\n"
        f"scrubbed = {{k: v for k, v in os.environ.items() if k != {AGENT_SESSION!r}}}\n"
        "child = subprocess.Popen(['cat'], env=scrubbed, stdin=subprocess.PIPE)\n"
        "found = set(agent_sessions(child.pid)), set(agent_sessions(os.getpid()))\n"
        "child.communicate()\n"
        "print(found)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, AGENT_SESSION: "a"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "(set(), set())"


def test_who_has_ended_meanwhile_may_be_anybodys_and_answers_nothing() -> None:
    done = subprocess.Popen(["true"])
    done.wait(30)
    with pytest.raises(OwnAskError, match="has ended; who it is that answers now cannot be told"):
        agent_sessions(done.pid)


def test_where_the_system_does_not_tell_who_it_is_nobody_is_suspected() -> None:
    assert set(agent_sessions(None)) == set()
    closed = socket.socket(socket.AF_UNIX)
    closed.close()
    assert peer_process(closed) is None


def test_the_process_at_the_other_end_is_the_one_that_connected() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert peer_process(one) == os.getpid()


def test_it_is_the_one_that_connected_also_of_a_socket_with_a_name(data_dir: object) -> None:
    path = f"{data_dir}/s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        program = f"import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect({path!r}); sys.stdin.read()"
        client = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
        listening.settimeout(30)
        accepted, _ = listening.accept()
        with accepted:
            assert peer_process(accepted) == client.pid
        client.communicate(timeout=30)
