"""Whatever small program runs, the numbers of its caption and its arrows are those counted from its calls."""

from __future__ import annotations

import re
import select
import socket
import struct
import sys
import tempfile
from contextlib import suppress
from typing import Any

import pytest

from netlab import watch
from netlab.view import describe
from netlab.view.kit import word
from netlab.view.ladders.calls import lay_out
from netlab.wire import RECEIVING, SENDING, Event, Recording

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

NUMBER = {word(n): n for n in range(13)}
KINDS = ["accepted", "not accepted", "not blocking", "connected UDP", "UDP", "pair"]
if hasattr(socket, "AF_UNIX"):
    KINDS += ["pair of datagrams", "Unix"]


def number(text: str) -> int:
    text = text.replace("\u202f", "").lower()
    return NUMBER[text] if text in NUMBER else int(text)


class Talk:
    """Two ends that take turns. What was sent is counted, so that nobody waits in vain."""

    def __init__(self, kind: str, listeners: list[Any]) -> None:
        self.far: Any = None
        self.to: Any = None
        self.waiting = {"near": list[int](), "far": list[int]()}  # sizes, for whom
        if kind == "pair":
            self.near, self.far = socket.socketpair()
        elif kind == "pair of datagrams":
            self.near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        elif "UDP" in kind:
            self.near, self.far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
            self.far.bind(("127.0.0.1", 0))
            self.near.bind(("127.0.0.1", 0))
            if kind == "UDP":
                self.to = self.far.getsockname()
            else:
                self.near.connect(self.far.getsockname())
            self.back = self.near.getsockname()
        else:
            family = socket.AF_UNIX if kind == "Unix" else socket.AF_INET
            server, self.near = socket.socket(family), socket.socket(family)
            listeners.append(server)
            with tempfile.TemporaryDirectory() as folder:
                server.bind(f"{folder}/x" if kind == "Unix" else ("127.0.0.1", 0))
                server.listen()
                self.near.setblocking(kind != "not blocking")
                self.near.connect_ex(server.getsockname())
            if kind != "not accepted":
                self.far = server.accept()[0]
            if kind == "not blocking":
                select.select([], [self.near], [], 5)
                self.near.connect_ex(server.getsockname())
        self.datagrams = self.near.type == socket.SOCK_DGRAM
        self.udp, self.over, self.broken = "UDP" in kind, False, False
        for sock in filter(None, (self.near, self.far)):
            sock.settimeout(5)

    def send(self, end: str, size: int) -> None:
        sock = getattr(self, end)
        if sock is None or (end == "near" and self.over) or (size == 0 and not self.datagrams):
            return
        data = bytes([65 + size % 26]) * size
        if self.broken:
            with suppress(OSError):
                sock.send(data)
            return
        if end == "near" and self.to:
            sock.sendto(data, self.to)
        elif end == "far" and self.udp:
            sock.sendto(data, self.back)
        elif self.datagrams or size % 2:
            sock.send(data)
        else:
            sock.sendall(data)
        self.waiting["far" if end == "near" else "near"].append(size)

    def receive(self, end: str, size: int, *, peek: bool) -> None:
        sock, waiting = getattr(self, end), self.waiting[end]
        if self.broken and sock and size:
            with suppress(OSError):
                sock.recv(size)
        if sock is None or not waiting or size == 0 or self.broken:
            return
        got = len(sock.recv(size, socket.MSG_PEEK if peek else 0))
        if peek:
            return
        if self.datagrams:
            waiting.pop(0)
            return
        while waiting and got >= waiting[0]:
            got -= waiting.pop(0)
        if got:
            waiting[0] -= got

    def finish(self, *, half: bool) -> None:
        if half and not self.datagrams and not self.broken:
            self.near.shutdown(socket.SHUT_WR)
            self.over = True

    def reset(self) -> None:
        """The far end goes without a word; what the near one does then may fail."""
        if self.far and not self.datagrams:
            form = "hh" if sys.platform == "win32" else "ii"
            self.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(form, 1, 0))
            self.far.close()
            self.far, self.broken = None, True

    def close(self) -> None:
        for sock in filter(None, (self.near, self.far)):
            sock.close()


steps = st.tuples(
    st.integers(0, 2), st.sampled_from(["send", "send", "receive", "receive", "peek", "half", "reset"]),
    st.sampled_from(["near", "far"]), st.sampled_from([0, 1, 2, 3, 5, 8, 13, 100]),
)  # fmt: skip


