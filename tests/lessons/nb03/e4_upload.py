"""03-4 upload: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from typing import Any

from ..registry import mutant, right


@right("upload")
def with_a_thread(address: Any, data: bytes) -> bytes:
    """a thread that receives, while this one sends"""
    pieces: list[bytes] = []
    errors: list[OSError] = []

    def receive() -> None:
        try:
            while chunk := sock.recv(1000):
                pieces.append(chunk)
        except OSError as error:
            errors.append(error)
        finally:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # for sendall, which may wait

    with socket.create_connection(address) as sock:
        thread = threading.Thread(target=receive)
        thread.start()
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except ConnectionResetError as error:
            errors.append(error)
        except OSError:
            pass  # woken
        thread.join()
    if errors:
        raise errors[0]
    return b"".join(pieces)


@right("upload")
def with_select(address: Any, data: bytes) -> bytes:
    """select, one thread; it stops sending when the answer is there"""
    rest, answer = memoryview(data), bytearray()
    with socket.create_connection(address) as sock:
        sock.setblocking(False)
        sending = True
        while True:
            if sending and not rest:
                sock.shutdown(socket.SHUT_WR)
                sending = False
            readable, writable, _ = select.select([sock], [sock] if sending else [], [])
            if readable:
                chunk = sock.recv(65536)
                if not chunk:
                    return bytes(answer)
                answer += chunk
            if writable:
                with suppress(BlockingIOError):
                    rest = rest[sock.send(rest[:65536]) :]


@mutant("upload", "both", says="blocked in sendall")
def sends_then_reads(address: Any, data: bytes) -> bytes:
    """sends everything, then reads"""
    with socket.create_connection(address) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    return answer


@mutant("upload", "both", says="blocked in join")
def joins_before_it_reads(address: Any, data: bytes) -> bytes:
    """a thread sends, and it waits for that before it reads"""
    errors: list[OSError] = []

    def send() -> None:
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            errors.append(error)

    with socket.create_connection(address) as sock:
        thread = threading.Thread(target=send)
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    return answer


@mutant("upload", "finish", says="and waits for their end")
def never_finishes(address: Any, data: bytes) -> bytes:
    """no half-close"""
    with socket.create_connection(address) as sock:
        sock.sendall(data)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    return answer


@mutant("upload", "finish", says="and waits for their end")
def newline_as_the_end(address: Any, data: bytes) -> bytes:
    """an empty sendall to say that it was all"""
    with socket.create_connection(address) as sock:
        sock.sendall(data)
        sock.sendall(b"")
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    return answer


@mutant("upload", "half", says="OSError")
def closes_to_finish(address: Any, data: bytes) -> bytes:
    """close() instead of shutdown"""
    sock = socket.create_connection(address)
    sock.sendall(data)
    sock.close()
    answer = b""
    while chunk := sock.recv(65536):
        answer += chunk
    return answer


@mutant("upload", "half")
def shuts_both(address: Any, data: bytes) -> bytes:
    """SHUT_RDWR"""
    with socket.create_connection(address) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_RDWR)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    return answer


def _start_sending(sock: Any, data: bytes, errors: list[Exception]) -> threading.Thread:
    def send() -> None:
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@mutant("upload", "pieces", says="stopped after byte 1 of 6")
def one_recv_of_the_answer(address: Any, data: bytes) -> bytes:
    """one recv"""
    with socket.create_connection(address) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return sock.recv(65536)


@mutant("upload", "short")
def until_a_short_block(address: Any, data: bytes) -> bytes:
    """waits for all of the first block, and takes a short one for the last"""
    with socket.create_connection(address) as sock, sock.makefile("rb") as file:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        answer = file.read(16)
        while len(chunk := file.read1(2048)) == 2048:
            answer += chunk
    return answer + chunk


@mutant("upload", "pieces")
def until_a_short_one(address: Any, data: bytes) -> bytes:
    """a piece shorter than 1024 bytes is the last"""
    with socket.create_connection(address) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            chunk = sock.recv(1024)
            answer += chunk
            if len(chunk) < 1024:
                return answer


@mutant("upload", "all", says="stopped after byte")
def send_a_part(address: Any, data: bytes) -> bytes:
    """send() on a socket with a timeout, instead of sendall"""
    errors: list[Exception] = []
    with socket.create_connection(address, timeout=30) as sock:
        sock.send(data)
        thread = _start_sending(sock, b"", errors)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
        thread.join()
    return answer


@mutant("upload", "broken", says="had to raise ConnectionError, and returned")
def swallows(address: Any, data: bytes) -> bytes:
    """takes a reset for the end"""
    answer = b""
    with socket.create_connection(address) as sock:
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while chunk := sock.recv(65536):
                answer += chunk
        except ConnectionError:
            pass
    return answer


@mutant("upload", "broken", says="had to raise ConnectionError, and returned")
def forgets_the_senders_error(address: Any, data: bytes) -> bytes:
    """a thread whose error nobody looks at, and a reader that forgives"""
    answer = b""
    with socket.create_connection(address) as sock:
        thread = _start_sending(sock, data, [])
        with suppress(ConnectionError):
            while chunk := sock.recv(65536):
                answer += chunk
        thread.join()
    return answer


@mutant("upload", "broken", says="had to raise ConnectionError, and returned")
def forgets_the_readers_error(address: Any, data: bytes) -> bytes:
    """a thread that reads, and keeps its error to itself"""
    pieces: list[bytes] = []

    def receive() -> None:
        with suppress(OSError):
            while chunk := sock.recv(65536):
                pieces.append(chunk)

    with socket.create_connection(address) as sock:
        thread = threading.Thread(target=receive)
        thread.start()
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        finally:
            thread.join()
    return b"".join(pieces)


@mutant("upload", "early", says="server went away")
def wants_to_be_read(address: Any, data: bytes) -> bytes:
    """takes an early answer for an error"""
    errors: list[Exception] = []
    with socket.create_connection(address) as sock:
        thread = _start_sending(sock, data, errors)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
        early = thread.is_alive()
        thread.join()
    if errors:
        raise errors[0]
    if early and len(data) > 2_000_000:
        raise ValueError("the server went away before it had everything")
    return answer


@mutant("upload", "close", says="left 1 socket open")
def leaves_it_open(address: Any, data: bytes) -> bytes:
    """never closes its socket"""
    sock = socket.create_connection(address)
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)
    answer = b""
    while chunk := sock.recv(65536):
        answer += chunk
    return answer


@mutant("upload", "thread", says="left 1 thread running")
def leaves_a_thread(address: Any, data: bytes) -> bytes:
    """a thread that goes on for ever"""
    go_on = threading.Event()

    def watch() -> None:
        while not go_on.wait(0.01):
            pass

    threading.Thread(target=watch).start()
    errors: list[Exception] = []
    with socket.create_connection(address) as sock:
        thread = _start_sending(sock, data, errors)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
        thread.join()
    return answer


@mutant("upload", "pause")
def takes_silence_for_the_end(address: Any, data: bytes) -> bytes:
    """a timeout is the end of the answer"""
    answer = b""
    with socket.create_connection(address) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(0.2)
        with suppress(TimeoutError):
            while chunk := sock.recv(65536):
                answer += chunk
    return answer


@mutant("upload", "forever", says="round and round")
def waits_for_more_for_ever(address: Any, data: bytes) -> bytes:
    """ignores b''"""
    answer = b""
    with socket.create_connection(address) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        while True:
            answer += sock.recv(65536)


@mutant("upload", "bytes", says="TypeError")
def sends_text(address: Any, data: bytes) -> Any:
    """sends str"""
    with socket.create_connection(address) as sock:
        sock.sendall(str(data))  # type: ignore[arg-type]


@mutant("upload", "same", says="1 byte too many")
def adds_a_newline(address: Any, data: bytes) -> bytes:
    """a newline after the data"""
    with socket.create_connection(address) as sock:
        sock.sendall(data + b"\n")
        sock.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    return answer


@mutant("upload", "start", says="without `return`")
def no_upload(address: Any, data: bytes) -> None:
    """pass"""


@mutant("upload", "start", says="without `return`")
def sends_and_goes(address: Any, data: bytes) -> None:
    """sends, and does not wait for an answer"""
    with socket.create_connection(address) as sock:
        sock.sendall(data)


@mutant("upload", "unread", says="blocked in join")
def waits_for_the_sender(address: Any, data: bytes) -> bytes:
    """join(), while sendall waits for a server that reads no more"""
    errors: list[Exception] = []
    with socket.create_connection(address) as sock:
        thread = _start_sending(sock, data, errors)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
        thread.join()
    if errors:
        raise errors[0]
    return answer


@mutant("upload", "family")
def ipv4_only(address: Any, data: bytes) -> bytes:
    """socket.socket() is IPv4"""
    return _upload(address, data, socket.socket())


@mutant("upload", "same")
def strips(address: Any, data: bytes) -> bytes:
    """strips the data"""
    return _upload(address, data.strip())


@mutant("upload", "all", says="stopped after byte")
def sends_once(address: Any, data: bytes) -> bytes:
    """send() instead of sendall()"""
    return _upload(address, data, once=True)


@mutant("upload", "pause", says="TimeoutError")
def a_second(address: Any, data: bytes) -> bytes:
    """a timeout of a second"""
    return _upload(address, data, timeout=1.0)


def _upload(
    address: Any, data: bytes, sock: Any = None, once: bool = False, timeout: float | None = None
) -> bytes:
    """A right one, with a flaw."""
    failures: list[OSError] = []

    def send() -> None:
        try:
            if once:
                sock.send(data)
            else:
                sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            failures.append(error)

    if sock is None:
        sock = socket.create_connection(address)
    else:
        try:
            sock.connect(address)
        except OSError:
            sock.close()
            raise
    with sock:
        if timeout:
            sock.settimeout(timeout)
        thread = threading.Thread(target=send)
        thread.start()
        answer = b""
        try:
            while chunk := sock.recv(65536):
                answer += chunk
        finally:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            thread.join()
    for failure in failures:
        if isinstance(failure, ConnectionResetError):
            raise failure
    return answer
