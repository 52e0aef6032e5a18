"""What became of each datagram: one line from the moment it was sent to the moment it arrived, or did not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, NamedTuple

from ....view.kit import Canvas, Picture, listing, noun, upper, was, word
from ....view.kit.theme import CLIENTS, ERROR, FINE, INK, MUTED, SERVERS, TEXT
from ....view.packet_drawing import CROSS, draw_cross, draw_lane, draw_shaft
from ....view.packet_layout import FOOT, OFFSET, TOP
from ....view.packet_words import duration, source
from ....wire import PacketEvent

ROW = 16.5  # pixels from one line of words to the next
LOWEST, TALLEST = 300.0, 1200.0  # pixels for the whole of the time
WIDE = 330  # between the two lanes
LEG = 132  # room for the words beside a lane
MOST = 120  # datagrams in one picture
DROPPED = ("lost", "queue full", "too big")


@dataclass
class Story:
    """One datagram. `words` say what was special; without any it arrived once, whole and in turn."""

    number: int  # counts from 1 in the order of sending
    sent: float
    arrivals: list[float]  # when each copy came out
    planned: float | None  # when the link wanted the first copy out
    fate: str
    waiting: bool  # not come out yet, and not lost
    words: list[str] = field(default_factory=list)

    @property
    def dropped(self) -> bool:
        return self.fate in DROPPED


class Label(NamedTuple):
    """Words beside a lane: at `y`, for the point of the lane at `at`."""

    at: float
    y: float
    text: str
    special: bool


@dataclass
class Layout:
    """Where everything stands, in CSS pixels."""

    lanes: tuple[float, float]
    width: float
    height: float
    sent: dict[int, float]  # height at which each number leaves
    arrived: dict[int, list[float]]  # and arrives
    slope: float  # from one lane to the other, for what does not arrive
    labels: tuple[list[Label], list[Label]]  # beside the sender's lane, beside the receiver's


def datagram_stories(
    packets: Iterable[PacketEvent],
    *,
    direction: Literal["out", "back"] = "out",
    caption: str | None = None,
) -> Picture:
    """Draw each datagram of one direction as a line from sender to receiver; time runs down, to scale.

    `packets` are those of a UDP relay or a kernel path. A datagram is known by its number, in the order of
    sending. A cross ends the line of one that was dropped; two lines are one that came twice; a diamond
    marks one that later ones overtook, a square one that arrived with a bit turned over. The order is the one
    that the link planned, and the caption counts only what the link decided: no times.

    TypeError for anything but packets; ValueError if there is no datagram this way, or more than 120.
    """
    if not isinstance(packets, list):
        packets = list(packets)
    stories = read(packets, direction)
    layout = lay_out(stories)
    origin = source(packets)
    canvas = Canvas(layout.width, layout.height + (18 if origin else 0))
    near, far = layout.lanes
    low = layout.height
    draw_lane(canvas, near, "sender", CLIENTS[0], "", low)
    draw_lane(canvas, far, "receiver", SERVERS[0], "", low)
    for side, labels in enumerate(layout.labels):
        _draw_labels(canvas, layout.lanes[side], side, labels)
    for story in stories:
        _draw(canvas, layout, story)
    end = max([time for story in stories for time in story.arrivals] + [story.sent for story in stories])
    foot = f"time runs down, to scale: {duration(max(end - stories[0].sent, 1e-6))} in all"
    canvas.text(layout.width / 2, low - 13, foot, FINE, MUTED, align="center")
    canvas.text(layout.width / 2, low + 5, origin, FINE, MUTED, align="center")
    return canvas.picture(caption or describe_stories(stories))


def read(packets: Iterable[PacketEvent], direction: str = "out") -> list[Story]:
    """The stories of one direction, in the order of sending."""
    if direction not in ("out", "back"):
        raise ValueError(f'direction={direction!r}: "out" is client to server, "back" the other way.')
    mine = []
    for event in packets:
        if not isinstance(event, PacketEvent):
            raise TypeError(f"This needs packets, as relay.packets has them, not {type(event).__name__}.")
        if event.direction == direction and event.packet.udp is not None:
            mine.append(event)
    mine.sort(key=lambda event: (event.number, event.sent))
    groups = [list(group) for _, group in groupby(mine, key=lambda event: (event.number, event.sent))]
    if not groups:
        raise ValueError("There is nothing to draw: no datagram was sent this way.")
    if len(groups) > MOST:
        raise ValueError(f"{len(groups)} datagrams are too many for one picture: give {MOST} at most.")
    stories = [_story(place, copies) for place, copies in enumerate(groups, 1)]
    soonest = float("inf")
    for story in reversed(stories):
        if story.planned is not None:
            if soonest < story.planned:
                story.words.append("overtaken")
            elif story.fate == "reordered":
                story.words.append("detour")
            soonest = min(soonest, story.planned)
    return stories


def _story(place: int, copies: Sequence[PacketEvent]) -> Story:
    first = copies[0]
    came = sorted(event.delivered for event in copies if event.delivered is not None)
    dropped = first.fate in DROPPED and not came
    story = Story(place, first.sent, came, first.due, first.fate, not came and not dropped)
    if dropped:
        story.words.append(first.fate)
    if len(copies) > 1:
        story.words.append("doubled")
    if first.flip is not None:
        story.words.append("damaged")
    return story


def lay_out(stories: Sequence[Story]) -> Layout:
    """Heights in proportion to time; words that would collide move down. Pure."""
    begin = stories[0].sent
    end = max([time for story in stories for time in story.arrivals] + [story.sent for story in stories])
    sending = stories[-1].sent - begin
    span = max(end - begin, 1e-6)
    wanted = ROW * len(stories) * (span / sending if sending > 0 else 1.0)
    tall = min(TALLEST, max(LOWEST, wanted))

    def at(time: float) -> float:
        return TOP + (time - begin) / span * tall

    sent = {story.number: at(story.sent) for story in stories}
    arrived = {story.number: [at(time) for time in story.arrivals] for story in stories}
    left = [(sent[story.number], *_sender_words(story)) for story in stories]
    right = [
        (y, *_receiver_words(story, copy))
        for story in stories
        for copy, y in enumerate(arrived[story.number])
    ]
    labels = _spread(left), _spread(sorted(right, key=lambda each: each[0]))
    near = 14 + LEG + OFFSET
    falls = sorted(ys[0] - sent[place] for place, ys in arrived.items() if ys)
    slope = falls[len(falls) // 2] if falls else 40.0  # how far down a line usually leads
    ends = [sent[story.number] + slope * CROSS for story in stories if not story.arrivals]
    lowest = max([TOP + tall, *ends, *(label.y for side in labels for label in side)])
    width = near + WIDE + OFFSET + LEG + 14
    return Layout((near, near + WIDE), width, lowest + 16 + FOOT, sent, arrived, slope, labels)


def _sender_words(story: Story) -> tuple[str, bool]:
    here = [each for each in story.words if each in (*DROPPED, "doubled")]
    return " ".join([str(story.number), *here]), story.dropped


def _receiver_words(story: Story, copy: int) -> tuple[str, bool]:
    here = [each for each in story.words if each in ("damaged", "overtaken", "detour")]
    if copy:
        return f"{story.number} again", True
    return " ".join([str(story.number), *here]), bool(here)


def _spread(points: Sequence[tuple[float, str, bool]]) -> list[Label]:
    """Labels in order, at least one row apart; each group stays centered on its points as well as it can."""
    blocks: list[tuple[float, int]] = []  # middle and number of the labels that touch each other
    for y, _, _ in points:
        middle, count = y, 1
        while blocks and middle - (count - 1) * ROW / 2 < blocks[-1][0] + (blocks[-1][1] + 1) * ROW / 2:
            before, many = blocks.pop()
            middle = (before * many + middle * count) / (many + count)
            count += many
        blocks.append((middle, count))
    heights, free = [], TOP - ROW / 2
    for middle, count in blocks:
        top = max(middle - (count - 1) * ROW / 2, free)
        heights += [top + k * ROW for k in range(count)]
        free = heights[-1] + ROW
    return [Label(at, y, text, special) for (at, text, special), y in zip(points, heights, strict=True)]


def _draw_labels(canvas: Canvas, lane: float, side: int, labels: Sequence[Label]) -> None:
    sign = 1 if side else -1
    for label in labels:
        if abs(label.y - label.at) > 2:  # the words had to move: a line leads back to their point
            canvas.line([(lane, label.at), (lane + sign * (OFFSET - 3), label.y)], MUTED, 1, z=1)
        color = ERROR if label.special and side == 0 else INK
        canvas.text(lane + sign * OFFSET, label.y, label.text, TEXT - 1, color, bold=label.special,
                    align="left" if side else "right")  # fmt: skip


def _draw(canvas: Canvas, layout: Layout, story: Story) -> None:
    near, far = layout.lanes
    start = (near, layout.sent[story.number])
    canvas.dot(*start, CLIENTS[0], size=7)
    if story.dropped or story.waiting:
        part = CROSS if story.dropped else 0.4
        end = (near + (far - near) * part, start[1] + layout.slope * part)
        canvas.line([start, end], ERROR if story.dropped else CLIENTS[0], 1.8, dashed=True)
        if story.dropped:
            draw_cross(canvas, *end, "" if story.fate == "lost" else story.fate, True)
        else:
            canvas.text(end[0] + 6, end[1], "still on its way", FINE, MUTED, paper=True)
        return
    late = "overtaken" in story.words or "detour" in story.words
    color = SERVERS[1] if late else CLIENTS[1] if "damaged" in story.words else CLIENTS[0]
    for copy, y in enumerate(layout.arrived[story.number]):
        # Copies arrive at one moment: the second line is drawn a little apart, so that both are seen.
        shift = 4.0 * copy
        draw_shaft(canvas, (near, start[1] + shift), (far - 1, y + shift), color, 2.4 if late else 1.5, late)
        x = far - 34
        middle = start[1] + shift + (y - start[1]) * (x - near) / (far - near)
        if "overtaken" in story.words:
            canvas.dot(x, middle, color, mark="D", size=11)
        if "damaged" in story.words:
            canvas.dot(x - 22, middle - (y - start[1]) * 22 / (far - near), color, mark="s", size=10)


def describe_stories(stories: Sequence[Story]) -> str:
    """How many datagrams met which fate, in sentences without times. Pure.

    Counted is what the link decided: who took a detour, not who was overtaken there by how many.
    """
    counts = [
        ("lost", lambda s: s.fate == "lost" and s.dropped),
        ("dropped because the queue was full", lambda s: s.fate == "queue full" and s.dropped),
        ("dropped as too big for the link", lambda s: s.fate == "too big" and s.dropped),
        ("doubled", lambda s: "doubled" in s.words),
        ("damaged on the way", lambda s: "damaged" in s.words),
        ("sent on a detour, where others overtake", _detoured),
        ("still on the way", lambda s: s.waiting),
    ]
    found = [(words, [s for s in stories if test(s)]) for words, test in counts]
    parts = [f"{word(len(those))} {was(those)} {words}" for words, those in found if those]
    plain = sum(not (s.dropped or s.waiting or "doubled" in s.words or "damaged" in s.words or _detoured(s))
                for s in stories)  # fmt: skip
    many = f"{upper(noun(len(stories), 'datagram'))} {was(stories)} sent"
    if not parts:
        return f"{many}, and each arrived once, whole and in turn."
    rest = f"{upper(word(plain)) if plain else 'None'} arrived once, whole and in turn."
    return f"{many}: {listing(parts)}. {rest}"


def _detoured(story: Story) -> bool:
    return story.fate == "reordered" or "overtaken" in story.words


__all__ = ["Layout", "Story", "datagram_stories", "describe_stories", "lay_out", "read"]
