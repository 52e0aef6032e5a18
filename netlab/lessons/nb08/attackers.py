"""Clients of notebook 08 that nobody wants: unkind ones, thieves of files, drips and floods."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from ...servers import HTTPServer, Limits, serve
from .pictures import Attempt

SECRET = b"SECRET"
GET = b"GET /about HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LAST_GET = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

Find = Callable[[Path, str], Path]  # root, target -> the file


def ask(address: tuple[str, int], request: bytes, patience: float = 3) -> bytes:
    """Send a request; return all that comes back until the server closes.

    TimeoutError after `patience` seconds of silence.
    """
    with socket.create_connection(address, timeout=patience) as client:
        client.sendall(request)
        with client.makefile("rb") as stream:
            return stream.read()


def unkind_clients(address: tuple[str, int]) -> None:
    """Five clients ask a server, which has a page /about; print what each of them saw."""
    print("a request in two pieces:", _in_two_pieces(address))
    head = ask(address, LAST_GET).partition(b"\r\n\r\n")[0]
    print("lengths announced:      ", head.lower().count(b"content-length:"))
    body = ask(address, LAST_GET.replace(b"GET", b"HEAD")).partition(b"\r\n\r\n")[2]
    print("bytes of body to a HEAD:", len(body))
    print("answers to two requests:", ask(address, GET + LAST_GET).count(b"HTTP/1.1 200"))
    with socket.create_connection(address):  # connects, and says nothing
        try:
            said = ask(address, LAST_GET, patience=0.5).partition(b"\r\n")[0].decode()
        except TimeoutError:
            said = "no answer in half a second"
        print("beside a silent client: ", said)


def _in_two_pieces(address: tuple[str, int]) -> str:
    with socket.create_connection(address, timeout=0.4) as client:
        client.sendall(LAST_GET[:8])
        try:
            return _status_line(client)  # an answer to half a request
        except TimeoutError:
            client.settimeout(5)
            client.sendall(LAST_GET[8:])
            return _status_line(client)


class TemptingFolder:
    """A site in a folder of its own, and beside it what nobody should see. It goes when it is dropped.

    `root` is the site, `outside` the folder that it lies in. Each file outside of root says SECRET. Where the
    system allows symbolic links, root / "shortcut" is one that leads out.
    """

    def __init__(self) -> None:
        self.outside = Path(tempfile.mkdtemp()).resolve()
        weakref.finalize(self, shutil.rmtree, self.outside, ignore_errors=True)
        self.root = self.outside / "site"
        for name, content in {
            "site/index.html": b"<p>Welcome",
            "site/css/a b.css": b"p { color: navy }",
            "site-old/plan.txt": SECRET,
            "secret.txt": SECRET,
        }.items():
            (self.outside / name).parent.mkdir(parents=True, exist_ok=True)
            (self.outside / name).write_bytes(content)
        try:
            (self.root / "shortcut").symlink_to(self.outside / "secret.txt")
        except OSError:
            pass  # Windows makes them for administrators only

    def files(self) -> list[str]:
        """All files, links included, as paths from `outside`."""
        return sorted(p.relative_to(self.outside).as_posix() for p in self.outside.rglob("*") if p.is_file())

    def targets(self) -> dict[str, str]:
        """What an attacker asks for, by what it is; the first two are honest."""
        return {
            "an honest file": "/index.html",
            "a name with a space": "/css/a%20b.css",
            "dots": "/../secret.txt",
            "dots, encoded": "/%2e%2e/secret.txt",
            "dots, deeper": "/css/..%2f..%2fsecret.txt",
            "the folder beside it": "/../site-old/plan.txt",
            "the same, encoded": "/%2e%2e/site-old/plan.txt",
            "an absolute path": "/" + quote(str(self.outside / "secret.txt")),
            "a symbolic link": "/shortcut",
            "a NUL character": "/index.html%00.png",
        }


def attack(folder: TemptingFolder, *ways: Find) -> dict[str, int]:
    """Ask for each target of a folder, from a server for each way to find a file. Print what came back.

    A way takes root and target and returns the file's path; OSError and ValueError are answered with 404.
    Returns how many answers leaked, by the name of the way.
    """
    names = [find.__name__ for find in ways]
    print(" " * 46, *(f"{name:15}" for name in names))
    leaks = dict.fromkeys(names, 0)
    for what, target in folder.targets().items():
        words = []
        for name, find in zip(names, ways, strict=True):
            reply = _reply(folder.root, find, target)
            leaks[name] += SECRET in reply
            words.append("LEAKS" if SECRET in reply else reply[9:12].decode())
        shown = target.replace(quote(str(folder.outside)), "/OUTSIDE")
        print(f"{what:20} {shown:25}", *(f"{word:15}" for word in words))
    return leaks


def _reply(root: Path, find: Find, target: str) -> bytes:
    def handler(conn: socket.socket, address: object) -> None:
        target = conn.recv(4096).decode("latin-1").split()[1]
        try:
            content = find(root, target).read_bytes()
        except (OSError, ValueError):  # not there, not allowed, or no name at all
            conn.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n")
        else:
            conn.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + content)

    with serve(handler) as server:
        return ask(server.address, f"GET {target} HTTP/1.0\r\n\r\n".encode())


def drop_by_drop(address: tuple[str, int], request: bytes, pause: float = 0.02) -> tuple[int, str]:
    """Send a request byte by byte, `pause` seconds apart, until there is an answer.

    Returns how many bytes were sent, and the status line.
    """
    with socket.create_connection(address) as client:
        for count in range(1, len(request) + 1):
            client.settimeout(5)
            client.sendall(request[count - 1 : count])
            client.settimeout(pause)
            try:
                return count, _status_line(client)
            except TimeoutError:
                pass
        client.settimeout(5)
        return count, _status_line(client)


def _status_line(client: socket.socket) -> str:
    return client.recv(4096).partition(b"\r\n")[0].decode()


# -- floods --

POST = b"POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\n"

Portions = Iterator[tuple[bytes, bytes]]  # what a client sends at once: bytes of the head, and of the body


def _honest(portion: int) -> Portions:
    yield POST + b"Content-Length: 500\r\n\r\n", bytes(500)


def _endless_head(portion: int) -> Portions:
    yield POST, b""
    while True:
        yield b"X-Flood: " + b"a" * portion + b"\r\n", b""


def _endless_body(portion: int) -> Portions:
    yield POST + b"Transfer-Encoding: chunked\r\n\r\n", b""
    while True:
        yield b"", b"%x\r\n%b\r\n" % (16 * portion, bytes(16 * portion))


def _single_bytes(portion: int) -> Portions:
    while True:
        yield b"G", b""


CLIENTS: dict[str, tuple[Callable[[int], Portions], float]] = {  # what it sends, seconds between two
    "honest": (_honest, 0.002),
    "endless head": (_endless_head, 0.002),
    "endless body": (_endless_body, 0.002),
    "a byte now and then": (_single_bytes, 0.02),
}


def meet_limits(limits: Limits, portion: int) -> dict[str, Attempt]:
    """Four clients, one after another, send to an HTTPServer with these limits until it answers.

    `portion` is how many bytes the endless head has in each piece; the endless body has 16 times as many.
    """
    with HTTPServer(limits=limits) as server:
        return {
            name: _meet(server.address, client(portion), pause) for name, (client, pause) in CLIENTS.items()
        }


def _meet(address: tuple[str, int], portions: Portions, pause: float) -> Attempt:
    head_sent = body_sent = 0
    with socket.create_connection(address) as client:
        begun = time.monotonic()
        for head, body in portions:
            client.settimeout(5)
            client.sendall(head + body)
            head_sent += len(head)
            body_sent += len(body)
            client.settimeout(pause)
            try:
                said = _status_line(client)
                break
            except TimeoutError:
                pass  # no answer yet
        else:
            client.settimeout(5)
            said = _status_line(client)
    return Attempt(head_sent, body_sent, time.monotonic() - begun, said[9:12])
