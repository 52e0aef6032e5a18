"""Notebook 05: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .registry import mutant, right

# -- 05-1 transfer_time ------------------------------------------------------------------------------


@right("transfer_time")
def bit_by_bit(n: int, rtt: float, rate: float, protocol: str) -> float:
    """counts one-way trips: three or one"""
    trips = {"tcp": 3, "udp": 1}[protocol]  # SYN, SYN-ACK, data
    return float(trips * Fraction(rtt) / 2 + 8 * n / Fraction(rate))


@mutant("transfer_time", "bits", says="measured")
def bytes_for_bits(n: int, rtt: float, rate: float, protocol: str) -> float:
    """divides bytes by bits per second"""
    return (1.5 if protocol == "tcp" else 0.5) * rtt + n / rate


@mutant("transfer_time", "bits")
def eight_the_wrong_way(n: int, rtt: float, rate: float, protocol: str) -> float:
    """divides by eight"""
    return (1.5 if protocol == "tcp" else 0.5) * rtt + n / 8 / rate


@mutant("transfer_time", "handshake", says="connect returned after")
def no_hello(n: int, rtt: float, rate: float, protocol: str) -> float:
    """TCP without its handshake"""
    return rtt / 2 + 8 * n / rate


@mutant("transfer_time", "third")
def three_ways(n: int, rtt: float, rate: float, protocol: str) -> float:
    """waits for all three packets of the handshake"""
    return (2.0 if protocol == "tcp" else 0.5) * rtt + 8 * n / rate


@mutant("transfer_time", "third")
def three_round_trips(n: int, rtt: float, rate: float, protocol: str) -> float:
    """each packet of the handshake costs a round trip"""
    return (3.5 if protocol == "tcp" else 0.5) * rtt + 8 * n / rate


@mutant("transfer_time", "udp", says="over UDP")
def hello_for_all(n: int, rtt: float, rate: float, protocol: str) -> float:
    """UDP with a handshake, too"""
    return 1.5 * rtt + 8 * n / rate


@mutant("transfer_time", "way")
def there_and_back(n: int, rtt: float, rate: float, protocol: str) -> float:
    """the data travel for a whole round trip"""
    return (2 if protocol == "tcp" else 1) * rtt + 8 * n / rate


@mutant("transfer_time", "way")
def only_the_handshake(n: int, rtt: float, rate: float, protocol: str) -> float:
    """the way of the data costs nothing"""
    return (rtt if protocol == "tcp" else 0) + 8 * n / rate


@mutant("transfer_time", "division")
def whole_seconds(n: int, rtt: float, rate: float, protocol: str) -> float:
    """divides with //"""
    return (1.5 if protocol == "tcp" else 0.5) * rtt // 1 + 8 * n // rate


@mutant("transfer_time", "sending")
def all_at_once(n: int, rtt: float, rate: float, protocol: str) -> float:
    """forgets the sending time"""
    return (1.5 if protocol == "tcp" else 0.5) * rtt


@mutant("transfer_time", "sending")
def sends_twice(n: int, rtt: float, rate: float, protocol: str) -> float:
    """pays for sending and for receiving"""
    return (1.5 if protocol == "tcp" else 0.5) * rtt + 2 * 8 * n / rate


@mutant("transfer_time", "start", says="without `return`")
def prints_it(n: int, rtt: float, rate: float, protocol: str) -> None:
    """calculates and does not return"""


# -- 05-2 age_meter ----------------------------------------------------------------------------------

Pairs = list[tuple[float, float]]


@right("age_meter")
def by_events(arrivals: Pairs) -> tuple[float, float]:
    """keeps only those that made the receiver younger"""
    ordered = sorted(arrivals, key=lambda pair: pair[::-1])
    fresh = [ordered[0]]
    fresh += [p for i, p in enumerate(ordered) if i and p[0] > max(sent for sent, _ in ordered[:i])]
    ends = [arrived for _, arrived in fresh[1:]] + [ordered[-1][1]]
    area = sum(((e - s) ** 2 - (a - s) ** 2) / 2 for (s, a), e in zip(fresh, ends, strict=True))
    peak = max(e - s for (s, _), e in zip(fresh, ends, strict=True))
    return area / (ordered[-1][1] - ordered[0][1]), peak


