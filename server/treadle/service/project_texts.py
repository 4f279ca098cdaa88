"""The files of `.treadle/prompts/` and `.treadle/rules/`: which ones count, and what is wrong with one."""

from collections.abc import Mapping

from treadle.domain.errors import ProjectInvalidError

FOLDERS = ("prompts/", "rules/")
SUFFIX = ".md"
MAX_TEXTS = 200
MAX_BYTES = 64 * 1024
"""Of one file."""


def parse(files: Mapping[str, bytes]) -> dict[str, str]:
    """The texts by their path in `.treadle/`.

    `files`: everything in there, by its path.

    :raises ProjectInvalidError: names the file
    """
    paths = sorted(path for path in files if path.startswith(FOLDERS) and path.endswith(SUFFIX))
    if len(paths) > MAX_TEXTS:
        raise _invalid(paths[MAX_TEXTS], f"is one too many: prompts and rules are {MAX_TEXTS} files at most")
    texts = {path: _text(path, files[path]) for path in paths}
    for path in paths:
        _require_readable(path, texts)
    return texts


def _text(path: str, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise _invalid(path, f"is larger than {MAX_BYTES} bytes")
    try:
        path.encode()
        text = content.decode("utf-8-sig")
    except UnicodeEncodeError as error:
        raise _invalid(path, "has a name that is not UTF-8") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _invalid(path, f"is not UTF-8 in line {line}") from error
    if "\0" in text:
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
