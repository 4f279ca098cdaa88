from pathlib import Path

from treadle.runner.fingerprints import fingerprints


def test_content_decides_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("x = 1\n")
    found = fingerprints(tmp_path, ["a.py", "b.py"])
    assert found["a.py"] == found["b.py"]
    (tmp_path / "b.py").write_text("x = 2\n")
    assert fingerprints(tmp_path, ["b.py"])["b.py"] != found["a.py"]


def test_a_folder_is_what_its_files_are(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "deep"
    folder.mkdir(parents=True)
    (folder / "test_a.py").write_text("def test_a(): ...\n")
    before = fingerprints(tmp_path, ["tests"])
    (tmp_path / "tests" / "__pycache__").mkdir()
    (tmp_path / "tests" / "__pycache__" / "a.pyc").write_bytes(b"1")
    (tmp_path / "tests" / ".cache").write_text("hidden")
    assert fingerprints(tmp_path, ["tests"]) == before
    (folder / "test_a.py").rename(folder / "test_b.py")
    assert fingerprints(tmp_path, ["tests"]) != before


def test_what_is_not_there_or_outside_has_none(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    project = tmp_path / "project"
    project.mkdir()
    (project / "link").symlink_to(tmp_path / "secret")
    assert fingerprints(project, ["no.py", "../secret", "link"]) == {"no.py": None, "../secret": None, "link": None}


def test_a_link_in_a_folder_is_where_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("")
    found = [fingerprints(tmp_path, ["tests"])["tests"]]
    for target in ("../evil.py", "../other.py"):
        link = tmp_path / "tests" / "conftest.py"
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        found.append(fingerprints(tmp_path, ["tests"])["tests"])
    assert len(set(found)) == 3
