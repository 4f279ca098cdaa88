"""What a project is, and how its tests are run, by the files in its root. Nothing of it is executed.

In a repository of both languages its root decides: a Python package (`pyproject.toml`, `setup.py`, `setup.cfg`) comes
before `package.json`, which comes before loose signs of Python such as `requirements.txt`; and one whose tests can
be run comes before one whose tests cannot.
"""

from pathlib import Path

from treadle.client.found_folders import node_folders, python_folders
from treadle.client.found_node import NodePackage
from treadle.client.found_python import PythonProject


def found_facts(root: Path) -> dict[str, object]:
    """`language`, `folders` (`code`, `tests`, `design`), `test_command`, `test_tool`, `interpreter` and `scripts`.

    Whatever is not found is left out; of a folder of neither language nothing is told.
    """
    python, node = PythonProject.at(root), NodePackage.at(root)
    found = [_python(root, python)] if python is not None and python.is_package else []
    found += [_node(root, node)] if node is not None else []
    found += [_python(root, python)] if python is not None and not python.is_package else []
    return next((facts for facts in found if "test_command" in facts), found[0] if found else {})


def _python(root: Path, project: PythonProject) -> dict[str, object]:
    return {"language": "python", "folders": python_folders(root, project.name), **project.test_facts()}


def _node(root: Path, package: NodePackage) -> dict[str, object]:
    return {"language": package.language, "folders": node_folders(root), **package.test_facts()}
