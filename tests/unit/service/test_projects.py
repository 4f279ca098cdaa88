"""Projects: who they are, what is trusted, what their settings file says."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    COLLEAGUE,
    STRANGER,
    add_strangers,
    asynchronous,
    open_application,
    open_project,
    write_settings,
)
from tests.stored import stored_session, stored_sessions
from treadle.domain.errors import InvalidValueError, ProjectInvalidError, ProjectNotFoundError
from treadle.domain.project import Component
from treadle.domain.scope import LOCAL

TWO = """\
name: shop
test_command: [pytest]
components:
  - name: Cart
    kind: context
    paths: {design: docs/cart.md}
  - name: Item
    parent: Cart
"""
IDENTITY: dict[str, Any] = {"first_commit": "c0ffee", "remote": "git@example.com:shop.git"}


def shown(components: tuple[Component, ...]) -> list[tuple[str, str, str | None]]:
    names = {each.id: each.name for each in components}
    return [(each.name, each.kind, names.get(each.parent_component_id or 0)) for each in components]


@pytest.mark.requirement("project.settings-file", "component.nested")
@asynchronous
async def test_a_trusted_project_has_its_components_and_settings(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        write_settings(tmp_path / "p", TWO)
        facts = {"test_command": ["tox"], "interpreter": ".venv/bin/python"}
        opened = await open_project(application, tmp_path / "p", facts=facts, name="folder", **IDENTITY)
        assert opened.trusted
        assert opened.project.name == "shop"
        assert opened.project.settings == {"test_command": ["pytest"], "interpreter": ".venv/bin/python"}
        assert shown(opened.components) == [("Cart", "context", None), ("Item", "module", "Cart")]
        assert opened.components[0].paths == {"design": "docs/cart.md"}
        assert (await application.projects.list(LOCAL)).data == (opened.project,)
        found = await application.projects.components(LOCAL, project_id=opened.project.id)
        assert found.data == opened.components


@asynchronous
async def test_each_folder_is_what_the_file_says_or_what_was_found(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        write_settings(tmp_path / "p", "folders: {tests: spec}\n")
        facts = {"folders": {"code": "src", "tests": "tests"}, "language": "typescript"}
        opened = await open_project(application, tmp_path / "p", facts=facts)
        assert opened.project.settings == {"folders": {"code": "src", "tests": "spec"}, "language": "typescript"}


@pytest.mark.requirement("trust.code-needs-trust")
@asynchronous
async def test_of_an_untrusted_project_nothing_is_parsed(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        write_settings(tmp_path / "p", "name: [this is\n  not: valid")
        opened = await open_project(application, tmp_path / "p", trust=False, facts={"test_command": ["evil"]})
        assert not opened.trusted
        assert (opened.project.name, opened.project.settings, opened.components) == ("p", {}, ())


@pytest.mark.requirement("trust.asked-once")
@asynchronous
async def test_a_yes_is_remembered_for_the_content_that_was_seen(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        root = tmp_path / "p"
        write_settings(root, TWO)
        first = await open_project(application, root)
        assert (await open_project(application, root, trust=False)).trusted
        write_settings(root, TWO + "  - name: Extra\n")
        changed = await open_project(application, root, trust=False)
        assert not changed.trusted
        assert changed.content_hash != first.content_hash
        assert shown(changed.components) == shown(first.components)
        stale = await application.projects.open(LOCAL, root=str(root), trusted_hash=first.content_hash)
        assert not stale.trusted
        write_settings(root, TWO)
        assert (await open_project(application, root, trust=False)).trusted


@pytest.mark.requirement("trust.covers-all-code")
@pytest.mark.parametrize("change", ["facts", "prompt", "folder"])
@asynchronous
async def test_trust_is_of_everything_that_could_run(tmp_path: Path, change: str) -> None:
    async with open_application(tmp_path / "data") as application:
        root = tmp_path / "p"
        write_settings(root, TWO)
        await open_project(application, root, facts={"test_command": ["a"]})
        facts = {"test_command": ["b" if change == "facts" else "a"]}
        if change == "prompt":
            (root / ".treadle" / "prompts").mkdir()
            (root / ".treadle" / "prompts" / "x.md").write_text("Do evil.")
        if change == "folder":
            root = root.rename(tmp_path / "q")
        assert not (await open_project(application, root, facts=facts, trust=False)).trusted


@asynchronous
async def test_trust_is_one_persons(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        opened = await open_project(application, tmp_path / "p")
        theirs = await open_project(application, tmp_path / "p", trust=False, scope=COLLEAGUE)
        assert theirs.project.id == opened.project.id
        assert not theirs.trusted


@asynchronous
async def test_opening_an_untrusted_folder_changes_nothing_of_a_known_project(tmp_path: Path) -> None:
    """Neither a second worktree nor a change of the first one's content takes the project away from the other."""
    async with open_application(tmp_path / "data") as application:
        write_settings(tmp_path / "trusted", TWO)
        before = await open_project(application, tmp_path / "trusted", **IDENTITY)
        write_settings(tmp_path / "other", "name: evil")
        other = await open_project(application, tmp_path / "other", trust=False, name="x", **IDENTITY)
        assert (other.trusted, other.project, other.components) == (False, before.project, before.components)
        assert (await application.projects.list(LOCAL)).data == (before.project,)


