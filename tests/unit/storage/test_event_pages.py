"""Pages of events: nothing twice, nothing missing, byte for byte, and at one price wherever they are."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_event
from treadle.domain.errors import InvalidValueError
from treadle.domain.event import EventOrder, EventSource, EventType, IncomingEvent
from treadle.domain.times import EARLIEST, LATEST
from treadle.protocol.sessions import SessionGetEventsResponse
from treadle.storage import cursors, event_pages, events
from treadle.storage.connections import Cursor, connect
from treadle.storage.event_pages import EventQuery
from treadle.storage.migration import bring_up_to_date

SESSION = (
    "INSERT INTO sessions (id, uid, type, type_version, account_id, user_id, agent, environment, execution_mode, "
    "status, state, options, interaction_count, event_count, inserted_at, updated_at) VALUES (?1, ?1, 'x', 1, 1, 1, "
    "'claude_code', 'local', 'manual', 'active', '{}', '{}', 0, 0, 0, 0)"
)
EVENT_COUNT = 10_000


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    path = tmp_path / "treadle.db"
    bring_up_to_date(path)
    connection = connect(path)
    for number in (1, 2):
        connection.execute(SESSION, (number,))
    connection.execute("BEGIN")  # one sync to disk for thousands of events, or none
    yield connection.cursor()
    connection.close()


def read_all(rows: Cursor, query: EventQuery, *, event_count: int = EVENT_COUNT) -> list[dict[str, Any]]:
    """All pages; the session is number 1."""
    found: list[dict[str, Any]] = []
    cursor = None
    for _ in range(1_000):
        fields = {name: getattr(query, name) for name in EventQuery.__dataclass_fields__}
        fields |= {"cursor": cursor, "offset": query.offset if cursor is None else 0}
        page = orjson.loads(event_pages.events_page(rows, 1, event_count, EventQuery(**fields)))
        assert len(page["data"]) <= query.limit
        found += page["data"]
        cursor = page["nextCursor"]
        if cursor is None:
            return found
        assert page["data"]
    raise AssertionError("the pages do not end")


def append(rows: Cursor, session_id: int, *incoming: IncomingEvent) -> None:
    events.append(rows, session_id, incoming, now=7)


TYPES = (EventType.TOOL_CALLED, EventType.COMMAND_OUTPUT, EventType.FILE_CREATED, EventType.ERROR_OCCURRED)
QUERIES = st.builds(
    EventQuery,
    event_types=st.none() | st.frozensets(st.sampled_from(TYPES)),
    interaction_id=st.none() | st.sampled_from(["i", "j"]),
    source=st.none() | st.sampled_from(EventSource),
    sent_from=st.none() | st.integers(0, 6),
    sent_until=st.none() | st.integers(0, 6),
    after_id=st.none() | st.integers(0, 30),
    order=st.sampled_from(EventOrder),
    descending=st.booleans(),
    offset=st.integers(0, 9),
    limit=st.integers(1, 7),
)


@pytest.mark.requirement("get-events.filters", "get-events.order", "get-events.offset")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    drafts=st.lists(
        st.tuples(
            st.sampled_from([1, 1, 1, 2]),
            st.integers(0, 5),
            st.sampled_from(TYPES),
            st.sampled_from([EventSource.STREAM, EventSource.HOOK]),
            st.sampled_from([None, None, "i", "j"]),
        ),
        max_size=30,
    ),
    query=QUERIES,
    without=st.booleans(),
    event_count=st.sampled_from([0, EVENT_COUNT]),
)
def test_pages_hold_what_a_filter_and_a_sort_would(
    rows: Cursor,
    drafts: list[tuple[int, int, EventType, EventSource, str | None]],
    query: EventQuery,
    without: bool,
    event_count: int,
) -> None:
    """Many events of one time, both orders, both directions, both ways to read by id."""
    rows.execute("DELETE FROM session_events")
    query = replace(query, without_interaction=without and query.interaction_id is None)
    expected = []
    for number, (session_id, sent_at, event_type, source, of) in enumerate(drafts, start=1):
        append(rows, session_id, make_event(event_type, sent_at=sent_at, source=source, interaction_id=of))
        matches = (
            session_id == 1
            and (query.event_types is None or event_type in query.event_types)
            and query.interaction_id in (None, of)
            and (not query.without_interaction or of is None)
            and query.source in (None, source)
            and (query.sent_from is None or sent_at >= query.sent_from)
            and (query.sent_until is None or sent_at < query.sent_until)
            and (query.after_id is None or number > query.after_id)
        )
        if matches:
            expected.append((sent_at if query.order is EventOrder.SENT_AT else 0, number))
    expected.sort(reverse=query.descending)
    ids = [number for _, number in expected[query.offset :]]
    assert [event["id"] for event in read_all(rows, query, event_count=event_count)] == ids


@pytest.mark.requirement("event.data-byte-for-byte")
def test_data_passes_byte_for_byte(rows: Cursor) -> None:
    data = '{ "z":1e2,"a" : [1.0, -0, "\\u00e9é\\u0000"],\n"a":{} }'
    append(rows, 1, make_event(data=data, metadata='{"m" :1}', interaction_id="i"))
    page = event_pages.events_page(rows, 1, 1, EventQuery())
    assert f'"data":{data},"metadata":{{"m" :1}}'.encode() in page


def test_a_page_is_the_response_of_the_protocol(rows: Cursor) -> None:
    append(rows, 1, make_event(data='{"a":1}', interaction_id="i", sent_at=1_700_000_000_000_001), make_event())
    page = event_pages.events_page(rows, 1, 2, EventQuery(limit=1, descending=True))
    response = SessionGetEventsResponse.model_validate_json(page)
    assert orjson.loads(response.model_dump_json()) == orjson.loads(page)
    assert response.data[0].sent_at.microsecond == 1


@pytest.mark.requirement("get-events.pages")
def test_a_page_is_bounded_by_bytes_and_never_empty(rows: Cursor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_pages, "MAX_PAGE_BYTES", 1_000)
    for text in ("é" * 300, "é" * 300, "x" * 5_000, "x"):
        append(rows, 1, make_event(data=orjson.dumps({"text": text}).decode()))
    pages = [len(orjson.loads(event_pages.events_page(rows, 1, 4, EventQuery()))["data"])]
    assert pages == [1]
    assert [event["id"] for event in read_all(rows, EventQuery())] == [1, 2, 3, 4]


def test_a_cursor_belongs_to_its_order(rows: Cursor) -> None:
    append(rows, 1, make_event(), make_event())
    cursor = orjson.loads(event_pages.events_page(rows, 1, 2, EventQuery(limit=1)))["nextCursor"]
    for query in (EventQuery(order=EventOrder.ID, cursor=cursor), EventQuery(descending=True, cursor=cursor)):
        with pytest.raises(InvalidValueError):
            event_pages.events_page(rows, 1, 2, query)


@pytest.mark.requirement("get-events.offset")
def test_an_offset_is_for_the_first_page_only(rows: Cursor) -> None:
    append(rows, 1, make_event(), make_event())
    cursor = orjson.loads(event_pages.events_page(rows, 1, 2, EventQuery(limit=1)))["nextCursor"]
    with pytest.raises(InvalidValueError, match="cursor or an offset"):
        event_pages.events_page(rows, 1, 2, EventQuery(cursor=cursor, offset=1))


def test_events_are_of_an_interaction_or_of_none(rows: Cursor) -> None:
    query = EventQuery(interaction_id="i", without_interaction=True)
    with pytest.raises(InvalidValueError, match="not both"):
        event_pages.events_page(rows, 1, 1, query)


@pytest.mark.parametrize(
    ("sent_at", "told"),
    [
        (-1, "1969-12-31T23:59:59.999999Z"),
        (-1_000_000, "1969-12-31T23:59:59.000000Z"),
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_767_323_045_000_006, "2026-01-02T03:04:05.000006Z"),
        (EARLIEST, "0001-01-01T00:00:00.000000Z"),
        (LATEST, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_every_time_is_told_to_the_microsecond(rows: Cursor, sent_at: int, told: str) -> None:
    append(rows, 1, make_event(sent_at=sent_at))
    (event,) = read_all(rows, EventQuery())
    assert event["sentAt"] == told


def plan(rows: Cursor, query: EventQuery, event_count: int) -> list[str]:
    parameters = event_pages._parameters(1, query)
    statements = event_pages._statements(event_pages._shape(rows, event_count, query))
    return [row[3] for each in statements for row in rows.execute(f"EXPLAIN QUERY PLAN {each}", parameters)]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("source", [None, EventSource.HOOK])
def test_reading_by_time_never_sorts(rows: Cursor, descending: bool, source: EventSource | None) -> None:
    """Not even what has one and the same time."""
    query = EventQuery(descending=descending, source=source, sent_from=3, sent_until=9)
    key = cursors.encode(query.cursor_kind, 5, 1)
    steps = plan(rows, replace(query, cursor=key), EVENT_COUNT) + plan(rows, query, EVENT_COUNT)
    assert sum("ix_session_events_session_id_sent_at" in step for step in steps) == 3
    assert not any("TEMP B-TREE" in step for step in steps)


def test_rare_types_are_found_by_their_index(rows: Cursor) -> None:
    query = EventQuery(event_types=frozenset({EventType.ERROR_OCCURRED}))
    steps = plan(rows, replace(query, cursor=cursors.encode(query.cursor_kind, 5, 1)), EVENT_COUNT)
    assert sum("ix_session_events_rare" in step for step in steps) == 2
    assert not any("TEMP B-TREE" in step for step in steps)


def test_a_live_tail_reads_the_end_of_the_table_only(rows: Cursor) -> None:
    append(rows, 1, *(make_event() for _ in range(10)))
    append(rows, 2, *(make_event() for _ in range(90)))
    (step,) = plan(rows, EventQuery(order=EventOrder.ID, after_id=95), event_count=10)
    assert "USING INTEGER PRIMARY KEY (rowid>?)" in step
    steps = plan(rows, EventQuery(order=EventOrder.ID), event_count=10)
    assert "(session_id=?" in steps[0]


def test_a_page_among_many_events_of_one_time_reads_no_more_than_the_first(rows: Cursor) -> None:
    """Counted in steps of SQLite's own machine, which no other process disturbs."""
    append(rows, 1, *(make_event(sent_at=5) for _ in range(5_000)))
    connection = rows.connection
    first = event_pages.events_page(rows, 1, 5_000, EventQuery(limit=10))
    costs = []
    places = [None, orjson.loads(first)["nextCursor"], orjson.loads(_page_at(rows, 4_900))["nextCursor"]]
    for cursor in places:
        count = [0]

        def tick(count: list[int] = count) -> int:
            count[0] += 1
            return 0

        connection.set_progress_handler(tick, 10)
        event_pages.events_page(rows, 1, 5_000, EventQuery(limit=10, cursor=cursor))
        connection.set_progress_handler(None, 0)
        costs.append(count[0])
    assert max(costs) <= 2 * min(costs) + 10


def _page_at(rows: Cursor, event_id: int) -> bytes:
    cursor = cursors.encode(EventQuery().cursor_kind, 5, event_id)
    return event_pages.events_page(rows, 1, 5_000, EventQuery(limit=10, cursor=cursor))


def test_a_repeated_event_is_stored_once(rows: Cursor) -> None:
    incoming = [make_event() for _ in range(20)]
    assert events.append(rows, 1, incoming, now=1) == (20, 20)
    assert events.append(rows, 1, [*incoming[5:], make_event()], now=2) == (1, 21)
    assert events.append(rows, 1, incoming, now=3) == (0, 20)
    assert events.append(rows, 1, [], now=3) == (0, None)
    assert events.append(rows, 2, incoming, now=4) == (20, 41)
