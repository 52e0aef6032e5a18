"""01-1 is_port_open: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import select
import socket
from contextlib import closing

from ..registry import mutant, right


@right("is_port_open")
def with_connect_ex(host: str, port: int, timeout: float) -> bool:
    """connect_ex, and the family by hand"""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        sock.settimeout(timeout)
        return sock.connect_ex((host, port)) == 0
    finally:
        sock.close()


@right("is_port_open")
def without_blocking(host: str, port: int, timeout: float) -> bool:
    """a non-blocking connect and select"""
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, proto) as sock:
        sock.setblocking(False)
        sock.connect_ex(address)
        _, writable, failed = select.select([], [sock], [sock], timeout)
        return bool(writable or failed) and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


@mutant("is_port_open", "timeout", says="blocked in connect")
def no_timeout(host: str, port: int, timeout: float) -> bool:
    """no timeout"""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        return sock.connect_ex((host, port)) == 0 if "." not in host else _connects(sock, host, port)


def _connects(sock: socket.socket, host: str, port: int) -> bool:
    try:
        sock.connect((host, port))
    except OSError:
        return False
    return True


@mutant("is_port_open", "close", says="left 1 socket open")
def leaks(host: str, port: int, timeout: float) -> bool:
    """never closes the socket"""
    try:
        socket.create_connection((host, port), timeout=timeout)
    except OSError:
        return False
    return True


@mutant("is_port_open", "close", says="left 1 socket open")
def leaks_when_refused(host: str, port: int, timeout: float) -> bool:
    """closes the socket only if it was connected"""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.settimeout(timeout)
    try:
        sock.connect((host, port))
        sock.close()
        return True
    except OSError:
        return False


@mutant("is_port_open", "refused")
def everything_is_open(host: str, port: int, timeout: float) -> bool:
    """except Exception: return True"""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except Exception:
        return True


@mutant("is_port_open", "backwards")
def truth_of_connect_ex(host: str, port: int, timeout: float) -> bool:
    """bool(connect_ex(...)): 0 is success, and false"""
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as sock:
        sock.settimeout(timeout)
        return bool(sock.connect_ex((host, port)))


@mutant("is_port_open", "backwards")
def number_of_connect_ex(host: str, port: int, timeout: float) -> int:
    """returns what connect_ex returns"""
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as sock:
        sock.settimeout(timeout)
        return sock.connect_ex((host, port))


@mutant("is_port_open", "family")
def ipv4_only_raises(host: str, port: int, timeout: float) -> bool:
    """IPv4 only: the address does not resolve"""
    with socket.socket() as sock:
        sock.settimeout(timeout)
        return sock.connect_ex((host, port)) == 0


@mutant("is_port_open", "family")
def ipv4_only_says_closed(host: str, port: int, timeout: float) -> bool:
    """IPv4 only: closed, it says"""
    with socket.socket() as sock:
        sock.settimeout(timeout)
        return _connects(sock, host, port)


@mutant("is_port_open", "default")
def changes_everybodys_timeout(host: str, port: int, timeout: float) -> bool:
    """setdefaulttimeout, and never back"""
    socket.setdefaulttimeout(timeout)
    try:
        with socket.create_connection((host, port)):
            return True
    except OSError:
        return False


@mutant("is_port_open", "refused", says="ConnectionRefusedError")
def lets_refusal_out(host: str, port: int, timeout: float) -> bool:
    """only expects TimeoutError"""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except TimeoutError:
        return False


@mutant("is_port_open", "silent", says="TimeoutError")
def lets_silence_out(host: str, port: int, timeout: float) -> bool:
    """only expects ConnectionRefusedError"""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except ConnectionRefusedError:
        return False


@mutant("is_port_open", "quiet", says="b'hello")
def says_hello(host: str, port: int, timeout: float) -> bool:
    """sends something to be sure"""
    try:
        with socket.create_connection((host, port), timeout=timeout) as sock:
            sock.sendall(b"hello?")
            return True
    except OSError:
        return False


@mutant("is_port_open", "accepted")
def waits_for_a_word(host: str, port: int, timeout: float) -> bool:
    """open only if the program says or ends something"""
    try:
        with socket.create_connection((host, port), timeout=timeout) as sock:
            sock.shutdown(socket.SHUT_WR)
            return sock.recv(1) is not None
    except OSError:
        return False


def _asks(host: str, port: int, timeout: float | None) -> bool:
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except OSError:
        return False


@mutant("is_port_open", "default")
def changes_it_for_a_while(host: str, port: int, timeout: float) -> bool:
    """setdefaulttimeout, and back at the end"""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(timeout)
    try:
        return _asks(host, port, timeout)
    finally:
        socket.setdefaulttimeout(before)


@mutant("is_port_open", "silent", says="expected  False")
def silence_is_open(host: str, port: int, timeout: float) -> bool:
    """whoever does not refuse is open"""
    try:
        return _asks(host, port, timeout) or bool(socket.create_connection((host, port), timeout=timeout))
    except TimeoutError:
        return True
    except OSError:
        return False


@mutant("is_port_open", "timeout", says="and you waited")
def a_second_always(host: str, port: int, timeout: float) -> bool:
    """one second, whatever timeout is"""
    return _asks(host, port, 1.0)


@mutant("is_port_open", "timeout", says="and you gave up after")
def a_blink_always(host: str, port: int, timeout: float) -> bool:
    """0.1 s, whatever timeout is"""
    return _asks(host, port, 0.1)


@mutant("is_port_open", "timeout", says="and you waited")
def asks_twice(host: str, port: int, timeout: float) -> bool:
    """a second try after the first"""
    return _asks(host, port, timeout) or _asks(host, port, timeout)


@mutant("is_port_open", "again")
def remembers(host: str, port: int, timeout: float, known: dict[int, bool] = {}) -> bool:  # noqa: B006
    """keeps each answer"""
    if port not in known:
        known[port] = _asks(host, port, timeout)
    return known[port]


@mutant("is_port_open", "address")
def this_machine(host: str, port: int, timeout: float) -> bool:
    """127.0.0.1 or ::1, it is all one machine"""
    return _asks(host, port, timeout) or _asks("127.0.0.1", port, timeout / 10)
