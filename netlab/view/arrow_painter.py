"""Draws the arrows of a ladder: level across crowded sides, slanted in the gutter, gathered in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from .kit import Canvas, PointXY
from .kit.theme import ERROR, MUTED, PAPER, TEXT, text_width
from .ladder_arrows import Arrow
from .ladder_items import Item
from .ladder_lanes import Lane
from .ladder_layout import SLOPE, Layout, Row

NEAR, FAR = 12, 25  # a block stands that far from its lane
Box = tuple[float, float, float, float]


class ArrowPainter:
    """Draws all arrows of a layout, then their words where they hide least."""

    def __init__(self, canvas: Canvas, layout: Layout) -> None:
        self.canvas, self.layout = canvas, layout
        self.rows = {id(row.item): row for row in layout.rows if not row.idle}
        self.lanes = {lane.name: lane for lane in layout.lanes}
        self.pieces: dict[tuple[int, str], float] = {}  # (arrow, end): height of its piece of a block
        self.columns: dict[int, int] = {}  # arrow: its place among those that wait near the lane
        self.opened: dict[str, float] = {}  # lane: the lowest end of an arrow whose bytes nobody took
        self.written: list[Box] = []
        self.lines: list[tuple[Arrow, PointXY, PointXY]] = []

    def draw(self) -> None:
        for row in self.rows.values():
            if row.parts:
                self._block(row)
        self._queue()
        drawn = [(arrow, *self._path(arrow)) for arrow in self.layout.arrows]
        for arrow, path, color in drawn:
            wide = 2.2 if arrow.kind == "data" else 1.6
            (self.canvas.arrow if arrow.ends == "head" else self.canvas.curve)(path, color, wide)
            self.lines += [(arrow, a, b) for a, b in zip(path, path[1:], strict=False)]
        for arrow, path, color in drawn:
            self._words(arrow, path, color)
            x, y = path[-1]
            if arrow.ends == "cross":
                self.canvas.dot(x, y, ERROR, mark="X", size=15)
            elif arrow.ends == "open":
                self.canvas.dot(x, y, color, size=12)
                self.canvas.dot(x, y, PAPER, size=7, z=6.5)

    def _block(self, row: Row) -> None:
        """One piece for each arrow, as high as its share of the bytes."""
        for end in ("source", "target"):
            arrows = [a for a in self.layout.arrows if a.kind == "data" and getattr(a, end) is row.item]
            if len(arrows) < 2:
                continue
            other = "target" if end == "source" else "source"
            arrows.sort(key=lambda a: self._y(getattr(a, other), float("inf")))
            whole = sum(a.size for a in arrows) or 1
            heights = [7 + 6 * len(arrows) * a.size / whole for a in arrows]
            top = row.y - sum(heights) / 2
            inward = -row.lane.side
            left = row.lane.x + (NEAR if inward > 0 else -FAR)
            for arrow, height, below in zip(arrows, heights, accumulate(heights), strict=True):
                color = row.lane.color if end == "source" else self._color(arrow)
                self.canvas.box(left, top + below - height + 0.8, FAR - NEAR, height - 1.6, color, z=5)
                self.pieces[id(arrow), end] = top + below - height / 2

    def _queue(self) -> None:
        """A column for each arrow whose bytes waited long before a call took them."""
        waits: list[tuple[float, float, Arrow, int]] = []
        fans: list[tuple[float, float, str]] = []  # a straight arrow below a fan does not cross it
        for arrow in self.layout.arrows:
            source, target = self._row(arrow.source), self._row(arrow.target)
            if not source or not target or source.lane.side == target.lane.side or target.item.run:
                continue
            y1, y2 = self._heights(arrow, source, target)
            if (id(arrow), "source") in self.pieces:
                fans.append((y1, y2, target.lane.name))
            elif not any(
                lane == target.lane.name and top < y1 and bottom > y1 + SLOPE for top, bottom, lane in fans
            ):
                waits.append((y1, y2, arrow, target.lane.side))
        late = {id(arrow.target) for y1, y2, arrow, _ in waits if y2 - y1 > 2.6 * SLOPE}
        done: list[tuple[float, float, int, int]] = []
        for y1, y2, arrow, side in sorted(waits, key=lambda wait: wait[:2]):
            column = 1 + max((c for a, b, s, c in done if s == side and a < y2 and y1 < b), default=-1)
            if id(arrow.target) in late and y2 - y1 > 1.4 * SLOPE and column < 8:
                done.append((y1, y2, side, column))
                self.columns[id(arrow)] = column

    def _y(self, item: Item | None, default: float) -> float:
        row = self._row(item)
        return row.y if row else default

    def _row(self, item: Item | None) -> Row | None:
        return self.rows.get(id(item)) if item else None

    def _color(self, arrow: Arrow) -> str:
        if arrow.kind != "data":
            return ERROR if arrow.kind == "trouble" else MUTED
        source = self._row(arrow.source)
        return source.lane.color if source else MUTED

    def _path(self, arrow: Arrow) -> tuple[list[PointXY], str]:
        source, target = self._row(arrow.source), self._row(arrow.target)
        here = source.lane if source else self._other(arrow, target)
        there = target.lane if target else self._other(arrow, source)
        left, right = self.layout.gutter
        y1, y2 = self._heights(arrow, source, target)
        y1, y2 = self.pieces.get((id(arrow), "source"), y1), self.pieces.get((id(arrow), "target"), y2)
        x1 = here.x - here.side * (FAR if (id(arrow), "source") in self.pieces else 8)
        x2 = there.x - there.side * (FAR + 1 if (id(arrow), "target") in self.pieces else 8)
        if here.side == there.side:  # out into the gutter and back
            bend = (left if here.side < 0 else right) - here.side * 46
            return [(x1, y1), (bend, y1), (bend, y2), (x2, y2)], self._color(arrow)
        edge1, edge2 = (left + 14, right - 14) if here.side < 0 else (right - 14, left + 14)
        if arrow.ends == "cross":
            x2 = edge2 = edge1 + (edge2 - edge1) * 0.8
        if (column := self.columns.get(id(arrow))) is not None:
            # What waited for its call comes at once, and then stands near the lane until it is taken.
            wait = edge2 + there.side * -(16 + 11 * column)
            level1 = [(edge1, y1)] if abs(x1 - edge1) > 20 else []
            return [(x1, y1), *level1, (wait, y1 + SLOPE * 0.8), (wait, y2), (x2, y2)], self._color(arrow)
        level1 = [(edge1, y1)] if abs(x1 - edge1) > 20 else []
        level2 = [(edge2, y2)] if abs(x2 - edge2) > 20 else []
        return [(x1, y1), *level1, *level2, (x2, y2)], self._color(arrow)

    def _other(self, arrow: Arrow, row: Row | None) -> Lane:
        """The lane at the end that has no row: the one named, else the nearest across, else a place there."""
        if arrow.lane in self.lanes:
            return self.lanes[arrow.lane]
        side, x = (row.lane.side, row.lane.x) if row else (-1, 0.0)
        across = [lane for lane in self.layout.lanes if lane.side == -side]
        if across:
            return min(across, key=lambda lane: abs(lane.x - x))
        left, right = self.layout.gutter
        return Lane("", -side, MUTED, x=right + 240 if side < 0 else left - 240)

    def _heights(self, arrow: Arrow, source: Row | None, target: Row | None) -> tuple[float, float]:
        if source is None:
            end = (target.bottom if target.split else target.y) if target else 0.0
            return end - SLOPE, end
        start = source.y
        if target is None:
            # Bytes that nobody took come after those that somebody took.
            taken = [
                self._y(a.target, 0) for a in self.layout.arrows if a.source is arrow.source and a.target
            ]
            end = max([start + SLOPE, *(y + 34 for y in taken if arrow.ends == "open")])
            if arrow.ends == "open":
                end = max(end, self.opened.get(arrow.lane, 0.0) + 24)
                self.opened[arrow.lane] = end
            return start, end
        end = target.y
        if target.item.run:
            end = min(max(start + SLOPE, target.top + 5), target.bottom - 5)
        long = source.item.run or (source.bar and not source.split and not source.item.waits)
        if long:  # bytes leave during all of a long call
            start = min(max(end - SLOPE, source.top + 4 * source.item.run), source.bottom)
        return start, end

    def _words(self, arrow: Arrow, path: Sequence[PointXY], color: str) -> None:
        if not arrow.text:
            return
        a, b = max(zip(path, path[1:], strict=False), key=lambda pair: abs(pair[0][0] - pair[1][0]))
        if len(path) == 4 and path[0][0] != path[-1][0] and self._same_side(arrow):
            a = b = (path[1][0], (path[1][1] + path[2][1]) / 2)
        elif len(path) > 2:
            left, right = self.layout.gutter
            inside = [
                (p, q) for p, q in zip(path, path[1:], strict=False) if left <= (p[0] + q[0]) / 2 <= right
            ]
            a, b = max(inside or [(a, b)], key=lambda pair: abs(pair[0][0] - pair[1][0]))
        order: tuple[float, ...] = (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8)
        if (id(arrow), "target") in self.pieces:
            order = (0.27, 0.35, 0.2, 0.45, 0.55, 0.65)
        elif (id(arrow), "source") in self.pieces:
            order = (0.73, 0.65, 0.8, 0.55, 0.45, 0.35)
        wide = text_width(arrow.text, TEXT) + 6

        def box(part: float) -> Box:
            x, y = a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
            return (x - wide / 2, y - 10, x + wide / 2, y + 10)

        left, right = self.layout.gutter

        def cost(part: float) -> float:
            outside = box(part)[0] < left + 9 or box(part)[2] > right - 9
            return self._hides(arrow, box(part)) + 20 * outside

        best = min(order, key=lambda part: (cost(part), order.index(part)))
        chosen = box(best)
        self.written.append(chosen)
        self.canvas.text(
            (chosen[0] + chosen[2]) / 2, chosen[1] + 10, arrow.text, TEXT, color, align="center", paper=True
        )

    def _same_side(self, arrow: Arrow) -> bool:
        source, target = self._row(arrow.source), self._row(arrow.target)
        return bool(source and target and source.lane.side == target.lane.side)

    def _hides(self, arrow: Arrow, box: Box) -> float:
        """How much words in this box would cover: other words count most, then other arrows."""
        words = sum(10.0 for other in self.written if _overlap(box, other))
        return words + sum(1.0 for owner, a, b in self.lines if owner is not arrow and _crosses(box, a, b))


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
