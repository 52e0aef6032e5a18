"""The experiments of notebook 08, each against servers that do what it looks for, and that do not."""

from __future__ import annotations

import http.server
import socket
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from netlab import HTTPServer, Limits, serve
from netlab.lessons import (
    Frame,
    TemptingFolder,
    answer_times,
    ask,
    attack,
    drop_by_drop,
    fetch,
    meet_limits,
    post,
    running,
    said_to,
    slowest_answer,
    times_in_pieces,
    twelve_answers,
    unkind_clients,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"hello")

    do_HEAD = do_GET

    def log_message(self, *values: object) -> None:
        pass


def once(conn: socket.socket, address: object) -> None:
    """The smallest server: one recv, one answer, no length, a body for everybody."""
    conn.sendall(b"HTTP/1.1 404 Not Found\r\n\r\nno" if b" /about " not in conn.recv(1024) else
                 b"HTTP/1.1 200 OK\r\n\r\nyes")  # fmt: skip


def one_by_one(listener: socket.socket) -> None:
    while True:
        conn, address = listener.accept()
        with conn:
            once(conn, address)


def test_unkind_clients_find_five_bugs(capsys: Any) -> None:
    with serve(one_by_one, on="listener") as server:
        unkind_clients(server.address)
    seen = [line.partition(": ")[2].strip() for line in capsys.readouterr().out.splitlines()]
    assert seen == ["HTTP/1.1 404 Not Found", "0", "3", "1", "no answer in half a second"]


def test_unkind_clients_find_none_in_the_library(capsys: Any) -> None:
    with running(Page) as server:
        unkind_clients(server.server_address)
    seen = [line.partition(": ")[2].strip() for line in capsys.readouterr().out.splitlines()]
    assert seen == ["HTTP/1.1 200 OK", "1", "0", "2", "HTTP/1.1 200 OK"]


def test_running_ends_its_server_and_its_thread() -> None:
    before = threading.active_count()
    with pytest.raises(KeyError), running(Page) as server:
        raise KeyError
    assert said_to(server.server_address, OK) == "ConnectionRefusedError"
    assert threading.active_count() == before


def test_running_waits_for_those_who_answer_only_if_told() -> None:
    arrived, gate, answered = threading.Semaphore(0), threading.Event(), threading.Event()

    class Slow(Page):
        def do_GET(self) -> None:
            arrived.release()
            gate.wait(5)
            super().do_GET()
            answered.set()
            self.close_connection = True

    with running(Slow, daemon_threads=False) as server:
        client = socket.create_connection(server.server_address, timeout=5)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert arrived.acquire(timeout=5)
        gate.set()
    assert answered.is_set()
    client.close()


def test_fetch_and_ask_and_answer_times() -> None:
    with running(Page) as server:
        status, fields, body = fetch(server.server_address, "/")
        assert (status, fields["Content-Length"], body) == (200, "5", b"hello")
        assert fetch(server.server_address, "/", "POST", b"x")[0] == 501
        assert ask(server.server_address, b"GET / HTTP/1.0\r\n\r\n").endswith(b"hello")
        times = answer_times(server.server_address, 3)
    assert len(times) == 3 and all(time > 0 for time in times)


def test_times_in_pieces_asks_a_server_that_writes_so_often() -> None:
    assert len(times_in_pieces(1, 4)) == 4
    assert "writes: 3, with TCP_NODELAY" in repr(twelve_answers(3, nodelay=True))


def test_said_to_gives_the_answer_or_the_error() -> None:
    def resets(conn: socket.socket, address: object) -> None:
        conn.recv(1)  # and leaves the rest unread

    with serve(lambda conn, address: conn.sendall(OK)) as server:
        assert said_to(server.address, b"x") == "HTTP/1.1 200 OK"
        with socket.create_connection(server.address, timeout=5) as client:
            assert said_to(client, b"x") == "HTTP/1.1 200 OK"
    with serve(resets) as server:
        assert said_to(server.address, b"xxx") == "ConnectionResetError"


