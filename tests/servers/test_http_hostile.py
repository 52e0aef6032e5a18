"""HTTPServer against clients that lie, dawdle, flood and leave."""

from __future__ import annotations

import random
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from netlab import HTTPServer
from netlab.servers import Limits
from netlab.servers.http.requests import is_loopback

GOOD = b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
TIGHT = Limits(head=2000, body=10_000, seconds=0.3, idle=0.3)


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer() as running:
        yield running
    assert not running.errors


def status(server, data: bytes, *, finish: bool = True) -> int | None:
    """Send bytes, and return the status of the first answer; None if there was none."""
    with socket.create_connection(server.address, timeout=10) as sock:
        try:
            sock.sendall(data)
            if finish:
                sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it said no already, and is gone
        answer = b""
        while b"\r\n\r\n" not in answer and (piece := sock.recv(65536)):
            answer += piece
        return int(answer[9:12]) if answer else None


def is_well(server) -> bool:
    return status(server, GOOD) == 200


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"GET /hello HTTP/1.1\nHost: 127.0.0.1\n\n", 400),
        (b"GET /hello HTTP/1.1\r\n\r\n", 400),
        (b"GET /hello HTTP/3.0\r\nHost: 127.0.0.1\r\n\r\n", 505),
        (b"GET hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501),
        (b"CONNECT 127.0.0.1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"GET https://127.0.0.1/hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421),
        (b"GET http://127.0.0.1/hello HTTP/1.1\r\nHost: example.org\r\n\r\n", 200),
        (b"GET http://127.0.0.1/hello HTTP/1.0\r\n\r\n", 200),
        (b"GET http://example.org/hello HTTP/1.0\r\n\r\n", 421),
        (b"GET http://me@127.0.0.1/hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"OPTIONS http://127.0.0.1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 204),
        (b"GET /hello HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (GOOD[:-2] + b"Content-Length: 99999999999999999999\r\n\r\n", 413),
        (GOOD[:-2] + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (GOOD[:-2] + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400),
        (GOOD[:-2] + b"Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", 200),
        (GOOD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0;\r\n\r\n", 400),
        (GOOD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n", 400),
        (b"CONNECT example.org:1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421),
        (b"GET http://example.org/hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421),
        (b"GET http://127.0.0.1/hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200),
        (GOOD[:-2] + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (GOOD[:-2] + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (GOOD[:-2] + b" folded: yes\r\n\r\n", 400),
        (GOOD[:-2] + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400),
        (GOOD[:-2] + b"Content-Length: 10\r\n\r\nhalf", 400),
        (GOOD[:20], 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ],
)
def test_what_is_not_strictly_right_is_refused(server, data, expected):
    assert status(server, data) == expected
    assert is_well(server)


@pytest.mark.parametrize(
    "fields, expected",
    [
        (b"Host: example.org\r\n", b"421"),
        (b"Host: localhost\r\nExpect: cake\r\n", b"417"),
        (b"Host: localhost\r\nContent-Length: 99999999\r\n", b"413"),
    ],
)
def test_a_refused_head_gets_no_content(server, fields, expected):
    """RFC 9110, section 9.3.2; and the server notes what was asked."""
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(b"HEAD /hello HTTP/1.1\r\n" + fields + b"\r\n")
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 " + expected) and answer.endswith(b"\r\n\r\n")
    assert server.requests[-1] == f"HEAD /hello: {expected.decode()}"


def test_nothing_behind_a_refused_request_is_believed(server):
    """The body of a request with two lengths is not taken for a second request."""
    smuggled = GOOD[:-2] + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GOOD
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(smuggled)
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.count(b"HTTP/1.1 ") == 1 and answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "host, ours",
    [
        ("127.0.0.1", True),
        ("127.1.2.3:8000", True),
        ("localhost:80", True),
        ("LocalHost", True),
        ("page.localhost:1", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("", None),
        (":80", None),
        ("127.0.0.1:", True),
        ("example.org", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("notlocalhost", False),
        ("192.0.2.1", False),
        ("[::2]:80", False),
        ("[::1", None),
        ("[::1]x", None),
        ("localhost:x", None),
        ("localhost:80:80", None),
        ("user@localhost", None),
        ("2130706433", False),
        ("0.0.0.0", False),
    ],
)
def test_it_answers_for_loopback_names_only(server, host, ours):
    assert is_loopback(host) == bool(ours)
    expected = {True: 200, False: 421, None: 400}[ours]  # None: no host at all
    assert status(server, f"GET /hello HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()) == expected
    assert status(server, f"GET /hello HTTP/1.0\r\nHost: {host}\r\n\r\n".encode()) == expected


DOTS = [
    "..",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "%252e%252e",
    "..%c0%af",
    "%c0%ae%c0%ae",
    "%uff0e%uff0e",
    "..;",
    "..%00",
    "..\\",
    "..%5c",
]


@pytest.mark.parametrize("dots", DOTS)
def test_no_path_leads_out(server, dots):
    for depth in (1, 3, 9):
        for target in ("etc/passwd", "netlab/__init__.py", "windows/win.ini"):
            for start in ("/", "//", "/hello/", "/picture/", "/%2f", "http://127.0.0.1/"):
                line = f"GET {start}{(dots + '/') * depth}{target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                assert status(server, line.encode()) in (400, 404)


def test_limits_of_size():
    with HTTPServer(limits=TIGHT) as server:
        fields = b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        assert status(server, fields + b"A: " + b"x" * (2000 - len(fields) - 7) + b"\r\n\r\n") == 200
        assert status(server, fields + b"A: " + b"x" * (2000 - len(fields) - 6) + b"\r\n\r\n") == 431
        for length, expected in ((2000 - 13, 431), (2000 - 12, 414), (5000, 414)):  # RFC 9112, section 3
            line = b"GET /" + b"x" * (length - 1)
            assert status(server, line + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == expected
        assert status(server, b"GET /" + b"x" * 5000, finish=False) == 414
        assert status(server, b"G" * 5000, finish=False) == 501
        assert status(server, b"\0" * 5000, finish=False) == 400
        assert status(server, fields + b"A: b\r\n" * 100_000) == 431
        put = b"PUT /upload HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        assert status(server, put + b"Content-Length: 10000\r\n\r\n" + bytes(10_000)) == 200
        assert status(server, put + b"Content-Length: 10001\r\n\r\n", finish=False) == 413
        chunks = put + b"Transfer-Encoding: chunked\r\n\r\n"
        assert status(server, chunks + b"a\r\n0123456789\r\n" * 1000 + b"0\r\n\r\n") == 200
        assert status(server, chunks + b"a\r\n0123456789\r\n" * 1001) == 413
        assert status(server, chunks + b"ffffffffff\r\n" + bytes(20_000)) == 413
        assert status(server, chunks + (b"1;" + b"x" * 1000 + b"\r\na\r\n") * 1000) == 413
        assert status(server, chunks + b"0\r\n" + b"A: b\r\n" * 100_000) == 431
        assert is_well(server)


def test_limits_of_time():
    with HTTPServer(limits=TIGHT) as server:
        assert status(server, b"", finish=False) == 408
        assert status(server, GOOD[:-2], finish=False) == 408
        put = b"PUT /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\n"
        assert status(server, put + b"abc", finish=False) == 408
        with socket.create_connection(server.address, timeout=10) as sock:  # between two requests: no word
            sock.sendall(GOOD)
            answer = b"".join(iter(lambda: sock.recv(65536), b""))
        assert answer.count(b"HTTP/1.1") == 1 and b" 200 " in answer


def test_empty_lines_before_a_request_are_passed_over_however_they_come():
    with HTTPServer(limits=TIGHT) as server:
        for before in (b"\r\n", b"\r\n\r\n", b"\r\n" * 100):
            assert status(server, before + GOOD) == 200
            with socket.create_connection(server.address, timeout=10) as sock:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in before[:7]:
                    sock.sendall(bytes([byte]))
                sock.sendall(before[7:] + GOOD + before)
                sock.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda: sock.recv(65536), b""))
            assert answer.count(b"HTTP/1.1 ") == 1 and b" 200 " in answer  # nothing for those at the end
        assert status(server, b"\r\n", finish=False) is None  # until `seconds` are over
        assert status(server, b"\n" + GOOD) == 400 and status(server, b"\r" + GOOD) == 400


def test_single_bytes_do_not_stretch_the_time():
    """A deadline for the whole head, not a timeout for each byte."""
    with HTTPServer(limits=TIGHT) as server, socket.create_connection(server.address, timeout=10) as sock:
        answer = b""
        for _ in range(1000):
            try:
                sock.sendall(b"G")
            except ConnectionError:
                break
            if select.select([sock], [], [], 0.02)[0]:
                answer = sock.recv(1000)
                break
        assert answer.startswith(b"HTTP/1.1 408")


def test_a_client_that_does_not_read_is_left():
    with HTTPServer(limits=TIGHT) as server:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with sock:
            sock.settimeout(10)
            sock.connect(server.address)
            sock.sendall(b"GET /bytes/10000000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            end = time.monotonic() + 10
            while not any("TimeoutError" in line for line in server.log) and time.monotonic() < end:
                time.sleep(0.01)
            assert any("TimeoutError" in line for line in server.log)
        assert is_well(server)


SEEDS = [
    GOOD,
    GOOD[:-2] + b"Content-Length: 5\r\n\r\nhello",
    b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n0\r\nA: b\r\n\r\n",
    b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=B\r\n"
    b"Content-Length: 75\r\n\r\n"
    b'--B\r\nContent-Disposition: form-data; name="n"; filename="f"\r\n\r\nx\r\n--B--\r\n',
    b"GET /cookies HTTP/1.1\r\nHost: localhost\r\nCookie: a=b; c=d\r\n\r\n",
    b"GET /bytes/1000 HTTP/1.1\r\nHost: localhost\r\nRange: bytes=5-9\r\nIf-Range: x\r\n\r\n",
    b"GET /cached/5 HTTP/1.1\r\nHost: localhost\r\nIf-Modified-Since: Sun, 01 Nov 2026 12:00:00 GMT\r\n\r\n",
    b"GET /gzip HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip;q=1\r\n\r\n",
    b"GET /chunked/1 HTTP/1.1\r\nHost: localhost\r\nX-Id: 7\r\n\r\n",
]


def fuzzed(rng: random.Random) -> bytes:
    """A request that was right once."""
    base = rng.choice(SEEDS)
    data = bytearray(base * rng.choice([1, 1, 1, 2]))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(6) if len(data) > 4 else 0:
            case 0:
                data[at:at] = rng.randbytes(rng.randint(1, 8))
            case 1:
                del data[at : at + rng.randint(1, 8)]
            case 2:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 3:
                data = data[: rng.randrange(1, len(data))]
            case 4:
                data[at:at] = rng.choice(
                    [b"\r\n", b"\n", b"\r", b"\0", b": ", b"9" * 20, b"%00", b"\xff", b";", b","]
                )
            case 5:
                other = rng.randrange(len(data))
                data[at:at] = data[other : other + rng.randint(1, 40)]
    return bytes(data)


@pytest.mark.slow
def test_ten_thousand_fuzzed_requests():
    rng, answers = random.Random(1729), Counter[int | None]()
    with HTTPServer(limits=Limits(head=16_384, body=100_000, seconds=5)) as server:
        for n in range(10_000):
            data = fuzzed(rng)
            try:
                with socket.create_connection(server.address, timeout=10) as sock:
                    cut = rng.randrange(len(data) + 1) if n % 4 == 0 else len(data)
                    sock.sendall(data[:cut])
                    if cut < len(data):
                        sock.sendall(data[cut:])
                    if n % 10 == 9:
                        continue  # and gone, without reading
                    sock.shutdown(socket.SHUT_WR)
                    answer = sock.recv(65536)
                    answers[int(answer[9:12]) if answer else None] += 1
                    assert not answer or answer.startswith(b"HTTP/1.1 "), (data, answer)
            except (ConnectionResetError, BrokenPipeError):
                answers[None] += 1
            if n % 1000 == 0:
                assert is_well(server)
        assert is_well(server)
        assert not server.errors, server.errors
    assert answers[500] == 0
    assert answers[200] > 500 and answers[400] > 3000, answers  # both sides of the line were reached
    assert sum(answers.values()) == 9_000


def test_two_hundred_slow_clients_keep_nobody_else_waiting():
    with HTTPServer(limits=Limits(seconds=60)) as server:
        crowd = [socket.create_connection(server.address, timeout=10) for _ in range(200)]
        for n, slow in enumerate(crowd):
            slow.sendall(GOOD[: n % len(GOOD)])
        for _ in range(3):
            for slow in crowd[::20]:
                slow.sendall(b"x")
            assert all(is_well(server) for _ in range(10))
        for slow in crowd[:100]:
            slow.close()
        assert is_well(server)
        before = time.monotonic()
        server.stop()
        assert time.monotonic() - before < 5
        for slow in crowd[100:]:
            slow.close()
    assert not [thread for thread in threading.enumerate() if "connection" in thread.name]


def test_a_client_that_sends_much_behind_the_answer_can_still_read_it() -> None:
    """The answer to a body that is too large is not lost, however much is under way behind it."""
    limits = Limits(body=10_000, seconds=5)
    with HTTPServer(limits=limits) as server, socket.create_connection(server.address, timeout=5) as sock:
        sock.sendall(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n")
        for _ in range(40):
            sock.sendall(bytes(100_000))
        assert sock.recv(65536).startswith(b"HTTP/1.1 413 ")