@hypothesis.given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3), st.lists(steps, max_size=14))
@hypothesis.settings(max_examples=150, deadline=None)
def test_the_numbers_are_those_of_the_calls(
    kinds: list[str], program: list[tuple[int, str, str, int]]
) -> None:
    listeners: list[Any] = []
    with watch() as wire:
        talks = [Talk(kind, listeners) for kind in kinds]
        for which, what, end, size in program:
            talk = talks[which % len(talks)]
            if what == "send":
                talk.send(end, size)
            elif what == "half":
                talk.finish(half=end == "near")
            elif what == "reset":
                talk.reset()
            else:
                talk.receive(end, size, peek=what == "peek")
        for talk in talks:
            talk.close()
        for server in listeners:
            server.close()
    caption = describe(wire)
    check_caption(caption, wire)
    check_arrows(wire)
    missed = kinds.count("not accepted")
    told = [sentence for sentence in caption.split(". ") if "nobody accepted" in sentence]
    assert len(told) == bool(missed) and told_clients(told) == missed, caption


def told_clients(told: list[str]) -> int:
    """How many clients a sentence names: 'The client and client 2 were connected, although ...'."""
    return sum(len(re.findall(r"\b[Cc]lient", sentence)) for sentence in told)


def unread(wire: Recording) -> tuple[int, int]:
    """Bytes of streams, and datagrams, that were sent and taken by no call."""
    taken = [e for e in wire if e.call in RECEIVING and not e.error and "MSG_PEEK" not in e.flags]
    sent = [e for e in wire if e.call in SENDING and not e.error]
    streams = [sum(e.size or 0 for e in events if e.stream) for events in (sent, taken)]
    datagrams = [sum(not e.stream for e in events) for events in (sent, taken)]
    return streams[0] - streams[1], datagrams[0] - datagrams[1]


def check_caption(caption: str, wire: Recording) -> None:
    _, lost = unread(wire)
    said = re.findall(r"(\w+) datagrams? (?:was|were) never received\.", caption)
    assert [number(text) for text in said] == [lost] * bool(lost), caption
    for sentence in re.findall(r"[^.]+\.", caption):
        check_pieces(sentence.strip(), caption)
    if "taken by" in caption or "like" in caption:
        return
    told = {actor: told_of(actor, caption) for actor in wire.actors}
    if any(actor.startswith("client") for actor in wire.actors):
        told = {actor: each for actor, each in told.items() if actor.startswith("client")}
    for actor, deeds in told.items():
        sent = [e for e in wire if e.actor == actor and e.call in SENDING]
        got = [e for e in wire if e.actor == actor and e.call in RECEIVING and "MSG_PEEK" not in e.flags]
        check_moves("sent", sent, deeds, caption)
        if actor.startswith("client"):
            check_moves("got", got, deeds, caption)


def told_of(actor: str, caption: str) -> str:
    """All that the caption says this actor did."""
    name = f"The {actor}" if actor in ("client", "server") else actor.capitalize()
    own = re.findall(rf"(?:^|\. ){name}( (?:connected|sent|got)\b[^.;]*)", caption)
    return " ".join([*own, *re.findall(r"clients: each( [^.;]*)", caption)])


def check_moves(verb: str, events: list[Event], deeds: str, caption: str) -> None:
    size = sum(e.size or 0 for e in events if e.stream)
    many = sum(not e.stream for e in events)
    bytes_told = [number(n) for n in re.findall(rf"\b{verb} ([\d\u202f]+) bytes?", deeds)]
    told = [number(n) for n in re.findall(rf"\b{verb} ([a-z]+|\d+) (?:datagrams?|back)", deeds)]
    assert bytes_told == [size] * bool(size), (verb, deeds, caption)
    assert told == [many] * bool(many), (verb, deeds, caption)


def check_pieces(sentence: str, caption: str) -> None:
    """'Three sends of 3, 3 and 5 bytes were taken by ...', '7 bytes of one send of 10 bytes were taken by'"""
    calls = r"(\w+) [a-z ]+?(?: of|,) ([^.]+?) bytes?( each| in all)?"
    found = re.fullmatch(rf"(?:(\d+) bytes? of )?{calls} (?:was|were) taken by {calls}\.", sentence)
    if found is None:
        assert "taken by" not in sentence, caption
        return
    part, sends, sizes, form_1, receives, parts, form_2 = found.groups()
    given, taken = total(sends, sizes, form_1), total(receives, parts, form_2)
    assert taken == int(part or given) <= given, caption
    assert part is None or taken < given, caption


def total(many: str, sizes: str, form: str | None) -> int:
    listed = [number(n) for n in re.findall(r"[\d\u202f]+", sizes)]
    same = len(listed) == 1 and form != " in all"
    assert same or form == " in all" or len(listed) == number(many)
    return listed[0] * number(many) if same else sum(listed)


def check_arrows(wire: Recording) -> None:
    left, lost = unread(wire)
    arrows = [arrow for arrow in lay_out(wire).arrows if arrow.kind == "data"]
    assert sum(arrow.pieces for arrow in arrows if arrow.ends == "cross") == lost
    assert sum(arrow.size for arrow in arrows if arrow.ends == "open") == left
    assert all("not read" in arrow.text for arrow in arrows if arrow.ends == "open")
