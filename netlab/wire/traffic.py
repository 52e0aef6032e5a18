"""What packets mean to each other: relative numbers, what was sent again and why. Pure.

    trace(packets)   one Step for each packet of a recording, in the order in which they were sent

Sequence numbers count as in Wireshark: each side's SYN is 0 and its first byte 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .packets import Packet, PacketEvent
from .transport import TCP

WRAP = 2**32
QUIET = 0.005  # seconds: a packet sent this soon after one arrived is an answer to it, no timer's doing
LEAST_RTO = 0.19  # seconds, a bit below Linux's TCP_RTO_MIN: quicker timers are loss probes (RFC 8985)
SEVERAL = 3  # duplicate ACKs that mean a loss (RFC 5681)

_Key = tuple[object, ...]


@dataclass(slots=True)
class Step:
    """A packet in its conversation. `seq`, `end` and `ack` are relative; None if it is not TCP."""

    event: PacketEvent
    flow: int  # counts conversations, from 0
    seq: int | None = None
    end: int | None = None  # the sequence number after its last
    ack: int | None = None
    sack: tuple[tuple[int, int], ...] = ()
    window: int | None = None  # bytes, scaled if the handshake was seen
    size: int = 0  # bytes of payload as it was sent, of which perhaps fewer were captured
    fresh: int = 0  # those of them that no packet carried before
    news: bool = False  # acknowledges more than its side did before
    again: bool = False  # carries bytes, a SYN or a FIN that were sent before, perhaps with new ones
    copy: bool = False  # the link doubled it: this is the second
    cause: str = ""  # of an `again`: "timer", "probe timer", "ACKs" (fast retransmit) or ""
    since: float | None = None  # when its side last did or heard something

    @property
    def tcp(self) -> TCP | None:
        return self.event.packet.tcp

    @property
    def outward(self) -> bool:
        return self.event.direction == "out"

    @property
    def held(self) -> bool:
        """Does it wait for somebody's decision?"""
        return self.event.fate == "held" and self.event.delivered is None

    @property
    def trouble(self) -> str:
        """Why nobody got it, in a word or two; empty if somebody did, or still may."""
        if self.event.flip is not None:
            return "damaged"  # the checksum is wrong: the receiver throws it away
        lost = self.event.delivered is None and self.event.fate in ("lost", "queue full", "too big")
        return self.event.fate if lost else ""

    @property
    def is_ack(self) -> bool:
        """Is it an acknowledgment and nothing else?"""
        tcp = self.tcp
        return bool(tcp and tcp.ack and not tcp.rst and self.seq == self.end)


@dataclass
class _Side:
    """What one end of a conversation has sent and heard."""

    first: int | None = None  # the number of its SYN
    high: int = 0  # the number after the last it sent
    acked: int = -1
    scale: int | None = None
    last: float | None = None  # when it last sent or heard
    sent: list[tuple[int, int, float]] = field(default_factory=list)  # (seq, end, time)
    coming: list[tuple[float, Step]] = field(default_factory=list)  # on the way to it
    heard: list[Step] = field(default_factory=list)  # pure ACKs since it last sent something new


def trace(packets: Iterable[PacketEvent]) -> list[Step]:
    """A Step for each packet, in order of sending. TypeError for anything but packets."""
    events = list(packets)
    if wrong := [event for event in events if not isinstance(event, PacketEvent)]:
        raise TypeError(f"This needs packets, as path.packets has them, not {type(wrong[0]).__name__}.")
    sides: dict[_Key, dict[bool, _Side]] = {}
    flows: dict[_Key, int] = {}
    numbers: set[tuple[str, int]] = set()
    beginnings: dict[_Key, _Key] = {}  # the conversation of a fragmented datagram
    steps, total = [], 0
    for event in sorted(events, key=lambda event: event.sent):
        packet, out = event.packet, event.direction == "out"
        key = _belongs(packet, sides, beginnings) or _conversation(packet, out)
        if packet.ip and packet.ip.is_fragment:
            beginnings.setdefault(_datagram(packet), key)
        tcp, both = packet.tcp, sides.get(key)
        opens = bool(tcp and tcp.syn and not tcp.ack)
        if both is None or (tcp and opens and both[out].first not in (None, tcp.sequence_number)):
            both = sides[key] = {True: _Side(), False: _Side()}
            flows[key], total = total, total + 1
        step = Step(event, flows[key], size=packet.payload_length)
        step.copy = event.number > 0 and (event.direction, event.number) in numbers
        numbers.add((event.direction, event.number))
        _hear(both[out], event.sent)
        step.since = both[out].last
        step.fresh = 0 if step.copy else step.size
        if tcp:
            _number(step, tcp, packet.segment_length, both[out], both[not out])
        if event.delivered is not None and not step.trouble:
            both[not out].coming.append((event.delivered, step))
        both[out].last = event.sent
        steps.append(step)
    return steps


