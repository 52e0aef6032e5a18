"""05-1 transfer_time: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

from fractions import Fraction

from ..registry import mutant, right


@right("transfer_time")
def bit_by_bit(n: int, rtt: float, rate: float, protocol: str) -> float:
    """counts one-way trips: three or one"""
    trips = {"tcp": 3, "udp": 1}[protocol]  # SYN, SYN-ACK, data
    return float(trips * Fraction(rtt) / 2 + 8 * n / Fraction(rate))


@mutant("transfer_time", "bits", says="1,000,000 bytes over UDP")
def bytes_for_bits(n: int, rtt: float, rate: float, protocol: str) -> float:
    """divides bytes by bits per second"""
    return (1.5 if protocol == "tcp" else 0.5) * rtt + n / rate


@mutant("transfer_time", "bits")
def eight_the_wrong_way(n: int, rtt: float, rate: float, protocol: str) -> float:
    """divides by eight"""
    return (1.5 if protocol == "tcp" else 0.5) * rtt + n / 8 / rate


@mutant("transfer_time", "handshake", says="1 byte over TCP")
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


@mutant("transfer_time", "window", says="20,000,000 bytes over TCP")
def slow_start(n: int, rtt: float, rate: float, protocol: str) -> float:
    """TCP's window grows from ten segments"""
    window, left, trips = 14_600, n, 0
    while protocol == "tcp" and left > window:
        left, window, trips = left - window, 2 * window, trips + 1
    return 8 * n / rate + (1.5 if protocol == "tcp" else 0.5) * rtt + trips * rtt


@mutant("transfer_time", "window")
def one_datagram(n: int, rtt: float, rate: float, protocol: str) -> float:
    """UDP carries 65507 bytes at most"""
    if protocol == "udp" and n > 1_000_000:
        n = 65_507
    return 8 * n / rate + (1.5 if protocol == "tcp" else 0.5) * rtt


@mutant("transfer_time", "division", says="1 byte over TCP")
def microseconds(n: int, rtt: float, rate: float, protocol: str) -> float:
    """rounds to microseconds"""
    return round(8 * n / rate + (1.5 if protocol == "tcp" else 0.5) * rtt, 6)


@right("transfer_time")
def with_fractions(n: int, rtt: float, rate: float, protocol: str) -> Fraction:
    """fractions: no rounding at all"""
    return Fraction(8 * n) / Fraction(rate) + Fraction(rtt) * Fraction(3 if protocol == "tcp" else 1, 2)
