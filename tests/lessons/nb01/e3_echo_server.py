"""01-3 echo_server: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from ..registry import mutant, right


@right("echo_server")
def with_one_thread_each(listener: Any) -> None:
    """a thread for each client"""

    def talk(conn: Any) -> None:
        with conn:
            try:
                while data := conn.recv(100):
                    conn.sendall(data)
            except OSError:
                pass

    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=talk, args=(conn,)).start()


@right("echo_server")
def with_send_in_a_loop(listener: Any) -> None:
    """send() in a loop, recv_into a buffer, close by hand"""
    buffer = memoryview(bytearray(3000))
    while True:
        conn, _ = listener.accept()
        try:
            while count := conn.recv_into(buffer):
                start = 0
                while start < count:
                    start += conn.send(buffer[start:count])
        except ConnectionError:
            continue
        finally:
            conn.close()


@mutant("echo_server", "next", says="returned while its listener was still open")
def one_client_only(listener: Any) -> None:
    """serves one client"""
    conn, _ = listener.accept()
    with conn:
        while data := conn.recv(4096):
            conn.sendall(data)


@mutant("echo_server", "pieces")
def one_recv_only(listener: Any) -> None:
    """one recv for each client"""
    while True:
        conn, _ = listener.accept()
        with conn:
            conn.sendall(conn.recv(1024))


@mutant("echo_server", "close", says="blocked in accept")
def no_close(listener: Any) -> None:
    """never closes a connection"""
    while True:
        conn, _ = listener.accept()
        while data := conn.recv(4096):
            conn.sendall(data)


@mutant("echo_server", "all", says="took only")
def send_once(listener: Any) -> None:
    """send instead of sendall"""
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                while data := conn.recv(4096):
                    conn.send(data)
            except ConnectionError:
                pass


@mutant("echo_server", "short")
def stops_at_a_short_one(listener: Any) -> None:
    """a piece shorter than 1024 bytes is the last"""
    while True:
        conn, _ = listener.accept()
        with conn:
            while True:
                data = conn.recv(1024)
                conn.sendall(data)
                if len(data) < 1024:
                    break


@mutant("echo_server", "forever", says="round and round")
def never_sees_the_end(listener: Any) -> None:
    """ignores b''"""
    while True:
        conn, _ = listener.accept()
        with conn:
            while True:
                conn.sendall(conn.recv(4096))


@mutant("echo_server", "vanish", says="ConnectionResetError")
def dies_with_its_client(listener: Any) -> None:
    """a client that vanishes ends the server"""
    while True:
        conn, _ = listener.accept()
        with conn:
            while data := conn.recv(4096):
                conn.sendall(data)


@mutant("echo_server", "vanish")
def gives_up_at_a_reset(listener: Any) -> None:
    """catches the error outside the loop"""
    try:
        while True:
            conn, _ = listener.accept()
            with conn:
                while data := conn.recv(4096):
                    conn.sendall(data)
    except OSError:
        pass


@mutant("echo_server", "pause")
def takes_silence_for_the_end(listener: Any) -> None:
    """a timeout is the end of a client"""
    while True:
        conn, _ = listener.accept()
        with conn:
            conn.settimeout(0.2)
            try:
                while data := conn.recv(4096):
                    conn.sendall(data)
            except OSError:
                pass


@mutant("echo_server", "same", says="byte 1 of 5 differs")
def shouts(listener: Any) -> None:
    """replies in upper case"""
    while True:
        conn, _ = listener.accept()
        with conn:
            while data := conn.recv(4096):
                conn.sendall(data.upper())


@mutant("echo_server", "bytes", says="TypeError")
def sends_str(listener: Any) -> None:
    """decodes and sends str"""
    while True:
        conn, _ = listener.accept()
        with conn:
            while data := conn.recv(4096):
                conn.sendall(data.decode())


@mutant("echo_server", "bytes", says="UnicodeDecodeError")
def decodes_and_encodes(listener: Any) -> None:
    """decodes and encodes again"""
    while True:
        conn, _ = listener.accept()
        with conn:
            while data := conn.recv(4096):
                conn.sendall(data.decode().encode())


@mutant("echo_server", "same")
def only_receives(listener: Any) -> None:
    """prints what it gets and sends nothing"""
    while True:
        conn, _ = listener.accept()
        with conn:
            while data := conn.recv(4096):
                str(data)


@mutant("echo_server", "promptly", says="blocked in recv")
def collects_first(listener: Any) -> None:
    """collects everything before it answers"""
    while True:
        conn, _ = listener.accept()
        with conn:
            everything = b""
            while data := conn.recv(4096):
                everything += data
            conn.sendall(everything)


@mutant("echo_server", "close")
def no_close_after_an_error(listener: Any) -> None:
    """closes a connection only when all went well"""
    while True:
        conn, _ = listener.accept()
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
            conn.close()
        except ConnectionError:
            pass


@mutant("echo_server", "next")
def leaves_with_the_leaver(listener: Any) -> None:
    """a client that says nothing ends the server"""
    while True:
        conn, _ = listener.accept()
        with conn:
            data = conn.recv(4096)
            if not data:
                break
            while data:
                conn.sendall(data)
                data = conn.recv(4096)


@mutant("echo_server", "ends", says="the listener was closed")
def never_ends(listener: Any) -> None:
    """catches the error of accept and goes on"""
    while True:
        try:
            conn, _ = listener.accept()
            with conn:
                while data := conn.recv(4096):
                    conn.sendall(data)
        except OSError:
            continue


@mutant("echo_server", "start", says="returned")
def not_a_server(listener: Any) -> None:
    """pass"""


def _serve(listener: Any, talk: Any, *errors: type[Exception], clients: int = 1 << 30) -> None:
    for _ in range(clients):
        conn, _ = listener.accept()
        with conn, suppress(*errors or (ConnectionError,)):
            talk(conn)


def _echo(conn: Any) -> None:
    while data := conn.recv(4096):
        conn.sendall(data)


@mutant("echo_server", "vanish", says="ConnectionResetError")
def expects_it_of_recv(listener: Any) -> None:
    """catches the error of recv only"""
    while True:
        conn, _ = listener.accept()
        with conn:
            while True:
                try:
                    data = conn.recv(4096)
                except ConnectionError:
                    break
                if not data:
                    break
                conn.sendall(data)


@mutant("echo_server", "vanish", says="BrokenPipeError")
def expects_a_reset(listener: Any) -> None:
    """catches ConnectionResetError only"""
    _serve(listener, _echo, ConnectionResetError)


@mutant("echo_server", "vanish", says="getpeername")
def asks_for_the_name(listener: Any) -> None:
    """asks outside the try who has come"""
    while True:
        conn, _ = listener.accept()
        with conn:
            conn.getpeername()
            try:
                _echo(conn)
            except ConnectionError:
                pass


@mutant("echo_server", "pause")
def two_seconds(listener: Any) -> None:
    """two seconds of silence are the end of a client"""

    def talk(conn: Any) -> None:
        conn.settimeout(2)
        _echo(conn)

    _serve(listener, talk, OSError)


@mutant("echo_server", "pause", says="TimeoutError")
def waits_two_seconds_for_a_client(listener: Any) -> None:
    """a timeout on the listener"""
    listener.settimeout(2)
    _serve(listener, _echo)


@mutant("echo_server", "next")
def ten_clients(listener: Any) -> None:
    """serves ten clients"""
    _serve(listener, _echo, clients=10)


@mutant("echo_server", "four", says="too many values")
def unpacks_the_address(listener: Any) -> None:
    """conn, (host, port) = accept()"""
    while True:
        conn, (_host, _port) = listener.accept()
        with conn, suppress(ConnectionError):
            _echo(conn)


@mutant("echo_server", "pieces")
def a_blank_is_the_end(listener: Any) -> None:
    """if not data.strip(): break"""

    def talk(conn: Any) -> None:
        while (data := conn.recv(4096)).strip():
            conn.sendall(data)

    _serve(listener, talk)


@right("echo_server")
def one_byte_at_a_time(listener: Any) -> None:
    """recv(1)"""

    def talk(conn: Any) -> None:
        while data := conn.recv(1):
            conn.sendall(data)

    _serve(listener, talk)
