"""Editors as other people make them (pytest-lsp, on pygls): a language client that starts Treadle as an editor does."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

ANSWER_SECONDS = 20.0


@dataclass(frozen=True)
class Place:
    """Where an editor starts its server, and where a project is."""

    data_dir: Path
    project: Path
    way: str

    @property
    def command(self) -> list[str]:
        words = ["serve", "--stdio"] if self.way == "serve" else ["connect"]
        return [sys.executable, "-m", "treadle", *words, "--data-dir", str(self.data_dir)]


def stop_daemon(data_dir: Path) -> None:
    """And wait until it has gone, if there is one."""
    command = [sys.executable, "-m", "treadle", "stop", "--data-dir", str(data_dir)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@asynccontextmanager
async def editor(
    place: Place, name: str = "visual-studio-code", *, encodings: Sequence[str] | None = None, **options: Any
) -> AsyncIterator[LanguageClient]:
    """Started and initialised; killed at the end, if it still lives. `encodings`: in which it counts characters."""
    client = make_test_lsp_client()
    await client.start_io(*place.command, **options)
    process = client._server
    assert process is not None
    try:
        folder = types.WorkspaceFolder(uri=place.project.as_uri(), name="project")
        capabilities = client_capabilities(name)
        if encodings is not None:
            capabilities.general = types.GeneralClientCapabilities(position_encodings=encodings)
        params = types.InitializeParams(capabilities=capabilities, workspace_folders=[folder])
        answer = await client.initialize_session(params)
        assert answer.server_info is not None
        assert answer.server_info.name == "treadle"
        yield client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await client.stop()  # type: ignore[no-untyped-call]


async def ask(client: LanguageClient, method: str, params: object = None) -> Any:
    async with asyncio.timeout(ANSWER_SECONDS):
        return await asyncio.wrap_future(client.protocol.send_request(method, {} if params is None else params))


async def refusal(client: LanguageClient, method: str, params: object = None) -> JsonRpcException:
    with pytest.raises(JsonRpcException) as caught:
        await ask(client, method, params)
    return caught.value


async def answer_to(client: LanguageClient, message_id: str) -> Any:
    """Of what was sent with this id."""
    async with asyncio.timeout(ANSWER_SECONDS):
        return await asyncio.wrap_future(client.protocol._request_futures[message_id])


async def leave(client: LanguageClient) -> int:
    """As an editor does; the exit code of what it started."""
    async with asyncio.timeout(ANSWER_SECONDS):
        await client.shutdown_session()
        assert client._server is not None
        return await client._server.wait()
