"""Exercise 02-2: what a socket's address looks like as text."""

from __future__ import annotations

import ipaddress
import socket
import tempfile
from pathlib import Path
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab, LeaveOut
from ...check.sockets import family_of
from .hosts import V4, V6, has, needed

SHORT = (("::1", 80), ("2001:db8::7", 8080, 0), ("::", 0), ("fe80::1", 80, 9), ("fe80::1%2", 80))
AS_IT_IS = (
    ("localhost", 8080), ("", 80), ("0.0.0.0", 0), ("example.org", 443), ("FE80::AB", 80, 0, 2),
    ("0:0:0:0:0:0:0:1", 80),
    ("2001:DB8::0001", 80, 0, 0), ("::ffff:c000:24d", 80, 0, 0),
    ("<broadcast>", 9),
)  # fmt: skip
PATHS = ("/tmp/a:b", "/s", "/ab", "/abc", "::1", "local:80", "")
SCOPED = (("fe80::1", 0, 2), ("fe80::1", 0, 11), ("2001:db8::1", 7, 0), ("ff02::fb", 9, 3))


@exercise(raises={ValueError: "four", TypeError: "four", IndexError: "two"})
def format_address(sockaddr: tuple[Any, ...] | str) -> Cases:
    """Return a socket's address as text: "127.0.0.1:80", or "[::1]:80" for IPv6.

    sockaddr is what Python's sockets give and take: (host, port) for IPv4;
    (host, port, flowinfo, scope_id) for IPv6, where the last two may be missing; a str for
    a Unix socket, which you return as it is. A scope id other than 0 goes behind the host:
    "[fe80::1%2]:80". Nothing else of host changes (it may be a name, or have capitals), and
    flowinfo is left out.
    """
    yield case("(IPv4) both ends of a connection", both_ends, V4)
    yield case("(IPv4) what recvfrom says", from_whom, V4)
    yield case("(IPv6) both ends of a connection", both_ends, V6, hint="four")
    yield case("(IPv6) what recvfrom says", from_whom, V6, hint="four")
    yield case("an IPv4 client of a server for both", mapped, hint="mapped")
    yield case("what getaddrinfo says", from_getaddrinfo, hint="scope")
    yield case("any addresses", at_random, hint="scope")
    yield case(
        "an IPv6 address with two or three parts", formats, *SHORT, hint="two", raises={ValueError: "two"}
    )
    yield case("hosts as programs give them", formats, *AS_IT_IS, hint="same", raises={Exception: "same"})
    yield case("paths of all kinds", formats, *PATHS, hint="unix", raises={Exception: "unix"})
    yield case("the two ends of a Unix socket", of_unix_sockets, hint="unix", raises={Exception: "unix"})


def formats(lab: Lab, *addresses: Any) -> None:
    for sockaddr in addresses:
        judge(lab, sockaddr)


def judge(lab: Lab, sockaddr: Any) -> None:
    host, port, _, scope = ("", 0, 0, 0) if isinstance(sockaddr, str) else (*sockaddr, 0, 0)[:4]
    name = f"{host}%{scope}" if scope else host
    plain = f"{name}:{port}"
    right = f"[{name}]:{port}" if ":" in host else plain

    def mistake(got: Any) -> str | None:
        if isinstance(got, (tuple, list)):
            return "start"
        if not isinstance(got, str) or isinstance(sockaddr, str):
            return None
        if sockaddr[2:3] and len(sockaddr) == 3 and f"%{sockaddr[2]}" in got:
            return "scope"
        if got == plain:
            return "mapped" if "." in host else "two" if len(sockaddr) < 4 else "brackets"
        if "." in host and "]" in got and ":" not in host:
            return "plain"
        return "zero" if not scope and "%" in got else None

    expected = sockaddr if isinstance(sockaddr, str) else right
    lab.gives(expected, sockaddr, asked=f"format_address({sockaddr!r})", hint=mistake)


def both_ends(lab: Lab, host: str) -> None:
    needed(host)
    listener = lab.own(socket.create_server((host, 0), family=family_of(host)))
    client = lab.client(listener.getsockname())
    conn, address = listener.accept()
    lab.own(conn)
    formats(lab, listener.getsockname(), client.getsockname(), client.getpeername(), address)


def from_whom(lab: Lab, host: str) -> None:
    needed(host)
    one, other = lab.mailbox(host), lab.mailbox(host)
    one.sendto(b"?", other.getsockname())
    formats(lab, other.recvfrom(1)[1])


def mapped(lab: Lab) -> None:
    needed(V6)
    if not socket.has_dualstack_ipv6():
        raise LeaveOut("this system has no sockets for both IPv4 and IPv6")
    listener = lab.own(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True))
    client = lab.client((V4, listener.getsockname()[1]))
    conn, address = listener.accept()
    lab.own(conn)
    formats(lab, client.getsockname(), address)


def from_getaddrinfo(lab: Lab) -> None:
    hosts = ["192.0.2.77", *(["2001:db8::7", f"fe80::7%{socket.if_nameindex()[0][0]}"] if has(V6) else [])]
    for host in hosts:
        formats(lab, *(entry[-1] for entry in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)))


def at_random(lab: Lab) -> None:
    for host, flow, scope in SCOPED:
        formats(lab, (host, lab.rng.randrange(65536), flow, scope))
    for _ in range(10):
        formats(lab, (str(ipaddress.IPv4Address(lab.rng.getrandbits(32))), lab.rng.randrange(65536)))
        v6 = str(ipaddress.IPv6Address(lab.rng.getrandbits(128)))
        formats(lab, (v6, lab.rng.randrange(65536), lab.rng.getrandbits(20), 0))


def of_unix_sockets(lab: Lab) -> None:
    if not hasattr(socket, "AF_UNIX"):
        raise LeaveOut("this Python has no Unix sockets")
    with tempfile.TemporaryDirectory() as folder:
        listener, client = (lab.own(socket.socket(socket.AF_UNIX)) for _ in range(2))
        listener.bind(path := str(Path(folder) / "s"))
        listener.listen()
        client.connect(path)
        conn, address = listener.accept()
        lab.own(conn)
        formats(lab, client.getpeername(), address)
