"""How far work that takes long is: LSP's `$/progress`, to the client that gave a token for it."""

from collections.abc import Callable

from lsprotocol import types

from treadle.rpc.encoding import notice_body
from treadle.rpc.lsp_messages import CONVERTER

Token = int | str


class Progress:
    """A context: it begins at 0 percent, and ends also when the work fails or its request is cancelled.

    Without a token nothing is sent. The token is the client's until its request is answered, so the context must have
    been left by then.
    """

    def __init__(self, send: Callable[[bytes], None], token: Token | None, title: str) -> None:
        self.ending: str | None = None
        """What is said at the end."""
        self._send = send
        self._token = token
        self._title = title
        self._percentage = 0

    def __enter__(self) -> "Progress":
        self._tell(types.WorkDoneProgressBegin(title=self._title, percentage=0))
        return self

    def report(self, percentage: int) -> None:
        """Sent only when it has grown: LSP forbids less, and as much is no news."""
        if percentage > self._percentage:
            self._percentage = min(percentage, 100)
            self._tell(types.WorkDoneProgressReport(percentage=self._percentage))

    def __exit__(self, *_: object) -> None:
        self._tell(types.WorkDoneProgressEnd(message=self.ending))

    def _tell(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        if self._token is not None:
            params = types.ProgressParams(token=self._token, value=value)
            self._send(notice_body(types.PROGRESS, CONVERTER.unstructure(params)))
