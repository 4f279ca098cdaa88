"""Prompts are Markdown templates: those of a step's package, or the project's own in their place.

Values are data, never template text. A project's template stands in `.treadle/prompts/` under the same name as the one
that it replaces, such as `task/work.md`; with `{% extends "treadle/task/work.md" %}` or `include` it can build on that.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2.sandbox import SandboxedEnvironment

from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.prompt_bounds import bounded, bounded_filters, bounded_template, pay, require_short, weight

OWN_PACKAGE = "treadle.workflows"
OWN = "treadle/"
"""What begins so is Treadle's own template, whatever a project or another package has under that name."""
OVERRIDES = "prompts/"
"""Where a project's own templates are below `.treadle/`."""
MAX_CHARACTERS = 200_000
"""Of a prompt: more would be a mistake of its template."""
BACKTICKS = re.compile(r"`+")
WRONG = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError, SyntaxError)
"""What a template can raise that is wrong, or that names a value which is missing."""


class PromptEnvironment(SandboxedEnvironment):
    """Without what could take all memory or an hour: the daemon has others to serve."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters = bounded_filters(code=code, block=block, shell=shell, heading=heading)
        self.globals = {}
        self._weights: dict[str | None, int] = {}

    def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
        if operator == "**" or not all(isinstance(value, int | float) for value in (left, right)):
            raise TemplateError(f"the operator {operator} is not allowed here")
        return super().call_binop(context, operator, left, right)  # type: ignore[arg-type]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A value may have the name of a method that Python's dictionaries have."""
        if not isinstance(obj, Mapping):
            return super().getattr(obj, attribute)
        return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)

    def parse(self, source: str, name: str | None = None, filename: str | None = None) -> nodes.Template:
        require_short(source, name)
        template = super().parse(source, name, filename)
        for node in template.find_all((nodes.Filter, nodes.Test)):
            kind, known = ("filter", self.filters) if isinstance(node, nodes.Filter) else ("test", self.tests)
            if node.name not in known:
                # Jinja says so of some only when they are come by.
                raise TemplateSyntaxError(f"there is no {kind} {node.name}", node.lineno, name)
        return bounded_template(template, name)

    def compile(self, source: Any, name: str | None = None, *arguments: Any, **options: Any) -> Any:
        template = self.parse(source, name) if isinstance(source, str) else source
        self._weights[name] = weight(template)
        return super().compile(template, name, *arguments, **options)

    def get_template(self, name: Any, *arguments: Any, **options: Any) -> Template:
        """Also for each include."""
        return self._paid(super().get_template(name, *arguments, **options))

    def select_template(self, names: Any, *arguments: Any, **options: Any) -> Template:
        return self._paid(super().select_template(names, *arguments, **options))

    def _paid(self, template: Template) -> Template:
        pay(self._weights.get(template.name, 1))
        return template


def render(template: str, values: Mapping[str, object], *, texts: Mapping[str, str], package: str = OWN_PACKAGE) -> str:
    """The template's text with its values. `texts`: what the project says, by path below `.treadle/`.

    :raises ProjectInvalidError: the template is wrong, or names a value that is missing
    """
    overrides = tuple((path.removeprefix(OVERRIDES), texts[path]) for path in texts if path.startswith(OVERRIDES))
    try:
        require_short_values(values)
        with bounded():
            return text_of(_environment(package, overrides).get_template(template).generate(values))
    except WRONG as error:
        raise _invalid(template, error) from error


def require_short_values(values: Mapping[str, object]) -> None:
    """:raises TemplateError: one is longer than a prompt, and so that what a template does with it could take long"""
    for name, value in values.items():
        if isinstance(value, str) and len(value) > MAX_CHARACTERS:
            raise TemplateError(f"{name} has more than {MAX_CHARACTERS} characters")


def text_of(pieces: Iterator[str]) -> str:
    """:raises TemplateError: it is too long"""
    text: list[str] = []
    length = 0
    for piece in pieces:
        text.append(piece)
        length += len(piece)
        if length > MAX_CHARACTERS:
            raise TemplateError(f"the text has more than {MAX_CHARACTERS} characters")
    return "".join(text)


