"""The programs as a learner runs them: each one a process, in a terminal of its own."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).resolve().parents[2] / "notebooks" / "programs"
FILES = sorted(PROGRAMS.glob("*.py"))
SERVERS = [path.stem for path in FILES if path.stem.endswith("_server")]
CLIENTS = [path.stem for path in FILES if path.stem.endswith("_client")]
DEADLINE = 20.0  # seconds: against hanging, not a measurement
PLAIN = {**os.environ, "PYTHONUTF8": "1", "PYTHONWARNINGS": "error"}


class Server:
    """A server at work, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.port = 0

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")  # the end

    def says(self, pattern: str) -> str:
        """Its next line that has this in it. Lines before it are taken, too."""
        seen = []
        while line := self._lines.get(timeout=DEADLINE):
            seen.append(line)
            if re.search(pattern, line):
                return line
        raise AssertionError(f"the server ended and never said {pattern!r}, but {seen}")


def command(name: str, *arguments: object) -> list[str]:
    return [sys.executable, str(PROGRAMS / f"{name}.py"), *map(str, arguments)]


@contextmanager
def serving(name: str, *arguments: object, port: int = 0) -> Iterator[Server]:
    """The server, ended by its process at the end; its stderr has to be empty."""
    line = command(name, *arguments, "--port", port)
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(line, env=PLAIN, **pipes) as process:
        server = Server(process)
        try:
            server.port = int(server.says(r"port (\d+)$").rpartition(" ")[2])
            yield server
            assert process.poll() is None, "the server has ended"
        finally:
            process.kill()
            server.reader.join()
            assert process.stderr is not None
            complaints = process.stderr.read()
    assert not complaints


def run(name: str, *arguments: object, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A program from its start to its end, and what is typed into it."""
    return subprocess.run(
        command(name, *arguments), input=typed, capture_output=True, env=PLAIN, timeout=DEADLINE
    )


def asked(name: str, server: Server, *arguments: object, typed: bytes = b"") -> str:
    """What a client shows that had no trouble."""
    done = run(name, *arguments, "--port", server.port, typed=typed)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()
