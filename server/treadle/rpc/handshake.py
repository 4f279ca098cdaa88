"""What a client says of itself at `initialize` becomes its scope and its name."""

import uuid
from collections.abc import Mapping

from treadle.domain.scope import LOCAL
from treadle.protocol.daemon import ClientOptions, InitializationOptions
from treadle.protocol.error_codes import PROTOCOL_VERSION
from treadle.rpc.errors import InvalidParamsError, ProtocolVersionError
from treadle.rpc.peer import Peer


def peer_from_options(options: object, product: str | None) -> Peer:
    """The peer of `initializationOptions`; an editor that says nothing to Treadle gets a client id of its own.

    The project is not looked up: a scope that names a foreign project sees nothing, and that is never wider.
    :raises ProtocolVersionError, InvalidParamsError, pydantic.ValidationError:
    """
    client = _client_options(options)
    if client is None:
        return Peer(scope=LOCAL, client_id=uuid.uuid4().hex, client_name=product)
    if client.account not in (None, LOCAL.account_id):
        raise InvalidParamsError(f"There is no account {client.account} here.", account=client.account)
    scope = LOCAL if client.project is None else LOCAL.narrowed(client.project)
    return Peer(scope=scope, client_id=client.client_id, client_name=client.client_name or product)


def _client_options(options: object) -> ClientOptions | None:
    if not isinstance(options, Mapping):
        return None
    _require_version(options.get("treadle"))
    return InitializationOptions.model_validate(options, by_alias=True, by_name=False).treadle


def _require_version(options: object) -> None:
    """First of all, since options of another version may look different altogether."""
    asked = options.get("protocolVersion") if isinstance(options, Mapping) else None
    if type(asked) is int and asked != PROTOCOL_VERSION:
        raise ProtocolVersionError(
            f"This daemon speaks version {PROTOCOL_VERSION} of the protocol, the client version {asked}; "
            "stop the daemon so that the newer one can start, or update the client.",
            supported=[PROTOCOL_VERSION],
            requested=asked,
        )
