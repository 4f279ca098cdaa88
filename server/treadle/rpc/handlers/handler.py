from collections.abc import Callable, Coroutine
from typing import Any

from treadle.protocol.wire import Response
from treadle.rpc.daemon import Context

Handler = Callable[[Context, Any], Coroutine[Any, Any, Response | bytes]]
"""Its parameters are of the model that the method table names; bytes are a response that is JSON already."""
