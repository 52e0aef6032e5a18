"""Servers that nobody stopped: dropped, re-created in a cell, left to the end of Python, forked."""

from __future__ import annotations

import gc
import logging
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from netlab.servers import EchoServer, serve, stop_all
from netlab.servers.core import live

from .peers import DEADLINE, assert_refused, connect, descriptors, eventually, server_threads


def test_dropped_server_ends_at_once() -> None:
    server = EchoServer()
    address = server.address
    with connect(server) as sock:
        sock.sendall(b"x")
        assert sock.recv(1) == b"x"
        del server
        assert sock.recv(1) == b""
    assert server_threads() == []
    assert not live
    assert_refused(address)


def test_same_name_same_port_after_dropping() -> None:
    server = EchoServer()
    port = server.port
    del server
    EchoServer(port=port).stop()


CELL = """
server = EchoServer()
sock = socket.create_connection(server.address)
sock.sendall(b"hello")
assert sock.recv(10) == b"hello"
udp = UDPEchoServer()
own = serve(lambda conn, address: (conn.sendall(b"welcome"), conn.recv(10)))
visitor = socket.create_connection(own.address)
assert visitor.recv(10) == b"welcome"
"""


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the cell leaves its own clients to the collector
def test_ten_runs_of_one_cell() -> None:
    notebook: dict[str, Any] = {}
    exec("import socket; from netlab.servers import EchoServer, UDPEchoServer, serve", notebook)
    exec(CELL, notebook)
    threads, files = len(server_threads()), len(descriptors())
    assert threads == 5
    for _ in range(9):
        exec(CELL, notebook)
    gc.collect()
    assert (len(server_threads()), len(descriptors())) == (threads, files)
    notebook.clear()


def test_what_a_notebook_pins_is_stopped_by_stop_all() -> None:
    out = [EchoServer(), EchoServer()]  # like IPython's Out[]
    stop_all()
    assert all("stopped" in repr(server) for server in out)


def test_error_of_a_dropped_server_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def boom(conn: socket.socket, address: Any) -> None:
        raise ValueError("boom")

    with caplog.at_level(logging.ERROR, "netlab.servers"):
        server = serve(boom)
        with connect(server) as sock:
            assert sock.recv(1) == b""
        del server
    (record,) = caplog.records
    assert record.getMessage() == "serve(boom) was dropped: ValueError: boom"
    assert record.exc_info and record.exc_info[0] is ValueError


def run(program: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    program = "import socket, threading, time\nfrom netlab.servers import *\n" + program
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=timeout)


SLEEPS = """
    time.sleep(60)"""
COMPUTES = """
    while True:
        sum(range(1000))"""
HANDLER = """
begun = threading.Event()
def handler(conn, address):
    begun.set(){rest}
server = serve(handler)
client = socket.create_connection(server.address)
assert begun.wait(10)
"""
ENDINGS = {
    "idle": "servers = [EchoServer(), UDPEchoServer()]",
    "clients": """
servers = [EchoServer() for _ in range(20)]
clients = [socket.create_connection(each.address) for each in servers for _ in range(5)]
""",
    "sleeping": HANDLER.format(rest=SLEEPS),
    "computing": HANDLER.format(rest=COMPUTES),
    "failed": HANDLER.format(rest="; raise ValueError('boom')"),
    "socket": """
def endless(sock):
    while True:
        sock.sendto(*sock.recvfrom(100))
server = serve(endless, on="socket")
""",
    "pinned": "server = EchoServer(); other = serve(lambda conn, address: server.port)",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_python_ends_in_silence(ending: str) -> None:
    result = run(ENDINGS[ending])
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_python_ends_after_an_exception() -> None:
    result = run("server = EchoServer(); client = socket.create_connection(server.address); exit(3)")
    assert (result.returncode, result.stderr) == (3, "")


FORKS = """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: this process has threads
server = EchoServer()
client = socket.create_connection(server.address)
client.sendall(b"a")
assert client.recv(1) == b"a"
child = os.fork()
if not child:
    assert "stopped" in repr(server)
    server.stop()
    del server
    stop_all()
    with EchoServer() as own, socket.create_connection(own.address) as sock:
        sock.sendall(b"b")
        assert sock.recv(1) == b"b"
    raise SystemExit(0)  # through the whole of Python's shutdown
assert os.waitpid(child, 0)[1] == 0
client.sendall(b"c")
assert client.recv(1) == b"c"
socket.create_connection(server.address).close()
server.stop()
assert client.recv(1) == b""
print("parent went on")
"""

OUTLIVED = """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
server = EchoServer()
read, write = os.pipe()
child = os.fork()
if not child:
    os.close(write)
    os.read(read, 1)
    os._exit(0)
server.stop()
EchoServer(port=server.port).stop()
os.close(write)
assert os.waitpid(child, 0)[1] == 0
print("free")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize(("program", "output"), [(FORKS, "parent went on"), (OUTLIVED, "free")])
def test_a_forked_child_leaves_the_parents_server_alone(program: str, output: str) -> None:
    result = run(program)
    assert (result.stdout.strip(), result.stderr, result.returncode) == (output, "", 0)


def test_dropped_while_its_client_floods() -> None:
    server = EchoServer()
    with connect(server) as sock:
        sock.sendall(b"x" * 100_000)
        del server
        sock.settimeout(DEADLINE)
        try:
            while sock.recv(65536):
                pass
        except ConnectionResetError:
            pass
    eventually(lambda: server_threads() == [])
