"""Compares a database file with itself and with what the clients were told. Every line that comes out is a loss."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from tests.torture.ledger import Life
from treadle.domain.times import microseconds
from treadle.service.application import OUTPUTS_NAME
from treadle.storage.connections import DATABASE_NAME
from treadle.storage.output_files import MAX_OUTPUT_BYTES, OutputFiles

RULES = {
    "the counter of events is not their number": """
        SELECT s.id, s.event_count, (SELECT count(*) FROM session_events e WHERE e.session_id = s.id) AS found
        FROM sessions s WHERE s.deleted_at IS NULL AND s.event_count != found""",
    "the counter of interactions is not their number": """
        SELECT s.id, s.interaction_count, (SELECT count(*) FROM interactions i WHERE i.session_id = s.id) AS found
        FROM sessions s WHERE s.deleted_at IS NULL AND s.interaction_count != found""",
    "the last event is not the newest": """
        SELECT s.id, s.last_event_id, (SELECT max(e.id) FROM session_events e WHERE e.session_id = s.id) AS found
        FROM sessions s WHERE s.deleted_at IS NULL AND s.last_event_id IS NOT found""",
    "the positions are not 1 to n": """
        SELECT i.session_id, min(position), max(position), count(*) FROM interactions i
        JOIN sessions s ON s.id = i.session_id WHERE s.deleted_at IS NULL GROUP BY i.session_id
        HAVING min(position) != 1 OR max(position) != count(*)""",
    "more than one interaction is pending": """
        SELECT session_id, count(*) FROM interactions WHERE completed_at IS NULL AND superseded_at IS NULL
        GROUP BY session_id HAVING count(*) > 1""",
    "a final result without its time, or a time without one": """
        SELECT id, result_status, completed_at FROM interactions
        WHERE (completed_at IS NULL) != (result_status IS NULL OR result_status = 'pending')""",
    "half a claim": """
        SELECT id FROM interactions WHERE (claim_client_id IS NULL) != (claim_expires_at IS NULL)
        OR (claim_client_id IS NULL) != (claimed_at IS NULL)""",
    "an event is about an interaction of another session": """
        SELECT e.id FROM session_events e JOIN sessions s ON s.id = e.session_id WHERE s.deleted_at IS NULL
        AND e.interaction_id IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM interactions i WHERE i.id = e.interaction_id AND i.session_id = e.session_id)""",
    "a child of a deleted session is there": """
        SELECT c.id FROM sessions c JOIN sessions p ON p.id = c.parent_session_id
        WHERE p.deleted_at IS NOT NULL AND c.deleted_at IS NULL""",
    "two sessions of one title": """
        SELECT title, count(*) FROM sessions WHERE title IS NOT NULL GROUP BY title HAVING count(*) > 1""",
}
SESSION = """
    SELECT status, execution_mode, title, interaction_count, event_count, paused_at IS NOT NULL, deleted_at IS NOT NULL
    FROM sessions WHERE id = ?"""
TAKEN_OVER = """
    SELECT 1 FROM session_events WHERE session_id = ? AND source = 'daemon' AND is_rare = 1
    AND json_extract(data, '$.action') = 'taken_over'"""
HEAD = ("status", "executionMode", "title", "interactionCount", "eventCount")


def connect(data_dir: Path) -> sqlite3.Connection:
    """Nothing is changed by looking."""
    return sqlite3.connect(f"file:{data_dir / DATABASE_NAME}?mode=ro", uri=True, isolation_level=None)


def audit(data_dir: Path, lives: Sequence[Life]) -> list[str]:
    with closing(connect(data_dir)) as rows:
        rows.execute("BEGIN")
        return [*broken_rules(rows), *(wrong for life in lives for wrong in _lost(rows, data_dir, life))]


def broken_rules(rows: sqlite3.Connection) -> Iterator[str]:
    """What a database must hold whoever wrote to it."""
    if (found := rows.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
        yield f"integrity_check: {found[:3]}"
    if found := rows.execute("PRAGMA foreign_key_check").fetchall():
        yield f"foreign_key_check: {found[:3]}"
    for rule, query in RULES.items():
        if found := rows.execute(query).fetchmany(3):
            yield f"{rule}: {found}"


def _lost(rows: sqlite3.Connection, data_dir: Path, life: Life) -> Iterator[str]:
    row = rows.execute(SESSION, (life.session_id,)).fetchone()
    is_being_deleted = life.unanswered is not None and life.unanswered.method == "session/delete"
    if life.is_deleted:
        if row is not None and not row[-1]:
            yield f"session {life.session_id} was deleted and is there"
    elif row is None or row[-1]:
        if not is_being_deleted:
            yield f"session {life.session_id} is gone"
    else:
        for wrong in (_events, _interactions, _claim, _outputs):
            yield from wrong(rows, data_dir, life)
        yield from _head(rows, life, row)


def _events(rows: sqlite3.Connection, _: Path, life: Life) -> Iterator[str]:
    found = dict(rows.execute("SELECT uid, id FROM session_events WHERE session_id = ?", (life.session_id,)))
    for batch in life.batches:
        missing = [uid for uid in batch.uids if uid not in found]
        if missing:
            yield f"{len(missing)} of {len(batch.uids)} acknowledged events of session {life.session_id} are missing"
        elif found[batch.uids[-1]] != batch.last_id:
            yield f"the events of session {life.session_id} up to {batch.last_id} have other ids than were told"
    if life.unanswered is not None and (uids := life.unanswered.uids):
        stored = sum(uid in found for uid in uids)
        if stored not in (0, len(uids)):
            yield f"{stored} of the {len(uids)} events of one batch of session {life.session_id} are stored"


def _interactions(rows: sqlite3.Connection, _: Path, life: Life) -> Iterator[str]:
    query = (
        "SELECT id, position, completed_at IS NOT NULL, json_extract(result, '$.id') FROM interactions"
        " WHERE session_id = ?"
    )
    found = {row[0]: row[1:] for row in rows.execute(query, (life.session_id,))}
    for interaction_id, position in life.interactions.items():
        if found.get(interaction_id, (None,))[0] != position:
            yield f"interaction {position} of session {life.session_id} is missing"
    for interaction_id, result_id in life.results.items():
        if found.get(interaction_id, (None,) * 3)[1:] != (1, result_id):
            yield f"the result {result_id} of session {life.session_id} is missing"
    if life.pending_result is not None and life.unanswered is None:
        interaction_id, result_id = life.pending_result
        if found.get(interaction_id, (None,) * 3)[1:] != (0, result_id):
            yield f"the progress {result_id} of session {life.session_id} is missing"


def _claim(rows: sqlite3.Connection, _: Path, life: Life) -> Iterator[str]:
    if life.claim is None or life.unanswered is not None:
        return
    query = "SELECT claim_client_id, claimed_at FROM interactions WHERE id = ?"
    holder, since = rows.execute(query, (life.claim["id"],)).fetchone() or (None, None)
    expiry = microseconds(datetime.fromisoformat(life.claim["claim"]["expiresAt"]))
    if holder != life.client_id and (since is None or since < expiry):
        yield f"the claim of {life.client_id} in session {life.session_id} is {holder}'s"


def _outputs(rows: sqlite3.Connection, data_dir: Path, life: Life) -> Iterator[str]:
    query = (
        "SELECT o.sha256, o.size FROM outputs o JOIN session_outputs so ON so.sha256 = o.sha256 WHERE so.session_id = ?"
    )
    known = dict(rows.execute(query, (life.session_id,)))
    files = OutputFiles(data_dir / OUTPUTS_NAME)
    for output_id, size in life.outputs.items():
        if known.get(output_id) != size:
            yield f"the output {output_id} of session {life.session_id} is not known"
        content = files.read(output_id, 0, MAX_OUTPUT_BYTES)
        if content is None or hashlib.sha256(content).hexdigest() != output_id:
            yield f"the output {output_id} of session {life.session_id} is not on the disk as it was"


def _head(rows: sqlite3.Connection, life: Life, row: tuple[object, ...]) -> Iterator[str]:
    """Exactly as it was answered last, when nothing is under way, and nobody has taken over a step."""
    if life.unanswered is not None or not life.is_head_known or rows.execute(TAKEN_OVER, (life.session_id,)).fetchone():
        return
    told = (*(life.head[name] for name in HEAD), life.head["pausedAt"] is not None)
    if told != (*row[:5], bool(row[5])):
        yield f"session {life.session_id} was told as {told} and is {row[:6]}"
