"""The exercises of notebook 02: blocks of addresses, addresses as text, and hosts with several addresses."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ..engine import Case, case, exercise
from ..lab import LOOP
from . import addressing, connecting, hints
from .resolving import CLOSED, NO_FAMILY, OPEN, SILENT, has

MANY_ADDRESSES = "3 · Many addresses, one machine"
BLOCKS = "6 · Blocks of addresses"
NAMES = "7 · Names"

Cases = Generator[Case, None, None]


# -- 02-1 --------------------------------------------------------------------------------------------


@exercise(
    "02-1",
    reread=BLOCKS,
    hints=hints.NETWORK_OF,
    outline="ValueError unless it fits; number = int.from_bytes(inet_pton(...)), number & mask, inet_ntop.",
    raises={OSError: "v6", OverflowError: "edge", ValueError: "v6", ImportError: "module"},
)
def network_of(address: str, prefix: int) -> Cases:
    """Return the address of the network that address belongs to, as text.

    It has the first prefix bits of address, then zeros: network_of("192.0.2.77", 26) is
    "192.0.2.64". IPv6 in the form that socket.inet_ntop writes:
    network_of("2001:DB8:0:7::1", 32) is "2001:db8::". Raise ValueError if address is not
    the text of an IPv4 or IPv6 address, and if prefix is not in 0 to 32 for IPv4, or 0 to
    128 for IPv6. Do it without the module ipaddress.
    """
    yield case(
        "192.0.2.77 in blocks of whole bytes", addressing.networks, "192.0.2.77", (24, 16, 8), hint="keep"
    )
    yield case(
        "192.0.2.77 in a /26 and other odd blocks",
        addressing.networks,
        "192.0.2.77",
        (26, 25, 27, 30, 15, 1),
        hint="byte",
    )
    yield case("/0 and /31 and /32", addressing.networks, "203.0.113.255", (0, 31, 32), hint="edge")
    yield case(
        "IPv6 with /32 and /48 and /64", addressing.networks, "2001:db8:7:9:a:b:c:d", (32, 48, 64), hint="v6"
    )
    yield case(
        "IPv6 with /0 and /127 and /128", addressing.networks, "2001:db8::ff", (0, 127, 128), hint="edge"
    )
    yield case("the many ways to write an IPv6 address", addressing.spellings, hint="v6")
    yield case("any IPv4 address with any prefix", addressing.any_network, 32, 40, hint="keep")
    yield case("any IPv6 address with any prefix", addressing.any_network, 128, 40, hint="v6")
    yield case(
        "ValueError for a prefix that does not fit", addressing.refusals, addressing.FITS_NOT, hint="fits"
    )
    yield case(
        "ValueError for text that is no address",
        addressing.refusals,
        addressing.NO_ADDRESS,
        hint="error",
        raises={Exception: "error"},
    )


# -- 02-2 --------------------------------------------------------------------------------------------


@exercise(
    "02-2",
    reread=MANY_ADDRESSES,
    hints=hints.FORMAT_ADDRESS,
    outline="A str stays. host, port = sockaddr[:2]. If host has a colon: add %scope unless 0, and brackets.",
    raises={ValueError: "four", TypeError: "four", IndexError: "two"},
)
def format_address(sockaddr: tuple[Any, ...] | str) -> Cases:
    """Return a socket's address as text: "127.0.0.1:80", or "[::1]:80" for IPv6.

    sockaddr is what Python's sockets give and take: (host, port) for IPv4;
    (host, port, flowinfo, scope_id) for IPv6, where the last two may be missing; a str for
    a Unix socket, which you return as it is. A scope id other than 0 goes behind the host:
    "[fe80::1%2]:80". Nothing else of host changes, and flowinfo is left out.
    """
    yield case("(IPv4) both ends of a connection", addressing.both_ends, "127.0.0.1")
    yield case("(IPv4) what recvfrom says", addressing.from_whom, "127.0.0.1")
    yield case("(IPv6) both ends of a connection", addressing.both_ends, "::1", hint="four")
    yield case("(IPv6) what recvfrom says", addressing.from_whom, "::1", hint="four")
    yield case("an IPv4 client of a server for both", addressing.mapped, hint="mapped")
    yield case("what getaddrinfo says", addressing.from_getaddrinfo, hint="scope")
    yield case("any addresses", addressing.any_address, hint="scope")
    yield case(
        "an IPv6 address with two or three parts",
        addressing.short_of_four,
        hint="two",
        raises={ValueError: "two"},
    )
    yield case("the two ends of a Unix socket", addressing.unix, hint="unix", raises={Exception: "unix"})


# -- 02-3 --------------------------------------------------------------------------------------------

V4, V6, SECOND = "127.0.0.1", "::1", "127.0.0.2"


@exercise(
    "02-3",
    reread=NAMES,
    hints=hints.CONNECT_ANY,
    outline="for each of getaddrinfo: try socket, settimeout, connect, settimeout(None), return; else close.",
    raises={NameError: "kept", ConnectionError: "next", TimeoutError: "silence", TypeError: "family"},
    stuck={"connect": "timeout", "connect_ex": "timeout", "select": "timeout"},
)
def connect_any(host: str, port: int, timeout: float) -> Cases:
    """Return a TCP socket connected to port at the first of host's addresses that answers.

    Ask socket.getaddrinfo for the addresses, of both families, and try them in its order,
    one after another, each for timeout seconds at most. The socket that you return has no
    timeout (None). Raise an OSError if no address answers, or if nobody knows host. Leave
    no other socket open, and leave the timeouts of everybody else alone. Do it without
    socket.create_connection: that is what you build here.
    """
    yield case("an IPv4 address", connecting.reached, [(V4, OPEN)], V4)
    yield case(
        "an IPv6 address", connecting.reached, [(V6, OPEN)], V6, hint="family", raises={OSError: "family"}
    )
    yield case("a name with one IPv4 address", connecting.reached, [(V4, OPEN)])
    yield case(
        "a name with one IPv6 address",
        connecting.reached,
        [(V6, OPEN)],
        hint="family",
        raises={OSError: "family"},
    )
    yield case("the first of two addresses refuses", connecting.reached, two(CLOSED, OPEN), hint="next")
    yield case("the second one would refuse", connecting.reached, two(OPEN, CLOSED), hint="first")
    yield case("both answer", connecting.reached, two(OPEN, OPEN), hint="first")
    yield case(
        "the first one is of a family that this machine does not speak",
        connecting.reached,
        [(NO_FAMILY, CLOSED), (V4, OPEN)],
        hint="unsupported",
        raises={OSError: "unsupported"},
    )
    yield case("the first one keeps silent", connecting.reached, two(SILENT, OPEN), hint="silence")
    yield case(
        "two keep silent and the third one answers",
        connecting.reached,
        three(),
        hint="each",
        raises={OSError: "each"},
    )
    yield case("all refuse", connecting.unreached, two(CLOSED, CLOSED), hint="none")
    yield case("nobody knows the name", connecting.unreached, [], hint="none")


def two(first: str, then: str) -> list[tuple[str, str]]:
    """Two addresses of this machine: IPv6 first, as most resolvers say it."""
    return [(V6 if has(V6) else SECOND, first), (V4, then)]


def three() -> list[tuple[str, str]]:
    return [(SECOND, SILENT), (V6 if has(V6) else "127.0.0.3", SILENT), (V4, OPEN)]


# -- 02-4 --------------------------------------------------------------------------------------------


@exercise(
    "02-4",
    reread=NAMES,
    hints=hints.RACE,
    outline="Loop: start the next if its time has come; select until then; failed: close; connected: return.",
    raises={BlockingIOError: "begun", OSError: "fails", TypeError: "family"},
    stuck={"connect": "wait", "connect_ex": "wait", "join": "losers", "sleep": "asleep", LOOP: "wait"},
)
def race(addresses: list[tuple[int, Any]], delay: float) -> Cases:
    """Connect to several addresses in a staggered race: return the TCP socket that wins.

    addresses is a list of (family, sockaddr), not empty. Begin with the first. Begin with
    the next when delay seconds have passed since you began with the one before, or at once
    when an attempt fails. Attempts under way go on meanwhile. The first that is connected
    wins: begin no more, close all the others, return the winner with no timeout (None).
    If all fail, raise an OSError. Leave no thread. (Happy Eyeballs: RFC 8305, section 5.)
    """
    yield case("one address which answers", connecting.raced, [(V4, OPEN)], 0.2)
    yield case("the first of three answers", connecting.raced, [(V4, OPEN)] * 3, None, hint="stagger")
    yield case(
        "the first one refuses",
        connecting.raced,
        [(V4, CLOSED), (V4, OPEN)],
        None,
        hint="fails",
        stuck={"select": "refused", "wait": "refused", "get": "refused"},
    )
    yield case("an IPv6 address", connecting.raced, [(V6, OPEN)], 0.2, hint="family")
    yield case("all refuse", connecting.all_failed, [(V4, CLOSED)] * 3, 0.05, hint="none")
    yield case("the first one keeps silent", connecting.raced, [(V4, SILENT), (V4, OPEN)], 0.1, hint="wait")
    yield case(
        "the first one keeps silent and the second one refuses",
        connecting.raced,
        [(V4, SILENT), (V4, CLOSED), (V4, OPEN)],
        0.1,
        hint="wait",
    )
    yield case(
        "the first one answers late and the second one never",
        connecting.late_winner,
        0.1,
        hint="patience",
        raises={OSError: "patience"},
        stuck={"select": "patience", "connect": "patience"},
    )
