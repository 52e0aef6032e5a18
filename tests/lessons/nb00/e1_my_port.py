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
