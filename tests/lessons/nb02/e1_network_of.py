"""02-1 network_of: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import ipaddress
import socket
import struct

from ..registry import mutant, right


def _family(address: str) -> tuple[int, int]:
    return (socket.AF_INET6, 128) if ":" in address else (socket.AF_INET, 32)


def _number(address: str) -> int:
    try:
        return int.from_bytes(socket.inet_pton(_family(address)[0], address), "big")
    except OSError:
        raise ValueError(address) from None


def _text(number: int, family: int, bits: int) -> str:
    return socket.inet_ntop(family, number.to_bytes(bits // 8, "big"))


def _fits(prefix: int, bits: int) -> None:
    if not 0 <= prefix <= bits:
        raise ValueError(prefix)


@right("network_of")
def with_a_string_of_bits(address: str, prefix: int) -> str:
    """a string of 0 and 1"""
    family, bits = _family(address)
    _fits(prefix, bits)
    digits = f"{_number(address):0{bits}b}"
    return _text(int(digits[:prefix] + "0" * (bits - prefix), 2), family, bits)


@right("network_of")
def byte_by_byte(address: str, prefix: int) -> str:
    """one byte after the other, each with its own mask"""
    family = socket.AF_INET
    try:
        packed = socket.inet_pton(family, address)
    except OSError:
        family = socket.AF_INET6
        try:
            packed = socket.inet_pton(family, address)
        except OSError as error:
            raise ValueError(f"no address: {address}") from error
    if prefix < 0 or prefix > 8 * len(packed):
        raise ValueError("the prefix does not fit")
    kept = [min(8, max(0, prefix - 8 * place)) for place in range(len(packed))]
    return socket.inet_ntop(family, bytes(b & (0xFF00 >> k) & 0xFF for b, k in zip(packed, kept)))


@right("network_of")
def with_struct(address: str, prefix: int) -> str:
    """struct, and a mask of ones and zeros"""
    family, bits = _family(address)
    _fits(prefix, bits)
    mask = ~((1 << (bits - prefix)) - 1)
    try:
        words = struct.unpack(f"!{bits // 32}I", socket.inet_pton(family, address))
    except OSError as error:
        raise ValueError(address) from error
    number = 0
    for word in words:
        number = number << 32 | word
    number &= mask
    words = [number >> shift & 0xFFFFFFFF for shift in range(bits - 32, -1, -32)]
    return socket.inet_ntop(family, struct.pack(f"!{bits // 32}I", *words))


@mutant("network_of", "byte")
def splits_at_the_dots(address: str, prefix: int) -> str:
    """keeps whole parts between the dots"""
    parts, whole = address.split("."), prefix // 8
    return ".".join(parts[:whole] + ["0"] * (4 - whole))


@mutant("network_of", "byte")
def rounds_up_to_bytes(address: str, prefix: int) -> str:
    """a mask of 255 and 0 only"""
    family, bits = _family(address)
    _fits(prefix, bits)
    packed = socket.inet_pton(family, address)
    whole = -(-prefix // 8)
    return socket.inet_ntop(family, packed[:whole] + bytes(bits // 8 - whole))


@mutant("network_of", "keep")
def keeps_the_host(address: str, prefix: int) -> str:
    """keeps the host's bits instead of the network's"""
    family, bits = _family(address)
    return _text(_number(address) & ((1 << (bits - prefix)) - 1), family, bits)


@mutant("network_of", "keep")
def last_address(address: str, prefix: int) -> str:
    """sets the host's bits to one: the broadcast address"""
    family, bits = _family(address)
    return _text(_number(address) | ((1 << (bits - prefix)) - 1), family, bits)


@mutant("network_of", "keep")
def mask_from_the_right(address: str, prefix: int) -> str:
    """a mask of the last prefix bits"""
    family, bits = _family(address)
    return _text(_number(address) & ((1 << prefix) - 1), family, bits)


