"""The bound of what a daemon in Python can do: asyncio and orjson with our framing, and nothing else.

`python -m bench.echo SOCKET` decodes every request and encodes an answer: what `echo/learn` has told it to answer to
the method, which is what the daemon answers. It checks nothing, keeps nothing and has no database. It ends with its
standard input.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import orjson

CHUNK_BYTES = 256 * 1024
"""As much as the daemon's loop reads at once."""
LEARN = "echo/learn"
BOUND_SECONDS = 10.0


class EchoProcess:
    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def __enter__(self) -> "EchoProcess":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.echo", os.fspath(self.socket)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(BOUND_SECONDS)
        finally:
            self._process.kill()
            self._process.stdout.close()


class _Echo:
    def __init__(self) -> None:
        self._answers: dict[str, object] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = b""
        while chunk := await reader.read(CHUNK_BYTES):
            received += chunk
            while (end := received.find(b"\r\n\r\n")) >= 0:
                start = end + 4
                stop = start + int(received[len(b"Content-Length: ") : end])
                if len(received) < stop:
                    break
                body = self._answered(orjson.loads(received[start:stop]))
                writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
                received = received[stop:]
            await writer.drain()
        writer.close()

    def _answered(self, message: dict[str, object]) -> bytes:
        method, params = message["method"], message.get("params")
        if method == LEARN and isinstance(params, dict):
            self._answers[params["method"]] = params["result"]
        return orjson.dumps({"jsonrpc": "2.0", "id": message["id"], "result": self._answers.get(str(method))})


async def _serve(socket: str) -> None:
    loop = asyncio.get_running_loop()
    server = await asyncio.start_unix_server(_Echo().serve, socket, limit=CHUNK_BYTES)
    async with server:
        print("ready", flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
