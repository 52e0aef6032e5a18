"""Notebook 04: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import array
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

from .registry import mutant, right

# -- 04-1 receive_whole ------------------------------------------------------------------------------


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


if hasattr(socket, "MSG_TRUNC"):

    @right("receive_whole")
    def with_a_flag(sock: Any, size: int) -> Any:
        """recvmsg and MSG_TRUNC"""
        data, _, flags, address = sock.recvmsg(max(size, 1))
        if flags & socket.MSG_TRUNC or len(data) > size:
            raise ValueError("cut")
        return data, address


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


# -- 04-2 checksum -----------------------------------------------------------------------------------


@right("checksum")
def with_struct(data: bytes) -> int:
    """struct, and the carry after each addition"""
    total = 0
    for (word,) in struct.iter_unpack("!H", data + bytes(len(data) % 2)):
        total += word
        if total > 0xFFFF:
            total -= 0xFFFF
    return ~total & 0xFFFF


@right("checksum")
def modulo(data: bytes) -> int:
    """one large number, modulo 65535"""
    number = int.from_bytes(data + bytes(len(data) % 2), "big")
    return 0xFFFF if number == 0 else (-number) % 0xFFFF


@right("checksum")
def in_native_order(data: bytes) -> int:
    """adds in the machine's own order and swaps once, at the end (RFC 1071, section 2B)"""
    total = sum(array.array("H", data + bytes(len(data) % 2)))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return socket.htons(0xFFFF - total)


def _words(data: bytes, form: str = "!H") -> list[int]:
    return [word for (word,) in struct.iter_unpack(form, data + bytes(len(data) % 2))]


def _fold(total: int) -> int:
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@mutant("checksum", "odd", says="error")
def pairs_only(data: bytes) -> int:
    """an odd length is not expected"""
    return _fold(sum(word for (word,) in struct.iter_unpack("!H", data))) ^ 0xFFFF


@mutant("checksum", "odd")
def zero_in_front(data: bytes) -> int:
    """the zero byte is put in front of everything"""
    return _fold(sum(_words(bytes(len(data) % 2) + data))) ^ 0xFFFF


