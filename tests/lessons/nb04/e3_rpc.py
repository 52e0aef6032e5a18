"""04-3 rpc: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import select
import socket
import struct
import sys
import time
import zlib
from typing import Any

from ..registry import mutant, right

_counter = itertools.count(random.getrandbits(31))


@right("rpc")
def with_select(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """select, a counter for ids, one schedule for all tries"""
    key = struct.pack("!I", next(_counter) & 0xFFFFFFFF)
    sock.setblocking(False)
    for _ in range(tries):
        sock.sendto(key + request, address)
        end = time.monotonic() + timeout
        while select.select([sock], [], [], max(0, end - time.monotonic()))[0]:
            try:
                data, sender = sock.recvfrom(1 << 16)
            except (BlockingIOError, ConnectionError):
                data, sender = b"", None
            if sender == address and data.startswith(key):
                return data[4:]
            if time.monotonic() > end:
                break
    raise TimeoutError("no answer")


@right("rpc")
def with_a_connected_socket(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """its own socket, connected: the kernel checks the source"""
    key = os.urandom(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.connect(address)
        for _ in range(tries):
            end = time.monotonic() + timeout
            try:
                own.send(key + request)
                while True:
                    own.settimeout(max(0.000001, end - time.monotonic()))
                    data = own.recv(65535)
                    if data[:4] == key:
                        return data[4:]
                    if time.monotonic() > end:
                        break
            except ConnectionError:
                time.sleep(max(0, end - time.monotonic()))
            except TimeoutError:
                pass
    raise TimeoutError(f"{tries} tries")


def _ask(
    sock: Any,
    address: Any,
    request: bytes,
    timeout: float,
    tries: int,
    *,
    new: Any = lambda: os.urandom(4),
    each: bool = False,
    own: Any = lambda data, key: data[:4] == key,
    from_him: Any = lambda sender, address: sender == address,
    size: int = 65535,
    total: bool = True,
    connected: bool = False,
) -> bytes:
    """The right thing, with one part of it exchanged."""
    key = new()
    for _ in range(tries):
        key = new() if each else key
        sock.send(key + request) if connected else sock.sendto(key + request, address)
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0 or not total:
            sock.settimeout(left if total else timeout)
            try:
                data, sender = sock.recvfrom(size)
            except TimeoutError:
                break
            if from_him(sender, address) and own(data, key):
                return bytes(data[4:])
    raise TimeoutError("no answer")


@mutant("rpc", "timeout", says="blocked in recvfrom")
def waits_for_ever(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """no timeout"""
    key = os.urandom(4)
    sock.sendto(key + request, address)
    while True:
        data, sender = sock.recvfrom(65535)
        if sender == address and data[:4] == key:
            return data[4:]


@mutant("rpc", "resend", says="TimeoutError")
def asks_once(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """one try only"""
    return _ask(sock, address, request, timeout, 1)


@mutant("rpc", "tries", says="tries was 3, and you sent 4 times")
def once_more_than_tries(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """the first send is not counted"""
    return _ask(sock, address, request, timeout, tries + 1)


@mutant("rpc", "tries", says="you sent at least")
def never_gives_up(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """tries for ever"""
    return _ask(sock, address, request, timeout, 1 << 30)


@mutant("rpc", "end")
def gives_none_at_the_end(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> Any:
    """returns None when no answer came"""
    try:
        return _ask(sock, address, request, timeout, tries)
    except TimeoutError:
        return None


@mutant("rpc", "listen", says="answered your request 3")
def asks_again_but_does_not_listen(
    sock: Any, address: Any, request: bytes, timeout: float, tries: int
) -> bytes:
    """waits once, then sends all the rest, and listens no more"""
    key = os.urandom(4)
    try:
        return _ask(sock, address, request, timeout, 1, new=lambda: key)
    except TimeoutError:
        for _ in range(tries - 1):
            sock.sendto(key + request, address)
        raise


@mutant("rpc", "patient", says="within a timeout that was not over")
def all_tries_at_once(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """sends all tries at once"""
    key = os.urandom(4)
    for _ in range(tries):
        sock.sendto(key + request, address)
    sock.settimeout(timeout)
    while True:
        data, sender = sock.recvfrom(65535)
        if sender == address and data[:4] == key:
            return bytes(data[4:])


@mutant("rpc", "patient")
def a_timeout_of_its_own(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """waits 0.05 s, whatever timeout is"""
    return _ask(sock, address, request, 0.05, tries)


@mutant("rpc", "format", says="you sent")
def no_id(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """sends the request alone"""
    sock.settimeout(timeout)
    for _ in range(tries):
        sock.sendto(request, address)
        try:
            return bytes(sock.recvfrom(65535)[0])
        except TimeoutError:
            pass
    raise TimeoutError


@mutant("rpc", "format")
def id_behind(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """the id comes after the payload"""
    key = os.urandom(4)
    sock.settimeout(timeout)
    sock.sendto(request + key, address)
    return bytes(sock.recvfrom(65535)[0][4:])


@mutant("rpc", "format", says="TypeError")
def id_as_a_number(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """adds a number to bytes"""
    key: Any = random.getrandbits(32)
    sock.sendto(key + request, address)
    return bytes(sock.recvfrom(65535)[0][4:])


@mutant("rpc", "answer")
def with_its_id(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """returns the id too"""
    key = os.urandom(4)
    return key + _ask(sock, address, request, timeout, tries, new=lambda: key)


@mutant("rpc", "answer")
def with_its_sender(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> Any:
    """returns (answer, address)"""
    return _ask(sock, address, request, timeout, tries), address


@mutant("rpc", "empty")
def empty_is_no_answer(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """an empty answer is ignored"""
    return _ask(
        sock, address, request, timeout, tries, own=lambda data, key: data[:4] == key and data[4:] != b""
    )


@mutant("rpc", "size", says="stopped after byte 1020")
def a_kilobyte(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """recvfrom(1024)"""
    return _ask(sock, address, request, timeout, tries, size=1024)


@mutant("rpc", "fresh", says="different ids is 1")
def one_id_for_ever(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """the same id in each call"""
    return _ask(sock, address, request, timeout, tries, new=lambda: b"\0\0\0\1")


@mutant("rpc", "fresh")
def id_from_the_request(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """the id is made from the request: the same question has the same id"""
    return _ask(sock, address, request, timeout, tries, new=lambda: zlib.crc32(request).to_bytes(4, "big"))


@mutant("rpc", "same", says="different ids")
def new_id_for_each_try(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """a new id for each try"""
    return _ask(sock, address, request, timeout, tries, each=True)


@mutant("rpc", "id", says="rubbish")
def takes_any_id(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """does not look at the id"""
    return _ask(sock, address, request, timeout, tries, own=lambda data, key: True)


@mutant("rpc", "id")
def compares_a_part_of_the_id(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """compares the first two bytes of the id"""
    return _ask(sock, address, request, timeout, tries, own=lambda data, key: data[:2] == key[:2])


@mutant("rpc", "forged", says="send all your money")
def believes_everybody(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """no look at the sender"""
    return _ask(sock, address, request, timeout, tries, from_him=lambda sender, address: True)


@mutant("rpc", "forged", says="send all your money")
def believes_the_host(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """compares the host, not the port"""
    return _ask(
        sock, address, request, timeout, tries, from_him=lambda sender, address: sender[0] == address[0]
    )


@mutant("rpc", "runt", says="error")
def unpacks_anything(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """unpacks an id from datagrams that are too short for one"""
    return _ask(
        sock,
        address,
        request,
        timeout,
        tries,
        own=lambda data, key: struct.unpack("!I", data[:4]) == struct.unpack("!I", key),
    )


@mutant("rpc", "runt")
def empty_is_the_end_of_it(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """b'' is taken for the end"""
    return _ask(sock, address, request, timeout, tries, own=lambda data, key: data[:4] == key or not data)


@mutant("rpc", "runt")
def believes_a_beginning(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """compares only the bytes that have come"""
    return _ask(sock, address, request, timeout, tries, own=lambda data, key: key.startswith(data[:4]))


@mutant("rpc", "spends")
def a_wrong_one_costs_a_try(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """a wrong datagram ends the try: it sends again at once"""
    key = os.urandom(4)
    sock.settimeout(timeout)
    for _ in range(tries):
        sock.sendto(key + request, address)
        try:
            data, sender = sock.recvfrom(65535)
        except (TimeoutError, ConnectionError):
            continue
        if sender == address and data[:4] == key:
            return bytes(data[4:])
    raise TimeoutError


@mutant("rpc", "spends")
def a_wrong_one_is_fatal(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """a wrong datagram ends everything"""
    key = os.urandom(4)
    sock.settimeout(timeout)
    for _ in range(tries):
        sock.sendto(key + request, address)
        try:
            data, sender = sock.recvfrom(65535)
        except TimeoutError:
            continue
        if data[:4] != key or sender != address:
            raise TimeoutError("not an answer")
        return bytes(data[4:])
    raise TimeoutError


@mutant("rpc", "deadline", says="blocked in recvfrom")
def rubbish_prolongs_the_wait(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """settimeout once: each datagram starts the timeout anew"""
    return _ask(sock, address, request, timeout, tries, total=False)


@mutant("rpc", "refused", says="ConnectionRefusedError")
def connects_and_does_not_catch(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """a connected socket, and a refusal that nobody catches"""
    sock.connect(address)
    return _ask(sock, address, request, timeout, tries, connected=True)


@mutant("rpc", "refused", says="ConnectionError")
def a_refusal_is_final(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """gives up at the first refusal"""
    sock.connect(address)
    try:
        return _ask(sock, address, request, timeout, tries, connected=True)
    except ConnectionError as error:
        raise ConnectionError("the server has died") from error


@mutant("rpc", "start", says="without `return`")
def sends_and_forgets(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> None:
    """does nothing"""


if sys.platform != "darwin":  # which has no 127.0.0.2

    @mutant("rpc", "forged", says="send all your money")
    def believes_the_port(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
        """compares the port, not the host"""
        return _ask(
            sock, address, request, timeout, tries, from_him=lambda sender, address: sender[1] == address[1]
        )


@mutant("rpc", "listen", says="answered your request 3")
def hears_the_first_try_only(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """an answer counts after the first send only"""
    key = os.urandom(4)
    for attempt in range(tries):
        sock.sendto(key + request, address)
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            sock.settimeout(left)
            with contextlib.suppress(TimeoutError, ConnectionError):
                data, sender = sock.recvfrom(65535)
                if attempt == 0 and sender == address and data[:4] == key:
                    return data[4:]
    raise TimeoutError("no answer")


@mutant("rpc", "punctual", says="timeout was 0.12 s, and after your sends passed")
def backs_off(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """twice the timeout for each further try"""
    key = os.urandom(4)
    for attempt in range(tries):
        with contextlib.suppress(TimeoutError):
            return _ask(sock, address, request, timeout * 2**attempt, 1, new=lambda: key)
    raise TimeoutError("no answer")


@mutant("rpc", "patient", says="timeout was 0.12 s")
def shares_the_timeout(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """a timeout for all tries together"""
    return _ask(sock, address, request, timeout / tries, tries)


@mutant("rpc", "fresh", says="different ids")
def one_byte_of_chance(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """256 ids"""
    return _ask(sock, address, request, timeout, tries, new=lambda: bytes([0, 0, 0, random.randrange(256)]))


@mutant("rpc", "fresh", says="different ids")
def an_id_each_millisecond(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """the time, in milliseconds"""
    now = struct.pack("!I", int(time.time() * 1000) & 0xFFFFFFFF)
    return _ask(sock, address, request, timeout, tries, new=lambda: now)


@mutant("rpc", "id")
def key_anywhere(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """key in data"""
    return _ask(sock, address, request, timeout, tries, own=lambda data, key: key in data)


@mutant("rpc", "size")
def ten_thousand(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """recvfrom(10000)"""
    return _ask(sock, address, request, timeout, tries, size=10_000)


@mutant("rpc", "answer")
def replaces_the_id(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """data.replace(key, b"")"""
    answer = _ask(sock, address, request, timeout, tries)
    return answer.replace(answer[:4], b"") if len(answer) == 9 else answer


@mutant("rpc", "answer")
def strips_the_answer(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """answer.strip()"""
    return _ask(sock, address, request, timeout, tries).strip()


@mutant("rpc", "keep", says="Bad file descriptor")
def closes(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
    """closes the caller's socket"""
    try:
        return _ask(sock, address, request, timeout, tries)
    finally:
        sock.close()


if sys.platform == "linux":

    @mutant("rpc", "refused", says="after an error you did not wait")
    def an_error_ends_the_try(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
        """ConnectionError is a timeout"""
        key = os.urandom(4)
        for _ in range(tries):
            with contextlib.suppress(TimeoutError, ConnectionError):
                return _ask(sock, address, request, timeout, 1, new=lambda: key)
        raise TimeoutError("no answer")

    @mutant("rpc", "refused", says="ConnectionRefusedError")
    def lets_it_out(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
        """TimeoutError is the only error that it knows"""
        return _ask(sock, address, request, timeout, tries)
