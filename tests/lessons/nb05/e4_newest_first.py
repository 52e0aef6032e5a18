"""05-4 newest_first: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..registry import mutant, right


@right("newest_first")
def in_small_steps(net: Any) -> None:
    """looks at the clock every 10 ms"""
    readings: dict[int, bytes] = {}
    confirmed: set[int] = set()
    sent, ended = 0.0, False
    while not ended or max(readings) not in confirmed:
        kind, number, value = net.wait(0.01)
        if kind == "reading":
            readings[number] = value
            net.send(number, value)
            sent = net.now
        elif kind == "ack":
            confirmed.add(number)
        elif kind == "end":
            ended = True
        if readings and max(readings) not in confirmed and net.now >= sent + 0.2:
            net.send(max(readings), readings[max(readings)])
            sent = net.now


def _send_newest(
    net: Any,
    pause: float = 0.2,
    is_mine: Callable[[int, int], bool] = lambda number, newest: number == newest,
    rest: bool = True,
    fresh_pause: bool = False,
) -> None:
    newest, latest, due, ended = 0, b"", None, False
    while not (ended and due is None):
        left = None if due is None else pause if fresh_pause else max(0, due - net.now)
        kind, number, value = net.wait(left)
        if kind == "reading":
            newest, latest = number, value
        elif kind == "ack" and is_mine(number, newest) and rest:
            due = None
        elif kind == "end":
            ended = True
        if kind in ("reading", "timeout"):
            net.send(newest, latest)
            due = net.now + pause


@mutant("newest_first", "again", says="did not repeat it")
def fire_and_forget(net: Any) -> None:
    """sends each reading once"""
    kind = None
    while kind != "end":
        kind, number, value = net.wait(None)
        if kind == "reading":
            net.send(number, value)


@mutant("newest_first", "outdated", says="had already come")
def repeats_all(net: Any) -> None:
    """repeats everything that is not acknowledged"""
    unconfirmed: dict[int, tuple[bytes, float]] = {}
    ended = False
    while not ended or unconfirmed:
        kind, number, value = net.wait(0.01)
        if kind == "reading":
            unconfirmed[number] = (value, net.now)
            net.send(number, value)
        elif kind == "ack":
            unconfirmed.pop(number, None)
        elif kind == "end":
            ended = True
        for number, (value, sent) in list(unconfirmed.items()):
            if net.now >= sent + 0.2:
                net.send(number, value)
                unconfirmed[number] = (value, net.now)


@mutant("newest_first", "outdated")
def repeats_the_first_missing(net: Any) -> None:
    """go-back: repeats the oldest that is missing"""
    waiting: dict[int, bytes] = {}
    sent, ended = 0.0, False
    while not ended or waiting:
        kind, number, value = net.wait(0.01)
        if kind == "reading":
            waiting[number] = value
            net.send(number, value)
            sent = net.now
        elif kind == "ack":
            waiting.pop(number, None)
        elif kind == "end":
            ended = True
        elif waiting and net.now >= sent + 0.2:
            net.send(min(waiting), waiting[min(waiting)])
            sent = net.now


@mutant("newest_first", "at once", says="was not sent when it came")
def stop_and_wait(net: Any) -> None:
    """the next reading waits for the ack of the one before"""
    queue: list[tuple[int, bytes]] = []
    due, ended = None, False
    while not ended or queue:
        kind, number, value = net.wait(None if due is None else max(0, due - net.now))
        if kind == "reading":
            queue.append((number, value))
        elif kind == "ack" and queue and number == queue[0][0]:
            queue.pop(0)
            due = None
        elif kind == "end":
            ended = True
        if queue and (due is None or kind == "timeout"):
            net.send(*queue[0])
            due = net.now + 0.2


@mutant("newest_first", "at once")
def on_a_beat(net: Any) -> None:
    """sends only every 0.2 s"""
    newest, value, confirmed, ended = 0, b"", 0, False
    beat = 0.2
    while not ended or confirmed != newest:
        kind, number, data = net.wait(max(0, beat - net.now))
        if kind == "reading":
            newest, value = number, data
        elif kind == "ack":
            confirmed = max(confirmed, number)
        elif kind == "end":
            ended = True
        else:
            beat += 0.2
            if newest != confirmed:
                net.send(newest, value)


@mutant("newest_first", "enough", says="was acknowledged, and you sent it again")
def ignores_acks(net: Any) -> None:
    """never listens to an ack"""
    _send_newest(net, rest=False)


@mutant("newest_first", "old ack")
def any_ack_will_do(net: Any) -> None:
    """any ack stops the repeating"""
    _send_newest(net, is_mine=lambda number, newest: True)


@mutant("newest_first", "patience", says="after the last time")
def impatient(net: Any) -> None:
    """repeats every 20 ms"""
    _send_newest(net, pause=0.02)


@mutant("newest_first", "again")
def too_patient(net: Any) -> None:
    """repeats once a second"""
    _send_newest(net, pause=1.0)


@mutant("newest_first", "deadline")
def begins_afresh(net: Any) -> None:
    """0.2 s afresh with every wait"""
    _send_newest(net, fresh_pause=True)


@mutant("newest_first", "again")
def twice_and_no_more(net: Any) -> None:
    """repeats once, then gives up"""
    newest, value, tries, ended = 0, b"", 0, False
    while not ended or tries:
        kind, number, data = net.wait(0.2 if tries else None)
        if kind == "reading":
            newest, value, tries = number, data, 2
            net.send(newest, value)
        elif kind == "ack" and number == newest:
            tries = 0
        elif kind == "end":
            ended = True
        elif kind == "timeout":
            tries -= 1
            if tries:
                net.send(newest, value)


@mutant("newest_first", "end", says="not yet acknowledged")
def leaves_at_the_end(net: Any) -> None:
    """returns at "end", whatever is still open"""
    newest, latest, due = 0, b"", None
    while True:
        kind, number, value = net.wait(None if due is None else max(0, due - net.now))
        if kind == "end":
            return
        if kind == "ack" and number == newest:
            due = None
        elif kind in ("reading", "timeout"):
            newest, latest = (number, value) if kind == "reading" else (newest, latest)
            net.send(newest, latest)
            due = net.now + 0.2


@mutant("newest_first", "end", says="had not yet stopped")
def leaves_after_the_first(net: Any) -> None:
    """returns after the first ack"""
    kind = None
    while kind != "ack":
        kind, number, value = net.wait(None)
        if kind == "reading":
            net.send(number, value)


@mutant("newest_first", "end", says="waits on")
def never_ends(net: Any) -> None:
    """goes on after the end"""
    newest, latest, due = 0, b"", None
    while True:
        kind, number, value = net.wait(None if due is None else max(0, due - net.now))
        if kind == "ack" and number == newest:
            due = None
        elif kind in ("reading", "timeout"):
            newest, latest = (number, value) if kind == "reading" else (newest, latest)
            net.send(newest, latest)
            due = net.now + 0.2


@mutant("newest_first", "value", says="no such reading")
def counts_from_zero(net: Any) -> None:
    """numbers of its own, from 0"""
    count, kind = 0, None
    while kind != "end":
        kind, _, value = net.wait(None)
        if kind == "reading":
            net.send(count, value)
            count += 1


@mutant("newest_first", "value", says="UnicodeDecodeError")
def sends_text(net: Any) -> None:
    """decodes the value"""
    kind = None
    while kind != "end":
        kind, number, value = net.wait(None)
        if kind == "reading":
            net.send(number, value.decode())


@mutant("newest_first", "start", says="wait for more than no time")
def polls(net: Any) -> None:
    """asks again and again without waiting"""
    kind = None
    while kind != "end":
        kind, number, value = net.wait(0)
        if kind == "reading":
            net.send(number, value)


@mutant("newest_first", "again", says="did not repeat it")
def a_quarter_of_a_second(net: Any) -> None:
    """repeats after 0.25 s"""
    _send_newest(net, pause=0.25)


@mutant("newest_first", "end", says="not yet acknowledged")
def ten_times(net: Any) -> None:
    """repeats ten times, then gives up"""
    newest, latest, due, tries, ended = 0, b"", None, 0, False
    while not (ended and due is None):
        kind, number, value = net.wait(None if due is None else max(0, due - net.now))
        if kind == "reading":
            newest, latest, tries = number, value, 0
        elif kind == "ack" and number == newest:
            due = None
        elif kind == "end":
            ended = True
        if kind == "reading" or (kind == "timeout" and tries < 10):
            net.send(newest, latest)
            due, tries = net.now + 0.2, tries + 1
        elif kind == "timeout":
            due = None


@mutant("newest_first", "end", says="and you returned at")
def lingers(net: Any) -> None:
    """waits for late acks when all is done"""
    _send_newest(net)
    while net.wait(1.0)[0] != "timeout":
        pass


class _Changed:
    """A net to which values are sent in another form."""

    def __init__(self, net: Any, change: Callable[[bytes], Any]) -> None:
        self.net, self.change = net, change
        self.wait = net.wait

    @property
    def now(self) -> float:
        return self.net.now

    def send(self, number: int, value: bytes) -> None:
        self.net.send(number, self.change(value))


@mutant("newest_first", "value", says="no such reading")
def strips(net: Any) -> None:
    """value.strip()"""
    _send_newest(_Changed(net, bytes.strip))


@mutant("newest_first", "value", says="an int and bytes")
def as_a_bytearray(net: Any) -> None:
    """sends a bytearray"""
    _send_newest(_Changed(net, bytearray))


@mutant("newest_first", "at once", says="was not sent when it came")
def only_what_is_new(net: Any) -> None:
    """does not send a reading with the same value as the one before"""
    newest, latest, due, ended = 0, None, None, False
    while not (ended and due is None):
        kind, number, value = net.wait(None if due is None else max(0, due - net.now))
        if kind == "reading" and value != latest:
            newest, latest = number, value
        elif kind == "ack" and number == newest:
            due = None
        elif kind == "end":
            ended = True
        if kind == "timeout" or (kind == "reading" and number == newest):
            net.send(newest, latest)
            due = net.now + 0.2
