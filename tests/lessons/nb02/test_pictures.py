"""Pictures of addresses: bits and blocks, which socket takes a segment, and results that were recorded."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from netlab.lessons import address_block, demultiplexing
from netlab.lessons.nb02.pictures.blocks import bit_places
from netlab.lessons.nb02.pictures.which_socket import Arrivals, column_widths
from netlab.view import Picture
from netlab.wire import Recording, watch
from tests.view.test_pictures import texts_of
from tests.view.tidy import assert_tidy

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

LONG = "2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa"


# address_block


@pytest.mark.parametrize(
    ("address", "prefix", "caption"),
    [
        (
            "192.0.2.77",
            20,
            "192.0.2.77/20: 20 network bits, 12 host bits; the block runs from 192.0.0.0 to 192.0.15.255, "
            "2¹² = 4 096 addresses.",
        ),
        (
            "192.0.2.77",
            0,
            "192.0.2.77/0: all 32 bits are host part; the block runs from 0.0.0.0 to 255.255.255.255, "
            "2³² = 4 294 967 296 addresses.",
        ),
        ("192.0.2.77", 32, "192.0.2.77/32: all 32 bits are network part; the block is this one address."),
        (
            "192.0.2.77",
            31,
            "192.0.2.77/31: 31 network bits, 1 host bit; the block runs from 192.0.2.76 to 192.0.2.77, "
            "2¹ = 2 addresses.",
        ),
        (
            "fe80::1%eth0",
            10,
            "fe80::1/10: 10 network bits, 118 host bits; the block runs from fe80:: to "
            "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2¹¹⁸ is about 3.3 × 10³⁵ addresses.",
        ),
        ("::1", 128, "::1/128: all 128 bits are network part; the block is this one address."),
        (
            "::1",
            0,
            "::1/0: all 128 bits are host part; the block runs from :: to "
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2¹²⁸ is about 3.4 × 10³⁸ addresses.",
        ),
    ],
)
def test_a_block_is_described(address: str, prefix: int, caption: str) -> None:
    picture = address_block(address, prefix)
    assert picture.caption.replace("\u202f", " ") == caption
    assert_tidy(picture)


@hypothesis.settings(max_examples=12)
@hypothesis.given(
    place=st.one_of(
        st.tuples(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address), st.integers(0, 32)),
        st.tuples(st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address), st.integers(0, 128)),
    )
)
def test_any_block_is_tidy_and_right(place: tuple[Any, int]) -> None:
    address, prefix = place
    picture = address_block(str(address), prefix)
    assert_tidy(picture)
    network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
    texts = texts_of(picture)
    assert texts.count(str(network[0])) >= 1 and texts.count(str(network[-1])) >= 1
    if address.version == 4:
        assert bits_drawn(picture) == [f"{int(address):032b}", f"{int(network.netmask):032b}"]
        for number in (address, network.netmask):
            assert all(str(part) in texts for part in number.packed)


def bits_drawn(picture: Picture) -> list[str]:
    """The rows of 32 digits, from the top, each from left to right."""
    from matplotlib.text import Text

    rows: dict[float, list[tuple[float, str]]] = {}
    for artist in picture.figure.findobj(Text):
        if artist.get_text() in ("0", "1"):
            x, y = artist.get_position()
            rows.setdefault(y, []).append((x, artist.get_text()))
    return ["".join(bit for _, bit in sorted(row)) for _, row in sorted(rows.items()) if len(row) == 32]


@pytest.mark.parametrize("bits", [32, 128])
def test_each_bit_has_its_place(bits: int) -> None:
    places = bit_places(bits)
    assert len(places) == bits
    assert all(x0 + wide <= x1 + 0.001 for (x0, wide), (x1, _) in zip(places, places[1:], strict=False))
    assert places[-1][0] + places[-1][1] <= 860


def test_the_network_part_is_dark_and_the_host_part_is_pale() -> None:
    from matplotlib.patches import Rectangle

    from netlab.lessons.nb02.pictures.blocks import HOST, NETWORK

    def cells(prefix: int) -> tuple[int, int]:
        from matplotlib.colors import to_hex

        picture = address_block("10.0.0.1", prefix)
        found = [to_hex(box.get_facecolor()) for box in picture.figure.findobj(Rectangle)]
        return found.count(NETWORK), found.count(HOST)

    assert cells(0) == (0, 64)
    assert cells(9) == (18, 46)
    assert cells(32) == (64, 0)


def test_what_was_tried_is_told_and_drawn() -> None:
    tried = {"127.0.0.1": True, "127.0.0.2": False, "128.0.0.1": False, "127.128.0.1": True}
    picture = address_block("127.0.0.1", 9, tried)
    assert picture.caption.endswith(
        "Of 4 addresses tried, 2 lie in the block, and this machine has 1 of them; of the 2 outside it has 1."
    )
    assert set(tried) <= set(texts_of(picture))
    assert_tidy(picture)
    assert_tidy(
        address_block("::1", 64, {f"2001:db8:ffff:ffff:ffff:ffff:ffff:{i:x}": True for i in range(24)})
    )


@pytest.mark.parametrize(
    ("address", "prefix", "tried", "says"),
    [
        ("localhost", 8, None, "needs an IPv4 or IPv6 address such as '192.0.2.1', not 'localhost'"),
        ("192.0.2", 8, None, "needs an IPv4 or IPv6 address"),
        ("192.0.2.1", 33, None, "of an IPv4 address is a whole number from 0 to 32, not 33"),
        ("192.0.2.1", -1, None, "from 0 to 32, not -1"),
        ("192.0.2.1", True, None, "from 0 to 32, not True"),
        ("192.0.2.1", 8.0, None, "from 0 to 32, not 8.0"),
        ("::1", 129, None, "of an IPv6 address is a whole number from 0 to 128, not 129"),
        ("192.0.2.1", 8, dict.fromkeys(map(str, range(25)), True), "at most 24 tried addresses, not 25"),
    ],
)
def test_a_block_that_cannot_be(address: Any, prefix: Any, tried: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        address_block(address, prefix, tried)


# demultiplexing


def listener() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    return sock


def test_two_clients_of_one_server() -> None:
    with watch() as wire, listener() as server:
        with (
            socket.create_connection(server.getsockname()) as one,
            socket.create_connection(server.getsockname()) as two,
            server.accept()[0],
        ):
            ports = [str(sock.getsockname()[1]) for sock in (one, two)]
            number = str(server.getsockname()[1])
    picture = demultiplexing(wire)
    assert picture.caption == (
        "Clients A and B differ in the port they come from. Each has a connection of its own; the "
        "listener gets only the first segments, which no connection matches."
    )
    texts = texts_of(picture)
    assert [texts.count(port) for port in ports] == [3, 3]  # later segment, its connection, first segment
    assert texts.count(number) == 4 + 2 + 1
    assert texts.count("any") == 2
    assert (texts.count("A"), texts.count("B"), texts.count("C")) == (2, 2, 0)
    assert_tidy(picture)


def test_a_connect_that_was_not_recorded_is_known_by_its_accept() -> None:
    client = socket.socket()
    with watch() as wire, listener() as server:
        pass
    assert len(wire)
    with client, watch() as wire, listener() as server:
        client.connect(server.getsockname())
        server.accept()[0].close()
    assert "Client A has a connection of its own" in demultiplexing(wire).caption


def test_one_client_port_and_two_servers() -> None:
    picture = demultiplexing(
        listeners=[("127.0.0.1", 1), ("127.0.0.1", 2)],
        connections=[(("127.0.0.1", 50000), ("127.0.0.1", 1)), (("127.0.0.1", 50000), ("127.0.0.1", 2))],
        note="recorded on Linux",
    )
    assert picture.caption == (
        "Clients A and B come from one and the same address and port, and differ in the port they go to. "
        "Each has a connection of its own; the 2 listeners get only the first segments, which no connection "
        "matches."
    )
    assert "recorded on Linux" in texts_of(picture)
    assert_tidy(picture)


def test_the_caption_does_not_name_what_is_chance() -> None:
    clients = [(("127.0.0.1", 50000 + i), (host, 80)) for i, host in enumerate(("127.0.0.1", "::1"))]
    caption = demultiplexing(listeners=[("127.0.0.1", 80), ("::1", 80)], connections=clients).caption
    assert "differ in the address they go to." in caption and "come from" not in caption
    own = demultiplexing(listeners=[("::1", 80)], connections=clients[1:], caption="In my words.")
    assert own.caption == "In my words."


@pytest.mark.parametrize(
    ("door", "server"),
    [
        (("0.0.0.0", 80), ("127.0.0.2", 80)),
        (("::", 80, 0, 0), ("127.0.0.1", 80)),
        (("::", 80), ("::1", 80)),
        (("127.0.0.1", 80), ("::ffff:127.0.0.1", 80, 0, 0)),
    ],
)
def test_a_listener_at_a_wildcard_takes_it(door: Any, server: Any) -> None:
    picture = demultiplexing(listeners=[door], connections=[(("127.0.0.1", 50000), server)])
    assert str(door[0]) in texts_of(picture)


def test_the_exact_address_goes_before_the_wildcard() -> None:
    picture = demultiplexing(
        listeners=[("0.0.0.0", 80), ("127.0.0.1", 80)],
        connections=[(("127.0.0.1", 50000), ("127.0.0.1", 80))],
    )
    assert "0.0.0.0" not in texts_of(picture)


def test_nine_clients_with_long_addresses_stay_tidy() -> None:
    picture = demultiplexing(
        listeners=[(LONG, 65535)],
        connections=[((LONG, 50000 + i), (LONG, 65535)) for i in range(9)],
    )
    assert any("3 more clients not drawn" in text for text in texts_of(picture))
    assert picture.caption.startswith("9 clients differ in the port they come from")
    assert_tidy(picture)


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    short = column_widths(Arrivals([("::1", 1, "::1", 2)], [0], [("::1", 2)]))
    long = column_widths(Arrivals([(LONG, 1, "::1", 2)], [0], [("::1", 2)]))
    assert long[0] > short[0] + 200 and long[1:] == short[1:]


@pytest.mark.parametrize(
    "given",
    [
        {"recording": Recording()},
        {},
        {"listeners": [("127.0.0.1", 80)]},
        {"listeners": [("127.0.0.1", 80)], "connections": [(("127.0.0.1", 50000), ("127.0.0.1", 81))]},
        {"listeners": [("127.0.0.1", 80)], "connections": [(("127.0.0.1", 50000), ("127.0.0.2", 80))]},
    ],
)
def test_nothing_to_draw_is_said(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needs a client that connects to a listener"):
        demultiplexing(**given)