def _age(
    arrivals: Pairs,
    order: Callable[[Pairs], Pairs] = lambda pairs: sorted(pairs, key=lambda pair: pair[1]),
    newest: Callable[[float, float], float] = max,
) -> tuple[float, float, float]:
    """Area, length and peak, with one thing exchanged."""
    (known, begin), *rest = order(arrivals)
    start, area, peak = begin, 0.0, 0.0
    for sent, arrived in rest:
        area += ((begin - known) + (arrived - known)) / 2 * (arrived - begin)
        peak = max(peak, arrived - known)
        begin, known = arrived, newest(known, sent)
    return area, begin - start, peak


@mutant("age_meter", "late")
def last_arrived(arrivals: Pairs) -> tuple[float, float]:
    """the last one that arrived counts, however old"""
    area, length, peak = _age(arrivals, newest=lambda _, sent: sent)
    return area / length, peak


@mutant("age_meter", "late")
def leaves_old_ones_out(arrivals: Pairs) -> tuple[float, float]:
    """stops the clock at the last reading that was news"""
    ordered = sorted(arrivals, key=lambda pair: pair[1])
    news = [p for i, p in enumerate(ordered) if all(p[0] > q[0] for q in ordered[:i])]
    area, length, peak = _age(news)
    return area / length, peak


@mutant("age_meter", "unsorted")
def as_they_come(arrivals: Pairs) -> tuple[float, float]:
    """does not sort"""
    area, length, peak = _age(arrivals, order=list)
    return area / length, peak


@mutant("age_meter", "late")
def by_sent(arrivals: Pairs) -> tuple[float, float]:
    """sorts by the time of sending"""
    area, length, peak = _age(arrivals, order=sorted)
    return area / length, peak


@mutant("age_meter", "delay")
def delays(arrivals: Pairs) -> tuple[float, float]:
    """average and greatest delay"""
    times = [arrived - sent for sent, arrived in arrivals]
    return sum(times) / len(times), max(times)


@mutant("age_meter", "samples")
def samples(arrivals: Pairs) -> tuple[float, float]:
    """the mean of the ages right before each arrival"""
    ordered = sorted(arrivals, key=lambda pair: pair[1])
    tops, newest = [], ordered[0][0]
    for sent, arrived in ordered[1:]:
        tops.append(arrived - newest)
        newest = max(newest, sent)
    return sum(tops) / len(tops), max(tops)


@mutant("age_meter", "samples")
def middles(arrivals: Pairs) -> tuple[float, float]:
    """the mean of the lines' middles, each line counted once"""
    ordered = sorted(arrivals, key=lambda pair: pair[1])
    begin, newest = ordered[0][1], ordered[0][0]
    lines, peak = [], 0.0
    for sent, arrived in ordered[1:]:
        lines.append((begin + arrived) / 2 - newest)
        peak = max(peak, arrived - newest)
        begin, newest = arrived, max(newest, sent)
    return sum(lines) / len(lines), peak


@mutant("age_meter", "peak", says="the peak is wrong")
def peak_afterwards(arrivals: Pairs) -> tuple[float, float]:
    """the greatest age right after an arrival"""
    area, length, _ = _age(arrivals)
    return area / length, max(arrived - sent for sent, arrived in arrivals)


@mutant("age_meter", "peak")
def the_other_way_round(arrivals: Pairs) -> tuple[float, float]:
    """the longest silence"""
    area, length, _ = _age(arrivals)
    times = sorted(arrived for _, arrived in arrivals)
    return area / length, max(b - a for a, b in zip(times, times[1:], strict=False))


@mutant("age_meter", "interval")
def from_the_first_sent(arrivals: Pairs) -> tuple[float, float]:
    """divides by the time since the first reading was sent"""
    area, _, peak = _age(arrivals)
    return area / (max(a for _, a in arrivals) - min(s for s, _ in arrivals)), peak


