"""What a component may be called and where its files may be, whoever says so: a settings file or a design document."""

import unicodedata

MAX_NAME = 200
MAX_PATH = 1_000


def name_problem(name: str) -> str | None:
    """Why this is no name of a component, a kind or a role; None: it is one."""
    if not name.strip() or any(unicodedata.category(character) == "Cc" for character in name):
        return "it must not be blank or hold control characters"
    return None


def path_problem(path: str) -> str | None:
    """Why no file of a component may be there; None: it may."""
    parts = path.replace("\\", "/").split("/")
    if not path or not parts[0] or ".." in parts or path[1:2] == ":":
        return "a path must be relative and stay in the project"
    if path.startswith("-") or ".git" in parts:
        return "a path must not look like an option, and not lead into .git"
    return name_problem(path)
