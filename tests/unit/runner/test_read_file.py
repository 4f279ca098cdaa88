import os
from pathlib import Path

import pytest

from tests.unit.runner.benches import Kept, bench, work
from treadle.domain.result import ResultStatus
from treadle.runner.executors.read_file import MAX_BYTES, read_file


@pytest.mark.requirement("command.read-file")
def test_the_content_is_in_the_data(tmp_path: Path) -> None:
    workbench = bench(tmp_path, Kept())
    (workbench.project_root / "design.md").write_text("# Ä\r\n", newline="")
    result = read_file(work("read_file", path="design.md"), workbench)
    assert result.data == {"path": "design.md", "content": "# Ä\r\n"}


@pytest.mark.requirement("defect.unread-exit-code")
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.md", "none.md does not exist."),
        ("folder", "folder is not a file."),
        ("pipe", "pipe is not a file."),
        ("../secret", "The path ../secret leads out of the project."),
        ("/etc/passwd", "The path /etc/passwd leads out of the project."),
        ("link", "The path link leads out of the project."),
        ("large", f"large is larger than {MAX_BYTES} bytes."),
        ("binary", "binary is not UTF-8 text."),
        ("a\0b", "The path a\0b leads out of the project."),
        ("", "The command names no file."),
    ],
)
def test_what_it_does_not_read(tmp_path: Path, path: str, message: str) -> None:
    workbench = bench(tmp_path, Kept())
    root = workbench.project_root
    (root / "folder").mkdir()
    os.mkfifo(root / "pipe")
    (tmp_path / "secret").write_text("secret")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "large").write_bytes(b"x" * (MAX_BYTES + 1))
    (root / "binary").write_bytes(b"\xff")
    result = read_file(work("read_file", path=path), workbench)
    assert (result.status, result.error_message) == (ResultStatus.ERROR, message)
