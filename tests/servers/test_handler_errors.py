"""What a handler lets out, in every form of server: it is kept, in words, and holds nothing alive."""

from __future__ import annotations

import gc
import socket
import traceback
import weakref
from functools import partial
from typing import Any

import pytest

from netlab.servers import BackgroundServer, serve, stop_all

from .peers import connect, eventually, receive_all, udp


class Witness:
    """Something that a handler holds, and that a kept error must not."""


class Unsayable(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


def provoke(server: BackgroundServer, on: str) -> None:
    if on == "connection" or on == "listener":
        with connect(server) as sock:
            receive_all(sock)
    else:
        with udp(server) as sock:
            sock.sendto(b"x", server.address)
            eventually(lambda: bool(server.errors))


FORMS = ["connection", "listener", "datagram", "socket"]


def failing(on: str, fail: Any) -> Any:
    """A handler of this form that waits for a client and then calls fail()."""

    def connection(conn: socket.socket, address: Any) -> None:
        fail()

    def listener(listener: socket.socket) -> None:
        conn, _ = listener.accept()
        with conn:
            fail()

    def datagram(data: bytes, address: Any) -> None:
        fail()

    def of_socket(sock: socket.socket) -> None:
        sock.recv(10)
        fail()

    return {"connection": connection, "listener": listener, "datagram": datagram, "socket": of_socket}[on]


@pytest.mark.parametrize("on", FORMS)
@pytest.mark.parametrize(
    "error", [ValueError("boom"), Unsayable(), SystemExit(3), ExceptionGroup("x", [OSError()])], ids=repr
)
def test_every_form_keeps_every_error(on: Any, error: BaseException) -> None:
    def fail() -> None:
        raise error

    server = serve(failing(on, fail), on=on)
    provoke(server, on)
    eventually(lambda: len(server.errors) == 1)
    (kept,) = server.errors
    assert error in (kept, kept.__cause__)
    assert any(type(error).__name__ in line for line in server.log)
    with pytest.raises(type(kept)) as caught:
        server.stop()
    assert caught.value is kept
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert names[-1] == "fail" and "keep" not in names


@pytest.mark.parametrize("on", FORMS)
def test_a_kept_error_lets_the_frames_go(on: Any) -> None:
    alive: weakref.WeakSet[Witness] = weakref.WeakSet()

    def fail() -> None:
        alive.add(witness := Witness())

        def deeper() -> None:
            assert witness
            raise KeyError("deeper")  # its frame holds the witness in its closure

        try:
            deeper()
        except KeyError as error:
            raise ValueError("because of it") from error

    server = serve(failing(on, fail), on=on)
    gc.disable()
    try:
        provoke(server, on)
        eventually(lambda: bool(server.errors))
        eventually(lambda: not alive, "letting go")
    finally:
        gc.enable()
    with pytest.raises(ValueError, match="because of it") as caught:
        server.stop()
    cause = caught.value.__cause__
    assert cause and traceback.extract_tb(cause.__traceback__)[-1].line.startswith('raise KeyError("deeper")')


def test_an_expected_error_lets_them_go_as_well() -> None:
    alive: weakref.WeakSet[Witness] = weakref.WeakSet()

    def handler(conn: socket.socket, address: Any) -> None:
        alive.add(witness := Witness())
        error = ConnectionResetError(witness)
        raise error  # a circle: the frame holds the error that holds the frame

    with BackgroundServer(handler, expected=(ConnectionError,)) as server:
        gc.disable()
        try:
            provoke(server, "connection")
            eventually(lambda: not alive, "letting go")
        finally:
            gc.enable()


async def coroutine(*arguments: Any) -> None: ...


def generator(*arguments: Any) -> Any:
    yield b""


async def async_generator(*arguments: Any) -> Any:
    yield b""


@pytest.mark.parametrize(
    "on, function",
    [
        (on, function)
        for on in FORMS
        for function in (coroutine, generator, async_generator)
        if (on, function) != ("datagram", generator)  # a datagram's answers may be generated
    ],
)
def test_a_handler_of_which_nothing_runs_is_told(on: Any, function: Any) -> None:
    """Hidden behind a partial or a lambda, where nobody can see it before the call."""
    server = serve(lambda *arguments: function(*arguments), on=on)
    if on in ("connection", "datagram"):
        provoke(server, on)
    eventually(lambda: bool(server.errors))
    with pytest.raises(TypeError, match="coroutine|generator"):
        server.stop()


def test_a_generator_of_answers_that_fails_when_it_is_closed() -> None:
    def handler(data: bytes, address: Any) -> Any:
        try:
            yield "text"
        finally:
            raise KeyError("while closing")

    server = serve(handler, on="datagram")
    provoke(server, "datagram")
    with pytest.raises(KeyError, match="while closing") as caught:
        server.stop()
    assert "a bytes-like object is required" in "".join(traceback.format_exception(caught.value))


def test_afterwards_that_fails_is_told_and_all_has_ended() -> None:
    def fails() -> None:
        raise ValueError("afterwards")

    server = BackgroundServer(lambda conn, address: None, afterwards=fails)
    with pytest.raises(ValueError, match="afterwards"):
        server.stop()
    assert len(server.errors) == 1
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_stop_all_tells_of_every_server_that_failed() -> None:
    def fail(text: str) -> None:
        raise ValueError(text)

    servers = [serve(failing("connection", partial(fail, text))) for text in ("one", "two", "three")]
    for server in servers:
        provoke(server, "connection")
    with pytest.raises(ValueError) as caught:
        stop_all()
    told = [str(caught.value), *caught.value.__notes__]
    assert all(any(text in line for line in told) for text in ("one", "two", "three"))


def test_the_same_error_of_two_threads_is_kept_once() -> None:
    error = ValueError("the same")

    def handler(conn: socket.socket, address: Any) -> None:
        raise error

    server = serve(handler)
    provoke(server, "connection")
    provoke(server, "connection")
    with pytest.raises(ValueError, match="the same"):
        server.stop()
    assert server.errors == [error]


def test_an_error_of_many_lines_is_many_lines_of_the_log() -> None:
    def fail() -> None:
        raise ValueError("one\ntwo")

    server = serve(failing("connection", fail))
    provoke(server, "connection")
    with pytest.raises(ValueError):
        server.stop()
    assert not [line for line in server.log if "\n" in line] and "two" in server.log


def test_code_that_has_no_file_has_a_traceback_too() -> None:
    def fail() -> None:
        exec("1/0")

    server = serve(failing("connection", fail))
    provoke(server, "connection")
    with pytest.raises(ZeroDivisionError) as caught:
        server.stop()
    assert [entry.name for entry in traceback.extract_tb(caught.value.__traceback__)][-2:] == [
        "fail",
        "<module>",
    ]
