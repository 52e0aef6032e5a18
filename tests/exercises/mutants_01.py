"""Notebook 01: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import random
import select
import socket
import threading
from contextlib import closing
from typing import Any

from .registry import mutant, right

# -- 01-1 is_port_open -------------------------------------------------------------------------------


@right("is_port_open")
def with_connect_ex(host: str, port: int, timeout: float) -> bool:
    """connect_ex, and the family by hand"""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        sock.settimeout(timeout)
        return sock.connect_ex((host, port)) == 0
    finally:
        sock.close()


@right("is_port_open")
def without_blocking(host: str, port: int, timeout: float) -> bool:
    """a non-blocking connect and select"""
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, proto) as sock:
        sock.setblocking(False)
        sock.connect_ex(address)
        _, writable, failed = select.select([], [sock], [sock], timeout)
        return bool(writable or failed) and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


@mutant("is_port_open", "timeout", says="blocked in connect")
def no_timeout(host: str, port: int, timeout: float) -> bool:
    """no timeout"""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        return sock.connect_ex((host, port)) == 0 if "." not in host else _connects(sock, host, port)


def _connects(sock: socket.socket, host: str, port: int) -> bool:
    try:
        sock.connect((host, port))
    except OSError:
        return False
    return True


@mutant("is_port_open", "close", says="left 1 socket open")
def leaks(host: str, port: int, timeout: float) -> bool:
    """never closes the socket"""
    try:
        socket.create_connection((host, port), timeout=timeout)
    except OSError:
        return False
    return True


@mutant("is_port_open", "close", says="left 1 socket open")
def leaks_when_refused(host: str, port: int, timeout: float) -> bool:
    """closes the socket only if it was connected"""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.settimeout(timeout)
    try:
        sock.connect((host, port))
        sock.close()
        return True
    except OSError:
        return False


@mutant("is_port_open", "refused")
def everything_is_open(host: str, port: int, timeout: float) -> bool:
    """except Exception: return True"""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except Exception:
        return True


@mutant("is_port_open", "backwards")
def truth_of_connect_ex(host: str, port: int, timeout: float) -> bool:
    """bool(connect_ex(...)): 0 is success, and false"""
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as sock:
        sock.settimeout(timeout)
        return bool(sock.connect_ex((host, port)))


@mutant("is_port_open", "backwards")
def number_of_connect_ex(host: str, port: int, timeout: float) -> int:
    """returns what connect_ex returns"""
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as sock:
        sock.settimeout(timeout)
        return sock.connect_ex((host, port))


@mutant("is_port_open", "family")
def ipv4_only_raises(host: str, port: int, timeout: float) -> bool:
    """IPv4 only: the address does not resolve"""
    with socket.socket() as sock:
        sock.settimeout(timeout)
        return sock.connect_ex((host, port)) == 0


@mutant("is_port_open", "family")
def ipv4_only_says_closed(host: str, port: int, timeout: float) -> bool:
    """IPv4 only: closed, it says"""
    with socket.socket() as sock:
        sock.settimeout(timeout)
        return _connects(sock, host, port)


@mutant("is_port_open", "default")
def changes_everybodys_timeout(host: str, port: int, timeout: float) -> bool:
    """setdefaulttimeout, and never back"""
    socket.setdefaulttimeout(timeout)
    try:
        with socket.create_connection((host, port)):
            return True
    except OSError:
        return False


@mutant("is_port_open", "refused", says="ConnectionRefusedError")
def lets_refusal_out(host: str, port: int, timeout: float) -> bool:
    """only expects TimeoutError"""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except TimeoutError:
        return False


@mutant("is_port_open", "refused", says="TimeoutError")
def lets_silence_out(host: str, port: int, timeout: float) -> bool:
    """only expects ConnectionRefusedError"""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except ConnectionRefusedError:
        return False


@mutant("is_port_open", "quiet", says="b'hello")
def says_hello(host: str, port: int, timeout: float) -> bool:
    """sends something to be sure"""
    try:
        with socket.create_connection((host, port), timeout=timeout) as sock:
            sock.sendall(b"hello?")
            return True
    except OSError:
        return False


@mutant("is_port_open", "accepted")
def waits_for_a_word(host: str, port: int, timeout: float) -> bool:
    """open only if the program says or ends something"""
    try:
        with socket.create_connection((host, port), timeout=timeout) as sock:
            sock.shutdown(socket.SHUT_WR)
            return sock.recv(1) is not None
    except OSError:
        return False


# -- 01-2 in_order -----------------------------------------------------------------------------------

GOOD = [
    "server: socket", "server: bind", "server: listen", "client: socket", "client: connect", "server: accept",
    "client: sendall", "server: recv", "server: sendall", "client: recv", "client: close", "server: close",
]  # fmt: skip


def _moved(calls: list[str], call: str, before: str) -> list[str]:
    """The good order, but with one call moved to just before another one."""
    order = [other for other in GOOD if other != call]
    order.insert(order.index(before), call)
    return [one for one in order if one in calls]


@right("in_order")
def another_order(calls: list[str]) -> list[str]:
    """the client speaks before accept; the server speaks first; the server closes first"""
    order = [
        "client: socket", "server: socket", "server: bind",
        "server: listen", "client: connect", "client: sendall",
        "server: accept", "server: sendall", "client: recv", "server: recv", "server: close", "client: close",
    ]  # fmt: skip
    return [call for call in order if call in calls]


@right("in_order")
def by_rules(calls: list[str]) -> list[str]:
    """by rules: whatever may go next goes next, in any order"""
    needs = {
        "server: bind": ["server: socket"], "server: listen": ["server: bind"],
        "client: connect": ["client: socket", "server: listen"],
        "server: accept": ["client: connect"], "client: sendall": ["client: connect"],
        "server: sendall": ["server: accept"],
        "server: recv": ["server: accept", "client: sendall"], "client: recv": ["server: sendall"],
        "client: close": ["server: recv", "client: recv", "server: accept", "server: sendall"],
        "server: close": ["server: recv", "server: sendall", "client: close", "server: accept"],
    }  # fmt: skip
    left, done = list(calls), []
    while left:
        ready = [c for c in left if not any(n in left for n in needs.get(c, []))]
        done.append(random.choice(ready))
        left.remove(done[-1])
    return done


@mutant("in_order", "listen", says="ConnectionRefusedError")
def connects_too_early(calls: list[str]) -> list[str]:
    """connect before listen"""
    order = [c for c in GOOD if c != "client: socket"]
    order.insert(0, "client: socket")
    order.remove("client: connect")
    order.insert(order.index("server: listen"), "client: connect")
    return [c for c in order if c in calls]


@mutant("in_order", "accept", says="would wait for ever")
def accepts_too_early(calls: list[str]) -> list[str]:
    """accept before connect"""
    return _moved(calls, "server: accept", "client: connect")


@mutant("in_order", "recv", says="would wait for ever")
def receives_too_early(calls: list[str]) -> list[str]:
    """recv before sendall"""
    return _moved(calls, "server: recv", "client: sendall")


@mutant("in_order", "bind", says="refused by the kernel")
def binds_too_late(calls: list[str]) -> list[str]:
    """bind after listen"""
    return _moved(calls, "server: bind", "client: socket")


@mutant("in_order", "close", says="refused by the kernel")
def closes_first(calls: list[str]) -> list[str]:
    """close before the last recv"""
    return _moved(calls, "client: close", "client: recv")


@mutant("in_order", "close")
def server_closes_too_early(calls: list[str]) -> list[str]:
    """the server closes before it has received"""
    return _moved(calls, "server: close", "server: recv")


@mutant("in_order", "same", says="server: listen missing")
def leaves_one_out(calls: list[str]) -> list[str]:
    """forgets listen"""
    return [c for c in GOOD if c in calls and c != "server: listen"]


@mutant("in_order", "same")
def adds_some(calls: list[str]) -> list[str]:
    """returns all twelve calls, whatever it was given"""
    return list(GOOD)


@mutant("in_order", "socket")
def as_they_came(calls: list[str]) -> list[str]:
    """sorted by the alphabet"""
    return sorted(calls, key=lambda c: (c.endswith("socket"), c))


@mutant("in_order", "start", says="without `return`")
def sorts_in_place(calls: list[str]) -> None:
    """calls.sort(...) returns None"""
    calls.sort(key=GOOD.index)


# -- 01-3 echo_server --------------------------------------------------------------------------------


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


@mutant("echo_server", "close", says="left")
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


# -- 01-4 socketpair_echo ----------------------------------------------------------------------------


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
