"""Deleting: nobody sees a session from the commit on, and in the end nothing of it is left."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import (
    COLLEAGUE,
    EXAMPLE,
    OTHER_CLIENT,
    STRANGER,
    Clock,
    add_strangers,
    asynchronous,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.stored import stored_session
from tests.unit.service.deletions import (
    add_events,
    child_of,
    counts,
    delete,
    delete_whole,
    files_of,
    upload,
)
from treadle.domain.actor import Actor
from treadle.domain.errors import ClaimedError, SessionNotFoundError
from treadle.domain.interaction import CLAIM_LEASE
from treadle.domain.scope import LOCAL
from treadle.protocol.notices import SessionDidDeleteNotification
from treadle.service import purging


@pytest.mark.requirement("session.children-go-with-it")
@asynchronous
async def test_nothing_is_left_of_a_session_and_its_descendants(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        parent, other = await new_session(application), await new_session(application)
        child = await child_of(application, parent)
        grandchild = await child_of(application, child)
        for session in (parent, child, grandchild, other):
            await take_step(application, session.id)
            await add_events(application, session, 3)
            await upload(application, session, b"of all")
            await upload(application, session, str(session.id).encode(), upload_id="v")
        before = await counts(application)
        deleted = await delete(application, parent)
        assert deleted.session_ids == (parent.id, child.id, grandchild.id)
        assert await application.deletion.gone(deleted, lambda _: None)
        after = await counts(application)
        assert after == {
            "sessions": 1,
            "interactions": before["interactions"] // 4,
            "session_events": before["session_events"] // 4,
            "session_outputs": 2,
            "outputs": 2,
        }
        mine = {hashlib.sha256(data).hexdigest() for data in (b"of all", str(other.id).encode())}
        assert {name for name in files_of(tmp_path) if "-" not in name} == mine
        assert {name.partition("-")[0] for name in files_of(tmp_path) if "-" in name} == {str(other.id)}
        assert (await stored_session(application, LOCAL, session_id=other.id)).session.event_count == 3


@pytest.mark.requirement("notices.did-delete", "notices.after-commit")
@asynchronous
async def test_everybody_is_told_after_the_commit(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        told: list[int] = []
        parent = await new_session(application)
        child = await child_of(application, parent)

        def listen(_: object, notification: object) -> None:
            if isinstance(notification, SessionDidDeleteNotification):
                told.append(notification.session_id)

        application.notices.subscribe(listen)
        await delete(application, parent)
        assert told == [parent.id, child.id]


@asynchronous
async def test_what_is_not_there_is_not_deleted(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await add_strangers(application.database)
        session = await new_session(application)
        for scope in (STRANGER, COLLEAGUE, LOCAL.narrowed(7)):
            with pytest.raises(SessionNotFoundError):
                await delete(application, session, scope=scope)
        await delete(application, session)
        with pytest.raises(SessionNotFoundError):
            await delete(application, session)


@asynchronous
async def test_a_child_that_was_deleted_before_is_not_deleted_again(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        parent = await new_session(application)
        child = await child_of(application, parent)
        await application.deletion.purging.close()
        assert (await delete(application, child)).session_ids == (child.id,)
        assert (await delete(application, parent)).session_ids == (parent.id,)


@pytest.mark.parametrize("whose", ["session", "child"])
@asynchronous
async def test_what_another_client_executes_is_not_deleted(tmp_path: Path, whose: str) -> None:
    async with open_application(tmp_path) as application:
        parent = await new_session(application)
        child = await child_of(application, parent)
        claimed = parent if whose == "session" else child
        following = await next_command(application, claimed.id)
        await application.claims.claim(
            LOCAL, session_id=claimed.id, interaction_id=following.interaction.id, client_id=OTHER_CLIENT
        )
        with pytest.raises(ClaimedError) as refusal:
            await delete(application, parent)
        assert refusal.value.details["sessionId"] == claimed.id
        assert refusal.value.details["clientId"] == OTHER_CLIENT
        assert (await counts(application))["sessions"] == 2
        by_holder = Actor(client_id=OTHER_CLIENT)
        await application.deletion.delete(LOCAL, session_id=parent.id, actor=by_holder)


@asynchronous
async def test_a_claim_that_ran_out_protects_nothing(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        await application.claims.claim(
            LOCAL, session_id=session.id, interaction_id=following.interaction.id, client_id=OTHER_CLIENT
        )
        clock.advance(CLAIM_LEASE.total_seconds() + 1)
        await delete(application, session)


@asynchronous
async def test_how_far_it_is_goes_up_to_a_hundred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "MAX_PIECE_ROWS", 10)
    monkeypatch.setattr(purging, "MIN_PIECE_ROWS", 10)
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await add_events(application, session, 99)
        assert await delete_whole(application, session) == list(range(10, 101, 10))
        assert (await counts(application))["sessions"] == 0


@asynchronous
async def test_who_waits_for_what_has_gone_already_does_not_wait(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        deleted = await delete(application, session)
        assert await application.deletion.gone(deleted, lambda _: None)
        assert await application.deletion.gone(deleted, lambda _: None)


@pytest.mark.requirement("type-gone.readable")
@asynchronous
async def test_a_session_whose_type_is_gone_is_deleted_like_any_other(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
    async with open_application(tmp_path, replace(EXAMPLE, id="another")) as application:
        await delete_whole(application, session)
        assert (await counts(application))["sessions"] == 0
