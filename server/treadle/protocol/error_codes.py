"""The number of each error code on the wire. Standard library only.

The numbers stay outside the ranges that JSON-RPC and LSP reserve; clients should look at `data.code`.
"""

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800

PROTOCOL_VERSION = 1

NUMBERS: dict[str, int] = {
    "invalid_params": INVALID_PARAMS,
    "internal_error": INTERNAL_ERROR,
    "method_not_found": METHOD_NOT_FOUND,
    "invalid_request": INVALID_REQUEST,
    "parse_error": PARSE_ERROR,
    "not_initialized": NOT_INITIALIZED,
    "cancelled_request": REQUEST_CANCELLED,
    "refused": -31000,
    "session_not_found": -31001,
    "complete": -31002,
    "failed": -31003,
    "cancelled": -31004,
    "paused": -31005,
    "interaction_not_found": -31006,
    "interaction_completed": -31007,
    "claimed": -31008,
    "not_claimed": -31009,
    "unknown_session_type": -31010,
    "session_type_unavailable": -31011,
    "step_failed": -31012,
    "unknown_component": -31013,
    "project_not_found": -31014,
    "project_untrusted": -31015,
    "project_invalid": -31016,
    "event_invalid": -31017,
    "too_large": -31018,
    "output_not_found": -31019,
    "upload_conflict": -31020,
    "storage_unavailable": -31021,
    "database_too_new": -31022,
    "protocol_version": -31023,
    "active": -31024,
    "step_limit": -31025,
    "result_not_found": -31026,
    "too_many_clients": -31027,
    "workflow_invalid": -31028,
    "ask_not_found": -31029,
    "ask_closed": -31030,
    "own_ask": -31031,
    "terminal_not_found": -31032,
}
