"""pygls as the engine of one connection: the LSP lifecycle, and what an editor asks. Our own methods pass it by.

Its transports and its read loop are not used: they serve one client to a process, leave requests unanswered and
know no limits. The private names that are overridden or read here are in `PRIVATE_NAMES`; pygls is pinned, and a
contract test holds every one of them.
"""

import logging
from collections.abc import Callable, Container, Generator
from typing import Any
from uuid import uuid4

import msgspec
from lsprotocol import types
from lsprotocol.types import ResponseErrorMessage
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import (
    JsonRPCResponseMessage,
    LanguageServerProtocol,
    lsp_method,
)

import treadle
from treadle.protocol.value_count import require_few_values
from treadle.rpc import encoding
from treadle.rpc.envelope import Notice, RefusedMessageError, Reply, Request, RequestId, decode
from treadle.rpc.errors import (
    InvalidRequestError,
    MethodNotFoundError,
    NotInitializedError,
    ParseError,
    RequestCancelledError,
    describe,
)
from treadle.rpc.host import Host
from treadle.rpc.lsp_messages import CONVERTER, encoded, own_error, unreadable

logger = logging.getLogger(__name__)

PRIVATE_NAMES = (
    "_execute_handler",
    "_request_futures",
    "_result_types",
    "_send_data",
    "_send_handler_result",
    "_server",
    "_shutdown",
)

OF_DOCUMENTS = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
)
"""pygls keeps every document and folder that it is told of, as many as a client likes. Whoever wants documents binds
these methods anew, to what keeps few."""

MAX_COMPLAINTS = 20
"""Of one connection, about its notices and replies: they cost their sender nothing, and the log is everybody's."""


