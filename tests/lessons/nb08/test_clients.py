"""The hostile HTTP clients do what they say, and the strict reading of answers finds what is wrong."""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest

from netlab import servers
from netlab.check.lab import Lab
from netlab.check.report import Wrong
from netlab.check.worker import Watchman
from netlab.lessons.nb08 import bad_requests
from netlab.lessons.nb08 import clients as http_clients
from netlab.lessons.nb08.clients import Client, conversation, drip, request
from netlab.wire.http_messages import BadMessage, end_of_head, parse_request

pytestmark = pytest.mark.usefixtures("leaves_nothing")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BAD = [(why, data) for requests in bad_requests.BAD.values() for why, data in requests.items()]


def examined(function: Any, ask: Any) -> Any:
    """What ask(client) gives, in a conversation with this function(conn)."""
    with Watchman() as watchman:
        lab = Lab("a case", function, "7", 5.0, watchman)
        try:
            with lab, conversation(lab) as client:
                return ask(client)
        finally:
            watchman.end()
            lab.close()


def says(*pieces: bytes) -> Any:
    """A function that hears a head, says these pieces and closes."""

    def function(conn: socket.socket) -> None:
        with conn:
            data = b""
            while b"\r\n\r\n" not in data:
                data += conn.recv(65536) or b"\r\n\r\n"
            for piece in pieces:
                conn.sendall(piece)

    return function


def ask(client: Client) -> http_clients.Answer:
    client.say(request())
    return client.answer()


def test_bad_requests_are_bad() -> None:
    """Our own strict reader refuses each of them; what it leaves to others is what is right for it."""
    for why, data in BAD:
        if why in ("Transfer-Encoding alone", "a version between 1.1 and 2"):
            head = parse_request(data[: end_of_head(data)])
            assert head.all("Transfer-Encoding") == ["chunked"] or head.version == (1, 2)
            continue
        with pytest.raises(BadMessage):
            end = end_of_head(data)
            parse_request(data[:end] if end >= 0 else data)


def test_a_request_has_a_length_only_with_a_body() -> None:
    assert b"Content-Length" not in request()
    assert parse_request(request(body=b"")).get("Content-Length") == "0"
    assert request("PUT", "/x", body=b"abc").endswith(b"\r\n\r\nabc")


@pytest.mark.parametrize(
    "pieces, status, body, cut",
    [
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",), 200, b"hello", False),
        ((b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 5\r\n\r\nhe", b"llo"), 200, b"hello", False),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",), 200, b"hello", True),
        ((b"HTTP/1.1 404 No\r\n\r\nuntil the end",), 404, b"until the end", False),
        ((b"HTTP/1.1 204 No\r\n\r\n",), 204, b"", False),
        (
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",),
            200,
            b"hello",
            False,
        ),
        ((CHUNKED + b"5\r\nhello\r\n",), 200, b"hello", True),
    ],
)
def test_answers_are_read(pieces: tuple[bytes, ...], status: int, body: bytes, cut: bool) -> None:
    answer = examined(says(*pieces), ask)
    assert (answer.status, answer.body, answer.cut) == (status, body, cut)


@pytest.mark.parametrize(
    "piece, said",
    [
        (b"", "ended before an answer"),
        (b"HTTP/1.1 200 OK\r\n", "ended inside the answer"),
        (b"hello\r\n\r\n", "is no answer"),
        (b"HTTP/1.1 200 OK\n\n", "LF alone"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "more than once"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n", "wrong chunks"),
    ],
)
def test_what_is_no_answer_is_found(piece: bytes, said: str) -> None:
    with pytest.raises(Wrong, match=said):
        examined(says(piece), ask)


def test_bytes_behind_an_answer_are_found() -> None:
    def all_of_it(client: Client) -> None:
        ask(client)
        client.ends()

    right = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhe"
    examined(says(right), all_of_it)
    with pytest.raises(Wrong, match="more came"):
        examined(says(right + b"llo"), all_of_it)


def test_a_connection_left_open_is_found() -> None:
    held: list[socket.socket] = []

    def forgets(conn: socket.socket) -> None:
        conn.recv(1000)
        held.append(conn)

    with pytest.raises(Wrong, match="left conn open"):
        examined(forgets, ask)


def test_a_drip_ends_with_an_answer() -> None:
    def answers_early(conn: socket.socket) -> None:
        with conn:
            conn.recv(1)
            conn.sendall(b"HTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n")
            while conn.recv(1000):
                pass

    def ask_slowly(client: Client) -> int:
        sent = drip(client, [b"x"] * 200, 0.01)
        assert client.answer().status == 408
        client.finish()
        return sent

    assert 1 <= examined(answers_early, ask_slowly) < 200


def test_our_own_server_stands_the_bad_requests() -> None:
    with servers.HTTPServer() as server:
        for _, data in BAD:
            with socket.create_connection(server.address, timeout=5) as sock:
                sock.sendall(data.replace(b"example.org", b"127.0.0.1"))
                sock.shutdown(socket.SHUT_WR)
                answer = sock.makefile("rb").read()
            fine = b"chunked" in data or b"HTTP/1.2" in data or data[:2] == b"\r\n"  # RFC 9112, 2.2 and 2.3
            assert answer[:10] in (b"HTTP/1.1 4", b"HTTP/1.1 5") or fine, data


def test_a_report_has_the_text_of_both_sides() -> None:
    with pytest.raises(Wrong) as error:
        examined(says(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), ask)
    told = "".join(line.strip(" ") if line[0] == " " else line for line in error.value.details)
    assert told.startswith(r"the client sent  b'GET / HTTP/1.1\r\nHost: example.org\r\n\r\n'")
    assert told.endswith(r"and got  b'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n'")


def test_a_report_shortens_what_is_long() -> None:
    def ask(client: Client) -> None:
        client.say(request(body=bytes(10_000)))
        client.ends()

    with pytest.raises(Wrong) as error:
        examined(says(b"HTTP/1.1 200 OK\r\n\r\n"), ask)
    assert max(map(len, error.value.details)) <= 90 and sum(map(len, error.value.details)) < 2000
    assert any(re.search(r"\b10\d\d\d bytes", line) for line in error.value.details)
