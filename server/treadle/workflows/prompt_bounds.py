"""What a template of prompts may use, so that none takes the daemon's time or memory: it has others to serve.

A project's templates are trusted to steer its agents, but a step's prompt is made inside the transaction of the step,
and a mistake, or somebody's malice, in ten lines of a template could take hours or all memory. So what can grow without
end (macros, calls, joined texts) is no part of the language, and what is left costs: each part of a template that is
evaluated, and the length of every text that a filter takes.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2 import TemplateRuntimeError, TemplateSyntaxError, nodes
from jinja2.filters import FILTERS

MAX_TEMPLATE = 50_000
"""Characters of one template."""
MAX_DEPTH = 50
"""Parts in parts."""
MAX_COST = 50_000
"""Parts that are evaluated for one prompt, and hundreds of characters that filters take."""
MAX_TEXT = 200_000
"""Characters of a text that a filter makes."""
CHARACTERS_OF_A_PART = 100

ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Include, nodes.Extends),
    *(nodes.Block, nodes.Assign, nodes.With, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice),
    *(nodes.Filter, nodes.Test, nodes.Keyword, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or),
    *(nodes.Not, nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod),
    *(nodes.Pow, nodes.Tuple, nodes.List),
)
"""Pow is refused with its own words where it is reckoned."""
PLAIN_FILTERS = (
    *("capitalize", "count", "d", "default", "first", "last", "length", "lower", "map", "rejectattr", "reverse"),
    *("selectattr", "sort", "string", "title", "trim", "unique", "upper"),
)
NAMES = {"Call": "a call", "CallBlock": "a call", "Concat": "the operator ~", "AssignBlock": "a block assignment"}
COUNTED = "counted"
"""The filter that every list of a loop goes through."""


class Budget:
    def __init__(self, cost: int = MAX_COST) -> None:
        self._left = cost

    def pay(self, cost: int) -> None:
        """:raises TemplateRuntimeError: there is not so much left"""
        self._left -= cost
        if self._left < 0:
            raise TemplateRuntimeError("it takes too long: too many loops, or too much text in them")


_budget: ContextVar[Budget | None] = ContextVar("prompt_budget", default=None)


@contextmanager
def bounded(budget: Budget | None = None) -> Iterator[None]:
    """What is rendered meanwhile has one budget: this one, or one of its own."""
    token = _budget.set(budget or Budget())
    try:
        yield
    finally:
        _budget.reset(token)


def pay(cost: int) -> None:
    budget = _budget.get()
    if budget is not None:
        budget.pay(cost)


def require_short(source: str, name: str | None) -> None:
    """:raises TemplateSyntaxError:"""
    if len(source) > MAX_TEMPLATE:
        raise TemplateSyntaxError(f"it has more than {MAX_TEMPLATE} characters", 1, name)


def bounded_template(template: nodes.Template, name: str | None) -> nodes.Template:
    """The template, checked, and with its loops counted.

    :raises TemplateSyntaxError: it uses what no prompt needs
    """
    for loop in list(template.find_all(nodes.For)):
        weight = nodes.Const(_check_and_weigh(loop, name, depth=0), lineno=loop.lineno)
        loop.iter = nodes.Filter(loop.iter, COUNTED, [weight], [], None, None, lineno=loop.lineno)
    _check_and_weigh(template, name, depth=0)
    return template


def weight(template: nodes.Template) -> int:
    return sum(1 for _ in template.find_all(nodes.Node))


def bounded_filters(**own: Callable[..., object]) -> dict[str, Callable[..., Any]]:
    """All filters that there are, each at its cost."""
    plain = {name: FILTERS[name] for name in PLAIN_FILTERS}
    return {COUNTED: _counted, **{name: _paid(each) for name, each in {**plain, "join": joined, **own}.items()}}


def joined(items: Iterable[object], separator: str = "") -> str:
    parts: list[str] = []
    length = 0
    for item in items:
        parts.append(str(item))
        length += len(parts[-1]) + len(separator)
        if length > MAX_TEXT:
            raise TemplateRuntimeError(f"what is joined has more than {MAX_TEXT} characters")
    return separator.join(parts)


def _counted(items: Iterable[object], cost: int) -> Iterator[object]:
    for item in items:
        pay(cost)
        yield item


def _paid(plain: Callable[..., object]) -> Callable[..., object]:
    @wraps(plain)  # with what Jinja has noted on it
    def filter_(*arguments: Any, **named: Any) -> object:
        taken = sum(len(each) for each in (*arguments, *named.values()) if isinstance(each, str | list | tuple))
        pay(1 + taken // CHARACTERS_OF_A_PART)
        return plain(*arguments, **named)

    return filter_


def _check_and_weigh(node: nodes.Node, name: str | None, depth: int) -> int:
    """How many parts there are, itself among them.

    :raises TemplateSyntaxError:
    """
    problem = "its parts are nested too deeply" if depth > MAX_DEPTH else _problem(node)
    if problem is not None:
        raise TemplateSyntaxError(problem, node.lineno or 1, name)
    return 1 + sum(_check_and_weigh(child, name, depth + 1) for child in node.iter_child_nodes())


def _problem(node: nodes.Node) -> str | None:
    kind = type(node).__name__
    if not isinstance(node, ALLOWED):
        return f"{NAMES.get(kind, f'a {kind.lower()}')} is not allowed in a prompt"
    if isinstance(node, nodes.Tuple | nodes.List) and not all(_is_plain(item) for item in node.items):
        return "a list may hold constants only"
    if isinstance(node, nodes.For) and node.recursive:
        return "a loop may not be recursive"
    if isinstance(node, nodes.Filter):
        return _filter_problem(node)
    return None


def _filter_problem(node: nodes.Filter) -> str | None:
    if node.node is None or node.dyn_args is not None or node.dyn_kwargs is not None:
        return f"the filter {node.name} is not allowed so"
    if node.name == "map" and (node.args or [keyword.key for keyword in node.kwargs] != ["attribute"]):
        return "the filter map takes an attribute only"
    return None


def _is_plain(item: nodes.Node) -> bool:
    return isinstance(item, nodes.Const) or (isinstance(item, nodes.Name) and item.ctx == "store")
