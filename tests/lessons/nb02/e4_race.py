"""02-4 race: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import asyncio
import queue
import select
import selectors
import socket
import threading
import time
from typing import Any

from ..registry import mutant, right
from .shared_connecting import STREAM


@right("race")
def with_asyncio(addresses: Any, delay: float) -> socket.socket:
    """asyncio: a task for each address"""

    async def attempt(family: int, sockaddr: Any) -> socket.socket:
        sock = socket.socket(family, STREAM)
        try:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, sockaddr)
        except BaseException:
            sock.close()
            raise
        return sock

    async def run() -> socket.socket:
        tasks: set[Any] = set()
        failure: BaseException = OSError("none")
        left = list(addresses)
        try:
            while left or tasks:
                if left:
                    tasks.add(asyncio.ensure_future(attempt(*left.pop(0))))
                done: set[Any] = set()
                while tasks and not done:
                    done, tasks = await asyncio.wait(
                        tasks, timeout=delay if left else None, return_when=asyncio.FIRST_COMPLETED
                    )
                    if left and not done:
                        break
                for task in done:
                    if task.exception() is None:
                        return task.result()
                    failure = task.exception()
            raise failure
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    winner = asyncio.run(run())
    winner.setblocking(True)
    return winner


@right("race")
def with_threads(addresses: Any, delay: float) -> socket.socket:
    """a thread for each address, which looks every 20 ms whether the race is over"""
    results: queue.Queue[Any] = queue.Queue()
    over, threads, left = threading.Event(), [], list(addresses)

    def attempt(family: int, sockaddr: Any) -> None:
        try:
            sock = _begin(family, sockaddr)
        except OSError as error:
            results.put(error)
            return
        while not over.is_set():
            _, writable, failed = select.select([], [sock], [sock], 0.02)
            if writable or failed:
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                results.put(sock if code == 0 else OSError(code, "failed"))
                if code:
                    sock.close()
                return
        sock.close()

    winner, failure, running = None, OSError("none"), 0
    while winner is None and (left or running):
        if left:
            threads.append(threading.Thread(target=attempt, args=left.pop(0)))
            threads[-1].start()
            running += 1
        try:
            result = results.get(timeout=delay if left else None)
        except queue.Empty:
            continue
        running -= 1
        if isinstance(result, OSError):
            failure = result
        else:
            winner = result
    over.set()
    for thread in threads:
        thread.join()
    while not results.empty():
        late = results.get()
        if isinstance(late, socket.socket):
            late.close()
    if winner is None:
        raise failure
    winner.setblocking(True)
    return winner


def _begin(family: int, sockaddr: Any, deaf: bool = False) -> socket.socket:
    """A connect under way. deaf: to an error at once."""
    sock = socket.socket(family, STREAM)
    sock.setblocking(False)
    try:
        sock.connect(sockaddr)
    except BlockingIOError:
        pass
    except OSError:
        if not deaf:
            sock.close()
            raise
    return sock


def _race(addresses: Any, delay: float, **flaws: Any) -> socket.socket:
    """A race with selectors; each flaw is something that beginners do. Without any it is right."""
    left, running, failure = list(addresses), [], OSError("none")
    with selectors.DefaultSelector() as selector:
        due = time.monotonic()
        try:
            while left or running:
                if left and (not running or time.monotonic() >= due):
                    family, sockaddr = left.pop(0)
                    try:
                        sock = _begin(flaws.get("family", family), sockaddr, flaws.get("deaf", False))
                    except OSError as error:
                        if flaws.get("begins"):
                            raise
                        failure, due = error, 0
                        continue
                    selector.register(sock, selectors.EVENT_WRITE)
                    running.append(sock)
                    due = time.monotonic() + delay
                ready = selector.select(max(0, due - time.monotonic()) if left else None)
                for key, _ in ready:
                    sock: Any = key.fileobj  # type: ignore[no-redef]
                    code = 0 if flaws.get("blind") else sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    selector.unregister(sock)
                    running.remove(sock)
                    if code == 0:
                        if not flaws.get("nonblocking"):
                            sock.setblocking(True)
                        if flaws.get("close_winner"):
                            sock.close()
                        return sock
                    failure = OSError(code, "failed")
                    if not flaws.get("leak_failed"):
                        sock.close()
                    if flaws.get("fragile") or (flaws.get("last") and not left):
                        raise failure
                    if not flaws.get("waits"):
                        due = time.monotonic()
                    elif left and not running:
                        selector.select(delay)
            if flaws.get("silent"):
                return None  # type: ignore[return-value]
            raise failure
        finally:
            for sock in running:
                if not flaws.get("leak_losers"):
                    sock.close()


@right("race")
def with_selectors(addresses: Any, delay: float) -> socket.socket:
    """the module selectors"""
    return _race(addresses, delay)


@mutant("race", "wait", says="blocked in connect")
def one_after_another(addresses: Any, delay: float) -> socket.socket:
    """one after another, without a timeout"""
    failure = OSError("none")
    for family, sockaddr in addresses:
        sock = socket.socket(family, STREAM)
        try:
            sock.connect(sockaddr)
            return sock
        except OSError as error:
            failure = error
            sock.close()
    raise failure


@mutant("race", "patience")
def gives_up_after_the_delay(addresses: Any, delay: float) -> socket.socket:
    """one after another, with delay as the timeout"""
    failure = OSError("none")
    for family, sockaddr in addresses:
        sock = socket.socket(family, STREAM)
        try:
            sock.settimeout(delay)
            sock.connect(sockaddr)
            sock.settimeout(None)
            return sock
        except OSError as error:
            failure = error
            sock.close()
    raise failure


@mutant("race", "patience")
def waits_for_the_newest_only(addresses: Any, delay: float) -> socket.socket:
    """looks only at the attempt that began last"""
    socks: list[socket.socket] = []
    try:
        for family, sockaddr in addresses:
            sock = socket.socket(family, STREAM)
            socks.append(sock)
            sock.setblocking(False)
            sock.connect_ex(sockaddr)
            _, writable, _ = select.select([], [sock], [], delay)
            if writable and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                sock.setblocking(True)
                socks.remove(sock)
                return sock
        raise TimeoutError("nobody")
    finally:
        for sock in socks:
            sock.close()


@mutant("race", "patience")
def waits_for_the_last_one_for_ever(addresses: Any, delay: float) -> socket.socket:
    """looks only at the newest, and at the last one for ever"""
    socks: list[socket.socket] = []
    failure = OSError("none")
    try:
        for number, (family, sockaddr) in enumerate(addresses, 1):
            sock = socket.socket(family, STREAM)
            socks.append(sock)
            sock.setblocking(False)
            sock.connect_ex(sockaddr)
            _, writable, _ = select.select([], [sock], [], delay if number < len(addresses) else None)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if writable and code == 0:
                sock.setblocking(True)
                socks.remove(sock)
                return sock
            failure = OSError(code, "failed")
        raise failure
    finally:
        for sock in socks:
            sock.close()


@mutant("race", "stagger", says="address 3")
def all_at_once(addresses: Any, delay: float) -> socket.socket:
    """starts all at once"""
    socks = [socket.socket(family, STREAM) for family, _ in addresses]
    for sock, (_, sockaddr) in zip(socks, addresses):
        sock.setblocking(False)
        sock.connect_ex(sockaddr)
    winner = None
    waiting = list(socks)
    while waiting and winner is None:
        _, writable, _ = select.select([], waiting, [])
        for sock in writable:
            waiting.remove(sock)
            if winner is None and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                winner = sock
    for sock in socks:
        if sock is not winner:
            sock.close()
    if winner is None:
        raise OSError("nobody")
    winner.setblocking(True)
    return winner


@mutant("race", "stagger", says="delay was 0.4 s")
def no_delay(addresses: Any, delay: float) -> socket.socket:
    """does without the delay"""
    return _race(addresses, 0)


@mutant("race", "stagger")
def milliseconds(addresses: Any, delay: float) -> socket.socket:
    """takes seconds for milliseconds"""
    return _race(addresses, delay / 1000)


@mutant("race", "asleep", says="blocked in sleep")
def sleeps_between(addresses: Any, delay: float) -> socket.socket:
    """time.sleep(delay) between the starts"""
    running: list[socket.socket] = []
    for family, sockaddr in addresses:
        sock = socket.socket(family, STREAM)
        sock.setblocking(False)
        sock.connect_ex(sockaddr)
        running.append(sock)
        time.sleep(delay)
        _, writable, _ = select.select([], running, [], 0)
        for sock in writable:
            if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                for other in running:
                    if other is not sock:
                        other.close()
                sock.setblocking(True)
                return sock
            sock.close()
            running.remove(sock)
    raise OSError("nobody")


@mutant("race", "refused")
def waits_after_a_refusal(addresses: Any, delay: float) -> socket.socket:
    """waits for the rest of the delay after a refusal"""
    return _race(addresses, delay, waits=True)


@mutant("race", "fails", says="ConnectionRefusedError")
def ends_with_the_first_refusal(addresses: Any, delay: float) -> socket.socket:
    """the first failure ends it"""
    return _race(addresses, delay, fragile=True)


@mutant("race", "order")
def ipv4_and_last_first(addresses: Any, delay: float) -> socket.socket:
    """takes the addresses from the end: pop()"""
    return _race(addresses[::-1], delay)


@mutant("race", "family", says="TypeError")
def only_ipv4(addresses: Any, delay: float) -> socket.socket:
    """socket.socket() for every address"""
    return _race(addresses, delay, family=socket.AF_INET)


@mutant("race", "connected", says="not connected")
def writable_is_connected(addresses: Any, delay: float) -> socket.socket:
    """writable means connected"""
    return _race(addresses, delay, blind=True)


@mutant("race", "begun", says="BlockingIOError")
def begun_is_failed(addresses: Any, delay: float) -> socket.socket:
    """takes BlockingIOError for a failure"""
    failure = OSError("none")
    for family, sockaddr in addresses:
        sock = socket.socket(family, STREAM)
        sock.setblocking(False)
        try:
            sock.connect(sockaddr)
            return sock
        except OSError as error:
            failure = error
            sock.close()
    raise failure


@mutant("race", "blocking", says="timeout of 0 s")
def stays_non_blocking(addresses: Any, delay: float) -> socket.socket:
    """the winner does not block"""
    return _race(addresses, delay, nonblocking=True)


@mutant("race", "closed")
def closes_the_winner_too(addresses: Any, delay: float) -> socket.socket:
    """closes all of them"""
    return _race(addresses, delay, close_winner=True)


@mutant("race", "none", says="without `return`")
def gives_nothing_back(addresses: Any, delay: float) -> socket.socket:
    """returns None if all fail"""
    return _race(addresses, delay, silent=True)


@mutant("race", "close", says="left 1 socket open")
def keeps_the_losers(addresses: Any, delay: float) -> socket.socket:
    """does not close the losers"""
    return _race(addresses, delay, leak_losers=True)


@mutant("race", "close", says="left 1 socket open")
def keeps_the_failed(addresses: Any, delay: float) -> socket.socket:
    """does not close those that failed"""
    return _race(addresses, delay, leak_failed=True)


def _in_threads(addresses: Any, delay: float) -> tuple[Any, list[Any]]:
    """A thread in connect for each address: (the winner, all threads)."""
    results: queue.Queue[Any] = queue.Queue()
    threads, socks = [], []

    def attempt(family: int, sockaddr: Any) -> None:
        sock = socket.socket(family, STREAM)
        socks.append(sock)
        try:
            sock.connect(sockaddr)
        except OSError as error:
            sock.close()
            results.put(error)
        else:
            results.put(sock)

    left, running, failure = list(addresses), 0, OSError("none")
    while left or running:
        if left:
            threads.append(threading.Thread(target=attempt, args=left.pop(0), daemon=True))
            threads[-1].start()
            running += 1
        try:
            result = results.get(timeout=delay if left else None)
        except queue.Empty:
            continue
        running -= 1
        if isinstance(result, socket.socket):
            return result, threads
        failure = result
    raise failure


@mutant("race", "losers", says="blocked in join")
def joins_the_losers(addresses: Any, delay: float) -> socket.socket:
    """joins threads that wait in connect"""
    winner, threads = _in_threads(addresses, delay)
    for thread in threads:
        thread.join()
    return winner


@mutant("race", "close", says="left 1 socket open")
def forgets_the_threads(addresses: Any, delay: float) -> socket.socket:
    """leaves threads behind, in connect"""
    return _in_threads(addresses, delay)[0]


@mutant("race", "thread", says="left 1 thread running")
def closes_but_leaves_threads(addresses: Any, delay: float) -> socket.socket:
    """leaves a thread that waits for the end of the delay"""
    go_on = threading.Event()

    def clock() -> None:
        while not go_on.wait(0.01):
            pass

    threading.Thread(target=clock, daemon=True).start()
    return _race(addresses, delay)


@mutant("race", "start")
def gives_the_address(addresses: Any, delay: float) -> Any:
    """returns the address instead of the socket"""
    sock = _race(addresses, delay)
    with sock:
        return sock.getpeername()


@mutant("race", "connected", says="not connected")
def deaf_to_an_error_at_once(addresses: Any, delay: float) -> socket.socket:
    """does not look at what connect_ex gives"""
    return _race(addresses, delay, deaf=True)


@mutant("race", "atonce", says="OSError")
def expects_a_socket(addresses: Any, delay: float) -> socket.socket:
    """lets the error of socket.socket out"""
    return _race(addresses, delay, begins=True)


@mutant("race", "patience", says="ConnectionRefusedError")
def ends_with_the_last_refusal(addresses: Any, delay: float) -> socket.socket:
    """raises when the last one fails, although another is under way"""
    return _race(addresses, delay, last=True)


@mutant("race", "delay", says="delay was 0.05 s")
def a_second(addresses: Any, delay: float) -> socket.socket:
    """0.5 s, whatever delay is"""
    return _race(addresses, 0.5)


@mutant("race", "stagger", says="delay was 0.4 s")
def as_the_rfc_says(addresses: Any, delay: float) -> socket.socket:
    """0.25 s, whatever delay is"""
    return _race(addresses, 0.25)
