"""What a learner waits for: import, redraw of a playground, a notebook from top to bottom."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def seconds(function: Callable[[], object]) -> float:
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def import_cost(rounds: int = 15) -> tuple[float, float]:
    """Median seconds of a bare Python, and of one that imports netlab; taken in turn."""
    bare, loaded = [], []
    for _ in range(rounds):
        for code, times in (("pass", bare), ("import netlab", loaded)):
            times.append(seconds(lambda code=code: subprocess.run([sys.executable, "-c", code], check=True)))
    return statistics.median(bare), statistics.median(loaded)


def redraw_cost(rounds: int = 15) -> tuple[float, float]:
    """Median seconds of an echo experiment, and of the same experiment redrawn by a playground."""
    import socket

    from netlab import EchoServer, Playground, ladder, watch

    def echo(message: int = 26, portion: int = 4) -> object:
        with watch() as wire, EchoServer() as server, socket.create_connection(server.address) as client:
            client.sendall(b"x" * message)
            left = message
            while left:
                left -= len(client.recv(portion))
        return wire

    playground = Playground(
        lambda message, portion: ladder(echo(message, portion)), message=(1, 60), portion=(4, 64)
    )
    alone, redrawn = [], []
    for size in range(20, 20 + rounds):
        alone.append(seconds(lambda size=size: echo(size)))
        redrawn.append(seconds(lambda size=size: setattr(playground.controls["message"], "value", size)))
    return statistics.median(alone), statistics.median(redrawn)


def main() -> None:
    bare, loaded = import_cost()
    print(f"python -c pass               {1000 * bare:7.1f} ms")
    more = 1000 * (loaded - bare)
    print(f"python -c 'import netlab'    {1000 * loaded:7.1f} ms   +{more:.1f} ms (limit +40 ms)")
    alone, redrawn = redraw_cost()
    print(f"echo experiment              {1000 * alone:7.1f} ms")
    more = 1000 * (redrawn - alone)
    print(f"the same, redrawn            {1000 * redrawn:7.1f} ms   +{more:.1f} ms (limit +150 ms)")
    for notebook in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(notebook)]
        took = seconds(lambda command=command: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
        print(f"{notebook.stem:28} {took:7.1f} s    under nbval, pytest's own start included")


if __name__ == "__main__":
    main()
