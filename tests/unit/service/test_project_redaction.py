"""No secret is stored, wherever it comes in; and what is ordered is kept as long as it may be executed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    next_command,
    open_application,
    open_project,
    write_settings,
)
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.session import Session
from treadle.service.application import Application
from treadle.storage.event_pages import EventQuery

TOKEN = "ghp_" + "a1B2c3D4" * 5
OWN = "acme-0123abcd"
BOTH = f"{TOKEN} and {OWN}"
GONE = "[redacted:github_token] and [redacted:acme]"
SETTINGS = "redact:\n  - {name: acme, pattern: '\\bacme-[0-9a-f]{8}\\b'}\n"


@dataclass(frozen=True, slots=True)
class World:
    application: Application
    scope: Scope
    folder: Path

    async def session(self, title: str | None = None) -> Session:
        return await self.application.sessions.create(self.scope, type="example", title=title)

    async def record(self, session: Session) -> str:
        """All that a client can read of a session."""
        events = await self.application.event_handler.get_events(LOCAL, session_id=session.id, query=EventQuery())
        return (events + await self.application.sessions.get(LOCAL, session_id=session.id)).decode()

    def stored(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@asynccontextmanager
async def project_with_own_secrets(folder: Path, *, redacts: bool = True) -> AsyncIterator[World]:
    async with open_application(folder / "data", redacts=redacts) as application:
        write_settings(folder / "p", SETTINGS)
        opened = await open_project(application, folder / "p")
        scope = Scope(account_id=1, user_id=1, project_id=opened.project.id)
        yield World(application, scope, folder / "data")


def secrets_in(stored: bytes) -> set[str]:
    """But for the patterns in the settings."""
    return {each for each in (TOKEN, OWN) if each.encode() in stored}


@pytest.mark.requirement("event.data-redacted")
@pytest.mark.parametrize("redacts", [True, False])
@asynchronous
async def test_nothing_that_is_stored_of_a_session_holds_a_secret(tmp_path: Path, redacts: bool) -> None:
    async with project_with_own_secrets(tmp_path, redacts=redacts) as world:
        application, session = world.application, await world.session(f"Use {BOTH}")
        events = [make_event(data=json.dumps({"text": BOTH}), metadata=json.dumps({"note": BOTH}))]
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=events)
        first = await next_command(application, session.id)
        pending = make_result(ResultStatus.PENDING, data={"so far": BOTH})
        await hand_in(application, first, pending)
        await application.claims.claim(
            LOCAL, session_id=session.id, interaction_id=first.interaction.id, client_id=CLIENT
        )
        await application.results.update(
            LOCAL,
            session_id=session.id,
            interaction_id=first.interaction.id,
            client_id=CLIENT,
            changes={"stdout": BOTH},
        )
        await hand_in(application, first, make_result(stdout=BOTH, stderr=BOTH, data={"deep": [{BOTH: BOTH}]}))
        second = await next_command(application, session.id)
        await application.interventions.skip(
            LOCAL, session_id=session.id, interaction_id=second.interaction.id, actor=ACTOR, reason=f"since {BOTH}"
        )
        await application.sessions.update(LOCAL, session_id=session.id, changes={"title": f"Not {BOTH}"})
        await application.lifecycle.pause(LOCAL, session_id=session.id, reason=BOTH, actor=ACTOR)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, reason=BOTH, actor=ACTOR)
        record = await world.record(session)
        assert (TOKEN in record, OWN in record, GONE in record) == ((not redacts), (not redacts), redacts)
        ended = await application.sessions.get(LOCAL, session_id=session.id)
        assert ended.count((f'"title":"Not {GONE if redacts else BOTH}"').encode()) == 1
        assert ended.count((f'"failureReason":"{GONE if redacts else BOTH}"').encode()) == 1
    assert secrets_in(world.stored()) == (set() if redacts else {TOKEN, OWN})


@asynchronous
async def test_a_command_is_kept_as_it_is_until_it_was_executed(tmp_path: Path) -> None:
    async with project_with_own_secrets(tmp_path) as world:
        application, session = world.application, await world.session()
        first = await next_command(application, session.id)
        edited = await application.interventions.edit(
            LOCAL,
            session_id=session.id,
            interaction_id=first.interaction.id,
            actor=ACTOR,
            metadata={"prompt": f"Call it with {BOTH}"},
        )
        assert edited.interaction.command.metadata["prompt"] == f"Call it with {BOTH}"
        again = await next_command(application, session.id)
        assert again.interaction.command.metadata["prompt"] == f"Call it with {BOTH}"
        handled = await hand_in(application, again)
        assert handled.interaction.command.metadata["prompt"] == f"Call it with {GONE}"
        assert secrets_in((await world.record(session)).encode()) == set()


@asynchronous
async def test_a_step_judges_a_result_without_its_secrets(tmp_path: Path) -> None:
    """What it makes of it, its state for one, has none either."""
    async with project_with_own_secrets(tmp_path) as world:
        session = await world.session()
        handled = await hand_in(world.application, await next_command(world.application, session.id))
        assert handled.interaction.result is not None
        following = await next_command(world.application, session.id)
        report = make_result(ResultStatus.ERROR, error_message=f"refused: {BOTH}", code=1, duration_ms=3)
        handled = await hand_in(world.application, following, report)
        assert handled.interaction.result is not None
        assert handled.interaction.result.error_message == f"refused: {GONE}"
        assert (handled.interaction.result.id, handled.interaction.result.duration_ms) == (report.id, 3)


@asynchronous
async def test_other_projects_have_other_secrets_and_a_change_counts_at_once(tmp_path: Path) -> None:
    async with project_with_own_secrets(tmp_path) as world:
        application = world.application
        elsewhere = await application.sessions.create(LOCAL, type="example", title=OWN)
        assert elsewhere.title == OWN
        session = await world.session(OWN)
        assert session.title == "[redacted:acme]"

        async def titled(title: str) -> str | None:
            return (await application.sessions.update(LOCAL, session_id=session.id, changes={"title": title})).title

        write_settings(tmp_path / "p", "redact: ['other-[0-9]{4}']\n")
        await open_project(application, tmp_path / "p", trust=False)
        # Of a folder that nobody trusts as it is now, the last one that was trusted counts.
        assert await titled(f"{OWN} other-1234") == "[redacted:acme] other-1234"
        await open_project(application, tmp_path / "p")
        assert await titled(f"{OWN} other-1234") == f"{OWN} [redacted:project]"


@asynchronous
async def test_what_a_client_found_by_looking_names_no_secrets(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        facts = {"redact": [{"name": "a", "pattern": "secret"}]}
        opened = await open_project(application, tmp_path / "p", facts=facts)
        assert opened.project.settings == {}


@pytest.mark.parametrize("redacts", [True, False])
@asynchronous
async def test_a_password_in_a_remote_is_not_stored_and_the_project_stays_the_same(
    tmp_path: Path, redacts: bool
) -> None:
    async with open_application(tmp_path / "data", redacts=redacts) as application:
        remote = "https://me:correct-horse@example.org/shop.git"
        one = await open_project(application, tmp_path / "p", first_commit="c0ffee", remote=remote)
        two = await open_project(application, tmp_path / "q", first_commit="c0ffee", remote=remote)
        assert one.project.id == two.project.id
        assert two.project.remote == (remote.replace("correct-horse", "[redacted:password]") if redacts else remote)
