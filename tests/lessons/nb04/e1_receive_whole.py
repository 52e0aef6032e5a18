"""04-1 receive_whole: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import socket
from typing import Any

from ..registry import mutant, right


@right("receive_whole")
def with_the_largest_buffer(sock: Any, size: int) -> Any:
    """room for any datagram"""
    data, address = sock.recvfrom(65536)
    if len(data) > size:
        raise ValueError("too long")
    return data, address


@right("receive_whole")
def with_recvfrom_into(sock: Any, size: int) -> Any:
    """recvfrom_into a buffer with one byte to spare"""
    buffer = bytearray(size + 1)
    count, address = sock.recvfrom_into(buffer)
    if count == len(buffer):
        raise ValueError("too long")
    return bytes(buffer[:count]), address


@right("receive_whole")
def patient_in_small_steps(sock: Any, size: int) -> Any:
    """a short timeout, again and again"""
    sock.settimeout(0.02)
    while True:
        try:
            data, address = sock.recvfrom(size + 1)
            break
        except TimeoutError:
            pass
    if len(data) > size:
        raise ValueError("too long")
    return data, address


@mutant("receive_whole", "tied", says="blocked in recvfrom")
def connects_to_the_sender(sock: Any, size: int) -> Any:
    """ties the socket to its first sender"""
    data, address = sock.recvfrom(size + 1)
    sock.connect(address)
    if len(data) > size:
        raise ValueError("too long")
    return data, address


@mutant("receive_whole", "same", says="byte 1 of 3 differs")
def strips(sock: Any, size: int) -> Any:
    """takes a datagram for a line of text"""
    data, address = sock.recvfrom(size + 1)
    if len(data) > size:
        raise ValueError("too long")
    return data.strip(), address


@mutant("receive_whole", "cut", says="the datagram had 9001 bytes: expected ValueError")
def at_least_a_kilobyte(sock: Any, size: int) -> Any:
    """room for one byte more only when size is small"""
    data, address = sock.recvfrom(max(size, 1024))
    if len(data) > size:
        raise ValueError("too long")
    return data, address


@mutant("receive_whole", "exact")
def a_fixed_buffer(sock: Any, size: int) -> Any:
    """recvfrom(8192), whatever size is"""
    data, address = sock.recvfrom(8192)
    if len(data) > size:
        raise ValueError("too long")
    return data, address


@mutant("receive_whole", "address", says="ValueError: too many values to unpack")
def takes_the_address_apart(sock: Any, size: int) -> Any:
    """data, (host, port) = recvfrom: an address over IPv6 has four parts"""
    data, (host, port) = sock.recvfrom(size + 1)
    if len(data) > size:
        raise ValueError("too long")
    return data, (host, port)


@mutant("receive_whole", "wait", says="your timeout of 5 s was over")
def a_generous_timeout(sock: Any, size: int) -> Any:
    """five seconds are enough for anybody"""
    sock.settimeout(5)
    return with_the_largest_buffer(sock, size)


@mutant("receive_whole", "cut", says="the datagram had 101 bytes: expected ValueError")
def takes_what_fits(sock: Any, size: int) -> Any:
    """recvfrom(size), and no look at what was cut"""
    return sock.recvfrom(size)


@mutant("receive_whole", "cut")
def warns_and_returns_the_part(sock: Any, size: int) -> Any:
    """notices, and returns the beginning all the same"""
    data, address = sock.recvfrom(size + 1)
    return data[:size], address


@mutant("receive_whole", "cut")
def gives_none_for_a_long_one(sock: Any, size: int) -> Any:
    """returns None for a datagram that is too long"""
    data, address = sock.recvfrom(size + 1)
    return None if len(data) > size else (data, address)


@mutant("receive_whole", "exact", says="not longer than 100")
def full_means_cut(sock: Any, size: int) -> Any:
    """len(data) == size is taken for cut"""
    data, address = sock.recvfrom(max(size, 1))
    if len(data) >= size > 0:
        raise ValueError("cut")
    return data, address


@mutant("receive_whole", "empty")
def empty_is_the_end(sock: Any, size: int) -> Any:
    """b'' is taken for the end"""
    data, address = sock.recvfrom(size + 1)
    if not data:
        return None
    if len(data) > size:
        raise ValueError("too long")
    return data, address


@mutant("receive_whole", "empty", says="you raised ValueError")
def empty_is_an_error(sock: Any, size: int) -> Any:
    """b'' is taken for an error"""
    data, address = sock.recvfrom(size + 1)
    if not data or len(data) > size:
        raise ValueError("nothing came")
    return data, address


@mutant("receive_whole", "one", says="blocked in recvfrom")
def waits_for_an_empty_one(sock: Any, size: int) -> Any:
    """loops until b'', as with TCP"""
    whole = b""
    while True:
        data, address = sock.recvfrom(4096)
        if not data:
            return whole, address
        whole += data


@mutant("receive_whole", "one", says="blocked in recvfrom")
def fills_its_size(sock: Any, size: int) -> Any:
    """loops until it has size bytes"""
    whole, address = sock.recvfrom(size + 1)
    while len(whole) < size:
        more, address = sock.recvfrom(size - len(whole))
        whole += more
    if len(whole) > size:
        raise ValueError("too long")
    return whole, address


@mutant("receive_whole", "next")
def only_peeks(sock: Any, size: int) -> Any:
    """leaves a datagram that is too long in the queue"""
    data, address = sock.recvfrom(size + 1, socket.MSG_PEEK)
    if len(data) > size:
        raise ValueError("too long")
    return sock.recvfrom(size + 1)


@mutant("receive_whole", "next")
def drops_one_too_many(sock: Any, size: int) -> Any:
    """fetches "the rest" of a datagram, and so loses the next one"""
    data, address = sock.recvfrom(size + 1)
    if len(data) > size:
        sock.setblocking(False)
        try:
            sock.recvfrom(65535)
        except BlockingIOError:
            pass
        raise ValueError("too long")
    return data, address


@mutant("receive_whole", "wait", says="BlockingIOError")
def does_not_wait(sock: Any, size: int) -> Any:
    """a socket that does not block"""
    sock.setblocking(False)
    return with_the_largest_buffer(sock, size)


@mutant("receive_whole", "wait", says="TimeoutError")
def waits_a_moment(sock: Any, size: int) -> Any:
    """a timeout that nobody asked for"""
    sock.settimeout(0.05)
    return with_the_largest_buffer(sock, size)


@mutant("receive_whole", "address", says="return (data, address)")
def data_only(sock: Any, size: int) -> Any:
    """returns the data alone"""
    data = sock.recv(size + 1)
    if len(data) > size:
        raise ValueError("too long")
    return data


@mutant("receive_whole", "address")
def own_address(sock: Any, size: int) -> Any:
    """returns its own address"""
    data = sock.recv(size + 1)
    if len(data) > size:
        raise ValueError("too long")
    return data, sock.getsockname()


@mutant("receive_whole", "address")
def two_of_four(sock: Any, size: int) -> Any:
    """keeps two parts of an address with four"""
    data, address = sock.recvfrom(size + 1)
    if len(data) > size:
        raise ValueError("too long")
    return data, address[:2]


if hasattr(socket, "MSG_TRUNC"):

    @right("receive_whole")
    def with_a_flag(sock: Any, size: int) -> Any:
        """recvmsg and MSG_TRUNC"""
        data, _, flags, address = sock.recvmsg(max(size, 1))
        if flags & socket.MSG_TRUNC or len(data) > size:
            raise ValueError("cut")
        return data, address
