"""The ways of the arrows of a ladder of calls: level across crowded sides, slanted in the gutter. Pure.

Where several arrows meet at one call, they end at the pieces of a block. What waited long for the call that
took it comes at once, and then stands in a column near the lane.
"""

from __future__ import annotations

from itertools import accumulate
from math import inf

from ..kit import PointXY
from ..kit.theme import ERROR, MUTED
from .call_arrows import Arrow
from .call_rows import LINE, Row
from .calls import GAP, SLOPE, Layout
from .stack import Lane

NEAR, FAR = 12, 25  # a block stands that far from its lane

Box = tuple[float, float, float, float]  # left, top, right, bottom


class Paths:
    """The ways of all arrows of a layout, and the pieces of the blocks."""

    def __init__(self, layout: Layout) -> None:
        self.layout, self.left, self.right = layout, *layout.gutter
        self.lanes = {lane.name: lane for lane in layout.lanes}
        self.blocks: list[tuple[Box, str]] = []  # the pieces of all blocks, and their colors
        self.pieces: dict[tuple[Arrow, bool], float] = {}  # (arrow, at its target?): height of its piece
        self.columns: dict[Arrow, int] = {}  # its place among those that wait near the lane
        self.opened: dict[str, float] = {}  # lane: the lowest end of an arrow whose bytes nobody took
        for row in layout.rows:
            if row.parts:
                self._block(row, into=False)
                self._block(row, into=True)
        self._queue()
        arrows = sorted(layout.arrows, key=lambda a: a.source.dot.y if a.source else 0)
        self.ways = {arrow: self._way(arrow) for arrow in arrows}
        self.low = max((y for way in self.ways.values() for _, y in way), default=0.0)

    def _block(self, row: Row, *, into: bool) -> None:
        """One piece for each arrow, as high as its share of the bytes."""

        def far(arrow: Arrow) -> float:
            other = arrow.source if into else arrow.target
            return other.dot.y if other else inf

        mine = (a for a in self.layout.arrows if (a.target if into else a.source) is row)
        arrows = sorted((a for a in mine if a.kind == "data"), key=far)
        if len(arrows) < 2:
            return
        whole = sum(a.size for a in arrows) or 1
        heights = [7 + 6 * len(arrows) * a.size / whole for a in arrows]
        top = row.dot.y - sum(heights) / 2
        left = row.lane.x + (NEAR if row.lane.side < 0 else -FAR)
        for arrow, height, below in zip(arrows, heights, accumulate(heights), strict=True):
            box = (left, top + below - height + 0.8, left + FAR - NEAR, top + below - 0.8)
            self.blocks.append((box, color_of(arrow) if into else row.lane.color))
            self.pieces[arrow, into] = top + below - height / 2

    def _queue(self) -> None:
        """A column for each arrow whose bytes waited long before a call took them."""
        waits: list[tuple[float, float, Arrow, Row]] = []
        fans: list[tuple[float, float, str]] = []  # a straight arrow below a fan does not cross it
        for arrow in self.layout.arrows:
            source, target = arrow.source, arrow.target
            if not source or not target or source.lane.side == target.lane.side or target.run:
                continue
            y1, y2 = self._heights(arrow)
            if (arrow, False) in self.pieces:
                fans.append((y1, y2, target.actor))
            elif not any(at == target.actor and top < y1 and low > y1 + SLOPE for top, low, at in fans):
                waits.append((y1, y2, arrow, target))
        late = {target for y1, y2, _, target in waits if y2 - y1 > 2.6 * SLOPE}
        done: list[tuple[float, float, int, int]] = []
        for y1, y2, arrow, target in sorted(waits, key=lambda wait: wait[:2]):
            side = target.lane.side
            column = 1 + max((c for a, b, s, c in done if s == side and a < y2 and y1 < b), default=-1)
            if target in late and y2 - y1 > 1.4 * SLOPE and column < 8:
                done.append((y1, y2, side, column))
                self.columns[arrow] = column

    def _way(self, arrow: Arrow) -> list[PointXY]:
        source, target = arrow.source, arrow.target
        here = source.lane if source else self._other(arrow)
        there = target.lane if target else self._other(arrow)
        y1, y2 = self._heights(arrow)
        start = self.pieces.get((arrow, False))
        end = self.pieces.get((arrow, True))
        x1, y1 = (here.x - here.side * 8, y1) if start is None else (here.x - here.side * FAR, start)
        x2, y2 = (there.x - there.side * 8, y2) if end is None else (there.x - there.side * (FAR + 1), end)
        if here.side == there.side:  # out into the gutter and back
            bend = (self.left if here.side < 0 else self.right) - here.side * 46
            return [(x1, y1), (bend, y1), (bend, y2), (x2, y2)]
        edge1, edge2 = self.left + 14, self.right - 14
        if here.side > 0:
            edge1, edge2 = edge2, edge1
        if arrow.ends == "cross":
            x2 = edge2 = edge1 + (edge2 - edge1) * 0.8
        way = [(x1, y1), (edge1, y1)] if abs(x1 - edge1) > 20 else [(x1, y1)]
        if (column := self.columns.get(arrow)) is not None:
            wait = edge2 - there.side * (16 + 11 * column)
            return [*way, (wait, y1 + SLOPE * 0.8), (wait, y2), (x2, y2)]
        return [*way, (edge2, y2), (x2, y2)] if abs(x2 - edge2) > 20 else [*way, (x2, y2)]

    def _other(self, arrow: Arrow) -> Lane:
        """The lane at the end that has no row: the one named, else the nearest across, else a place there."""
        if arrow.lane in self.lanes:
            return self.lanes[arrow.lane]
        near = next(row.lane for row in (arrow.source, arrow.target) if row)
        nobody = Lane("", -near.side, MUTED, x=self.right if near.side < 0 else self.left)
        across = [lane for lane in self.layout.lanes if lane.side == -near.side]
        return min(across or [nobody], key=lambda lane: abs(lane.x - near.x))

    def _heights(self, arrow: Arrow) -> tuple[float, float]:
        source, target = arrow.source, arrow.target
        if source is None:
            end = (target.end if target.split else target.dot).y if target else 0.0
            return end - SLOPE, end
        start = source.dot.y
        if target is None:
            end = start + SLOPE
            if arrow.ends == "open":  # bytes that nobody took come after those that somebody took
                taken = [a.target.dot.y for a in self.layout.arrows if a.source is source and a.target]
                end = max([end, *(y + 34 for y in taken), self.opened.get(arrow.lane, 0.0) + LINE + GAP])
                self.opened[arrow.lane] = end
            return start, end
        end = target.dot.y
        if target.run:
            end = min(max(start + SLOPE, target.start.y + 5), target.end.y - 5)
        if source.run or (source.bar and not source.split and not source.waits):
            # Bytes leave during all of a long call.
            start = min(max(end - SLOPE, source.start.y + 4 * source.run), source.end.y)
        return start, end


def color_of(arrow: Arrow) -> str:
    """Bytes have the color of their sender."""
    if arrow.kind != "data":
        return ERROR if arrow.kind == "trouble" else MUTED
    return arrow.source.lane.color if arrow.source else MUTED
