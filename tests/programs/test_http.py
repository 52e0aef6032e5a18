"""Programs 07 and 08: every framing and every wrong one, and no way out of the folder."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .processes import DEADLINE, Server, run, serving
from .test_conversations import LINGER, all_of, connect, scripted

HEAD = b"HTTP/1.1 200 OK\r\n"
BIG = bytes(range(256)) * 8000


def fetched(answer: bytes, piece: int = 100_000) -> tuple[int, bytes, str]:
    """What 07 makes of an answer, which comes in pieces of this size."""

    def play(conn: socket.socket) -> None:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += conn.recv(1000)
        assert request.startswith(b"GET /a?b=%20c HTTP/1.1\r\nHost: 127.0.0.1:")
        for at in range(0, len(answer), piece):
            conn.sendall(answer[at : at + piece])
        conn.shutdown(socket.SHUT_WR)
        all_of(conn)

    with scripted(play) as port:
        done = run("07_fetch", f"http://127.0.0.1:{port}/a?b=%20c#part")
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.mark.parametrize("piece", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (HEAD + b"Content-Length: 5\r\n\r\nhello", b"hello"),
        (HEAD + b"content-length:5 \r\n\r\nhello and what is not its body", b"hello"),
        (HEAD + b"Content-Length: 0\r\n\r\n", b""),
        (
            HEAD + b"Transfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n",
            b"hello",
        ),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nA\r\n0123\r\n6789\r\n0\r\n\r\n", b"0123\r\n6789"),
        (HEAD + b"\r\nhello", b"hello"),
        (b"HTTP/1.0 404 Not Found\r\n\r\nno such page", b"no such page"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + HEAD + b"\r\nhi",
            b"hi",
        ),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", b""),
    ],
)
def test_fetch(answer: bytes, body: bytes, piece: int) -> None:
    returned, got, said = fetched(answer, piece)
    assert (returned, got) == (0, body)
    assert said.startswith("HTTP/1.") and "Traceback" not in said


def test_fetch_of_two_megabytes() -> None:
    assert fetched(HEAD + b"Content-Length: %d\r\n\r\n" % len(BIG) + BIG)[1] == BIG


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (HEAD + b"Content-Length: 9\r\n\r\nhello", "4 bytes of the body were missing"),
        (HEAD + b"Content-Length: 99999999999999\r\n\r\n", "99999999999999 bytes of the body were missing"),
        (HEAD + b"Content-Length: +5\r\n\r\nhello", "is no length"),
        (HEAD + b"Content-Length: a\r\n\r\nhello", "invalid literal"),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello", "two lengths"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel", "2 bytes of the body were missing"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello", "longer than its size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", "longer than its size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-2\r\nhello\r\n0\r\n\r\n", "is no length"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "is no length"),
        (HEAD + b"Content-Le", "no whole head"),
        (HEAD + b"X: " + b"x" * 70_000 + b"\r\n\r\n", "no whole head"),
        (b"220 mail.example ready\r\n\r\n", "no whole head"),
        (b"", "no whole head"),
    ],
)
def test_fetch_of_what_is_wrong(answer: bytes, says: str) -> None:
    returned, _, said = fetched(answer)
    assert returned == 1 and says in said.splitlines()[-1] and "Traceback" not in said


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "127.0.0.1",
        "http://",
        "http://127.0.0.1/a b",
        "http://[::1",
        "http://127.0.0.1:x/",
    ],
)
def test_fetch_of_what_is_no_url(url: str) -> None:
    done = run("07_fetch", url)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(f"Can't fetch {url}: ") and b"Traceback" not in done.stderr


def test_fetch_from_nobody() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        done = run("07_fetch", f"http://127.0.0.1:{bound.getsockname()[1]}/")
    assert done.returncode == 1 and done.stderr.startswith(b"Can't fetch") and done.stderr.count(b"\n") == 1


# -- 08


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A folder with a secret beside it, served."""
    beside = tmp_path_factory.mktemp("beside")
    root = beside / "www"
    (root / "sub").mkdir(parents=True)
    (beside / "www-secret").mkdir()
    (beside / "secret.txt").write_text("secret")
    (beside / "www-secret" / "secret.txt").write_text("secret")
    (root / "index.html").write_text("<p>welcome")
    (root / "sub" / "two words.txt").write_text("two words")
    (root / "empty.txt").touch()
    (root / "big.bin").write_bytes(BIG)
    if os.name != "nt":  # Windows lets only some users make links
        (root / "out").symlink_to(beside / "secret.txt")
        (root / "in").symlink_to(root / "index.html")
        (root / "round").symlink_to(root / "round")
    with serving("08_file_server", root) as server:
        yield server


