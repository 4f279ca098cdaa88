"""A scripted, stateless stand-in for the Anthropic Messages API on loopback, for demos and tests.

    python tools/scripted_model/server.py [--port 0] [--port-file FILE]

The first part of the address names the script: with ANTHROPIC_BASE_URL=http://127.0.0.1:PORT/hello an agent is
answered from scripts/hello.json. What a script is: script.py. The server prints its address in one line and ends
at SIGTERM. Tests use it as a library: ``with start() as server: … server.url``.
"""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

if not __package__:  # run as a file
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.scripted_model.answer import answer_message, stream_events
from tools.scripted_model.script import SCRIPTS_FOLDER, Json, Script, ScriptError, filled, load_scripts

LOOK_AGAIN_S = 0.05


class ScriptedModelServer(ThreadingHTTPServer):
    """``requests`` says what was asked, for tests: {"script", "turn", "side"}, oldest first."""

    daemon_threads = True

    def __init__(self, scripts: dict[str, Script], *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.scripts = scripts
        self.closing = threading.Event()
        self.requests: list[Json] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # an agent that was killed is no error of the server
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: ScriptedModelServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits 40 ms for a delayed acknowledgement

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._send_json(200, {"ok": True, "scripts": sorted(self.server.scripts)})

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        match urlsplit(self.path).path.strip("/").split("/"):
            case [_, "v1", "messages", "count_tokens"]:
                self._send_json(200, {"input_tokens": len(raw) // 4})
            case [name, "v1", "messages"] if name in self.server.scripts:
                self._messages(self.server.scripts[name], raw)
            case [name, "v1", "messages"]:
                # Not 404: Claude Code takes that for an unknown model and hides the message.
                known = ", ".join(sorted(self.server.scripts))
                self._send_error(400, "invalid_request_error", f"There is no script {name!r}. Scripts: {known}.")
            case _:
                advice = f"The base URL must name a script: {self.server.url}/SCRIPT, not {self.path}."
                self._send_error(400, "invalid_request_error", advice)

    def _messages(self, script: Script, raw: bytes) -> None:
        try:
            body: Json = json.loads(raw)
            side = not body.get("tools")  # a title or a probe of the agent program, not a turn of the agent
            number, turn = (0, _side_answer(body)) if side else script.turn(body.get("messages", []))
            self.server.requests.append({"script": script.name, "turn": number, "side": side})
            turn = filled(turn, body)
        except (ScriptError, ValueError) as error:
            self._send_error(400, "invalid_request_error", str(error))
            return
        while "until" in turn and not Path(turn["until"]).exists():
            if self.server.closing.wait(LOOK_AGAIN_S):
                break
        self.server.closing.wait(turn.get("delay_s", 0))
        if turn.get("hang"):
            self.server.closing.wait()
            self.close_connection = True
        elif failure := turn.get("error"):
            self._send_error(failure["status"], failure["type"], failure["message"])
        else:
            message = answer_message(turn, script=script.name, number=number, model=body.get("model", "scripted"))
            self._stream(message, turn) if body.get("stream") else self._send_json(200, message)

    def _stream(self, message: Json, turn: Json) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in stream_events(message):
            if turn.get("cut") and event["type"] == "content_block_stop":
                self.close_connection = True
                return
            data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.server.closing.wait(turn.get("pace_s", 0))
        self.wfile.write(b"0\r\n\r\n")

    def _send_error(self, status: int, kind: str, message: str) -> None:
        self._send_json(status, {"type": "error", "error": {"type": kind, "message": message}})

    def _send_json(self, status: int, document: Json) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _side_answer(body: Json) -> Json:
    wants_json = bool((body.get("output_config") or {}).get("format"))
    return {"say": '{"title": "Scripted conversation"}' if wants_json else "Scripted conversation"}


@contextmanager
def start(scripts: dict[str, Script] | None = None, *, port: int = 0) -> Iterator[ScriptedModelServer]:
    """Serves in a thread until the block ends; without scripts, those of the folder."""
    server = ScriptedModelServer(load_scripts() if scripts is None else scripts, port=port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="scripted-model")
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> int:
    parser = argparse.ArgumentParser(description="A scripted stand-in for the Anthropic Messages API, on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--port-file", type=Path, help="file that gets the port when the server is ready")
    parser.add_argument("--scripts", type=Path, default=SCRIPTS_FOLDER, help="folder of *.json scripts")
    options = parser.parse_args()
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    try:
        with start(load_scripts(options.scripts), port=options.port) as server:
            if options.port_file:
                options.port_file.write_text(f"{server.server_address[1]}\n", "utf-8")
            print(server.url, flush=True)
            signal.sigwait(ending)
    except (ScriptError, OSError) as error:
        print(f"The scripted model cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
