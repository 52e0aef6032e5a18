"""The ladder of packets: what really went over a link, from one end to the other."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.patches import Polygon

from ..wire import PacketEvent, Step, trace
from .kit import Canvas, Picture, PointXY
from .kit.theme import CLIENTS, ERROR, FAINT, FINE, HEAD, INK, MUTED, NOTE, PAPER, SERVERS, TEXT, text_width
from .packet_layout import FOOT, OFFSET, SLOPE, TOP, Layout, Row, lay_out
from .packet_words import describe_packets, source, summary

CROSS = 0.62  # how far a packet gets that is lost


def packet_ladder(
    packets: Iterable[PacketEvent],
    *,
    caption: str | None = None,
    to_scale: bool = False,
    until: float | None = None,
    most: int = 40,
) -> Picture:
    """Draw packets as arrows from the time they were sent to the time they arrived; time runs down.

    `packets` are `path.packets`, a link.recorded() run or the packets of a pcapng capture. Sequence numbers
    are relative: each side's SYN is 0. A cross ends what nobody got; dashed is what was sent again; the words
    beside a wait say which timer ended it.

    Of more than `most` packets, alike ones are gathered in bands, and after `most` rows the picture ends and
    says so. `to_scale` draws time in proportion; so does `until`, in seconds, and the axis ends there: all
    pictures with one `until` have one scale, and pair() puts two of them beside each other. `caption`
    replaces the one that is made from the packets.
    TypeError for anything but packets, ValueError if `most` is below 1 or a packet comes after `until`.
    """
    if most < 1:
        raise ValueError(f"most={most}: a picture needs one row or more.")
    if not isinstance(packets, list):
        packets = list(packets)
    steps = trace(packets)
    to_scale = to_scale or until is not None
    layout = lay_out(steps, to_scale=to_scale, until=until, most=most)
    foot, origin = _foot(layout, steps, to_scale), source(packets)
    width = max(layout.width, text_width(foot, FINE) + 24)
    canvas = Canvas(width, layout.height + (18 if origin else 0))
    for tick, text in layout.ticks:
        canvas.line([(x, tick) for x in layout.lanes], FAINT, 1, z=0)
        canvas.text(46, tick, text, FINE, MUTED, align="right")
    for side, (title, color) in enumerate((("client", CLIENTS[0]), ("server", SERVERS[0]))):
        draw_lane(canvas, layout.lanes[side], title, color, _address(steps, side), layout.height)
    for row in layout.rows:
        _draw_row(canvas, layout, row)
    canvas.text(width / 2, layout.height - 13, foot, FINE, MUTED, align="center")
    canvas.text(width / 2, layout.height + 5, origin, FINE, MUTED, align="center")
    return canvas.picture(caption or describe_packets(packets))


def _foot(layout: Layout, steps: list[Step], to_scale: bool) -> str:
    parts = ["time runs down" + ("" if to_scale else ", not to scale"), summary(steps)]
    if layout.left_out:
        parts.append(f"{layout.left_out} more not drawn")
    return " · ".join(parts)


def _address(steps: list[Step], side: int) -> str:
    """The address of a side; with its port if there is only one."""
    addresses: dict[tuple[str, int], None] = {}
    for step in steps:
        packet = step.event.packet
        if packet.ip and packet.ports:
            source = step.outward == (side == 0)
            host = packet.ip.source_address if source else packet.ip.destination_address
            addresses[host, packet.ports[0 if source else 1]] = None
    hosts = list(dict.fromkeys(host for host, _ in addresses))
    if len(addresses) == 1:
        ((host, port),) = addresses
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return hosts[0] if len(hosts) == 1 else ""


def draw_lane(canvas: Canvas, x: float, title: str, color: str, address: str, height: float) -> None:
    wide = text_width(title, HEAD, bold=True) + 26
    canvas.box(x - wide / 2, 20, wide, 34, color, round=8)
    canvas.text(x, 37, title, HEAD, PAPER, align="center", bold=True)
    canvas.text(x, 68, address, NOTE, MUTED, align="center")
    canvas.line([(x, TOP - 10), (x, height - FOOT)], color, 2.2, z=1)


def _draw_row(canvas: Canvas, layout: Layout, row: Row) -> None:
    near, far = layout.lanes if row.outward else layout.lanes[::-1]
    color = CLIENTS[0] if row.outward else SERVERS[0]
    side, align = (-1, "right") if row.outward else (1, "left")
    at = near + side * OFFSET
    if row.text:
        away = abs(row.words - row.sent) > 3 and len(row.steps) == 1
        if away:  # the words had to move: a line leads back to their packet
            canvas.line([(near, row.sent), (near + side * (OFFSET - 3), row.words)], MUTED, 1, z=1)
        special = ERROR if row.first.trouble and len(row.steps) == 1 else INK
        canvas.text(at, row.words, row.text, TEXT, special, align=align)
    if row.wait:
        top, low, x = row.wait_top, row.sent - 8, near + side * 7
        canvas.line([(near, top), (x, top), (x, low), (near, low)], color, 1.4, z=2)
        canvas.text(at, (top + low) / 2, row.wait, NOTE, color, align=align, italic=True)
    if len(row.steps) > 1:
        _draw_band(canvas, near, far, row, color)
    else:
        _draw_packet(canvas, near, far, row, color)


def _draw_band(canvas: Canvas, near: float, far: float, row: Row, color: str) -> None:
    """Many packets: the first, the last, and a pale band between them."""
    first = row.arrived if row.arrived is not None else row.sent + SLOPE
    last = row.last_arrived if row.last_arrived is not None else row.last_sent + SLOPE
    wide = 1.4 if row.first.is_ack else 2.2
    if row.arrived is None:  # none of them got through
        far = near + (far - near) * CROSS
    corners = [(near, row.sent), (far, first), (far, last), (near, row.last_sent)]
    canvas._add(Polygon(corners, closed=True, facecolor=color, alpha=0.16, lw=0), 0.5)
    canvas.box(near - 3, row.sent, 6, row.last_sent - row.sent, color, z=2)
    draw_shaft(canvas, (near, row.sent), (far, first), color, wide, False)
    draw_shaft(canvas, (near, row.last_sent), (far, last), color, wide, False)
    if any(step.trouble for step in row.steps):
        y = (row.sent + first + last + row.last_sent) / 4
        draw_cross(canvas, (near + far) / 2, y, "", near < far)


def _draw_packet(canvas: Canvas, near: float, far: float, row: Row, color: str) -> None:
    step = row.first
    wide = 1.4 if step.is_ack else 2.2
    start = (near, row.sent)
    canvas.dot(near, row.sent, color, size=9)
    if row.arrived is not None and not step.trouble:
        draw_shaft(canvas, start, (far, row.arrived), color, wide, step.again)
        if step.copy:
            x = far - (34 if far > near else -34)
            canvas.text(x, row.arrived + 12, "copy", NOTE, color, align="center", paper=True)
    elif row.arrived is not None:
        canvas.line([start, (far, row.arrived)], color, wide, dashed=step.again)
        draw_cross(
            canvas, far - (9 if far > near else -9), row.arrived, step.trouble, near < far, inside=True
        )
    else:
        part = CROSS if step.trouble else 0.5
        end = (near + (far - near) * part, row.sent + SLOPE * part)
        canvas.line([start, end], color, wide, dashed=step.again)
        if step.trouble:
            draw_cross(canvas, *end, step.trouble, near < far)
        else:
            canvas.dot(*end, color, size=12)
            words = "waits for you" if step.held else "still on its way"
            canvas.text(end[0] + (12 if near < far else -12), end[1], words, NOTE, color,
                        align="left" if near < far else "right", bold=True, paper=True)  # fmt: skip


def draw_shaft(canvas: Canvas, start: PointXY, end: PointXY, color: str, width: float, dashed: bool) -> None:
    if not dashed:
        canvas.arrow([start, end], color, width)
        return
    part = 1 - 18 / abs(end[0] - start[0])
    neck = (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
    canvas.line([start, neck], color, width, dashed=True, z=3)
    canvas.arrow([neck, end], color, width)


def draw_cross(canvas: Canvas, x: float, y: float, words: str, right: bool, *, inside: bool = False) -> None:
    canvas.dot(x, y, ERROR, mark="X", size=15)
    if words:
        left = right if inside else not right  # the words stand beyond the cross, or before it
        canvas.text(x - 13 if left else x + 13, y, words, NOTE, ERROR, align="right" if left else "left",
                    bold=True, paper=True)  # fmt: skip
