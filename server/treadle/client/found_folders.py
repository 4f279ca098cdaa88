"""Where a project keeps its code, its tests and its designs: the folders that are there, else the usual ones."""

from pathlib import Path

from treadle.client.root_files import names_in

CODE, TESTS, DESIGN = "src", "tests", "docs/design"
DESIGN_FOLDERS = (DESIGN, "doc/design", "design")
PYTHON_TEST_FOLDERS = (TESTS, "test")
NODE_TEST_FOLDERS = (TESTS, "test", "__tests__", "spec")
NODE_CODE_FOLDERS = (CODE, "lib", "source", "app")
NODE_ENDINGS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
NODE_TEST_SIGNS = (".test.", ".spec.")
SETTINGS_SIGNS = (".config.", ".setup.", ".d.")
NOT_PACKAGES = frozenset(
    {"tests", "test", "docs", "doc", "examples", "scripts", "tools", "benchmarks", "build", "dist"}
)
HERE = "."
MAX_LOOKED_AT = 500


def python_folders(root: Path, project_name: str) -> dict[str, str]:
    return {
        "code": _python_code(root, project_name),
        "tests": _first(root, PYTHON_TEST_FOLDERS) or TESTS,
        "design": _first(root, DESIGN_FOLDERS) or DESIGN,
    }


def node_folders(root: Path) -> dict[str, str]:
    code = _first(root, NODE_CODE_FOLDERS)
    if code is None:
        code = HERE if any(_is_code(name) for name in names_in(root)) else CODE
    tests = _first(root, NODE_TEST_FOLDERS)
    if tests is None:
        tests = code if _tests_stand_beside(root / code) else TESTS
    return {"code": code, "tests": tests, "design": _first(root, DESIGN_FOLDERS) or DESIGN}


def _python_code(root: Path, project_name: str) -> str:
    """`src`, else the package of the project's name, else the only one there is, else the root if it holds modules."""
    if (found := _first(root, (CODE,))) is not None:
        return found
    names = names_in(root)
    packages = [name for name in names if name.isidentifier() and (root / name / "__init__.py").is_file()]
    packages = [name for name in packages if name not in NOT_PACKAGES and not (root / name).is_symlink()]
    if project_name in packages:
        return project_name
    if len(packages) == 1:
        return packages[0]
    has_modules = any(name.endswith(".py") and name not in ("setup.py", "conftest.py") for name in names)
    return HERE if packages or has_modules else CODE


def _first(root: Path, folders: tuple[str, ...]) -> str | None:
    """A link is passed over: it may lead out of the project."""
    return next((each for each in folders if (root / each).is_dir() and not (root / each).is_symlink()), None)


def _is_code(name: str) -> bool:
    return name.endswith(NODE_ENDINGS) and not any(sign in name for sign in (*SETTINGS_SIGNS, *NODE_TEST_SIGNS))


def _tests_stand_beside(code: Path) -> bool:
    """A test file in the folder of the code or one below it."""
    names = names_in(code)[:MAX_LOOKED_AT]
    below = [name for folder in names if folder != "node_modules" for name in names_in(code / folder)[:MAX_LOOKED_AT]]
    return any(name.endswith(NODE_ENDINGS) and any(sign in name for sign in NODE_TEST_SIGNS) for name in names + below)
