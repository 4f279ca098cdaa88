"""Which names of a template come from outside it: loop variables and what it sets itself do not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jinja2 import nodes

from treadle.workflows.definition.source import Span
from treadle.workflows.definition.template_chains import Chain
from treadle.workflows.definition.values import OF_COMPONENT

BEFORE_A_NAME = re.compile(r"\s*\.?\s*")
BEFORE_A_TEXT = re.compile(r"\s*\[\s*['\"]")
AN_INDEX = re.compile(r"\s*(\[\s*-?\d+\s*\])")
DEFAULT = frozenset({"d", "default"})
EXISTS = frozenset({"defined", "none", "undefined"})
Scope = set[str]


@dataclass(frozen=True, slots=True)
class _Around:
    source: str
    is_guarded: bool = False
    """Whether a condition has asked for the component, or for something of it."""

    def guarded(self, is_so: bool = True) -> "_Around":
        return replace(self, is_guarded=self.is_guarded or is_so)


def free_chains(tree: nodes.Template, source: str) -> Iterator[Chain]:
    """`tree`: with offsets in the place of line numbers."""
    yield from _of_all(tree.body, set(), _Around(source))


def _of_all(parts: list[nodes.Node], scope: Scope, around: _Around) -> Iterator[Chain]:
    for part in parts:
        yield from _of(part, scope, around)


def _of(node: nodes.Node, scope: Scope, around: _Around) -> Iterator[Chain]:
    if isinstance(node, nodes.For):
        yield from _of_loop(node, scope, around)
    elif isinstance(node, nodes.With):
        yield from _of_all(list(node.values), scope, around)
        yield from _of_all(node.body, scope | {name for each in node.targets for name in _names(each)}, around)
    elif isinstance(node, nodes.Assign):
        yield from _of(node.node, scope, around)
        scope |= set(_names(node.target))
    elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        yield from _chain(node, scope, around)
    elif isinstance(node, nodes.If):
        yield from _conditional(node.test, [*node.body, *node.elif_, *node.else_], scope, around)
    elif isinstance(node, nodes.CondExpr):
        yield from _conditional(node.test, [node.expr1, *([node.expr2] if node.expr2 else [])], scope, around)
    elif isinstance(node, nodes.And | nodes.Or):
        yield from _conditional(node.left, [node.right], scope, around)
    elif isinstance(node, nodes.Filter | nodes.Test):
        is_asking = node.name in (DEFAULT if isinstance(node, nodes.Filter) else EXISTS)
        yield from _of_all(list(node.iter_child_nodes()), scope, around.guarded(is_asking))
    else:
        yield from _of_all(list(node.iter_child_nodes()), scope, around)


def _of_loop(node: nodes.For, scope: Scope, around: _Around) -> Iterator[Chain]:
    """Its body is for a list that holds something, and its `else` for one that does not."""
    listed = list(_of(node.iter, scope, around.guarded(bool(node.else_))))
    yield from listed
    inner = scope | set(_names(node.target)) | {"loop"}
    within = around.guarded(any(chain.root in OF_COMPONENT for chain in listed))
    yield from _of_all([*([node.test] if node.test else []), *node.body], inner, within)
    yield from _of_all(node.else_, set(scope), around)


def _conditional(test: nodes.Node, parts: list[nodes.Node], scope: Scope, around: _Around) -> Iterator[Chain]:
    """To ask for `component` itself is right without one, and also for `component.name` behind it."""
    asked = list(_of(test, scope, around))
    lengths = [len(chain.parts) for chain in asked if chain.root in OF_COMPONENT]
    yield from (replace(chain, is_guarded=True) for chain in asked) if 1 in lengths else asked
    yield from _of_all(parts, scope, around.guarded(bool(lengths)))


def _names(target: nodes.Node) -> Iterator[str]:
    if isinstance(target, nodes.Name):
        yield target.name
    for each in target.find_all(nodes.Name):
        yield each.name


def _chain(node: nodes.Expr, scope: Scope, around: _Around) -> Iterator[Chain]:
    """The longest run of names from the root; what stands in brackets behind it is looked at by itself."""
    inner: list[nodes.Expr] = [node]
    while isinstance(inner[-1], nodes.Getattr | nodes.Getitem):
        inner.append(inner[-1].node)
    root = inner.pop()
    for each in inner:
        if isinstance(each, nodes.Getitem) and not isinstance(each.arg, nodes.Const):
            yield from _of(each.arg, scope, around)
    if not isinstance(root, nodes.Name):
        yield from _of(root, scope, around)
        return
    if root.ctx != "load" or root.name in scope:
        return
    parts, spans = [root.name], [Span(root.lineno, root.lineno + len(root.name))]
    for each in reversed(inner):
        found = _part(each, around.source)
        if found is None:
            break
        parts.append(found[0])
        spans.append(found[1])
    yield Chain(tuple(parts), tuple(spans), around.is_guarded)


def _part(node: nodes.Expr, source: str) -> tuple[str, Span] | None:
    if isinstance(node, nodes.Getattr):
        before = BEFORE_A_NAME.match(source, node.lineno)
        start = before.end() if before else node.lineno
        return node.attr, Span(start, start + len(node.attr))
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        before = BEFORE_A_TEXT.match(source, node.lineno)
        start = before.end() if before else node.lineno
        return node.arg.value, Span(start, start + len(node.arg.value))
    index = AN_INDEX.match(source, node.lineno) if isinstance(node, nodes.Getitem) else None
    return None if index is None else (index[1], Span(*index.span(1)))
