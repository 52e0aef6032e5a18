"""The observer disturbs nothing: whatever the sockets are, and whatever goes wrong in watching them."""

from __future__ import annotations

import _socket
import _thread
import collections
import enum
import gc
import os
import signal
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest

from netlab.view import describe, ladder
from netlab.wire import Recording, installing, known, noting, settling, standby, threads, watch, wrapping
from netlab.wire.calls import METHODS, kept
from netlab.wire.known import Info

DEADLINE = 20.0  # seconds; only against hanging
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with standby():
        one, other = socket.socketpair()
    with one, other:
        one.settimeout(DEADLINE)
        other.settimeout(DEADLINE)
        yield one, other


def conversation() -> tuple[bytes, bytes]:
    """Both ends in one thread; calls `socket.socket` as a program does."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        client = socket.create_connection(listener.getsockname())
        conn, _ = listener.accept()
        client.sendall(b"hello")
        got = conn.recv(100)
        conn.sendall(got.upper())
        back = client.recv(100)
        client.close()
        conn.close()
    return got, back


def sums(wire: Recording) -> dict[str, int]:
    """Bytes by direction, and how often each of the other calls was made."""
    count: collections.Counter[str] = collections.Counter()
    for e in wire:
        if e.call in ("send", "sendall"):
            count["sent"] += e.size or 0
        elif e.call.startswith("recv"):
            count["received"] += e.size or 0
        else:
            count[e.call] += not e.error
    return dict(count)


TALK = {
    "socket": 2, "bind": 1, "listen": 1, "connect": 1, "accept": 1, "sent": 10, "received": 10, "close": 3,
}  # fmt: skip


# Classes of all kinds


class Plain(socket.socket):
    type = property(lambda self: int(super().type))  # as for a type that Python has no name for
    family = property(lambda self: int(super().family))


class Green:
    """No subclass of socket.socket, as gevent's: a native socket inside, a sendall made of sends."""

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
        self._sock = _socket.socket(family, type, proto, fileno)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def __enter__(self) -> Green:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    type = property(lambda self: int(self._sock.type))

    def accept(self) -> tuple[Green, Any]:
        descriptor, address = self._sock._accept()  # type: ignore[attr-defined]
        return Green(self.family, self.type, self.proto, descriptor), address

    def send(self, data: Any, flags: int = 0) -> int:
        return self._sock.send(data[:2], flags)  # type: ignore[no-any-return]

    def sendall(self, data: Any, flags: int = 0) -> None:
        while data:
            data = data[self.send(data, flags) :]

    def recv(self, *args: Any) -> bytes:
        return self._sock.recv(*args)  # type: ignore[no-any-return]

    def connect(self, address: Any) -> None:
        if error := self.connect_ex(address):
            raise OSError(error, "connect")

    def connect_ex(self, address: Any) -> int:
        return self._sock.connect_ex(address)  # type: ignore[no-any-return]

    def close(self) -> None:
        self._real_close()

    def _real_close(self) -> None:
        self._sock.close()

    def detach(self) -> int:
        return self._sock.detach()  # type: ignore[no-any-return]


_OWN = socket.socket


class Around:
    """A class around one of Python's own sockets, as eventlet's."""

    def __init__(self, family: Any = socket.AF_INET, *args: Any, **kwargs: Any) -> None:
        self.fd = family if isinstance(family, _OWN) else _OWN(family, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.fd, name)

    def __enter__(self) -> Around:
        return self

    def __exit__(self, *_: object) -> None:
        self.fd.close()

    def accept(self) -> tuple[Around, Any]:
        return self.fd.accept()  # type: ignore[return-value]  # which calls what is called `socket` now

    def recv(self, *args: Any) -> bytes:
        return self.fd.recv(*args)

    def sendall(self, data: bytes) -> None:
        self.fd.sendall(data)

    def connect(self, address: Any) -> None:
        self.fd.connect(address)


