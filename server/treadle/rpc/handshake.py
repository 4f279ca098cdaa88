"""What a client says of itself at `initialize` becomes its scope and its name."""

import uuid
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from treadle.domain.scope import LOCAL
from treadle.protocol.daemon import ClientOptions, InitializationOptions
from treadle.protocol.error_codes import PROTOCOL_VERSION
from treadle.rpc.errors import InvalidParamsError, ProtocolVersionError
from treadle.rpc.peer import Peer

MAX_PATH = 4_096


def peer_from_options(options: object, product: str | None, folder: str | None = None) -> Peer:
    """The peer of `initializationOptions`; an editor that says nothing to Treadle gets a client id of its own.

    A project that it names is not looked up: a scope that names a foreign one sees nothing, and that is never wider.
    `folder`: the URI of the first workspace folder, which stands in for a project that is not named.
    :raises ProtocolVersionError, InvalidParamsError, pydantic.ValidationError:
    """
    client = _client_options(options)
    if client is None:
        return Peer(scope=LOCAL, client_id=uuid.uuid4().hex, client_name=product, folder=_path_of(folder))
    if client.account not in (None, LOCAL.account_id):
        raise InvalidParamsError(f"There is no account {client.account} here.", account=client.account)
    name = client.client_name or product
    if client.project is None:
        return Peer(scope=LOCAL, client_id=client.client_id, client_name=name, folder=_path_of(folder))
    return Peer(scope=LOCAL.narrowed(client.project), client_id=client.client_id, client_name=name)


def _path_of(uri: str | None) -> str | None:
    """None of what is no folder of this machine."""
    try:
        parts = urlsplit(uri or "")
    except ValueError:
        return None
    path = unquote(parts.path)
    is_local = parts.scheme == "file" and parts.netloc in ("", "localhost")
    return path if is_local and path.startswith("/") and len(path) <= MAX_PATH else None


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
