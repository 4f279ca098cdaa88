import pytest

from treadle.service.project_texts import Unusable
from treadle.service.workflow_files import NOTHING, Head, WorkflowFile

PATH = ".treadle/workflows/one.yaml"


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("name: two\ndescription: Says it.\nneeds_component: true\n", Head("two", "Says it.", needs_component=True)),
        ("name: two\nsteps: [", Head("two", "", needs_component=False)),
        ("name: 2\ndescription: [a]\nneeds_component: yes please\n", NOTHING),
        ("- name: two", NOTHING),
        (Unusable("too_large", "is larger than 1 byte").text, NOTHING),
    ],
)
def test_what_a_file_says_of_itself(text: str, head: Head) -> None:
    file = WorkflowFile(PATH, text)
    assert file.head == head
    assert file.is_called(head.name or "one")
    assert not file.is_called("one" if head.name else "two")


def test_a_file_is_at_its_path_below_any_root() -> None:
    file = WorkflowFile(PATH, "")
    for path in (PATH, f"/home/a/{PATH}", "C:\\a\\.treadle\\workflows\\one.yaml"):
        assert file.is_at(path)
    for path in ("one.yaml", f"/home/a{PATH}", "/a/.treadle/workflows/two.yaml"):
        assert not file.is_at(path)
