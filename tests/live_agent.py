"""The real Claude Code under a test's hand: says what it is told, waits for what the test names, never longer."""

import itertools
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

from treadle.agents import claude_code_protocol as protocol
from treadle.agents.claude_code_command import ENVIRONMENT

LIMIT_S = 40.0

Json = dict[str, Any]
Answer = Callable[[Json], Json | None]
"""What a `control_request` of the agent is answered with; None leaves it waiting."""


def answer_nothing(_: Json) -> Json | None:
    return {}


class LiveAgent:
    def __init__(self, process: subprocess.Popen[bytes], answer: Answer) -> None:
        self.process = process
        self.messages: list[Json] = []
        self.answer = answer
        self._arrived: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
        self._numbers = itertools.count(1)
        self._read_up_to = 0
        self._ended = False
        self._reader = threading.Thread(target=self._read, name="live-agent", daemon=True)
        self._reader.start()

    def send(self, message: Mapping[str, object]) -> None:
        assert self.process.stdin
        with suppress(OSError):
            self.process.stdin.write(protocol.encode(message))
            self.process.stdin.flush()

    def say(self, text: object, **fields: object) -> None:
        self.send({**protocol.user_message(""), "message": {"role": "user", "content": text}, **fields})

    def ask(self, subtype: str, **fields: object) -> Json:
        """A control request, and the response to it."""
        return self.response_to(self.begin_to_ask(subtype, **fields))

    def begin_to_ask(self, subtype: str, **fields: object) -> str:
        request_id = f"ask-{next(self._numbers)}"
        self.send({"type": "control_request", "request_id": request_id, "request": {"subtype": subtype, **fields}})
        return request_id

    def response_to(self, request_id: str) -> Json:
        def is_it(message: Json) -> bool:
            return is_kind(message, "control_response") and bool(message["response"]["request_id"] == request_id)

        found: Json = self.until(is_it, anywhere=True)["response"]
        return found

    def reply(self, request: Json, response: Json) -> None:
        inner = {"subtype": "success", "request_id": request["request_id"], "response": response}
        self.send({"type": "control_response", "response": inner})

    def until(self, fits: Callable[[Json], bool], *, anywhere: bool = False, limit_s: float = LIMIT_S) -> Json:
        """The next message that fits; with `anywhere`, also one that was already passed."""
        place = 0 if anywhere else self._read_up_to
        deadline = monotonic() + limit_s
        while True:
            while place < len(self.messages):
                message = self.messages[place]
                place += 1
                if fits(message):
                    self._read_up_to = max(self._read_up_to, place)
                    return message
            assert not self._ended, f"the agent ended: {self.told()}"
            self._take(deadline)

    def until_kind(self, kind: str, subtype: str = "") -> Json:
        return self.until(lambda message: is_kind(message, kind, subtype))

    def result(self) -> Json:
        return self.until_kind("result")

    def end(self) -> int:
        """Closes its input and waits for its end."""
        assert self.process.stdin
        with suppress(OSError):
            self.process.stdin.close()
        return self.wait()

    def wait(self) -> int:
        deadline = monotonic() + LIMIT_S
        while not self._ended:
            self._take(deadline)
        return self.process.wait(LIMIT_S)

    def of_kind(self, kind: str, subtype: str = "") -> list[Json]:
        return [message for message in self.messages if is_kind(message, kind, subtype)]

    def told(self) -> str:
        kinds = [f"{message['type']}/{message.get('subtype', '')}" for message in self.messages]
        return ", ".join(kinds)

    def _take(self, deadline: float) -> None:
        try:
            message = self._arrived.get(timeout=max(0.0, deadline - monotonic()))
        except queue.Empty:
            raise AssertionError(f"the agent did not say it: {self.told()}") from None
        if message is None:
            self._ended = True
            return
        self.messages.append(message)

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            message: Any = protocol.parse_line(line)
            if message is None:
                continue
            self._arrived.put(message)
            if message["type"] == "control_request" and (response := self.answer(message["request"])) is not None:
                self.reply(message, response)
        self._arrived.put(None)


def is_kind(message: Json, kind: str, subtype: str = "") -> bool:
    found = message.get("request", {}).get("subtype") if kind == "control_request" else message.get("subtype")
    return bool(message["type"] == kind and (not subtype or found == subtype))


@contextmanager
def live_agent(
    argv: Sequence[str], *, environment: Mapping[str, str], project: Path, answer: Answer = answer_nothing
) -> Iterator[LiveAgent]:
    process = subprocess.Popen(
        argv,
        cwd=project,
        env={**environment, **ENVIRONMENT},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield LiveAgent(process, answer)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe
            with suppress(OSError):
                pipe.close()
