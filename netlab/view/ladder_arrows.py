"""Which arrows a ladder has: what went from one row to another, or went nowhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .kit import count_bytes
from .ladder_caption import CONNECTS, lost_datagrams, port_of
from .ladder_items import RECEIVES, SENDS, Item, error_name


@dataclass
class Arrow:
    """From one row to another. Without a source or a target row it begins or ends at a lane.

    `ends` says how: "head" it arrived, "cross" it was lost, "open" it arrived but no call took it.
    """

    source: Item | None
    target: Item | None
    kind: str  # "data", "signal" (handshake, end of stream) or "trouble"
    text: str = ""
    size: int = 0
    parts: int = 1  # flows drawn as this one arrow
    ends: str = "head"
    lane: str = ""  # the lane at the other end, where there is no row; "" is the ghost lane


def arrows_of(events: Sequence[Any], items: Iterable[Item], recording: Any) -> tuple[list[Arrow], str]:
    """All arrows, and the title of the ghost lane ("" if no arrow needs one)."""
    rows = {id(event): item for item in items for event in item.events}
    lanes = {item.lane for item in rows.values()}
    flows, links = list(recording.flows()), [(cause, effect) for cause, effect in recording.links()]
    arrows = _data(flows, rows)
    for cause, effect in links:
        source, target = rows.get(id(cause)), rows.get(id(effect))
        if source and target and source is not target:
            reset = bool(effect.error)
            text = "handshake" if effect.call == "accept" else "reset" if reset else "end of stream"
            arrows.append(Arrow(source, target, "trouble" if reset else "signal", text))
    lost: dict[int, Arrow] = {}
    for event in lost_datagrams(events, flows):
        if source := rows.get(id(event)):
            arrow = lost.setdefault(id(source), Arrow(source, None, "data", parts=0, ends="cross"))
            arrow.size += event.size or 0
            arrow.parts += 1
            what = count_bytes(arrow.size) if arrow.parts == 1 else f"{arrow.parts} datagrams"
            arrow.text = f"{what}, not received"
    arrows += lost.values()
    partner = _partners(events, flows, links)
    arrows += _unread(events, flows, rows, partner, lanes)
    failed, ghost = _connects(events, links, rows, lanes)
    arrows += failed
    if not partner and not flows and len(lanes) == 1:
        alone = _unrecorded(events, rows)
        arrows += alone
        ghost = ghost or ("not recorded" if alone else "")
    return arrows, ghost


def _data(flows: Iterable[Any], rows: dict[int, Item]) -> list[Arrow]:
    found: dict[tuple[int, int], Arrow] = {}
    for flow in flows:
        source, target = rows.get(id(flow.sent)), rows.get(id(flow.received))
        if source is None or target is None or source is target:
            continue
        arrow = found.setdefault((id(source), id(target)), Arrow(source, target, "data", parts=0))
        arrow.size += flow.size
        arrow.parts += 1
        arrow.text = count_bytes(arrow.size)
    return list(found.values())


def _partners(
    events: Iterable[Any], flows: Iterable[Any], links: Iterable[tuple[Any, Any]]
) -> dict[int, str]:
    """For each socket whose other end is in the recording: the lane of that other end."""
    homes = _listening(events)  # of a connection that nobody accepted: its bytes wait there
    partner = {
        e.socket: homes[port_of(e.peer)]
        for e in events
        if e.call in CONNECTS and not e.error and port_of(e.peer) in homes
    }
    for cause, effect in links:
        if effect.call == "accept" and effect.accepted is not None:
            partner[cause.socket], partner[effect.accepted] = effect.actor, cause.actor
    connects = {effect.accepted: cause.socket for cause, effect in links if effect.call == "accept"}
    for event in events:  # the lane where an accepted connection is served, not where it was accepted
        if event.socket in connects:
            partner[connects[event.socket]] = event.actor
    for flow in flows:
        partner[flow.sent.socket], partner[flow.received.socket] = flow.received.actor, flow.sent.actor
    return partner


def _unread(
    events: Iterable[Any],
    flows: Iterable[Any],
    rows: dict[int, Item],
    partner: dict[int, str],
    lanes: set[str],
) -> list[Arrow]:
    taken: dict[int, int] = {}
    for flow in flows:
        taken[id(flow.sent)] = taken.get(id(flow.sent), 0) + flow.size
    found: dict[int, Arrow] = {}
    for event in events:
        left = (event.size or 0) - taken.get(id(event), 0)
        stream = event.call in SENDS and event.call != "sendto"
        if stream and left > 0 and partner.get(event.socket) in lanes and (source := rows.get(id(event))):
            arrow = found.setdefault(
                id(source), Arrow(source, None, "data", ends="open", lane=partner[event.socket])
            )
            arrow.size += left
            arrow.text = f"{count_bytes(arrow.size)}, not read"
    return list(found.values())


def _connects(
    events: Iterable[Any], links: Iterable[tuple[Any, Any]], rows: dict[int, Item], lanes: set[str]
) -> tuple[list[Arrow], str]:
    """The connects that no accept answers: refused, unanswered, or queued in the kernel."""
    answered = {id(cause) for cause, effect in links if effect.call == "accept"}
    homes = _listening(events)
    arrows, ghost = [], ""
    for event in events:
        row = rows.get(id(event))
        if event.call not in CONNECTS or id(event) in answered or row is None or row.run:
            continue
        trouble = error_name(event)
        home = homes.get(port_of(event.peer), "")
        if trouble == "BlockingIOError" or _is_datagram(event):
            continue
        if trouble:
            refused = trouble == "ConnectionRefusedError"
            arrows.append(Arrow(row, None, "signal", "connect?", ends="head" if refused else "cross"))
            if refused:
                arrows.append(Arrow(None, row, "trouble", "refused"))
            ghost = ghost or ("nobody listens" if refused else "no answer")
        elif home in lanes:
            arrows.append(Arrow(row, None, "signal", "handshake, not accepted", ends="open", lane=home))
    return arrows, ghost if len(lanes) == 1 else ""


def _listening(events: Iterable[Any]) -> dict[Any, str]:
    """The lane that listens, by port."""
    return {port_of(e.local): e.actor for e in events if e.call in ("listen", "accept") and e.local}


def _unrecorded(events: Iterable[Any], rows: dict[int, Item]) -> list[Arrow]:
    """One side only: the other program is not in the recording, but its part is known."""
    arrows: dict[tuple[int, str], Arrow] = {}

    def add(row: Item, way: str, kind: str, text: str, size: int = 0) -> None:
        ends: tuple[Item | None, Item | None] = (row, None) if way == "out" else (None, row)
        arrow = arrows.setdefault((id(row), way), Arrow(*ends, kind, text))
        arrow.size += size
        if kind == "data":
            arrow.text = count_bytes(arrow.size)

    for event in events:
        row = rows.get(id(event))
        if row is None or event.error:
            continue
        if event.call in ("connect", "accept") and not _is_datagram(event):
            add(row, "out" if event.call == "connect" else "in", "signal", "handshake")
        elif event.call in SENDS and event.size:
            add(row, "out", "data", "", event.size)
        elif event.call in RECEIVES and event.size:
            add(row, "in", "data", "", event.size)
        elif event.call in RECEIVES and event.size == 0:
            add(row, "in", "signal", "end of stream")
    return list(arrows.values())


def _is_datagram(event: Any) -> bool:
    return getattr(event, "stream", None) is False
