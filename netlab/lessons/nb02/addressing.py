"""Cases for functions of addresses as text: blocks of addresses, and what a socket's address looks like."""

from __future__ import annotations

import ipaddress
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ...check.lab import Broke, Lab, LeaveOut
from .resolving import answer, bound, has, needed

# -- blocks ----------------------------------------------------------------------------------------

FITS_NOT = (("192.0.2.77", 33), ("192.0.2.77", -1), ("2001:db8::1", 129), ("::1", -1), ("192.0.2.77", 64))
NO_ADDRESS = tuple((text, 24) for text in ("192.0.2", "192.0.2.256", "localhost", "", "1::2::3", "fe80::g"))


class BrokeOn(Broke):
    """The learner's function ended with an exception: with which question is said, too."""

    def __init__(self, lab: Lab, question: str) -> None:
        assert lab.run is not None
        super().__init__(lab.run)
        self.question = question

    def __str__(self) -> str:
        return f"{self.question}: {super().__str__()}"


def ask(lab: Lab, question: str, *args: Any) -> Any:
    """Run the learner's function with these arguments; question is how a program would write that."""
    try:
        return lab.call(*args)
    except Broke:
        raise BrokeOn(lab, question) from None


def networks(lab: Lab, address: str, prefixes: tuple[int, ...]) -> None:
    for prefix in prefixes:
        judge_network(lab, address, prefix)


def spellings(lab: Lab) -> None:
    for address in ("::", "::1", "1::", "2001:DB8:0:0:8:0:0:1", "2001:0db8::0001", "::ffff:192.0.2.77"):
        judge_network(lab, address, lab.rng.randint(97, 128))


def any_network(lab: Lab, bits: int, count: int) -> None:
    for _ in range(count):
        number = lab.rng.getrandbits(bits)
        address = ipaddress.IPv4Address(number) if bits == 32 else ipaddress.IPv6Address(number)
        judge_network(lab, str(address), lab.rng.randint(0, bits))


def judge_network(lab: Lab, address: str, prefix: int) -> None:
    question = f"network_of({address!r}, {prefix})"
    network = ipaddress.ip_network((address, prefix), strict=False)
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    right = socket.inet_ntop(family, network.network_address.packed)
    with no_ipaddress(lab):
        got = ask(lab, question, address, prefix)
    if got in (right, str(network.network_address)):
        return
    hint = None
    if got is None:
        hint = "start"
    elif not isinstance(got, str) or "/" in got:
        hint = "text"
    else:
        hint = diagnosis(got, network, address, family)
    lab.equal(got, right, hint=hint, happened=[question])


def diagnosis(got: str, network: Any, address: str, family: int) -> str | None:
    """The hint for a wrong network, if it is wrong in a known way."""
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
    host = int(own) & int(network.hostmask)
    others = (int(own), host, int(network.hostmask), int(network.netmask), int(network.broadcast_address))
    if network.prefixlen in (0, network.max_prefixlen) or (
        family == socket.AF_INET6 and own.packed == packed
    ):
        return None
    return "keep" if int.from_bytes(packed, "big") in others else None


def refusals(lab: Lab, wrong: tuple[tuple[str, int], ...]) -> None:
    for address, prefix in wrong:
        question = f"network_of({address!r}, {prefix})"
        try:
            with no_ipaddress(lab):
                got = ask(lab, question, address, prefix)
        except Broke as broke:
            if isinstance(broke.error, ValueError):
                continue
            raise
        lab.wrong("this asks for a ValueError", got=got, happened=[question])


@contextmanager
def no_ipaddress(lab: Lab) -> Iterator[None]:
    """Fail the case if the learner's function makes an object of the module ipaddress in the block."""
    used = []
    kinds: list[Any] = [
        ipaddress.IPv4Address, ipaddress.IPv4Network, ipaddress.IPv6Address, ipaddress.IPv6Network,
    ]  # fmt: skip
    inits = [kind.__init__ for kind in kinds]

    def noting(init: Any) -> Any:
        def noted(self: Any, *args: Any, **kwargs: Any) -> None:
            if lab.watchman.is_learners_thread():
                used.append(type(self).__name__)
            init(self, *args, **kwargs)

        return noted

    for kind, init in zip(kinds, inits):
        kind.__init__ = noting(init)
    try:
        yield
    finally:
        for kind, init in zip(kinds, inits):
            kind.__init__ = init
        if used:
            lab.wrong(f"your function asked the module ipaddress ({used[0]})", hint="module")


