"""Binds the method table to its handlers, by name."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from treadle.protocol.methods import METHODS, Method, Serialises
from treadle.protocol.value_count import require_few_values
from treadle.protocol.wire import Params, unstorable
from treadle.rpc import event_lane
from treadle.rpc.daemon import Context, Daemon
from treadle.rpc.errors import InvalidParamsError
from treadle.rpc.handlers import (
    asks,
    deletion,
    events,
    interactions,
    lifecycle,
    outputs,
    permissions,
    projects,
    redaction,
    results,
    sessions,
    subscriptions,
    terminals,
    workflows,
)
from treadle.rpc.handlers import daemon as daemon_handlers
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.late_loading import loaded
from treadle.rpc.peer import Peer
from treadle.rpc.plain_json import require_plain

Decoder = Callable[[bytes], Any]

HANDLERS: Mapping[str, Handler] = {
    **sessions.HANDLERS,
    **lifecycle.HANDLERS,
    **deletion.HANDLERS,
    **redaction.HANDLERS,
    **subscriptions.HANDLERS,
    **events.HANDLERS,
    **interactions.HANDLERS,
    **asks.HANDLERS,
    **terminals.HANDLERS,
    **results.HANDLERS,
    **outputs.HANDLERS,
    **permissions.HANDLERS,
    **projects.HANDLERS,
    **workflows.HANDLERS,
    **daemon_handlers.HANDLERS,
}

LANES: Mapping[str, Decoder] = {
    "session/handleEvent": event_lane.decode_one,
    "session/handleEvents": event_lane.decode_batch,
}
"""Methods whose parameters are not read by pydantic."""

NO_PARAMS = b"{}"


@dataclass(frozen=True, slots=True)
class Binding:
    handler: Handler
    decode: Decoder
    is_change: bool


def decoder(method: Method) -> Decoder:
    adapter = TypeAdapter(method.params)

    def decode(params: bytes) -> Any:
        require_few_values(params)
        decoded = adapter.validate_json(params, by_alias=True, by_name=False)
        require_plain(params)
        _require_storable(decoded)
        return decoded

    return decode


def _require_storable(params: Params) -> None:
    name = next(unstorable(params), None)
    if name is not None:
        raise InvalidParamsError(f"The parameters are not valid: {name} has more than 64 bits.")


BINDINGS: Mapping[str, Binding] = {
    method.name: Binding(
        HANDLERS[method.name],
        LANES.get(method.name) or decoder(method),
        method.serialises is not Serialises.NOTHING,
    )
    for method in METHODS
}


@dataclass(frozen=True, slots=True)
class MethodDispatcher:
    daemon: Daemon

    @property
    def methods(self) -> Collection[str]:
        return BINDINGS.keys()

    def is_change(self, method: str) -> bool:
        return BINDINGS[method].is_change

    async def call(self, peer: Peer, method: str, params: bytes | None) -> object:
        """:raises TreadleError, pydantic.ValidationError:"""
        binding = BINDINGS[method]
        decoded = binding.decode(NO_PARAMS if params is None else params)
        registry = self.daemon.application.registry
        if binding.is_change and method not in LANES and not registry.is_loaded:
            # Imported on the writing thread, a plug-in would hold everybody's commits.
            await loaded(lambda: registry.types)
        answering = binding.handler(Context(self.daemon, peer), decoded)
        return await (self.daemon.kept(answering) if binding.is_change else answering)
