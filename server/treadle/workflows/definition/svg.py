"""A workflow as a picture that needs nothing else: no script, no font, no style from outside."""

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from treadle.workflows.definition.graph import PLAIN_ERROR, Graph, graph
from treadle.workflows.definition.layout import (
    FOOTING,
    MARGIN,
    TEXT_SIZE,
    TITLE_SIZE,
    Layout,
    PlacedBox,
    PlacedWay,
    Point,
    label_of,
    layout,
    title_of,
)
from treadle.workflows.definition.model import WorkflowDefinition

STYLE = f"""\
.workflow {{ color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #59636e;
  --box: #f6f8fa; --error: #b3261e }}
@media (prefers-color-scheme: dark) {{
  .workflow {{ --paper: #1e1e1e; --ink: #e6e6e6; --soft: #a8b0b8; --line: #a8b0b8; --box: #2b2d30; --error: #ff8a80 }}
}}
.workflow text {{ font: {TEXT_SIZE:g}px system-ui, sans-serif; fill: var(--soft) }}
.workflow .title {{ font-size: {TITLE_SIZE:g}px; font-weight: 600; fill: var(--ink) }}
.workflow .paper {{ fill: var(--paper) }}
.workflow .box rect {{ fill: var(--box); stroke: var(--line) }}
.workflow .box.ask rect {{ stroke-width: 2; stroke-dasharray: 7 3 }}
.workflow .box.spawn rect {{ stroke-width: 3 }}
.workflow .way path {{ fill: none; stroke: var(--line); stroke-width: 1.5 }}
.workflow .way.error path {{ stroke: var(--error); stroke-dasharray: 5 3 }}
.workflow .way.error text, .workflow .box.fail text {{ fill: var(--error) }}
.workflow .box.fail rect {{ stroke: var(--error) }}
.workflow .way .head {{ stroke-dasharray: none }}
"""
ROUNDING = 6.0
HEAD = 5.0


def svg(definition: WorkflowDefinition) -> str:
    drawn = graph(definition)
    placed = layout(drawn)
    width, height = f"{placed.width:g}", f"{placed.height:g}"
    size = f'width="{width}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="workflow" role="img" aria-label={quoteattr(drawn.title)}',
        f'  {size} viewBox="0 0 {width} {height}">',
        f"<title>{escape(drawn.title)}</title>",
        f"<desc>{escape(_told(drawn))}</desc>",
        f"<style>{STYLE}</style>",
        f'<rect class="paper" {size}/>',
        f'<text class="title" x="{MARGIN:g}" y="{MARGIN + TITLE_SIZE:g}">{escape(drawn.title)}</text>',
        *map(_way, placed.ways),
        *map(_box, placed.boxes),
        *_footing(drawn, placed),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _told(drawn: Graph) -> str:
    """The drawing in words, for who cannot see it."""
    titles = {box.name: box.title for box in drawn.boxes}
    sentences = []
    for box in drawn.boxes:
        ways = [way for way in drawn.ways if way.origin == box.name]
        onward = "; ".join((f"{way.label}: " if way.label else "") + f"to {titles[way.target]}" for way in ways)
        kind = f" ({box.subtitle})" if box.subtitle else ""
        sentences.append(f"{box.title}{kind}" + (f" – {onward}." if onward else "."))
    return " ".join([*sentences, PLAIN_ERROR] if drawn.has_plain_errors else sentences)


def _box(placed: PlacedBox) -> str:
    box = placed.box
    rounding = 8 if box.kind == "agent" else 3 if box.is_step else 12
    middle = placed.top + placed.height / 2
    text = _text(title_of(box), placed.middle, middle + (-3 if box.subtitle else 5), "middle", "title")
    if box.subtitle:
        text += _text(box.subtitle, placed.middle, middle + 15, "middle")
    return (
        f'<g class="box {box.kind}"><title>{escape(box.title)}</title>'
        f'<rect x="{placed.left:g}" y="{placed.top:g}" width="{placed.width:g}" height="{placed.height:g}" '
        f'rx="{rounding:g}"/>{text}</g>'
    )


def _way(placed: PlacedWay) -> str:
    way = placed.way
    hint = f"{way.origin} → {way.target}" + (f": {way.label}" if way.label else "")
    label = _text(label_of(way), *placed.label, "start" if placed.side == "right" else "end") if way.label else ""
    head = "" if placed.joins else f'<path class="head" d="{_head(placed.points)}"/>'
    return (
        f'<g class="way{" error" if way.is_error else ""}"><title>{escape(hint)}</title>'
        f'<path class="line" d="{_line(placed.points)}"/>{head}{label}</g>'
    )


def _line(points: tuple[Point, ...]) -> str:
    drawn = f"M{points[0].x:g} {points[0].y:g}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        rounding = min(
            ROUNDING, *(max(abs(b.x - a.x), abs(b.y - a.y)) / 2 for a, b in pairwise((before, corner, after)))
        )
        begin, end = _towards(corner, before, rounding), _towards(corner, after, rounding)
        drawn += f"L{begin.x:g} {begin.y:g}Q{corner.x:g} {corner.y:g} {end.x:g} {end.y:g}"
    return f"{drawn}L{points[-1].x:g} {points[-1].y:g}"


def _head(points: tuple[Point, ...]) -> str:
    tip, back = points[-1], _towards(points[-1], points[-2], HEAD)
    across = Point(tip.y - back.y, back.x - tip.x)
    wings = (Point(back.x + sign * across.x * 0.8, back.y + sign * across.y * 0.8) for sign in (1, -1))
    first, second = wings
    return f"M{first.x:g} {first.y:g}L{tip.x:g} {tip.y:g}L{second.x:g} {second.y:g}"


def _towards(begin: Point, end: Point, distance: float) -> Point:
    """Of two points on one horizontal or vertical line."""
    length = abs(end.x - begin.x) + abs(end.y - begin.y)
    share = distance / length
    return Point(begin.x + (end.x - begin.x) * share, begin.y + (end.y - begin.y) * share)


def _text(text: str, x: float, y: float, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{named}>{escape(text)}</text>'


def _footing(drawn: Graph, placed: Layout) -> list[str]:
    if not drawn.has_plain_errors:
        return []
    return [_text(PLAIN_ERROR, MARGIN, placed.height - MARGIN - FOOTING / 2 + TEXT_SIZE / 2, "start")]
