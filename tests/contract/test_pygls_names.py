"""pygls' private names that the engine relies on. pygls is pinned; whoever raises it looks here first."""

import ast
import asyncio
import inspect
import re
from concurrent.futures import Future
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import JsonRPCProtocol, LanguageServerProtocol

import treadle
from treadle.rpc import engine
from treadle.rpc.engine import PRIVATE_NAMES, EngineProtocol
from treadle.rpc.lsp_messages import CONVERTER

PACKAGE = Path(treadle.__file__).parent
LANGUAGE = {f"language/{name}.py" for name in ("answers", "client", "diagnostics", "features")}


@pytest.fixture
def protocol() -> LanguageServerProtocol:
    return LanguageServer("test", "1", converter_factory=lambda: CONVERTER).protocol


def test_pygls_is_pinned_to_the_version_that_these_tests_know() -> None:
    assert "pygls==2.1.1" in (requires("treadle") or [])
    assert version("pygls") == "2.1.1"


def test_few_modules_touch_pygls() -> None:
    touching = [
        path.relative_to(PACKAGE / "rpc").as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("pygls", "lsprotocol", "cattrs")
    ]
    assert set(touching) == {"engine.py", "lsp_messages.py", "progress.py", "positions.py", *LANGUAGE}


def test_pygls_itself_is_touched_by_the_engine_and_its_messages_only() -> None:
    touching = [
        path.name for path in PACKAGE.rglob("*.py") if re.search(r"^(from|import) pygls", path.read_text(), re.M)
    ]
    assert set(touching) == {"engine.py", "lsp_messages.py"}


def test_private_names_are_used_in_the_engine_only() -> None:
    for path in (PACKAGE / "rpc").rglob("*.py"):
        used = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        assert path.name == "engine.py" or not used & (set(PRIVATE_NAMES) - {"_server"})


def test_the_list_of_private_names_is_whole() -> None:
    """Every private name of pygls' classes that the engine reads, calls or overrides, and no other."""
    tree = ast.parse(Path(engine.__file__).read_text())
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    inherited = set(dir(LanguageServerProtocol)) | set(vars(LanguageServer("t", "1").protocol))
    private = {name for name in used & inherited if name.startswith("_") and not name.startswith("__")}
    assert private == set(PRIVATE_NAMES)


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_the_server_is_kept_by_the_protocol(protocol: LanguageServerProtocol) -> None:
    assert protocol._server.protocol is protocol


def test_execute_handler_keeps_the_future_until_the_callback() -> None:
    assert parameters(JsonRPCProtocol._execute_handler) == ["self", "msg_id", "handler", "callback", "args", "kwargs"]

    async def test(protocol: LanguageServerProtocol) -> None:
        async def handler(params: object) -> object:
            return params

        done: list[object] = []
        protocol._execute_handler("id", handler, lambda future: done.append(future.result()), ("params",))
        assert list(protocol._request_futures) == ["id"]
        await protocol._request_futures["id"]  # type: ignore[misc]
        await asyncio.sleep(0)
        assert done == ["params"]
        assert list(protocol._request_futures) == ["id"], "pygls forgets them now: our override may go"

    asyncio.run(test(LanguageServer("test", "1", converter_factory=lambda: CONVERTER).protocol))


def test_send_handler_result_answers_a_request() -> None:
    signature = inspect.signature(JsonRPCProtocol._send_handler_result)
    assert list(signature.parameters) == ["self", "future", "msg_id"]
    assert signature.parameters["msg_id"].kind is inspect.Parameter.KEYWORD_ONLY


def test_send_data_is_the_only_way_out(protocol: LanguageServerProtocol, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parameters(JsonRPCProtocol._send_data) == ["self", "data"]
    sent: list[object] = []
    monkeypatch.setattr(protocol, "_send_data", sent.append)
    protocol.notify("test/notice", {"a": 1})
    protocol.send_request("test/request")
    future: Future[object] = Future()
    future.set_result("done")
    protocol._send_handler_result(future, msg_id=1)
    assert [type(one).__name__ for one in sent] == [
        "JsonRPCNotification",
        "JsonRPCRequestMessage",
        "JsonRPCResponseMessage",
    ]


def test_result_types_hold_our_own_requests_only(
    protocol: LanguageServerProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "_send_data", lambda _: None)
    protocol.send_request("test/request", msg_id="mine")
    assert list(protocol._result_types) == ["mine"]
    assert list(protocol._request_futures) == ["mine"]


def test_shutdown_is_a_flag(protocol: LanguageServerProtocol) -> None:
    assert protocol._shutdown is False


def test_the_overridden_methods_of_the_lifecycle_are_the_built_in_ones(protocol: LanguageServerProtocol) -> None:
    for method, name in (
        (types.INITIALIZE, "lsp_initialize"),
        (types.SHUTDOWN, "lsp_shutdown"),
        (types.EXIT, "lsp_exit"),
    ):
        assert protocol.fm.builtin_features[method].__name__ == name
        assert name in vars(EngineProtocol)


@pytest.mark.parametrize("name", ["get_message_type", "get_result_type"])
def test_the_types_of_messages_are_cached_by_instance_there_and_not_here(name: str) -> None:
    assert hasattr(getattr(LanguageServerProtocol, name), "cache_info"), "our override may go"
    assert not hasattr(getattr(EngineProtocol, name), "cache_info")
