"""What an application raises, at whatever moment: it is answered, and found on the server."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import weakref

import pytest

from netlab import serve_asgi, serve_wsgi
from netlab.wire.http_messages import BadMessage
from tests.servers.conftest import nothing_left as nothing_left
from tests.servers.peers import eventually

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def answers(server, data: bytes = GET) -> bytes:
    """All that the server sends until it ends the connection."""
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(data)
        return b"".join(iter(lambda: sock.recv(65536), b""))


class Unsayable(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


ERRORS = [
    KeyError("a bug"),
    ConnectionRefusedError("its database"),  # not the client's connection
    ConnectionResetError("its database"),
    TimeoutError("its database"),
    BadMessage("of somebody else", status=418),
    UnicodeDecodeError("ascii", b"\xff", 0, 1, "why"),
    ExceptionGroup("several", [ValueError("one")]),
    Unsayable(),
    SystemExit(3),
    KeyboardInterrupt(),
    GeneratorExit(),
    asyncio.CancelledError(),
]


def same(kept: BaseException, error: BaseException) -> bool:
    return kept is error or (isinstance(kept, RuntimeError) and kept.__cause__ is error)


def fails_when(moment: str, error: BaseException):
    """A WSGI application that raises at this moment."""

    class Parts:
        def __iter__(self):
            if moment == "first part":
                raise error
            yield b"half"
            if moment == "second part":
                raise error

        def close(self):
            if moment == "close":
                raise error

    def application(environ, start_response):
        if moment == "call":
            raise error
        start_response("200 OK", [("Content-Length", "4")])
        if moment == "after start_response":
            raise error
        return Parts()

    return application


MOMENTS = {
    "call": b"HTTP/1.1 500 ",
    "after start_response": b"HTTP/1.1 500 ",
    "first part": b"HTTP/1.1 500 ",
    "second part": b"HTTP/1.1 200 ",
    "close": b"HTTP/1.1 200 ",
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_wsgi(moment, error):
    server = serve_wsgi(fails_when(moment, error))
    got = answers(server)  # its end is the connection's: also when the answer was complete
    assert got.startswith(MOMENTS[moment]) and got.count(b"HTTP/1.1") == 1
    (kept,) = server.errors
    assert same(kept, error) and type(error).__name__ in "\n".join(server.log)
    with pytest.raises(type(kept)) as caught:
        server.stop()
    assert caught.value is kept
    error.__traceback__ = error.__context__ = None


START = {"type": "http.response.start", "status": 200, "headers": []}
PART = {"type": "http.response.body", "body": b"half", "more_body": True}
LAST = {"type": "http.response.body"}
SENT = {
    "call": ([], b"HTTP/1.1 500 "),
    "after the start": ([START], b"HTTP/1.1 500 "),
    "in the body": ([START, PART], b"HTTP/1.1 200 "),
    "after the response": ([START, PART, LAST], b"HTTP/1.1 200 "),  # as Starlette does, behind its own 500
}


@pytest.mark.parametrize("moment", SENT)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_asgi(moment, error):
    messages, begin = SENT[moment]

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        for message in messages:
            await send(message)
        raise error

    server = serve_asgi(application)
    got = answers(server)
    assert got.startswith(begin) and got.count(b"HTTP/1.1") == 1
    assert got.endswith(b"0\r\n\r\n") == (moment == "after the response")
    (kept,) = server.errors
    assert same(kept, error)
    with pytest.raises(type(kept)) as caught:
        server.stop()
    assert caught.value is kept
    error.__traceback__ = error.__context__ = None


async def says_hello(send):
    await send(START)
    await send({"type": "http.response.body", "body": b"hello"})


def test_what_the_tasks_of_an_asgi_application_raise():
    """Long after the response, in a task or a callback of its own; SystemExit does not end the loop."""

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await says_hello(send)
        loop = asyncio.get_running_loop()

        async def fails(error):
            raise error

        loop.call_soon([].pop)
        tasks = [loop.create_task(fails(error)) for error in (KeyError("task"), SystemExit(3))]
        await asyncio.sleep(0.2)
        assert all(task.done() for task in tasks)
        raise ValueError("in the background")

    server = serve_asgi(application)
    once = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for round in (1, 2):
        assert answers(server, once).endswith(b"hello")
        eventually(lambda round=round: len(server.errors) == 4 * round, str(server.errors))
    kinds = sorted(type(error).__name__ for error in server.errors[:4])
    assert kinds == ["IndexError", "KeyError", "RuntimeError", "ValueError"]
    with pytest.raises(IndexError):
        server.stop()


def test_what_an_asgi_application_raises_when_it_is_cancelled():
    begun = []

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await send(START)
        await send(PART)
        begun.append(True)
        try:
            await asyncio.sleep(3600)
        finally:
            raise KeyError("while cleaning up")

    server = serve_asgi(application)
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(GET)
        eventually(lambda: bool(begun))
        with pytest.raises(KeyError, match="while cleaning up"):
            server.stop()


def test_an_application_that_blocks_the_event_loop_is_named():
    begun, release = threading.Event(), threading.Event()

    async def stubborn(scope, receive, send):
        assert scope["type"] == "http"
        begun.set()
        release.wait(30)

    server = serve_asgi(stubborn)
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(GET)
        assert begun.wait(10)
        with pytest.raises(RuntimeError, match=r"stubborn\(\) still runs .* at line \d+: release.wait"):
            server.stop()
    release.set()
    eventually(lambda: "event loop of stubborn" not in [each.name for each in threading.enumerate()])


def test_a_client_that_leaves_is_no_error_of_the_application():
    """Also when the application says it in its own words, as Starlette's ClientDisconnect."""
    ended = []

    class MyDisconnect(Exception):
        pass

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await send(START)
        try:
            while True:
                await send(PART)
        except OSError:
            raise MyDisconnect from None
        finally:
            ended.append(True)

    with serve_asgi(application) as server:
        with socket.create_connection(server.address, timeout=10) as sock:
            sock.sendall(GET)
            sock.recv(1000)
        eventually(lambda: bool(ended))
        eventually(lambda: "MyDisconnect" in "\n".join(server.log))
        assert not server.errors


