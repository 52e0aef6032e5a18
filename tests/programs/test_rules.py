"""Every program: short, plain standard library, typed, with help, and clear about what is wrong."""

from __future__ import annotations

import ast
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .processes import CLIENTS, DEADLINE, FILES, PLAIN, PROGRAMS, SERVERS, command, run, serving

NOTEBOOKS = ("00", "01", "02", "03", "04", "05", "07", "08")
names = pytest.mark.parametrize("name", [path.stem for path in FILES])


def test_each_notebook_has_its_program() -> None:
    assert {path.name[:2] for path in FILES} >= set(NOTEBOOKS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_is_short_and_plain(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    imported = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = (
                [node.module or "."] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            )
            assert node in imported and {each.split(".")[0] for each in modules} <= sys.stdlib_module_names
    begin = imported[-1].end_lineno or 0
    assert sum(bool(line.strip()) for line in text.splitlines()[begin:]) <= 60  # below the imports
    assert f"    python3 {path.name}" in (ast.get_docstring(tree) or "")


def test_mypy_is_content() -> None:
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed; `python3 start.py test` installs it")
    line = [sys.executable, "-m", "mypy", "--strict", *map(str, FILES)]
    done = subprocess.run(line, cwd=PROGRAMS.parents[1], capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@names
def test_it_helps(name: str) -> None:
    done = run(name, "--help")
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"python3 {name}.py" in text and (
        "default: 127.0.0.1" in text or "localhost" in text or "url" in text
    )


def sentence(done: subprocess.CompletedProcess[bytes]) -> str:
    """What a program says that gives up: it ends with 1 or 2, and never with a traceback."""
    said = done.stderr.decode()
    assert done.returncode in (1, 2) and "Traceback" not in said and b"Traceback" not in done.stdout
    return said


@pytest.mark.parametrize("name", SERVERS)
def test_a_port_in_use(name: str) -> None:
    kind = socket.SOCK_DGRAM if "postcard" in name else socket.SOCK_STREAM
    with socket.socket(type=kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        said = sentence(run(name, "--host", "127.0.0.1", "--port", port))
    assert "Can't serve" in said and f"port {port}" in said


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize(("port", "says"), [("99999", "0-65535"), ("-1", "0-65535"), ("x", "invalid int")])
def test_a_port_that_is_none(name: str, port: str, says: str) -> None:
    assert says in sentence(run(name, f"--port={port}", "--host", "127.0.0.1"))


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize(
    ("port", "says"), [("99999", "1 to 65535"), ("0", "1 to 65535"), ("x", "invalid int")]
)
def test_a_port_that_no_server_has(name: str, port: str, says: str) -> None:
    assert says in sentence(run(name, f"--port={port}"))


@pytest.mark.parametrize("name", CLIENTS)
def test_nobody_listens(name: str) -> None:
    kind = socket.SOCK_DGRAM if "postcard" in name else socket.SOCK_STREAM
    with socket.socket(type=kind) as bound:  # its port is ours, and nobody listens on it
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        if kind == socket.SOCK_DGRAM:
            bound.close()  # a bound mailbox would take the postcard
        said = sentence(run(name, "--host", "127.0.0.1", "--port", port, typed=b"hello\n"))
    assert said.splitlines()[-1].startswith("Can't") and f"port {port}" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process alone")
@pytest.mark.parametrize("name", SERVERS)
def test_ctrl_c_ends_a_server_in_silence(name: str) -> None:
    with subprocess.Popen(
        command(name, "--port", 0), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN
    ) as process:
        assert process.stdout is not None and b"listening" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=DEADLINE)
    assert (process.returncode, complaints) == (-signal.SIGINT, b"")  # a shell calls this 130


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process alone")
@pytest.mark.parametrize(
    ("server", "client"), [("01_echo_server", "01_echo_client"), ("03_message_server", "03_message_client")]
)
def test_ctrl_c_ends_a_client_in_silence(server: str, client: str) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with serving(server) as partner:
        line = command(client, "--port", partner.port)
        with subprocess.Popen(line, env=PLAIN, **pipes) as process:  # type: ignore[call-overload]
            process.stdin.write(b"hello\n")
            process.stdin.flush()
            assert b"ello" in process.stdout.readline().lower()  # it has come back: the client waits for more
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            assert process.wait(DEADLINE) == -signal.SIGINT
            assert process.stderr.read() == b""