class Overriding(socket.socket):
    """Each method calls its parent's, or another one."""

    def send(self, data: Any, flags: int = 0) -> int:
        return super().send(data, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:
        while data:
            data = data[self.send(data[:2], flags) :]

    def recv(self, size: int, flags: int = 0) -> bytes:
        return super().recv(size, flags)

    def connect(self, address: Any) -> None:
        if error := super().connect_ex(address):
            raise OSError(error, "connect")

    def accept(self) -> tuple[socket.socket, Any]:
        return super().accept()

    def close(self) -> None:
        super().close()


class Odd(socket.socket):
    """Not to be compared, hashed or asked anything."""

    def getsockname(self) -> Any:
        assert not sys._getframe(1).f_globals["__name__"].startswith("netlab"), "the observer asks"
        return super().getsockname()

    def getpeername(self) -> Any:
        raise AssertionError("only the observer asks")

    getsockopt = fileno = getpeername

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise ZeroDivisionError


@pytest.mark.parametrize("cls", [Plain, Green, Around, Overriding, Odd], ids=lambda cls: cls.__name__)
def test_a_class_in_the_place_of_socket(cls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of the program once, and both ends."""
    monkeypatch.setattr(socket, "socket", cls)
    with watch() as wire:
        assert conversation() == (b"hello", b"HELLO")
    seen = sums(wire)
    seen["connect"] = seen.get("connect", 0) + seen.pop("connect_ex", 0)
    assert seen == TALK
    assert wire.actors == ["server", "client"] and wire.errors == []
    assert sum(f.size for f in wire.flows()) == 10
    assert "nobody" not in describe(wire) and "began" not in describe(wire)


def test_the_class_that_was_there_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(vars(Green))
    monkeypatch.setattr(socket, "socket", Green)
    with watch():
        assert vars(Green)["send"] is not before["send"]
    assert dict(vars(Green)) == before


def test_a_class_that_is_replaced_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.warns(RuntimeWarning, match=r"replaced by .*\.Green"), watch() as wire:
        monkeypatch.setattr(socket, "socket", Green)
        assert conversation() == (b"hello", b"HELLO")
    assert "nobody" not in describe(wire)
    with watch() as wire:
        conversation()
    assert sums(wire) == TALK


@pytest.mark.parametrize(
    "what", [_socket.socket, lambda *args: _OWN(*args), None], ids=["C", "function", "None"]
)
@pytest.mark.filterwarnings("ignore:watch:RuntimeWarning")
def test_what_is_no_class_or_can_not_be_changed(what: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the place of socket.socket: the calls on Python's own class are recorded nevertheless."""
    own = socket.socketpair()
    with own[0], own[1]:
        monkeypatch.setattr(socket, "socket", what)
        with watch() as wire:
            own[0].send(b"x")
            assert own[1].recv(9) == b"x"
    assert [e.call for e in wire] == ["send", "recv"]
    assert len(wire.errors) == (what is _socket.socket), "what can not be recorded is told"


def test_a_wrapped_method_looks_like_the_one_it_stands_for() -> None:
    def looks() -> list[Any]:
        methods = (socket.socket.send, socket.socket.accept, socket.socket.__init__, socket.socket.detach)
        return [(m.__name__, m.__qualname__, m.__doc__) for m in methods]

    before = looks()
    with watch():
        assert looks() == before


@pytest.mark.parametrize("kind", ["SOCK_SEQPACKET", "SOCK_DGRAM", "SOCK_STREAM"])
def test_unix_sockets_of_every_type(kind: str, tmp_path: Any) -> None:
    if not hasattr(socket, "AF_UNIX") or not hasattr(socket, kind):
        pytest.skip("this system has none")
    try:
        server = socket.socket(socket.AF_UNIX, getattr(socket, kind))
    except OSError:
        pytest.skip("this system has none")
    with server, watch() as wire, socket.socket(socket.AF_UNIX, getattr(socket, kind)) as client:
        server.bind(str(tmp_path / "s"))
        if kind == "SOCK_DGRAM":
            client.connect(str(tmp_path / "s"))
            client.send(b"hello")
            assert server.recv(100) == b"hello"
        else:
            server.listen()
            client.connect(str(tmp_path / "s"))
            with server.accept()[0] as conn:
                client.send(b"hello")
                client.send(b"you")
                assert conn.recv(100)[:5] == b"hello"
        caption = describe(wire)
    assert "nobody" not in caption and wire.errors == []
    if kind == "SOCK_SEQPACKET":
        assert [f.size for f in wire.flows()] == [5], "a recv takes one packet"
        assert "taken by" not in caption


@linux
@pytest.mark.parametrize(
    ("family", "kind", "address"),
    [("AF_NETLINK", "SOCK_RAW", (0, 0)), ("AF_VSOCK", "SOCK_STREAM", (1, 5000)),
     ("AF_ALG", "SOCK_SEQPACKET", ("hash", "sha1")), ("AF_INET", "SOCK_RAW", None),
     ("AF_PACKET", "SOCK_RAW", ("lo", 0)), ("AF_CAN", "SOCK_RAW", ("lo",))],
)  # fmt: skip
def test_sockets_of_other_families(family: str, kind: str, address: Any) -> None:
    def use() -> list[Any]:
        done: list[Any] = []
        try:
            with socket.socket(getattr(socket, family), getattr(socket, kind)) as sock:
                steps: list[Callable[[], Any]] = [
                    lambda: sock.bind(address), sock.getsockname, lambda: sock.send(b""),
                    lambda: sock.listen(), lambda: sock.recv(0, socket.MSG_DONTWAIT),
                ]  # fmt: skip
                for step in steps:
                    try:
                        done.append(repr(step()) if step != sock.getsockname else None)
                    except (OSError, TypeError) as error:
                        done.append(repr(error))
        except (AttributeError, OSError) as error:
            done.append(repr(error))
        return done

    plain = use()
    with watch() as wire:
        assert use() == plain
    assert wire.errors == []
    str(wire), ladder(wire)


def test_a_family_without_a_name() -> None:
    assert installing._named(99, socket.SOCK_STREAM) == "99, SOCK_STREAM"
    with watch() as wire, Plain():
        pass
    assert wire[0].said == "socket(AF_INET, SOCK_STREAM)"


@pytest.mark.parametrize(
    "address", [("can0",), ("lo", 3, 0, 1, b"\0"), (7, 0), (2, 5000), b"\0abstract", "", None, 7,
                ("::1", 0, 0, 0), ("fe80::1%lo", 8080, 0, 1)],
)  # fmt: skip
def test_addresses_of_any_shape(
    address: Any, pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As getsockname() of some family gives them: kept, printed, drawn."""

    plain = known.ask
    names = ("getsockname", "getpeername")
    monkeypatch.setattr(known, "ask", lambda s, name, *a: address if name in names else plain(s, name, *a))
    with watch() as wire:
        pair[0].send(b"x")
        pair[1].recv(1)
    assert wire.errors == []
    unbound = isinstance(address, tuple) and address[:1] == ("::1",)
    assert next(e.local for e in wire if e.call == "send") == (None if unbound else address or None)
    str(wire), describe(wire), ladder(wire)


# What the program hands over


class Port(enum.IntEnum):
    ECHO = 7


def test_only_plain_values_are_kept() -> None:
    class Text(str):
        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError

        __hash__ = None  # type: ignore[assignment]

    Pair = collections.namedtuple("Pair", "host port")
    found = kept(Pair(Text("::1"), Port.ECHO))
    assert found == ("::1", 7) and [type(part) for part in (found, *found)] == [tuple, str, int]
    assert kept(bytearray(b"/x")) == b"/x" and kept(object()) is None and kept(["a"]) is None


def test_arguments_with_a_mind_of_their_own(pair: tuple[socket.socket, socket.socket]) -> None:
    class Number:
        asked = 0

        def __index__(self) -> int:
            Number.asked += 1
            return 2

        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError

        __hash__ = None  # type: ignore[assignment]

        def __bool__(self) -> bool:
            raise ZeroDivisionError

    pair[1].send(b"abcdef")
    with watch() as wire:
        assert pair[0].recv(Number()) == b"ab"  # type: ignore[arg-type]
        assert Number.asked == 1, "nobody else asked"
        assert pair[0].recv(2, False) == b"cd"
        assert pair[0].recv_into(bytearray(9), Number()) == 2  # type: ignore[arg-type]
    assert wire.errors == [] and [e.size for e in wire] == [2, 2, 2]
    str(wire), ladder(wire)


def test_an_error_keeps_nothing_alive(pair: tuple[socket.socket, socket.socket]) -> None:
    """Its traceback holds the wrapper's frame, and that must hold nothing."""
    buffer = bytearray(10)

    class Held(bytearray):
        pass

    def fail() -> tuple[list[BaseException], list[weakref.ref[Any]]]:
        one, other = socket.socketpair()
        one.setblocking(False)
        data = Held(9)
        refs: list[weakref.ref[Any]] = [weakref.ref(one), weakref.ref(data)]
        errors: list[BaseException] = []
        calls: list[Any] = [one.recv, one.send, one.recv_into, one.sendmsg, one.connect]
        for call in calls:
            try:
                call(*{"recv": ("x",), "send": (7,), "connect": (data,)}.get(call.__name__, ([data, 7],)))
            except Exception as error:
                errors.append(error)
        one.close()
        other.close()
        del one, other, data, call, calls
        return errors, refs

    pair[0].setblocking(False)
    with watch() as wire:
        errors, refs = fail()
        try:
            pair[0].recv_into(memoryview(buffer)[2:])
        except BlockingIOError as error:
            errors.append(error)
        gc.collect()
        assert [ref() for ref in refs] == [None, None]
        buffer.append(1)  # no view of it is left
    assert len(errors) == 6 and wire.errors == []


def test_the_last_call_keeps_nothing_alive(pair: tuple[socket.socket, socket.socket]) -> None:
    buffer = bytearray(b"hello")
    with watch() as wire:
        pair[0].send(memoryview(buffer))
        buffer.append(1)  # BufferError if somebody still had the view
        pair[1].recv_into(memoryview(buffer))
        buffer.append(1)
        if hasattr(socket.socket, "sendmsg"):
            generator = (part for part in [b"x"])
            alive = weakref.ref(generator)
            pair[0].sendmsg(generator)
            del generator
            assert alive() is None
    assert wire.errors == []


# Threads


def test_threads_that_the_module_threading_does_not_know(pair: tuple[socket.socket, socket.socket]) -> None:
    """current_thread() would make an object for them that enumerate() shows."""
    found: list[int] = []
    done = threading.Event()

    def work() -> None:
        pair[0].send(b"x")
        found.append(threading.active_count())
        done.set()

    before = threading.active_count()
    with watch() as wire:
        _thread.start_new_thread(work, ())
        assert done.wait(DEADLINE)
        pair[1].recv(1)
    assert found == [before]
    assert {e.call: e.thread for e in wire} == {"send": 2, "recv": 1}


def test_threads_that_compare_oddly(pair: tuple[socket.socket, socket.socket]) -> None:
    class Same(threading.Thread):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

    with watch() as wire:
        for data in (b"a", b"b"):
            thread = Same(target=pair[0].send, args=(data,))
            thread.start()
            thread.join(DEADLINE)
    assert len({e.thread for e in wire}) == 2


def test_a_call_under_way_on_another_stack() -> None:
    """As with greenlets: the thread's Caller is in a call, and no frame of ours is above."""
    me = threads.Caller(None, 0)
    info = Info(stream=True)
    me.under_way = info, METHODS["recv"], (1,), 0.0
    assert not wrapping._inside(me, info, METHODS["recv"], sys._getframe())
    assert me.under_way is None


def test_settling_asks_the_system_whatever_select_has_become(monkeypatch: pytest.MonkeyPatch) -> None:
    import select
    import selectors

    def patched(*_: object) -> Any:
        raise AssertionError("an event loop's own select")

    for name in ("select", "poll"):
        monkeypatch.setattr(select, name, patched, raising=False)
    one, other = socket.socketpair()
    with one, other:
        assert not settling._ready([(one, selectors.EVENT_READ)])
        assert settling._ready([(one, selectors.EVENT_WRITE)])


@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_records_nothing_and_hangs_nowhere(pair: tuple[socket.socket, socket.socket]) -> None:
    release, held = threading.Event(), threading.Event()

    def hold() -> None:
        with threads.lock:
            held.set()
            release.wait(DEADLINE)

    holder = threading.Thread(target=hold)
    with watch() as wire:
        pair[0].send(b"1")
        holder.start()
        assert held.wait(DEADLINE)
        if (child := os.fork()) == 0:
            pair[0].send(b"child")
            with watch() as own:
                pair[0].send(b"x")
            pair[0].send(bytes([len(wire), len(own)]))
            os._exit(0)
        release.set()
        holder.join()
        assert os.waitpid(child, 0)[1] == 0
        assert pair[1].recv(100) == b"1childx\1\1"
    assert [e.data for e in wire] == [b"1", b"1childx\1\1"]


# When the bookkeeping itself fails


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, where: Any, name: str) -> Iterator[list[int]]:
    calls: list[int] = []

    def fail(*_: object, **__: object) -> Any:
        calls.append(1)
        raise ZeroDivisionError("in the bookkeeping")

    with monkeypatch.context() as patch:
        patch.setattr(where, name, fail)
        yield calls


PLACES: list[tuple[Any, str]] = [
    (wrapping, "_met"), (wrapping, "note"), (wrapping, "note_error"),
    (wrapping, "in_socketpair"), (wrapping, "caller"), (noting, "write"), (noting, "error_text"),
    (noting, "thread_number"), (noting, "port_of"), (noting, "opened"), (noting, "accepted_from"),
    (known, "_name"), (Info, "look"), (Info, "let_go"), (Info, "count"),
    (installing, "_made"), (installing, "_in_pair"), (installing, "take_over"), (installing, "give_away"),
    (installing, "name_of"), (installing, "number_of"), (installing, "info_of"),
]  # fmt: skip


def everything(old: tuple[socket.socket, socket.socket]) -> list[Any]:
    """A program that uses every wrapped function, and its results. `old` is from before the watch."""
    done: list[Any] = [old[0].send(b"x"), old[1].recv(9), conversation()]
    one, other = socket.socketpair()
    with one, other:
        buffer = bytearray(3)
        done += [one.send(b"abc"), other.recv_into(buffer), buffer]
        done += [
            one.sendall(bytearray(b"x")),  # type: ignore[func-returns-value]
            other.recvfrom(9)[0],
            one.detach() > 0,
        ]
    with socket.socket(type=socket.SOCK_DGRAM) as a, socket.socket(fileno=a.detach()) as b:
        b.bind(("127.0.0.1", 0))
        done += [b.sendto(b"d", b.getsockname()), b.recvfrom(9)[0], b.connect_ex(b.getsockname())]
    with socket.socket() as sock:
        sock.setblocking(False)
        for call in (lambda: sock.recv(1), lambda: sock.send(b"x"), lambda: sock.connect("bad"), sock.accept):
            with suppress(Exception):
                call()
                done.append("no error")
    thread = threading.Thread(target=conversation)
    thread.start()
    thread.join()
    return done


@pytest.mark.parametrize(("where", "name"), PLACES, ids=lambda x: x if isinstance(x, str) else "")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_error_of_ours_reaches_the_program(where: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [socket.socketpair() for _ in range(3)]
    plain = everything(pairs[0])
    with pytest.warns(
        RuntimeWarning, match=r"failed .* ZeroDivisionError: in the bookkeeping \(test_observer"
    ):
        with watch() as wire:
            with failing(monkeypatch, where, name) as calls:
                assert everything(pairs[1]) == plain
            assert calls, "it was in the way"
    assert wire.errors[0].startswith("ZeroDivisionError")
    assert "ZeroDivisionError" in str(wire).splitlines()[-1]
    assert describe(wire).endswith("Recording a call failed, so something is missing.")
    with watch() as later:
        assert everything(pairs[2]) == plain
    assert later.errors == []
    for sock in (end for pair in pairs for end in pair):
        sock.close()


def test_what_fails_before_a_watch_is_told_by_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with standby(), failing(monkeypatch, noting, "port_of"):
        conversation()
    with pytest.warns(RuntimeWarning, match="in the bookkeeping"), watch() as wire:
        pass
    assert wire.errors
    with watch() as wire:
        pass
    assert wire.errors == []


def test_many_failures_are_counted_not_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.warns(RuntimeWarning, match="failed twice|failed 2 times"), watch() as wire:
        with failing(monkeypatch, noting, "port_of"):
            for _ in range(2):
                conversation()
    assert len(wire.errors) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGUSR1")
@pytest.mark.parametrize("where", ["thread_number", "error_text"])
def test_what_a_signal_handler_raises_is_the_programs(
    where: str, pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with signal.alarm() and an exception: it may strike while we are at our bookkeeping."""

    class Alarm(Exception):
        pass

    class Program:
        def strike(self, *_: object) -> None:
            raise Alarm

    before = signal.signal(signal.SIGUSR1, Program().strike)
    plain, struck = getattr(noting, where), []

    def interrupted(*args: Any) -> Any:
        if not struck:
            struck.append(1)
            signal.raise_signal(signal.SIGUSR1)
        return plain(*args)

    pair[0].setblocking(False)
    try:
        with watch() as wire:
            monkeypatch.setattr(noting, where, interrupted)
            with pytest.raises(Alarm):
                pair[0].recv_into(bytearray(1)) if where == "error_text" else pair[0].sendmsg([b"x"])
            monkeypatch.undo()
            with suppress(BlockingIOError):
                pair[0].recv(1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert wire.errors == [] and wire[-1].call == "recv" and wire.pending == []


def test_the_programs_own_error_is_the_one_that_leaves_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError) as caught, failing(monkeypatch, wrapping, "note_error"), watch() as wire:
        with closing(socket.socket()) as sock, suppress(OSError):
            sock.accept()
        raise KeyError("mine")
    assert caught.value.__context__ is None and wire.errors


def test_a_generator_that_watches_and_is_dropped() -> None:
    def watching() -> Generator[Recording, None, None]:
        with watch() as wire:
            yield wire

    generator = watching()
    wire = next(generator)
    conversation()
    generator.close()
    assert sums(wire) == TALK
    assert not hasattr(socket.socket.send, "__wrapped__")
