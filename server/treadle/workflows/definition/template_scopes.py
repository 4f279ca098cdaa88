"""Which names of a template come from outside it: loop variables and what it sets itself do not."""

import re
from collections.abc import Iterator

from jinja2 import nodes

from treadle.workflows.definition.source import Span
from treadle.workflows.definition.template_chains import Chain

BEFORE_A_NAME = re.compile(r"\s*\.?\s*")
BEFORE_A_TEXT = re.compile(r"\s*\[\s*['\"]")
Scope = set[str]


def free_chains(tree: nodes.Template, source: str) -> Iterator[Chain]:
    """`tree`: with offsets in the place of line numbers."""
    yield from _of_all(tree.body, set(), source)


def _of_all(parts: list[nodes.Node], scope: Scope, source: str) -> Iterator[Chain]:
    for part in parts:
        yield from _of(part, scope, source)


def _of(node: nodes.Node, scope: Scope, source: str) -> Iterator[Chain]:
    if isinstance(node, nodes.For):
        yield from _of(node.iter, scope, source)
        inner = scope | set(_names(node.target)) | {"loop"}
        yield from _of_all([*([node.test] if node.test else []), *node.body], inner, source)
        yield from _of_all(node.else_, set(scope), source)
    elif isinstance(node, nodes.With):
        yield from _of_all(list(node.values), scope, source)
        yield from _of_all(node.body, scope | {name for each in node.targets for name in _names(each)}, source)
    elif isinstance(node, nodes.Assign):
        yield from _of(node.node, scope, source)
        scope |= set(_names(node.target))
    elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        yield from _chain(node, scope, source)
    else:
        yield from _of_all(list(node.iter_child_nodes()), scope, source)


def _names(target: nodes.Node) -> Iterator[str]:
    if isinstance(target, nodes.Name):
        yield target.name
    for each in target.find_all(nodes.Name):
        yield each.name


def _chain(node: nodes.Expr, scope: Scope, source: str) -> Iterator[Chain]:
    """The longest run of names from the root; what stands in brackets behind it is looked at by itself."""
    inner: list[nodes.Expr] = [node]
    while isinstance(inner[-1], nodes.Getattr | nodes.Getitem):
        inner.append(inner[-1].node)
    root = inner.pop()
    for each in inner:
        if isinstance(each, nodes.Getitem) and not isinstance(each.arg, nodes.Const):
            yield from _of(each.arg, scope, source)
    if not isinstance(root, nodes.Name):
        yield from _of(root, scope, source)
        return
    if root.ctx != "load" or root.name in scope:
        return
    parts, spans = [root.name], [Span(root.lineno, root.lineno + len(root.name))]
    for each in reversed(inner):
        found = _part(each, source)
        if found is None:
            break
        parts.append(found[0])
        spans.append(found[1])
    yield Chain(tuple(parts), tuple(spans))


def _part(node: nodes.Expr, source: str) -> tuple[str, Span] | None:
    if isinstance(node, nodes.Getattr):
        before = BEFORE_A_NAME.match(source, node.lineno)
        start = before.end() if before else node.lineno
        return node.attr, Span(start, start + len(node.attr))
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        before = BEFORE_A_TEXT.match(source, node.lineno)
        start = before.end() if before else node.lineno
        return node.arg.value, Span(start, start + len(node.arg.value))
    return None