@mutant("checksum", "odd")
def zero_before_the_last(data: bytes) -> int:
    """the last byte is added as it is: as a low byte"""
    return _fold(sum(_words(data[: len(data) // 2 * 2])) + (data[-1] if len(data) % 2 else 0)) ^ 0xFFFF


@mutant("checksum", "odd")
def forgets_the_last(data: bytes) -> int:
    """the last byte of an odd length is left out"""
    return _fold(sum(_words(data[: len(data) // 2 * 2]))) ^ 0xFFFF


@mutant("checksum", "carry")
def drops_carries(data: bytes) -> int:
    """what is above 16 bits is cut off"""
    return ~sum(_words(data)) & 0xFFFF


@mutant("checksum", "carry")
def never_folds(data: bytes) -> int:
    """0xFFFF minus a sum that may be larger"""
    return 0xFFFF - sum(_words(data))


@mutant("checksum", "cascade")
def folds_once(data: bytes) -> int:
    """brings the carry back once"""
    total = sum(_words(data))
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


@mutant("checksum", "cascade")
def folds_once_and_subtracts(data: bytes) -> int:
    """brings the carry back once; then 0xFFFF - total"""
    total = sum(_words(data))
    return 0xFFFF - ((total & 0xFFFF) + (total >> 16))


@mutant("checksum", "cascade")
def brings_back_one(data: bytes) -> int:
    """adds 1 for the carry, once, at the end"""
    total = sum(_words(data))
    while total > 0x1FFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total > 0xFFFF)) & 0xFFFF


@mutant("checksum", "complement")
def no_complement(data: bytes) -> int:
    """returns the sum"""
    return _fold(sum(_words(data)))


@mutant("checksum", "range")
def negative(data: bytes) -> int:
    """~total, which is negative in Python"""
    return ~_fold(sum(_words(data)))


@mutant("checksum", "range")
def twos_complement(data: bytes) -> int:
    """-total"""
    return -_fold(sum(_words(data)))


@mutant("checksum", "order")
def little_endian(data: bytes) -> int:
    """the low byte first"""
    return _fold(sum(_words(data, "<H"))) ^ 0xFFFF


@mutant("checksum", "zero")
def one_zero_only(data: bytes) -> int:
    """% 65535: ones add up to 0"""
    return sum(_words(data)) % 0xFFFF ^ 0xFFFF


@mutant("checksum", "number")
def as_bytes(data: bytes) -> bytes:
    """returns two bytes"""
    return (_fold(sum(_words(data))) ^ 0xFFFF).to_bytes(2, "big")


@mutant("checksum", "start")
def adds_bytes(data: bytes) -> int:
    """adds bytes instead of pairs"""
    return _fold(sum(data)) ^ 0xFFFF


# -- 04-3 rpc ----------------------------------------------------------------------------------------

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


@mutant("rpc", "tries", says="tries was 3, and you sent 1 times")
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


@mutant("rpc", "resend", says="TimeoutError")
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


@mutant("rpc", "fresh", says="two calls had the same id")
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


if sys.platform != "darwin":  # which has no 127.0.0.2

    @mutant("rpc", "forged", says="send all your money")
    def believes_the_port(sock: Any, address: Any, request: bytes, timeout: float, tries: int) -> bytes:
        """compares the port, not the host"""
        return _ask(
            sock, address, request, timeout, tries, from_him=lambda sender, address: sender[1] == address[1]
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


# -- 04-4 loss_meter ---------------------------------------------------------------------------------


def _arrivals(sock: Any, timeout: float, shortest: int = 4) -> Any:
    sock.settimeout(timeout)
    while True:
        try:
            data = sock.recv(65535)
        except TimeoutError:
            return
        if len(data) >= shortest:
            yield int.from_bytes(data[:4], "big")


def _counts(numbers: list[int], count: int) -> dict[str, int]:
    fresh = list(dict.fromkeys(numbers))
    late = sum(number < max(fresh[: i + 1]) for i, number in enumerate(fresh))
    return {
        "received": len(fresh),
        "lost": count - len(fresh),
        "doubled": len(numbers) - len(fresh),
        "late": late,
    }


@right("loss_meter")
def collects_then_counts(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """a list first, the counts afterwards"""
    return _counts(list(_arrivals(sock, timeout)), count)


@right("loss_meter")
def with_select_and_a_table(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """select, and one counter for each number"""
    came, late, highest = [0] * count, 0, -1
    while select.select([sock], [], [], timeout)[0]:
        data = sock.recv(2048)
        if len(data) < 4:
            continue
        (number,) = struct.unpack_from("!I", data)
        came[number] += 1
        late += came[number] == 1 and number < highest
        highest = max(highest, number)
    received = sum(map(bool, came))
    return {"late": late, "doubled": sum(came) - received, "lost": came.count(0), "received": received}


@mutant("loss_meter", "timeout", says="blocked in recv")
def waits_for_all(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """no timeout: waits until count have come"""
    numbers: list[int] = []
    while len(set(numbers)) < count:
        data, _ = sock.recvfrom(65535)
        if len(data) >= 4:
            numbers.append(int.from_bytes(data[:4], "big"))
    return _counts(numbers, count)


@mutant("loss_meter", "silence", says="TimeoutError")
def silence_is_an_error(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """does not catch TimeoutError"""
    sock.settimeout(timeout)
    numbers: list[int] = []
    while True:
        numbers.append(int.from_bytes(sock.recv(65535)[:4], "big"))


@mutant("loss_meter", "silence")
def timeout_is_total(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """timeout counts from the beginning"""
    numbers: list[int] = []
    end = time.monotonic() + timeout
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            data = sock.recv(65535)
        except TimeoutError:
            break
        if len(data) >= 4:
            numbers.append(int.from_bytes(data[:4], "big"))
    return _counts(numbers, count)


@mutant("loss_meter", "silence")
def a_silence_of_its_own(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """waits 0.05 s, whatever timeout is"""
    return _counts(list(_arrivals(sock, 0.05)), count)


@mutant("loss_meter", "silence")
def what_is_there_now(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """does not wait at all: BlockingIOError is the end"""
    sock.setblocking(False)
    numbers = []
    try:
        while True:
            data = sock.recv(65535)
            if len(data) >= 4:
                numbers.append(int.from_bytes(data[:4], "big"))
    except BlockingIOError:
        return _counts(numbers, count)


@mutant("loss_meter", "keys")
def as_a_tuple(sock: Any, count: int, timeout: float) -> Any:
    """returns a tuple"""
    return tuple(_counts(list(_arrivals(sock, timeout)), count).values())


@mutant("loss_meter", "keys")
def only_the_losses(sock: Any, count: int, timeout: float) -> Any:
    """returns lost alone"""
    return {"lost": _counts(list(_arrivals(sock, timeout)), count)["lost"]}


@mutant("loss_meter", "end")
def highest_minus_received(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """lost = highest + 1 - received: misses the last ones"""
    numbers = list(_arrivals(sock, timeout))
    return {**_counts(numbers, count), "lost": max(numbers, default=-1) + 1 - len(set(numbers))}


@mutant("loss_meter", "end", says="ValueError")
def the_highest_of_nothing(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """max() of nothing"""
    numbers = list(_arrivals(sock, timeout))
    at_the_end = count - 1 - max(numbers)
    holes = max(numbers) + 1 - len(set(numbers))
    return {**_counts(numbers, count), "lost": holes + at_the_end}


@mutant("loss_meter", "holes")
def from_the_first_that_came(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """lost = highest - lowest + 1 - received: misses the first ones"""
    numbers = list(_arrivals(sock, timeout))
    span = count - min(numbers, default=0)
    return {**_counts(numbers, count), "lost": span - len(set(numbers))}


@mutant("loss_meter", "holes")
def gaps_are_lost(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """a gap is counted as lost at once, even if it is filled later"""
    numbers, lost, expected = list(_arrivals(sock, timeout)), 0, 0
    for number in numbers:
        lost += max(0, number - expected)
        expected = max(expected, number + 1)
    return {**_counts(numbers, count), "lost": lost + count - expected}


@mutant("loss_meter", "doubled")
def copies_are_received(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """received counts copies too"""
    numbers = list(_arrivals(sock, timeout))
    return {**_counts(numbers, count), "received": len(numbers), "lost": max(0, count - len(numbers))}


@mutant("loss_meter", "copy")
def only_neighbors(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """a copy is only noticed directly behind its original"""
    numbers = list(_arrivals(sock, timeout))
    pairs = sum(a == b for a, b in zip(numbers, numbers[1:], strict=False))
    return {**_counts(numbers, count), "doubled": pairs}


@mutant("loss_meter", "enough", says="you stopped before silence")
def count_datagrams_are_enough(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """stops after count datagrams"""
    return _counts(list(itertools.islice(_arrivals(sock, timeout), count)), count)


@mutant("loss_meter", "enough", says="you stopped before silence")
def all_have_come(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """stops as soon as all numbers have come"""
    numbers: list[int] = []
    for number in _arrivals(sock, timeout):
        numbers.append(number)
        if len(set(numbers)) == count:
            break
    return _counts(numbers, count)


@mutant("loss_meter", "doubled")
def each_number_once_more(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """doubled counts numbers, not datagrams"""
    numbers = list(_arrivals(sock, timeout))
    return {**_counts(numbers, count), "doubled": sum(numbers.count(n) > 1 for n in set(numbers))}


@mutant("loss_meter", "late")
def later_than_the_one_before(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """compares with the number just before"""
    numbers = list(_arrivals(sock, timeout))
    fresh = list(dict.fromkeys(numbers))
    late = sum(b < a for a, b in zip(fresh, fresh[1:], strict=False))
    return {**_counts(numbers, count), "late": late}


@mutant("loss_meter", "copy")
def a_copy_is_late_too(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """an old copy counts as late, too"""
    numbers = list(_arrivals(sock, timeout))
    late = sum(number < max(numbers[: i + 1]) for i, number in enumerate(numbers))
    return {**_counts(numbers, count), "late": late}


@mutant("loss_meter", "runt")
def stops_at_an_empty_one(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """b'' is taken for the end"""
    sock.settimeout(timeout)
    numbers = []
    try:
        while data := sock.recv(65535):
            numbers.append(int.from_bytes(data[:4], "big"))
    except TimeoutError:
        pass
    return _counts(numbers, count)


@mutant("loss_meter", "runt", says="error")
def unpacks_short_ones(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """unpacks a number from datagrams that are too short for one"""
    sock.settimeout(timeout)
    numbers = []
    try:
        while True:
            numbers.append(struct.unpack("!I", sock.recv(65535)[:4])[0])
    except TimeoutError:
        return _counts(numbers, count)


@mutant("loss_meter", "runt")
def a_short_one_is_a_number(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """makes a number of fewer than 4 bytes"""
    return _counts(list(_arrivals(sock, timeout, shortest=0)), count)


@mutant("loss_meter", "order")
def in_the_machines_order(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """the low byte first"""
    numbers = [int.from_bytes(number.to_bytes(4, "big"), "little") for number in _arrivals(sock, timeout)]
    return _counts(numbers, count)


@mutant("loss_meter", "order")
def one_byte_of_four(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """looks at the last byte of the number only"""
    return _counts([number & 255 for number in _arrivals(sock, timeout)], count)


@mutant("loss_meter", "start", says="without `return`")
def measures_nothing(sock: Any, count: int, timeout: float) -> None:
    """pass"""


# -- 04-5 reassemble ---------------------------------------------------------------------------------


@right("reassemble")
def with_a_list_of_holes(fragments: list[bytes]) -> list[bytes]:
    """a buffer and a list of holes (RFC 815)"""
    unfinished: dict[int, tuple[bytearray, list[tuple[int, float]]]] = {}
    done = []
    for fragment in fragments:
        if len(fragment) < 7:
            continue
        key, first, more = struct.unpack("!IHB", fragment[:7])
        data = fragment[7:]
        last = first + len(data)
        while key not in unfinished and len(unfinished) >= 16:
            unfinished.pop(next(iter(unfinished)))
        buffer, holes = unfinished.setdefault(key, (bytearray(), [(0, float("inf"))]))
        buffer.extend(bytes(max(0, last - len(buffer))))
        buffer[first:last] = data
        left = []
        for start, end in holes:
            left += [(start, min(end, first)), (max(start, last), end if more else min(end, last))]
        holes[:] = [(start, end) for start, end in left if start < end]
        if not holes:
            done.append(bytes(buffer))
            del unfinished[key]
    return done


def _rejoin(
    fragments: list[bytes],
    *,
    form: str = "!IHB",
    limit: int | None = 16,
    forget: Any = lambda unfinished: next(iter(unfinished)),
    whole: Any = lambda places, end: end is not None and len(places) == end,
    keep: bool = False,
    moves: bool = False,
    first_wins: bool = False,
    name: Any = lambda key: key,
) -> list[bytes]:
    """The right thing, with one part of it exchanged."""
    unfinished: dict[Any, tuple[dict[int, int], list[int]]] = {}
    done: list[bytes] = []
    for fragment in fragments:
        if len(fragment) < struct.calcsize(form):
            continue
        key, offset, more = struct.unpack_from(form, fragment)
        key, data = name(key), fragment[struct.calcsize(form) :]
        if key not in unfinished and limit is not None and len(unfinished) >= limit:
            del unfinished[forget(unfinished)]
        places, end = unfinished[key] = (
            unfinished.pop(key, ({}, [])) if moves else unfinished.get(key, ({}, []))
        )
        for place, byte in enumerate(data, offset):
            if not (first_wins and place in places):
                places[place] = byte
        if not more:
            end.append(offset + len(data))
        if whole(places, end[0] if end else None):
            done.append(bytes(value for _, value in sorted(places.items())))
            if not keep:
                del unfinished[key]
    return done


@mutant("reassemble", "list")
def gives_the_bytes(fragments: list[bytes]) -> bytes:
    """returns all datagrams as one"""
    return b"".join(_rejoin(fragments))


@mutant("reassemble", "list")
def gives_a_generator(fragments: list[bytes]) -> Any:
    """yields instead of returning a list"""
    yield from _rejoin(fragments)


@mutant("reassemble", "alone")
def nothing_is_not_complete(fragments: list[bytes]) -> list[bytes]:
    """`if end`: a datagram of no bytes never ends"""
    return _rejoin(fragments, whole=lambda places, end: end and len(places) == end)


@mutant("reassemble", "alone")
def needs_two_fragments(fragments: list[bytes]) -> list[bytes]:
    """the fragment at offset 0 only begins a datagram"""
    waiting: dict[int, list[bytes]] = {}
    done = []
    for fragment in fragments:
        key, offset, more = struct.unpack_from("!IHB", fragment)
        if offset == 0:
            waiting[key] = []
        waiting[key].append(fragment[7:])
        if not more and offset:
            done.append(b"".join(waiting[key]))
    return done


@mutant("reassemble", "order")
def as_they_came(fragments: list[bytes]) -> list[bytes]:
    """joins the data in the order of arrival"""
    parts: dict[int, list[bytes]] = {}
    done = []
    for fragment in fragments:
        key, _, more = struct.unpack_from("!IHB", fragment)
        parts.setdefault(key, []).append(fragment[7:])
        if not more:
            done.append(b"".join(parts.pop(key)))
    return done


@mutant("reassemble", "order", says="KeyError")
def expects_the_first_first(fragments: list[bytes]) -> list[bytes]:
    """takes for granted that offset 0 comes first"""
    buffers: dict[int, bytearray] = {}
    done = []
    for fragment in fragments:
        key, offset, more = struct.unpack_from("!IHB", fragment)
        if offset == 0:
            buffers[key] = bytearray()
        buffers[key][offset:] = fragment[7:]
        if not more:
            done.append(bytes(buffers.pop(key)))
    return done


@mutant("reassemble", "last")
def beginning_and_end(fragments: list[bytes]) -> list[bytes]:
    """complete as soon as the first and the last fragment have come"""
    return _rejoin(fragments, whole=lambda places, end: end is not None and (0 in places or end == 0))


@mutant("reassemble", "copies")
def counts_bytes_that_came(fragments: list[bytes]) -> list[bytes]:
    """adds up lengths: a copy fills a hole"""
    parts: dict[int, dict[int, bytes]] = {}
    sizes: dict[int, int] = {}
    ends: dict[int, int] = {}
    done = []
    for fragment in fragments:
        key, offset, more = struct.unpack_from("!IHB", fragment)
        parts.setdefault(key, {})[offset] = fragment[7:]
        sizes[key] = sizes.get(key, 0) + len(fragment) - 7
        if not more:
            ends[key] = offset + len(fragment) - 7
        if sizes[key] == ends.get(key):
            done.append(b"".join(data for _, data in sorted(parts.pop(key).items())))
            del sizes[key], ends[key]
    return done


@mutant("reassemble", "copies")
def joins_by_offset(fragments: list[bytes]) -> list[bytes]:
    """joins what it has, sorted by offset: overlaps come twice"""
    parts: dict[int, dict[int, bytes]] = {}
    places: dict[int, set[int]] = {}
    ends: dict[int, int] = {}
    done = []
    for fragment in fragments:
        key, offset, more = struct.unpack_from("!IHB", fragment)
        parts.setdefault(key, {})[offset] = fragment[7:]
        places.setdefault(key, set()).update(range(offset, offset + len(fragment) - 7))
        if not more:
            ends[key] = offset + len(fragment) - 7
        if len(places[key]) == ends.get(key):
            done.append(b"".join(data for _, data in sorted(parts.pop(key).items())))
            del places[key], ends[key]
    return done


@mutant("reassemble", "later")
def the_first_one_counts(fragments: list[bytes]) -> list[bytes]:
    """where fragments overlap, what came first stays"""
    return _rejoin(fragments, first_wins=True)


@mutant("reassemble", "id")
def one_buffer_for_all(fragments: list[bytes]) -> list[bytes]:
    """looks at no id"""
    return _rejoin(fragments, name=lambda key: 0)


@mutant("reassemble", "completed")
def in_order_of_the_first(fragments: list[bytes]) -> list[bytes]:
    """in the order in which they began"""
    ids = list(dict.fromkeys(fragment[:4] for fragment in fragments))
    done: list[bytes] = []
    for key in ids:
        done += _rejoin([fragment for fragment in fragments if fragment[:4] == key])
    return done


@mutant("reassemble", "again")
def keeps_what_is_complete(fragments: list[bytes]) -> list[bytes]:
    """never deletes an entry: the next datagram with this id meets the bytes of the old one"""
    return _rejoin(fragments, whole=lambda places, end: end is not None and len(places) >= end, keep=True)


@mutant("reassemble", "again")
def remembers_ids(fragments: list[bytes]) -> list[bytes]:
    """takes what comes with the id of a complete datagram for copies"""
    done: set[bytes] = set()
    fresh: list[bytes] = []
    whole: list[bytes] = []
    for fragment in fragments:
        if fragment[:4] not in done:
            fresh.append(fragment)
            now = _rejoin(fresh)
            if len(now) > len(whole):
                whole = now
                done.add(fragment[:4])
    return whole


@mutant("reassemble", "limit")
def remembers_everything(fragments: list[bytes]) -> list[bytes]:
    """no limit"""
    return _rejoin(fragments, limit=None)


@mutant("reassemble", "limit")
def one_fewer(fragments: list[bytes]) -> list[bytes]:
    """keeps 15"""
    return _rejoin(fragments, limit=15)


@mutant("reassemble", "limit")
def forgets_the_newest(fragments: list[bytes]) -> list[bytes]:
    """forgets the one that began last"""
    return _rejoin(fragments, forget=lambda unfinished: list(unfinished)[-1])


@mutant("reassemble", "limit")
def forgets_the_least_recent(fragments: list[bytes]) -> list[bytes]:
    """forgets the one that has been silent longest"""
    return _rejoin(fragments, moves=True)


@mutant("reassemble", "limit")
def keeps_the_length_of_a_forgotten_one(fragments: list[bytes]) -> list[bytes]:
    """forgets the bytes, and remembers the length"""
    unfinished: dict[int, dict[int, int]] = {}
    lengths: dict[int, int] = {}
    done = []
    for fragment in fragments:
        if len(fragment) < 7:
            continue
        key, offset, more = struct.unpack_from("!IHB", fragment)
        if key not in unfinished and len(unfinished) == 16:
            del unfinished[next(iter(unfinished))]
        places = unfinished.setdefault(key, {})
        places.update(enumerate(fragment[7:], offset))
        if not more:
            lengths[key] = offset + len(fragment) - 7
        if len(places) == lengths.get(key):
            done.append(bytes(value for _, value in sorted(places.items())))
            del unfinished[key], lengths[key]
    return done


@mutant("reassemble", "runt", says="error")
def unpacks_all(fragments: list[bytes]) -> list[bytes]:
    """unpacks a header from what is shorter"""
    for fragment in fragments:
        struct.unpack_from("!IHB", fragment)
    return _rejoin(fragments)


@mutant("reassemble", "header")
def native_header(fragments: list[bytes]) -> list[bytes]:
    """struct without '!'"""
    return _rejoin(fragments, form="<IHB")


@mutant("reassemble", "header")
def low_half_of_the_id(fragments: list[bytes]) -> list[bytes]:
    """looks at the last byte of the id only"""
    return _rejoin(fragments, name=lambda key: key & 0xFF)


@mutant("reassemble", "start", says="without `return`")
def puts_nothing_together(fragments: list[bytes]) -> None:
    """pass"""
