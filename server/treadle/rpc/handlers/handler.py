from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from treadle.protocol.wire import Response
from treadle.rpc.daemon import Context

Rest = Callable[[], Awaitable[Response]]
"""What comes after a change. The change is made whatever happens to its request; this ends when that is cancelled."""

Handler = Callable[[Context, Any], Coroutine[Any, Any, Response | bytes | Rest]]
"""Its parameters are of the model that the method table names; bytes are a response that is JSON already."""
