"""00-3 greet: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import codecs
import socket
from typing import Any

from ..registry import mutant, right


@right("greet")
def with_a_file(host: str, port: int, name: str) -> str:
    """makefile() does the loop and the decoding"""
    with (
        socket.create_connection((host, port)) as sock,
        sock.makefile("rw", encoding="utf-8", newline="") as file,
    ):
        file.write(name + "\n")
        file.flush()
        return file.read()


@right("greet")
def with_an_incremental_decoder(host: str, port: int, name: str) -> str:
    """an incremental decoder, and getaddrinfo by hand"""
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    decoder, text = codecs.getincrementaldecoder("utf-8")(), ""
    sock = socket.socket(family, kind, proto)
    try:
        sock.connect(address)
        sock.sendall(name.encode("utf-8") + b"\n")
        while True:
            data = sock.recv(16)
            text += decoder.decode(data, not data)
            if not data:
                return text
    finally:
        sock.close()


@mutant("greet", "pieces")
def one_recv(host: str, port: int, name: str) -> str:
    """one recv"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        return sock.recv(4096).decode()


@mutant("greet", "decode", says="UnicodeDecodeError")
def decodes_each_piece(host: str, port: int, name: str) -> str:
    """decodes each piece"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        text = ""
        while data := sock.recv(1024):
            text += data.decode()
        return text


@mutant("greet", "decode")
def ignores_what_it_cannot_decode(host: str, port: int, name: str) -> str:
    """decodes each piece and ignores errors"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        text = ""
        while data := sock.recv(1024):
            text += data.decode(errors="ignore")
        return text


@mutant("greet", "short")
def stops_at_a_short_piece(host: str, port: int, name: str) -> str:
    """a short piece is the last one"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        data = b""
        while True:
            piece = sock.recv(1024)
            data += piece
            if len(piece) < 1024:
                return data.decode()


@mutant("greet", "close", says="left 1 socket open")
def never_closes(host: str, port: int, name: str) -> str:
    """never closes its socket"""
    sock = socket.create_connection((host, port))
    sock.sendall(f"{name}\n".encode())
    data = b""
    while piece := sock.recv(1024):
        data += piece
    return data.decode()


@mutant("greet", "bytes", says="TypeError")
def sends_text(host: str, port: int, name: str) -> str:
    """sends str"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(name + "\n")  # type: ignore[arg-type]
        return sock.recv(1024).decode()


@mutant("greet", "bytes", says="UnicodeEncodeError")
def ascii_only(host: str, port: int, name: str) -> str:
    """encodes in ASCII"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode("ascii"))
        data = b""
        while piece := sock.recv(1024):
            data += piece
        return data.decode()


@mutant("greet", "bytes")
def latin(host: str, port: int, name: str) -> str:
    """encodes in Latin-1, with question marks"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode("latin-1", "replace"))
        data = b""
        while piece := sock.recv(1024):
            data += piece
        return data.decode()


@mutant("greet", "newline", says="^ stopped after byte 3 of 4")
def no_newline(host: str, port: int, name: str) -> str:
    """forgets the newline"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(name.encode())
        return sock.recv(1024).decode()


@mutant("greet", "forever", says="round and round")
def ignores_the_end(host: str, port: int, name: str) -> str:
    """ignores b''"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        data = b""
        while True:
            data += sock.recv(1024)


@mutant("greet", "pause")
def takes_silence_for_the_end(host: str, port: int, name: str) -> str:
    """a timeout is the end"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        sock.settimeout(0.2)
        data = b""
        try:
            while piece := sock.recv(1024):
                data += piece
        except TimeoutError:
            pass
        return data.decode()


@mutant("greet", "pause", says="TimeoutError")
def in_a_hurry(host: str, port: int, name: str) -> str:
    """a short timeout, and no idea what to do then"""
    with socket.create_connection((host, port), timeout=0.2) as sock:
        sock.sendall(f"{name}\n".encode())
        data = b""
        while piece := sock.recv(1024):
            data += piece
        return data.decode()


@mutant("greet", "text")
def returns_bytes(host: str, port: int, name: str) -> Any:
    """returns bytes"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        data = b""
        while piece := sock.recv(1024):
            data += piece
        return data