@mutant("age_meter", "interval")
def from_zero(arrivals: Pairs) -> tuple[float, float]:
    """divides by the last arrival"""
    area, _, peak = _age(arrivals)
    return area / max(a for _, a in arrivals), peak


@mutant("age_meter", "interval")
def area_only(arrivals: Pairs) -> tuple[float, float]:
    """does not divide at all"""
    area, _, peak = _age(arrivals)
    return area, peak


@mutant("age_meter", "start")
def average_only(arrivals: Pairs) -> float:
    """returns the average alone"""
    area, length, _ = _age(arrivals)
    return area / length


# -- 05-3 choose -------------------------------------------------------------------------------------

CHOICES = {
    "software update": ("tcp", "complete"),
    "chat": ("tcp", "complete"),
    "voice call": ("udp", "fresh"),
    "player position": ("udp", "fresh"),
    "name lookup": ("udp", "no handshake"),
    "web page": ("quic", "independent"),
}


@right("choose")
def by_question(application: str) -> tuple[str, str]:
    """asks four questions"""
    if application in ("software update", "chat"):
        return "tcp", "complete"
    if "page" in application:
        return "quic", "independent"
    return "udp", "no handshake" if "lookup" in application else "fresh"


@mutant("choose", "fresh", says="came too late")
def always_tcp(application: str) -> tuple[str, str]:
    """TCP for everything, because it is reliable"""
    return "tcp", "complete"


@mutant("choose", "complete", says="never arrived")
def always_udp(application: str) -> tuple[str, str]:
    """UDP for everything, because it is quick"""
    return "udp", "fresh"


@mutant("choose", "needless", says="TCP")
def always_quic(application: str) -> tuple[str, str]:
    """QUIC for everything, because it is new"""
    return "quic", "independent"


@mutant("choose", "faster", says="on the way for 0.04 s")
def udp_is_faster(application: str) -> tuple[str, str]:
    """UDP because its packets are faster"""
    protocol, reason = CHOICES[application]
    return protocol, "faster" if protocol == "udp" else reason


@mutant("choose", "no handshake", says="without a round trip")
def lookup_over_tcp(application: str) -> tuple[str, str]:
    """a lookup must not get lost: TCP"""
    return {**CHOICES, "name lookup": ("tcp", "complete")}[application]


@mutant("choose", "no handshake", says="is not what went wrong")
def lookup_for_freshness(application: str) -> tuple[str, str]:
    """the right choice for a wrong reason"""
    return {**CHOICES, "name lookup": ("udp", "fresh")}[application]


@mutant("choose", "independent", says="waited for a piece of another one")
def page_over_tcp(application: str) -> tuple[str, str]:
    """a web page over one TCP connection"""
    return {**CHOICES, "web page": ("tcp", "complete")}[application]


@mutant("choose", "complete", says="holes for ever")
def page_over_udp(application: str) -> tuple[str, str]:
    """a web page over UDP"""
    return {**CHOICES, "web page": ("udp", "independent")}[application]


@mutant("choose", "independent", says="is not what went wrong with TCP")
def page_for_completeness(application: str) -> tuple[str, str]:
    """QUIC because TCP loses pieces"""
    return {**CHOICES, "web page": ("quic", "complete")}[application]


@mutant("choose", "fresh")
def call_over_quic(application: str) -> tuple[str, str]:
    """a call over one QUIC stream"""
    return {**CHOICES, "voice call": ("quic", "fresh")}[application]


@mutant("choose", "fresh", says="0.15 s old")
def positions_over_tcp(application: str) -> tuple[str, str]:
    """every position has to arrive"""
    return {**CHOICES, "player position": ("tcp", "complete")}[application]


@mutant("choose", "answer")
def protocol_only(application: str) -> str:
    """no reason"""
    return CHOICES[application][0]


@mutant("choose", "answer")
def upper_case(application: str) -> tuple[str, str]:
    """names that are not in the list"""
    protocol, reason = CHOICES[application]
    return protocol.upper(), reason


# -- 05-4 newest_first -------------------------------------------------------------------------------


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


@mutant("newest_first", "value", says="an int and bytes")
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