def check(path: str, texts: Mapping[str, str]) -> None:
    """Look at a project's template when its folder is opened, at what it builds on too. What values there are is known
    only to the step that renders it.

    :raises ProjectInvalidError: names the line
    """
    name = path.removeprefix(OVERRIDES)
    environment = made(_nowhere)
    try:
        environment.compile(texts[path], name)
        template = environment.parse(texts[path], name)
        for include in template.find_all(nodes.Include):
            _require_found(include, name, texts)
        for extends in template.find_all(nodes.Extends):
            _require_found(extends, name, texts)
    except (TemplateError, SyntaxError) as error:
        raise _invalid(name, error) from error


def _require_found(node: nodes.Include | nodes.Extends, name: str, texts: Mapping[str, str]) -> None:
    """What a template that replaces none of Treadle's includes may be in another package.

    :raises TemplateSyntaxError: what is named is nowhere
    """
    if isinstance(node, nodes.Include) and node.ignore_missing:
        return
    named = node.template.items if isinstance(node.template, nodes.Tuple | nodes.List) else [node.template]
    if not all(isinstance(each, nodes.Const) for each in named):
        return
    names = [str(each.value) for each in named if isinstance(each, nodes.Const)]
    is_own = _packaged(OWN_PACKAGE, name) is not None
    if isinstance(node, nodes.Extends) and name in names:
        instead = f"; what it replaces is {OWN}{name}" if is_own else ""
        raise TemplateSyntaxError(f"it builds on itself{instead}", node.lineno, name)
    if any(_is_found(each, texts) or not (is_own or each.startswith(OWN)) for each in names):
        return
    raise TemplateSyntaxError(f"there is no template {names[0] if names else 'without a name'}", node.lineno, name)


def _is_found(name: str, texts: Mapping[str, str]) -> bool:
    is_there = not name.startswith(OWN) and bool(texts.get(OVERRIDES + name))
    return is_there or _packaged(OWN_PACKAGE, name.removeprefix(OWN)) is not None


def _invalid(template: str, error: Exception) -> ProjectInvalidError:
    name = (error.name or template) if isinstance(error, TemplateSyntaxError) else template
    where = f" in line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
    return ProjectInvalidError(f"The prompt {name} is wrong{where}: {reason_of(error)}.", path=name)


def reason_of(error: Exception) -> str:
    """Why a template is wrong, as the end of a sentence, without its full stop."""
    reason = str(error)
    if isinstance(error, TemplateSyntaxError):
        reason = error.message or ""
    elif isinstance(error, TemplateNotFound):
        reason = f"there is no template {error.name}"
    elif isinstance(error, SyntaxError):
        reason = error.msg  # Python's own, of what Jinja has made of it: loops in loops in loops
    return " ".join(reason.split()).removesuffix(".")[:500]


@lru_cache(maxsize=8)
def _environment(package: str, overrides: tuple[tuple[str, str], ...]) -> SandboxedEnvironment:
    own = dict(overrides)

    def source(name: str) -> str | None:
        if name.startswith(OWN):
            return _packaged(OWN_PACKAGE, name.removeprefix(OWN))
        return own.get(name) or _packaged(package, name)

    return made(source)


def made(source: Callable[[str], str | None], **options: Any) -> PromptEnvironment:
    return PromptEnvironment(
        loader=FunctionLoader(source),
        undefined=StrictUndefined,
        autoescape=False,  # a prompt is Markdown for an agent, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        **options,
    )


def _nowhere(name: str) -> None:
    del name


def _packaged(package: str, name: str) -> str | None:
    if ".." in PurePosixPath(name).parts or name.startswith("/"):
        return None
    try:
        return files(package).joinpath("prompts", name).read_text(encoding="utf-8")
    except (OSError, ModuleNotFoundError):
        return None


def code(text: object) -> str:
    """One line in backticks, however many backticks and lines the text has."""
    line = " ".join(str(text).split())
    fence = "`" * (_longest_run(line) + 1)
    return f"{fence}{line}{fence}" if fence == "`" else f"{fence} {line} {fence}"


def block(text: object) -> str:
    """A fenced block that its content cannot end."""
    content = str(text).strip("\n")
    fence = "`" * max(3, _longest_run(content) + 1)
    return f"{fence}text\n{content}\n{fence}"


def heading(text: object, level: int = 2) -> str:
    """A Markdown heading, of one of the six levels that there are."""
    return f"{'#' * max(1, min(level, 6))} {' '.join(str(text).split())}"


def shell(words: Sequence[str]) -> str:
    return shlex.join(words)


def _longest_run(text: str) -> int:
    return max((len(run) for run in BACKTICKS.findall(text)), default=0)
