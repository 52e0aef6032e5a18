"""01-4 socketpair_echo: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import select
import socket
import threading
from typing import Any

from ..registry import mutant, right


@right("socketpair_echo")
def piece_by_piece(payload: bytes) -> bytes:
    """one thread: never more on the way than fits"""
    near, far = socket.socketpair()
    came_back = bytearray()
    with near, far:
        for start in range(0, len(payload), 1000):
            piece = payload[start : start + 1000]
            near.sendall(piece)
            got = 0
            while got < len(piece):
                data = far.recv(1000)
                far.sendall(data)
                got += len(data)
            while len(came_back) < start + len(piece):
                came_back += near.recv(1000)
    return bytes(came_back)


@right("socketpair_echo")
def echo_afterwards(payload: bytes) -> bytes:
    """the far end collects everything, then sends it back"""
    near, far = socket.socketpair()

    def answer() -> None:
        everything = b""
        with far:
            while data := far.recv(65536):
                everything += data
            far.sendall(everything)

    thread = threading.Thread(target=answer)
    thread.start()
    with near:
        near.sendall(payload)
        near.shutdown(socket.SHUT_WR)
        with near.makefile("rb") as file:
            back = file.read()
    thread.join()
    return back


@right("socketpair_echo")
def without_blocking_at_all(payload: bytes) -> bytes:
    """select, one thread"""
    near, far = socket.socketpair()
    to_send, to_echo, back = payload, b"", b""
    with near, far:
        near.setblocking(False)
        far.setblocking(False)
        while len(back) < len(payload):
            readable, writable, _ = select.select(
                [near, far], [near] * bool(to_send) + [far] * bool(to_echo), []
            )
            if near in writable:
                to_send = to_send[near.send(to_send[:65536]) :]
            if far in readable:
                to_echo += far.recv(65536)
            if far in writable:
                to_echo = to_echo[far.send(to_echo) :]
            if near in readable:
                back += near.recv(65536)
    return back


@mutant("socketpair_echo", "both", says="blocked in sendall")
def no_thread(payload: bytes) -> bytes:
    """no thread: sends everything, then reads"""
    near, far = socket.socketpair()
    with near, far:
        near.sendall(payload)
        near.shutdown(socket.SHUT_WR)
        while data := far.recv(65536):
            far.sendall(data)
        far.shutdown(socket.SHUT_WR)
        back = b""
        while data := near.recv(65536):
            back += data
        return back


@mutant("socketpair_echo", "both", says="blocked in sendall")
def sends_before_it_reads(payload: bytes) -> bytes:
    """a thread echoes, but nobody reads while it sends"""
    near, far = socket.socketpair()

    def echo() -> None:
        with far:
            while data := far.recv(65536):
                far.sendall(data)

    thread = threading.Thread(target=echo)
    thread.start()
    with near:
        near.sendall(payload)
        near.shutdown(socket.SHUT_WR)
        back = b""
        while data := near.recv(65536):
            back += data
    thread.join()
    return back


@mutant("socketpair_echo", "both", says="blocked in join")
def joins_before_it_reads(payload: bytes) -> bytes:
    """joins the threads, then reads"""
    near, far = socket.socketpair()

    def echo() -> None:
        with far:
            while data := far.recv(65536):
                far.sendall(data)

    def send() -> None:
        near.sendall(payload)
        near.shutdown(socket.SHUT_WR)

    threads = [threading.Thread(target=echo), threading.Thread(target=send)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with near:
        back = b""
        while data := near.recv(65536):
            back += data
    return back


def _start_echo(far: Any, end: bool = True) -> threading.Thread:
    def echo() -> None:
        while data := far.recv(65536):
            far.sendall(data)
        if end:
            far.close()

    thread = threading.Thread(target=echo)
    thread.start()
    return thread


def _start_send(near: Any, payload: bytes, end: bool = True) -> threading.Thread:
    def send() -> None:
        near.sendall(payload)
        if end:
            near.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@mutant("socketpair_echo", "pieces", says="stopped after byte 1024 of 5000")
def one_recv_of_many(payload: bytes) -> bytes:
    """one recv"""
    near, far = socket.socketpair()
    with near, far:
        if payload:
            near.sendall(payload)
            far.sendall(far.recv(1024))
            return near.recv(1024)
    return b""


@mutant("socketpair_echo", "finish", says="blocked in recv")
def never_says_that_it_has_finished(payload: bytes) -> bytes:
    """no shutdown after the last byte"""
    near, far = socket.socketpair()
    echo, send = _start_echo(far), _start_send(near, payload, end=False)
    back = b""
    with near:
        while data := near.recv(65536):
            back += data
    echo.join()
    send.join()
    return back


@mutant("socketpair_echo", "close", says="left 2 sockets open")
def leaks_both(payload: bytes) -> bytes:
    """closes neither end"""
    near, far = socket.socketpair()
    echo, send = _start_echo(far, end=False), _start_send(near, payload)
    back = b""
    while len(back) < len(payload):
        back += near.recv(65536)
    echo.join()
    send.join()
    return back


@mutant("socketpair_echo", "thread", says="left 1 thread running")
def leaves_a_thread(payload: bytes) -> bytes:
    """its echo thread goes on for ever"""
    near, far = socket.socketpair()
    go_on = threading.Event()

    def echo() -> None:
        with far:
            while data := far.recv(65536):
                far.sendall(data)
        while not go_on.wait(0.01):
            pass

    threading.Thread(target=echo).start()
    send = _start_send(near, payload)
    back = b""
    with near:
        while data := near.recv(65536):
            back += data
    send.join()
    return back


@mutant("socketpair_echo", "wire")
def returns_the_payload(payload: bytes) -> bytes:
    """returns payload without any socket"""
    return payload


@mutant("socketpair_echo", "wire")
def one_way(payload: bytes) -> bytes:
    """reads at the far end: there, but not back"""
    near, far = socket.socketpair()
    send = _start_send(near, payload)
    back = b""
    with near, far:
        while data := far.recv(65536):
            back += data
        send.join()
    return back


@mutant("socketpair_echo", "forever", says="round and round")
def ignores_the_last(payload: bytes) -> bytes:
    """ignores b''"""
    near, far = socket.socketpair()
    _start_echo(far)
    _start_send(near, payload)
    back = b""
    with near:
        while True:
            back += near.recv(65536)


@mutant("socketpair_echo", "start", says="without `return`")
def gives_nothing(payload: bytes) -> None:
    """pass"""


def _there_and_back(payload: bytes, send: Any) -> bytes:
    near, far = socket.socketpair()

    def echo() -> None:
        with far:
            while data := far.recv(65536):
                far.sendall(data)

    def go() -> None:
        send(near)
        near.shutdown(socket.SHUT_WR)

    threads = [threading.Thread(target=echo), threading.Thread(target=go)]
    for thread in threads:
        thread.start()
    data = b""
    with near:
        while piece := near.recv(65536):
            data += piece
        for thread in threads:
            thread.join()
    return data


@mutant("socketpair_echo", "all", says="stopped after byte")
def sends_once(payload: bytes) -> bytes:
    """send() instead of sendall()"""
    return _there_and_back(payload, lambda near: near.send(payload))


@mutant("socketpair_echo", "pieces")
def strips(payload: bytes) -> bytes:
    """strips what came back"""
    return _there_and_back(payload, lambda near: near.sendall(payload)).strip()
