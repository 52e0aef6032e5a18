"""Where the words of arrows stand: each on its own arrow, and no two of them touch. Pure: no chance.

An arrow offers places along its way: best are those in the middle that hide few other arrows. Arrows with few
offers choose first. If words find no free place, they choose first in another round; and if that does not
help, the lanes move apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from ..kit import PointXY
from ..kit.theme import TEXT, text_width
from .call_arrows import Arrow
from .call_paths import Paths
from .calls import lay_out

WIDER = (0, 70, 140, 210, 280)  # what is added to the gutter
STEPS, ROUNDS = 32, 10  # places on an arrow; how often to try
TALL, APART, EDGE = 20, 3, 9  # of words: height, and least distances from each other and from the lanes

Box = tuple[float, float, float, float]  # left, top, right, bottom
Line = tuple[Arrow, PointXY, PointXY]


def arrange(
    recording: Any, show: str = "calls", names: Mapping[str, str] | None = None
) -> tuple[Paths, dict[Arrow, Box]]:
    """The ways of all arrows and the places of their words, with lanes so far apart that all are written.

    Not farther than WIDER: in a picture that is still too narrow some words are left out.
    """
    for extra in WIDER:
        paths = Paths(lay_out(recording, show, names, extra=extra))
        places = place_words(paths)
        if len(places) == len(paths.ways):
            break
    return paths, places


def place_words(paths: Paths) -> dict[Arrow, Box]:
    """A place for the words of each arrow. Those that found none are not in it: they stay unwritten."""
    lines = [(arrow, *part) for arrow, way in paths.ways.items() for part in pairwise(way)]
    offers = {arrow: _offers(paths, arrow, lines) for arrow in paths.ways}
    order = sorted(offers, key=lambda arrow: len(offers[arrow]))
    best: dict[Arrow, Box] = {}
    for _ in range(ROUNDS):
        places: dict[Arrow, Box] = {}
        for arrow in order:
            free = (b for b in offers[arrow] if not any(_near(b, other) for other in places.values()))
            if box := next(free, None):
                places[arrow] = box
        best = max(best, places, key=len)
        if len(best) == len(order):
            break
        order.sort(key=lambda arrow: arrow in places)
    return best


def _offers(paths: Paths, arrow: Arrow, lines: list[Line]) -> list[Box]:
    """Places for the words of an arrow, the best first."""
    half = text_width(arrow.text, TEXT) / 2 + 3
    middle = 0.27 if (arrow, True) in paths.pieces else 0.73 if (arrow, False) in paths.pieces else 0.5
    offers: list[tuple[float, Box]] = []
    for (x1, y1), (x2, y2), left, right, extra in _stretches(paths, arrow):
        for part in (i / STEPS for i in range(STEPS + 1)):
            x, y = x1 + (x2 - x1) * part, y1 + (y2 - y1) * part
            if x1 == x2:  # it leaves a side and comes back to it
                x = min(max(x, left + half), right - half)
            box = (x - half, y - TALL / 2, x + half, y + TALL / 2)
            if left <= box[0] and box[2] <= right:
                hidden = sum(owner is not arrow and _crosses(box, a, b) for owner, a, b in lines)
                offers.append((extra + hidden + 3 * abs(part - middle), box))
    return [box for _, box in sorted(offers, key=lambda offer: offer[0])]


def _stretches(paths: Paths, arrow: Arrow) -> Iterator[tuple[PointXY, PointXY, float, float, float]]:
    """Parts of its way on which an arrow's words may stand, between which x they must, and how bad it is."""
    way, ends = paths.ways[arrow], [row for row in (arrow.source, arrow.target) if row]
    left, right, parts = paths.left, paths.right, list(pairwise(way))
    if len(ends) == 2 and ends[0].lane.side == ends[1].lane.side:
        yield (*parts[1], left + EDGE, right - EDGE, 0)
    else:
        inside = [(a, b) for a, b in parts if left <= (a[0] + b[0]) / 2 <= right]
        yield (*max(inside, key=lambda part: abs(part[0][0] - part[1][0])), left + EDGE, right - EDGE, 0)
    # Between two lanes of a side, if it is crossed level: nothing else is written at the height of a call.
    heights = {row.dot.y for row in ends if not row.run}
    for (x1, y), (x2, y2) in parts:
        for one, other in pairwise(sorted(lane.x for lane in paths.layout.lanes)):
            crossed = min(x1, x2) < one + EDGE and other - EDGE < max(x1, x2)
            if y == y2 and y in heights and crossed and (other <= left or right <= one):
                yield (one, y), (other, y), one + EDGE, other - EDGE, 2


def _near(one: Box, other: Box) -> bool:
    across = one[0] < other[2] + APART and other[0] < one[2] + APART
    return across and one[1] < other[3] + APART and other[1] < one[3] + APART


def _crosses(box: Box, a: PointXY, b: PointXY) -> bool:
    """Whether the line from a to b meets the box (Liang and Barsky's clipping)."""
    enters, leaves = 0.0, 1.0
    for start, end, low, high in ((a[1], b[1], box[1], box[3]), (a[0], b[0], box[0], box[2])):
        if start == end:
            if not low <= start <= high:
                return False
            continue
        near, far = sorted(((low - start) / (end - start), (high - start) / (end - start)))
        enters, leaves = max(enters, near), min(leaves, far)
        if enters > leaves:
            return False
    return True