def ask(site: Server, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes, str]:
    client = http.client.HTTPConnection("127.0.0.1", site.port, timeout=DEADLINE)
    try:
        client.request(method, target, body)
        response = client.getresponse()
        return response.status, response.read(), response.headers["Content-Type"]
    finally:
        client.close()


@pytest.mark.parametrize(
    ("target", "body", "kind"),
    [
        ("/", b"<p>welcome", "text/html"),
        ("/?x=/", b"<p>welcome", "text/html"),
        ("/index.html?x=1", b"<p>welcome", "text/html"),
        ("/sub/two%20words.txt", b"two words", "text/plain"),
        ("/sub/../index.html", b"<p>welcome", "text/html"),
        ("/empty.txt", b"", "text/plain"),
        ("/big.bin", BIG, "application/octet-stream"),
        ("http://127.0.0.1/index.html", b"<p>welcome", "text/html"),
    ],
)
def test_files(site: Server, target: str, body: bytes, kind: str) -> None:
    assert ask(site, "GET", target) == (200, body, kind)
    assert ask(site, "HEAD", target) == (200, b"", kind)


@pytest.mark.parametrize(
    "target",
    [
        "/nothing",
        "/sub",
        "/sub/",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sub/../../secret.txt",
        "/../www-secret/secret.txt",
        "/..\\secret.txt",
        "/%2e%2e%5csecret.txt",
        "/%252e%252e/secret.txt",
        "/out",
        "/round",
        "/index.html/",
        "//index.html/../../secret.txt",
        "/" + "x" * 5000,
    ],
)
def test_no_way_out(site: Server, target: str) -> None:
    assert ask(site, "GET", target)[:2] == (404, b"")


def test_no_absolute_path_leads_out(site: Server, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    assert ask(site, "GET", "/" + secret.as_posix())[0] == 404


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some users make links")
def test_a_link_inside_is_followed(site: Server) -> None:
    assert ask(site, "GET", "/in")[:2] == (200, b"<p>welcome")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", b"200"),
        (b"GET / HTTP/1.1\r\nhOST: x\r\n\r\n", b"200"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /\r\n\r\n", b"400"),
        (b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", b"400"),
        (b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x", b"400"),
        (b"\x16\x03\x01\r\n\r\n", b"400"),
        (
            b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"40",
        ),  # 400 or 404: not each Python finds it in the same place
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\nHost: x\r\n\r\n", b"400"),
        (b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 10_000_000, b"405"),
    ],
)
def test_requests(site: Server, request_bytes: bytes, status: bytes) -> None:
    with connect(site) as sock:
        sock.sendall(request_bytes)
        sock.shutdown(socket.SHUT_WR)
        answer = all_of(sock)  # it arrives whole, even where the server has not read everything
    assert answer.startswith(b"HTTP/1.1 " + status) and b"\r\nAllow: GET, HEAD\r\n" in answer


def test_requests_byte_by_byte(site: Server) -> None:
    with connect(site) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET / HTTP/1.1\r\nHost: x\r\n\r\n":
            sock.sendall(bytes([byte]))
        assert all_of(sock).endswith(b"\r\n\r\n<p>welcome")


def test_others_are_served_while_one_is_silent_or_rude(site: Server) -> None:
    with connect(site), connect(site) as rude:
        rude.sendall(b"GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
        rude.close()
        assert ask(site, "GET", "/")[0] == 200


@pytest.mark.slow
def test_a_drip_is_told_that_time_is_up(site: Server) -> None:
    begun = time.monotonic()
    with connect(site) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n")
        sock.settimeout(0.5)
        answer = b""
        while not answer and time.monotonic() - begun < 60:
            sock.sendall(b"X: y\r\n")
            try:
                answer = sock.recv(1000)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408") and time.monotonic() - begun > 9


def test_the_two_together_and_curl(site: Server) -> None:
    url = f"http://127.0.0.1:{site.port}/big.bin"
    done = run("07_fetch", url)
    assert done.stdout == BIG and b"HTTP/1.1 200 OK" in done.stderr
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    for options in ([], ["--http1.0"], ["-r", "0-9"]):
        line = ["curl", "-sS", "--noproxy", "*", "--fail", *options, url]
        assert subprocess.run(line, capture_output=True, timeout=DEADLINE).stdout == BIG


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = run("08_file_server", tmp_path / "nothing", "--port", 0)
    assert done.returncode == 1 and b"Can't serve" in done.stderr and b"Traceback" not in done.stderr
