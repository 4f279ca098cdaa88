"""Which ways of a drawing run together, and in which lane beside the boxes.

Ways of one kind that lead to one box share a lane, so that a hundred steps that may fail need one lane and not a
hundred.
"""

from typing import Literal, NamedTuple, get_args

from treadle.workflows.definition.graph import Graph, Way

Side = Literal["left", "right"]
"""Ways ahead are on the left, ways back on the right."""
SIDES: tuple[Side, ...] = get_args(Side)
FAR = 1_000
"""More lanes than there can be."""


class Lane(NamedTuple):
    """What runs together."""

    side: Side
    target: int
    is_error: bool
    is_again: bool
    """The same step is tried again."""


class Port(NamedTuple):
    """Where a line meets the side of a box."""

    lane: Lane
    origin: int | None
    """Of a way that leaves here; None: of all of the lane that arrive."""


class Lanes:
    """The ways by the places of their boxes in the line."""

    def __init__(self, graph: Graph) -> None:
        places = {box.name: place for place, box in enumerate(graph.boxes)}
        self.straight: dict[int, Way] = {}
        self.ways: dict[Lane, dict[int, Way]] = {}
        for way in graph.ways:
            origin, target = places[way.origin], places[way.target]
            if target == origin + 1:
                self.straight[origin] = way
            else:
                lane = Lane("left" if target > origin else "right", target, way.is_error, target == origin)
                self.ways.setdefault(lane, {})[origin] = way
        self.depths: dict[Lane, int] = {}
        """The innermost is 1."""
        taken: dict[tuple[Side, int], set[int]] = {}
        for lane in sorted(self.ways, key=lambda lane: (len(self._extent(lane)), lane)):
            depth = 1
            while taken.setdefault((lane.side, depth), set()) & set(self._extent(lane)):
                depth += 1
            taken[lane.side, depth].update(self._extent(lane))
            self.depths[lane] = depth

    def count(self, side: Side) -> int:
        return max((depth for lane, depth in self.depths.items() if lane.side == side), default=0)

    def _extent(self, lane: Lane) -> range:
        ends = [lane.target, *self.ways[lane]]
        return range(min(ends), max(ends) + 1)

    def ports(self, place: int, side: Side) -> list[Port]:
        """From the top, so that no two lines cross before they are in their lanes."""
        ports = [
            Port(lane, origin)
            for lane, ways in self.ways.items()
            for origin in (place, None)
            if lane.side == side and (place in ways if origin is not None else place == lane.target)
        ]
        return sorted(ports, key=self._order)

    def _order(self, port: Port) -> int:
        """On the right, ways leave upwards and arrive from below; on the left it is the other way round."""
        leaves = port.origin is not None
        if port.lane.is_again:
            return 0 if leaves else 1
        depth = self.depths[port.lane]
        return depth - FAR if leaves == (port.lane.side == "right") else FAR - depth
