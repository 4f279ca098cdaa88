"""What the daemon's hook receiver is compared with, in a process of its own: `python -m bench.hook_limits`.

It says two ports: of a bare asyncio echo, which sends back the very bytes that come, and of the receiver with nobody
behind it. It ends with its standard input.
"""

import asyncio
import subprocess
import sys
from types import TracebackType

from treadle.ingest.receiver import Receiver
from treadle.ingest.requests import HookRequest

BOUND_SECONDS = 10.0


class HookLimits:
    def __enter__(self) -> "HookLimits":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.hook_limits"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.echo, self.receiver = map(int, self._process.stdout.readline().split())
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


class _Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


async def _say_nothing(_: HookRequest, __: asyncio.Event) -> bytes | None:
    return None


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    echo = await loop.create_server(_Echo, "127.0.0.1", 0)
    receiver = Receiver(knows=lambda token: True, handle=_say_nothing)
    port = await receiver.listen(None)
    print(echo.sockets[0].getsockname()[1], port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    echo.close()
    await receiver.close()


if __name__ == "__main__":
    asyncio.run(_serve())