def test_close_is_called_when_the_client_has_gone_and_its_error_is_kept():
    class Endless:
        def __iter__(self):
            return iter(lambda: bytes(65536), None)

        def close(self):
            raise KeyError("in close()")

    server = serve_wsgi(lambda environ, start_response: start_response("200 OK", []) and Endless())
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(GET)
        sock.recv(1000)
    eventually(lambda: bool(server.errors))
    with pytest.raises(KeyError, match="in close"):
        server.stop()


class Witness:
    """Something that a request holds, and that a kept error must not."""


@pytest.mark.parametrize("moment", ["call", "part"])
def test_a_kept_error_of_wsgi_lets_the_frames_go(moment):
    alive = weakref.WeakSet()

    def application(environ, start_response):
        alive.add(witness := Witness())
        environ["kept"] = witness
        if moment == "call":
            raise KeyError("a bug")

        def parts():
            start_response("200 OK", [])
            yield b"one"
            assert witness
            raise KeyError("a bug")

        return parts()

    server = serve_wsgi(application)
    gc.disable()
    try:
        answers(server)
        eventually(lambda: not alive, "letting go")
    finally:
        gc.enable()
    with pytest.raises(KeyError) as caught:
        server.stop()
    names = [frame.f_code.co_name for frame, _ in _walk(caught.value)]
    assert names[-1] == ("application" if moment == "call" else "parts")


def test_a_kept_error_of_asgi_lets_the_frames_go():
    alive = weakref.WeakSet()

    async def deeper(witness):
        await asyncio.sleep(0)
        raise KeyError("a bug")

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        alive.add(witness := Witness())
        scope["kept"] = witness
        try:
            await deeper(witness)
        except KeyError as error:
            raise ValueError("because of it") from error

    server = serve_asgi(application)
    gc.disable()
    try:
        answers(server)
        eventually(lambda: not alive, "letting go")
    finally:
        gc.enable()
    with pytest.raises(ValueError, match="because of it") as caught:
        server.stop()
    assert [frame.f_code.co_name for frame, _ in _walk(caught.value.__cause__)][-1] == "deeper"


def test_a_coroutine_that_goes_on_is_not_ended_with_a_kept_error():
    """Its frame is in the traceback, but it caught the exception, passed it on, and lives."""

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        if "reader" not in state:
            state["reader"] = asyncio.create_task(reader(state))
        await asyncio.sleep(0)
        if scope["path"] == "/":
            await state["result"]
        state["go on"].set()
        await state["reader"]
        await says_hello(send)

    async def reader(state):
        state["result"], state["go on"] = asyncio.get_running_loop().create_future(), asyncio.Event()
        try:
            raise KeyError("passed on")
        except KeyError as error:
            state["result"].set_exception(error)
        await state["go on"].wait()

    state = {}
    server = serve_asgi(application)
    assert b" 500 " in answers(server)
    later = answers(
        server, GET.replace(b"/ ", b"/later ", 1).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    )
    assert later.endswith(b"hello")
    with pytest.raises(KeyError, match="passed on"):
        server.stop()


def _walk(error):
    import traceback

    return traceback.walk_tb(error.__traceback__)


def test_what_is_written_to_wsgi_errors_is_in_the_log():
    def application(environ, start_response):
        errors = environ["wsgi.errors"]
        print("one", "line", file=errors)
        errors.writelines(["two\n", "three, ", "not ended"])
        errors.flush()
        errors.write("ž, at the end")
        start_response("200 OK", [])
        return [b"hello"]

    with serve_wsgi(application) as server:
        answers(server, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        lines = ["one line", "two", "three, not ended", "ž, at the end"]
        assert [line for line in server.log if line in lines] == lines