# -- an address as text ------------------------------------------------------------------------------


def judge_text(lab: Lab, sockaddr: Any) -> None:
    if isinstance(sockaddr, str):
        right, plain = sockaddr, sockaddr
    else:
        host, port, _, scope = (*sockaddr, 0, 0)[:4]
        plain = f"{host}{f'%{scope}' if scope else ''}:{port}"
        right = f"[{host}{f'%{scope}' if scope else ''}]:{port}" if ":" in host else plain
    question = f"format_address({sockaddr!r})"
    got = ask(lab, question, sockaddr)
    if got == right:
        return
    hint = None
    if got is None or isinstance(got, (tuple, list)):
        hint = "start"
    elif isinstance(got, str) and isinstance(sockaddr, tuple):
        if got == plain:
            hint = "mapped" if "." in host else "two" if len(sockaddr) < 4 else "brackets"
        elif "." in host and "]" in got and ":" not in host:
            hint = "plain"
        elif not scope and "%" in got:
            hint = "zero"
    lab.equal(got, right, hint=hint, happened=[question])


def both_ends(lab: Lab, host: str) -> None:
    needed(host)
    with ExitStack() as stack:
        listener = bound(stack, host)
        listener.listen()
        client = lab.client(listener.getsockname())
        conn, address = listener.accept()
        lab.own(conn)
        for sockaddr in (listener.getsockname(), client.getsockname(), client.getpeername(), address):
            judge_text(lab, sockaddr)


def from_whom(lab: Lab, host: str) -> None:
    needed(host)
    family = answer(host, 0)[0]
    one, other = (lab.own(socket.socket(family, socket.SOCK_DGRAM)) for _ in range(2))
    for sock in (one, other):
        sock.settimeout(lab.left)
        sock.bind((host, 0))
    one.sendto(b"?", other.getsockname())
    judge_text(lab, other.recvfrom(1)[1])


def mapped(lab: Lab) -> None:
    needed("::1")
    if not socket.has_dualstack_ipv6():
        raise LeaveOut("this system has no sockets for both IPv4 and IPv6")
    listener = lab.own(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True))
    client = lab.client(("127.0.0.1", listener.getsockname()[1]))
    conn, address = listener.accept()
    lab.own(conn)
    judge_text(lab, client.getsockname())
    judge_text(lab, address)


def from_getaddrinfo(lab: Lab) -> None:
    hosts = ["192.0.2.77", *(["2001:db8::7", f"fe80::7%{socket.if_nameindex()[0][0]}"] if has("::1") else [])]
    for host in hosts:
        for *_, sockaddr in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM):
            judge_text(lab, sockaddr)


def any_address(lab: Lab) -> None:
    for host, flow, scope in (
        ("fe80::1", 0, 2),
        ("fe80::1", 0, 11),
        ("2001:db8::1", 7, 0),
        ("ff02::fb", 9, 3),
    ):
        judge_text(lab, (host, lab.rng.randrange(65536), flow, scope))
    for _ in range(10):
        judge_text(lab, (str(ipaddress.IPv4Address(lab.rng.getrandbits(32))), lab.rng.randrange(65536)))
        v6 = str(ipaddress.IPv6Address(lab.rng.getrandbits(128)))
        judge_text(lab, (v6, lab.rng.randrange(65536), lab.rng.getrandbits(20), 0))


def short_of_four(lab: Lab) -> None:
    for sockaddr in (("::1", 80), ("2001:db8::7", 8080, 0), ("::", 0)):
        judge_text(lab, sockaddr)


def unix(lab: Lab) -> None:
    if not hasattr(socket, "AF_UNIX"):
        raise LeaveOut("this Python has no Unix sockets")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "s")
        listener, client = (lab.own(socket.socket(socket.AF_UNIX)) for _ in range(2))
        listener.bind(path)
        listener.listen()
        client.connect(path)
        conn, address = listener.accept()
        lab.own(conn)
        judge_text(lab, client.getpeername())
        judge_text(lab, address)
