"""04-2 checksum: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import array
import socket
import struct

from ..registry import mutant, right


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
