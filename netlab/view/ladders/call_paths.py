"""The ways of the arrows of a ladder of calls: level across crowded sides, slanted in the gutter. Pure.

Where several arrows meet at one call, they end at the pieces of a block. What waited long for the call that
took it comes at once, and then stands in a column near the lane.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from math import inf

from ..kit import PointXY
from ..kit.theme import ERROR, MUTED, TEXT, text_width
from .call_arrows import Arrow
from .call_rows import Row
from .calls import SLOPE, Layout
from .stack import Lane

NEAR, FAR = 12, 25  # a block stands that far from its lane

Box = tuple[float, float, float, float]  # left, top, right, bottom


class Paths:
    """The ways of all arrows of a layout, the pieces of the blocks, and a place for the words of each."""

    def __init__(self, layout: Layout) -> None:
        self.layout, self.left, self.right = layout, *layout.gutter
        self.lanes = {lane.name: lane for lane in layout.lanes}
        self.blocks: list[tuple[Box, str]] = []  # the pieces of all blocks, and their colors
        self.pieces: dict[tuple[Arrow, bool], float] = {}  # (arrow, at its target?): height of its piece
        self.columns: dict[Arrow, int] = {}  # its place among those that wait near the lane
        self.opened: dict[str, float] = {}  # lane: the lowest end of an arrow whose bytes nobody took
        self.written: list[Box] = []
        for row in layout.rows:
            if row.parts:
                self._block(row, into=False)
                self._block(row, into=True)
        self._queue()
        self.ways = {arrow: self._way(arrow) for arrow in layout.arrows}

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
        nobody = Lane("", -near.side, MUTED, x=self.right + 240 if near.side < 0 else self.left - 240)
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
                end = max([end, *(y + 34 for y in taken), self.opened.get(arrow.lane, 0.0) + 24])
                self.opened[arrow.lane] = end
            return start, end
        end = target.dot.y
        if target.run:
            end = min(max(start + SLOPE, target.start.y + 5), target.end.y - 5)
        if source.run or (source.bar and not source.split and not source.waits):
            # Bytes leave during all of a long call.
            start = min(max(end - SLOPE, source.start.y + 4 * source.run), source.end.y)
        return start, end

    def words(self, arrow: Arrow) -> PointXY:
        """The middle of the arrow's words, where they hide least. To be asked once for each, in order."""
        a, b = self._stretch(arrow)
        order: tuple[float, ...] = (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8)
        if (arrow, True) in self.pieces:
            order = (0.27, 0.35, 0.2, 0.45, 0.55, 0.65)
        elif (arrow, False) in self.pieces:
            order = (0.73, 0.65, 0.8, 0.55, 0.45, 0.35)
        wide = text_width(arrow.text, TEXT) + 6
        others = [part for owner, way in self.ways.items() if owner is not arrow for part in pairwise(way)]

        def box(part: float) -> Box:
            x, y = a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
            return (x - wide / 2, y - 10, x + wide / 2, y + 10)

        def cost(part: float) -> int:
            here = left, _, right, _ = box(part)
            outside = left < self.left + 9 or right > self.right - 9
            words = sum(_overlap(here, other) for other in self.written)
            return 20 * outside + 10 * words + sum(_crosses(here, *line) for line in others)

        chosen = box(min(order, key=cost))
        self.written.append(chosen)
        return (chosen[0] + chosen[2]) / 2, chosen[1] + 10

    def _stretch(self, arrow: Arrow) -> tuple[PointXY, PointXY]:
        """The part of its way beside which an arrow's words may stand."""
        way, source, target = self.ways[arrow], arrow.source, arrow.target
        if source and target and source.lane.side == target.lane.side and way[0][0] != way[-1][0]:
            middle = (way[1][0], (way[1][1] + way[2][1]) / 2)
            return middle, middle
        parts = list(pairwise(way))
        inside = [(p, q) for p, q in parts if self.left <= (p[0] + q[0]) / 2 <= self.right]
        return max(inside or parts, key=lambda part: abs(part[0][0] - part[1][0]))


def color_of(arrow: Arrow) -> str:
    """Bytes have the color of their sender."""
    if arrow.kind != "data":
        return ERROR if arrow.kind == "trouble" else MUTED
    return arrow.source.lane.color if arrow.source else MUTED


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _crosses(box: Box, a: PointXY, b: PointXY) -> bool:
    """Whether the line from a to b meets the box (Liang and Barsky's clipping)."""
    enters, leaves = 0.0, 1.0
    for start, end, low, high in ((a[0], b[0], box[0], box[2]), (a[1], b[1], box[1], box[3])):
        if start == end:
            if not low <= start <= high:
                return False
            continue
        near, far = sorted(((low - start) / (end - start), (high - start) / (end - start)))
        enters, leaves = max(enters, near), min(leaves, far)
    return enters <= leaves