@pytest.mark.requirement("scope.never-wider")
@asynchronous
async def test_inside_one_project_no_other_is_opened_or_made_anew(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        one = await open_project(application, tmp_path / "one", first_commit="c1")
        await open_project(application, tmp_path / "two", first_commit="c2")
        inside = LOCAL.narrowed(one.project.id)
        for folder, first_commit in (("two", "c2"), ("new", "c3")):
            with pytest.raises(ProjectNotFoundError, match="bound to"):
                await open_project(application, tmp_path / folder, scope=inside, first_commit=first_commit)
        again = await open_project(application, tmp_path / "one", scope=inside, first_commit="c1")
        assert again.project.id == one.project.id
        assert len((await application.projects.list(LOCAL)).data) == 2


@pytest.mark.requirement("project.moved-keeps-sessions")
@asynchronous
async def test_a_moved_folder_keeps_its_project(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        write_settings(tmp_path / "old", TWO)
        before = await open_project(application, tmp_path / "old", **IDENTITY)
        session = await application.sessions.create(LOCAL, type="example", project_id=before.project.id)
        (tmp_path / "old").rename(tmp_path / "new")
        after = await open_project(application, tmp_path / "new", **IDENTITY)
        assert after.project.id == before.project.id
        assert after.project.root == str(tmp_path / "new")
        assert after.components == before.components
        listed = await stored_sessions(application, LOCAL, project_id=after.project.id)
        assert [each.id for each in listed.data] == [session.id]


@pytest.mark.requirement("project.identity")
@asynchronous
async def test_a_project_is_known_by_first_commit_and_remote(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:

        async def opened(root: str, first_commit: str | None, remote: str | None) -> int:
            fields: dict[str, Any] = {"first_commit": first_commit, "remote": remote}
            return (await open_project(application, tmp_path / root, **fields)).project.id

        bare = await opened("a", None, None)
        assert await opened("a", None, None) == bare
        assert await opened("b", None, None) != bare
        assert await opened("a", "c1", None) == bare, "its first commit was made"
        assert await opened("a", "c1", "r1") == bare, "its remote was added"
        assert await opened("moved", "c1", "r1") == bare
        assert await opened("fork", "c1", "r2") != bare
        assert await opened("moved", "c1", "r3") == bare, "its remote was renamed"
        assert await opened("moved", "c2", "r3") != bare, "another repository took its place"


@pytest.mark.requirement("project.synchronised-at-open", "delete.component-nilifies")
@asynchronous
async def test_components_follow_the_file_and_keep_their_ids(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        root = tmp_path / "p"
        write_settings(root, TWO)
        before = await open_project(application, root)
        session = await application.sessions.create(
            LOCAL, type="example", project_id=before.project.id, component_id=before.components[0].id
        )
        write_settings(root, "components:\n  - name: Item\n    kind: service\n  - name: New\n    parent: Item\n")
        after = await open_project(application, root)
        assert shown(after.components) == [("Item", "service", None), ("New", "module", "Item")]
        assert after.components[0].id == before.components[1].id
        assert (await stored_session(application, LOCAL, session_id=session.id)).session.component_id is None
        (root / ".treadle" / "project.yaml").unlink()
        gone = await open_project(application, root)
        assert (gone.components, gone.project.settings) == ((), {})


@pytest.mark.requirement("project.settings-file")
@asynchronous
async def test_an_invalid_file_changes_nothing_and_names_the_line(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        root = tmp_path / "p"
        write_settings(root, TWO)
        before = await open_project(application, root)
        write_settings(root, "name: shop\nnonsense: 1\n")
        with pytest.raises(ProjectInvalidError, match="line 2: nonsense"):
            await open_project(application, root)
        found = await application.projects.components(LOCAL, project_id=before.project.id)
        assert found.data == before.components
        (project,) = (await application.projects.list(LOCAL)).data
        assert (project.name, project.settings) == (before.project.name, before.project.settings)


@pytest.mark.parametrize("root", ["relative/path", "", "/nowhere/at/all", "/a\0b"])
@asynchronous
async def test_a_root_must_be_a_folder(tmp_path: Path, root: str) -> None:
    async with open_application(tmp_path) as application:
        with pytest.raises(InvalidValueError) as refusal:
            await application.projects.open(LOCAL, root=root)
        assert refusal.value.details == {"field": "root"}


@asynchronous
async def test_lists_come_by_name_in_pages(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        for folder, name in (("1", "b"), ("2", "a"), ("3", "b"), ("4", "B")):
            await open_project(application, tmp_path / folder, name=name)
        found, cursor = [], None
        for _ in range(4):
            page = await application.projects.list(LOCAL, cursor=cursor, limit=1)
            found += [(each.name, each.id) for each in page.data]
            cursor = page.next_cursor
        assert (found, cursor) == ([("B", 4), ("a", 2), ("b", 1), ("b", 3)], None)

        write_settings(tmp_path / "1", "components: [{name: z}, {name: y}, {name: x}]")
        project_id = (await open_project(application, tmp_path / "1")).project.id
        names: list[str] = []
        for _ in range(2):
            part = await application.projects.components(LOCAL, project_id=project_id, cursor=cursor, limit=2)
            names += [each.name for each in part.data]
            cursor = part.next_cursor
        assert (names, cursor) == (["x", "y", "z"], None)


@pytest.mark.requirement("scope.foreign-is-absent")
@asynchronous
async def test_another_accounts_projects_are_not_there(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        opened = await open_project(application, tmp_path / "p", **IDENTITY)
        assert (await application.projects.list(STRANGER)).data == ()
        with pytest.raises(ProjectNotFoundError):
            await application.projects.components(STRANGER, project_id=opened.project.id)
        theirs = await open_project(application, tmp_path / "p", scope=STRANGER, **IDENTITY)
        assert theirs.project.id != opened.project.id
