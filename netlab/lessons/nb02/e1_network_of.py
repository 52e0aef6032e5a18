"""Exercise 02-1: network_of."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from . import addressing


@exercise(raises={OSError: "v6", OverflowError: "edge", ValueError: "v6", ImportError: "module"})
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
