"""Secrets that are stored already go, from everywhere, while others work; and nothing else changes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.factories import (
    ACTOR,
    STRANGER,
    add_strangers,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
    open_project,
    write_settings,
)
from treadle.domain.errors import SessionNotFoundError
from treadle.domain.scope import LOCAL, Scope
from treadle.protocol.notices import SessionDidLoseNoticesNotification
from treadle.service.application import Application
from treadle.service.sweeping import Sweep
from treadle.storage.event_pages import EventQuery

TOKEN = "ghp_" + "a1B2c3D4" * 5
OTHER = "sk-ant-api03-" + "a1B2c3D4" * 5
OWN = "acme-0123abcd"
ALL = f"{TOKEN} {OTHER} {OWN}"
GONE = "[redacted:github_token] [redacted:anthropic_key] [redacted:acme]"


@asynccontextmanager
async def a_leaky_session(folder: Path) -> AsyncIterator[tuple[Application, int, str]]:
    """Stored while redaction was off; the daemon that is answered redacts. Also the id of the output."""
    async with open_application(folder / "data", redacts=False) as application:
        write_settings(folder / "p", "redact:\n  - {name: acme, pattern: 'acme-[0-9a-f]{8}'}\n")
        opened = await open_project(application, folder / "p")
        scope = Scope(account_id=1, user_id=1, project_id=opened.project.id)
        session = await application.sessions.create(scope, type="example", title=f"Use {ALL}")
        piece = await application.outputs.write(
            LOCAL, session_id=session.id, upload_id="u", offset=0, data=f"line\n{ALL}\n".encode(), last=True
        )
        assert piece.output_id is not None
        named = json.dumps({"outputs": {"input": {"id": piece.output_id}}, "text": ALL})
        events = [make_event(data=named, metadata=json.dumps({"x": ALL})), make_event(data='{"calm": 1.50}')]
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=events)
        first = await next_command(application, session.id)
        await application.interventions.edit(
            LOCAL,
            session_id=session.id,
            interaction_id=first.interaction.id,
            actor=ACTOR,
            metadata={"prompt": f"Do {ALL}"},
        )
        await hand_in(application, first, make_result(stdout=ALL, data={"output": piece.output_id}))
        second = await next_command(application, session.id)
        await application.interventions.edit(
            LOCAL,
            session_id=session.id,
            interaction_id=second.interaction.id,
            actor=ACTOR,
            metadata={"argv": ["check", f"Next {ALL}"]},
        )
    async with open_application(folder / "data") as application:
        yield application, session.id, piece.output_id


async def swept(application: Application, session_id: int, *, dry_run: bool = False) -> Sweep:
    sweep = await application.sweeping.begin(LOCAL, session_id=session_id, dry_run=dry_run)
    told: list[int] = []
    assert await application.sweeping.run(sweep, told.append)
    assert told == sorted(told)
    assert told[-1] == 100
    return sweep


async def record(application: Application, session_id: int) -> str:
    events = await application.event_handler.get_events(LOCAL, session_id=session_id, query=EventQuery())
    return (events + await application.sessions.get(LOCAL, session_id=session_id)).decode()


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file())


def without_secrets(text: str, output_id: str, new_output_id: str) -> str:
    return text.replace(ALL, GONE).replace(output_id, new_output_id)


@pytest.mark.requirement("event.data-redacted")
@asynchronous
async def test_secrets_go_from_everywhere_and_nothing_else_changes(tmp_path: Path) -> None:
    async with a_leaky_session(tmp_path) as (application, session_id, output_id):
        before = await record(application, session_id)
        assert (await swept(application, session_id)).secrets.keys() == {"github_token", "anthropic_key", "acme"}
        after = await record(application, session_id)
        (new_id,) = await application.database.read(
            lambda rows: [each for (each,) in rows.execute("SELECT sha256 FROM session_outputs")]
        )
        pending = f"Next {ALL}"
        assert pending in after
        expected = without_secrets(before.replace(pending, "@"), output_id, new_id).replace("@", pending)
        assert after == expected
        content = await application.outputs.read(LOCAL, session_id=session_id, output_id=new_id)
        assert content.data == f"line\n{GONE}\n".encode()


@pytest.mark.requirement("event.data-redacted")
@asynchronous
async def test_nothing_is_left_in_the_files(tmp_path: Path) -> None:
    async with a_leaky_session(tmp_path) as (application, session_id, _):
        # Whatever the pending step is told has to stay until it is executed.
        await hand_in(application, await next_command(application, session_id))
        assert TOKEN.encode() in stored(tmp_path)
        await swept(application, session_id)
        compacted = await application.database.compact(rewrite=False)
        assert (compacted.log_emptied, compacted.backups) == (True, ())
        left = stored(tmp_path)
        assert [secret for secret in (TOKEN, OTHER, OWN) if secret.encode() in left] == []


@asynchronous
async def test_a_file_that_is_written_anew_holds_the_same(tmp_path: Path) -> None:
    async with a_leaky_session(tmp_path) as (application, session_id, _):
        await swept(application, session_id)
        before = await record(application, session_id)
        writes = [new_session(application) for _ in range(3)]
        sessions = asyncio.gather(*writes)
        await application.database.compact(rewrite=True)
        assert len(await sessions) == 3
        assert await record(application, session_id) == before
        (kind,) = await application.database.read(lambda rows: rows.execute("PRAGMA auto_vacuum").fetchone())
        assert kind == 2


@asynchronous
async def test_a_dry_run_counts_the_same_and_changes_nothing(tmp_path: Path) -> None:
    async with a_leaky_session(tmp_path) as (application, session_id, _):
        before = await record(application, session_id)
        looked = await swept(application, session_id, dry_run=True)
        assert await record(application, session_id) == before
        done = await swept(application, session_id)
        assert (looked.rows, looked.outputs, looked.secrets) == (done.rows, done.outputs, done.secrets)
        assert (done.outputs, set(done.secrets.values())) == (1, {6})
        again = await swept(application, session_id)
        assert (again.rows, again.outputs, again.secrets.total()) == (0, 0, 0)


@asynchronous
async def test_the_options_of_a_session_go_once_it_has_ended(tmp_path: Path) -> None:
    async with open_application(tmp_path, redacts=False) as application:
        session = await new_session(application)
        options = json.dumps({"description": TOKEN})
        await application.database.write(
            lambda transaction: transaction.cursor.execute("UPDATE sessions SET options = ?", (options,)) and None
        )
        assert (await swept(application, session.id)).rows == 0
        await application.lifecycle.cancel(LOCAL, session_id=session.id, reason=TOKEN, actor=ACTOR)
        before = await application.database.read(
            lambda rows: rows.execute("SELECT updated_at, event_count FROM sessions").fetchone()
        )
        # The session, and the event of its end.
        assert (await swept(application, session.id)).rows == 2
        assert TOKEN not in await record(application, session.id)
        after = await application.database.read(
            lambda rows: rows.execute("SELECT updated_at, event_count FROM sessions").fetchone()
        )
        assert after == before


@asynchronous
async def test_clients_are_told_to_read_again_only_where_something_changed(tmp_path: Path) -> None:
    async with a_leaky_session(tmp_path) as (application, session_id, _):
        told: list[object] = []
        application.notices.subscribe(lambda _, notification: told.append(type(notification)))
        await swept(application, session_id, dry_run=True)
        assert told == []
        await swept(application, session_id)
        assert told == [SessionDidLoseNoticesNotification]
        await swept(application, session_id)
        assert told == [SessionDidLoseNoticesNotification]


@asynchronous
async def test_a_sweep_that_is_broken_off_is_gone_on_with(tmp_path: Path) -> None:
    async with open_application(tmp_path, redacts=False) as application:
        session = await new_session(application)
        events = [make_event(data=json.dumps({"text": f"{TOKEN} {number}"})) for number in range(1_000)]
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=events)
        sweep = await application.sweeping.begin(LOCAL, session_id=session.id, dry_run=False)
        begun = asyncio.Event()
        task = asyncio.create_task(application.sweeping.run(sweep, lambda _: begun.set()))
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert 0 < sweep.rows < 1_000
        done = await swept(application, session.id)
        assert 1_000 - sweep.rows - 200 <= done.rows <= 1_000 - sweep.rows
        assert TOKEN not in await record(application, session.id)


@asynchronous
async def test_others_go_on_working_meanwhile(tmp_path: Path) -> None:
    async with open_application(tmp_path, redacts=False) as application:
        session = await new_session(application)
        large = [make_event(data=json.dumps({"text": f"{TOKEN} {'x' * 200_000}"})) for _ in range(30)]
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=large)
        sweep = await application.sweeping.begin(LOCAL, session_id=session.id, dry_run=False)
        task = asyncio.create_task(application.sweeping.run(sweep, lambda _: None))
        appended = 0
        while not task.done():
            await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[make_event()])
            appended += 1
        assert await task
        assert sweep.rows == 30
        assert appended > 3
        page = json.loads(await application.sessions.get(LOCAL, session_id=session.id))
        assert page["session"]["eventCount"] == 30 + appended


@asynchronous
async def test_an_output_that_another_session_has_too_stays_there(tmp_path: Path) -> None:
    async with open_application(tmp_path, redacts=False) as application:
        one, two = await new_session(application), await new_session(application)
        for session in (one, two):
            piece = await application.outputs.write(
                LOCAL, session_id=session.id, upload_id="u", offset=0, data=TOKEN.encode(), last=True
            )
        assert piece.output_id is not None
        assert (await swept(application, one.id)).outputs == 1
        kept = await application.outputs.read(LOCAL, session_id=two.id, output_id=piece.output_id)
        assert kept.data == TOKEN.encode()
        await swept(application, two.id)
    files = [path.read_bytes() for path in (tmp_path / "outputs").rglob("*") if path.is_file()]
    assert not any(TOKEN.encode() in content for content in files)


@asynchronous
async def test_nobody_sweeps_a_session_of_somebody_else(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await add_strangers(application.database)
        session = await new_session(application)
        with pytest.raises(SessionNotFoundError):
            await application.sweeping.begin(STRANGER, session_id=session.id, dry_run=False)
