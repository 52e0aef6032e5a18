"""Programs 00 to 05 with their partners, with bare sockets, and with curl and netcat where they are."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from netlab import link
from netlab.check.places import has_ipv6

from .processes import DEADLINE, Server, asked, run, serving

LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # for 0 s: closing is a reset


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE)


def all_of(sock: socket.socket) -> bytes:
    return b"".join(iter(lambda: sock.recv(65536), b""))


@contextlib.contextmanager
def scripted(play: Callable[[socket.socket], None], kind: int = socket.SOCK_STREAM) -> Iterator[int]:
    """The port of a server of our own: it plays with one client (or with one mailbox)."""
    with socket.socket(type=kind) as sock:
        sock.settimeout(DEADLINE)
        sock.bind(("127.0.0.1", 0))

        def go() -> None:
            if kind == socket.SOCK_DGRAM:
                play(sock)
            else:
                conn, _ = sock.accept()
                with (
                    conn,
                    contextlib.suppress(ConnectionError),
                ):  # a program may leave before we have finished
                    conn.settimeout(DEADLINE)
                    play(conn)

        if kind == socket.SOCK_STREAM:
            sock.listen()
        thread = threading.Thread(target=go)
        thread.start()
        yield sock.getsockname()[1]
        thread.join(DEADLINE)
        assert not thread.is_alive()


# -- 00


def test_hello() -> None:
    with serving("00_hello_server") as server:
        answer = asked("00_hello_client", server, "Zoë")
        assert re.fullmatch(r"Hello, Zoë! You are at port \d+.\s+", answer)
        assert "said hello" in server.says("port")
        assert asked("00_hello_client", server).startswith("Hello, world!")


def test_hello_in_pieces_and_without_a_word() -> None:
    with serving("00_hello_server") as server:
        connect(server).close()
        with connect(server) as sock:
            for byte in b"Ada\n":
                sock.sendall(bytes([byte]))
            assert all_of(sock).startswith(b"Hello, Ada!")


# -- 01


def test_echo_of_all_bytes() -> None:
    sent = bytes(range(256)) * 4000
    with serving("01_echo_server") as server:
        done = run("01_echo_client", "--port", server.port, typed=sent)
        assert (done.returncode, done.stderr) == (0, b"") and done.stdout == sent
        assert f"left after {len(sent)} bytes" in server.says("left")


def test_echo_for_two_at_once() -> None:
    with serving("01_echo_server") as server, connect(server), connect(server) as second:
        second.sendall(b"while the first one is silent")
        second.shutdown(socket.SHUT_WR)
        assert all_of(second) == b"while the first one is silent"


def test_echo_outlives_a_reset() -> None:
    with serving("01_echo_server") as server:
        with connect(server) as rude:
            rude.sendall(b"x" * 1000)
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
        server.says("broke off|left")
        assert asked("01_echo_client", server, typed=b"still there?") == "still there?"


def test_echo_client_notices_the_end() -> None:
    def answer_half(conn: socket.socket) -> None:
        conn.sendall(conn.recv(100)[:2])

    with scripted(answer_half) as port:
        done = run("01_echo_client", "--port", port, typed=b"hello")
    assert done.returncode == 1 and done.stdout == b"he" and b"3 bytes were missing" in done.stderr


@pytest.mark.parametrize(
    "tool", ["curl -sN --noproxy * telnet://127.0.0.1:{}", "nc 127.0.0.1 {}", "ncat 127.0.0.1 {}"]
)
def test_echo_to_other_programs(tool: str) -> None:
    if shutil.which(tool.split()[0]) is None:
        pytest.skip(f"there is no {tool.split()[0]}")
    with serving("01_echo_server") as server:
        line = tool.format(server.port).split()
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(b"hello\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"hello\n"
            process.kill()


# -- 02


def test_who_am_i() -> None:
    with serving("02_who_am_i_server") as server:
        for host in ["localhost", "127.0.0.1"]:
            said = asked("02_who_am_i_client", server, "--host", host)
            (mine,) = set(re.findall(r"127\.0\.0\.1 port (\d+)$", said, re.M)[1:])
            assert mine != str(server.port) and "nothing in between" in said and "NAT" not in said


def test_who_am_i_over_ipv6() -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with serving("02_who_am_i_server", "--host", "::1") as server:
        assert "::1 port" in asked("02_who_am_i_client", server, "--host", "::1")


def test_who_am_i_with_somebody_in_between() -> None:
    with serving("02_who_am_i_server") as server, link.relay(("127.0.0.1", server.port)) as relay:
        done = run("02_who_am_i_client", "--host", "127.0.0.1", "--port", relay.address[1])
        assert done.returncode == 0 and b"a NAT in between" in done.stdout


# -- 03


def framed(*messages: bytes) -> bytes:
    return b"".join(struct.pack("!I", len(each)) + each for each in messages)


def test_messages() -> None:
    with serving("03_message_server") as server:
        said = asked("03_message_client", server, typed="hello\nstraße 🙂\r\n\nlast".encode())
    assert said.splitlines() == [
        "5 bytes there, 5 back: HELLO",
        "12 bytes there, 12 back: STRASSE 🙂",
        "0 bytes there, 0 back: ",
        "4 bytes there, 4 back: LAST",
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_messages_in_pieces_of_any_size(size: int) -> None:
    sent = framed(b"one", "zwölf".encode(), b"", b"three")
    with serving("03_message_server") as server, connect(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(sent), size):
            sock.sendall(sent[at : at + size])
            time.sleep(0.01)  # so that the server meets them one by one
        sock.shutdown(socket.SHUT_WR)
        assert all_of(sock) == framed(b"ONE", "ZWÖLF".encode(), b"", b"THREE")
        assert server.says("finished")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (framed(b"whole") + b"\0\0", "2 bytes were missing"),
        (framed(b"abcdef")[:-2], "2 bytes were missing"),
        (b"\xff\xff\xff\xff" + b"x" * 10, "4294967295 bytes is more than"),
        (framed(b"\xff\xfe"), "codec can't decode"),
    ],
)
def test_messages_that_are_wrong(sent: bytes, says: str) -> None:
    with serving("03_message_server") as server:
        with connect(server) as sock:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
            assert server.says(says)
        assert "HI" in asked("03_message_client", server, typed=b"hi")


def test_message_client_with_an_answer_in_drips_and_one_cut_off() -> None:
    def play(conn: socket.socket) -> None:
        for byte in framed(b"drip") + framed(b"cut")[:-1]:
            conn.sendall(bytes([byte]))
        conn.shutdown(socket.SHUT_WR)
        all_of(conn)

    with scripted(play) as port:
        done = run("03_message_client", "--port", port, typed=b"one\ntwo\n")
    assert b"4 back: drip" in done.stdout and done.returncode == 1 and b"1 bytes were missing" in done.stderr


# -- 04


def test_postcards_are_counted() -> None:
    with serving("04_postcard_server") as server:
        assert [asked("04_postcard_client", server).strip() for _ in range(2)] == [
            "try 1: you are visitor 1",
            "try 1: you are visitor 2",
        ]


def test_the_same_postcard_is_counted_once() -> None:
    with serving("04_postcard_server") as server, socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(DEADLINE)
        sock.connect(("127.0.0.1", server.port))
        for identifier, number in [(b"12345678", 1), (b"12345678", 1), (b"abcdefgh", 2), (b"12345678", 1)]:
            sock.send(identifier)
            assert sock.recv(100) == identifier + b"you are visitor %d" % number


def test_postcards_that_are_lost() -> None:
    with (
        serving("04_postcard_server", "--lose", "1") as server,
        socket.socket(type=socket.SOCK_DGRAM) as sock,
    ):
        sock.sendto(b"12345678", ("127.0.0.1", server.port))
        assert "question was lost" in server.says("")


def test_postcard_client_asks_again_and_believes_nobody_else() -> None:
    seen = []

    def play(mailbox: socket.socket) -> None:
        for answer in [None, b"XXXXXXXXyou are visitor 99", b""]:
            card, address = mailbox.recvfrom(100)
            seen.append(card)
            if answer is not None:
                mailbox.sendto(answer or card + b"you are visitor 7", address)

    for _ in range(2):
        with scripted(play, socket.SOCK_DGRAM) as port:
            done = run("04_postcard_client", "--port", port)
        assert done.stdout.decode().splitlines()[-1] == "try 3: you are visitor 7" and not done.returncode
    assert len(set(seen[:3])) == len(set(seen[3:])) == 1 and seen[0] != seen[3] and len(seen[0]) == 8


# -- 05


def test_ping() -> None:
    with serving("05_ping_server") as server:
        said = asked("05_ping_client", server).splitlines()
    assert [re.sub(r"  +", "|", line).split(", median")[0] for line in said] == [
        "UDP|20 of 20 answered",
        "TCP, one connection|20 of 20 answered",
        "TCP, a new one each|20 of 20 answered",
    ]