def _conversation(packet: Packet, out: bool) -> _Key:
    """What all packets of one conversation have in common, whichever way they go."""
    ip = packet.ip
    ends = (ip.source_address, ip.destination_address) if ip else ("", "")
    pairs = list(zip(ends, packet.ports or (0, 0), strict=True))
    return (ip.protocol if ip else 0, *(pairs if out else pairs[::-1]))


def _datagram(packet: Packet) -> _Key:
    """What all fragments of one datagram have in common (RFC 791, section 3.2)."""
    ip = packet.ip
    return (ip.source_address, ip.destination_address, ip.protocol, ip.identification) if ip else ()


def _belongs(packet: Packet, known: Iterable[_Key], beginnings: dict[_Key, _Key]) -> _Key | None:
    """The conversation of a packet that does not name its ports: a later fragment, or an ICMP error.

    An error quotes the packet that it is about, with the addresses as its receiver saw them: perhaps
    exchanged by the path.
    """
    if packet.ip and packet.ip.fragment_offset:
        return beginnings.get(_datagram(packet))
    quoted = packet.quoted
    if quoted is None or quoted.ip is None or quoted.ports is None:
        return None
    ends, (a, b) = (quoted.ip.source_address, quoted.ip.destination_address), quoted.ports
    for one, other in (ends, ends[::-1]):
        for pair in (((one, a), (other, b)), ((other, b), (one, a))):
            if (quoted.ip.protocol, *pair) in known:
                return (quoted.ip.protocol, *pair)
    return None


def _hear(side: _Side, now: float) -> None:
    """Let arrive what came until now."""
    side.coming.sort(key=lambda each: each[0])
    while side.coming and side.coming[0][0] <= now:
        time, step = side.coming.pop(0)
        side.last = max(time, side.last or time)
        if step.is_ack:
            side.heard.append(step)


def _number(step: Step, tcp: TCP, length: int, mine: _Side, other: _Side) -> None:
    if mine.first is None:
        mine.first = (tcp.sequence_number - (0 if tcp.syn else 1)) % WRAP
    if other.first is None and tcp.ack:
        other.first = (tcp.acknowledgment_number - 1) % WRAP
    if tcp.syn:
        mine.scale = tcp.options.window_scale
    step.seq = (tcp.sequence_number - mine.first) % WRAP
    step.end = step.seq + length
    both = mine.scale is not None and other.scale is not None and not tcp.syn
    step.window = tcp.window << min(mine.scale or 0, 14) if both else tcp.window
    if tcp.ack and other.first is not None:
        step.ack = (tcp.acknowledgment_number - other.first) % WRAP
        step.sack = tuple(((a - other.first) % WRAP, (b - other.first) % WRAP) for a, b in tcp.options.sack)
        step.news = step.ack > mine.acked
        mine.acked = max(mine.acked, step.ack)
    if step.copy or length == 0:
        return
    late = step.seq < mine.high  # also what was captured out of order: then nothing of it was sent before
    same = [(seq, time) for seq, end, time in mine.sent if seq < step.end and step.seq < end] if late else []
    step.again = bool(same)
    if step.again:
        step.fresh = min(step.size, max(0, step.end - tcp.fin - mine.high))
        step.cause = _cause(step, mine, max((time for seq, time in same if seq <= step.seq), default=None))
    else:
        mine.heard.clear()
    mine.high = max(mine.high, step.end)
    mine.sent.append((step.seq, step.end, step.event.sent))


def _cause(step: Step, mine: _Side, before: float | None) -> str:
    """Why a segment was sent again: what the ACKs said, or a timer because they said nothing."""
    quiet = step.event.sent - (step.since or 0.0)
    same = [heard for heard in mine.heard if heard.ack == step.seq]
    told = len(same) > SEVERAL or any(heard.sack for heard in mine.heard)
    if told and quiet < LEAST_RTO:
        return "ACKs"
    if quiet < QUIET:
        return ""
    syn = step.tcp is not None and step.tcp.syn
    return "timer" if syn or before is None or step.event.sent - before >= LEAST_RTO else "probe timer"
