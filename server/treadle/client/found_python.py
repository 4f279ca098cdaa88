"""How the tests of a Python project are run: pytest, by the interpreter or the tool that the project uses."""

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from treadle.client.installed_pytest import ACTIVE, active_python_has_pytest, holds_pytest
from treadle.client.root_files import names_in, text_of

PACKAGE_MARKS = ("pyproject.toml", "setup.py", "setup.cfg")
LOOSE_MARKS = ("requirements*.txt", "pytest.ini", "tox.ini", "conftest.py", "Pipfile", "test_*.py")
TEST_FOLDERS = ("tests", "test")
TEST_FILES = ("test_*.py", "*_test.py", "conftest.py")
ENVIRONMENTS = (".venv", "venv")
INTERPRETERS = (("bin/python", "lib/*/site-packages"), ("Scripts/python.exe", "Lib/site-packages"))
SYSTEM_PACKAGES = ("lib/*/site-packages", "lib/python3*/dist-packages", "local/lib/python3*/dist-packages")
LOCKS = (
    ("uv.lock", "uv", 'name = "pytest"'),
    ("poetry.lock", "poetry", 'name = "pytest"'),
    ("pdm.lock", "pdm", 'name = "pytest"'),
    ("Pipfile.lock", "pipenv", '"pytest": {'),
)
MAX_LOCK_BYTES = 16 * 1024 * 1024
NAMES_PYTEST = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "requirements*.txt", "Pipfile")
PYTEST = re.compile(r"(?<![\w-])(?:tool:)?pytest(?![\w-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonProject:
    root: Path
    is_package: bool
    """The root says so itself; otherwise there are only loose signs, such as requirements or test files."""

    @classmethod
    def at(cls, root: Path) -> "PythonProject | None":
        names = names_in(root)
        is_package = any(mark in names for mark in PACKAGE_MARKS)
        if is_package or _has_any(names, LOOSE_MARKS) or _has_test_files(root):
            return cls(root=root, is_package=is_package)
        return None

    @property
    def name(self) -> str:
        """As it is imported: what `pyproject.toml` says, else the folder's name."""
        try:
            declared = tomllib.loads(text_of(self.root / "pyproject.toml"))["project"]["name"]
        except (ValueError, KeyError, TypeError, RecursionError):
            declared = self.root.name
        return str(declared).lower().replace("-", "_").replace(".", "_")

    def test_facts(self) -> dict[str, object]:
        """An environment in the project counts if pytest is installed in it, a lock file if it locks pytest.

        Without either, the `python3` that the person uses runs the tests, if the project names pytest and that one has
        it: then an environment outside the project is meant to be active. A project that uses unittest alone is not
        guessed at: it writes no report, and before Python 3.12 a run of no tests looks like success.
        """
        has_environment = False
        for folder in ENVIRONMENTS:
            for interpreter, packages in INTERPRETERS:
                if (self.root / folder / interpreter).is_file():
                    has_environment = True
                    if _has_pytest(self.root / folder, packages):
                        return _by_interpreter(f"{folder}/{interpreter}")
        for lock, tool, sign in LOCKS:
            if sign in text_of(self.root / lock, MAX_LOCK_BYTES):
                return {"test_command": [tool, "run", "pytest"], "test_tool": "pytest"}
        if has_environment or not self._names_pytest() or not active_python_has_pytest(self.root):
            return {}
        return _by_interpreter(ACTIVE)

    def _names_pytest(self) -> bool:
        names = names_in(self.root)
        if "pytest.ini" in names or "conftest.py" in names:
            return True
        if any((self.root / folder / "conftest.py").is_file() for folder in TEST_FOLDERS):
            return True
        return any(PYTEST.search(text_of(self.root / name)) for name in names if _has_any([name], NAMES_PYTEST))


def _by_interpreter(interpreter: str) -> dict[str, object]:
    return {"test_command": [interpreter, "-m", "pytest"], "test_tool": "pytest", "interpreter": interpreter}


def can_run_pytest(environment: Path) -> bool:
    return any(_has_pytest(environment, packages) for _, packages in INTERPRETERS)


def _has_pytest(environment: Path, packages: str) -> bool:
    if holds_pytest(environment, packages):
        return True
    lines = (line.partition("=") for line in text_of(environment / "pyvenv.cfg").splitlines())
    settings = {key.strip().lower(): value.strip() for key, _, value in lines}
    if settings.get("include-system-site-packages", "").lower() != "true" or not settings.get("home"):
        return False
    return any(holds_pytest(Path(settings["home"]).parent, each) for each in SYSTEM_PACKAGES)


def _has_any(names: list[str], patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for name in names for pattern in patterns)


def _has_test_files(root: Path) -> bool:
    return any(_has_any(names_in(root / folder), TEST_FILES) for folder in TEST_FOLDERS)
