"""A held packet as a card: its decoded header, and a button for each decision."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from html import escape
from typing import NamedTuple

import ipywidgets as widgets

from ....link import HeldPacket
from ....view.kit.theme import CLIENTS, SERVERS
from ....view.ladders.packet_words import label
from ....wire import Step


class Choice(NamedTuple):
    """A decision: the button's words, what it does, and the method of HeldPacket that does it."""

    words: str
    effect: str
    method: str


CHOICES = {
    "deliver": Choice("Deliver", "it arrives now", "deliver"),
    "drop": Choice("Drop", "it never arrives", "drop"),
    "double": Choice("Double", "it arrives twice", "duplicate"),
    "behind": Choice("Behind the next", "it arrives after the next one of its direction", "put_behind_next"),
}


def folded(waiting: Iterable[HeldPacket]) -> dict[Hashable, list[HeldPacket]]:
    """What waits, each segment once with its copies: those that its sender's timers made, oldest first."""
    found: dict[Hashable, list[HeldPacket]] = {}
    for held in waiting:
        found.setdefault(_segment(held), []).append(held)
    return found


def _segment(held: HeldPacket) -> Hashable:
    """What a segment and its copies have in common. Pure ACKs are alike if they say the same."""
    packet, tcp = held.packet, held.packet.tcp
    if tcp is None:
        return held.number
    start = tcp.sequence_number if packet.segment_length else None
    news = None if packet.segment_length else (tcp.acknowledgment_number, tcp.options.sack)
    return held.direction, packet.ports, tcp.rst, start, packet.segment_length, news


class Card(widgets.VBox):
    """A place for a packet: what it says, and a button for each decision.

    `group` is the packet and the copies of it that wait, too.
    """

    def __init__(self, choose: Callable[[int, str], None]) -> None:
        self.group: list[HeldPacket] = []
        self._choose = choose
        self._text = widgets.HTML(layout=widgets.Layout(width="auto"))
        self._buttons = {}
        for name, choice in CHOICES.items():
            button = widgets.Button(description=choice.words, layout=widgets.Layout(width="auto"))
            button.on_click(lambda _, name=name: self._decide(name))
            self._buttons[name] = button
        flow = widgets.Layout(display="flex", flex_flow="row wrap")
        row = widgets.Box(list(self._buttons.values()), layout=flow)
        super().__init__([self._text, row], layout=widgets.Layout(margin="4px 0"))
        self.layout.display = "none"

    @property
    def held(self) -> HeldPacket | None:
        return self.group[0] if self.group else None

    def _decide(self, decision: str) -> None:
        if self.held is not None:
            self._choose(self.held.number, decision)

    def show(self, steps: Sequence[Step], *, stay: bool) -> None:
        """Show what `held` is now; without a packet the card hides unless it is to `stay`."""
        held = self.held
        display = None if held or stay else "none"
        if self.layout.display != display:
            self.layout.display = display
        same = [
            s for s in steps if held and s.event.direction == held.direction and s.event.data == held.data
        ]
        step = min(same, key=lambda s: abs(s.event.sent - held.time), default=None) if held else None
        text = (
            _card_html(held, step, len(self.group) - 1)
            if held
            else '<div style="opacity: .7; padding: .5em">no packet</div>'
        )
        if self._text.value != text:
            self._text.value = text
            for name, button in self._buttons.items():
                about = f"packet {held.number}: {CHOICES[name].effect}" if held else "no packet waits here"
                button.tooltip = about


def _card_html(held: HeldPacket, step: Step | None, copies: int) -> str:
    out = held.direction == "out"
    color = CLIENTS[0] if out else SERVERS[0]
    way = "client → server" if out else "server → client"
    head = label(step, words=True) if step else str(held.packet)
    facts = ""
    if step and step.tcp:
        ack = "–" if step.ack is None else step.ack
        flags = " ".join(step.tcp.flag_names)
        facts = f"{flags} · seq {step.seq} · ack {ack} · length {step.size} · window {step.window}"
    why = {"timer": "Its timer ran out: sent again.", "probe timer": "A probe timer ran out: sent again.",
           "ACKs": "The ACKs asked for it again."}.get(step.cause if step else "", "")  # fmt: skip
    if copies:
        many = "a copy" if copies == 1 else f"{copies} copies"
        why = f"And {many}, sent while you thought. One decision for all."
    return (
        f'<div style="border-left: 6px solid {color}; padding: .1em .7em; line-height: 1.4">'
        f"<div style='opacity: .75'>packet {held.number} · {way}</div><b>{escape(head)}</b>"
        f"<div style='opacity: .75; font-size: .9em'>{facts}</div>{f'<i>{why}</i>' if why else ''}</div>"
    )
