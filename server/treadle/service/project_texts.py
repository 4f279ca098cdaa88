"""The files of `.treadle/prompts/`, `rules/` and `workflows/`: which ones count, and what is wrong with one.

What a prompt or a rule says holds for all work, so a wrong one is told when the folder is opened. A wrong workflow only
cannot be used.
"""

from collections.abc import Mapping

from treadle.domain.errors import ProjectInvalidError

FOLDERS = ("prompts/", "rules/")
SUFFIX = ".md"
WORKFLOWS = "workflows/"
WORKFLOW_SUFFIXES = (".yaml", ".yml")
MAX_TEXTS = 200
MAX_BYTES = 64 * 1024
"""Of one prompt or rule."""
MAX_WORKFLOW_BYTES = 256 * 1024
UNREADABLE = "\ufffd"
"""Stands in a workflow where it is not UTF-8."""


def parse(files: Mapping[str, bytes]) -> dict[str, str]:
    """The texts by their path in `.treadle/`.

    `files`: everything in there, by its path.

    :raises ProjectInvalidError: names the file
    """
    paths = sorted(path for path in files if _is_text(path) or is_workflow(path))
    if len(paths) > MAX_TEXTS:
        raise _invalid(paths[MAX_TEXTS], f"is one too many: prompts, rules and workflows are {MAX_TEXTS} files at most")
    texts = {path: _text(path, files[path]) for path in paths}
    for path in paths:
        if not is_workflow(path):
            _require_readable(path, texts)
    return texts


def is_workflow(path: str) -> bool:
    """Not in a folder below."""
    name = path.removeprefix(WORKFLOWS)
    return name != path and "/" not in name and name.endswith(WORKFLOW_SUFFIXES)


def _is_text(path: str) -> bool:
    return path.startswith(FOLDERS) and path.endswith(SUFFIX)


def _text(path: str, content: bytes) -> str:
    limit = MAX_WORKFLOW_BYTES if is_workflow(path) else MAX_BYTES
    if len(content) > limit:
        raise _invalid(path, f"is larger than {limit} bytes")
    try:
        path.encode()
        text = content.decode("utf-8-sig", errors="replace" if is_workflow(path) else "strict")
    except UnicodeEncodeError as error:
        raise _invalid(path, "has a name that is not UTF-8") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _invalid(path, f"is not UTF-8 in line {line}") from error
    if "\0" in text and not is_workflow(path):
        raise _invalid(path, "is no text: it holds a null character")
    return text


def _require_readable(path: str, texts: Mapping[str, str]) -> None:
    """What a step would stumble over later is said when the folder is opened.

    :raises ProjectInvalidError: names the line
    """
    # The template engine is loaded only for projects that have such files.
    from treadle.workflows import prompt_templates, rules

    if path.startswith(prompt_templates.OVERRIDES):
        prompt_templates.check(path, texts)
    else:
        rules.read_rule(path, texts[path])


def _invalid(path: str, problem: str) -> ProjectInvalidError:
    named = ".treadle/" + "".join(character if character.isprintable() else "?" for character in path)
    return ProjectInvalidError(f"{named:.1000} {problem}.", path=f"{named:.1000}")
