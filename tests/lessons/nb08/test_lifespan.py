"""The lifespan of an ASGI application: what it gets, and what becomes of its failures."""

from __future__ import annotations

import asyncio
import http.client
import threading

import pytest

from netlab import serve_asgi
from netlab.lessons.nb08 import lifespan as lifespan_module
from tests.servers.conftest import nothing_left as nothing_left
from tests.servers.peers import eventually


async def hello(send, text=b"hello"):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text})


def living(startup=None, shutdown=None, request=None):
    """An application whose lifespan runs these coroutine functions of (scope, send)."""

    async def application(scope, receive, send):
        if scope["type"] != "lifespan":
            await (request(scope, send) if request else hello(send))
            return
        for moment, run in (("startup", startup), ("shutdown", shutdown)):
            assert (await receive())["type"] == f"lifespan.{moment}"
            if run:
                await run(scope, send)
            await send({"type": f"lifespan.{moment}.complete"})

    return application


def get(server) -> bytes:
    client = http.client.HTTPConnection(server.host, server.port, timeout=10)
    client.request("GET", "/")
    body = client.getresponse().read()
    client.close()
    return body


def test_each_request_gets_a_copy_of_the_state():
    async def startup(scope, send):
        scope["state"]["visits"], scope["state"]["all"] = 0, []

    async def request(scope, send):
        scope["state"]["visits"] += 1  # its own
        scope["state"]["all"].append(1)  # what all of them share
        await hello(send, b"%d %d" % (scope["state"]["visits"], len(scope["state"]["all"])))

    with serve_asgi(living(startup, request=request)) as server:
        assert [get(server), get(server)] == [b"1 1", b"1 2"]


async def raises(scope, send):
    raise ValueError("no database")


def fails(moment, and_raises, message="no database"):
    async def run(scope, send):
        await send({"type": f"lifespan.{moment}.failed", **({"message": message} if message else {})})
        if and_raises:
            raise ValueError("no database")
        await asyncio.sleep(3600)

    return run


@pytest.mark.parametrize("and_raises", [False, True])
def test_a_startup_that_fails_is_raised_at_once(and_raises):
    with pytest.raises(RuntimeError, match="could not start: .*no database") as caught:
        serve_asgi(living(fails("startup", and_raises)))
    assert isinstance(caught.value.__cause__, ValueError) == and_raises


def test_a_failure_without_a_message():
    with pytest.raises(RuntimeError, match="could not start: it does not say why"):
        serve_asgi(living(fails("startup", False, message=None)))


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_a_startup_that_would_end_the_program_fails(error):
    async def leaves(scope, send):
        raise error

    with pytest.raises(RuntimeError, match=f"could not start: {type(error).__name__}") as caught:
        serve_asgi(living(leaves))
    assert caught.value.__cause__ is error


def test_an_application_without_lifespan_is_served_and_the_log_says_so():
    """As the specification has it: the exception of a startup means that there is none."""
    with serve_asgi(living(raises)) as server:
        assert get(server) == b"hello" and not server.errors
        assert any("no lifespan" in line and "ValueError: no database" in line for line in server.log)


def test_an_application_that_takes_a_lifespan_for_a_request():
    async def careless(scope, receive, send):
        await receive()
        await hello(send)

    with serve_asgi(careless) as server:
        assert get(server) == b"hello" and not server.errors


@pytest.mark.parametrize(
    "shutdown, kind",
    [(raises, ValueError), (fails("shutdown", True), ValueError), (fails("shutdown", False), RuntimeError)],
)
def test_a_shutdown_that_fails_is_raised_by_stop(shutdown, kind):
    server = serve_asgi(living(shutdown=shutdown))
    with pytest.raises(kind, match="no database") as caught:
        server.stop()
    assert server.errors == [caught.value]
    server.stop()  # raised once


def test_an_error_after_the_shutdown_is_complete_is_kept():
    async def application(scope, receive, send):
        for moment in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{moment}.complete"})
        raise ValueError("one more thing")

    with pytest.raises(ValueError, match="one more thing"):
        serve_asgi(application).stop()


def test_a_lifespan_that_fails_while_the_server_runs():
    ended = threading.Event()

    async def application(scope, receive, send):
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.complete"})
        ended.set()
        raise ValueError("in between")

    server = serve_asgi(application)
    assert ended.wait(10)
    eventually(lambda: len(server.errors) == 1)
    with pytest.raises(ValueError, match="in between"):
        server.stop()


async def endless(scope, send):
    await asyncio.sleep(3600)


def test_a_startup_that_takes_too_long_is_named(monkeypatch):
    monkeypatch.setattr(lifespan_module, "STARTUP", 0.1)
    with pytest.raises(TimeoutError, match=r"the application's startup took more than 0\.1 s"):
        serve_asgi(living(endless))


def test_a_shutdown_that_takes_too_long_is_named(monkeypatch):
    monkeypatch.setattr(lifespan_module, "SHUTDOWN", 0.1)
    server = serve_asgi(living(shutdown=endless))
    with pytest.raises(TimeoutError, match=r"shutdown took more than 0\.1 s.*lifespan\.shutdown\.complete"):
        server.stop()


def test_a_slow_startup_and_a_slow_shutdown_work():
    async def slow(scope, send):
        await asyncio.sleep(1.5)

    with serve_asgi(living(slow, slow)) as server:
        assert get(server) == b"hello"
    assert not server.errors


@pytest.mark.parametrize(
    "message",
    [{"type": "lifespan.shutdown.complete"}, {"type": "lifespan.begun"}, {}, {"type": "http.response.start"}],
)
def test_messages_out_of_order_are_refused(message):
    async def startup(scope, send):
        with pytest.raises(RuntimeError, match="the lifespan waits for"):
            await send(message)

    with serve_asgi(living(startup)) as server:
        assert get(server) == b"hello"


def test_a_second_answer_is_refused():
    async def shutdown(scope, send):
        await send({"type": "lifespan.shutdown.complete"})

    with pytest.raises(RuntimeError, match="got 'lifespan.shutdown.complete', and the lifespan waits"):
        serve_asgi(living(shutdown=shutdown)).stop()


def test_the_shutdown_comes_after_the_last_request():
    order = []

    async def request(scope, send):
        try:
            await hello(send)
            await asyncio.sleep(3600)
        finally:
            order.append("request")

    async def shutdown(scope, send):
        order.append("shutdown")

    with serve_asgi(living(shutdown=shutdown, request=request)) as server:
        assert get(server) == b"hello"
    assert order == ["request", "shutdown"]


def test_a_port_that_is_taken_and_a_shutdown_that_fails():
    with serve_asgi(living()) as first, pytest.raises(OSError, match="taken") as caught:
        serve_asgi(living(shutdown=raises), port=first.port)
    assert any("ValueError: no database" in note for note in caught.value.__notes__)
