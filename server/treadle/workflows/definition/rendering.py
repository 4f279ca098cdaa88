"""Fills the templates of a workflow file in: a text, the words of a command, a text for a shell.

The language is that of the prompts, with its bounds. A missing value (null) is nothing, true and false are written so,
and a list in a text is its items with blanks between. Nothing is included: what a workflow does stands in its file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from jinja2 import Template, TemplateError, Undefined, UndefinedError, nodes

from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.definition import shell_text
from treadle.workflows.definition.missing_values import nothing_in, reason_of_missing
from treadle.workflows.definition.snapshot import Snapshot
from treadle.workflows.prompt_bounds import CHARACTERS_OF_A_PART, bounded, joined, pay
from treadle.workflows.prompt_templates import (
    MAX_CHARACTERS,
    WRONG,
    made,
    reason_of,
    require_short_values,
    text_of,
)

Values = Mapping[str, object]
T = TypeVar("T", str, list[str])

MAX_WORDS = 10_000
"""Of a command, when its lists have become words."""
NO_PROGRAM = re.compile(r"\s*''(?:\s|$)")
"""A command for a shell whose first word is nothing."""
_RESULT = "value_of_the_expression"


def text(template: str, values: Values, *, where: str) -> str:
    """`where`: what the template is, for the sentence that says what is wrong with it.

    :raises ProjectInvalidError:
    """
    return _bounded(values, where, [template], lambda: text_of(_template(template).generate(values)))


def words(templates: Sequence[str], values: Values, *, where: str) -> list[str]:
    """Each template is one word, but for one that is an expression alone whose value is a list: that is several.

    :raises ProjectInvalidError: also when a word cannot stand in a command
    """

    def made_of() -> list[str]:
        found: list[str] = []
        for template in templates:
            found += _words_of(template, values)
            if len(found) > MAX_WORDS or sum(map(len, found)) > MAX_CHARACTERS:
                raise TemplateError("the command is too long")
        if any("\0" in word for word in found):
            raise TemplateError("a word holds a null character, which no command can take")
        if not found or not found[0].strip():
            raise TemplateError(nothing_in(templates[0]) or "the program's name is empty")
        return found

    return _bounded(values, where, templates, made_of)


def shell(template: str, values: Values, *, where: str) -> str:
    """A text for a POSIX shell, each value quoted.

    :raises ProjectInvalidError: also when a value cannot be quoted in its place
    """

    def made_of() -> str:
        filled = shell_text.filled(template, lambda expression: _plain(_value(f"{{{{{expression}}}}}", values)))
        if NO_PROGRAM.match(filled) and (nothing := nothing_in(template)):
            raise TemplateError(nothing)
        return text_of(iter([filled]))

    return _bounded(values, where, [template], made_of)


def _bounded(values: Values, where: str, templates: Sequence[str], make: Callable[[], T]) -> T:
    try:
        require_short_values(values)
        with bounded(values.budget if isinstance(values, Snapshot) else None):
            made = make()
            pay(sum(map(len, made)) // CHARACTERS_OF_A_PART)
            return made
    except WRONG as error:
        reason = reason_of_missing(error, templates, values) if isinstance(error, UndefinedError) else None
        said = reason or reason_of(error)
        raise ProjectInvalidError(f"{where[:1].upper()}{where[1:]} cannot be made: {said}.") from error


def _words_of(template: str, values: Values) -> list[str]:
    if _expression(template) is None:
        return [text_of(_template(template).generate(values))]
    value = _value(template, values)
    return [str(_shown(each)) for each in value] if isinstance(value, list | tuple) else [str(_plain(value))]


def _value(template: str, values: Values) -> object:
    """Of a template that is an expression alone.

    :raises TemplateError:
    """
    expression = _expression(template)
    if expression is None:
        raise TemplateError("{{ … }} holds no expression")
    context = expression.new_context(dict(values))
    for _ in expression.root_render_func(context):
        pass
    value: object = context.vars[_RESULT]
    if isinstance(value, Undefined):
        str(value)  # says what is missing
    return value


@lru_cache(maxsize=1_000)
def _template(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


@lru_cache(maxsize=1_000)
def _expression(source: str) -> Template | None:
    """What gives the value of a template that is an expression alone; None of any other."""
    match _ENVIRONMENT.parse(source).body:
        case [nodes.Output(nodes=[expression])] if not isinstance(expression, nodes.TemplateData):
            target = nodes.Name(_RESULT, "store")
            template = nodes.Template([nodes.Assign(target, expression, lineno=1)], lineno=1)
            template.set_environment(_ENVIRONMENT)
            return _ENVIRONMENT.from_string(template)
    return None


def _shown(value: object) -> object:
    """As a part of a text."""
    return joined(map(_shown, value), " ") if isinstance(value, list | tuple) else _plain(value)


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _nowhere(name: str) -> None:
    del name


_ENVIRONMENT = made(_nowhere, keep_trailing_newline=True, finalize=_shown)
