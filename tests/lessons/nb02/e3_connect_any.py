"""02-3 connect_any: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import time
from typing import Any

from ..registry import mutant, right
from .shared_connecting import STREAM


@right("connect_any")
def with_connect_ex(host: str, port: int, timeout: float) -> socket.socket:
    """connect_ex, and the sockets closed by hand"""
    code = errno.EHOSTUNREACH
    for family, kind, proto, _, sockaddr in socket.getaddrinfo(host, port, 0, STREAM):
        try:
            sock = socket.socket(family, kind, proto)
        except OSError:
            continue
        sock.settimeout(timeout)
        code = sock.connect_ex(sockaddr)
        if code == 0:
            sock.settimeout(None)
            return sock
        sock.close()
    raise OSError(code, "nobody answers")


@right("connect_any")
def without_blocking(host: str, port: int, timeout: float) -> socket.socket:
    """non-blocking connect and select; filters the types itself; closes with an ExitStack"""
    for family, kind, _, _, sockaddr in socket.getaddrinfo(host, port):
        if kind != STREAM:
            continue
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            sock = stack.enter_context(socket.socket(family, kind))
            sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                sock.connect(sockaddr)
            _, writable, failed = select.select([], [sock], [sock], timeout)
            if (writable or failed) and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                sock.setblocking(True)
                stack.pop_all()
                return sock
    raise ConnectionError(f"no address of {host} answers")


@right("connect_any")
def family_after_family(host: str, port: int, timeout: float) -> socket.socket:
    """a helper for one address, and the errors kept in a list"""

    def connected(family: int, sockaddr: Any) -> socket.socket:
        sock = socket.socket(family, STREAM)
        try:
            sock.settimeout(timeout)
            sock.connect(sockaddr[:2])
        except BaseException:
            sock.close()
            raise
        sock.settimeout(None)
        return sock

    errors = []
    for family, *_, sockaddr in socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP):
        try:
            return connected(family, sockaddr)
        except OSError as error:
            errors.append(error)
    raise errors[-1]


def _addresses(host: str, port: int) -> Any:
    return socket.getaddrinfo(host, port, type=STREAM)


@mutant("connect_any", "next", says="ConnectionRefusedError")
def only_the_first(host: str, port: int, timeout: float) -> socket.socket:
    """getaddrinfo(...)[0]"""
    family, kind, proto, _, sockaddr = _addresses(host, port)[0]
    sock = socket.socket(family, kind, proto)
    try:
        sock.settimeout(timeout)
        sock.connect(sockaddr)
        sock.settimeout(None)
    except OSError:
        sock.close()
        raise
    return sock


@mutant("connect_any", "first")
def the_last_wins(host: str, port: int, timeout: float) -> socket.socket:
    """goes on to the end of the list"""
    found = None
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        try:
            sock = socket.socket(family, kind, proto)
        except OSError:
            continue
        sock.settimeout(timeout)
        if sock.connect_ex(sockaddr):
            sock.close()
            continue
        sock.settimeout(None)
        found = sock
    if found is None:
        raise OSError("nobody")
    return found


@mutant("connect_any", "first")
def ipv4_before_ipv6(host: str, port: int, timeout: float) -> socket.socket:
    """prefers IPv4"""
    return _in_order(sorted(_addresses(host, port)), timeout)


@mutant("connect_any", "first")
def from_behind(host: str, port: int, timeout: float) -> socket.socket:
    """takes the addresses from the end: pop()"""
    return _in_order(_addresses(host, port)[::-1], timeout)


def _in_order(found: Any, timeout: float | None, after: float | None = None) -> socket.socket:
    failure = OSError("no address")
    for family, kind, proto, _, sockaddr in found:
        try:
            sock = socket.socket(family, kind, proto)
        except OSError as error:
            failure = error
            continue
        try:
            sock.settimeout(timeout)
            sock.connect(sockaddr)
            sock.settimeout(after)
            return sock
        except OSError as error:
            failure = error
            sock.close()
    raise failure


@mutant("connect_any", "asks")
def ipv4_only(host: str, port: int, timeout: float) -> socket.socket:
    """socket.socket() and connect((host, port))"""
    sock = socket.socket()
    try:
        sock.settimeout(timeout)
        sock.connect((host, port))
    except OSError:
        sock.close()
        raise
    sock.settimeout(None)
    return sock


@mutant("connect_any", "family")
def asks_for_ipv4(host: str, port: int, timeout: float) -> socket.socket:
    """getaddrinfo(..., socket.AF_INET)"""
    return _in_order(socket.getaddrinfo(host, port, socket.AF_INET, STREAM), timeout)


@mutant("connect_any", "asks")
def by_gethostbyname(host: str, port: int, timeout: float) -> socket.socket:
    """gethostbyname, which knows IPv4 only"""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family)
    try:
        sock.settimeout(timeout)
        sock.connect((host if ":" in host else socket.gethostbyname(host), port))
    except OSError:
        sock.close()
        raise
    sock.settimeout(None)
    return sock


@mutant("connect_any", "family", says="TypeError")
def family_by_default(host: str, port: int, timeout: float) -> socket.socket:
    """socket.socket() for every sockaddr"""
    for _, _, _, _, sockaddr in _addresses(host, port):
        sock = socket.socket()
        try:
            sock.settimeout(timeout)
            sock.connect(sockaddr)
            sock.settimeout(None)
            return sock
        except OSError:
            sock.close()
    raise OSError("nobody")


@mutant("connect_any", "stream")
def any_kind(host: str, port: int, timeout: float) -> socket.socket:
    """getaddrinfo without a type: a UDP socket always connects"""
    return _in_order(socket.getaddrinfo(host, port), timeout)


@mutant("connect_any", "unsupported")
def socket_outside_try(host: str, port: int, timeout: float) -> socket.socket:
    """socket() stands before the try"""
    failure = OSError("no address")
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        sock = socket.socket(family, kind, proto)
        try:
            sock.settimeout(timeout)
            sock.connect(sockaddr)
            sock.settimeout(None)
            return sock
        except OSError as error:
            failure = error
            sock.close()
    raise failure


@mutant("connect_any", "timeout", says="blocked in connect")
def no_timeout(host: str, port: int, timeout: float) -> socket.socket:
    """no timeout"""
    return _in_order(_addresses(host, port), None)


@mutant("connect_any", "silence", says="TimeoutError")
def expects_refusal_only(host: str, port: int, timeout: float) -> socket.socket:
    """except ConnectionRefusedError"""
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        try:
            sock = socket.socket(family, kind, proto)
        except OSError:
            continue
        try:
            sock.settimeout(timeout)
            sock.connect(sockaddr)
            sock.settimeout(None)
            return sock
        except ConnectionRefusedError:
            sock.close()
    raise ConnectionRefusedError("all")


@mutant("connect_any", "silence")
def one_timeout_for_all(host: str, port: int, timeout: float) -> socket.socket:
    """timeout for all addresses together"""
    end = time.monotonic() + timeout
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        try:
            sock = socket.socket(family, kind, proto)
        except OSError:
            continue
        left = end - time.monotonic()
        if left > 0:
            sock.settimeout(left)
            if sock.connect_ex(sockaddr) == 0:
                sock.settimeout(None)
                return sock
        sock.close()
    raise TimeoutError("too late")


@mutant("connect_any", "each")
def two_tries(host: str, port: int, timeout: float) -> socket.socket:
    """tries two addresses only, one of each family"""
    return _in_order(_addresses(host, port)[:2], timeout)


@mutant("connect_any", "blocking", says="has a timeout of 0.2 s")
def timeout_left(host: str, port: int, timeout: float) -> socket.socket:
    """the timeout stays on the socket"""
    return _in_order(_addresses(host, port), timeout, timeout)


@mutant("connect_any", "default")
def changes_everybodys_timeout(host: str, port: int, timeout: float) -> socket.socket:
    """setdefaulttimeout"""
    socket.setdefaulttimeout(timeout)
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        sock = socket.socket(family, kind, proto)
        try:
            sock.connect(sockaddr)
            sock.settimeout(None)
            return sock
        except OSError:
            sock.close()
    raise OSError("nobody")


@mutant("connect_any", "closed")
def closes_the_winner(host: str, port: int, timeout: float) -> socket.socket:
    """with socket.socket(...) as sock: ... return sock"""
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        try:
            with socket.socket(family, kind, proto) as sock:
                sock.settimeout(timeout)
                sock.connect(sockaddr)
                sock.settimeout(None)
                return sock
        except OSError:
            pass
    raise OSError("nobody")


@mutant("connect_any", "connected")
def does_not_look_at_connect_ex(host: str, port: int, timeout: float) -> socket.socket:
    """takes no notice of what connect_ex returns"""
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        sock = socket.socket(family, kind, proto)
        sock.settimeout(timeout)
        sock.connect_ex(sockaddr)
        sock.settimeout(None)
        return sock
    raise OSError("nobody")


@mutant("connect_any", "none", says="without `return`")
def gives_up_in_silence(host: str, port: int, timeout: float) -> socket.socket | None:
    """returns None in the end"""
    with contextlib.suppress(OSError):
        return _in_order(_addresses(host, port), timeout)
    return None


@mutant("connect_any", "none")
def raises_something_else(host: str, port: int, timeout: float) -> socket.socket:
    """raise Exception('no address answers')"""
    try:
        return _in_order(_addresses(host, port), timeout)
    except OSError:
        raise Exception("no address answers") from None


@mutant("connect_any", "kept", says="UnboundLocalError")
def raises_the_name_of_the_except(host: str, port: int, timeout: float) -> socket.socket:
    """raise error, which Python has deleted"""
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        try:
            sock = socket.socket(family, kind, proto)
        except OSError:
            continue
        try:
            sock.settimeout(timeout)
            sock.connect(sockaddr)
            sock.settimeout(None)
            return sock
        except OSError as error:  # noqa: F841
            sock.close()
    raise error  # noqa: F821


@mutant("connect_any", "close", says="left 1 socket open")
def leaks_what_failed(host: str, port: int, timeout: float) -> socket.socket:
    """does not close what did not connect"""
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        try:
            sock = socket.socket(family, kind, proto)
            sock.settimeout(timeout)
            sock.connect(sockaddr)
            sock.settimeout(None)
            return sock
        except OSError:
            continue
    raise OSError("nobody")


@mutant("connect_any", "close", says="left 1 socket open")
def closes_only_the_refused(host: str, port: int, timeout: float) -> socket.socket:
    """closes after a refusal, and not after silence"""
    for family, kind, proto, _, sockaddr in _addresses(host, port):
        try:
            sock = socket.socket(family, kind, proto)
        except OSError:
            continue
        try:
            sock.settimeout(timeout)
            sock.connect(sockaddr)
            sock.settimeout(None)
            return sock
        except ConnectionRefusedError:
            sock.close()
        except OSError:
            pass
    raise OSError("nobody")


@mutant("connect_any", "forbidden")
def leaves_it_to_python(host: str, port: int, timeout: float) -> socket.socket:
    """create_connection"""
    sock = socket.create_connection((host, port), timeout=timeout)
    sock.settimeout(None)
    return sock


@mutant("connect_any", "start")
def returns_the_addresses(host: str, port: int, timeout: float) -> Any:
    """returns what getaddrinfo gave"""
    return _addresses(host, port)


def _walk(entries: Any, timeout: float, errors: Any = OSError) -> socket.socket:
    """The right loop, over any entries."""
    failure: OSError = OSError("none")
    for family, kind, proto, _, sockaddr in entries:
        sock = None
        try:
            sock = socket.socket(family, kind, proto)
            sock.settimeout(timeout)
            sock.connect(sockaddr)
            sock.settimeout(None)
            return sock
        except OSError as error:
            failure = error
            if sock is not None:
                sock.close()
            if not isinstance(error, errors) and sock is not None:
                raise
    raise failure


def _entries(host: str, port: int) -> Any:
    return socket.getaddrinfo(host, port, type=STREAM)


@mutant("connect_any", "first")
def ipv6_first(host: str, port: int, timeout: float) -> socket.socket:
    """asks for IPv6, then for IPv4"""
    entries = sorted(_entries(host, port), key=lambda entry: entry[0] != socket.AF_INET6)
    return _walk(entries, timeout)


@mutant("connect_any", "order", says="you tried")
def sorts_them(host: str, port: int, timeout: float) -> socket.socket:
    """sorts the addresses that are not IPv6"""
    entries = _entries(host, port)
    return _walk(entries if len(entries) < 4 else sorted(entries, key=lambda entry: entry[4]), timeout)


@mutant("connect_any", "first", says="you tried")
def connects_to_all(host: str, port: int, timeout: float) -> socket.socket:
    """connects to all, and keeps the first"""
    socks = []
    for entry in _entries(host, port):
        try:
            socks.append(_walk([entry], timeout))
        except OSError as error:
            failure = error
    for sock in socks[1:]:
        sock.close()
    if not socks:
        raise failure
    return socks[0]


@mutant("connect_any", "unsupported")
def expects_refusal_and_silence(host: str, port: int, timeout: float) -> socket.socket:
    """expects ConnectionError and TimeoutError of connect"""
    return _walk(_entries(host, port), timeout, (ConnectionError, TimeoutError))


@mutant("connect_any", "seconds", says="timeout was 0.1 s")
def half_a_second(host: str, port: int, timeout: float) -> socket.socket:
    """0.5 s for each, whatever timeout is"""
    return _walk(_entries(host, port), 0.5)


@mutant("connect_any", "seconds", says="timeout was 0.3 s")
def shares_it(host: str, port: int, timeout: float) -> socket.socket:
    """divides timeout by the number of addresses"""
    entries = _entries(host, port)
    return _walk(entries, timeout / len(entries))


@mutant("connect_any", "default", says="changed the default timeout")
def changes_it_for_a_while(host: str, port: int, timeout: float) -> socket.socket:
    """setdefaulttimeout, and back at the end"""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(timeout)
    try:
        return _walk(_entries(host, port), timeout)
    finally:
        socket.setdefaulttimeout(before)


@mutant("connect_any", "asks")
def knows_them(host: str, port: int, timeout: float) -> socket.socket:
    """looks into a list of its own"""
    known = [(socket.AF_INET6 if ":" in where else socket.AF_INET, where) for where in ("127.0.0.1", "::1")]
    return _walk([(family, STREAM, 0, "", (where, port)) for family, where in known], timeout)
