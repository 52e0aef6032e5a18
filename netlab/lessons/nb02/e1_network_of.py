"""Exercise 02-1: the network that an address belongs to."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from functools import partial
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import Broke, Lab

ODD = (26, 25, 27, 30, 15, 1)  # prefixes that end inside a byte
ODD6 = (1, 31, 33, 47, 49, 50, 52, 56, 63)
SPELLINGS = ("::", "::1", "1::", "2001:DB8:0:0:8:0:0:1", "2001:0db8::0001", "::ffff:192.0.2.77")
FITS_NOT = (("192.0.2.77", 33), ("192.0.2.77", -1), ("2001:db8::1", 129), ("::1", -1), ("192.0.2.77", 64))
NO_ADDRESS = (
    "192.0.2", "192.0.2.256", "localhost", "", "1::2::3", "fe80::g", "192.0.2.+7", "192.0.2.-7",
    "192.0.2.7_7", "192.0.2. 7", " 192.0.2.7", "192.0.2.7\n", "192.0.2.٧", "192.0.2.²", "192.0.2.07",
    "192.0.2.0x7", "192.0.2.7.7", "192.0.2.", "192.0.2.7/24", "192.0.2.7:80", "[::1]", "::1/64", ":::",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::192.0.2.256", "fe80::1%1", "::1 ", "192.0.2.7\0",
)  # fmt: skip


@exercise(raises={OSError: "v6", OverflowError: "edge", ValueError: "v6", ImportError: "module"})
def network_of(address: str, prefix: int) -> Cases:
    """Return the address of the network that address belongs to, as text.

    It has the first prefix bits of address, then zeros: network_of("192.0.2.77", 26) is
    "192.0.2.64". IPv6 in the form that socket.inet_ntop writes:
    network_of("2001:DB8:0:7::1", 32) is "2001:db8::". Raise ValueError if address is not
    the text of an IPv4 or IPv6 address, and if prefix is not in 0 to 32 for IPv4, or 0 to
    128 for IPv6. Do it without the module ipaddress.
    """
    yield case("192.0.2.77 in blocks of whole bytes", in_blocks, "192.0.2.77", 24, 16, 8, hint="keep")
    yield case("192.0.2.77 in a /26 and other odd blocks", in_blocks, "192.0.2.77", *ODD, hint="byte")
    yield case("/0 and /31 and /32", in_blocks, "203.0.113.255", 0, 31, 32, hint="edge")
    yield case("IPv6 with /32 and /48 and /64", in_blocks, "2001:db8:7:9:a:b:c:d", 32, 48, 64, hint="v6")
    yield case("IPv6 with prefixes between the colons", in_blocks, "2001:db8:7:ffff::9", *ODD6, hint="v6")
    yield case("IPv6 with /0 and /127 and /128", in_blocks, "2001:db8::ff", 0, 127, 128, hint="edge")
    yield case("the many ways to write an IPv6 address", in_spellings, hint="v6")
    yield case("0.0.0.0 and 255.255.255.255 and ::", extremes, hint="edge", raises={ValueError: "edge"})
    yield case("any IPv4 address with any prefix", at_random, ipaddress.IPv4Address, 32, hint="keep")
    yield case("any IPv6 address with any prefix", at_random, ipaddress.IPv6Address, 128, hint="v6")
    yield case("ValueError for a prefix that does not fit", refused, FITS_NOT, hint="fits")
    yield case(
        "ValueError for text that is no address",
        refused,
        tuple((text, 24) for text in NO_ADDRESS if not is_address(text)),
        hint="error",
        raises={Exception: "error"},
    )


def in_blocks(lab: Lab, address: str, *prefixes: int) -> None:
    forbid_ipaddress(lab)
    for prefix in prefixes:
        judge(lab, address, prefix)


def extremes(lab: Lab) -> None:
    forbid_ipaddress(lab)
    for address, prefix in (("0.0.0.0", 8), ("255.255.255.255", 32), ("255.255.255.255", 9), ("::", 64)):
        judge(lab, address, prefix)


def is_address(text: str) -> bool:
    """As this system sees it: some take 192.0.2.07."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError, ValueError):
            socket.inet_pton(family, text)
            return True
    return False


def in_spellings(lab: Lab) -> None:
    forbid_ipaddress(lab)
    for address in SPELLINGS:
        judge(lab, address, lab.rng.randint(97, 128))


def at_random(lab: Lab, kind: Any, bits: int) -> None:
    forbid_ipaddress(lab)
    for _ in range(40):
        judge(lab, str(kind(lab.rng.getrandbits(bits))), lab.rng.randint(0, bits))


def refused(lab: Lab, wrong: tuple[tuple[str, int], ...]) -> None:
    forbid_ipaddress(lab)
    for address, prefix in wrong:
        lab.raises(ValueError, address, prefix, asked=f"network_of({address!r}, {prefix})")


def forbid_ipaddress(lab: Lab) -> None:
    lab.forbids(
        ipaddress.IPv4Interface,
        ipaddress.IPv6Interface,
        ipaddress.IPv4Address,
        ipaddress.IPv6Address,
        ipaddress.IPv4Network,
        ipaddress.IPv6Network,
        hint="module",
        said="your function asked the module ipaddress ({0.__name__})",
    )


def judge(lab: Lab, address: str, prefix: int) -> None:
    """As inet_ntop writes it: ::ffff:192.0.2.0, and not ::ffff:c000:200."""
    asked = f"network_of({address!r}, {prefix})"
    network = ipaddress.ip_network((address, prefix), strict=False)
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    right = socket.inet_ntop(family, network.network_address.packed)
    try:
        got = lab.call(address, prefix)
    except Broke as broke:
        broke.asked = asked
        raise
    lab.equal(got, right, hint=partial(mistake, network, address, family), happened=[asked])


def mistake(network: Any, address: str, family: int, got: Any) -> str | None:
    """The hint for a wrong network, if it is wrong in a known way."""
    if got is None:
        return "start"
    if not isinstance(got, str) or "/" in got:
        return "text"
    try:
        packed = socket.inet_pton(family, got)
    except OSError:
        return "v6" if family == socket.AF_INET6 else None
    if packed == network.network_address.packed:
        return "form"
    odd, own = network.prefixlen % 8, ipaddress.ip_address(address)
    for whole in (network.prefixlen - odd, network.prefixlen - odd + 8):
        if odd and packed == ipaddress.ip_network((address, whole), strict=False).network_address.packed:
            return "byte"
    if network.prefixlen in (0, network.max_prefixlen) or (
        family == socket.AF_INET6 and own.packed == packed
    ):
        return None
    host = int(own) & int(network.hostmask)
    others = (int(own), host, int(network.hostmask), int(network.netmask), int(network.broadcast_address))
    return "keep" if int.from_bytes(packed, "big") in others else None
