"""00-1 my_port: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import socket
from typing import Any

from ..registry import mutant, right


@right("my_port")
def by_unpacking_the_rest(sock: Any) -> int:
    """host, port, *rest = getsockname()"""
    _host, port, *_rest = sock.getsockname()
    return port


@mutant("my_port", "peer")
def the_peers_port(sock: Any) -> int:
    """getpeername() instead of getsockname()"""
    return sock.getpeername()[1]


@mutant("my_port", "part")
def the_whole_tuple(sock: Any) -> Any:
    """returns the whole address"""
    return sock.getsockname()


@mutant("my_port", "this")
def a_new_connection(sock: Any) -> int:
    """connects once more and returns that port"""
    with socket.create_connection(sock.getpeername()[:2]) as another:
        return another.getsockname()[1]


@mutant("my_port", "four", says="ValueError")
def two_parts(sock: Any) -> int:
    """host, port = getsockname(), which breaks with IPv6"""
    _host, port = sock.getsockname()
    return port


@mutant("my_port", "this")
def hard_coded(sock: Any) -> int:
    """a fixed number"""
    return 49152


@mutant("my_port", "number")
def as_text(sock: Any) -> str:
    """str instead of int"""
    return str(sock.getsockname()[1])


@mutant("my_port", "open")
def closes_it(sock: Any) -> int:
    """closes the socket that it was lent"""
    with sock:
        return sock.getsockname()[1]


@mutant("my_port", "start", says="without `return`")
def prints_it(sock: Any) -> None:
    """prints the port and returns nothing"""
    str(sock.getsockname()[1])


@mutant("my_port", "part")
def the_host(sock: Any) -> Any:
    """a slice of the address instead of a part"""
    return sock.getsockname()[1:2]


@mutant("my_port", "peer")
def the_larger_one(sock: Any) -> int:
    """the larger of the two ports: the kernel chose that one, it thinks"""
    return max(sock.getsockname()[1], sock.getpeername()[1])


@mutant("my_port", "four")
def the_last_part(sock: Any) -> int:
    """the last part of the address, which for IPv6 is the scope"""
    return sock.getsockname()[-1]


@mutant("my_port", "open")
def shuts_the_reading_half(sock: Any) -> int:
    """SHUT_RD afterwards"""
    sock.shutdown(socket.SHUT_RD)
    return sock.getsockname()[1]


@mutant("my_port", "open", says="sent b'x'")
def sends_something(sock: Any) -> int:
    """sends a byte to see whether it is connected"""
    sock.sendall(b"x")
    return sock.getsockname()[1]


@right("my_port")
def by_getnameinfo(sock: Any) -> int:
    """getnameinfo"""
    flags = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    return int(socket.getnameinfo(sock.getsockname(), flags)[1])
