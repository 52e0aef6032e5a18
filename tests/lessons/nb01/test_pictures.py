"""What only notebook 01 draws: from sockets that were really there."""

from __future__ import annotations

import socket
import sys

import pytest

from netlab import socket_table
from netlab.lessons.nb01.books import what_changed
from netlab.lessons.nb01.first_packet import syn_anatomy
from netlab.lessons.nb01.line import waiting_line

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells unread bytes and holders")


@linux
def test_what_a_call_has_changed_is_marked() -> None:
    after = {}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        after["listen"] = socket_table(port)
        with socket.create_connection(("127.0.0.1", port)) as client:
            after["connect"] = socket_table(port)
            conn, _ = listener.accept()
            with conn:
                after["accept"] = socket_table(port)
                client.sendall(b"hello")
                after["sendall"] = socket_table(port)
    connect, accept, sendall = str(what_changed(after, *after)).split("after ")[1:]
    assert connect.count("new") == 2 and "1 to accept (was 0 to accept)" in connect
    assert "this process (was the kernel)" in accept and "new" not in accept
    assert "5 (was 0)" in sendall and sendall.count("changed") == 1
    html = what_changed(after, "accept", "sendall")._repr_html_()
    assert "<b>5</b><br><small>(was 0)</small>" in html and html.count("<b>") == 2


@linux
def test_a_socket_that_is_gone_is_said_to_be() -> None:
    after = {}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        after["listen"] = socket_table(port)
    after["close"] = socket_table(port)
    assert "gone" in str(what_changed(after, "listen", "close"))


def test_one_table_can_not_be_compared() -> None:
    with pytest.raises(ValueError, match="two names"):
        what_changed({}, "listen")


def test_a_syn_is_shown_field_by_field() -> None:
    packet = bytes.fromhex(
        "4500003cc681400040067638 7f000001 7f000001 bd929d91 8f320ac0 00000000 a002ffd7 fe300000 0204ffd7"
    )
    shown = str(syn_anatomy(packet))
    assert ["5", "from", "12-15", "7f", "00", "00", "01"] in [line.split() for line in shown.split("\n")]
    assert "options" in shown and "40-43" in shown


@pytest.mark.parametrize("packet", [b"", b"\x45" + bytes(39), b"\x60" + bytes(59)])
def test_what_is_no_syn_over_ipv4_is_refused(packet: bytes) -> None:
    with pytest.raises(ValueError, match="TCP packet over IPv4"):
        syn_anatomy(packet)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count the queue differently")
@pytest.mark.parametrize(
    ("backlog", "clients", "accepts"), [(3, 8, 2), (0, 1, 0), (0, 4, 6), (8, 12, 0), (2, 0, 1)]
)
def test_the_line_is_what_the_kernel_made_of_it(backlog: int, clients: int, accepts: int) -> None:
    accepted = min(accepts, clients)
    waiting = min(clients - accepted, backlog + 1)
    caption = waiting_line(backlog, clients, accepts).caption
    assert f"{accepted or 'no'} client" in caption.split("queue, ")[1]
    assert f": {waiting or 'no'} client" in caption
    assert f"{clients - accepted - waiting or 'no'} client" in caption.split("accepted, ")[1]
