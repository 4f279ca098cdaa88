"""Which value a template has not found, by the name that the file has for it: Jinja knows no names of values."""

import re
from collections.abc import Iterator, Mapping, Sequence

from treadle.workflows.definition.template_chains import chains

OF_NOTHING = re.compile(r"'None' has no (?:attribute|element) '?(\w+)")
OF_A_LIST = re.compile(r"(?:list|tuple) object has no element (\d+)")
NO_TESTS = "Treadle found no test command; name test_command in .treadle/project.yaml"
INDEX = "["
WHY: Mapping[str, str] = {
    "component": "this session has no component",
    "context": "the session's component is a part of no other",
    "test_command": NO_TESTS,
    "suite_command": NO_TESTS,
}
"""Why a value may be empty."""
COMMAND_OF_TESTS = re.compile(r"\s*\{\{-?\s*(?:suite_command|test_command)\b")


def begins_with_tests(template: str) -> bool:
    """Whether the program of a command is the project's test command."""
    return COMMAND_OF_TESTS.match(template) is not None


def nothing_in(template: str) -> str | None:
    """Of a command whose program is empty: why, as the end of a sentence; None when no value is to blame."""
    found = next(iter(chains(template)), None)
    if found is None:
        return None
    name = ".".join(found.parts)
    return f"{{{{ {name} }}}} is empty{_why(found.root)}"


def reason_of_missing(error: Exception, templates: Sequence[str], values: Mapping[str, object]) -> str | None:
    """None when it cannot be told better than Jinja does. `error`: what that has raised."""
    nothing, no_item = OF_NOTHING.search(str(error)), OF_A_LIST.search(str(error))
    for name, value, wanted in _on_the_way(templates, values):
        if nothing and value is None and wanted in (nothing[1], INDEX):
            return f"{name} is empty{_why(name)}"
        if no_item and isinstance(value, list | tuple) and wanted == INDEX and len(value) <= int(no_item[1]):
            return f"{name} has no element {no_item[1]}: it has {len(value)}"
    return None


def _on_the_way(templates: Sequence[str], values: Mapping[str, object]) -> Iterator[tuple[str, object, str | None]]:
    """All values that are named, also on the way to others: the name, the value, and what is wanted of it."""
    for template in templates:
        for chain in chains(template):
            value: object = values
            after = INDEX if template.startswith(INDEX, chain.span.end) else None
            for place, part in enumerate(chain.parts, 1):
                if not isinstance(value, Mapping) or part not in value:
                    break
                value = value[part]
                yield ".".join(chain.parts[:place]), value, (*chain.parts, after)[place]


def _why(name: str) -> str:
    return f": {WHY[name]}" if name in WHY else ""
