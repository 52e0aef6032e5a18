"""The ladder of packets: what really went over a link, from one end to the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.patches import Polygon

from ...wire import PacketEvent, Step, trace
from ..kit import Canvas, Picture
from ..kit.theme import CLIENTS, ERROR, FAINT, FINE, INK, MUTED, NOTE, SERVERS, TEXT, text_width
from .packet_words import describe_packets, source, summary
from .packets import OFFSET, ROOM, Row, lay_out
from .painter import CROSS, draw_cross, draw_foot, draw_lane, draw_shaft, draw_words, places_near
from .stack import Lane, address_text


def packet_ladder(
    packets: Iterable[PacketEvent],
    *,
    caption: str | None = None,
    until: float | None = None,
    words: bool = False,
) -> Picture:
    """Draw packets as arrows from the time they were sent to the time they arrived; time runs down.

    `packets` are `path.packets`, a link.on_path() run or the packets of a pcapng capture. Sequence numbers
    are relative: each side's SYN is 0. A cross ends what nobody got; dashed is what was sent again; the words
    beside a wait say which timer ended it. Of more than 40 packets, alike ones are gathered in bands, and
    after 40 rows the picture ends and says so.

    With `until`, in seconds, time is drawn in proportion and the axis ends there: all pictures with one
    `until` have one scale, and pair() puts two of them beside each other. `caption` replaces the one that is
    made from the packets; `words` writes what each packet says, b'noon', beside it. TypeError
    for anything but packets, ValueError if a packet comes after `until`.
    """
    if not isinstance(packets, list):
        packets = list(packets)
    steps = trace(packets)
    layout = lay_out(steps, until=until, words=words)
    foot = f"time runs down{', not to scale' if until is None else ''} · {summary(steps)}"
    foot, origin = foot + f" · {layout.left_out} more not drawn" * bool(layout.left_out), source(packets)
    width = max(layout.width, text_width(foot, FINE) + 24)
    canvas = Canvas(width, layout.height + (18 if origin else 0))
    for tick, text in layout.ticks:
        canvas.line([(x, tick) for x in layout.lanes], FAINT, 1, z=0)
        canvas.text(46, tick, text, FINE, MUTED, align="right")
    lanes = [
        Lane("client", -1, CLIENTS[0], title="client", address=_address(steps, 0), x=layout.lanes[0]),
        Lane("server", 1, SERVERS[0], title="server", address=_address(steps, 1), x=layout.lanes[1]),
    ]
    for lane in lanes:
        draw_lane(canvas, lane, layout.height)
    for row in layout.rows:
        near, far = lanes if row.outward else lanes[::-1]
        _draw_row(canvas, near, row)
        draw = _draw_band if len(row.steps) > 1 else draw_packet
        draw(canvas, near, far.x, row)
    draw_foot(canvas, width, layout.height, foot, origin)
    return canvas.picture(caption or describe_packets(packets))


def _address(steps: Sequence[Step], side: int) -> str:
    """The address of a side; with its port if there is only one."""
    addresses: set[tuple[str, int]] = set()
    for step in steps:
        packet = step.event.packet
        if packet.ip and packet.ports:
            hosts = packet.ip.source_address, packet.ip.destination_address
            end = step.outward == (side == 1)
            addresses.add((hosts[end], packet.ports[end]))
    if len(addresses) == 1:
        return address_text(*addresses)
    names = {host for host, _ in addresses}
    return names.pop() if len(names) == 1 else ""


def _draw_row(canvas: Canvas, near: Lane, row: Row) -> None:
    """What stands beside the lane: the words of the packet, and the wait before it."""
    if row.text:
        away = abs(row.words - row.sent.y) > 3 and len(row.steps) == 1
        color = ERROR if row.first.trouble and len(row.steps) == 1 else INK
        draw_words(canvas, near, OFFSET, row.words, row.text, TEXT, color, of=row.sent.y if away else None)
    if row.before:
        top, low, x = row.before.y + 7, row.sent.y - 8, near.x + near.side * 7
        canvas.line([(near.x, top), (x, top), (x, low), (near.x, low)], near.color, 1.4, z=2)
        draw_words(canvas, near, OFFSET, (top + low) / 2, row.wait, NOTE, near.color, italic=True)


def _draw_band(canvas: Canvas, near: Lane, far: float, row: Row) -> None:
    """Many packets: the first, the last, and a pale band between them."""
    top, low, x = row.sent.y, row.last_sent.y, near.x
    first = row.arrived.y if row.arrived else top + ROOM.slope
    last = row.last_arrived.y if row.last_arrived else low + ROOM.slope
    wide = 1.4 if row.first.is_ack else 2.2
    if row.arrived is None:  # none of them got through
        far = x + (far - x) * CROSS
    corners = [(x, top), (far, first), (far, last), (x, low)]
    canvas._add(Polygon(corners, closed=True, facecolor=near.color, alpha=0.16, lw=0), 0.5)
    canvas.box(x - 3, top, 6, low - top, near.color, z=2)
    draw_shaft(canvas, (x, top), (far, first), near.color, wide, False)
    draw_shaft(canvas, (x, low), (far, last), near.color, wide, False)
    if any(step.trouble for step in row.steps):
        draw_cross(canvas, (x + far) / 2, (top + first + last + low) / 4, "", x < far)


def draw_packet(
    canvas: Canvas, near: Lane, far: float, row: Row, *, slope: float = ROOM.slope, small: bool = False
) -> None:
    """One packet on its way: it arrives, is lost at a cross, or waits. `small` leaves out dot and words."""
    step, x, y, color = row.first, near.x, row.sent.y, near.color
    wide, right = 1.4 if step.is_ack else 2.2, far > x
    ahead = 1 if right else -1
    part = CROSS if step.trouble else 0.5
    end = (far, row.arrived.y) if row.arrived else (x + (far - x) * part, y + slope * part)
    if not small:
        canvas.dot(x, y, color, size=9)
    size = 12 if small else 15
    if row.arrived and not step.trouble:
        draw_shaft(canvas, (x, y), end, color, wide, step.again)
        if step.copy and not small:
            canvas.note(
                places_near(end[1] + 12, *((far - at * ahead, "center") for at in (34, 80))),
                "copy",
                NOTE,
                color,
            )
        return
    canvas.line([(x, y), end], color, wide, dashed=step.again)
    if step.trouble:
        inside = row.arrived is not None
        words = "" if small else step.trouble
        draw_cross(canvas, end[0] - 9 * ahead * inside, end[1], words, right, inside=inside, size=size)
        return
    canvas.dot(*end, color, size=size - 3)
    if not small:
        words = "waits for you" if step.held else "still on its way"
        sides = [(end[0] + 12, "left"), (end[0] - 12, "right")]
        canvas.note(places_near(end[1], *(sides if right else sides[::-1])), words, NOTE, color)
