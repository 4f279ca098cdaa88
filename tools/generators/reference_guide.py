"""The chapters of the reference that come before the methods. Every number is the constant that the code obeys."""

import json
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from tools.generators.reference_tables import EVENT_DATA
from tools.generators.worked_session import committed, markdown
from treadle.cli.bootstrap import REDACTION
from treadle.domain import event
from treadle.domain.event import EventSource, EventType
from treadle.domain.interaction import CLAIM_LEASE
from treadle.domain.result import INLINE_BYTES
from treadle.protocol.error_codes import PROTOCOL_VERSION
from treadle.protocol.framing import MAX_FRAME_BYTES, MAX_HEADER_BYTES, MAX_REQUEST_BYTES, frame
from treadle.protocol.interactions import MAX_PIECE_BYTES
from treadle.protocol.notices import MAX_MISSED
from treadle.protocol.value_count import MAX_VALUES
from treadle.rpc.inbox import HALF_FRAME_SECONDS
from treadle.rpc.listener import MOST_CLIENTS
from treadle.rpc.notice_queue import MAX_HELD
from treadle.rpc.outbox import MAX_QUEUED_BYTES
from treadle.rpc.window import MAX_REQUESTS
from treadle.runner.claim import HEARTBEAT_SECONDS
from treadle.service.event_checks import MAX_DEPTH
from treadle.service.outputs import FORGOTTEN_AFTER
from treadle.service.redaction import MAX_SECRETS
from treadle.service.secret_kinds import KINDS, SURROUNDED
from treadle.storage.output_files import MAX_OUTPUT_BYTES

TEMPLATE = Path(__file__).with_name("reference_guide.md")
CLAIM_LEASE_SECONDS = CLAIM_LEASE.total_seconds()
EXAMPLE = frame(b'{"jsonrpc":"2.0","id":7,"method":"session/get","params":{"sessionId":1}}')
OPTIONS = {
    "treadle": {
        "protocolVersion": PROTOCOL_VERSION,
        "clientId": "5c0f6e0a-6f0f-4d5a-9f0e-2f1d1c9b7a61",
        "clientName": "my-editor",
        "project": None,
    }
}
NUMBERS = {
    "CLAIM_LEASE_SECONDS": CLAIM_LEASE_SECONDS,
    "HALF_FRAME_SECONDS": HALF_FRAME_SECONDS,
    "HEARTBEAT_SECONDS": HEARTBEAT_SECONDS,
    "MAX_BATCH_BYTES": event.MAX_BATCH_BYTES,
    "MAX_BATCH_EVENTS": event.MAX_BATCH_EVENTS,
    "MAX_DATA_BYTES": event.MAX_DATA_BYTES,
    "MAX_DEPTH": MAX_DEPTH,
    "MAX_FRAME_BYTES": MAX_FRAME_BYTES,
    "MAX_HEADER_BYTES": MAX_HEADER_BYTES,
    "MAX_HELD": MAX_HELD,
    "MAX_MISSED": MAX_MISSED,
    "MAX_QUEUED_BYTES": MAX_QUEUED_BYTES,
    "MAX_REQUEST_BYTES": MAX_REQUEST_BYTES,
    "MAX_SECRETS": MAX_SECRETS,
    "PROTOCOL_VERSION": PROTOCOL_VERSION,
}


def size(number: int) -> str:
    return f"{number // 1024**2} MiB" if number % 1024**2 == 0 else f"{number // 1024} KiB"


def table(*rows: tuple[str, ...]) -> str:
    head, *rest = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rest))


def text() -> str:
    # The reference is Markdown for people; no browser reads it as HTML unescaped.
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    types = ((f"`{event_type}`", EVENT_DATA[event_type]) for event_type in EventType)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        **NUMBERS,
        size=size,
        count=lambda number: f"{number:,}",
        number=lambda number: f"{number:g}",
        example=EXAMPLE.decode().replace("\r\n", "\\r\\n"),
        example_size=len(EXAMPLE),
        options=json.dumps(OPTIONS),
        secrets=", ".join(f"`{kind}`" for kind in (*KINDS, *SURROUNDED)),
        redaction=REDACTION,
        event_sources=", ".join(f"`{source}`" for source in EventSource),
        event_table=table(("`eventType`", "what `data` usually holds"), *types),
        limit_table=_limits(),
        worked_session="\n".join(markdown(committed())).rstrip(),
    )


def _limits() -> str:
    page = (
        f"{event.DEFAULT_PAGE_EVENTS} by default, {event.MAX_PAGE_EVENTS:,} and {size(event.MAX_PAGE_BYTES)} at most; "
        f"`offset` up to {event.MAX_PAGE_OFFSET:,}"
    )
    return table(
        ("what", "limit"),
        ("a frame to the daemon", size(MAX_REQUEST_BYTES)),
        ("values in one message (numbers, strings, lists, objects …), but for events", f"{MAX_VALUES:,}"),
        ("requests of one connection under way; more are read later", str(MAX_REQUESTS)),
        ("clients of one daemon, if it may open as many files", f"{MOST_CLIENTS:,}"),
        ("events in a batch", f"{event.MAX_BATCH_EVENTS:,}, {size(event.MAX_BATCH_BYTES)}"),
        ("`data` or `metadata` of an event", f"{size(event.MAX_DATA_BYTES)}, {MAX_DEPTH} levels"),
        ("a page of events", page),
        ("a page of interactions, or of sessions", f"{size(event.MAX_PAGE_BYTES)}, or one that is larger"),
        ("`stdout` and `stderr` of a result", f"the first and last {size(INLINE_BYTES)} of each"),
        ("a piece of an output", size(MAX_PIECE_BYTES)),
        ("an output", size(MAX_OUTPUT_BYTES)),
        ("an upload that nobody goes on with", f"kept for {FORGOTTEN_AFTER.days} day"),
        ("a claim without heartbeat", f"{CLAIM_LEASE_SECONDS:g} s"),
        ("half a frame, and then silence", f"{HALF_FRAME_SECONDS:g} s"),
    )
