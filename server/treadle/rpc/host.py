from typing import Protocol

from treadle.rpc.envelope import Request, RequestId


class Host(Protocol):
    """The connection that an engine works for."""

    def is_under_way(self, request_id: RequestId) -> bool: ...

    def entered(self, request_id: RequestId, size: int) -> None: ...

    def left(self, request_id: RequestId) -> None: ...

    def answer(self, request: Request) -> None:
        """One of our own methods: pygls has no part in it."""

    def cancel(self, request_id: RequestId) -> bool:
        """Whether it is one of those that the host answers."""

    def initialize(self, options: object, product: str | None) -> None:
        """:raises TreadleError, pydantic.ValidationError: the client cannot be served"""

    def initialized(self) -> None:
        """The client is ready for messages that it did not ask for. It may say so more than once."""

    def send(self, body: bytes) -> None: ...

    def exit(self) -> None: ...
