"""What may be referred to is what a folder holds now, whether or not anybody has opened or trusts it."""

from pathlib import Path

import pytest

from tests.factories import START, asynchronous, open_application, open_project, write_settings
from treadle.domain.errors import InvalidValueError, ProjectInvalidError, ProjectNotFoundError
from treadle.domain.project import DeclaredComponent
from treadle.domain.scope import LOCAL, Scope
from treadle.service.application import Application
from treadle.service.treadle_folder import MAX_FILES
from treadle.service.workflow_folders import WorkflowFolder
from treadle.storage import components as component_rows
from treadle.storage.writer import Transaction

TEXT = "name: NAME\ncommit: false\nsteps: {say: {run: [echo]}}\n"
PING = "name: ping\nsteps: {go: {spawn: pong, components: [Part]}}\n"
PONG = "name: pong\nneeds_component: true\nsteps: {go: {spawn: ping}}\n"
SETTINGS = "components: [{name: Part}]\n"
STRANGER = Scope(account_id=2, user_id=2)


def path_of(name: str) -> str:
    return f".treadle/workflows/{name}.yaml"


def write(root: Path, name: str, text: str) -> Path:
    path = root / path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


async def codes(application: Application, root: Path, name: str, **fields: int) -> list[str]:
    """Of what is wrong with a file that is there."""
    path = root / path_of(name)
    checked = await application.workflows.check(
        LOCAL, **{"project_id": None, **fields}, root=str(root), path=str(path), text=path.read_text()
    )
    return [each.code for each in checked.analysis.diagnostics]


@asynchronous
async def test_a_folder_that_nobody_has_opened_is_judged_by_its_files(tmp_path: Path) -> None:
    write_settings(tmp_path, SETTINGS)
    write(tmp_path, "ping", PING)
    write(tmp_path, "pong", PONG)
    write(tmp_path, "lost", TEXT.replace("NAME", "lost").replace("run: [echo]", "spawn: pang"))
    write(tmp_path, "far", PING.replace("Part", "Port").replace("ping", "far"))
    async with open_application(tmp_path / "data") as application:
        assert await codes(application, tmp_path, "ping") == []
        assert await codes(application, tmp_path, "pong") == []
        assert await codes(application, tmp_path, "lost") == ["unknown_type"]
        assert await codes(application, tmp_path, "far") == ["unknown_component"]
        write_settings(tmp_path, "components: [")
        assert await codes(application, tmp_path, "far") == [], "what cannot be read cannot be missed"
        assert (await application.projects.list(LOCAL)).data == (), "nothing is stored"


@asynchronous
async def test_the_files_of_a_trusted_project_count_as_they_are_now(tmp_path: Path) -> None:
    root = tmp_path / "p"
    gone = write(root, "ok1", TEXT.replace("NAME", "ok"))
    async with open_application(tmp_path / "data") as application:
        project_id = (await open_project(application, root)).project.id
        gone.unlink()
        write(root, "ok2", TEXT.replace("NAME", "ok"))
        for fields in ({}, {"project_id": project_id}):
            assert await codes(application, root, "ok2", **fields) == []
        assert (await application.workflows.starter(LOCAL, project_id=None, root=str(root), name="ok1")).text
        with pytest.raises(InvalidValueError, match=r"ok2\.yaml is called ok already"):
            await application.workflows.starter(LOCAL, project_id=None, root=str(root), name="ok")
        write(root, "ok3", TEXT.replace("NAME", "ok"))
        assert await codes(application, root, "ok2") == ["name_taken"]
        assert await codes(application, root, "ok3") == ["name_taken"]


@asynchronous
async def test_components_that_were_designed_are_those_of_the_project_that_was_opened_there(tmp_path: Path) -> None:
    root = tmp_path / "p"
    write_settings(root, SETTINGS)
    async with open_application(tmp_path / "data") as application:
        project_id = (await open_project(application, root)).project.id
        designed = [DeclaredComponent(name="Cart", kind="module", parent="Part", paths={})]

        def design(transaction: Transaction) -> None:
            component_rows.add_designed(transaction.cursor, project_id, designed, START)

        await application.database.write(design)
        write_settings(root, "components: [{name: Other}]\n")
        (tmp_path / "link").symlink_to(root)
        for place in (root, tmp_path / "link"):
            there = await application.workflows.of_folder(LOCAL, root=str(place))
            assert (there.id, there.outside.components) == (project_id, ("Cart", "Other"))
        theirs = await application.workflows.of_folder(STRANGER, root=str(root))
        assert (theirs.id, theirs.outside.components) == (None, ("Other",))
        elsewhere = await application.workflows.of_folder(LOCAL, root=str(tmp_path), project_id=project_id)
        assert (elsewhere.id, elsewhere.outside.components) == (project_id, ("Cart",))
        with pytest.raises(ProjectNotFoundError):
            await application.workflows.of_folder(STRANGER, root=str(root), project_id=project_id)


def test_what_an_editor_holds_counts_for_files_that_are_there(tmp_path: Path) -> None:
    write(tmp_path, "one", TEXT.replace("NAME", "one"))
    write(tmp_path, "two", TEXT.replace("NAME", "two"))
    texts = {path_of("one"): TEXT.replace("NAME", "uno"), path_of("gone"): TEXT.replace("NAME", "gone")}
    folder = WorkflowFolder.read(str(tmp_path), texts)
    assert [(file.path, file.head.name) for file in folder.files] == [(path_of("one"), "uno"), (path_of("two"), "two")]


def test_nothing_but_settings_and_workflows_is_read(tmp_path: Path) -> None:
    write(tmp_path, "one", TEXT)
    (tmp_path / ".treadle" / "workflows" / "deep.yaml").mkdir()
    (tmp_path / ".treadle" / "workflows" / "deep.yaml" / "two.yaml").write_text(TEXT)
    (tmp_path / ".treadle" / "workflows" / "linked.yaml").symlink_to(tmp_path / path_of("one"))
    (tmp_path / ".treadle" / "rules").mkdir()
    for number in range(MAX_FILES):
        (tmp_path / ".treadle" / "rules" / f"{number}.md").touch()
    folder = WorkflowFolder.read(str(tmp_path))
    assert [file.path for file in folder.files] == [path_of("one")]
    assert folder.components(("B", "A")) == ("A", "B")


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError):
        WorkflowFolder.read(str(tmp_path / "none"))
    (tmp_path / ".treadle").symlink_to(tmp_path)
    with pytest.raises(ProjectInvalidError, match="is a link"):
        WorkflowFolder.read(str(tmp_path))
    assert WorkflowFolder.read(str(tmp_path.parent)).files == ()
