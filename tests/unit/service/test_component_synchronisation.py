"""The components follow the settings file, whatever becomes of it, and sessions lose nothing for good."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    COLLEAGUE,
    add_strangers,
    asynchronous,
    open_application,
    open_project,
    write_settings,
)
from tests.stored import stored_session
from treadle.domain.errors import InvalidValueError, ProjectInvalidError
from treadle.domain.project import Component
from treadle.domain.scope import LOCAL
from treadle.domain.session import Session
from treadle.protocol.notices import SessionNotification
from treadle.service import notices
from treadle.service.application import Application
from treadle.service.projects import OpenedProject

IDENTITY: dict[str, Any] = {"first_commit": "c0ffee", "remote": "git@example.com:shop.git"}
THREE = "[{name: Shop, kind: context}, {name: Cart, parent: Shop}, {name: Item, parent: Cart}]"


async def opened(application: Application, root: Path, components: str, **fields: Any) -> OpenedProject:
    write_settings(root, f"components: {components}\n")
    return await open_project(application, root, **{**IDENTITY, **fields})


def tree(components: tuple[Component, ...]) -> dict[str, str | None]:
    names = {each.id: each.name for each in components}
    return {each.name: names.get(each.parent_component_id or 0) for each in components}


def ids(project: OpenedProject) -> dict[str, int]:
    return {each.name: each.id for each in project.components}


async def started(application: Application, project: OpenedProject, component: str) -> Session:
    return await application.sessions.create(
        LOCAL, type="example", project_id=project.project.id, component_id=ids(project)[component]
    )


async def head(application: Application, session: Session) -> Session:
    return (await stored_session(application, LOCAL, session_id=session.id)).session


def told(application: Application) -> list[int]:
    heard: list[int] = []

    def hear(_: notices.Owner, notification: object) -> None:
        assert isinstance(notification, SessionNotification)
        heard.append(notification.session_id)

    application.notices.subscribe(hear)
    return heard


@pytest.mark.requirement("project.synchronised-at-open", "component.nested")
@pytest.mark.parametrize(
    ("components", "expected"),
    [
        (
            "[{name: Item}, {name: Cart, parent: Item}, {name: Shop, parent: Cart}]",
            {"Cart": "Item", "Item": None, "Shop": "Cart"},
        ),
        ("[{name: Shop}, {name: Cart}, {name: Item}]", {"Cart": None, "Item": None, "Shop": None}),
        ("[{name: Item, parent: New}, {name: New}]", {"Item": "New", "New": None}),
        ("[{name: Item}]", {"Item": None}),
        ("[]", {}),
    ],
    ids=["turned over", "flat", "below a new one", "its parents are gone", "none"],
)
@asynchronous
async def test_a_component_that_moves_in_the_tree_keeps_its_id(
    tmp_path: Path, components: str, expected: dict[str, str | None]
) -> None:
    async with open_application(tmp_path / "data") as application:
        before = await opened(application, tmp_path / "p", THREE)
        after = await opened(application, tmp_path / "p", components)
        assert tree(after.components) == expected
        assert ids(after).items() - {("New", 4)} <= ids(before).items()
        assert after.components == (await application.projects.components(LOCAL, project_id=after.project.id)).data


@asynchronous
async def test_an_unchanged_file_changes_no_component_and_no_session(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        before = await opened(application, tmp_path / "p", THREE)
        session = await started(application, before, "Cart")
        heard = told(application)
        after = await opened(application, tmp_path / "p", THREE)
        assert after.components == before.components
        assert await head(application, session) == session
        assert heard == []


@pytest.mark.requirement("delete.component-nilifies")
@asynchronous
async def test_the_sessions_of_a_removed_component_stay_and_their_owner_is_told(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        before = await opened(application, tmp_path / "p", THREE)
        session, other = await started(application, before, "Cart"), await started(application, before, "Item")
        heard = told(application)
        after = await opened(application, tmp_path / "p", "[{name: Shop}, {name: Item}]")
        left = await head(application, session)
        assert (left.component_id, left.project_id) == (None, after.project.id)
        assert left.updated_at > session.updated_at
        assert await head(application, other) == other
        assert heard == [session.id]


@pytest.mark.parametrize("without", ["[]", "[{name: Shop}]", "[{name: Basket}]"])
@asynchronous
async def test_a_component_that_comes_back_gets_its_sessions_back(tmp_path: Path, without: str) -> None:
    """As when a branch that does not have it, or a name that is tried out, is there for a while."""
    async with open_application(tmp_path / "data") as application:
        before = await opened(application, tmp_path / "p", THREE)
        session, other = await started(application, before, "Cart"), await started(application, before, "Shop")
        for _ in range(2):
            gone = await opened(application, tmp_path / "p", without)
            assert "Cart" not in ids(gone)
            assert (await head(application, session)).component_id is None
            heard = told(application)
            back = await opened(application, tmp_path / "p", THREE)
            assert (await head(application, session)).component_id == ids(back)["Cart"]
            assert (await head(application, other)).component_id == ids(back)["Shop"]
            assert session.id in heard
        assert ids(back)["Cart"] not in ids(before).values()


@asynchronous
async def test_a_session_that_was_given_another_component_keeps_that(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        before = await opened(application, tmp_path / "p", THREE)
        session = await started(application, before, "Cart")
        await opened(application, tmp_path / "p", "[{name: Shop}]")
        shop = ids(before)["Shop"]
        await application.sessions.update(LOCAL, session_id=session.id, changes={"component_id": shop})
        await opened(application, tmp_path / "p", THREE)
        assert (await head(application, session)).component_id == shop


@asynchronous
async def test_a_name_means_a_component_of_one_project(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        one = await opened(application, tmp_path / "one", "[{name: Cart}]", first_commit="1")
        session = await started(application, one, "Cart")
        await opened(application, tmp_path / "one", "[]", first_commit="1")
        await opened(application, tmp_path / "two", "[{name: Cart}]", first_commit="2")
        assert (await head(application, session)).component_id is None


@pytest.mark.requirement("project.identity")
@asynchronous
async def test_two_clones_with_different_files_are_one_project(tmp_path: Path) -> None:
    """The one that was opened last says which components there are; neither loses its sessions by the other."""
    async with open_application(tmp_path / "data") as application:
        one = await opened(application, tmp_path / "one", "[{name: Cart}]")
        session = await started(application, one, "Cart")
        two = await opened(application, tmp_path / "two", "[{name: Item}]")
        assert (two.project.id, two.project.root) == (one.project.id, str(tmp_path / "two"))
        assert ids(two).keys() == {"Item"}
        again = await opened(application, tmp_path / "one", "[{name: Cart}]")
        assert (await head(application, session)).component_id == ids(again)["Cart"]
        assert len((await application.projects.list(LOCAL)).data) == 1


@asynchronous
async def test_clones_stay_one_project_when_the_remote_of_one_changes(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        found = set()
        for root, remote in (("one", "a"), ("two", "a"), ("one", "b"), ("two", "a"), ("two", "b"), ("one", "a")):
            found.add((await opened(application, tmp_path / root, "[]", remote=remote)).project.id)
        assert len(found) == 1
        elsewhere = await opened(application, tmp_path / "three", "[]", remote="c")
        assert elsewhere.project.id not in found, "nobody has opened this folder before"
        replaced = await opened(application, tmp_path / "two", "[]", first_commit="c0de")
        assert replaced.project.id not in found, "another repository is in its place"


@pytest.mark.requirement("project.moved-keeps-sessions")
@asynchronous
async def test_a_repository_gets_its_first_commit_and_then_moves(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        bare = await opened(application, tmp_path / "old", THREE, first_commit=None, remote=None)
        session = await started(application, bare, "Cart")
        await opened(application, tmp_path / "old", THREE, remote=None)
        (tmp_path / "old").rename(tmp_path / "new")
        moved = await opened(application, tmp_path / "new", THREE, remote=None)
        assert moved.project.id == bare.project.id
        assert await head(application, session) == session


@pytest.mark.requirement("trust.code-needs-trust")
@pytest.mark.parametrize("change", ["changed", "removed", "not yaml", "invalid"])
@asynchronous
async def test_what_nobody_trusts_changes_nothing(tmp_path: Path, change: str) -> None:
    async with open_application(tmp_path / "data") as application:
        before = await opened(application, tmp_path / "p", THREE)
        session = await started(application, before, "Cart")
        settings = tmp_path / "p" / ".treadle" / "project.yaml"
        match change:
            case "removed":
                settings.unlink()
            case "changed":
                settings.write_text("name: evil\ncomponents: [{name: Evil}]\n")
            case "invalid":
                settings.write_text("components: [{name: A, parent: A}]\n")
            case _:
                settings.write_bytes(b"[\xff")
        after = await open_project(application, tmp_path / "p", trust=False, **IDENTITY)
        assert not after.trusted
        assert (after.components, after.project) == (before.components, before.project)
        assert await head(application, session) == session


@pytest.mark.requirement("project.settings-file")
@pytest.mark.parametrize(
    "wrong",
    [
        "[{name: Shop, parent: Shop}]",
        "[{name: Shop, parent: Cart}, {name: Cart, parent: Shop}]",
        "[{name: Shop, parent: Nobody}]",
        "[{name: Shop}, {name: Shop}]",
        "[{name: Shop, paths: {code: ../shop.py}}]",
        "[{name: Shop, paths: {code: /etc/passwd}}]",
        "[&a {name: Shop}, *a]",
        "3",
    ],
)
@asynchronous
async def test_a_file_that_is_refused_changes_nothing(tmp_path: Path, wrong: str) -> None:
    """Not the trust either: it is asked for again."""
    async with open_application(tmp_path / "data") as application:
        before = await opened(application, tmp_path / "p", THREE)
        session = await started(application, before, "Cart")
        for _ in range(2):
            with pytest.raises(ProjectInvalidError, match="in line 1: "):
                await opened(application, tmp_path / "p", wrong)
        found = await application.projects.components(LOCAL, project_id=before.project.id)
        assert found.data == before.components
        assert await head(application, session) == session
        assert not (await open_project(application, tmp_path / "p", trust=False, **IDENTITY)).trusted


@asynchronous
async def test_a_linked_folder_is_refused_whoever_trusts_it(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        before = await opened(application, tmp_path / "p", THREE)
        (tmp_path / "p" / ".treadle").rename(tmp_path / "elsewhere")
        (tmp_path / "p" / ".treadle").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(ProjectInvalidError, match="is a link"):
            await open_project(application, tmp_path / "p", trust=False, **IDENTITY)
        found = await application.projects.components(LOCAL, project_id=before.project.id)
        assert found.data == before.components


@asynchronous
async def test_a_colleagues_sessions_come_back_too(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        mine = await opened(application, tmp_path / "p", THREE)
        theirs = await opened(application, tmp_path / "p", THREE, scope=COLLEAGUE)
        session = await application.sessions.create(
            COLLEAGUE, type="example", project_id=theirs.project.id, component_id=ids(mine)["Cart"]
        )
        await opened(application, tmp_path / "p", "[]")
        back = await opened(application, tmp_path / "p", THREE)
        found = (await stored_session(application, COLLEAGUE, session_id=session.id)).session
        assert found.component_id == ids(back)["Cart"]


@asynchronous
async def test_every_way_from_one_tree_to_another_leads_there(tmp_path: Path) -> None:
    trees: tuple[dict[str, str | None], ...] = (
        {},
        {"A": None},
        {"A": None, "B": "A"},
        {"A": "B", "B": None},
        {"B": None, "C": "B", "D": "B"},
        {"D": None, "C": "D", "B": "C", "A": "B"},
    )
    async with open_application(tmp_path / "data") as application:
        for way in itertools.permutations(trees, 2):
            for wanted in way:
                listed = ", ".join(f"{{name: {name}, parent: {parent or '~'}}}" for name, parent in wanted.items())
                found = await opened(application, tmp_path / "p", f"[{listed}]")
                assert tree(found.components) == wanted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "n" * 1_001),
        ("first_commit", "c" * 201),
        ("remote", "r" * 4_097),
        ("facts", {"test_command": ["x" * 300_000]}),
        ("facts", {"number": 10**40}),
    ],
)
@asynchronous
async def test_what_a_client_finds_is_bounded(tmp_path: Path, field: str, value: Any) -> None:
    async with open_application(tmp_path / "data") as application:
        with pytest.raises(InvalidValueError):
            await open_project(application, tmp_path / "p", trust=False, **{field: value})
        assert (await application.projects.list(LOCAL)).data == ()