@mutant("network_of", "keep")
def the_mask_itself(address: str, prefix: int) -> str:
    """returns the mask"""
    family, bits = _family(address)
    return _text((1 << bits) - (1 << (bits - prefix)), family, bits)


@mutant("network_of", "edge")
def slices_from_the_end(address: str, prefix: int) -> str:
    """bits[:-n], which is empty for n = 0"""
    family, bits = _family(address)
    _fits(prefix, bits)
    host = bits - prefix
    digits = f"{_number(address):0{bits}b}"[:-host] + "0" * host
    return _text(int(digits or "0", 2), family, bits)


@mutant("network_of", "edge")
def zero_is_no_prefix(address: str, prefix: int) -> str:
    """if not prefix: return the address"""
    if not prefix:
        return address
    return with_a_string_of_bits(address, prefix)


@mutant("network_of", "v6", says="OSError")
def only_ipv4(address: str, prefix: int) -> str:
    """IPv4 only"""
    number = int.from_bytes(socket.inet_pton(socket.AF_INET, address), "big")
    return _text(number >> (32 - prefix) << (32 - prefix), socket.AF_INET, 32)


@mutant("network_of", "v6", says="ValueError")
def splits_ipv6_at_dots(address: str, prefix: int) -> str:
    """splits every address at the dots"""
    a, b, c, d = (int(part) for part in address.split("."))
    number = (a << 24 | b << 16 | c << 8 | d) >> (32 - prefix) << (32 - prefix)
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


@mutant("network_of", "v6")
def thirty_two_bits_always(address: str, prefix: int) -> str:
    """takes 32 bits for IPv6 as well"""
    family, bits = _family(address)
    hosts = max(0, 32 - prefix)
    return _text(_number(address) >> hosts << hosts, family, bits)


@mutant("network_of", "v6")
def dots_mean_ipv4(address: str, prefix: int) -> str:
    """a dot in it means IPv4, also in ::ffff:192.0.2.77"""
    if "." in address:
        try:
            packed = socket.inet_pton(socket.AF_INET, address.rpartition(":")[2])
        except OSError:
            raise ValueError(address) from None
        return with_a_string_of_bits(socket.inet_ntop(socket.AF_INET, packed), min(prefix, 32))
    return with_a_string_of_bits(address, prefix)


@mutant("network_of", "text")
def with_the_prefix(address: str, prefix: int) -> str:
    """192.0.2.64/26"""
    return f"{with_a_string_of_bits(address, prefix)}/{prefix}"


@mutant("network_of", "text")
def a_number(address: str, prefix: int) -> int:
    """returns the number"""
    hosts = _family(address)[1] - prefix
    return _number(address) >> hosts << hosts


