"""An address as bits: the part that names the network, the part that names the host, and the block. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from ....view.kit import Canvas, Mark, Picture, Swatch, legend, number, plural
from ....view.kit.theme import (
    CLIENTS,
    CODE,
    ERROR,
    FAINT,
    FIELDS,
    INK,
    MUTED,
    NOTE,
    PAPER,
    SERVERS,
    TEXT,
    text_width,
)

WIDTH, LEFT, RIGHT = 860.0, 104.0, 24.0
NETWORK, HOST, HOST_INK = CLIENTS[0], FIELDS[1], SERVERS[0]
BITS = {True: Swatch(NETWORK, ink=PAPER), False: Swatch(HOST, HOST_INK)}  # of the network part or not
INSIDE = {
    True: Swatch(FIELDS[0], NETWORK, round=8, size=(26, 18)),
    False: Swatch(PAPER, MUTED, round=8, dashed=True, size=(26, 18)),
}
FOUND = {True: Mark("o", NETWORK), False: Mark("X", ERROR)}
KEY = ((FOUND[True], "this machine has it"), (FOUND[False], "this machine does not"),
       (INSIDE[True], "inside the block"), (INSIDE[False], "outside"))  # fmt: skip
GROUP_GAP = {32: 14.0, 128: 12.0}
GROUP = {32: 8, 128: 16}
CELL_HEIGHT, ROW = 30.0, 74.0
FACTS_END = 308.0
CHIP, CHIP_GAP = 32.0, 10.0
MOST_TRIED = 24

_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

Network = IPv4Network | IPv6Network


def address_block(address: str, prefix: int, tried: Mapping[str, bool] | None = None) -> Picture:
    """Paint the bits of an IPv4 or IPv6 address as network part and host part (CIDR, RFC 4632 section 3.1).

    `prefix` counts the bits of the network part: 0 to 32, or 0 to 128. The picture shows the mask, the
    first and the last address of the block and how many there are. `tried` maps addresses to whether an
    experiment found them on this machine; they are drawn below, inside or outside the block.
    ValueError for what is no address, a prefix out of range, or more than 24 addresses tried.
    """
    ip, network = _parse(address, prefix)
    probes = _probes(tried or {})
    lines = _flow(probes)
    height = FACTS_END + 16 + (50 + len(lines) * (CHIP + CHIP_GAP) if lines else 0)
    canvas = Canvas(WIDTH, height)
    places = bit_places(ip.max_prefixlen)
    _heads(canvas, places, prefix)
    _row(canvas, 84, "address", int(ip), prefix, places)
    _row(canvas, 84 + ROW, "mask", int(network.netmask), prefix, places)
    _facts(canvas, 84 + 2 * ROW, network)
    if lines:
        _chips(canvas, FACTS_END + 22, lines, network)
    return canvas.picture(_caption(ip, network, probes))


def bit_places(bits: int) -> list[tuple[float, float]]:
    """(x, width) of each bit's cell, from the first bit on; groups as the address is written."""
    groups = bits // GROUP[bits]
    wide = (WIDTH - LEFT - RIGHT - (groups - 1) * GROUP_GAP[bits]) / bits
    return [(LEFT + bit * wide + bit // GROUP[bits] * GROUP_GAP[bits], wide) for bit in range(bits)]


def _parse(address: str, prefix: int) -> tuple[IPv4Address | IPv6Address, Network]:
    try:
        ip = ip_address(address)
    except ValueError:
        raise ValueError(
            f"address_block() needs an IPv4 or IPv6 address such as '192.0.2.1', not {address!r}."
        ) from None
    most = ip.max_prefixlen
    if isinstance(prefix, bool) or not isinstance(prefix, int) or not 0 <= prefix <= most:
        raise ValueError(
            f"The prefix of an IPv{ip.version} address is a whole number from 0 to {most}, not {prefix!r}."
        )
    if isinstance(ip, IPv6Address):
        ip = IPv6Address(int(ip))  # a scope is no part of the 128 bits
        return ip, IPv6Network((int(ip), prefix), strict=False)
    return ip, IPv4Network((int(ip), prefix), strict=False)


def _probes(tried: Mapping[str, bool]) -> list[tuple[IPv4Address | IPv6Address, bool]]:
    if len(tried) > MOST_TRIED:
        raise ValueError(f"address_block() draws at most {MOST_TRIED} tried addresses, not {len(tried)}.")
    return [(ip_address(text), bool(found)) for text, found in tried.items()]


def _heads(canvas: Canvas, places: list[tuple[float, float]], prefix: int) -> None:
    """The two brackets above the bits, with their words at the outer ends, where they never meet."""
    bits, end = len(places), places[-1][0] + places[-1][1]
    parts = [("network part", 0, prefix, NETWORK), ("host part", prefix, bits, HOST_INK)]
    for name, first, stop, color in parts:
        if first == stop:
            continue
        count = stop - first
        words = f"{name}: {count} {plural(count, 'bit')}"
        x0, x1 = places[first][0], places[stop - 1][0] + places[stop - 1][1]
        canvas.line([(x0, 54), (x0, 46), (x1, 46), (x1, 54)], color, 2.4)
        x, align = (places[0][0], "left") if first == 0 else (end, "right")
        canvas.text(x, 28, words, TEXT, color, align=align, bold=True)


def _row(
    canvas: Canvas, y: float, name: str, value: int, prefix: int, places: list[tuple[float, float]]
) -> None:
    """One number: its name, its groups as they are written, and its bits as cells."""
    bits = len(places)
    per = GROUP[bits]
    canvas.text(LEFT - 16, y + 22, name, TEXT, INK, align="right", bold=True)
    for group in range(bits // per):
        part = value >> (bits - per * (group + 1)) & ((1 << per) - 1)
        x0, x1 = places[group * per][0], places[group * per + per - 1][0] + places[group * per][1]
        canvas.text((x0 + x1) / 2, y - 10, str(part) if bits == 32 else f"{part:04x}", CODE, INK,
                    align="center", mono=True, bold=True)  # fmt: skip
    for bit, (x, wide) in enumerate(places):
        one, network = value >> (bits - 1 - bit) & 1, bit < prefix
        if bits == 32:
            BITS[network].chip(canvas, x + 0.7, y + 7, wide - 1.4, CELL_HEIGHT, str(one), NOTE,
                               mono=True, bold=network)  # fmt: skip
        else:  # too narrow for a digit: a one fills the whole cell, a zero its foot
            color, ground = (NETWORK, FIELDS[0]) if network else (HOST_INK, HOST)
            canvas.box(x, y + 7, wide, CELL_HEIGHT, ground)
            high = CELL_HEIGHT if one else 4
            canvas.box(x + 0.6, y + 7 + CELL_HEIGHT - high, wide - 1.2, high, color, z=2.5)
    canvas.text(LEFT - 16, y - 10, "hex" if bits == 128 else "", NOTE, MUTED, align="right")


def _facts(canvas: Canvas, y: float, network: Network) -> None:
    rows = [("first", str(network[0])), ("last", str(network[-1])), ("size", size_text(network))]
    x0, x1 = LEFT, WIDTH - RIGHT
    canvas.box(x0, y - 16, x1 - x0, 92, PAPER, edge=FAINT, round=8)
    for i, (name, value) in enumerate(rows):
        canvas.text(LEFT - 16, y + 2 + 28 * i, name, TEXT, INK, align="right", bold=True)
        canvas.text(LEFT + 16, y + 2 + 28 * i, value, CODE, INK, mono=name != "size", bold=name == "size")


def size_text(network: Network) -> str:
    """ "2⁸ = 256 addresses"; from 10¹² on rounded."""
    count, power = network.num_addresses, network.max_prefixlen - network.prefixlen
    if count == 1:
        return "2⁰ = 1 address"
    digits = len(str(count)) - 1
    shown = number(count)
    if digits >= 12:
        shown = f"about {count / 10**digits:.1f} × 10{str(digits).translate(_SUPERSCRIPT)}"
    equals = "is" if digits >= 12 else "="
    return f"2{str(power).translate(_SUPERSCRIPT)} {equals} {shown} addresses"


Probe = tuple[IPv4Address | IPv6Address, bool]


def _flow(probes: Iterable[Probe]) -> list[list[tuple[float, float, Probe]]]:
    """Chips set in lines like words: (x, width, probe)."""
    lines: list[list[tuple[float, float, Probe]]] = []
    x = WIDTH
    for probe in probes:
        wide = text_width(str(probe[0]), CODE, mono=True) + 46
        if x + wide > WIDTH - RIGHT:
            lines.append([])
            x = LEFT
        lines[-1].append((x, wide, probe))
        x += wide + CHIP_GAP
    return lines


def _chips(canvas: Canvas, y: float, lines: list[list[tuple[float, float, Probe]]], network: Network) -> None:
    canvas.text(LEFT - 16, y + 10, "tried", TEXT, INK, align="right", bold=True)
    legend(canvas, LEFT, y + 10, KEY)
    for i, line in enumerate(lines):
        top = y + 34 + i * (CHIP + CHIP_GAP)
        for x, wide, (ip, found) in line:
            INSIDE[ip in network].draw(canvas, x, top, wide, CHIP)
            FOUND[found].draw(canvas, x + 18, top + CHIP / 2)
            canvas.text(x + 34, top + CHIP / 2, str(ip), CODE, INK, mono=True)


def _caption(ip: IPv4Address | IPv6Address, network: Network, probes: list[Probe]) -> str:
    ahead, rest = network.prefixlen, network.max_prefixlen - network.prefixlen
    if not ahead:
        parts = f"all {rest} bits are host part"
    elif not rest:
        parts = f"all {ahead} bits are network part"
    else:
        parts = f"{ahead} network {plural(ahead, 'bit')}, {rest} host {plural(rest, 'bit')}"
    block = f"the block runs from {network[0]} to {network[-1]}, {size_text(network)}"
    if not rest:
        block = "the block is this one address"
    words = f"{ip}/{ahead}: {parts}; {block}."
    if probes:
        inside = [found for each, found in probes if each in network]
        outside = [found for each, found in probes if each not in network]
        words += (
            f" Of {len(probes)} addresses tried, {len(inside)} lie in the block, and this machine has "
            f"{sum(inside)} of them; of the {len(outside)} outside it has {sum(outside)}."
        )
    return words