def test_post_gives_the_status_or_says_that_there_was_an_error() -> None:
    def at_once(conn: socket.socket, address: object) -> None:
        conn.recv(10)
        conn.sendall(OK)

    with HTTPServer() as server:
        assert post(server.address, 10) in (200, 404, 405)
    with serve(at_once) as server:
        assert post(server.address, 20_000_000) == "a ConnectionError, and no status"


def test_the_attack_tells_a_leak_from_a_refusal(capsys: Any) -> None:
    folder = TemptingFolder()

    def everything(root: Any, target: str) -> Any:
        return folder.outside / "secret.txt"

    def nothing(root: Any, target: str) -> Any:
        raise PermissionError

    def index(root: Any, target: str) -> Any:
        return root / "index.html"

    targets = len(folder.targets())
    assert attack(folder, everything, nothing, index) == {"everything": targets, "nothing": 0, "index": 0}
    first, *rows = capsys.readouterr().out.splitlines()
    assert first.split() == ["everything", "nothing", "index"]
    assert all(row.split()[-3:] == ["LEAKS", "404", "200"] for row in rows) and len(rows) == targets
    assert str(folder.outside) not in "".join(rows)


def test_the_folder_goes_when_it_is_dropped() -> None:
    folder = TemptingFolder()
    outside = folder.outside
    assert {"secret.txt", "site/index.html", "site-old/plan.txt"} <= set(folder.files())
    del folder
    assert not outside.exists()


def test_drop_by_drop_stops_at_an_answer() -> None:
    def after_three(conn: socket.socket, address: object) -> None:
        heard = b""
        while len(heard) < 3:
            heard += conn.recv(1)
        conn.sendall(OK)

    def at_the_end(conn: socket.socket, address: object) -> None:
        heard = b""
        while len(heard) < 6:
            heard += conn.recv(1)
        conn.sendall(OK)

    with serve(after_three) as server:
        count, said = drop_by_drop(server.address, b"123456", pause=0.1)
    assert 3 <= count < 6 and said == "HTTP/1.1 200 OK"
    with serve(at_the_end) as server:
        assert drop_by_drop(server.address, b"123456", pause=0.01) == (6, "HTTP/1.1 200 OK")


def test_each_flood_meets_its_own_limit() -> None:
    attempts = meet_limits(Limits(head=1000, body=20_000, seconds=0.3), portion=500)
    assert [attempt.said for attempt in attempts.values()] == ["200", "431", "413", "408"]
    assert attempts["honest"].body == 500 and attempts["honest"].head < 1000
    assert attempts["endless head"].head > 1000 and attempts["endless head"].body == 0
    assert attempts["endless body"].head < 1000 and attempts["endless body"].body > 20_000
    assert attempts["a byte now and then"].seconds >= 0.3


def packet(direction: str, sent: float, payload: bytes = b"") -> Any:
    return SimpleNamespace(direction=direction, sent=sent, packet=SimpleNamespace(payload=payload))


def test_slowest_answer_is_the_one_whose_parts_are_farthest_apart() -> None:
    packets = [
        packet("out", 0.0),  # the handshake
        packet("out", 0.1, b"GET"), packet("back", 0.11, b"head"), packet("back", 0.12, b"body"),
        packet("out", 0.2, b"GET"), packet("back", 0.21, b"head"), packet("out", 0.25),
        packet("back", 0.26, b"body"), packet("out", 0.27),
        packet("out", 0.3, b"GET"),  # and no answer
    ]  # fmt: skip
    assert slowest_answer(packets) == packets[4:8]
    with pytest.raises(ValueError, match="a request and its answer"):
        slowest_answer(packets[:2])


def test_a_frame_has_a_page_and_words() -> None:
    frame = Frame("http://127.0.0.1:1/x", 50)
    assert 'src="http://127.0.0.1:1/x"' in frame._repr_html_() and "title=" in frame._repr_html_()
    assert ">http://127.0.0.1:1/x</a>" in frame._repr_html_()
    assert repr(frame) == "A frame with the page that http://127.0.0.1:1/x answers with."
