"""What became of each datagram: one line from the moment it was sent to the moment it arrived, or did not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, NamedTuple

from ....view.kit import Canvas, Picture, listing, noun, upper, was, word
from ....view.kit.theme import CLIENTS, ERROR, FINE, INK, MUTED, SERVERS, TEXT
from ....view.ladders.packet_words import duration, source
from ....view.ladders.packets import OFFSET
from ....view.ladders.painter import CROSS, draw_cross, draw_foot, draw_lane, draw_shaft, draw_words
from ....view.ladders.stack import FOOT, TOP, Lane, Mark, scale
from ....wire import PacketEvent

ROW = 16.5  # pixels from one line of words to the next
LOWEST, TALLEST = 300.0, 1200.0  # pixels for the whole of the time
WIDE = 330  # between the two lanes
LEG = 132  # room for the words beside a lane
MOST = 120  # datagrams in one picture
DROPPED = ("lost", "queue full", "too big")


@dataclass(eq=False)
class Story:
    """One datagram. `words` say what was special; without any it arrived once, whole and in turn."""

    number: int  # counts from 1 in the order of sending
    sent: Mark
    arrived: list[Mark]  # one for each copy that came out
    planned: float | None  # when the link wanted the first copy out
    fate: str
    waiting: bool  # not come out yet, and not lost
    words: list[str] = field(default_factory=list)

    @property
    def dropped(self) -> bool:
        return self.fate in DROPPED

    @property
    def late(self) -> bool:
        return "overtaken" in self.words or "detour" in self.words


class Label(NamedTuple):
    """Words beside a lane: at `y`, for `mark`."""

    mark: Mark
    text: str
    special: bool
    y: float = 0


@dataclass
class Layout:
    """What does not stand in the stories: lanes, labels and lengths, in CSS pixels."""

    lanes: tuple[Lane, Lane]
    width: float
    height: float
    slope: float  # from one lane to the other, for what does not arrive
    labels: tuple[list[Label], list[Label]]  # beside the sender's lane, beside the receiver's
    took: float  # seconds from the first to the last


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
    for lane, labels in zip(layout.lanes, layout.labels, strict=True):
        draw_lane(canvas, lane, layout.height)
        for mark, text, special, y in labels:
            color = ERROR if special and lane.side < 0 else INK
            of = mark.y if abs(y - mark.y) > 2 else None
            draw_words(canvas, lane, OFFSET, y, text, TEXT - 1, color, of=of, bold=special)
    for story in stories:
        _draw(canvas, layout, story)
    foot = f"time runs down, to scale: {duration(layout.took)} in all"
    draw_foot(canvas, layout.width, layout.height, foot, origin)
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
    sent, arrived = Mark(first.sent, "sender"), [Mark(time, "receiver") for time in came]
    story = Story(place, sent, arrived, first.due, first.fate, not came and not dropped)
    if dropped:
        story.words.append(first.fate)
    if len(copies) > 1:
        story.words.append("doubled")
    if first.flip is not None:
        story.words.append("damaged")
    return story


def lay_out(stories: Sequence[Story]) -> Layout:
    """Heights in proportion to time; words that would collide move. Pure."""
    sent, arrived = [story.sent for story in stories], [mark for story in stories for mark in story.arrived]
    begin, sending = sent[0].time, sent[-1].time - sent[0].time
    took = max(max(mark.time for mark in sent + arrived) - begin, 1e-6)
    wanted = ROW * len(stories) * (took / sending if sending > 0 else 1.0)
    tall = min(TALLEST, max(LOWEST, wanted))
    scale(sent + arrived, begin, begin + took, TOP, tall)
    left = [Label(story.sent, *_sender_words(story)) for story in stories]
    right = [
        Label(mark, *_receiver_words(story, i)) for story in stories for i, mark in enumerate(story.arrived)
    ]
    labels = _spread(left), _spread(sorted(right, key=lambda label: label.mark.y))
    falls = sorted(story.arrived[0].y - story.sent.y for story in stories if story.arrived)
    slope = falls[len(falls) // 2] if falls else 40.0  # how far down a line usually leads
    ends = [story.sent.y + slope * CROSS for story in stories if not story.arrived]
    lowest = max([TOP + tall, *ends, *(label.y for side in labels for label in side)])
    near = 14 + LEG + OFFSET
    far = near + WIDE
    lanes = (
        Lane("sender", -1, CLIENTS[0], title="sender", x=near),
        Lane("receiver", 1, SERVERS[0], title="receiver", x=far),
    )
    return Layout(lanes, far + near, lowest + 16 + FOOT, slope, labels, took)


def _spread(labels: Sequence[Label]) -> list[Label]:
    heights = spread([label.mark.y for label in labels], ROW, TOP - ROW / 2)
    return [label._replace(y=y) for label, y in zip(labels, heights, strict=True)]


def _sender_words(story: Story) -> tuple[str, bool]:
    here = [each for each in story.words if each in (*DROPPED, "doubled")]
    return " ".join([str(story.number), *here]), story.dropped


def _receiver_words(story: Story, copy: int) -> tuple[str, bool]:
    here = [each for each in story.words if each in ("damaged", "overtaken", "detour")]
    if copy:
        return f"{story.number} again", True
    return " ".join([str(story.number), *here]), bool(here)


def _draw(canvas: Canvas, layout: Layout, story: Story) -> None:
    near, far = (lane.x for lane in layout.lanes)
    top = story.sent.y
    canvas.dot(near, top, CLIENTS[0], size=7)
    if story.dropped or story.waiting:
        part = CROSS if story.dropped else 0.4
        end = (near + (far - near) * part, top + layout.slope * part)
        canvas.line([(near, top), end], ERROR if story.dropped else CLIENTS[0], 1.8, dashed=True)
        if story.dropped:
            draw_cross(canvas, *end, "" if story.fate == "lost" else story.fate, True)
        else:
            canvas.text(end[0] + 6, end[1], "still on its way", FINE, MUTED, paper=True)
        return
    color = SERVERS[1] if story.late else CLIENTS[1] if "damaged" in story.words else CLIENTS[0]
    for copy, mark in enumerate(story.arrived):
        # Copies arrive at one moment: the second line is drawn a little apart, so that both are seen.
        start, end = (near, top + 4.0 * copy), (far - 1, mark.y + 4.0 * copy)
        draw_shaft(canvas, start, end, color, 2.4 if story.late else 1.5, story.late)
        steep = (mark.y - top) / (far - near)
        if "overtaken" in story.words:
            canvas.dot(far - 34, end[1] - 34 * steep, color, mark="D", size=11)
        if "damaged" in story.words:
            canvas.dot(far - 56, end[1] - 56 * steep, color, mark="s", size=10)


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


def spread(wanted: Sequence[float], apart: float, top: float) -> list[float]:
    """Heights for words that want these, in this order: `apart` at least, none higher than `top`.

    Words that would collide stand as a group around the middle of where they want to be.
    """
    groups: list[tuple[float, int]] = []  # middle and number of the words that touch each other
    for y in wanted:
        middle, count = y, 1
        while groups and middle - groups[-1][0] < (groups[-1][1] + count) * apart / 2:
            before, many = groups.pop()
            middle = (before * many + middle * count) / (many + count)
            count += many
        groups.append((middle, count))
    heights: list[float] = []
    for middle, count in groups:
        first = max(middle - (count - 1) * apart / 2, heights[-1] + apart if heights else top)
        heights += [first + i * apart for i in range(count)]
    return heights
