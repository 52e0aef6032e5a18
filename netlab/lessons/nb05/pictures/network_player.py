"""You are the network: every packet waits until a person decides what becomes of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from html import escape
from typing import Any, Protocol

import ipywidgets as widgets

from ....link import HeldPacket, Hold, KernelPath
from ....view.kit import caption_html
from ....view.ladders.packet_drawing import packet_ladder
from ....view.widgets.playground import image_and_caption
from ....view.widgets.questions import BAD, Described, rich
from ....wire import PacketEvent, trace
from .packet_cards import CHOICES, Card, folded

SLOTS = 4  # cards; further packets wait until one is free
LOOK = 0.1  # seconds between two looks at the path
REST = 2.0  # seconds without a packet after the end of the conversation, until the path is closed
JOIN = 5.0  # seconds for threads to end


class Path(Protocol):
    """What a player plays on: a kernel path, or anything else that holds and records packets."""

    @property
    def packets(self) -> list[PacketEvent]: ...

    def hold(self) -> Hold: ...

    def close(self) -> None: ...


_playing: list[NetworkPlayer] = []  # at most one: to begin another ends it


class NetworkPlayer(Described):
    """A widget in which each packet of a conversation is a card with buttons, and the ladder grows beside it.

        NetworkPlayer(handshake)

    `conversation(path)` is a function with ordinary blocking sockets of that path, as for link.on_path(). It
    runs in a thread of its own from begin() on, which is what the button does; nothing runs before. What an
    endpoint sends again by itself, because its timer ran out while the packet waited, is folded into the
    packet's card: one decision for all. What comes after the conversation's end is delivered by itself.
    `open_path` makes the path: link.kernel unless given. `shown` are packets whose ladder is seen until
    then, and instead where no path is possible.

    Without a browser: begin(), waiting, decide(number, "deliver"), end(). Only one player plays at a time.
    """

    def __init__(
        self,
        conversation: Callable[[Any], Any],
        *,
        open_path: Callable[[], Path] = KernelPath,
        shown: Iterable[PacketEvent] = (),
        title: str = "You are the network",
    ) -> None:
        if not callable(conversation):
            raise TypeError(f"NetworkPlayer() needs a function conversation(path), not {conversation!r}.")
        self.conversation, self.title, self._open = conversation, title, open_path
        self._path: Path | None = None
        self._hold: Hold | None = None
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self._lock = threading.RLock()
        self._drawn: object = None
        self.outcome = ""  # how the conversation ended
        self.packets: list[PacketEvent] = shown if isinstance(shown, list) else list(shown)
        try:  # in a notebook, all changes are made by the kernel's own loop, one after the other
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self._button = widgets.Button(description="Begin", button_style="primary")
        self._button.on_click(lambda _: self.end() if self.playing else self._try_to_begin())
        self._status = widgets.HTML(layout=widgets.Layout(width="auto"))
        self._slots = [Card(self._choose) for _ in range(SLOTS)]
        self._image, self._caption = image_and_caption()
        side = widgets.VBox([self._button, self._status, *self._slots])
        ladder = widgets.VBox([self._image, self._caption])
        side.layout = widgets.Layout(flex="1 1 300px", max_width="26em")
        ladder.layout = widgets.Layout(flex="3 1 420px", min_width="0")
        flow = widgets.Layout(display="flex", flex_flow="row wrap", align_items="flex-start")
        super().__init__([widgets.HTML(f"<b>{rich(title)}</b>"), widgets.Box([side, ladder], layout=flow)])
        self._say("Press Begin. Then every packet stops here and waits for you.")
        self._update()

    @property
    def words(self) -> str:  # type: ignore[override]
        return (
            f"{self.title}: run the notebook and press Begin. Each packet waits until you deliver it, "
            "drop it, double it, or put it behind the next."
        )

    @property
    def playing(self) -> bool:
        return self._path is not None

    @property
    def waiting(self) -> list[HeldPacket]:
        """The packets that wait for a decision, oldest first."""
        return self._hold.waiting if self._hold else []

    def begin(self) -> None:
        """Open a path, hold its packets, start the conversation. NotOnThisSystem where there is no path."""
        for other in list(_playing):
            other.end()
        path = self._open()
        try:
            hold = path.hold()
        except BaseException:
            path.close()
            raise
        with self._lock:
            self._path, self._hold, self.packets, self.outcome = path, hold, [], ""
            self._over = threading.Event()
            tasks = ((self._talk, (path,)), (self._watch, (path, hold, self._over)))
            self._threads = [
                threading.Thread(target=target, args=arguments, name="player", daemon=True)
                for target, arguments in tasks
            ]
        _playing.append(self)
        self._button.description, self._button.button_style = "End", ""
        for thread in self._threads:
            thread.start()

    def decide(self, number: int, decision: str) -> None:
        """Decide about a waiting packet: "deliver", "drop", "double" or "behind" (the next of its direction).

        It is about the newest copy of this packet; older ones that wait are dropped. ValueError for another
        decision, or if no packet with this number waits.
        """
        if decision not in CHOICES:
            raise ValueError(f"decision={decision!r}: use one of {', '.join(CHOICES)}.")
        groups = folded(self.waiting).values()
        group = next((g for g in groups if any(held.number == number for held in g)), None)
        if group is None:
            raise ValueError(f"No packet {number} waits.")
        for older in group[:-1]:  # with timestamps (RFC 7323) the receiver would refuse them anyway
            older.drop()
        getattr(group[-1], CHOICES[decision].method)()
        self._update()

    def end(self) -> None:
        """Close the path; the conversation's sockets are shut down. Harmless when done twice."""
        with self._lock:
            path, self._path = self._path, None
            threads, self._threads = self._threads, []
        if path is None:
            return
        self._over.set()
        path.close()
        self.packets = list(path.packets)
        _playing.remove(self)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(JOIN)
        self._hold = None
        self._button.description, self._button.button_style = "Begin again", "primary"
        self._update()

    # Threads

    def _talk(self, path: Path) -> None:
        try:
            result = self.conversation(path)
            outcome = "The conversation ended" + (f": {result!r}" if result is not None else "")
        except Exception as error:  # the person who plays the network is meant to cause some
            outcome = f"The conversation failed: {type(error).__name__}: {error}"
        if self._path is path:
            self.outcome = outcome

    def _watch(self, path: Path, hold: Hold, over: threading.Event) -> None:
        before, quiet = None, time.monotonic()
        while not over.is_set():
            hold.next(LOOK)
            if not hold.active:  # the path died
                break
            if self.outcome:  # what is left, FIN and ACK, decides nothing any more
                self._deliver_the_rest(hold)
            packets = list(path.packets)
            now = (_signature(packets), len(hold.waiting), self.outcome)
            if now != before:
                before, quiet = now, time.monotonic()
                self._post(self._update)
            elif self.outcome and not now[1] and time.monotonic() - quiet > REST:
                break
        if not over.is_set():
            self._post(self.end)

    def _deliver_the_rest(self, hold: Hold) -> None:
        for held in hold.waiting:
            with suppress(ValueError, OSError):  # decided by somebody, or the path is closed
                held.deliver()

    def _post(self, change: Callable[[], None]) -> None:
        if self._loop is None or self._loop.is_closed():
            change()
        else:
            self._loop.call_soon_threadsafe(change)

    # What is seen

    def _try_to_begin(self) -> None:
        try:
            self.begin()
        except (OSError, RuntimeError) as error:
            self._say(str(error), error=True)

    def _choose(self, number: int, decision: str) -> None:
        try:
            self.decide(number, decision)
        except (OSError, ValueError) as error:
            self._say(str(error), error=True)

    def _say(self, words: str, *, error: bool = False) -> None:
        style = f"border-left: 4px solid {BAD}; padding-left: .6em" if error else ""
        live = 'role="status" aria-live="polite"'
        text = f'<div {live} style="line-height: 1.4; {style}">{escape(words)}</div>'
        if self._status.value != text:
            self._status.value = text

    def _update(self) -> None:
        with self._lock:
            waiting = self.waiting if self.playing else []
            if self._path is not None:
                self.packets = list(self._path.packets)
            steps = trace(self.packets) if waiting else []
            left = {group[0].number: group for group in folded(waiting).values()}
            # A card keeps its packet until the decision, so that nothing moves under the mouse.
            for card in self._slots:
                if card.held is not None:
                    card.group = left.pop(card.held.number, [])
            for card in self._slots:
                if card.held is None and left:
                    card.group = left.pop(min(left))
                # The first card stays, so that the keyboard's place is not lost between two packets.
                card.show(steps, stay=card is self._slots[0] and self.playing)
            if not self.playing:
                if self.outcome:
                    self._say(self.outcome)
            elif waiting:
                more = len(left)
                words = f"{self.outcome}." if self.outcome else "Decide for each packet."
                self._say(f"{words} {more} more wait." if more else words)
            else:
                self._say(self.outcome or "No packet waits. Did you drop one? Its sender has a timer.")
            now = _signature(self.packets)
            if self.packets and now != self._drawn:
                picture = packet_ladder(self.packets, words=True)
                self._image.width, self._image.value = str(picture.width), picture.png()
                self._caption.value = caption_html(picture.caption)
                self._drawn = now


def _signature(packets: Iterable[PacketEvent]) -> tuple[object, ...]:
    return tuple((event.sent, event.fate, event.delivered) for event in packets)
