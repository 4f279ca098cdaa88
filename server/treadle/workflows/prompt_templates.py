"""The prompts of the built-in steps: Markdown templates in the package. Values are data, never template text."""

import re
import shlex
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

BACKTICKS = re.compile(r"`+")


def render(template: str, **values: object) -> str:
    """The template's text with its values.

    :raises jinja2.TemplateError: a value that the template names is missing
    """
    return _environment().get_template(template).render(values)


@cache
def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        autoescape=False,  # a prompt is Markdown for an agent, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(code=code, block=block, shell=shell)
    return environment


def _source(template: str) -> str:
    return files("treadle.workflows").joinpath("prompts", f"{template}.md").read_text(encoding="utf-8")


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


def shell(words: Sequence[str]) -> str:
    return shlex.join(words)


def _longest_run(text: str) -> int:
    return max((len(run) for run in BACKTICKS.findall(text)), default=0)