class EngineProtocol(LanguageServerProtocol):
    _server: "Engine"
    is_initialized = False
    _complaints = 0

    def feed(self, body: bytes) -> None:
        """Take one frame. Every request is answered, whatever it holds; nothing is raised."""
        try:
            message = decode(body)
        except RefusedMessageError as refused:
            self.refuse(refused.id, refused.error)
            return
        match message:
            case Request():
                self._take_request(message, body)
            case Notice():
                self._take_notice(message, body)
            case Reply():
                self._take_reply(message, body)

    def refuse(self, request_id: RequestId | None, error: BaseException) -> None:
        self._server.host.send(encoding.error_body(request_id, describe(error)))

    def cancel_all(self) -> None:
        """The client is gone: nobody waits for the answers."""
        for future in tuple(self._request_futures.values()):
            future.cancel()

    # what comes in

    def _take_request(self, request: Request, body: bytes) -> None:
        try:
            self._require_acceptable(request)
            message = None if self._is_ours(request.method) else self._structured(request, body)
        except Exception as error:  # noqa: BLE001 - the connection's edge: everything is answered
            self.refuse(request.id, error)
            return
        host = self._server.host
        host.entered(request.id, len(body))
        try:
            if message is None:
                host.answer(request)
            else:
                self.handle_message(message)
        except Exception as error:  # noqa: BLE001
            host.left(request.id)
            self.refuse(request.id, error)

    def _require_acceptable(self, request: Request) -> None:
        if self._shutdown:
            raise InvalidRequestError("The connection was shut down; only `exit` may follow.")
        if self._server.host.is_under_way(request.id):
            raise InvalidRequestError("A request with this id is under way.")
        if request.method == types.INITIALIZE:
            if self.is_initialized:
                raise InvalidRequestError("The connection is initialized already.")
        elif not self.is_initialized:
            raise NotInitializedError
        if not self._is_ours(request.method) and not self._is_editors(request.method):
            raise MethodNotFoundError(f"There is no method {request.method[:100]}.")

    def _is_ours(self, method: str) -> bool:
        """They are requests only: the sender of a notice could not be told what went wrong."""
        return method in self._server.methods

    def _is_editors(self, method: str) -> bool:
        return method in self.fm.features or method in self.fm.builtin_features

    def _structured(self, message: Request | Notice, body: bytes) -> Any:
        """What is the editor's is read by lsprotocol."""
        require_few_values(body)
        try:
            structured = self.structure_message(msgspec.json.decode(body))
        except JsonRpcException as error:
            raise unreadable(error) from None
        except UnicodeDecodeError as error:
            # What passed the envelope by: texts in the parameters are looked at only here.
            raise ParseError("The message is not UTF-8.") from error
        if isinstance(message, Request) and not hasattr(structured, "id"):
            raise InvalidRequestError(f"{message.method} is a notice and has no id.")
        return structured

    def _take_notice(self, notice: Notice, body: bytes) -> None:
        if notice.method == types.EXIT:
            self._server.host.exit()
            return
        is_known = notice.method == types.CANCEL_REQUEST or self._is_editors(notice.method)
        if self._shutdown or not self.is_initialized or not is_known:
            self._complain("ignored a notice")
            return
        try:
            message = self._structured(notice, body)
            if notice.method == types.CANCEL_REQUEST and not self._is_for_pygls_to_cancel(message.params.id):
                return
            self.handle_message(message)
            if notice.method == types.INITIALIZED:
                self._server.host.initialized()
        except Exception as error:  # noqa: BLE001 - the connection's edge
            self._complain("dropped a notice %s: %s", notice.method, describe(error).message)

    def _is_for_pygls_to_cancel(self, request_id: RequestId) -> bool:
        """It would cancel also what we have asked the client."""
        host = self._server.host
        return host.is_under_way(request_id) and not host.cancel(request_id)

    def _complain(self, message: str, *arguments: object) -> None:
        self._complaints += 1
        if self._complaints <= MAX_COMPLAINTS:
            logger.info(message, *arguments)

    def _take_reply(self, reply: Reply, body: bytes) -> None:
        asked = reply.id if reply.id is not None and reply.id in self._result_types else None
        future = None if asked is None else self._request_futures.get(asked)
        if asked is None or future is None or future.done():
            self._complain("ignored a reply to no request")
            return
        try:
            self.handle_message(self.structure_message(msgspec.json.decode(body)))
        except JsonRpcException as error:
            del self._request_futures[asked]
            future.set_exception(unreadable(error))
        except UnicodeDecodeError:
            del self._request_futures[asked]
            future.set_exception(ParseError("The reply is not UTF-8."))

    # what goes out

    async def ask(self, method: str) -> object:
        """The client. When nobody waits for the answer any more nothing is kept of the question: it may never come."""
        number = str(uuid4())
        try:
            return await self.send_request_async(method, None, msg_id=number)
        finally:
            self._request_futures.pop(number, None)
            self._result_types.pop(number, None)

    def _send_handler_result(self, future: Any, *, msg_id: RequestId) -> None:
        self._request_futures.pop(msg_id, None)
        self._server.host.left(msg_id)
        if future.cancelled():
            self.refuse(msg_id, RequestCancelledError())
        elif (error := future.exception()) is not None:
            self.refuse(msg_id, own_error(error))
        else:
            self._send_data(JsonRPCResponseMessage(id=msg_id, jsonrpc="2.0", result=future.result()))

    def _send_data(self, data: Any) -> None:
        """The only place where pygls encodes. What cannot be encoded still answers its request."""
        if isinstance(data, JsonRPCResponseMessage | ResponseErrorMessage) and data.id is not None:
            self._server.host.left(data.id)
        try:
            body = encoded(data)
        except Exception as error:
            if not isinstance(data, JsonRPCResponseMessage):
                raise
            body = encoding.error_body(data.id, describe(error))
        self._server.host.send(body)

    # how a connection lives

    def _execute_handler(
        self,
        msg_id: RequestId,
        handler: Any,
        callback: Any,
        args: Any = None,
        kwargs: Any = None,
    ) -> None:
        """pygls keeps the futures of notices for ever."""

        def finished(future: Any) -> None:
            self._request_futures.pop(msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, finished, args, kwargs)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        product = params.client_info.name if params.client_info else None
        self._server.host.initialize(params.initialization_options, product)
        result = yield from super().lsp_initialize(params)
        if types.TEXT_DOCUMENT_DID_OPEN not in self.fm.features:
            result.capabilities.text_document_sync = None
        result.capabilities.workspace = None
        self.is_initialized = True
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *_: object) -> Generator[Any, Any, None]:
        """Of this connection, not of the daemon. The requests under way are still answered."""
        self._shutdown = True
        yield from ()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: object) -> Generator[Any, Any, None]:
        """Ends this connection, not the process."""
        self._server.host.exit()
        yield from ()

    # The base class caches these by instance, which keeps dead connections alive.

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        return types.METHOD_TO_TYPES.get(method, (None,))[0]

    def get_result_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        return types.METHOD_TO_TYPES.get(method, (None, None))[1]


class Engine(LanguageServer):
    protocol: EngineProtocol

    def __init__(self, host: Host, methods: Container[str]) -> None:
        """`methods`: those that the host answers itself."""
        self.host = host
        self.methods = methods
        super().__init__(
            "treadle",
            treadle.__version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=EngineProtocol,
            converter_factory=lambda: CONVERTER,
        )
        for method in OF_DOCUMENTS:
            del self.protocol.fm.builtin_features[method]

    def bind(self, method: str, handler: Callable[[Any], Any], options: object = None) -> None:
        """Without pygls' decorator, which reads the signature of every handler for every connection."""
        self.protocol.fm.features[method] = handler
        if options is not None:
            self.protocol.fm.feature_options[method] = options

    def report_server_error(self, error: Exception, source: object) -> None:
        """By default pygls shows the raw error in the editor's window."""
        logger.error("%s", getattr(source, "__name__", "error"), exc_info=error)
