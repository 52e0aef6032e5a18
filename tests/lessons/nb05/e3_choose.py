"""05-3 choose: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

from ..registry import mutant, right

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


@mutant("choose", "answer", says="must be a tuple")
def as_a_list(application: str) -> list[str]:
    """returns a list"""
    return list(CHOICES[application])