@mutant("network_of", "text")
def the_bytes(address: str, prefix: int) -> bytes:
    """returns the bytes"""
    family, bits = _family(address)
    hosts = bits - prefix
    return (_number(address) >> hosts << hosts).to_bytes(bits // 8, "big")


@mutant("network_of", "form")
def writes_it_out(address: str, prefix: int) -> str:
    """IPv6 written out in full: 2001:0db8:0000:…"""
    text = with_a_string_of_bits(address, prefix)
    if ":" not in text:
        return text
    digits = f"{_number(text):032x}"
    return ":".join(digits[start : start + 4] for start in range(0, 32, 4))


@mutant("network_of", "fits")
def any_prefix(address: str, prefix: int) -> str:
    """does not look whether the prefix fits"""
    family, bits = _family(address)
    hosts = max(0, bits - prefix)
    return _text(_number(address) >> hosts << hosts, family, bits)


@mutant("network_of", "fits")
def one_limit_for_both(address: str, prefix: int) -> str:
    """0 to 128 for both families"""
    _fits(prefix, 128)
    family, bits = _family(address)
    return with_a_string_of_bits(address, min(prefix, bits))


@mutant("network_of", "fits", says="network_of('192.0.2.77', 33): your function raised AssertionError")
def asserts_it(address: str, prefix: int) -> str:
    """assert instead of ValueError"""
    assert 0 <= prefix <= _family(address)[1]
    return with_a_string_of_bits(address, prefix)


@mutant("network_of", "error", says="network_of('192.0.2', 24): your function raised OSError")
def lets_oserror_out(address: str, prefix: int) -> str:
    """lets the OSError of inet_pton out"""
    socket.inet_pton(_family(address)[0], address)
    return with_a_string_of_bits(address, prefix)


@mutant("network_of", "error")
def with_inet_aton(address: str, prefix: int) -> str:
    """inet_aton, which takes 192.0.2 for 192.0.0.2"""
    if ":" in address:
        return with_a_string_of_bits(address, prefix)
    _fits(prefix, 32)
    try:
        number = int.from_bytes(socket.inet_aton(address), "big")
    except OSError:
        raise ValueError(address) from None
    return _text(number >> (32 - prefix) << (32 - prefix), socket.AF_INET, 32)


@mutant("network_of", "error")
def gives_none_for_nonsense(address: str, prefix: int) -> str | None:
    """returns None for what is no address"""
    try:
        socket.inet_pton(_family(address)[0], address)
    except OSError:
        return None
    return with_a_string_of_bits(address, prefix)


@mutant("network_of", "module", says="IPv4Network")
def asks_the_module(address: str, prefix: int) -> str:
    """ipaddress.ip_network"""
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False).network_address)


@mutant("network_of", "start", says="without `return`")
def prints_it(address: str, prefix: int) -> None:
    """forgets return"""
    with_a_string_of_bits(address, prefix)


def _right(address: str, prefix: int) -> str:
    family, bits = (socket.AF_INET6, 128) if ":" in address else (socket.AF_INET, 32)
    try:
        number = int.from_bytes(socket.inet_pton(family, address), "big")
    except OSError:
        raise ValueError(address) from None
    if not 0 <= prefix <= bits:
        raise ValueError(prefix)
    hosts = bits - prefix
    return socket.inet_ntop(family, (number >> hosts << hosts).to_bytes(bits // 8, "big"))


@mutant("network_of", "error", says="192.0.2.+7")
def with_int(address: str, prefix: int) -> str:
    """int() of each part, which takes +7 and blanks"""
    if ":" not in address:
        parts = [int(part) for part in address.split(".")]
        if len(parts) != 4 or not all(0 <= part < 256 for part in parts):
            raise ValueError(address)
        address = ".".join(map(str, parts))
    return _right(address, prefix)


@mutant("network_of", "error", says="192.0.2.7/24")
def without_the_slash(address: str, prefix: int) -> str:
    """split("/")[0]"""
    return _right(address.split("/")[0], prefix)


@mutant("network_of", "error")
def without_blanks(address: str, prefix: int) -> str:
    """strip()"""
    return _right(address.strip(), prefix)


@mutant("network_of", "form", says="c000")
def writes_it_by_hand(address: str, prefix: int) -> str:
    """writes IPv6 by hand, always in groups of hexadecimal digits"""
    text = _right(address, prefix)
    if "." in text and ":" in text:
        data = socket.inet_pton(socket.AF_INET6, text)
        text = (
            text[: text.rindex(":") + 1]
            + f"{data[12:14].hex().lstrip('0')}:{data[14:].hex().lstrip('0') or 0}"
        )
    return text


@mutant("network_of", "v6")
def by_groups(address: str, prefix: int) -> str:
    """a prefix of IPv6 ends at a colon"""
    return _right(address, prefix // 16 * 16 if ":" in address and 0 <= prefix <= 128 else prefix)


@mutant("network_of", "edge")
def nothing_is_no_address(address: str, prefix: int) -> str:
    """if not number: raise ValueError"""
    if address == "0.0.0.0":
        raise ValueError(address)
    return _right(address, prefix)
