"""The words of packet pictures: labels of single packets and runs, and the caption of all. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Sized

from ...wire import Malformed, PacketEvent, Step, trace
from ..kit import count_bytes, listing, noun, number, plural, upper, was, word

SHORT = 16  # bytes of a payload that a label has room for
FEW = 24  # more packets than this are too many to count in a caption, and their number differs between runs


def label(step: Step, words: bool = False) -> str:
    """'SYN seq 0', '1 448 bytes, seq 1–1448', 'ACK 1449', 'datagram, 5 bytes'; and what is special.

    With `words` also what it says: b'noon'.
    """
    said = step.event.packet.payload
    remarks = [repr(said) if len(said) <= SHORT else f"{said[:SHORT]!r} …"] * bool(words and said)
    remarks += ["again"] * step.again + ["out of order"] * (step.event.fate == "reordered")
    return " · ".join([_label(step), *remarks])


def _label(step: Step) -> str:
    packet, tcp = step.event.packet, step.tcp
    if isinstance(packet, Malformed):
        return f"malformed: {packet.reason}"
    if packet.ip and packet.ip.is_fragment:
        return f"fragment at byte {packet.ip.fragment_offset * 8}"
    if packet.cut:
        return f"cut short: {packet.cut}"
    if packet.icmp:
        return f"ICMP {packet.icmp.name}"
    if tcp is None:
        kind = "datagram" if packet.udp else f"protocol {packet.ip.protocol if packet.ip else '?'}"
        return f"{kind}, {count_bytes(step.size)}"
    ack = f"ack {step.ack}" if tcp.ack and step.news else ""
    if tcp.syn or tcp.rst or (tcp.fin and not step.size):
        head = "SYN-ACK" if tcp.syn and tcp.ack else "SYN" if tcp.syn else "RST" if tcp.rst else "FIN"
        head = f"{head} seq {step.seq}"
    elif step.size:
        flags = [name for name in ("PSH", "FIN") if name in tcp.flag_names]
        first = step.seq or 0
        head = f"{' '.join([*flags, count_bytes(step.size)])}, seq {_numbers(first, first + step.size)}"
    else:
        head, ack = f"ACK {step.ack}", ""
    sack = f"SACK {_numbers(*step.sack[0])}" if step.sack else ""
    window = "window 0" if step.window == 0 and not tcp.rst else ""
    return ", ".join(part for part in (head, ack, sack, window) if part)


def run_label(steps: Sequence[Step]) -> str:
    """Many packets of one kind in one line: '12 segments, 17 376 bytes, seq 1–17376'."""
    first, last = steps[0], steps[-1]
    lost = sum(bool(step.trouble) for step in steps)
    tail = f", {lost} lost" if lost else ""
    if first.tcp is None:
        return f"{len(steps)} datagrams, {count_bytes(sum(step.size for step in steps))}{tail}"
    if first.is_ack:
        same = first.ack == last.ack
        return f"{len(steps)} ACKs, {f'all {first.ack}' if same else f'{first.ack} … {last.ack}'}{tail}"
    size = count_bytes(sum(step.size for step in steps))
    return f"{len(steps)} segments, {size}, seq {_numbers(first.seq or 0, last.end or 0)}{tail}"


def _numbers(first: int, after: int) -> str:
    """The numbers of bytes from the first to the last: '1–5' where the next one would be 6."""
    return f"{first}–{after - 1}" if after - first > 1 else f"{first}"


def duration(seconds: float) -> str:
    """'212 ms', '1.02 s', '40 µs'."""
    ms = seconds * 1000
    if ms >= 999.5:
        return f"{seconds:.2f} s"
    return f"{ms:.0f} ms" if ms >= 9.95 else f"{ms:.1f} ms" if ms >= 0.1 else f"{ms * 1000:.0f} µs"


def describe_packets(packets: Iterable[PacketEvent]) -> str:
    """What a recording of packets shows, in sentences: order and counts; no times, no ports.

    Pure acknowledgments are not counted, and of more than 24 packets only the bytes are: how many packets
    carry them depends on the kernel's timing.
    """
    steps = trace(packets)
    if not steps:
        return "No packet was sent."
    few = len(steps) <= FEW
    flows = len({step.flow for step in steps if step.tcp})
    sentences = [f"{upper(noun(flows, 'TCP connection'))}."] if flows > 1 else []
    sentences += _opening(steps) + _carried(steps, few) + _losses(steps, few) + _closing(steps)
    sentences += counted([step for step in steps if step.event.packet.icmp], "ICMP message", "sent")
    unread = [step for step in steps if step.event.packet.cut and step.event.original_length]
    sentences += counted(unread, "packet", "captured too short to be read")
    if waiting := [step for step in steps if step.held]:
        sentences.append(f"{upper(noun(len(waiting), 'packet'))} {'waits' if len(waiting) == 1 else 'wait'}.")
    return " ".join(sentences or counted(steps, "packet", "sent"))


def counted(things: Sized, what: str, happened: str) -> list[str]:
    """'Three segments were lost.'; nothing if there are none."""
    n = len(things)
    return [f"{upper(noun(n, what))} {was(things)} {happened}."] if n else []


def _sides(steps: Sequence[Step], what: Callable[[Step], bool]) -> list[tuple[str, list[Step]]]:
    """("client", its steps), ("server", its steps); without a side that has none."""
    found = [(side, [s for s in steps if s.outward == (side == "client") and what(s)])
             for side in ("client", "server")]  # fmt: skip
    return [(side, those) for side, those in found if those]


def _opening(steps: Sequence[Step]) -> list[str]:
    syns = [step for step in steps if step.tcp and step.tcp.syn and not step.copy]
    sentences = []
    if len({step.flow for step in syns}) == 1 and (asked := [s for s in syns if s.tcp and not s.tcp.ack]):
        first = asked[0]
        mine = [s for s in steps if s.tcp and s.flow == first.flow and s.outward == first.outward]
        answered = any(step.tcp and step.tcp.ack and not step.trouble for step in syns)
        if answered and any(step.tcp and step.tcp.ack and not step.trouble for step in mine):
            sentences = ["Client and server opened a connection with SYN, SYN-ACK and ACK."]
        else:
            one, other = ("client", "server") if first.outward else ("server", "client")
            sentences = [f"The {one} sent a SYN" + (f", the {other} answered SYN-ACK." if answered else ".")]
    for side, those in _sides(syns, lambda step: step.again):
        kind = "SYN-ACK" if those[0].tcp and those[0].tcp.ack else "SYN"
        lost = any(step.trouble for step in syns if step.outward == (side == "client"))
        why = "was lost and" if lost else "got no answer in time and"
        times = {1: "once", 2: "twice"}.get(len(those), f"{word(len(those))} times")
        sentences.append(f"The {kind} {why} was sent {times} more.")
    return sentences


def _carried(steps: Sequence[Step], few: bool) -> list[str]:
    parts, sentences = [], []
    for side, those in _sides(steps, lambda s: s.fresh > 0 and s.tcp is not None):
        size = count_bytes(sum(step.fresh for step in those))
        parts.append(f"the {side} sent {size}" + (f" in {noun(len(those), 'segment')}" if few else ""))
    broken = {_datagram(step) for step in steps if step.trouble} - {()}
    for side, those in _sides(steps, lambda s: s.event.packet.udp is not None and not s.copy):
        lost = [step for step in those if step.trouble or _datagram(step) in broken]
        fate = f"; {word(len(lost))} {was(lost)} lost" if lost else ""
        sentences.append(f"The {side} sent {noun(len(those), 'datagram')}{fate}.")
    return [f"{upper(listing(parts))}.", *sentences] if parts else sentences


def _datagram(step: Step) -> tuple[object, ...]:
    """What the fragments of one datagram have in common, of which none may be lost."""
    ip = step.event.packet.ip
    return (step.outward, step.flow, ip.identification) if ip and ip.is_fragment else ()


def _losses(steps: Sequence[Step], few: bool) -> list[str]:
    """What happened to segments other than SYNs; datagrams are counted where they are named."""
    plain = [step for step in steps if step.tcp and not step.tcp.syn]
    lost, again = [step for step in plain if step.trouble], [step for step in plain if step.again]
    if not few:
        parts = ["packets were lost"] * bool(lost) + ["segments were sent again"] * bool(again)
        return [f"{upper(listing(parts))}."] if parts else []
    reasons = {step.cause.rpartition(" ")[2] for step in again}
    whys = {"timer": " by a timer", "ACKs": " because the ACKs asked for it"}
    why = whys.get(reasons.pop(), "") if len(reasons) == 1 else ""
    return [
        *counted([step for step in lost if step.is_ack], "acknowledgment", "lost"),
        *counted([step for step in lost if not step.is_ack], "segment", "lost"),
        *counted(again, "segment", f"sent again{why}"),
        *counted([step for step in steps if step.copy], "packet", "doubled on the way"),
    ]


def _closing(steps: Sequence[Step]) -> list[str]:
    ends = [side for side, _ in _sides(steps, lambda step: bool(step.tcp and step.tcp.fin))]
    resets = [side for side, _ in _sides(steps, lambda step: bool(step.tcp and step.tcp.rst))]
    who = "Both sides" if len(ends) == 2 else f"The {ends[0]}" if ends else ""
    sentences = [f"{who} closed with FIN."] if ends else []
    return sentences + ([f"The {listing(resets)} sent RST."] if resets else [])


def source(packets: object) -> str:
    """'A recording of 2026-11-22 on Linux 6.18' if that is what the packets are, else nothing."""
    return str(getattr(packets, "note", "")).partition(";")[0]


def summary(steps: Sequence[Step]) -> str:
    """'10 packets in 122 ms, 2 lost, 1 sent again', for the foot of a picture."""
    if not steps:
        return "no packets"
    took = max(max(s.event.sent, s.event.delivered or 0.0) for s in steps) - steps[0].event.sent
    parts = [f"{number(len(steps))} {plural(len(steps), 'packet')} in {duration(took)}"]
    lost, again = sum(bool(s.trouble) for s in steps), sum(s.again for s in steps)
    return ", ".join(parts + [f"{lost} lost"] * bool(lost) + [f"{again} sent again"] * bool(again))
