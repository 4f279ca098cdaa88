"""The files of `.treadle/` that are kept as texts: prompts, rules, workflows and permissions. Which ones count, and
what is wrong with one.

What a prompt or a rule says holds for all work, so a wrong one is told when the folder is opened. A wrong workflow only
cannot be used, and wrong permissions allow nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.definition import file_rules

FOLDERS = ("prompts/", "rules/")
SUFFIX = ".md"
WORKFLOWS = "workflows/"
PERMISSIONS = "permissions.yaml"
MAX_TEXTS = 200
"""Prompts and rules."""
MAX_BYTES = 64 * 1024
"""Of one of them."""
MAX_WORKFLOWS = 200
MARK = "\0"
"""No text begins with it: what does, says why a workflow cannot be used."""
TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Unusable:
    """A workflow that is no text to look at."""

    code: str
    problem: str
    """The end of a sentence that begins with its path."""
    line: int = 1

    @property
    def text(self) -> str:
        """What is kept in the text's place."""
        return f"{MARK}{self.code}{MARK}{self.line}{MARK}{self.problem}"


NOT_TEXT = Unusable("not_text", "is no text: it begins with a null character")


def unusable(text: str) -> Unusable | None:
    """What is wrong with a workflow that is kept so; None of one that is a text."""
    if not text.startswith(MARK):
        return None
    kept = text.split(MARK, 3)[1:]
    if len(kept) < 3 or not kept[1].isdecimal():
        return NOT_TEXT
    code, line, problem = kept
    return Unusable(code, problem, int(line))


def parse(files: Mapping[str, bytes]) -> dict[str, str]:
    """The texts by their path in `.treadle/`.

    `files`: everything in there, by its path.

    :raises ProjectInvalidError: names the file, a prompt or a rule
    """
    paths = sorted(path for path in files if _is_text(path))
    if len(paths) > MAX_TEXTS:
        raise _invalid(paths[MAX_TEXTS], f"is one too many: prompts and rules are {MAX_TEXTS} files at most")
    texts = {path: _text(path, files[path]) for path in paths}
    for path in paths:
        _require_readable(path, texts)
    return texts | workflows(files) | _permissions(files)


def workflows(files: Mapping[str, bytes]) -> dict[str, str]:
    """Those of the files that are workflows; in the place of one that cannot be used stands why."""
    texts: dict[str, str] = {}
    for count, path in enumerate(sorted(filter(is_workflow, files))):
        text = kept(path, files[path])
        if count >= MAX_WORKFLOWS:
            text = Unusable(TOO_MANY, f"is one too many: workflows are {MAX_WORKFLOWS} files at most").text
        texts.setdefault(path.encode(errors="backslashreplace").decode(), text)
    return texts


def _permissions(files: Mapping[str, bytes]) -> dict[str, str]:
    """Like a workflow, one that cannot be used is kept as why: it must not be taken for one that is not there."""
    return {PERMISSIONS: kept(PERMISSIONS, files[PERMISSIONS])} if PERMISSIONS in files else {}


def is_workflow(path: str) -> bool:
    """Not in a folder below."""
    name = path.removeprefix(WORKFLOWS)
    return name != path and "/" not in name and name.endswith(file_rules.SUFFIXES)


def kept(path: str, content: bytes) -> str:
    """The text, or why it cannot be used."""
    if len(content) > file_rules.MAX_BYTES:
        return Unusable("too_large", f"is larger than {file_rules.MAX_BYTES} bytes").text
    try:
        path.encode()
        text = content.decode("utf-8-sig")
    except UnicodeEncodeError:
        return Unusable("name_not_utf8", "has a name that is not UTF-8").text
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Unusable("not_utf8", f"is not UTF-8 in line {line}", line).text
    return NOT_TEXT.text if text.startswith(MARK) else text


def _is_text(path: str) -> bool:
    return path.startswith(FOLDERS) and path.endswith(SUFFIX)


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
