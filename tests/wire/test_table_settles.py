"""The table of a conversation is the same in every run: passing states pass, and a FIN is no byte."""

from __future__ import annotations

import socket
import sys

import pytest

from netlab.wire import socket_table, watch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the queues")


def seen(port: int) -> list[tuple[str, int | None, int | None]]:
    return [(row.state, row.unsent, row.unread) for row in socket_table(port) if row.state != "LISTEN"]


@pytest.mark.parametrize("unread", [0, 5])
def test_after_the_client_closed(unread: int) -> None:
    with watch(), socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        port = listener.getsockname()[1]
        client.connect(listener.getsockname())
        conn, _ = listener.accept()
        with conn:
            client.sendall(b"hello")
            assert conn.recv(5 - unread) if unread < 5 else True
            client.close()
            assert seen(port) == [("CLOSE-WAIT", 0, unread), ("FIN-WAIT-2", 0, 0)]


def test_both_closed_leaves_time_wait_only() -> None:
    with watch(), socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        port = listener.getsockname()[1]
        client.connect(listener.getsockname())
        conn, _ = listener.accept()
        client.close()
        conn.close()
        assert [row.state for row in socket_table(port)] == ["LISTEN", "TIME-WAIT"]


def test_a_state_that_does_not_pass_is_shown_in_the_end() -> None:
    with watch(), socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        port = listener.getsockname()[1]
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        client.connect(listener.getsockname())
        conn, _ = listener.accept()
        with conn:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            try:
                while client.send(bytes(4096)):
                    pass
            except BlockingIOError:
                pass
            client.close()  # the FIN cannot leave: it stands behind bytes for which there is no room
            assert "FIN-WAIT-1" in [state for state, _, _ in seen(port)]
