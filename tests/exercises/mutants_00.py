"""Notebook 00: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import codecs
import socket
from typing import Any

from .registry import mutant, right

# -- 00-1 my_port ------------------------------------------------------------------------------------


@right("my_port")
def by_unpacking_the_rest(sock: Any) -> int:
    """host, port, *rest = getsockname()"""
    _host, port, *_rest = sock.getsockname()
    return port


@mutant("my_port", "peer")
def the_peers_port(sock: Any) -> int:
    """getpeername() instead of getsockname()"""
    return sock.getpeername()[1]


@mutant("my_port", "part")
def the_whole_tuple(sock: Any) -> Any:
    """returns the whole address"""
    return sock.getsockname()


@mutant("my_port", "this")
def a_new_connection(sock: Any) -> int:
    """connects once more and returns that port"""
    with socket.create_connection(sock.getpeername()[:2]) as another:
        return another.getsockname()[1]


@mutant("my_port", "four", says="ValueError")
def two_parts(sock: Any) -> int:
    """host, port = getsockname(), which breaks with IPv6"""
    _host, port = sock.getsockname()
    return port


@mutant("my_port", "this")
def hard_coded(sock: Any) -> int:
    """a fixed number"""
    return 49152


@mutant("my_port", "number")
def as_text(sock: Any) -> str:
    """str instead of int"""
    return str(sock.getsockname()[1])


@mutant("my_port", "open")
def closes_it(sock: Any) -> int:
    """closes the socket that it was lent"""
    with sock:
        return sock.getsockname()[1]


@mutant("my_port", "start", says="without `return`")
def prints_it(sock: Any) -> None:
    """prints the port and returns nothing"""
    str(sock.getsockname()[1])


@mutant("my_port", "part")
def the_host(sock: Any) -> Any:
    """a slice of the address instead of a part"""
    return sock.getsockname()[1:2]


# -- 00-2 outcome ------------------------------------------------------------------------------------

ANSWERS = {
    "a server is listening": "connected",
    "nobody listens on that port": "refused",
    "the server was stopped a moment ago": "refused",
    "the server stopped listening while one client is still connected": "refused",
    "the server is busy and never calls accept": "connected",
    "the server's queue is full": "timeout",
    "the server listens on 127.0.0.1 and the client asks ::1": "refused",
}


@right("outcome")
def by_conditions(situation: str) -> str:
    """if, instead of a dictionary"""
    if "queue" in situation:
        return "timeout"
    return "connected" if "is listening" in situation or "busy" in situation else "refused"


@mutant("outcome", "busy")
def busy_refuses(situation: str) -> str:
    """a busy server refuses"""
    return "refused" if "busy" in situation else ANSWERS[situation]


@mutant("outcome", "busy")
def busy_waits(situation: str) -> str:
    """connect waits for accept"""
    return "timeout" if "busy" in situation else ANSWERS[situation]


@mutant("outcome", "full")
def full_refuses(situation: str) -> str:
    """a full queue refuses"""
    return "refused" if "queue" in situation else ANSWERS[situation]


@mutant("outcome", "nobody")
def nobody_is_silence(situation: str) -> str:
    """nobody listens, so nobody answers"""
    return "timeout" if "nobody" in situation else ANSWERS[situation]


@mutant("outcome", "stopped")
def stopped_is_silence(situation: str) -> str:
    """a stopped server keeps silent"""
    return "timeout" if "moment ago" in situation else ANSWERS[situation]


@mutant("outcome", "stopped")
def old_client_keeps_it_open(situation: str) -> str:
    """as long as a client is connected the port is open"""
    return "connected" if "still connected" in situation else ANSWERS[situation]


@mutant("outcome", "address")
def one_machine(situation: str) -> str:
    """127.0.0.1 and ::1 are the same machine"""
    return "connected" if "::1" in situation else ANSWERS[situation]


@mutant("outcome", "words")
def other_words(situation: str) -> str:
    """Connected, with a capital letter"""
    return ANSWERS[situation].capitalize()


@mutant("outcome", "words")
def nothing_for_some(situation: str) -> Any:
    """no answer for some situations"""
    return ANSWERS.get(situation) if "server" in situation else None


# -- 00-3 greet --------------------------------------------------------------------------------------


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