@mutant("greet", "text", says="this is bytes, not text")
def text_of_bytes(host: str, port: int, name: str) -> str:
    """str(data) instead of data.decode()"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        data = b""
        while piece := sock.recv(1024):
            data += piece
        return str(data)


@mutant("greet", "family")
def ipv4_only(host: str, port: int, name: str) -> str:
    """socket.socket() is IPv4"""
    with socket.socket() as sock:
        sock.connect((host, port))
        sock.sendall(f"{name}\n".encode())
        data = b""
        while piece := sock.recv(1024):
            data += piece
        return data.decode()


@mutant("greet", "start", says="without `return`")
def returns_nothing(host: str, port: int, name: str) -> None:
    """forgets to return"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        while sock.recv(1024):
            pass


@mutant("greet", "start", says="without `return`")
def does_nothing(host: str, port: int, name: str) -> None:
    """pass"""


def _all(host: str, port: int, line: bytes, timeout: float | None = None) -> str:
    """All that the server says to this line."""
    with socket.create_connection((host, port)) as sock:
        sock.settimeout(timeout)
        sock.sendall(line)
        data = b""
        while piece := sock.recv(4096):
            data += piece
        return data.decode()


@mutant("greet", "exact")
def strips(host: str, port: int, name: str) -> str:
    """strips the answer"""
    return _all(host, port, f"{name}\n".encode()).strip()


@mutant("greet", "exact")
def in_text_mode(host: str, port: int, name: str) -> str:
    """a text file, which makes \\n of \\r\\n"""
    with (
        socket.create_connection((host, port)) as sock,
        sock.makefile("rw", encoding="utf-8") as file,
    ):
        file.write(name + "\n")
        file.flush()
        return file.read()


@mutant("greet", "exact")
def until_a_newline(host: str, port: int, name: str) -> str:
    """a piece that ends with a newline is the last"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        data = b""
        while not data.endswith(b"\n") and (piece := sock.recv(4096)):
            data += piece
        return data.decode()


@mutant("greet", "exact")
def without_the_mark(host: str, port: int, name: str) -> str:
    """utf-8-sig"""
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())
        data = b""
        while piece := sock.recv(4096):
            data += piece
        return data.decode("utf-8-sig")


@mutant("greet", "name")
def polite(host: str, port: int, name: str) -> str:
    """name.strip().title()"""
    return _all(host, port, f"{name.strip().title()}\n".encode())


@mutant("greet", "name")
def nobody_to_greet(host: str, port: int, name: str) -> str:
    """no name, no call"""
    return _all(host, port, f"{name}\n".encode()) if name else ""


@mutant("greet", "newline")
def an_empty_line_too(host: str, port: int, name: str) -> str:
    """two newlines, as in HTTP"""
    return _all(host, port, f"{name}\n\n".encode())


@mutant("greet", "all", says="stopped after byte")
def sends_once(host: str, port: int, name: str) -> str:
    """send() instead of sendall()"""
    with socket.create_connection((host, port)) as sock:
        sock.send(f"{name}\n".encode())
        sock.shutdown(socket.SHUT_WR)
        data = b""
        while piece := sock.recv(4096):
            data += piece
        return data.decode()


@mutant("greet", "address")
def at_home(host: str, port: int, name: str) -> str:
    """asks 127.0.0.1, then ::1, whatever host is"""
    try:
        return _all("127.0.0.1", port, f"{name}\n".encode())
    except ConnectionRefusedError:
        return _all("::1", port, f"{name}\n".encode())


@mutant("greet", "pause", says="TimeoutError")
def after_two_seconds(host: str, port: int, name: str) -> str:
    """a timeout of two seconds"""
    return _all(host, port, f"{name}\n".encode(), timeout=2.0)
